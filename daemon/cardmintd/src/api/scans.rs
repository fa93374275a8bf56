//! Cards found in captures.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use cardmint_domain::{BatchId, CaptureId, PrintingId, ScanId};
use cardmint_store::reader::scans::ScanFilter;
use cardmint_store::views::ScanOutcome;
use serde::Deserialize;

use super::error::ApiError;
use super::query::Paging;
use super::state::ApiState;

/// Which scans; all without any of these.
#[derive(Debug, Deserialize)]
pub struct Scans {
    capture: Option<String>,
    batch: Option<String>,
    outcome: Option<ScanOutcome>,
    printing: Option<String>,
}

/// `GET /v1/scans`: newest first.
///
/// # Errors
/// The store's.
pub async fn list(state: Data<ApiState>, scans: Query<Scans>, paging: Query<Paging>) -> Result<HttpResponse, ApiError> {
    let Scans { capture, batch, outcome, printing } = scans.into_inner();
    let filter = ScanFilter {
        capture: capture.map(CaptureId::new),
        batch: batch.map(BatchId::new),
        outcome,
        printing: printing.map(PrintingId::new),
    };
    let page = paging.into_inner().into();
    Ok(HttpResponse::Ok().json(state.ask(move |store| store.scans(&filter, page)).await?))
}

/// `GET /v1/scans/{id}`: with candidates, evidence, quotes and valuation.
///
/// # Errors
/// 404 when there is none; the store's.
pub async fn show(state: Data<ApiState>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let id = ScanId::new(id.into_inner());
    let wanted = id.clone();
    let scan = state.ask(move |store| store.scan(&wanted)).await?;
    Ok(HttpResponse::Ok().json(scan.ok_or_else(|| ApiError::not_found("scan", id))?))
}

/// `GET /v1/scans/{id}/picture`: the rectified card as JPEG.
///
/// # Errors
/// 404 when there is no such scan or it has no picture; the store's.
pub async fn picture(state: Data<ApiState>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let id = ScanId::new(id.into_inner());
    let wanted = id.clone();
    let scan = state.ask(move |store| store.scan(&wanted)).await?;
    let digest =
        scan.and_then(|detail| detail.scan.picture).ok_or_else(|| ApiError::not_found("picture of scan", &id))?;
    let bytes = state.blob(digest).await?;
    Ok(HttpResponse::Ok()
        .content_type("image/jpeg")
        .insert_header(("Cache-Control", "private, max-age=86400, immutable"))
        .body(bytes))
}
