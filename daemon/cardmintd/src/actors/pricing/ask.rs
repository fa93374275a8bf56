//! Asking every source at once.
//!
//! Guarantee: ends at the deadline whatever the sources do. A source that is late or fails is missing from the answer and
//! nothing else; what it finds after the deadline is kept by its own cache for the next question.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cardmint_domain::Quote;
use cardmint_sources::{PrintingQuery, Quoted};
use futures_util::future::{BoxFuture, join_all};
use serde::Serialize;

/// Somebody who may know prices.
pub trait Source: Send + Sync {
    /// Its stable name.
    fn id(&self) -> &str;

    /// Asks it. The error is a whole sentence for people.
    fn ask(&self, printings: Vec<PrintingQuery>, timeout: Duration) -> BoxFuture<'_, Result<Quoted, String>>;
}

/// What one source answered, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceAnswer {
    /// Which source.
    pub source: String,
    /// Quotes it gave for all printings together.
    pub quotes: usize,
    /// Its reasons for having none, as `reason: detail`.
    pub no_quotes: Vec<String>,
    /// Quotes that were refused, as `key: why`.
    pub refused: Vec<String>,
    /// Why it did not answer.
    pub error: Option<String>,
}

/// What all sources answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answers {
    /// Every quote.
    pub quotes: Vec<Quote>,
    /// One for each source.
    pub sources: Vec<SourceAnswer>,
}

/// Asks all `sources` for all `printings` and waits no longer than `deadline`.
pub async fn ask_all(sources: Vec<Arc<dyn Source>>, printings: &[PrintingQuery], deadline: Instant) -> Answers {
    let mut answers = Answers::default();
    if printings.is_empty() {
        return answers;
    }
    let ask = |source: Arc<dyn Source>| async move {
        let left = deadline.saturating_duration_since(Instant::now());
        let asked = tokio::time::timeout(left, source.ask(printings.to_vec(), left)).await;
        let answer = asked.unwrap_or_else(|_| Err(format!("no answer within {} ms", left.as_millis())));
        (source.id().to_owned(), answer)
    };
    for (source, answer) in join_all(sources.into_iter().map(ask)).await {
        answers.sources.push(note(source, &answer));
        answers.quotes.extend(answer.map(|quoted| quoted.quotes).unwrap_or_default());
    }
    answers
}

fn note(source: String, answer: &Result<Quoted, String>) -> SourceAnswer {
    let empty = SourceAnswer { source, quotes: 0, no_quotes: Vec::new(), refused: Vec::new(), error: None };
    match answer {
        Err(why) => SourceAnswer { error: Some(why.clone()), ..empty },
        Ok(quoted) => SourceAnswer {
            quotes: quoted.quotes.len(),
            no_quotes: quoted.no_quotes.iter().map(|no| format!("{}: {}", no.reason, no.detail)).collect(),
            refused: quoted.refused.iter().map(|no| format!("{}: {}", no.source_ref, no.why)).collect(),
            ..empty
        },
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A source that answers with what it was given, after a while, or never.
    pub(crate) struct Fake {
        id: String,
        answer: Option<Result<Quoted, String>>,
    }

    impl Fake {
        /// Answers at once with these quotes.
        pub(crate) fn with(id: &str, quotes: Vec<Quote>) -> Arc<dyn Source> {
            let quoted = Quoted { quotes, refused: Vec::new(), no_quotes: Vec::new() };
            Arc::new(Self { id: id.to_owned(), answer: Some(Ok(quoted)) })
        }

        /// Fails at once.
        pub(crate) fn failing(id: &str, why: &str) -> Arc<dyn Source> {
            Arc::new(Self { id: id.to_owned(), answer: Some(Err(why.to_owned())) })
        }

        /// Never answers.
        pub(crate) fn silent(id: &str) -> Arc<dyn Source> {
            Arc::new(Self { id: id.to_owned(), answer: None })
        }
    }

    impl Source for Fake {
        fn id(&self) -> &str {
            &self.id
        }

        fn ask(&self, _: Vec<PrintingQuery>, _: Duration) -> BoxFuture<'_, Result<Quoted, String>> {
            match &self.answer {
                Some(answer) => Box::pin(std::future::ready(answer.clone())),
                None => Box::pin(std::future::pending()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::Fake;
    use super::*;
    use crate::actors::pricing::testing::quote;

    #[tokio::test]
    async fn a_silent_and_a_failing_source_cost_nobody_else_an_answer() {
        let sources = vec![
            Fake::silent("dead"),
            Fake::failing("broken", "it is down"),
            Fake::with("good", vec![quote("good", 18)]),
        ];
        let printings = [PrintingQuery { printing: "tmi-7".to_owned(), ..PrintingQuery::default() }];
        let deadline = Instant::now() + Duration::from_millis(50);
        let answers = ask_all(sources, &printings, deadline).await;
        assert_eq!(answers.quotes.iter().map(|quote| quote.amount.amount_minor).collect::<Vec<_>>(), [18]);
        let errors: Vec<_> = answers.sources.iter().map(|answer| answer.error.as_deref()).collect();
        assert!(errors[0].is_some_and(|why| why.starts_with("no answer within")), "{errors:?}");
        assert_eq!(errors[1..], [Some("it is down"), None]);
    }

    #[tokio::test]
    async fn without_a_question_nobody_is_asked() {
        let deadline = Instant::now() + Duration::from_secs(3_600);
        assert_eq!(ask_all(vec![Fake::silent("dead")], &[], deadline).await, Answers::default());
    }
}
