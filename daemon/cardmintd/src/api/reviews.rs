//! What waits for a person, and what the person decides.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use cardmint_domain::{BatchId, Condition, Edition, Finish, PrintingId};
use cardmint_store::reader::reviews::ReviewFilter;
use cardmint_store::{Resolution, ReviewTaskId};
use serde::Deserialize;
use serde_json::json;

use super::error::ApiError;
use super::peer::Peer;
use super::query::Paging;
use super::state::ApiState;

/// Which review tasks.
#[derive(Debug, Deserialize)]
pub struct Tasks {
    state: Option<String>,
    reason: Option<String>,
    batch: Option<String>,
}

/// What the card really is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    printing: String,
    finish: Finish,
    edition: Option<Edition>,
    condition: Condition,
}

/// `GET /v1/reviews`: `state` is `open` (the default), `closed` or `all`.
///
/// # Errors
/// 400 for another state; the store's.
pub async fn list(state: Data<ApiState>, tasks: Query<Tasks>, paging: Query<Paging>) -> Result<HttpResponse, ApiError> {
    let Tasks { state: which, reason, batch } = tasks.into_inner();
    let open = match which.as_deref() {
        None | Some("open") => Some(true),
        Some("closed") => Some(false),
        Some("all") => None,
        Some(other) => return Err(ApiError::bad_request(format!("state: {other:?} is none of open, closed, all"))),
    };
    let filter = ReviewFilter { open, reason, batch: batch.map(BatchId::new) };
    let page = paging.into_inner().into();
    Ok(HttpResponse::Ok().json(state.ask(move |store| store.reviews(&filter, page)).await?))
}

/// `GET /v1/reviews/{id}`.
///
/// # Errors
/// 404 when there is none; the store's.
pub async fn show(state: Data<ApiState>, id: Path<i64>) -> Result<HttpResponse, ApiError> {
    let id = ReviewTaskId(id.into_inner());
    let task = state.ask(move |store| store.review(id)).await?;
    Ok(HttpResponse::Ok().json(task.ok_or_else(|| ApiError::not_found("review task", id))?))
}

/// `POST /v1/reviews/{id}/accept`: books the best candidate.
///
/// # Errors
/// 404, 409 when it is closed or has no candidate; the store's.
pub async fn accept(state: Data<ApiState>, peer: Peer, id: Path<i64>) -> Result<HttpResponse, ApiError> {
    resolve(state, peer, id.into_inner(), Resolution::Accept).await
}

/// `POST /v1/reviews/{id}/correct`: books another printing.
///
/// # Errors
/// 404, 409 when it is closed; the store's.
pub async fn correct(
    state: Data<ApiState>,
    peer: Peer,
    id: Path<i64>,
    body: Json<Correction>,
) -> Result<HttpResponse, ApiError> {
    let Correction { printing, finish, edition, condition } = body.into_inner();
    let resolution = Resolution::Correct { printing: PrintingId::new(printing), finish, edition, condition };
    resolve(state, peer, id.into_inner(), resolution).await
}

/// `POST /v1/reviews/{id}/reject`: books nothing.
///
/// # Errors
/// 404, 409 when it is closed; the store's.
pub async fn reject(state: Data<ApiState>, peer: Peer, id: Path<i64>) -> Result<HttpResponse, ApiError> {
    resolve(state, peer, id.into_inner(), Resolution::Reject).await
}

/// `POST /v1/reviews/{id}/undo`: opens it again and takes back what it booked.
///
/// # Errors
/// 404, 409 when it is open; the store's.
pub async fn undo(state: Data<ApiState>, peer: Peer, id: Path<i64>) -> Result<HttpResponse, ApiError> {
    let (id, at) = (ReviewTaskId(id.into_inner()), state.clock.now());
    state.write(move |tx| tx.undo_review(id, &peer.who(), at)).await?;
    Ok(HttpResponse::Ok().json(json!({ "review": id, "state": "open" })))
}

async fn resolve(state: Data<ApiState>, peer: Peer, id: i64, resolution: Resolution) -> Result<HttpResponse, ApiError> {
    let (id, at) = (ReviewTaskId(id), state.clock.now());
    let item = state.write(move |tx| tx.resolve_review(id, &resolution, &peer.who(), at)).await?;
    Ok(HttpResponse::Ok().json(json!({ "review": id, "item": item })))
}
