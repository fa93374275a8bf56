//! Batches and what they declare about their cards.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use cardmint_domain::inventory::BatchDefaults;
use cardmint_domain::{BatchId, Condition, Edition, Finish};
use cardmint_store::Batch;
use serde::Deserialize;
use serde_json::json;

use super::error::ApiError;
use super::peer::Peer;
use super::state::ApiState;

/// A batch as an operator opens it; what is left out is as the configuration says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewBatch {
    name: String,
    finish: Option<Finish>,
    edition: Option<Edition>,
    condition: Option<Condition>,
    location: Option<String>,
}

/// `GET /v1/batches`.
///
/// # Errors
/// The store's.
pub async fn list(state: Data<ApiState>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(json!({ "items": state.ask(|store| store.batches()).await? })))
}

/// `POST /v1/batches`: opens a batch or changes what an open one declares.
///
/// # Errors
/// 400 for a name that is no folder name; the store's.
pub async fn open(state: Data<ApiState>, peer: Peer, body: Json<NewBatch>) -> Result<HttpResponse, ApiError> {
    let NewBatch { name, finish, edition, condition, location } = body.into_inner();
    if !is_folder_name(&name) {
        return Err(ApiError::bad_request(format!("name: {name:?} cannot be the name of a folder")));
    }
    let base = state.batch_defaults;
    let defaults = BatchDefaults {
        finish: finish.unwrap_or(base.finish),
        edition: edition.unwrap_or(base.edition),
        condition: condition.unwrap_or(base.condition),
    };
    let at = state.clock.now();
    let batch = Batch { id: BatchId::new(name), defaults, location, opened_at: at, closed_at: None };
    let opened = batch.clone();
    state.write(move |tx| tx.upsert_batch(&batch, &peer.who(), at)).await?;
    Ok(HttpResponse::Ok().json(opened))
}

/// `POST /v1/batches/{name}/close`.
///
/// # Errors
/// 404 when there is none; the store's.
pub async fn close(state: Data<ApiState>, peer: Peer, name: Path<String>) -> Result<HttpResponse, ApiError> {
    let (batch, at) = (BatchId::new(name.into_inner()), state.clock.now());
    let closed = batch.clone();
    state.write(move |tx| tx.close_batch(&batch, &peer.who(), at)).await?;
    Ok(HttpResponse::Ok().json(json!({ "closed": closed })))
}

/// Whether a batch may be called so: as a sub-folder of the watched folder may be.
pub(super) fn is_folder_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && !name.contains('/')
        && !name.contains(char::is_control)
        && name.len() <= 255
}
