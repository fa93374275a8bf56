//! What is answered: the envelope, groups, products, prices, the time of the build, the labels of finishes.

use cardmint_plugin_api::{ErrorClass, Failure, HttpResponse, answer, time};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// A set as the site calls it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Group {
    pub(crate) group_id: u64,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) abbreviation: Option<String>,
}

/// A card, or something sealed (which has no number).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Product {
    pub(crate) product_id: u64,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) url: Option<String>,
    #[serde(default)]
    presale_info: Option<Presale>,
    #[serde(default)]
    extended_data: Vec<Extended>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Presale {
    #[serde(default)]
    is_presale: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Extended {
    name: String,
    #[serde(default)]
    value: Option<String>,
}

impl Product {
    /// The collector number; `None` for sealed products.
    pub(crate) fn number(&self) -> Option<&str> {
        let number = self.extended_data.iter().find(|extended| extended.name == "Number")?;
        number.value.as_deref().map(str::trim).filter(|value| !value.is_empty())
    }

    pub(crate) fn is_presale(&self) -> bool {
        self.presale_info.as_ref().is_some_and(|info| info.is_presale)
    }
}

/// One row of prices. Every number is kept as the token that stands in the file.
#[derive(Debug, Clone)]
pub(crate) struct PriceRow<'a> {
    pub(crate) product_id: u64,
    pub(crate) label: String,
    /// (kind, token) for all five numbers; `None` for null and absent.
    pub(crate) numbers: [(&'static str, Option<&'a str>); 5],
    /// The whole row as it stands in the file.
    pub(crate) raw: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPrice<'a> {
    product_id: u64,
    #[serde(default)]
    sub_type_name: Option<String>,
    #[serde(borrow, default)]
    low_price: Option<&'a RawValue>,
    #[serde(borrow, default)]
    mid_price: Option<&'a RawValue>,
    #[serde(borrow, default)]
    high_price: Option<&'a RawValue>,
    #[serde(borrow, default)]
    market_price: Option<&'a RawValue>,
    #[serde(borrow, default)]
    direct_low_price: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    success: bool,
    #[serde(default)]
    errors: Vec<serde_json::Value>,
    #[serde(borrow)]
    results: Vec<&'a RawValue>,
}

/// The rows of a file that could be read, and how many could not.
#[derive(Debug, Clone)]
pub(crate) struct Rows<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) unreadable: usize,
}

/// The groups of a category.
pub(crate) fn groups(response: &HttpResponse) -> Result<Vec<Group>, Failure> {
    rows(response, "groups").map(|read| read.rows)
}

/// The products of a group.
pub(crate) fn products(response: &HttpResponse) -> Result<Vec<Product>, Failure> {
    rows(response, "products").map(|read| read.rows)
}

/// The price rows of a group.
pub(crate) fn prices(response: &HttpResponse) -> Result<Rows<PriceRow<'_>>, Failure> {
    let results = envelope(response, "prices")?;
    let total = results.len();
    let rows: Vec<PriceRow<'_>> = results.into_iter().filter_map(price_row).collect();
    checked(rows, total, "prices")
}

/// When the files were made, and the text that says so.
pub(crate) fn last_updated(response: &HttpResponse) -> Result<(i64, String), Failure> {
    let text = answer::text(response)?.trim();
    let at_ms = time::parse_iso8601(text).ok_or_else(|| {
        let start: String = text.chars().take(40).collect();
        Failure::new(ErrorClass::Malformed, format!("last-updated.txt says {start:?}, which is not a time"))
    })?;
    Ok((at_ms, text.to_owned()))
}

/// What a label of TCGplayer means, as (finish, edition). `None` for a label that nobody has mapped: it prices nothing.
pub(crate) fn finish(label: &str) -> Option<(&'static str, Option<&'static str>)> {
    Some(match label {
        "Normal" => ("normal", None),
        "Holofoil" => ("holo", None),
        "Reverse Holofoil" => ("reverse", None),
        "1st Edition" => ("normal", Some("first")),
        "1st Edition Holofoil" => ("holo", Some("first")),
        "Unlimited" => ("normal", Some("unlimited")),
        "Unlimited Holofoil" => ("holo", Some("unlimited")),
        _ => return None,
    })
}

fn rows<T: DeserializeOwned>(response: &HttpResponse, what: &str) -> Result<Rows<T>, Failure> {
    let results = envelope(response, what)?;
    let total = results.len();
    checked(results.into_iter().filter_map(|row| serde_json::from_str(row.get()).ok()).collect(), total, what)
}

