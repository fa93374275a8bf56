//! The reference pictures of a catalogue, described: one file, searched in memory.
//!
//! Descriptors are read into memory (1.8 KB each); thumbnails, which only the best candidates need, stay in the file and
//! are fetched one by one by position. Every part is checked by digest, so that a damaged file is built again instead of
//! giving wrong answers. Deliberately absent: files; whoever calls decides where the bytes live.

mod format;
mod writer;

use std::collections::HashMap;
use std::io::{Read, Seek};

use cardmint_domain::{PrintingId, Quad};
use image::RgbImage;
use thiserror::Error;

use crate::align;
use crate::descriptor::coarse::{self, Coarse};
use crate::descriptor::{self, Descriptor, View, describe};
use crate::{imprint, symbol};
pub use writer::IndexWriter;

/// Width of a thumbnail.
pub const THUMBNAIL_WIDTH: u32 = 180;
/// Height of a thumbnail.
pub const THUMBNAIL_HEIGHT: u32 = 252;
/// Gray bytes of a whole card.
pub const GRAY_LEN: usize = (THUMBNAIL_WIDTH * THUMBNAIL_HEIGHT) as usize;
/// Bytes of a thumbnail: the whole card, then two parts of it, larger: the place of its set symbol and its imprint.
pub const THUMBNAIL_LEN: usize = GRAY_LEN + symbol::WINDOW_LEN + imprint::WINDOW_LEN;

/// Entries that are compared in full, at least, and one in so many where there are more. Measured on photos of 247 cards among 3,465
/// references: the card's own, where the whole descriptor finds it, is among the first 116 by the coarse descriptor, the four most alike in full are among the
/// first 369.
const COMPARED: (usize, usize) = (512, 24);

/// What a thumbnail consists of, each as gray bytes.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// The whole card, as [`align::align`] takes it.
    pub card: &'a [u8],
    /// The place of its set symbol, as [`symbol::window`] cuts it.
    pub symbol: &'a [u8],
    /// Its imprint, as [`imprint::window`] cuts it.
    pub imprint: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Takes a thumbnail apart; `None` where it has another length.
    #[must_use]
    pub fn of(thumbnail: &'a [u8]) -> Option<Self> {
        let (card, rest) = thumbnail.split_at_checked(GRAY_LEN)?;
        let (symbol, imprint) = rest.split_at_checked(symbol::WINDOW_LEN)?;
        (imprint.len() == imprint::WINDOW_LEN).then_some(Self { card, symbol, imprint })
    }
}

/// Fetches reference thumbnails on demand, so that they do not sit in memory.
pub trait Thumbnails: Send + Sync {
    /// The thumbnail of a slot: `THUMBNAIL_LEN` bytes, or none when it cannot be had.
    fn thumbnail(&self, slot: usize) -> Option<Vec<u8>>;
}

/// One reference picture, ready to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Whose picture it is.
    pub printing: PrintingId,
    /// What it looks like.
    pub descriptor: Descriptor,
    /// `THUMBNAIL_LEN` bytes.
    pub thumbnail: Vec<u8>,
    /// Digest of the file it was made from: the same digest means that the entry need not be made again.
    pub source_digest: [u8; 32],
}

/// Describes one reference picture.
#[must_use]
pub fn entry(printing: PrintingId, picture: &RgbImage, source_digest: [u8; 32]) -> Entry {
    let mut thumbnail = align::thumbnail(picture);
    thumbnail.extend(symbol::window(picture, &Quad::WHOLE));
    thumbnail.extend(imprint::window(picture, &Quad::WHOLE));
    Entry { printing, descriptor: describe(picture), thumbnail, source_digest }
}

/// Why an index could not be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The file could not be read or written.
    #[error("the picture index could not be {doing}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is something else, unfinished, or of another version: build it again.
    #[error("not a picture index of this version: {0}")]
    Foreign(String),
    /// It was damaged after it was written: build it again.
    #[error("the picture index is damaged: {0}")]
    Damaged(String),
    /// An entry cannot be stored.
    #[error("the entry of {printing} cannot be stored: {why}")]
    Entry {
        /// Whose entry.
        printing: PrintingId,
        /// What is wrong with it.
        why: String,
    },
}

/// A reference that resembles the query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Which entry.
    pub slot: usize,
    /// Cosine of the descriptors.
    pub similarity: f32,
}

impl Hit {
    /// The more alike first, equal ones by slot.
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        other.similarity.total_cmp(&self.similarity).then(self.slot.cmp(&other.slot))
    }
}

/// Drops all but the best `k`, in no order.
fn keep_best(hits: &mut Vec<Hit>, k: usize) {
    if k < hits.len() {
        hits.select_nth_unstable_by(k, Hit::order);
        hits.truncate(k);
    }
}

/// What the table says about one slot, beside its descriptor.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    printing: PrintingId,
    source_digest: [u8; 32],
    thumbnail_check: [u8; 8],
    shape_scale: f32,
    colour_scale: f32,
}

/// The descriptors of all references, in memory.
#[derive(Debug, Clone, Default)]
pub struct PictureIndex {
    rows: Vec<Row>,
    values: Vec<i8>,
    coarse: Vec<i16>,
    coarse_scales: Vec<f32>,
    slots: HashMap<PrintingId, usize>,
    digest: String,
}

impl PictureIndex {
    /// Reads the table of entries and checks it against its digest; thumbnails stay in the file.
    pub fn read(input: impl Read + Seek) -> Result<Self, IndexError> {
        let table = format::read_table(input)?;
        Self::from_table(&table)
    }

