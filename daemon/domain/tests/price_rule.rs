//! The pricing rule: 25 worked cases with their expected decisions, and properties over invented quotes.

// The lint knows tests by their attribute; these are their helpers.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::path::Path;

use cardmint_domain::price::{
    Confidence, Factor, FxRate, Grade, Licence, Policy, PriceKind, PriceTarget, Quote, ShopPolicy, Valuation,
    ValuationState, value,
};
use cardmint_domain::{Condition, Currency, Edition, Finish, Money, PrintingId, Timestamp};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "why")]
    _why: String,
    now: String,
    target: CaseTarget,
    fx: HashMap<String, String>,
    #[serde(default)]
    policy: CasePolicy,
    last_minor: Option<i64>,
    quotes: Vec<CaseQuote>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseTarget {
    printing: String,
    finish: Finish,
    language: String,
    condition: Option<Condition>,
    grade: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct CasePolicy {
    home_region: Option<String>,
    output_currency: Option<Currency>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseQuote {
    id: String,
    source: String,
    upstream: String,
    region: String,
    printing: String,
    finish: Finish,
    language: Option<String>,
    kind: PriceKind,
    amount_minor: Option<i64>,
    currency: Currency,
    observed_at: String,
    condition: Option<Condition>,
    grade: Option<String>,
    sample_size: Option<u32>,
    #[serde(rename = "match")]
    match_score: Option<u16>,
    licence: Option<Licence>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    amount_minor: Option<i64>,
    currency: Option<Currency>,
    confidence: Confidence,
    flags: Vec<String>,
    used: Vec<String>,
    rejected: Vec<ExpectRejected>,
    review: Option<String>,
    shop_ask_minor: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectRejected {
    q: String,
    why: String,
}

/// `2026-10-07T12:00:00Z`; days by the well-known civil-calendar formula.
fn time(text: &str) -> Timestamp {
    let number = |range: std::ops::Range<usize>| text[range].parse::<i64>().unwrap();
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    let (y, m) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let era = y.div_euclid(400);
    let of_era = y.rem_euclid(400);
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * m + 2) / 5 + day - 1 - 719_468;
    Timestamp(((days * 24 + number(11..13)) * 60 + number(14..16)) * 60_000 + number(17..19) * 1000)
}

/// `PSA 10`, `CGC 9.5`, `ANY 9`.
fn grade(text: &str) -> Grade {
    let (company, number) = text.split_once(' ').unwrap();
    let (whole, tenth) = number.split_once('.').unwrap_or((number, "0"));
    let value_tenths = whole.parse::<u8>().unwrap() * 10 + tenth.parse::<u8>().unwrap();
    Grade { company: company.to_owned(), value_tenths, label: None, qualifier: None }
}

fn quote(case: &CaseQuote) -> Quote {
    let observed_at = time(&case.observed_at);
    Quote {
        source: case.source.clone(),
        upstream: case.upstream.clone(),
        region: case.region.clone(),
        source_ref: case.id.clone(),
        printing: PrintingId::new(&case.printing),
        match_score: case.match_score.unwrap_or(1000),
        finish: case.finish,
        edition: None,
        language: case.language.clone(),
        condition: case.condition,
        grade: case.grade.as_deref().map(grade),
        kind: case.kind,
        amount: Money { amount_minor: case.amount_minor.unwrap_or(0), currency: case.currency },
        observed_at,
        fetched_at: observed_at,
        expires_at: observed_at,
        sample_size: case.sample_size,
        licence: case.licence.unwrap_or(Licence::Open),
        attribution: String::new(),
        url: String::new(),
        flags: Vec::new(),
        raw_digest: String::new(),
    }
}

fn target(case: &CaseTarget) -> PriceTarget {
    PriceTarget {
        printing: PrintingId::new(&case.printing),
        finish: case.finish,
        edition: Edition::Unlimited,
        language: case.language.clone(),
        condition: case.condition.unwrap_or(Condition::NearMint),
        grade: case.grade.as_deref().map(grade),
    }
}

fn rates(fx: &HashMap<String, String>) -> Vec<FxRate> {
    let rate = |(pair, rate): (&String, &String)| FxRate {
        from: Currency::parse(&pair[..3]).unwrap(),
        to: Currency::parse(&pair[3..]).unwrap(),
        rate: rate.clone(),
        date: "2026-10-07".to_owned(),
    };
    fx.iter().map(rate).collect()
}

fn check(path: &Path) {
    let name = path.file_name().unwrap().to_str().unwrap();
    let case: Case =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
    let quotes: Vec<_> = case.quotes.iter().map(quote).collect();
    let ids: HashMap<_, _> = quotes.iter().zip(&case.quotes).map(|(quote, case)| (quote.key(), &case.id)).collect();
    let mut policy = Policy::default();
    if let Some(region) = &case.policy.home_region {
        policy.home_region.clone_from(region);
    }
    policy.output_currency = case.policy.output_currency.unwrap_or(policy.output_currency);
    let last = case.last_minor.map(|amount_minor| Money { amount_minor, currency: policy.output_currency });
    let got = value(&target(&case.target), &quotes, &rates(&case.fx), last, &policy, time(&case.now));

    let expect = case.expect;
    assert_eq!(got.amount.map(|money| money.amount_minor), expect.amount_minor, "{name}: amount");
    assert_eq!(got.amount.map(|money| money.currency), expect.currency, "{name}: currency");
    assert_eq!(got.confidence, expect.confidence, "{name}: confidence");
    assert_eq!(got.flags, expect.flags, "{name}: flags");
    let used: Vec<_> = got.used.iter().map(|key| ids[key]).collect();
    assert_eq!(used, expect.used.iter().collect::<Vec<_>>(), "{name}: used");
    let mut rejected: Vec<_> = got.rejected.iter().map(|no| (ids[&no.quote].as_str(), no.why.as_str())).collect();
    rejected.sort_unstable();
    let mut refused: Vec<_> = expect.rejected.iter().map(|no| (no.q.as_str(), no.why.as_str())).collect();
    refused.sort_unstable();
    assert_eq!(rejected, refused, "{name}: rejected");
    assert_eq!(got.review, expect.review, "{name}: review");
    let ask = ShopPolicy::default().ask(&got);
    assert_eq!(ask.map(|money| money.amount_minor), expect.shop_ask_minor, "{name}: shop ask");
    let state = match (expect.amount_minor, got.flags.iter().any(|flag| flag == "stale")) {
        (None, _) => ValuationState::Missing,
        (Some(_), true) => ValuationState::Stale,
        (Some(_), false) => ValuationState::Fresh,
    };
    assert_eq!(got.state, state, "{name}: state");
}

#[test]
fn all_worked_cases_are_decided_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/price_cases");
    let mut cases: Vec<_> = std::fs::read_dir(folder).unwrap().map(|child| child.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 25, "only {} cases were found", cases.len());
    cases.iter().for_each(|path| check(path));
}

const NOW: Timestamp = Timestamp(1_790_000_000_000);
const HOUR_MS: i64 = 3_600_000;

fn plain_target() -> PriceTarget {
    PriceTarget {
        printing: PrintingId::new("tmi-7"),
        finish: Finish::Holo,
        edition: Edition::Unlimited,
        language: "en".to_owned(),
        condition: Condition::LightlyPlayed,
        grade: None,
    }
}

fn plain_quote(source: &str, kind: PriceKind, amount_minor: i64, currency: Currency) -> Quote {
    Quote {
        source: source.to_owned(),
        upstream: source.to_owned(),
        region: "US".to_owned(),
        source_ref: "1".to_owned(),
        printing: PrintingId::new("tmi-7"),
        match_score: 1000,
        finish: Finish::Holo,
        edition: None,
        language: None,
        condition: None,
        grade: None,
        kind,
        amount: Money { amount_minor, currency },
        observed_at: NOW.plus_millis(-HOUR_MS),
        fetched_at: NOW,
        expires_at: NOW,
        sample_size: Some(10),
        licence: Licence::Open,
        attribution: String::new(),
        url: String::new(),
        flags: Vec::new(),
        raw_digest: String::new(),
    }
}

fn fx(rate: &str, date: &str) -> FxRate {
    FxRate { from: Currency::EUR, to: Currency::USD, rate: rate.to_owned(), date: date.to_owned() }
}

fn decide(quotes: &[Quote], last: Option<Money>) -> Valuation {
    value(&plain_target(), quotes, &[fx("1.1638", "2026-10-06")], last, &Policy::default(), NOW)
}

#[test]
fn a_quote_that_does_not_tell_editions_apart_never_prices_a_first_edition() {
    let silent = plain_quote("tcgcsv", PriceKind::Market, 1000, Currency::USD);
    let first = Quote {
        edition: Some(Edition::First),
        amount: Money { amount_minor: 9000, ..silent.amount },
        ..silent.clone()
    };
    let quotes = [silent, Quote { source_ref: "2".to_owned(), ..first }];
    let wanted = PriceTarget { edition: Edition::First, condition: Condition::NearMint, ..plain_target() };
    let got = value(&wanted, &quotes, &[], None, &Policy::default(), NOW);
    assert_eq!((got.amount.unwrap().amount_minor, got.rejected[0].why.as_str()), (9000, "other_edition"));
    let common = PriceTarget { edition: Edition::Unlimited, ..wanted };
    assert_eq!(value(&common, &quotes, &[], None, &Policy::default(), NOW).amount.unwrap().amount_minor, 1000);
}

#[test]
fn the_latest_rate_counts_and_an_unreadable_one_does_not() {
    let euros =
        Quote { condition: Some(Condition::LightlyPlayed), ..plain_quote("cm", PriceKind::Trend, 1000, Currency::EUR) };
    let with =
        |rates: &[FxRate]| value(&plain_target(), std::slice::from_ref(&euros), rates, None, &Policy::default(), NOW);
    let rates = [fx("1.10", "2026-10-05"), fx("1.20", "2026-10-06"), fx("much", "2026-10-07"), fx("0", "2026-10-08")];
    assert_eq!(with(&rates).amount.unwrap().amount_minor, 1200);
    assert_eq!(with(&rates[2..]).rejected[0].why, "no_fx_rate");
    let back = FxRate { from: Currency::USD, to: Currency::EUR, ..fx("0.8", "2026-10-06") };
    assert_eq!(with(&[back]).amount.unwrap().amount_minor, 1250);
}

#[test]
fn without_a_majority_near_the_middle_there_is_no_price() {
    for amounts in [&[100, 110, 9000, 9900][..], &[100, 1000, 10_000], &[100, 100, 1000, 1000]] {
        let quote =
            |(n, amount): (usize, &i64)| plain_quote(&format!("s{n}"), PriceKind::Market, *amount, Currency::USD);
        let quotes: Vec<_> = amounts.iter().enumerate().map(quote).collect();
        let got = decide(&quotes, None);
        assert_eq!((got.amount, got.review.as_deref()), (None, Some("irreconcilable")), "{amounts:?}");
        assert!(got.rejected.iter().all(|no| no.why == "irreconcilable"));
        assert_eq!(got.rejected.len(), amounts.len());
    }
}

#[test]
fn an_amount_beyond_the_range_is_refused() {
    let huge = Quote { region: "EU".to_owned(), ..plain_quote("cm", PriceKind::Trend, i64::MAX, Currency::EUR) };
    let near_mint = PriceTarget { condition: Condition::NearMint, ..plain_target() };
    let got = value(&near_mint, &[huge], &[fx("9", "2026-10-06")], None, &Policy::default(), NOW);
    assert_eq!((got.amount, got.rejected[0].why.as_str()), (None, "out_of_range"));
}

fn any_quote() -> impl Strategy<Value = Quote> {
    let kinds = proptest::sample::select(PriceKind::ALL);
    let sources = proptest::sample::select(&["tcgcsv", "tcgdex", "ppt", "cardmarket", "unheard-of"][..]);
    let upstreams = proptest::sample::select(&["tcgplayer", "ebay_sold", "cardmarket", "other"][..]);
    let regions = proptest::sample::select(&["US", "US", "EU"][..]);
    let conditions = proptest::sample::select(&[None, Some(Condition::LightlyPlayed), Some(Condition::Damaged)][..]);
    let currencies = proptest::sample::select(&["USD", "USD", "EUR", "JPY"][..]);
    let sizes = proptest::sample::select(&[None, Some(1), Some(5), Some(50)][..]);
    let parts = (sources, upstreams, regions, kinds, conditions, currencies, sizes);
    (parts, 1_i64..3000, 0_i64..1000, 0_u8..3).prop_map(|(parts, amount, age_hours, number)| {
        let (source, upstream, region, kind, condition, currency, sample_size) = parts;
        Quote {
            upstream: upstream.to_owned(),
            region: region.to_owned(),
            condition,
            sample_size,
            source_ref: number.to_string(),
            observed_at: NOW.plus_millis(-age_hours * HOUR_MS),
            ..plain_quote(source, kind, amount, Currency::parse(currency).unwrap())
        }
    })
}

fn any_quotes() -> impl Strategy<Value = Vec<Quote>> {
    proptest::collection::vec(any_quote(), 0..12)
}

fn minor(valuation: &Valuation) -> Option<i64> {
    valuation.amount.map(|money| money.amount_minor)
}

proptest! {
    #[test]
    fn the_order_of_the_quotes_does_not_matter(
        (quotes, shuffled) in any_quotes().prop_flat_map(|quotes| (Just(quotes.clone()), Just(quotes).prop_shuffle())),
    ) {
        prop_assert_eq!(decide(&quotes, None), decide(&shuffled, None));
    }

    #[test]
    fn amounts_scaled_give_a_result_scaled(quotes in any_quotes(), scale in 2_i64..1000) {
        let mut scaled = quotes.clone();
        scaled.iter_mut().for_each(|quote| quote.amount.amount_minor *= scale);
        let (before, after) = (decide(&quotes, None), decide(&scaled, None));
        prop_assert_eq!(&before.used, &after.used);
        prop_assert_eq!(&before.flags, &after.flags);
        match (minor(&before), minor(&after)) {
            // The one rounding is off by at most a half on either side.
            (Some(before), Some(after)) => prop_assert!((before * scale - after).abs() <= scale / 2 + 1),
            (before, after) => prop_assert_eq!(before, after),
        }
    }

    #[test]
    fn a_null_changes_nothing_but_the_refusals(
        quotes in any_quotes(), null in any_quote(), amount in -5_i64..=0, position in 0_usize..12,
    ) {
        let before = decide(&quotes, None);
        let null = Quote { amount: Money { amount_minor: amount, ..null.amount }, ..null };
        let mut with_null = quotes;
        with_null.insert(position.min(with_null.len()), null);
        let after = decide(&with_null, None);
        prop_assert_eq!(after.rejected.len(), before.rejected.len() + 1);
        prop_assert_eq!(Valuation { rejected: before.rejected.clone(), ..after }, before);
    }

    #[test]
    fn a_value_lies_between_its_voices_and_every_quote_is_accounted_for_once(quotes in any_quotes()) {
        let got = decide(&quotes, None);
        prop_assert!(got.used.len() + got.rejected.len() <= quotes.len());
        prop_assert_eq!(got.amount.is_none(), got.used.is_empty());
        prop_assert_eq!(got.amount.is_none(), got.state == ValuationState::Missing);
        prop_assert_eq!(got.amount.is_none(), got.confidence == Confidence::None);
        if got.amount.is_none() {
            prop_assert!(got.review.is_some());
        }
        if got.review.is_some() {
            prop_assert_eq!(ShopPolicy::default().ask(&got), None);
        }
    }

    #[test]
    fn no_amount_age_or_setting_panics(
        mut quotes in any_quotes(),
        amounts in proptest::collection::vec(any::<i64>(), 12),
        last in any::<i64>(), now in any::<i64>(), steps in any::<(i64, i64)>(), digits in 1_u32..=20,
        ages in any::<(u32, u32, u32)>(),
    ) {
        for (quote, amount) in quotes.iter_mut().zip(amounts) {
            quote.amount.amount_minor = amount;
        }
        let factor = Factor::parse(&"9".repeat(digits.min(19) as usize)).unwrap();
        let tiny = Factor::parse("0.000000000001").unwrap();
        let policy = Policy {
            fresh_secs: ages.0, stale_secs: ages.1, hard_secs: ages.2,
            agree: factor, reject: tiny, min_sold_sample: 0, ..Policy::default()
        };
        let last = Some(Money { amount_minor: last, currency: Currency::USD });
        for policy in [policy, Policy::default()] {
            let got = value(&plain_target(), &quotes, &[fx("999999999", "x")], last, &policy, Timestamp(now));
            let shop = ShopPolicy { markup: factor, round_to_minor: steps.0, floor_minor: steps.1 };
            let _ask = shop.ask(&got);
        }
    }
}
