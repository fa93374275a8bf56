//! The number printed on a card: parse, compare, normalise. This is the only place that knows how such numbers look.
//!
//! A collector number is text. `4/102`, `006/165`, `TG05/TG30`, `SWSH044`, `H12`, `RC1`, `65a`, `A`, `ONE`, `!` and `?`
//! are all real ones, and the printed form is what a person searches for, so it is kept to the letter. Comparing goes by
//! the parts: leading zeros, the case of letters and the total after the slash do not make a different number.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longest accepted text. The longest real one has 9 characters (`TG05/TG30`).
const MAX_CHARS: usize = 24;

/// Why a text is not a collector number.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CollectorNumberError {
    /// Nothing but white space.
    #[error("a collector number may not be empty")]
    Empty,
    /// Longer than any printed number.
    #[error("{0:?} is longer than any collector number ({MAX_CHARS} characters)")]
    TooLong(String),
    /// Not letters, digits and one slash in the order they are printed.
    #[error("{0:?} is not a collector number: expected letters, digits, letters and perhaps a slash with a total")]
    Shape(String),
}

/// A collector number as printed, with or without the total after the slash.
///
/// Equality, order and hash are those of the printed text, so that a number survives a round trip through the database
/// unchanged. Use [`CollectorNumber::same_as`] to ask whether two texts mean the same card of one set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CollectorNumber(String);

/// One side of the slash, split into its parts: `SWSH044` is (`SWSH`, 44, ``), `65a` is (``, 65, `A`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Parts {
    prefix: String,
    value: Option<u32>,
    suffix: String,
}

impl CollectorNumber {
    /// Reads a number as printed; white space around it and around the slash is dropped, the rest is kept.
    ///
    /// # Errors
    /// [`CollectorNumberError`] when the text has no such shape.
    pub fn parse(text: &str) -> Result<Self, CollectorNumberError> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(CollectorNumberError::Empty);
        }
        if trimmed.chars().count() > MAX_CHARS {
            return Err(CollectorNumberError::TooLong(text.to_owned()));
        }
        let shape = || CollectorNumberError::Shape(text.to_owned());
        match trimmed.split_once('/') {
            None => {
                split(trimmed).ok_or_else(shape)?;
                Ok(Self(trimmed.to_owned()))
            }
            Some((number, total)) => {
                let (number, total) = (number.trim_end(), total.trim_start());
                let total_parts = split(total).ok_or_else(shape)?;
                if split(number).is_none() || total_parts.value.is_none() {
                    return Err(shape());
                }
                Ok(Self(format!("{number}/{total}")))
            }
        }
    }

    /// The number as printed.
    #[must_use]
    pub fn printed(&self) -> &str {
        &self.0
    }

    /// The part before the slash as printed, for example `TG05`.
    #[must_use]
    pub fn number(&self) -> &str {
        self.0.split_once('/').map_or(self.0.as_str(), |(number, _)| number)
    }

    /// The part after the slash as printed, where there is one, for example `TG30`.
    #[must_use]
    pub fn total(&self) -> Option<&str> {
        self.0.split_once('/').map(|(_, total)| total)
    }

    /// The value of the digits after the slash, where there are any.
    #[must_use]
    pub fn total_value(&self) -> Option<u32> {
        self.total().and_then(split).and_then(|parts| parts.value)
    }

    /// The form to look numbers up by: the part before the slash in upper case, without leading zeros. `006/165` gives
    /// `6`, `SWSH044` gives `SWSH44`, `65a` gives `65A`. Normalising twice changes nothing.
    #[must_use]
    pub fn normalised(&self) -> String {
        self.parts().to_string()
    }

    /// Whether both mean the same card of one set: the parts before the slash agree, and the totals agree wherever both
    /// carry one.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        let totals_agree = match (self.total().and_then(split), other.total().and_then(split)) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => true,
        };
        self.parts() == other.parts() && totals_agree
    }

    /// The order in which a binder holds them: by prefix, then by value, then by suffix. Numbers without digits come last.
    #[must_use]
    pub fn binder_order(&self, other: &Self) -> Ordering {
        let key = |number: &Self| {
            let parts = number.parts();
            (parts.value.is_none(), parts.prefix, parts.value, parts.suffix)
        };
        key(self).cmp(&key(other)).then_with(|| self.0.cmp(&other.0))
    }

    fn parts(&self) -> Parts {
        split(self.number()).unwrap_or_else(|| Parts {
            prefix: self.number().to_owned(),
            value: None,
            suffix: String::new(),
        })
    }
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.prefix)?;
        if let Some(value) = self.value {
            write!(f, "{value}")?;
        }
        f.write_str(&self.suffix)
    }
}