    /// An index made in memory, for tests and small catalogues; thumbnails are left to the caller.
    #[must_use]
    pub fn from_entries(entries: &[Entry]) -> Self {
        let mut index = Self::default();
        let mut hasher = blake3::Hasher::new();
        for entry in entries {
            let row = Row::of(entry);
            hasher.update(&format::row_bytes(&row, &entry.descriptor.values));
            index.add(row, entry.descriptor.values.iter().copied());
        }
        index.digest = hasher.finalize().to_hex().to_string();
        index
    }

    fn from_table(table: &[u8]) -> Result<Self, IndexError> {
        let mut index = Self::default();
        let mut rest = table;
        while !rest.is_empty() {
            let (row, values) = format::next_row(&mut rest)?;
            index.add(row, values.iter().map(|v| v.cast_signed()));
        }
        index.digest = blake3::hash(table).to_hex().to_string();
        Ok(index)
    }

    fn add(&mut self, row: Row, values: impl Iterator<Item = i8>) {
        let slot = self.rows.len();
        self.slots.insert(row.printing.clone(), slot);
        self.rows.push(row);
        self.values.extend(values);
        if let Some(coarse) = self.view(slot).map(Coarse::of) {
            self.coarse.extend(coarse.values);
            self.coarse_scales.push(coarse.scale);
        }
    }

    /// The `k` entries most like the query, best first; ties by slot. In a large index only those are compared in full that
    /// are most alike by a coarse descriptor.
    #[must_use]
    pub fn search(&self, query: &Descriptor, k: usize) -> Vec<Hit> {
        let hit = |slot| Some(Hit { slot, similarity: self.view(slot)?.similarity(query.view()) });
        let compared = COMPARED.0.max(self.len() / COMPARED.1).max(k);
        let mut hits: Vec<Hit> = if compared < self.len() {
            self.shortlist(query, compared).into_iter().filter_map(hit).collect()
        } else {
            (0..self.len()).filter_map(hit).collect()
        };
        keep_best(&mut hits, k);
        hits.sort_unstable_by(Hit::order);
        hits
    }

    /// The slots most like the query by the coarse descriptor.
    fn shortlist(&self, query: &Descriptor, count: usize) -> Vec<usize> {
        let query = Coarse::of(query.view());
        let rows = self.coarse.chunks_exact(coarse::LEN).zip(&self.coarse_scales).enumerate();
        let mut hits: Vec<Hit> =
            rows.map(|(slot, (values, scale))| Hit { slot, similarity: query.similarity(values, *scale) }).collect();
        keep_best(&mut hits, count);
        hits.into_iter().map(|hit| hit.slot).collect()
    }

    /// Names the content: two indexes with the same digest give the same answers.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// How many entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whose picture a slot holds.
    #[must_use]
    pub fn printing(&self, slot: usize) -> Option<&PrintingId> {
        self.rows.get(slot).map(|row| &row.printing)
    }

    /// The slot of a printing's picture; the last one when it was written several times.
    #[must_use]
    pub fn slot(&self, printing: &PrintingId) -> Option<usize> {
        self.slots.get(printing).copied()
    }

    /// The descriptor of a slot.
    #[must_use]
    pub fn descriptor(&self, slot: usize) -> Option<Descriptor> {
        let view = self.view(slot)?;
        Some(Descriptor { values: view.values.into(), shape_scale: view.shape_scale, colour_scale: view.colour_scale })
    }

    /// Printing and source digest of every entry, by slot: what an incremental rebuild compares.
    pub fn entries(&self) -> impl Iterator<Item = (&PrintingId, &[u8; 32])> {
        self.rows.iter().map(|row| (&row.printing, &row.source_digest))
    }

    /// Where a slot's thumbnail lies in the file: offset and length.
    #[must_use]
    pub fn thumbnail_range(&self, slot: usize) -> Option<(u64, usize)> {
        (slot < self.rows.len()).then(|| (format::thumbnail_offset(slot), THUMBNAIL_LEN))
    }

    /// Whether `bytes` are the thumbnail that was written for this slot.
    #[must_use]
    pub fn is_thumbnail(&self, slot: usize, bytes: &[u8]) -> bool {
        self.rows.get(slot).is_some_and(|row| row.thumbnail_check == format::check_of(bytes))
    }

    /// The entry of a slot as it was written, with its thumbnail's bytes from the file: an incremental rebuild writes it
    /// again. None when the bytes are not those that were written.
    #[must_use]
    pub fn entry(&self, slot: usize, thumbnail: Vec<u8>) -> Option<Entry> {
        let row = self.rows.get(slot)?;
        let descriptor = self.descriptor(slot)?;
        self.is_thumbnail(slot, &thumbnail).then(|| Entry {
            printing: row.printing.clone(),
            descriptor,
            thumbnail,
            source_digest: row.source_digest,
        })
    }

    fn view(&self, slot: usize) -> Option<View<'_>> {
        let row = self.rows.get(slot)?;
        let values = self.values.get(slot * descriptor::LEN..(slot + 1) * descriptor::LEN)?;
        Some(View { values, shape_scale: row.shape_scale, colour_scale: row.colour_scale })
    }
}

impl Row {
    fn of(entry: &Entry) -> Self {
        Self {
            printing: entry.printing.clone(),
            source_digest: entry.source_digest,
            thumbnail_check: format::check_of(&entry.thumbnail),
            shape_scale: entry.descriptor.shape_scale,
            colour_scale: entry.descriptor.colour_scale,
        }
    }
}
