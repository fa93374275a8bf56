//! The process as a whole.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::json;

use super::peer::Peer;
use super::state::ApiState;

/// `POST /v1/pause`: takes no more captures; those under way are finished, files are still admitted.
pub async fn pause(state: Data<ApiState>, peer: Peer) -> HttpResponse {
    tracing::info!(who = peer.who(), "paused");
    state.gate.pause(true);
    HttpResponse::Ok().json(json!({ "paused": true }))
}

/// `POST /v1/resume`.
pub async fn resume(state: Data<ApiState>, peer: Peer) -> HttpResponse {
    tracing::info!(who = peer.who(), "resumed");
    state.gate.pause(false);
    state.wake_dispatcher();
    HttpResponse::Ok().json(json!({ "paused": false }))
}

/// `POST /v1/drain`: finishes what is under way, then stops.
pub async fn drain(state: Data<ApiState>, peer: Peer) -> HttpResponse {
    tracing::info!(who = peer.who(), "draining");
    state.gate.pause(true);
    state.operations.stop_when_idle();
    HttpResponse::Accepted().json(json!({ "draining": true }))
}

/// `POST /v1/stop`: stops now; what is under way is taken again at the next start.
pub async fn stop(state: Data<ApiState>, peer: Peer) -> HttpResponse {
    tracing::info!(who = peer.who(), "stopping");
    state.operations.stop();
    HttpResponse::Accepted().json(json!({ "stopping": true }))
}
