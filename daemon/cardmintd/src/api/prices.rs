//! What a printing is worth now.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use cardmint_domain::PrintingId;

use super::error::ApiError;
use super::peer::Peer;
use super::state::ApiState;

/// `GET /v1/prices/{printing}`: valued with the quotes at hand, as the default finish and condition.
///
/// # Errors
/// 404 when there is no such printing; 503 when pricing does not answer.
pub async fn show(state: Data<ApiState>, printing: Path<String>) -> Result<HttpResponse, ApiError> {
    price(&state, printing.into_inner(), false).await
}

/// `POST /v1/prices/{printing}/refresh`: asks every source again first.
///
/// # Errors
/// As [`show`].
pub async fn refresh(state: Data<ApiState>, _peer: Peer, printing: Path<String>) -> Result<HttpResponse, ApiError> {
    price(&state, printing.into_inner(), true).await
}

async fn price(state: &ApiState, id: String, again: bool) -> Result<HttpResponse, ApiError> {
    let id = PrintingId::new(id);
    let wanted = id.clone();
    let printing = state.ask(move |store| store.printing(&wanted)).await?;
    let printing = printing.ok_or_else(|| ApiError::not_found("printing", &id))?;
    let priced = state.operations.price(printing, state.batch_defaults, again).await.map_err(ApiError::unavailable)?;
    Ok(HttpResponse::Ok().json(priced))
}
