//! Names of files in the watched folder: where a file lies, how it is shown, and which names are not for us.
//!
//! Names are bytes. They may hold line breaks, terminal sequences or no valid UTF-8 at all, so what people see is always
//! [`shown`], and the bytes themselves are used only to reach the file.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use cardmint_domain::BatchId;

/// Folder for admitted files, directly in the watched folder.
pub const DONE: &str = "done";
/// Folder for files that are no pictures, directly in the watched folder.
pub const REJECTED: &str = "rejected";
/// Ending of the note that lies beside a rejected file.
pub const REASON_ENDING: &str = ".reason.txt";
/// Longest name that Linux file systems take, in bytes.
pub const MAX_NAME_BYTES: usize = 255;

/// Endings that programs give to files they have not finished writing: browsers, rsync, curl, FTP clients, editors.
const UNFINISHED: [&[u8]; 7] = [b".part", b".partial", b".tmp", b".temp", b".crdownload", b".filepart", b".download"];
/// Files that desktop systems leave in every folder they show.
const CLUTTER: [&[u8]; 2] = [b"thumbs.db", b"desktop.ini"];

/// A file in the watched folder: directly in it, or in one of its sub-folders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath {
    /// The sub-folder; `None` for a file that lies directly in the watched folder.
    pub folder: Option<OsString>,
    /// The file's own name.
    pub name: OsString,
}

impl FilePath {
    /// A file directly in the watched folder.
    pub fn top(name: impl Into<OsString>) -> Self {
        Self { folder: None, name: name.into() }
    }

    /// A file in a sub-folder.
    pub fn within(folder: impl Into<OsString>, name: impl Into<OsString>) -> Self {
        Self { folder: Some(folder.into()), name: name.into() }
    }

    /// The batch that the file belongs to: its sub-folder's name as people see it.
    #[must_use]
    pub fn batch(&self) -> BatchId {
        self.folder.as_ref().map_or_else(BatchId::default_batch, |folder| BatchId::new(shown(folder)))
    }

    /// The path inside the watched folder.
    #[must_use]
    pub fn relative(&self) -> PathBuf {
        self.folder.iter().chain([&self.name]).collect()
    }
}

impl std::fmt::Display for FilePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(folder) = &self.folder {
            write!(f, "{}/", shown(folder))?;
        }
        f.write_str(&shown(&self.name))
    }
}

