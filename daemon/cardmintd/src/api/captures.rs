//! Captures: what was dropped into the folder or sent over the socket.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use actix_web::http::header::HeaderValue;
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use cardmint_domain::errors::chain;
use cardmint_domain::{BatchId, CaptureId, CaptureState};
use cardmint_store::Admission;
use cardmint_store::reader::captures::CaptureFilter;
use serde::Deserialize;
use serde_json::json;

use super::batches::is_folder_name;
use super::error::ApiError;
use super::peer::Peer;
use super::query::Paging;
use super::state::ApiState;
use crate::admission::{AdmitError, Offer};
use crate::intake::names::shown;

/// Which captures; all without any of these.
#[derive(Debug, Deserialize)]
pub struct Captures {
    state: Option<CaptureState>,
    batch: Option<String>,
    q: Option<String>,
}

/// `GET /v1/captures`: newest first.
///
/// # Errors
/// The store's.
pub async fn list(
    state: Data<ApiState>,
    captures: Query<Captures>,
    paging: Query<Paging>,
) -> Result<HttpResponse, ApiError> {
    let Captures { state: which, batch, q } = captures.into_inner();
    let filter = CaptureFilter { state: which, batch: batch.map(BatchId::new), text: q, ..CaptureFilter::default() };
    let page = paging.into_inner().into();
    Ok(HttpResponse::Ok().json(state.ask(move |store| store.captures(&filter, page)).await?))
}

/// `GET /v1/captures/{id}`: with its attempts and its scans.
///
/// # Errors
/// 404 when there is none; the store's.
pub async fn show(state: Data<ApiState>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let id = CaptureId::new(id.into_inner());
    let wanted = id.clone();
    let capture = state.ask(move |store| store.capture(&wanted)).await?;
    Ok(HttpResponse::Ok().json(capture.ok_or_else(|| ApiError::not_found("capture", id))?))
}

/// `POST /v1/captures`: the body is the file; the headers `X-File-Name` and `X-Batch` say what it is called and where it
/// belongs. Answers once the capture is durable.
///
/// # Errors
/// 400 for what is not a picture, and for a batch that cannot be one; 413 for what is too large; 503 when the writer does not answer.
pub async fn submit(
    state: Data<ApiState>,
    _peer: Peer,
    request: HttpRequest,
    body: Payload,
) -> Result<HttpResponse, ApiError> {
    let header = |name: &str| request.headers().get(name);
    let batch = header("X-Batch").map_or_else(|| Ok(BatchId::default_batch()), batch_named)?;
    let (_slot, bytes) = state.uploads.take(body).await?;
    let offer = Offer {
        bytes,
        file_name: header("X-File-Name")
            .map_or_else(|| "upload".to_owned(), |name| shown(OsStr::from_bytes(name.as_bytes()))),
        batch,
    };
    let admitted = state.admitter.admit(offer).await.map_err(|error| match error {
        AdmitError::NotAPicture { .. } => ApiError::bad_request(error.to_string()),
        other => ApiError::unavailable(chain(&other)),
    })?;
    let new = matches!(admitted.admission, Admission::New);
    Ok(HttpResponse::Ok().json(json!({ "capture_id": admitted.id, "new": new })))
}

fn batch_named(name: &HeaderValue) -> Result<BatchId, ApiError> {
    let name = std::str::from_utf8(name.as_bytes()).ok().filter(|name| is_folder_name(name));
    name.map(BatchId::new).ok_or_else(|| ApiError::bad_request("X-Batch: this cannot be the name of a folder"))
}
