//! Price sources.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde_json::json;

use super::error::ApiError;
use super::peer::Peer;
use super::state::ApiState;

/// `GET /v1/plugins`: every file in the plugin folder with what became of it.
pub async fn list(state: Data<ApiState>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "items": state.operations.plugins() }))
}

/// `POST /v1/plugins/reload`: looks at the folder now.
///
/// # Errors
/// 503 when pricing does not answer.
pub async fn reload(state: Data<ApiState>, _peer: Peer) -> Result<HttpResponse, ApiError> {
    state.operations.reload_plugins().await.map_err(ApiError::unavailable)?;
    Ok(HttpResponse::Ok().json(json!({ "items": state.operations.plugins() })))
}

/// `POST /v1/plugins/{id}/enable`.
///
/// # Errors
/// 404 when there is none.
pub async fn enable(state: Data<ApiState>, peer: Peer, id: Path<String>) -> Result<HttpResponse, ApiError> {
    switch(&state, &peer, &id, true).await
}

/// `POST /v1/plugins/{id}/disable`: its host is stopped and it prices nothing until it is enabled or the daemon is
/// started again.
///
/// # Errors
/// 404 when there is none.
pub async fn disable(state: Data<ApiState>, peer: Peer, id: Path<String>) -> Result<HttpResponse, ApiError> {
    switch(&state, &peer, &id, false).await
}

async fn switch(state: &ApiState, peer: &Peer, id: &str, enabled: bool) -> Result<HttpResponse, ApiError> {
    tracing::info!(who = peer.who(), plugin = id, enabled, "a plugin is switched");
    let known = state.operations.switch_plugin(id, enabled).await.map_err(ApiError::unavailable)?;
    if !known {
        return Err(ApiError::not_found("plugin", id));
    }
    Ok(HttpResponse::Ok().json(json!({ "plugin": id, "enabled": enabled })))
}
