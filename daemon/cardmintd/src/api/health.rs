//! Whether it lives, whether it is ready, what it does.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::json;

use super::error::ApiError;
use super::state::ApiState;
use crate::telemetry::metrics;

/// `GET /livez`: the process answers. Touches nothing else.
pub async fn livez() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 200 when a photo that arrives now is taken; 503 and the reasons when not. Answers at once, with what was seen within
/// the last seconds.
pub async fn readyz(state: Data<ApiState>) -> HttpResponse {
    let problems = state.operations.readiness_problems();
    let body = json!({
        "ready": problems.is_empty(),
        "problems": problems,
        "paused": state.gate.is_paused(),
        "catalogue": state.gate.has_catalogue(),
    });
    if problems.is_empty() { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}

/// `GET /metrics`: Prometheus text.
///
/// # Errors
/// The store's, for what is counted there.
pub async fn metrics(state: Data<ApiState>) -> Result<HttpResponse, ApiError> {
    let counts = state.ask(|store| store.counts()).await?;
    metrics::set_counts(&counts);
    metrics::set_tree(&state.operations.tree());
    let text = metrics::render().map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

/// `GET /v1/status`: counts, catalogue, versions, pause.
///
/// # Errors
/// The store's.
pub async fn status(state: Data<ApiState>) -> Result<HttpResponse, ApiError> {
    let (counts, catalogue) = state.ask(|store| Ok((store.counts()?, store.catalogue_status()?))).await?;
    Ok(HttpResponse::Ok().json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "paused": state.gate.is_paused(),
        "catalogue_loaded": state.gate.has_catalogue(),
        "counts": counts,
        "catalogue": catalogue,
        "plugins": state.operations.plugins(),
    })))
}

/// `GET /v1/tree`: the supervision tree.
pub async fn tree(state: Data<ApiState>) -> HttpResponse {
    HttpResponse::Ok().json(state.operations.tree())
}
