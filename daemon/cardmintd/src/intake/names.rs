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
/// Beginning of what a file is called while it is put away.
const HIDDEN: &str = ".cardmint-";
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
            // Line separators and directional marks count as well: they make a name read as another one.
            let reorders = matches!(
                letter,
                '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            );
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
    if attempt == 0 { name.to_owned() } else { marked(name, attempt, MAX_NAME_BYTES) }
}

/// What a file is called while it is put away: hidden, and telling what it was called.
#[must_use]
pub fn hidden(name: &OsStr, attempt: u32) -> OsString {
    let room = MAX_NAME_BYTES - HIDDEN.len();
    // A name that must be cut is marked too: cut alone, it could end like an unfinished file's.
    let rest = if attempt == 0 && name.len() <= room { name.to_owned() } else { marked(name, attempt, room) };
    let mut out = OsString::from(HIDDEN);
    out.push(rest);
    out
}

/// What a file with such a name is to be called again; `None` when the name is none of ours.
#[must_use]
pub fn unhidden(name: &OsStr) -> Option<&OsStr> {
    let rest = OsStr::from_bytes(name.as_bytes().strip_prefix(HIDDEN.as_bytes())?);
    (!rest.is_empty() && unwanted(rest).is_none() && !is_own_folder(rest)).then_some(rest)
}

fn marked(name: &OsStr, number: u32, most_bytes: usize) -> OsString {
    let bytes = name.as_bytes();
    // Endings are short; a dot early in a long name is part of the name.
    let dot = bytes.iter().rposition(|byte| *byte == b'.').filter(|dot| *dot > 0 && bytes.len() - dot <= 16);
    let (stem, ending) = bytes.split_at(dot.unwrap_or(bytes.len()));
    let mark = format!("~{number}");
    let mut out = cut(stem, most_bytes - mark.len() - ending.len()).to_vec();
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

/// The first `most` bytes, up to three fewer where that would split a letter.
fn cut(bytes: &[u8], most: usize) -> &[u8] {
    let mut end = most.min(bytes.len());
    let least = end.saturating_sub(3);
    while end > least && end < bytes.len() && bytes.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
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
        assert_eq!(shown(OsStr::new("a\u{2028}b\u{61c}")), "a\\u{2028}b\\u{61c}");
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
    fn a_hidden_name_tells_what_the_file_was_called() {
        for name in ["a.jpg", "-rf", "x\n\u{1b}.png", "part.tmp.jpg"] {
            assert_eq!(unhidden(&hidden(OsStr::new(name), 0)), Some(OsStr::new(name)));
        }
        assert_eq!(unhidden(&hidden(OsStr::new("a.jpg"), 3)), Some(OsStr::new("a~3.jpg")));
        // Too long to be kept whole, and ending like an unfinished file once it is cut; and no letter to cut at.
        let cuts = format!("{}.tmp{}", "x".repeat(239), "y".repeat(12));
        for name in [cuts.as_bytes(), &[0xbf; 255], &[b'x'; 255]] {
            let (one, other) = (hidden(OsStr::from_bytes(name), 0), hidden(OsStr::from_bytes(name), 1));
            assert!(one.len() <= MAX_NAME_BYTES && other.len() <= MAX_NAME_BYTES && one != other);
            assert!(unhidden(&one).unwrap().len() > 200, "{one:?}");
        }
        for name in ["a.jpg", ".cardmint-", ".cardmint-..", ".cardmint-.x", ".cardmint-a.part", ".cardmint-done"] {
            assert_eq!(unhidden(OsStr::new(name)), None, "{name}");
        }
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
