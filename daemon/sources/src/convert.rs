//! From a plugin's quote to a quote of the domain. Every field is checked; a quote with one wrong field is refused as a
//! whole, with a reason, because a wrong price is worse than none.

use std::collections::{HashMap, HashSet};

use cardmint_domain::{Condition, Currency, Edition, Finish, Money, PrintingId, Quote, Timestamp, price};
use cardmint_plugin_api::{Manifest, NoQuote, Quote as WireQuote};

/// A source's own time may be this far ahead of ours before it counts as unknown, in milliseconds: an hour of wrong zone or
/// clock either way.
const FUTURE_MS: i64 = 3_600_000;
/// Longest text of a plugin's that is stored, in characters.
const MAX_TEXT_CHARS: usize = 500;
/// Most flags of one quote.
const MAX_FLAGS: usize = 16;

/// A quote that was not taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedQuote {
    /// The source's own key.
    pub source_ref: String,
    /// What is wrong with it.
    pub why: String,
}

/// What the daemon knows of a session that the plugin does not.
#[derive(Debug, Clone, Default)]
pub struct Provenance {
    /// When the answer to each request was fetched, by the request's number.
    pub fetched_at: HashMap<u32, Timestamp>,
    /// The printings that were asked about; quotes for any other are refused.
    pub asked: HashSet<String>,
}

impl Provenance {
    /// When the answer was fetched that a quote names; the oldest of the session when it names none.
    fn of(&self, request: u32, now: Timestamp) -> Timestamp {
        let named = self.fetched_at.get(&request).copied();
        named.or_else(|| self.fetched_at.values().min().copied()).unwrap_or(now)
    }
}

/// Turns a plugin's quotes into the domain's, in order.
#[must_use]
pub fn quotes(
    manifest: &Manifest,
    provenance: &Provenance,
    quotes: Vec<WireQuote>,
    now: Timestamp,
) -> (Vec<Quote>, Vec<RefusedQuote>) {
    let (mut good, mut refused) = (Vec::with_capacity(quotes.len()), Vec::new());
    for quote in quotes {
        let source_ref = cut(&quote.source_ref);
        match convert(manifest, provenance, quote, now) {
            Ok(quote) => good.push(quote),
            Err(why) => refused.push(RefusedQuote { source_ref, why }),
        }
    }
    (good, refused)
}

/// A plugin's reasons for having no quote, about printings that were asked about, with texts that people may read.
#[must_use]
pub fn no_quotes(provenance: &Provenance, no_quotes: Vec<NoQuote>) -> Vec<NoQuote> {
    let tame = |reason: NoQuote| NoQuote {
        source_ref: cut(&reason.source_ref),
        kind: reason.kind.as_deref().map(cut),
        reason: cut(&reason.reason),
        detail: cut(&reason.detail),
        printing: reason.printing,
    };
    let known = |reason: &NoQuote| reason.printing.is_empty() || provenance.asked.contains(&reason.printing);
    no_quotes.into_iter().filter(known).map(tame).collect()
}

fn convert(manifest: &Manifest, provenance: &Provenance, quote: WireQuote, now: Timestamp) -> Result<Quote, String> {
    if !provenance.asked.contains(&quote.printing) {
        return Err(format!("the printing {:?} was not asked about", cut(&quote.printing)));
    }
    if !manifest.upstreams.contains(&quote.upstream) {
        return Err(format!("the upstream {:?} is not in the manifest", cut(&quote.upstream)));
    }
    if quote.region.len() != 2 || !quote.region.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(format!("the region {:?} is not two capital letters", cut(&quote.region)));
    }
    if quote.match_score > 1000 {
        return Err(format!("the match score {} is above 1000", quote.match_score));
    }
    if quote.condition.is_some() && quote.grade.is_some() {
        return Err("it has both a condition and a grade".to_owned());
    }
    let known = |what: &str, text: &str| format!("the {what} {:?} is unknown", cut(text));
    let fetched_at = provenance.of(quote.request, now);
    let (observed_at, time_unknown) = observed(quote.observed_at_ms, fetched_at);
    let ttl_ms = i64::try_from(manifest.ttl_secs.saturating_mul(1000)).unwrap_or(i64::MAX);
    Ok(Quote {
        finish: Finish::parse(&quote.finish).ok_or_else(|| known("finish", &quote.finish))?,
        edition: parse_some(quote.edition.as_deref(), Edition::parse).map_err(|text| known("edition", text))?,
        condition: parse_some(quote.condition.as_deref(), Condition::parse).map_err(|text| known("condition", text))?,
        kind: price::PriceKind::parse(&quote.kind).ok_or_else(|| known("kind", &quote.kind))?,
        amount: amount(quote.amount_minor, &quote.currency)?,
        licence: price::Licence::parse(&manifest.licence).ok_or_else(|| known("licence", &manifest.licence))?,
        grade: quote.grade.as_ref().map(grade).transpose()?,
        flags: flags(&quote, time_unknown),
        source: manifest.id.clone(),
        attribution: cut(&manifest.attribution),
        raw_digest: blake3::hash(quote.raw.as_bytes()).to_hex().to_string(),
        printing: PrintingId::new(quote.printing),
        match_score: quote.match_score,
        sample_size: quote.sample_size,
        source_ref: cut(&quote.source_ref),
        language: quote.language.as_deref().map(cut),
        url: url(&quote.url),
        upstream: quote.upstream,
        region: quote.region,
        observed_at,
        fetched_at,
        expires_at: fetched_at.plus_millis(ttl_ms),
    })
}