/// Splits one side of the slash; `None` when it does not have the shape letters, digits, letters (digits or letters may
/// be missing, not both) and is not one of the two punctuation marks that some sets use as a number.
fn split(side: &str) -> Option<Parts> {
    if side == "!" || side == "?" {
        return Some(Parts { prefix: side.to_owned(), value: None, suffix: String::new() });
    }
    let (prefix, rest) = side.split_at(side.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(side.len()));
    let (digits, suffix) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
    let has_something = !prefix.is_empty() || !digits.is_empty();
    if !has_something || !suffix.chars().all(|c| c.is_ascii_alphabetic()) || (digits.is_empty() && !suffix.is_empty()) {
        return None;
    }
    let value = if digits.is_empty() { None } else { Some(digits.parse().ok()?) };
    Some(Parts { prefix: prefix.to_ascii_uppercase(), value, suffix: suffix.to_ascii_uppercase() })
}

impl fmt::Display for CollectorNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for CollectorNumber {
    type Error = CollectorNumberError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<CollectorNumber> for String {
    fn from(number: CollectorNumber) -> Self {
        number.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> CollectorNumber {
        CollectorNumber::parse(text).unwrap()
    }

    #[test]
    fn every_real_form_keeps_its_printed_text() {
        for text in
            ["4/102", "006/165", "TG05/TG30", "SWSH044", "H12", "RC1", "65a", "SM103a", "A", "ONE", "!", "?", "205/197"]
        {
            assert_eq!(number(text).printed(), text);
            assert_eq!(serde_json::to_string(&number(text)).unwrap(), format!("{text:?}"));
        }
        assert_eq!(number("  4 / 102 ").printed(), "4/102");
    }

    #[test]
    fn zeros_and_case_do_not_make_another_card() {
        assert!(number("006/165").same_as(&number("6/165")));
        assert!(number("006/165").same_as(&number("6")));
        assert!(number("swsh044").same_as(&number("SWSH44")));
        assert!(number("65A").same_as(&number("65a")));
        assert!(!number("6/165").same_as(&number("6/102")));
        assert!(!number("65a").same_as(&number("65")));
        assert!(!number("TG05").same_as(&number("5")));
        assert!(!number("!").same_as(&number("?")));
    }

    #[test]
    fn totals_are_values_too() {
        assert_eq!(number("TG05/TG30").total_value(), Some(30));
        assert_eq!(number("205/197").total_value(), Some(197));
        assert_eq!(number("SWSH044").total_value(), None);
    }

    #[test]
    fn nonsense_is_refused_with_the_text_in_the_message() {
        for text in
            ["", "   ", "/", "4/", "/102", "4/102/3", "4-102", "4//102", "1a2", "é4", "4/abc", "!!", "99999999999"]
        {
            let Err(error) = CollectorNumber::parse(text) else { panic!("{text:?} was accepted") };
            assert!(text.trim().is_empty() || error.to_string().contains(text), "{error}");
        }
    }

    #[test]
    fn binders_count_as_people_do() {
        let mut shelf: Vec<_> = ["TG2", "10", "9a", "ONE", "9", "TG10", "2"].map(number).into();
        shelf.sort_by(CollectorNumber::binder_order);
        let order: Vec<_> = shelf.iter().map(CollectorNumber::printed).collect();
        assert_eq!(order, ["2", "9", "9a", "10", "TG2", "TG10", "ONE"]);
    }

    const REAL: &str = "([A-Za-z]{0,4}[0-9]{1,5}[A-Za-z]{0,2}|[A-Z]{1,5}|!|\\?)";

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in REAL) {
            let once = number(&text).normalised();
            prop_assert_eq!(number(&once).normalised(), once);
        }

        #[test]
        fn a_number_is_the_same_as_its_normal_form(text in REAL, total in 1_u32..1000) {
            let with_total = number(&format!("{text}/{total}"));
            prop_assert!(with_total.same_as(&number(&with_total.normalised())));
            prop_assert_eq!(with_total.total_value(), Some(total));
        }

        #[test]
        fn same_as_is_symmetric_and_follows_the_normal_form(a in REAL, b in REAL) {
            let (a, b) = (number(&a), number(&b));
            prop_assert_eq!(a.same_as(&b), b.same_as(&a));
            prop_assert_eq!(a.same_as(&b), a.normalised() == b.normalised());
        }

        #[test]
        fn binder_order_is_a_total_order(a in REAL, b in REAL, c in REAL) {
            let (a, b, c) = (number(&a), number(&b), number(&c));
            prop_assert_eq!(a.binder_order(&b), b.binder_order(&a).reverse());
            if a.binder_order(&b).is_le() && b.binder_order(&c).is_le() {
                prop_assert!(a.binder_order(&c).is_le());
            }
            prop_assert_eq!(a.binder_order(&b).is_eq(), a == b);
        }

        #[test]
        fn no_text_panics_and_what_parses_prints_itself(text in "\\PC{0,30}") {
            if let Ok(parsed) = CollectorNumber::parse(&text) {
                prop_assert_eq!(CollectorNumber::parse(parsed.printed()).unwrap(), parsed);
            }
        }
    }
}
