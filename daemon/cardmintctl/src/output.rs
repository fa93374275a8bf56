//! What goes to standard output.

use std::io::{ErrorKind, Write as _};

use serde_json::Value;

use crate::failure::Failure;

/// How answers are shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// As they are, in JSON, instead of in words.
    pub(crate) json: bool,
}

impl Output {
    /// Shows an answer: as it is, or in the words that `human` finds for it.
    pub(crate) fn show(self, answer: &Value, human: impl FnOnce(&Value) -> String) -> Result<(), Failure> {
        if self.json {
            let mut text = serde_json::to_vec_pretty(answer)
                .map_err(|error| Failure::failed(format!("writing the answer as JSON: {error}")))?;
            text.push(b'\n');
            return raw(&text);
        }
        let mut text = human(answer);
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        raw(text.as_bytes())
    }
}

/// Writes bytes as they are. Whoever stops reading (`| head`) has had enough.
pub(crate) fn raw(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::NobodyListens,
        _ => Failure::failed(format!("writing to standard output: {error}")),
    })
}