fn amount(amount_minor: i64, currency: &str) -> Result<Money, String> {
    let currency = Currency::parse(currency).map_err(|error| error.to_string())?;
    if amount_minor <= 0 {
        return Err(format!("the amount {amount_minor} is not a price"));
    }
    Ok(Money { amount_minor, currency })
}

fn grade(grade: &cardmint_plugin_api::Grade) -> Result<price::Grade, String> {
    if grade.company.is_empty() || !(10..=100).contains(&grade.value_tenths) {
        return Err(format!("the grade {:?} {} is none", cut(&grade.company), grade.value_tenths));
    }
    Ok(price::Grade {
        company: cut(&grade.company),
        value_tenths: grade.value_tenths,
        label: grade.label.as_deref().map(cut),
        qualifier: grade.qualifier.as_deref().map(cut),
    })
}

/// The source's own time, or ours where it has none or one that cannot be.
fn observed(observed_at_ms: Option<i64>, fetched_at: Timestamp) -> (Timestamp, bool) {
    match observed_at_ms {
        Some(ms) if ms > 0 && ms <= fetched_at.0.saturating_add(FUTURE_MS) => (Timestamp(ms), false),
        _ => (fetched_at, true),
    }
}

fn flags(quote: &WireQuote, time_unknown: bool) -> Vec<String> {
    let mut flags: Vec<String> = quote.flags.iter().take(MAX_FLAGS).map(|flag| cut(flag)).collect();
    if time_unknown {
        flags.push("time_unknown".to_owned());
    }
    match quote.shipping_included {
        Some(true) => flags.push("with_shipping".to_owned()),
        Some(false) => flags.push("without_shipping".to_owned()),
        None => {}
    }
    flags.sort_unstable();
    flags.dedup();
    flags
}

/// Only addresses that a browser may be sent to.
fn url(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(url) if url.scheme() == "https" && text.chars().count() <= MAX_TEXT_CHARS => text.to_owned(),
        _ => String::new(),
    }
}

