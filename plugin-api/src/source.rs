//! The two traits that an author implements.

use std::collections::BTreeMap;

use crate::{HttpResponse, Manifest, Query, Step};

/// Settings from the administrator, without the secret ones.
pub type Config = BTreeMap<String, String>;

/// A price source.
///
/// Must not keep anything from one question to the next: `begin` takes `&self`, and what belongs to a question lives in
/// the session that it returns.
pub trait Source: Send + Sync {
    /// What the source says about itself; the same every time.
    fn manifest(&self) -> Manifest;

    /// Takes the administrator's settings, once, before the first question.
    ///
    /// # Errors
    /// What is wrong with them, for the administrator; the source is then not used.
    fn configure(&mut self, _config: &Config) -> Result<(), String> {
        Ok(())
    }

    /// Starts a question.
    fn begin(&self, query: &Query) -> Box<dyn Session>;
}

/// One question on its way to an answer.
pub trait Session: Send {
    /// Goes on. The first call gets no answers; after [`Step::Fetch`] the answers come in the order of the requests; after
    /// [`Step::Partial`] none come. Not called again after [`Step::Done`] or [`Step::Failed`].
    fn step(&mut self, responses: &[HttpResponse]) -> Step;
}
