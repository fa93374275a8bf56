//! Captures that were given up.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use cardmint_store::DeadLetterId;
use cardmint_store::views::DeadLetterState;
use serde::Deserialize;
use serde_json::json;

use super::error::ApiError;
use super::peer::Peer;
use super::query::Paging;
use super::state::ApiState;

/// Which dead letters; all without a state.
#[derive(Debug, Deserialize)]
pub struct Letters {
    state: Option<DeadLetterState>,
}

/// `GET /v1/dead-letters`.
///
/// # Errors
/// The store's.
pub async fn list(
    state: Data<ApiState>,
    letters: Query<Letters>,
    paging: Query<Paging>,
) -> Result<HttpResponse, ApiError> {
    let (which, page) = (letters.state, paging.into_inner().into());
    Ok(HttpResponse::Ok().json(state.ask(move |store| store.dead_letters(which, page)).await?))
}

/// `GET /v1/dead-letters/{id}`.
///
/// # Errors
/// 404 when there is none; the store's.
pub async fn show(state: Data<ApiState>, id: Path<i64>) -> Result<HttpResponse, ApiError> {
    let id = DeadLetterId(id.into_inner());
    let letter = state.ask(move |store| store.dead_letter(id)).await?;
    Ok(HttpResponse::Ok().json(letter.ok_or_else(|| ApiError::not_found("dead letter", id))?))
}

/// `POST /v1/dead-letters/{id}/retry`: exactly one new run.
///
/// # Errors
/// 404, 409 when it is closed; the store's.
pub async fn retry(state: Data<ApiState>, peer: Peer, id: Path<i64>) -> Result<HttpResponse, ApiError> {
    let (id, at) = (DeadLetterId(id.into_inner()), state.clock.now());
    state.write(move |tx| tx.retry_dead_letter(id, &peer.who(), at)).await?;
    state.wake_dispatcher();
    Ok(HttpResponse::Ok().json(json!({ "dead_letter": id, "state": "retried" })))
}

/// `POST /v1/dead-letters/{id}/discard`.
///
/// # Errors
/// 404, 409 when it is closed; the store's.
pub async fn discard(state: Data<ApiState>, peer: Peer, id: Path<i64>) -> Result<HttpResponse, ApiError> {
    let (id, at) = (DeadLetterId(id.into_inner()), state.clock.now());
    state.write(move |tx| tx.discard_dead_letter(id, &peer.who(), at)).await?;
    Ok(HttpResponse::Ok().json(json!({ "dead_letter": id, "state": "discarded" })))
}
