//! Values of the API in words.

use cardmint_domain::{Money, ReviewReason};
use serde_json::Value;

/// The text at a JSON pointer; numbers as they are, nothing for what is not there.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        _ => String::new(),
    }
}

/// The items of a listing, or of an array.
pub(crate) fn items(value: &Value) -> &[Value] {
    let list = value.get("items").unwrap_or(value);
    list.as_array().map_or(&[], Vec::as_slice)
}

/// A number at a JSON pointer; 0 for what is not there.
pub(crate) fn number(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

/// A probability as a percentage.
pub(crate) fn percent(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_f64).map(|share| format!("{:.1} %", share * 100.0)).unwrap_or_default()
}

/// An amount of money.
pub(crate) fn money(value: &Value, pointer: &str) -> String {
    let amount = value.pointer(pointer).and_then(Money::deserialize_from);
    amount.map(|amount| amount.to_string()).unwrap_or_default()
}

trait FromValue: Sized {
    fn deserialize_from(value: &Value) -> Option<Self>;
}

impl<T: serde::de::DeserializeOwned> FromValue for T {
    fn deserialize_from(value: &Value) -> Option<Self> {
        serde_json::from_value(value.clone()).ok()
    }
}

/// A price as lists show it: the amount, and a mark where it is not fresh.
pub(crate) fn price(value: &Value, pointer: &str) -> String {
    let Some(price) = value.pointer(pointer).filter(|price| price.is_object()) else { return String::new() };
    match text(price, "/state").as_str() {
        "fresh" => money(price, "/amount"),
        "missing" => "none".to_owned(),
        state => format!("{} ({state})", money(price, "/amount")),
    }
}

/// Reasons of a review task, in words.
pub(crate) fn reasons(value: &Value, pointer: &str) -> String {
    let list = value.pointer(pointer).map(items).unwrap_or_default();
    let words = list.iter().map(|reason| {
        ReviewReason::deserialize_from(reason).map_or_else(|| reason.to_string(), |known| known.to_string())
    });
    words.collect::<Vec<_>>().join("; ")
}

/// A printing as `Name (Set 12/102)`, or its identifier where the catalogue has no words for it.
pub(crate) fn printing(value: &Value, pointer: &str) -> String {
    let Some(label) = value.pointer(pointer).filter(|label| label.is_object()) else { return String::new() };
    let (name, set, number) = (text(label, "/name"), text(label, "/set_name"), text(label, "/number"));
    if name.is_empty() { text(label, "/id") } else { format!("{name} ({set} {number})") }
}

/// A time in milliseconds since 1970 as `2026-11-24 21:30:05Z`.
pub(crate) fn time(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_i64).map(time_of).unwrap_or_default()
}

/// The time between two times as `1.250 s`; nothing where one of them is not there.
pub(crate) fn took(value: &Value, from: &str, to: &str) -> String {
    let at = |pointer| value.pointer(pointer).and_then(Value::as_i64);
    let millis = at(from).zip(at(to)).map(|(from, to)| to.saturating_sub(from).max(0));
    millis.map(|millis| format!("{}.{:03} s", millis / 1_000, millis % 1_000)).unwrap_or_default()
}

fn time_of(millis: i64) -> String {
    const DAY: i64 = 86_400;
    let seconds = millis.div_euclid(1_000);
    let (days, within) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}Z", within / 3_600, within / 60 % 60, within % 60)
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar. Years are counted from March, so that
/// the leap day is the last of its year.
fn civil(days: i64) -> (i64, i64, i64) {
    const ERA: i64 = 146_097; // days in 400 years
    let shifted = days + 719_468; // days from 0000-03-01
    let (era, day_of_era) = (shifted.div_euclid(ERA), shifted.rem_euclid(ERA));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_read_by_people() {
        for (millis, expected) in [
            (0, "1970-01-01 00:00:00Z"),
            (951_782_400_000, "2000-02-29 00:00:00Z"),
            (1_709_251_199_999, "2024-02-29 23:59:59Z"),
            (1_764_019_805_000, "2025-11-24 21:30:05Z"),
            (-1, "1969-12-31 23:59:59Z"),
        ] {
            assert_eq!(time_of(millis), expected);
        }
    }

    #[test]
    fn what_is_not_over_has_no_duration() {
        assert_eq!(took(&json!({ "a": 1_000, "b": 62_005 }), "/a", "/b"), "61.005 s");
        assert_eq!(took(&json!({ "a": 1_000, "b": null }), "/a", "/b"), "");
    }

    #[test]
    fn prices_say_when_they_are_not_fresh() {
        let priced =
            |state: &str| json!({ "price": { "state": state, "amount": { "amount_minor": 1205, "currency": "USD" } } });
        assert_eq!(price(&priced("fresh"), "/price"), "12.05 USD");
        assert_eq!(price(&priced("stale"), "/price"), "12.05 USD (stale)");
        assert_eq!(price(&json!({ "price": { "state": "missing", "amount": null } }), "/price"), "none");
        assert_eq!(price(&json!({ "price": null }), "/price"), "");
    }

    #[test]
    fn what_is_not_there_is_nothing() {
        let value = json!({ "a": null, "b": [1], "posterior": 0.98765 });
        assert_eq!((text(&value, "/a"), text(&value, "/b"), number(&value, "/c")), (String::new(), String::new(), 0));
        assert_eq!(percent(&value, "/posterior"), "98.8 %");
        assert_eq!(printing(&json!({ "best": { "id": "x-1", "name": "" } }), "/best"), "x-1");
    }
}