fn parse_some<T>(text: Option<&str>, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, &str> {
    text.map(|text| parse(text).ok_or(text)).transpose()
}

/// At most so many characters, and no control characters: these texts reach logs and web pages.
fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_TEXT_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use cardmint_plugin_api::{Grade, amount::minor_units};
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000_000);

    fn manifest() -> Manifest {
        Manifest { upstreams: vec!["up".into()], ttl_secs: 60, ..Manifest::new("src", "Source", "1", "a.example.org") }
    }

    fn provenance() -> Provenance {
        let fetched_at = [(1, NOW.plus_millis(-5000)), (2, NOW.plus_millis(-9000))].into();
        Provenance { fetched_at, asked: ["p".to_owned()].into() }
    }

    fn good() -> WireQuote {
        WireQuote {
            printing: "p".into(),
            source_ref: "1:x".into(),
            upstream: "up".into(),
            region: "US".into(),
            match_score: 950,
            finish: "holo".into(),
            kind: "market".into(),
            amount_minor: 5,
            currency: "USD".into(),
            observed_at_ms: Some(NOW.0 - 10_000),
            raw: "{}".into(),
            request: 1,
            ..WireQuote::default()
        }
    }

    fn one(quote: WireQuote) -> Result<Quote, String> {
        let (mut good, mut refused) = quotes(&manifest(), &provenance(), vec![quote], NOW);
        good.pop().ok_or_else(|| refused.pop().unwrap().why)
    }

    #[test]
    fn a_good_quote_gets_the_daemons_provenance() {
        let quote = one(good()).unwrap();
        assert_eq!((quote.source.as_str(), quote.finish, quote.edition), ("src", Finish::Holo, None));
        assert_eq!((quote.fetched_at, quote.expires_at), (NOW.plus_millis(-5000), NOW.plus_millis(55_000)));
        assert_eq!(quote.observed_at, NOW.plus_millis(-10_000));
        assert_eq!(quote.raw_digest, blake3::hash(b"{}").to_hex().to_string());
        assert!(quote.flags.is_empty());
        assert_eq!(one(WireQuote { request: 0, ..good() }).unwrap().fetched_at, NOW.plus_millis(-9000));
    }

    #[test]
    fn one_wrong_field_refuses_the_quote() {
        for (quote, word) in [
            (WireQuote { printing: "q".into(), ..good() }, "asked"),
            (WireQuote { upstream: "other".into(), ..good() }, "upstream"),
            (WireQuote { region: "usa".into(), ..good() }, "region"),
            (WireQuote { match_score: 1001, ..good() }, "score"),
            (WireQuote { finish: "shiny".into(), ..good() }, "shiny"),
            (WireQuote { edition: Some("third".into()), ..good() }, "third"),
            (WireQuote { condition: Some("so-so".into()), ..good() }, "so-so"),
            (WireQuote { kind: "guess".into(), ..good() }, "guess"),
            (WireQuote { amount_minor: 0, ..good() }, "not a price"),
            (WireQuote { amount_minor: -1, ..good() }, "not a price"),
            (WireQuote { currency: "dollars".into(), ..good() }, "dollars"),
            (WireQuote { condition: Some("NM".into()), grade: Some(Grade::default()), ..good() }, "both"),
            (WireQuote { grade: Some(Grade::default()), ..good() }, "grade"),
        ] {
            let why = one(quote).unwrap_err();
            assert!(why.contains(word), "{why:?} does not say {word:?}");
        }
    }

    #[test]
    fn times_that_cannot_be_are_ours_and_say_so() {
        for observed_at_ms in [None, Some(0), Some(-1), Some(NOW.0 + 2 * FUTURE_MS), Some(i64::MAX)] {
            let quote = one(WireQuote { observed_at_ms, ..good() }).unwrap();
            assert_eq!((quote.observed_at, quote.flags), (quote.fetched_at, vec!["time_unknown".to_owned()]));
        }
    }

    #[test]
    fn texts_that_reach_people_are_tame() {
        let wild = WireQuote { url: "javascript:alert(1)".into(), source_ref: "a\u{1b}[31m\nb".into(), ..good() };
        let quote = one(wild).unwrap();
        assert_eq!((quote.url.as_str(), quote.source_ref.as_str()), ("", "a[31mb"));
    }

    #[test]
    fn reasons_are_about_what_was_asked_and_tame_too() {
        let about =
            |printing: &str| NoQuote { printing: printing.into(), detail: "a\u{7}b".into(), ..NoQuote::default() };
        let kept = no_quotes(&provenance(), vec![about("p"), about("other"), about("")]);
        let printings: Vec<&str> = kept.iter().map(|reason| reason.printing.as_str()).collect();
        assert_eq!(printings, ["p", ""]);
        assert!(kept.iter().all(|reason| reason.detail == "ab"));
    }

    proptest! {
        #[test]
        fn plugins_and_daemon_read_amounts_alike(token in "[0-9]{1,12}(\\.[0-9]{0,8})?([eE]-?[0-9]{1,2})?") {
            let ours = Money::parse_decimal(&token, Currency::USD).ok().map(|money| money.amount_minor).filter(|minor| *minor > 0);
            prop_assert_eq!(minor_units(&token, 2).ok(), ours);
        }

        #[test]
        fn plugins_and_daemon_compare_numbers_alike(a in "[A-Z]{0,2}[0-9]{1,3}[a-c]?(/[0-9]{1,3})?", b in "[A-Z]{0,2}[0-9]{1,3}[a-c]?(/[0-9]{1,3})?") {
            use cardmint_domain::CollectorNumber;
            use cardmint_plugin_api::text::{SameNumber, same_number};
            let ours = CollectorNumber::parse(&a).unwrap().same_as(&CollectorNumber::parse(&b).unwrap());
            prop_assert_eq!(same_number(&a, &b) != SameNumber::No, ours);
        }
    }
}