/// A stray row is left out and counted. A file in which more than one row in five is unreadable is another format.
fn checked<T>(rows: Vec<T>, total: usize, what: &str) -> Result<Rows<T>, Failure> {
    let unreadable = total - rows.len();
    if unreadable * 5 > total {
        let message = format!("{unreadable} of {total} rows of {what} have another shape than expected");
        return Err(Failure::new(ErrorClass::Malformed, message));
    }
    Ok(Rows { rows, unreadable })
}

fn envelope<'a>(response: &'a HttpResponse, what: &str) -> Result<Vec<&'a RawValue>, Failure> {
    let body = answer::json(response)?;
    let envelope: Envelope<'_> = serde_json::from_slice(body)
        .map_err(|error| Failure::new(ErrorClass::Malformed, format!("the file of {what} cannot be read: {error}")))?;
    if !envelope.success {
        let message = format!("the file of {what} says that it failed, with {} errors", envelope.errors.len());
        return Err(Failure::new(ErrorClass::Malformed, message));
    }
    Ok(envelope.results)
}

fn price_row(raw: &RawValue) -> Option<PriceRow<'_>> {
    let row: RawPrice<'_> = serde_json::from_str(raw.get()).ok()?;
    Some(PriceRow {
        product_id: row.product_id,
        label: row.sub_type_name.unwrap_or_default(),
        numbers: [
            ("market", row.market_price.map(RawValue::get)),
            ("low_ask", row.low_price.map(RawValue::get)),
            ("mid_ask", row.mid_price.map(RawValue::get)),
            ("high_ask", row.high_price.map(RawValue::get)),
            ("direct_low", row.direct_low_price.map(RawValue::get)),
        ],
        raw: raw.get(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(body: &str) -> HttpResponse {
        HttpResponse { id: 1, status: 200, body: body.as_bytes().to_vec(), ..HttpResponse::default() }
    }

    #[test]
    fn the_token_is_kept_to_the_letter() {
        let body = r#"{"success":true,"errors":[],"results":[{"productId":1,"lowPrice":0.570,"marketPrice":1e2,"midPrice":null,"subTypeName":"Normal"}]}"#;
        let response = response(body);
        let read = prices(&response).unwrap();
        let numbers = read.rows[0].numbers;
        assert_eq!(numbers[0], ("market", Some("1e2")));
        assert_eq!(numbers[1], ("low_ask", Some("0.570")));
        assert_eq!(numbers[2], ("mid_ask", None));
        assert!(read.rows[0].raw.contains("0.570"));
    }

    #[test]
    fn a_stray_row_is_left_out_and_another_format_is_refused() {
        let good = r#"{"productId":1,"subTypeName":"Normal"}"#;
        let many = format!(r#"{{"success":true,"results":[{}, {{"productId":"x"}}]}}"#, [good; 9].join(","));
        assert_eq!(prices(&response(&many)).unwrap().unreadable, 1);
        let other = r#"{"success":true,"results":[{"id":1},{"id":2}]}"#;
        assert_eq!(prices(&response(other)).unwrap_err().class, ErrorClass::Malformed);
        assert_eq!(products(&response(other)).unwrap_err().class, ErrorClass::Malformed);
    }

    #[test]
    fn files_that_are_not_what_they_should_be_have_a_class() {
        for (body, class) in [
            ("<html><body>Down for maintenance</body></html>", ErrorClass::Malformed),
            (r#"{"success":true,"results":[{"productId":1"#, ErrorClass::Malformed),
            (r#"{"success":false,"errors":["no"],"results":[]}"#, ErrorClass::Malformed),
            (r#"{"success":true}"#, ErrorClass::Malformed),
            ("", ErrorClass::Transient),
        ] {
            assert_eq!(prices(&response(body)).unwrap_err().class, class, "{body}");
        }
        assert_eq!(last_updated(&response("soon")).unwrap_err().class, ErrorClass::Malformed);
        assert_eq!(last_updated(&response("<html></html>")).unwrap_err().class, ErrorClass::Malformed);
    }

    #[test]
    fn an_unknown_label_is_no_finish() {
        assert_eq!(finish("1st Edition Holofoil"), Some(("holo", Some("first"))));
        assert_eq!(finish("Poke Ball Holofoil"), None);
        assert_eq!(finish("normal"), None);
        assert_eq!(finish(""), None);
    }
}
