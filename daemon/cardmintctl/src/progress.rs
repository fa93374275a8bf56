//! One line on a terminal that says how far long work is. Nothing where standard error is no terminal.

use std::io::{IsTerminal as _, Write as _};

/// The line. Cleared when dropped.
pub(crate) struct Progress {
    visible: bool,
    last: String,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { visible: std::io::stderr().is_terminal(), last: String::new() }
    }

    /// Replaces the line.
    pub(crate) fn say(&mut self, line: String) {
        if self.visible && line != self.last {
            // Back to the margin and clear to the end of the line. A terminal that is gone is no reason to fail.
            write!(std::io::stderr(), "\r\x1b[K{line}").unwrap_or_default();
            self.last = line;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.visible && !self.last.is_empty() {
            write!(std::io::stderr(), "\r\x1b[K").unwrap_or_default();
        }
    }
}

/// `done of total`, with a share where the total is known.
pub(crate) fn share(done: u64, total: u64) -> String {
    if total == 0 {
        return done.to_string();
    }
    format!("{done} of {total} ({} %)", done.saturating_mul(100) / total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_given_only_of_something() {
        assert_eq!(share(3, 0), "3");
        assert_eq!(share(1, 3), "1 of 3 (33 %)");
    }
}
