//! Runs a source against canned answers: a test of a source is a table of URLs and what they answer.
//!
//! Everything goes through [`Guard`] and [`wire`](crate::wire), so a test sees what the daemon will see.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Answer, Config, Failure, Header, HttpRequest, HttpResponse, Manifest, Query, Source, Step,
    guard::Guard,
    wire::{Begun, Reply, StepReply, encode_responses, from_json, to_json},
};

/// A source that takes more steps than this does not come to an end.
const MAX_STEPS: usize = 10_000;

/// What one URL answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Canned {
    /// Status code.
    pub status: u16,
    /// Header lines.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub body: String,
}

impl Default for Canned {
    fn default() -> Self {
        Self { status: 200, headers: BTreeMap::new(), body: String::new() }
    }
}

impl Canned {
    /// Status 200 with this body.
    pub fn ok(body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }

    /// A whole answer as it stands in a `.http` file: status line, header lines, an empty line, the body.
    ///
    /// # Panics
    /// When there is no status line.
    #[must_use]
    #[allow(clippy::expect_used)]
    pub fn http(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
        Self {
            status: status.expect("the answer begins with a status line"),
            headers: headers.collect(),
            body: body.to_owned(),
        }
    }
}

/// A fixture: URLs and their answers. A URL that is not in it answers 404. Can be read from a JSON file.
pub type Fixture = BTreeMap<String, Canned>;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// All answers put together, or the failure.
    pub outcome: Result<Answer, Failure>,
    /// Every request in order.
    pub requests: Vec<HttpRequest>,
    /// How often `step` was called.
    pub steps: usize,
}

impl Run {
    /// The answer.
    ///
    /// # Panics
    /// When the session failed.
    #[must_use]
    pub fn answer(&self) -> &Answer {
        match &self.outcome {
            Ok(answer) => answer,
            Err(failure) => panic!("the session failed: {failure}"),
        }
    }

    /// The failure.
    ///
    /// # Panics
    /// When the session did not fail.
    #[must_use]
    pub fn failure(&self) -> &Failure {
        match &self.outcome {
            Ok(answer) => panic!("the session gave an answer: {answer:?}"),
            Err(failure) => failure,
        }
    }
}

/// A source under test.
pub struct Bench {
    guard: Guard,
    /// What the source said about itself.
    pub manifest: Manifest,
}

impl Bench {
    /// Puts a source on the bench and checks its manifest.
    ///
    /// # Panics
    /// When the manifest makes no sense, differs from call to call, or the settings are refused.
    #[must_use]
    pub fn new(make: fn() -> Box<dyn Source>, config: &Config) -> Self {
        let guard = Guard::new(make);
        let manifest: Manifest = ok(read("manifest", &guard.manifest()));
        if let Err(error) = manifest.check() {
            panic!("the manifest is refused: {error}");
        }
        let again: Manifest = ok(read("manifest", &guard.manifest()));
        assert_eq!(manifest, again, "the manifest changes from call to call");
        ok::<()>(read("configure", &guard.configure(&write(config))));
        Self { guard, manifest }
    }

    /// Runs one question to its end.
    ///
    /// # Panics
    /// When the source asks a host that is not in its manifest, or never comes to an end.
    #[must_use]
    pub fn run(&self, query: &Query, fixture: &Fixture) -> Run {
        let Begun { session } = ok(read("begin", &self.guard.begin(&write(query))));
        let mut run = Run { outcome: Ok(Answer::default()), requests: Vec::new(), steps: 0 };
        let mut total = Answer::default();
        let mut responses = Vec::new();
        while run.steps < MAX_STEPS {
            run.steps += 1;
            let bytes = encode_responses(&responses).unwrap_or_else(|error| panic!("{error}"));
            let reply: StepReply = read("step", &self.guard.step(session, &bytes));
            responses.clear();
            match reply {
                Reply::Failed(failure) | Reply::Ok(Step::Failed(failure)) => {
                    run.outcome = Err(failure);
                    return run;
                }
                Reply::Ok(Step::Partial(answer)) => gather(&mut total, answer),
                Reply::Ok(Step::Done(answer)) => {
                    gather(&mut total, answer);
                    run.outcome = Ok(total);
                    return run;
                }
                Reply::Ok(Step::Fetch(requests)) => {
                    responses.extend(requests.iter().map(|request| self.answer(request, fixture, query.now_ms)));
                    run.requests.extend(requests);
                }
            }
        }
        panic!("no end after {MAX_STEPS} steps");
    }

    fn answer(&self, request: &HttpRequest, fixture: &Fixture, now_ms: i64) -> HttpResponse {
        let allowed = |host: &String| request.url.starts_with(&format!("https://{host}/"));
        assert!(self.manifest.hosts.iter().any(allowed), "{} is not at a host of the manifest", request.url);
        let canned = fixture.get(&request.url).cloned().unwrap_or(Canned { status: 404, ..Canned::default() });
        let headers = canned.headers.into_iter().map(|(name, value)| Header { name: name.to_lowercase(), value });
        HttpResponse {
            id: request.id,
            status: canned.status,
            headers: headers.collect(),
            fetched_at_ms: now_ms,
            body: canned.body.into_bytes(),
        }
    }
}

/// Puts a further answer of one session to those before: lists are joined, the last version counts.
fn gather(total: &mut Answer, part: Answer) {
    total.quotes.extend(part.quotes);
    total.no_quotes.extend(part.no_quotes);
    total.version = part.version.or(total.version.take());
    total.unchanged |= part.unchanged;
}

fn write<T: Serialize>(value: &T) -> Vec<u8> {
    to_json("message", value).unwrap_or_else(|error| panic!("{error}"))
}

fn read<T: serde::de::DeserializeOwned>(what: &'static str, bytes: &[u8]) -> T {
    from_json(what, bytes).unwrap_or_else(|error| panic!("{error}"))
}

fn ok<T>(reply: Reply<T>) -> T {
    match reply {
        Reply::Ok(value) => value,
        Reply::Failed(failure) => panic!("{failure}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_answers_are_read_from_http_files() {
        let canned = Canned::http("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\n\r\n<html>");
        assert_eq!((canned.status, canned.body.as_str()), (429, "<html>"));
        assert_eq!(canned.headers["Retry-After"], "5");
    }

    #[test]
    fn a_fixture_can_be_a_json_file() {
        let fixture: Fixture = serde_json::from_str(r#"{"https://a.example.org/x":{"body":"{}"}}"#).unwrap();
        assert_eq!(fixture["https://a.example.org/x"], Canned::ok("{}"));
    }
}
