//! Turning an error, or a panic, into one line.

use std::any::Any;
use std::error::Error;

/// The whole chain of causes in one line, joined by `: `. A cause that an error has already quoted at its own end (as
/// those of Diesel do) is not said twice.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !line.ends_with(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        next = cause.source();
    }
    line
}

/// What a panic said, of what `catch_unwind` or the join of a thread gives.
#[must_use]
pub fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a value that is not text".to_owned())
}

#[cfg(test)]
mod tests {
    use thiserror::Error;

    use super::*;

    #[derive(Debug, Error)]
    #[error("disk full")]
    struct Inner;

    #[derive(Debug, Error)]
    enum Outer {
        #[error("writing a.jpg")]
        Plain(#[source] Inner),
        #[error("writing a.jpg: {0}")]
        Quoting(#[source] Inner),
    }

    #[test]
    fn every_cause_is_said_once() {
        assert_eq!(chain(&Inner), "disk full");
        assert_eq!(chain(&Outer::Plain(Inner)), "writing a.jpg: disk full");
        assert_eq!(chain(&Outer::Quoting(Inner)), "writing a.jpg: disk full");
    }

    #[test]
    fn a_panic_says_its_text() {
        let said = |value: Box<dyn Any + Send>| panic_message(value.as_ref());
        assert_eq!(said(Box::new("still")), "still");
        assert_eq!(said(Box::new("made".to_owned())), "made");
        assert_eq!(said(Box::new(7)), "a value that is not text");
    }
}
