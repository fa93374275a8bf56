//! Zip archives.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use zip::ZipArchive;

use super::archive::{ArchiveError, Budget, Entry};

/// Signature of the record that ends a zip (APPNOTE 4.3.16).
const END_OF_DIRECTORY: [u8; 4] = [b'P', b'K', 5, 6];
/// Fixed size of that record, and the longest comment that may follow it.
const END_BYTES: usize = 22;
const COMMENT_BYTES: usize = u16::MAX as usize;

pub(super) fn visit<E>(
    path: &Path,
    budget: &mut Budget<'_>,
    wants: &dyn Fn(&str) -> bool,
    wrap: &dyn Fn(ArchiveError) -> E,
    on: &mut dyn FnMut(Entry) -> Result<(), E>,
) -> Result<(), E> {
    let mut file = File::open(path).map_err(|source| wrap(ArchiveError::Read { path: path.to_owned(), source }))?;
    let claimed = claimed_entries(&mut file).map_err(|source| wrap(budget.damaged(source)))?;
    budget.count(claimed).map_err(wrap)?;
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|error| wrap(budget.damaged(error.into())))?;
    budget.count(zip.len().saturating_sub(claimed)).map_err(wrap)?;
    // A name that cannot be decoded is none of the layout's.
    let mut names: Vec<String> = zip.file_names().filter_map(Result::ok).map(Cow::into_owned).collect();
    names.retain(|name| wants(name));
    names.sort();
    for name in names {
        let entry = zip.by_name(&name).map_err(|error| {
            wrap(ArchiveError::Entry { path: path.to_owned(), entry: name.clone(), source: error.into() })
        })?;
        if entry.is_file() {
            on(budget.read(&name, entry).map_err(wrap)?)?;
        }
    }
    Ok(())
}

/// How many entries the archive says it has, read before the library makes room for them. An archive that needs the
/// 64-bit form says 65,535 here, which is more than any catalogue.
fn claimed_entries(file: &mut File) -> io::Result<usize> {
    let size = file.seek(SeekFrom::End(0))?;
    let tail_bytes = size.min((END_BYTES + COMMENT_BYTES) as u64);
    file.seek(SeekFrom::Start(size - tail_bytes))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    file.seek(SeekFrom::Start(0))?;
    let start = tail.windows(END_OF_DIRECTORY.len()).rposition(|window| window == END_OF_DIRECTORY);
    let count = start.and_then(|start| tail.get(start + 10..start + 12));
    match count {
        Some(&[low, high]) => Ok(usize::from(u16::from_le_bytes([low, high]))),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the zip has no directory: it may be cut off")),
    }
}
