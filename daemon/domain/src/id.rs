//! Names of things. Each kind of name is its own type, so that one can never be passed for another.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text of this name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// An admitted image file: the BLAKE3 of its bytes as 64 lower-case hexadecimal digits. The same bytes are the same capture.
    CaptureId
}
text_id! {
    /// One card found in a capture; see [`ScanId::of`].
    ScanId
}
text_id! {
    /// A catalogue row (set, collector number, language) under the catalogue's own identifier, for example `base1-4`.
    PrintingId
}
text_id! {
    /// A set under the catalogue's own identifier, for example `base1`.
    SetId
}
text_id! {
    /// A run of captures that share defaults. Sub-folders of the watched folder name batches; the folder itself is `default`.
    BatchId
}
text_id! {
    /// Ties every log line and audit row of one capture together, from the file to the commit.
    CorrelationId
}

/// How many hexadecimal digits of a capture's name stand in the names of its scans: 80 bits, no collision in practice
/// and still readable aloud.
const SCAN_PREFIX: usize = 20;

impl ScanId {
    /// The scan of card number `index` (from 0) in `capture`. Derived, so that a replay after a crash gives the same name.
    #[must_use]
    pub fn of(capture: &CaptureId, index: u32) -> Self {
        let prefix: String = capture.as_str().chars().take(SCAN_PREFIX).collect();
        Self(format!("{prefix}-{index}"))
    }
}

impl BatchId {
    /// The batch of files that lie directly in the watched folder.
    #[must_use]
    pub fn default_batch() -> Self {
        Self("default".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_has_the_same_name_after_a_replay() {
        let capture = CaptureId::new("0123456789abcdef0123456789abcdef");
        assert_eq!(ScanId::of(&capture, 3), ScanId::of(&capture, 3));
        assert_eq!(ScanId::of(&capture, 3).as_str(), "0123456789abcdef0123-3");
    }
}