/// A name as people see it: valid text as it is, control characters and invalid bytes as escapes.
#[must_use]
pub fn shown(name: &OsStr) -> String {
    let mut out = String::with_capacity(name.len());
    for chunk in name.as_bytes().utf8_chunks() {
        for letter in chunk.valid().chars() {
            // Directional marks count as well: they make a name read as another one.
            let reorders =
                matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if letter.is_control() || reorders { out.extend(letter.escape_default()) } else { out.push(letter) }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

/// Why a name is not for us; `None` when it is.
#[must_use]
pub fn unwanted(name: &OsStr) -> Option<&'static str> {
    let lower = name.as_bytes().to_ascii_lowercase();
    if lower.starts_with(b".") {
        return Some("hidden");
    }
    if lower.ends_with(b"~") || lower.starts_with(b"~$") || UNFINISHED.iter().any(|ending| lower.ends_with(ending)) {
        return Some("the name of an unfinished file");
    }
    CLUTTER.contains(&lower.as_slice()).then_some("a desktop system's own file")
}

/// Whether a sub-folder of the watched folder is one of ours and no batch.
#[must_use]
pub fn is_own_folder(name: &OsStr) -> bool {
    name == DONE || name == REJECTED
}

/// `name` with `~attempt` before its ending, cut so that it stays a legal name. Attempt 0 is the name itself.
#[must_use]
pub fn numbered(name: &OsStr, attempt: u32) -> OsString {
    if attempt == 0 {
        return name.to_owned();
    }
    let bytes = name.as_bytes();
    // Endings are short; a dot early in a long name is part of the name.
    let dot = bytes.iter().rposition(|byte| *byte == b'.').filter(|dot| *dot > 0 && bytes.len() - dot <= 16);
    let (stem, ending) = bytes.split_at(dot.unwrap_or(bytes.len()));
    let mark = format!("~{attempt}");
    let mut out = cut(stem, MAX_NAME_BYTES - mark.len() - ending.len()).to_vec();
    out.extend_from_slice(mark.as_bytes());
    out.extend_from_slice(ending);
    OsString::from_vec(out)
}

/// The name of the note that goes with a rejected file. A name too long to carry the ending is cut and told apart from
/// its like by a digest.
#[must_use]
pub fn reason_name(name: &OsStr) -> OsString {
    let bytes = name.as_bytes();
    let room = MAX_NAME_BYTES - REASON_ENDING.len();
    let mut out = if bytes.len() <= room {
        bytes.to_vec()
    } else {
        let digest = blake3::hash(bytes).to_hex();
        let mark = format!("~{}", digest.as_str().get(..8).unwrap_or_default());
        let mut short = cut(bytes, room - mark.len()).to_vec();
        short.extend_from_slice(mark.as_bytes());
        short
    };
    out.extend_from_slice(REASON_ENDING.as_bytes());
    OsString::from_vec(out)
}

/// The first `most` bytes, fewer where that would split a letter.
fn cut(bytes: &[u8], most: usize) -> &[u8] {
    let mut end = most.min(bytes.len());
    while end > 0 && end < bytes.len() && bytes.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
        end -= 1;
    }
    bytes.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_see_never_breaks_a_line_or_turns_it_around() {
        assert_eq!(shown(OsStr::new("Glurak é.jpg")), "Glurak é.jpg");
        assert_eq!(shown(OsStr::new("a\nb\u{1b}[31m.jpg")), "a\\nb\\u{1b}[31m.jpg");
        assert_eq!(shown(OsStr::new("gpj.\u{202e}exe")), "gpj.\\u{202e}exe");
        assert_eq!(shown(OsStr::from_bytes(b"x\xff\xfey.jpg")), "x\\xff\\xfey.jpg");
    }

    #[test]
    fn hidden_unfinished_and_clutter_names_are_unwanted() {
        for name in
            [".a.jpg", "a.jpg.part", "a.JPG.PART", "a.tmp", "a.jpg~", "a.crdownload", "a.filepart", "~$a", "Thumbs.db"]
        {
            assert!(unwanted(OsStr::new(name)).is_some(), "{name}");
        }
        for name in ["a.jpg", "part.jpg", "tmp", "a~b.jpg", "IMG_0001", "a.part.jpg"] {
            assert_eq!(unwanted(OsStr::new(name)), None, "{name}");
        }
    }

    #[test]
    fn a_number_goes_before_the_ending_and_the_name_stays_legal() {
        assert_eq!(numbered(OsStr::new("a.jpg"), 0), "a.jpg");
        assert_eq!(numbered(OsStr::new("a.jpg"), 2), "a~2.jpg");
        assert_eq!(numbered(OsStr::new("noending"), 1), "noending~1");
        let long = OsString::from(format!("{}.jpg", "é".repeat(125)));
        let next = numbered(&long, 12);
        assert!(next.len() <= MAX_NAME_BYTES && next.to_str().unwrap().ends_with("~12.jpg"), "{next:?}");
    }

    #[test]
    fn the_note_of_a_very_long_name_has_a_legal_name_of_its_own() {
        assert_eq!(reason_name(OsStr::new("a.jpg")), "a.jpg.reason.txt");
        let one = reason_name(OsStr::new(&format!("{}1", "x".repeat(254))));
        let other = reason_name(OsStr::new(&format!("{}2", "x".repeat(254))));
        assert!(one.len() <= MAX_NAME_BYTES && one != other);
    }

    #[test]
    fn a_sub_folder_names_the_batch() {
        assert_eq!(FilePath::top("a.jpg").batch(), BatchId::default_batch());
        assert_eq!(FilePath::within("box 4", "a.jpg").batch().as_str(), "box 4");
        assert_eq!(FilePath::within("box 4", "a.jpg").to_string(), "box 4/a.jpg");
    }
}
