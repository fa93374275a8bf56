//! What is in stock.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use cardmint_domain::{BatchId, PrintingId};
use cardmint_store::reader::inventory::ItemFilter;
use cardmint_store::views::{ItemState, ItemView};
use cardmint_store::{ItemChange, ItemId, Page};
use serde::Deserialize;
use serde_json::json;

use super::error::ApiError;
use super::peer::Peer;
use super::query::Paging;
use super::state::ApiState;

/// Which items; those in stock without a state.
#[derive(Debug, Clone, Deserialize)]
pub struct Items {
    state: Option<ItemState>,
    printing: Option<String>,
    batch: Option<String>,
    q: Option<String>,
}

/// How to export.
#[derive(Debug, Deserialize)]
pub struct ExportFormat {
    #[serde(default)]
    format: Format,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Csv,
    Json,
}

impl From<Items> for ItemFilter {
    fn from(items: Items) -> Self {
        Self {
            state: Some(items.state.unwrap_or(ItemState::InStock)),
            printing: items.printing.map(PrintingId::new),
            batch: items.batch.map(BatchId::new),
            text: items.q,
        }
    }
}

/// `GET /v1/inventory`.
///
/// # Errors
/// The store's.
pub async fn list(state: Data<ApiState>, items: Query<Items>, paging: Query<Paging>) -> Result<HttpResponse, ApiError> {
    let (filter, page) = (ItemFilter::from(items.into_inner()), paging.into_inner().into());
    Ok(HttpResponse::Ok().json(state.ask(move |store| store.inventory(&filter, page)).await?))
}

/// `GET /v1/inventory/{id}`.
///
/// # Errors
/// 404 when there is none; the store's.
pub async fn show(state: Data<ApiState>, id: Path<i64>) -> Result<HttpResponse, ApiError> {
    let id = ItemId(id.into_inner());
    let item = state.ask(move |store| store.item(id)).await?;
    Ok(HttpResponse::Ok().json(item.ok_or_else(|| ApiError::not_found("inventory item", id))?))
}

/// `POST /v1/inventory/{id}/adjust`.
///
/// # Errors
/// 404 when there is none; the store's.
pub async fn adjust(
    state: Data<ApiState>,
    peer: Peer,
    id: Path<i64>,
    change: Json<ItemChange>,
) -> Result<HttpResponse, ApiError> {
    let (id, at) = (ItemId(id.into_inner()), state.clock.now());
    state.write(move |tx| tx.adjust_item(id, &change, &peer.who(), at)).await?;
    Ok(HttpResponse::Ok().json(json!({ "item": id })))
}

/// `GET /v1/inventory/export?format=csv|json`: everything that the filter names, in one document.
///
/// # Errors
/// The store's.
pub async fn export(
    state: Data<ApiState>,
    items: Query<Items>,
    format: Query<ExportFormat>,
) -> Result<HttpResponse, ApiError> {
    let filter = ItemFilter::from(items.into_inner());
    let all = state
        .ask(move |store| {
            let mut all: Vec<ItemView> = Vec::new();
            loop {
                let page = Page { limit: Page::MAX_LIMIT, offset: all.len() as u64 };
                let next = store.inventory(&filter, page)?;
                if next.items.is_empty() {
                    return Ok(all);
                }
                all.extend(next.items);
            }
        })
        .await?;
    match format.format {
        Format::Json => Ok(HttpResponse::Ok().json(json!({ "items": all }))),
        Format::Csv => {
            let body = csv_document(&all).map_err(|error| ApiError::internal(format!("writing CSV: {error}")))?;
            Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").body(body))
        }
    }
}

const COLUMNS: [&str; 14] = [
    "item",
    "printing",
    "name",
    "set",
    "number",
    "finish",
    "edition",
    "condition",
    "price_minor",
    "currency",
    "price_state",
    "batch",
    "location",
    "scan",
];

/// Text as it is shown in a spreadsheet. What it would take for a formula gets an apostrophe in front (OWASP, CSV injection):
/// names come from folders and catalogues that others write.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

fn csv_document(items: &[ItemView]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for item in items {
        let price = item.price.as_ref();
        let amount = price.and_then(|price| price.amount);
        let state = price.and_then(|price| serde_json::to_value(price.state).ok());
        writer.write_record([
            item.id.to_string(),
            cell(item.printing.id.as_str()),
            cell(&item.printing.name),
            cell(&item.printing.set_name),
            cell(&item.printing.number),
            item.finish.as_str().to_owned(),
            item.edition.as_str().to_owned(),
            item.condition.as_str().to_owned(),
            amount.map(|amount| amount.amount_minor.to_string()).unwrap_or_default(),
            amount.map(|amount| amount.currency.to_string()).unwrap_or_default(),
            state.and_then(|state| state.as_str().map(str::to_owned)).unwrap_or_default(),
            cell(item.batch.as_str()),
            cell(item.location.as_deref().unwrap_or_default()),
            item.scan.to_string(),
        ])?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(cell(text), format!("'{text}"));
        }
        for text in ["", "Glurak", "4/102", "a=b"] {
            assert_eq!(cell(text), text);
        }
    }
}
