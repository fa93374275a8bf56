//! Which quotes are on the table: what the sources say now, and what they said before.

use std::collections::{BTreeMap, BTreeSet};

use super::quote::Quote;
use crate::PrintingId;

/// The quotes to value `printing` with. A source that gave any quote for it now speaks with those alone; of a source that
/// gave none (it did not answer, or has no price today) the newest stored quote of each kind and key speaks on, so that
/// neither an outage nor a null takes a price away. The rule itself looks at their age.
#[must_use]
pub fn at_hand(printing: &PrintingId, fresh: &[Quote], stored: Vec<Quote>) -> Vec<Quote> {
    let fresh: Vec<&Quote> = fresh.iter().filter(|quote| quote.printing == *printing).collect();
    let spoken: BTreeSet<&str> = fresh.iter().map(|quote| quote.source.as_str()).collect();
    let silent =
        stored.into_iter().filter(|quote| quote.printing == *printing && !spoken.contains(quote.source.as_str()));
    let mut newest: BTreeMap<_, Quote> = BTreeMap::new();
    for quote in silent {
        // A source may give one number for each finish, edition, condition and grade under one key.
        let thing = (quote.key(), quote.finish, quote.edition, quote.condition, quote.grade.as_ref().map(grade_key));
        match newest.entry(thing) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(quote);
            }
            std::collections::btree_map::Entry::Occupied(mut place) => {
                let age = |quote: &Quote| (quote.fetched_at, quote.observed_at);
                if age(&quote) > age(place.get()) {
                    place.insert(quote);
                }
            }
        }
    }
    fresh.into_iter().cloned().chain(newest.into_values()).collect()
}

fn grade_key(grade: &super::Grade) -> (String, u8, Option<String>, Option<String>) {
    (grade.company.clone(), grade.value_tenths, grade.label.clone(), grade.qualifier.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::{Licence, PriceKind};
    use crate::{Currency, Finish, Money, Timestamp};

    fn quote(source: &str, kind: PriceKind, amount_minor: i64, fetched: i64) -> Quote {
        Quote {
            source: source.to_owned(),
            upstream: source.to_owned(),
            region: "US".to_owned(),
            source_ref: "1".to_owned(),
            printing: PrintingId::new("tmi-7"),
            match_score: 1000,
            finish: Finish::Normal,
            edition: None,
            language: None,
            condition: None,
            grade: None,
            kind,
            amount: Money { amount_minor, currency: Currency::USD },
            observed_at: Timestamp(fetched),
            fetched_at: Timestamp(fetched),
            expires_at: Timestamp(fetched),
            sample_size: None,
            licence: Licence::Open,
            attribution: String::new(),
            url: String::new(),
            flags: Vec::new(),
            raw_digest: String::new(),
        }
    }

    fn amounts(quotes: &[Quote]) -> Vec<i64> {
        quotes.iter().map(|quote| quote.amount.amount_minor).collect()
    }

    #[test]
    fn a_source_that_speaks_now_is_not_contradicted_by_what_it_said_before() {
        let fresh = [quote("a", PriceKind::Trend, 10, 5)];
        let stored = vec![quote("a", PriceKind::Market, 99, 1), quote("b", PriceKind::Market, 20, 1)];
        assert_eq!(amounts(&at_hand(&PrintingId::new("tmi-7"), &fresh, stored)), [10, 20]);
    }

    #[test]
    fn of_a_silent_source_the_newest_number_of_each_kind_speaks_on() {
        let holo = Quote { finish: Finish::Holo, ..quote("a", PriceKind::Market, 7, 1) };
        let stored = vec![
            quote("a", PriceKind::Market, 1, 1),
            quote("a", PriceKind::Market, 3, 3),
            quote("a", PriceKind::Market, 2, 2),
            quote("a", PriceKind::LowAsk, 5, 1),
            holo,
        ];
        let mut got = amounts(&at_hand(&PrintingId::new("tmi-7"), &[], stored));
        got.sort_unstable();
        assert_eq!(got, [3, 5, 7]);
    }

    #[test]
    fn quotes_for_another_printing_say_nothing() {
        let other = Quote { printing: PrintingId::new("tmi-8"), ..quote("a", PriceKind::Market, 1, 1) };
        assert_eq!(
            amounts(&at_hand(&PrintingId::new("tmi-7"), std::slice::from_ref(&other), vec![other.clone()])),
            [0_i64; 0]
        );
    }
}
