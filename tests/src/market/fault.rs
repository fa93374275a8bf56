//! How a server can misbehave, and when.

use std::time::Duration;

/// One kind of misbehaviour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// 500 with an empty body.
    ServerError,
    /// 429, with `Retry-After` in seconds where given.
    TooManyRequests {
        /// The header's value.
        retry_after_secs: Option<u64>,
    },
    /// The right answer, but only after this time.
    Slow(Duration),
    /// The connection ends without an answer.
    Reset,
    /// The connection ends in the middle of the answer.
    Cut,
    /// 200 with a page for people instead of data.
    Html,
}

/// How often a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Until [`super::Market::heal`].
    Always,
    /// For so many requests.
    Next(usize),
}

#[derive(Debug, Clone)]
struct Rule {
    path_part: String,
    fault: Fault,
    times: Times,
}

/// The faults that are switched on. The first that fits a request happens.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Rule>);

impl Faults {
    pub(super) fn add(&mut self, path_part: &str, fault: Fault, times: Times) {
        self.0.push(Rule { path_part: path_part.to_owned(), fault, times });
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// What happens to a request for `path`; uses up one of the times.
    pub(super) fn strike(&mut self, path: &str) -> Option<Fault> {
        let position = self.0.iter().position(|rule| path.contains(&rule.path_part) && rule.times != Times::Next(0))?;
        let rule = self.0.get_mut(position)?;
        if let Times::Next(left) = &mut rule.times {
            *left -= 1;
        }
        Some(rule.fault.clone())
    }
}

/// Reads what the control address is told: `500`, `429`, `429:30`, `slow:2000` (milliseconds), `reset`, `cut`,
/// `html`.
pub(super) fn parse(text: &str) -> Option<Fault> {
    let (kind, number) = text.split_once(':').map_or((text, None), |(kind, number)| (kind, number.parse().ok()));
    match (kind, number) {
        ("500", _) => Some(Fault::ServerError),
        ("429", retry_after_secs) => Some(Fault::TooManyRequests { retry_after_secs }),
        ("slow", Some(millis)) => Some(Fault::Slow(Duration::from_millis(millis))),
        ("reset", _) => Some(Fault::Reset),
        ("cut", _) => Some(Fault::Cut),
        ("html", _) => Some(Fault::Html),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_happens_as_often_as_asked_and_only_where_asked() {
        let mut faults = Faults::default();
        faults.add("/prices", Fault::ServerError, Times::Next(2));
        faults.add("", Fault::Html, Times::Always);
        let seen: Vec<_> =
            ["/a/prices", "/a/products", "/b/prices", "/b/prices"].map(|path| faults.strike(path)).into();
        let (broken, page) = (Some(Fault::ServerError), Some(Fault::Html));
        assert_eq!(seen, [broken.clone(), page.clone(), broken, page]);
        faults.clear();
        assert_eq!(faults.strike("/prices"), None);
    }

    #[test]
    fn the_control_words_are_understood() {
        assert_eq!(parse("429:30"), Some(Fault::TooManyRequests { retry_after_secs: Some(30) }));
        assert_eq!(parse("slow:5"), Some(Fault::Slow(Duration::from_millis(5))));
        assert_eq!((parse("slow"), parse("nonsense")), (None, None));
    }
}
