//! The catalogue and its imports.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use serde_json::json;

use super::error::ApiError;
use super::peer::Peer;
use super::state::ApiState;
use crate::operations::ImportRequest;

/// `GET /v1/catalogue`: how much there is, and where from.
///
/// # Errors
/// The store's.
pub async fn status(state: Data<ApiState>) -> Result<HttpResponse, ApiError> {
    let status = state.ask(|store| store.catalogue_status()).await?;
    Ok(HttpResponse::Ok().json(status))
}

/// `POST /v1/catalogue/import`: starts an import and answers at once with its number.
///
/// # Errors
/// 409 while another import runs.
pub async fn import(state: Data<ApiState>, peer: Peer, body: Json<ImportRequest>) -> Result<HttpResponse, ApiError> {
    let id = state.operations.start_import(body.into_inner(), peer.who()).map_err(ApiError::conflict)?;
    Ok(HttpResponse::Accepted().json(json!({ "import_id": id })))
}

/// `GET /v1/catalogue/imports/{id}`: how far it is, or how it ended.
///
/// # Errors
/// 404 when there is none since the daemon was started.
pub async fn import_status(state: Data<ApiState>, id: Path<u64>) -> Result<HttpResponse, ApiError> {
    let id = id.into_inner();
    let status = state.operations.import_status(id).ok_or_else(|| ApiError::not_found("import", id))?;
    Ok(HttpResponse::Ok().json(status))
}
