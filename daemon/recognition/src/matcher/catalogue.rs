//! The catalogue's rows as far as naming a card needs them.

use std::collections::HashMap;

use cardmint_domain::{CardSet, Printing, PrintingId, SetId};

use crate::text::words;

/// What exists: the rows that cards are named from.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Every printing.
    pub printings: Vec<Printing>,
    /// Every set.
    pub sets: Vec<CardSet>,
    /// Digest of both, as the catalogue's importer names it.
    pub digest: String,
}

/// One printing. The long texts live in the text index only, as terms.
struct Row {
    id: PrintingId,
    /// Position among the sets that the rows name, in the order in which they do.
    set: u32,
    title: Box<str>,
    artist: Option<Box<str>>,
}

/// Every printing, by position in the catalogue.
pub(super) struct Rows {
    rows: Vec<Row>,
    positions: HashMap<PrintingId, u32>,
}

impl Rows {
    pub(super) fn new(printings: Vec<Printing>, sets: &[CardSet]) -> Self {
        let names: HashMap<&SetId, &str> = sets.iter().map(|set| (&set.id, set.name.as_str())).collect();
        let mut positions: HashMap<SetId, u32> = HashMap::new();
        let mut row = |printing: Printing| {
            let next = u32::try_from(positions.len()).unwrap_or(u32::MAX);
            let position = *positions.entry(printing.set.clone()).or_insert(next);
            let set = names.get(&printing.set).copied().unwrap_or_else(|| printing.set.as_str());
            let title = format!("{} ({set} {})", printing.name, printing.number);
            let artist = printing.artist.as_deref().map(words::key).filter(|artist| !artist.is_empty());
            Row { set: position, title: title.into(), artist: artist.map(Into::into), id: printing.id }
        };
        let rows: Vec<Row> = printings.into_iter().map(&mut row).collect();
        let positions = (0_u32..).zip(&rows).map(|(at, row)| (row.id.clone(), at)).collect();
        Self { rows, positions }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn position(&self, printing: &PrintingId) -> Option<u32> {
        self.positions.get(printing).copied()
    }

    pub(super) fn id(&self, row: u32) -> &PrintingId {
        &self.rows[row as usize].id
    }

    /// The position of a printing's set.
    pub(super) fn set(&self, row: u32) -> u32 {
        self.rows[row as usize].set
    }

    /// The printing as people name it.
    pub(super) fn title(&self, row: u32) -> &str {
        &self.rows[row as usize].title
    }

    /// Whether both may be one illustrator's: a catalogue that does not say says nothing.
    pub(super) fn may_share_artist(&self, a: u32, b: u32) -> bool {
        match (&self.rows[a as usize].artist, &self.rows[b as usize].artist) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        }
    }
}
