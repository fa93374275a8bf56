//! A second, well-behaved price source, for tests.
//!
//! It asks `https://prices.second.example/printings/ID.json` (the id percent-encoded) for each printing and expects
//! `{"prices": [{"finish": "holo", "amount": 12.34}]}` in US dollars; status 404 means that the printing is not listed.

use cardmint_plugin_api::{
    Answer, ErrorClass, Failure, HttpRequest, HttpResponse, Manifest, NoQuote, Query, Quote, RateLimit, Session,
    Source, Step, amount::minor_units, answer, export_source,
};
use serde::Deserialize;
use serde_json::value::RawValue;

const HOST: &str = "prices.second.example";
const UPSTREAM: &str = "second_market";

struct Second;

impl Source for Second {
    fn manifest(&self) -> Manifest {
        let limit = RateLimit { period_ms: 1, burst: 100 };
        Manifest {
            upstreams: vec![UPSTREAM.to_owned()],
            rate_limits: [(HOST.to_owned(), limit)].into(),
            licence: "open".to_owned(),
            ..Manifest::new("second", "Second Market", env!("CARGO_PKG_VERSION"), HOST)
        }
    }

    fn begin(&self, query: &Query) -> Box<dyn Session> {
        Box::new(Asking { left: query.printings.iter().map(|one| one.printing.clone()).collect(), asked: None })
    }
}

/// One printing after the other.
struct Asking {
    left: Vec<String>,
    asked: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    prices: Vec<Price>,
}

#[derive(Deserialize)]
struct Price {
    finish: String,
    amount: Box<RawValue>,
}

impl Session for Asking {
    fn step(&mut self, responses: &[HttpResponse]) -> Step {
        let answer = match (self.asked.take(), responses.first()) {
            (None, _) => Answer::default(),
            (Some(printing), Some(response)) => match read(&printing, response) {
                Ok(answer) => answer,
                Err(failure) => return Step::Failed(failure),
            },
            (Some(_), None) => return Step::Failed(Failure::new(ErrorClass::Plugin, "no answer was given")),
        };
        if !answer.quotes.is_empty() || !answer.no_quotes.is_empty() {
            return if self.left.is_empty() { Step::Done(answer) } else { Step::Partial(answer) };
        }
        match self.left.pop() {
            None => Step::Done(answer),
            Some(printing) => {
                let request = HttpRequest::get(1, format!("https://{HOST}/printings/{}.json", encode(&printing)));
                self.asked = Some(printing);
                Step::Fetch(vec![request])
            }
        }
    }
}

fn read(printing: &str, response: &HttpResponse) -> Result<Answer, Failure> {
    let none =
        |reason: &str| NoQuote { printing: printing.to_owned(), reason: reason.to_owned(), ..NoQuote::default() };
    if response.status == 404 {
        return Ok(Answer { no_quotes: vec![none(NoQuote::NOT_LISTED)], ..Answer::default() });
    }
    let page: Page = serde_json::from_slice(answer::json(response)?)
        .map_err(|error| Failure::new(ErrorClass::Malformed, error.to_string()))?;
    let mut answer = Answer::default();
    for price in page.prices {
        match minor_units(price.amount.get(), 2) {
            Ok(amount_minor) => answer.quotes.push(quote(printing, &price, amount_minor, response.id)),
            Err(_) => answer.no_quotes.push(none(NoQuote::NULL_PRICE)),
        }
    }
    if answer.quotes.is_empty() && answer.no_quotes.is_empty() {
        answer.no_quotes.push(none(NoQuote::NOT_LISTED));
    }
    Ok(answer)
}

fn quote(printing: &str, price: &Price, amount_minor: i64, request: u32) -> Quote {
    Quote {
        printing: printing.to_owned(),
        source_ref: format!("{printing}:{}", price.finish),
        upstream: UPSTREAM.to_owned(),
        region: "US".to_owned(),
        match_score: 990,
        finish: price.finish.clone(),
        kind: "market".to_owned(),
        amount_minor,
        currency: "USD".to_owned(),
        raw: price.amount.get().to_owned(),
        request,
        ..Quote::default()
    }
}

/// Everything that is not plain is written as `%XX`.
fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

export_source!(Second);
