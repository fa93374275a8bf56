//! The pages of a TIFF file.
//!
//! Job: to walk the chain of directories and to make a one-page file of each. The picture decoder reads the directory
//! that the header points to; pointing the header at another one is all it takes.
//!
//! Guarantee: every offset is checked against the file, and a chain that bites its own tail ends.

use std::borrow::Cow;

use super::{DecodeError, DecodeLimits, Kind};

/// Tag that says what a directory is for.
const NEW_SUBFILE_TYPE: u64 = 254;
/// Its bit for a smaller version of another page.
const REDUCED: u64 = 1;
/// Its bit for a mask of another page.
const MASK: u64 = 4;

/// Where one page's directory stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SinglePage {
    first: bool,
    offset: u64,
    layout: Layout,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    little_endian: bool,
    big_tiff: bool,
}

impl SinglePage {
    /// The file with only this page in it.
    pub(super) fn bytes<'a>(&self, file: &'a [u8]) -> Cow<'a, [u8]> {
        if self.first {
            return Cow::Borrowed(file);
        }
        let mut copy = file.to_vec();
        let (at, width) = self.layout.first_directory_field();
        let raw = self.layout.encode(self.offset);
        if let Some(field) = copy.get_mut(at..at + width) {
            field.copy_from_slice(&raw[..width]);
        }
        Cow::Owned(copy)
    }
}

impl Layout {
    fn of(file: &[u8]) -> Self {
        let little_endian = file.starts_with(b"II");
        Self { little_endian, big_tiff: file.get(2..4).is_some_and(|magic| magic.contains(&b'+')) }
    }

    /// Where the header points to the first directory, and how wide that pointer is.
    fn first_directory_field(self) -> (usize, usize) {
        if self.big_tiff { (8, 8) } else { (4, 4) }
    }

    /// The number at `at`, `width` bytes wide.
    fn number(self, file: &[u8], at: u64, width: usize) -> Option<u64> {
        let at = usize::try_from(at).ok()?;
        let raw = file.get(at..at.checked_add(width)?)?;
        let fold = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.little_endian { raw.iter().rev().fold(0, fold) } else { raw.iter().fold(0, fold) })
    }

    /// The offset as it stands in the header, in its first bytes.
    fn encode(self, offset: u64) -> [u8; 8] {
        match (self.little_endian, self.big_tiff) {
            (true, _) => offset.to_le_bytes(),
            (false, true) => offset.to_be_bytes(),
            (false, false) => (offset << 32).to_be_bytes(),
        }
    }

    /// What the directory at `offset` says about itself: what it is for, and where the next one stands (0: nowhere).
    fn directory(self, file: &[u8], offset: u64) -> Option<(u64, u64)> {
        let (count_width, entry_width, pointer_width) = if self.big_tiff { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.number(file, offset, count_width)?;
        let entries = offset.checked_add(count_width as u64)?;
        let mut purpose = 0;
        for index in 0..count.min(u64::from(u16::MAX)) {
            let at = entries.checked_add(index * entry_width)?;
            if self.number(file, at, 2)? == NEW_SUBFILE_TYPE {
                purpose = self.number(file, at + entry_width - pointer_width as u64, 4)?;
            }
        }
        let next = self.number(file, entries.checked_add(count.checked_mul(entry_width)?)?, pointer_width)?;
        Some((purpose, next))
    }
}

/// The pages of a file, without thumbnails and masks.
pub(super) fn split(file: &[u8], limits: &DecodeLimits) -> Result<Vec<SinglePage>, DecodeError> {
    let layout = Layout::of(file);
    let (at, width) = layout.first_directory_field();
    let mut offset = layout.number(file, at as u64, width).unwrap_or(0);
    let mut seen = Vec::new();
    let mut pages = Vec::new();
    while offset != 0 && !seen.contains(&offset) {
        if pages.len() >= limits.max_pages as usize {
            return Err(DecodeError::TooManyPages { pages: pages.len() + 1, limit: limits.max_pages });
        }
        // A directory that is cut off is left to the decoder, which says what is wrong with it.
        let (purpose, next) = layout.directory(file, offset).unwrap_or((0, 0));
        if purpose & (REDUCED | MASK) == 0 {
            pages.push(SinglePage { first: seen.is_empty(), offset, layout });
        }
        seen.push(offset);
        if seen.len() > MAX_DIRECTORIES {
            return Err(DecodeError::TooManyPages { pages: seen.len(), limit: limits.max_pages });
        }
        offset = next;
    }
    if pages.is_empty() { Err(DecodeError::NoPage { kind: Kind::Tiff }) } else { Ok(pages) }
}

/// Most directories that are walked, thumbnails and masks included.
const MAX_DIRECTORIES: usize = 4_096;
