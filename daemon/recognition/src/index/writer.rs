//! Writing an index file.

use std::io::{Seek, SeekFrom, Write};

use super::format::{self, HEADER_LEN};
use super::{Entry, IndexError, Row};

/// Writes an index: thumbnails as they come, the table of entries and the header at the end. Until
/// [`IndexWriter::finish`] the file is not an index, so a write that was cut off is noticed.
pub struct IndexWriter<W: Write + Seek> {
    out: W,
    table: Vec<u8>,
    entries: usize,
}

impl<W: Write + Seek> IndexWriter<W> {
    /// Starts a file at the beginning of `out`.
    pub fn new(mut out: W) -> Result<Self, IndexError> {
        out.seek(SeekFrom::Start(0)).map_err(io)?;
        out.write_all(&[0; HEADER_LEN]).map_err(io)?;
        Ok(Self { out, table: Vec::new(), entries: 0 })
    }

    /// Adds one entry; it gets the next slot.
    pub fn push(&mut self, entry: &Entry) -> Result<(), IndexError> {
        if let Some(why) = format::unstorable(&entry.printing, &entry.thumbnail) {
            return Err(IndexError::Entry { printing: entry.printing.clone(), why });
        }
        self.out.write_all(&entry.thumbnail).map_err(io)?;
        self.table.extend(format::row_bytes(&Row::of(entry), &entry.descriptor.values));
        self.entries += 1;
        Ok(())
    }

    /// Writes the table and the header, flushes, and hands the file back.
    pub fn finish(mut self) -> Result<W, IndexError> {
        self.out.write_all(&self.table).map_err(io)?;
        self.out.seek(SeekFrom::Start(0)).map_err(io)?;
        self.out.write_all(&format::header(self.entries, &self.table)).map_err(io)?;
        self.out.flush().map_err(io)?;
        Ok(self.out)
    }
}

fn io(source: std::io::Error) -> IndexError {
    IndexError::Io { doing: "written", source }
}
