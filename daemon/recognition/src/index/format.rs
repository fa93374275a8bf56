//! The bytes of an index file, version 3. Numbers are little-endian.
//!
//! ```text
//! header, 96 bytes   magic "CARDMINT PICTURE" | format u32 | descriptor version u32 | entries u64
//!                    | table offset u64 | table length u64 | BLAKE3 of the table, 32 bytes | BLAKE3 prefix of the header so far, 16 bytes
//! thumbnails         one after the other, THUMBNAIL_LEN bytes each, by slot
//! table              per entry: id length u16 | id | source digest 32 | thumbnail check 8 | scales f32 f32 | descriptor
//! ```
//! The header is written last: a file whose writing was cut off has no magic.

use std::io::{Read, Seek, SeekFrom};

use cardmint_domain::PrintingId;

use super::{IndexError, Row, THUMBNAIL_LEN};
use crate::descriptor;

pub(super) const HEADER_LEN: usize = 96;
const MAGIC: &[u8; 16] = b"CARDMINT PICTURE";
const FORMAT: u32 = 3;
const CHECKED: usize = HEADER_LEN - 16;

/// Longest id and largest table that are believed: a damaged length must not reserve the machine's memory.
const MOST_ID_LEN: usize = 1024;
const MOST_TABLE_LEN: u64 = 1 << 31;

pub(super) fn thumbnail_offset(slot: usize) -> u64 {
    HEADER_LEN as u64 + slot as u64 * THUMBNAIL_LEN as u64
}

/// Tells whether a thumbnail is the one that was written.
pub(super) fn check_of(thumbnail: &[u8]) -> [u8; 8] {
    let mut check = [0; 8];
    check.copy_from_slice(&blake3::hash(thumbnail).as_bytes()[..8]);
    check
}

pub(super) fn header(entries: usize, table: &[u8]) -> [u8; HEADER_LEN] {
    let mut header = [0; HEADER_LEN];
    let table_digest = blake3::hash(table);
    let parts: [&[u8]; 7] = [
        MAGIC,
        &FORMAT.to_le_bytes(),
        &descriptor::VERSION.to_le_bytes(),
        &(entries as u64).to_le_bytes(),
        &thumbnail_offset(entries).to_le_bytes(),
        &(table.len() as u64).to_le_bytes(),
        table_digest.as_bytes(),
    ];
    header[..CHECKED].copy_from_slice(&parts.concat());
    let check = blake3::hash(&header[..CHECKED]);
    header[CHECKED..].copy_from_slice(&check.as_bytes()[..16]);
    header
}

pub(super) fn row_bytes(row: &Row, values: &[i8]) -> Vec<u8> {
    let id = row.printing.as_str().as_bytes();
    let mut bytes = Vec::with_capacity(id.len() + values.len() + 50);
    bytes.extend_from_slice(&(id.len().min(MOST_ID_LEN) as u16).to_le_bytes());
    bytes.extend_from_slice(&id[..id.len().min(MOST_ID_LEN)]);
    bytes.extend_from_slice(&row.source_digest);
    bytes.extend_from_slice(&row.thumbnail_check);
    bytes.extend_from_slice(&row.shape_scale.to_le_bytes());
    bytes.extend_from_slice(&row.colour_scale.to_le_bytes());
    bytes.extend(values.iter().map(|v| v.cast_unsigned()));
    bytes
}

/// Why an entry cannot be stored, if it cannot.
pub(super) fn unstorable(id: &PrintingId, thumbnail: &[u8]) -> Option<String> {
    if id.as_str().len() > MOST_ID_LEN {
        return Some(format!("its id is longer than {MOST_ID_LEN} bytes"));
    }
    (thumbnail.len() != THUMBNAIL_LEN)
        .then(|| format!("its thumbnail has {} bytes, not {THUMBNAIL_LEN}", thumbnail.len()))
}

/// The table of a file, checked against the header.
pub(super) fn read_table(mut input: impl Read + Seek) -> Result<Vec<u8>, IndexError> {
    let io = |source| IndexError::Io { doing: "read", source };
    let mut header = [0u8; HEADER_LEN];
    if let Err(error) = input.read_exact(&mut header) {
        let short = error.kind() == std::io::ErrorKind::UnexpectedEof;
        return Err(if short { IndexError::Foreign("it is shorter than a header".into()) } else { io(error) });
    }
    let facts = parse_header(&header)?;
    input.seek(SeekFrom::Start(facts.table_offset)).map_err(io)?;
    let mut table = Vec::new();
    input.take(facts.table_len).read_to_end(&mut table).map_err(io)?;
    if table.len() as u64 != facts.table_len || blake3::hash(&table).as_bytes() != &facts.table_digest {
        return Err(IndexError::Damaged("its table is not the one that was written".into()));
    }
    Ok(table)
}

struct Facts {
    table_offset: u64,
    table_len: u64,
    table_digest: [u8; 32],
}

fn parse_header(header: &[u8; HEADER_LEN]) -> Result<Facts, IndexError> {
    let mut rest = &header[..];
    let damaged = || IndexError::Damaged("its header is not the one that was written".into());
    if take::<16>(&mut rest).ok_or_else(damaged)? != *MAGIC {
        return Err(IndexError::Foreign("it does not begin like one".into()));
    }
    if blake3::hash(&header[..CHECKED]).as_bytes()[..16] != header[CHECKED..] {
        return Err(damaged());
    }
    for (what, expected) in [("format", FORMAT), ("descriptor", descriptor::VERSION)] {
        let found = u32::from_le_bytes(take(&mut rest).ok_or_else(damaged)?);
        if found != expected {
            return Err(IndexError::Foreign(format!("{what} {found}, not {expected}")));
        }
    }
    let mut number = || take(&mut rest).map(u64::from_le_bytes).ok_or_else(damaged);
    let (_entries, table_offset, table_len) = (number()?, number()?, number()?);
    if table_len > MOST_TABLE_LEN {
        return Err(IndexError::Foreign(format!("its table has {table_len} bytes")));
    }
    Ok(Facts { table_offset, table_len, table_digest: take(&mut rest).ok_or_else(damaged)? })
}

/// Takes the next row off the table.
pub(super) fn next_row<'a>(rest: &mut &'a [u8]) -> Result<(Row, &'a [u8]), IndexError> {
    parse_row(rest).ok_or_else(|| IndexError::Damaged("a row of its table is cut off".into()))
}

fn parse_row<'a>(rest: &mut &'a [u8]) -> Option<(Row, &'a [u8])> {
    let id_len = usize::from(u16::from_le_bytes(take(rest)?));
    let (id, after) = rest.split_at_checked(id_len)?;
    *rest = after;
    let row = Row {
        printing: PrintingId::new(std::str::from_utf8(id).ok()?),
        source_digest: take(rest)?,
        thumbnail_check: take(rest)?,
        shape_scale: f32::from_le_bytes(take(rest)?),
        colour_scale: f32::from_le_bytes(take(rest)?),
    };
    let (values, after) = rest.split_at_checked(descriptor::LEN)?;
    *rest = after;
    Some((row, values))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*first)
}
