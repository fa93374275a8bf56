//! The audit log.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use cardmint_domain::CorrelationId;
use cardmint_store::reader::audit::AuditFilter;
use serde::Deserialize;

use super::error::ApiError;
use super::query::Paging;
use super::state::ApiState;

/// Which rows.
#[derive(Debug, Deserialize)]
pub struct Rows {
    subject: Option<String>,
    actor: Option<String>,
    action: Option<String>,
    correlation: Option<String>,
    after_seq: Option<i64>,
}

/// `GET /v1/audit`: rows in the order they were written.
///
/// # Errors
/// The store's.
pub async fn list(state: Data<ApiState>, rows: Query<Rows>, paging: Query<Paging>) -> Result<HttpResponse, ApiError> {
    let Rows { subject, actor, action, correlation, after_seq } = rows.into_inner();
    let filter = AuditFilter { subject, actor, action, correlation: correlation.map(CorrelationId::new), after_seq };
    let page = paging.into_inner().into();
    Ok(HttpResponse::Ok().json(state.ask(move |store| store.audit(&filter, page)).await?))
}

/// `GET /v1/audit/verify`: walks the whole chain.
///
/// # Errors
/// The store's.
pub async fn verify(state: Data<ApiState>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(state.ask(|store| store.verify_audit()).await?))
}
