//! Names the printing of a card.
//!
//! Job: to own the indexes over one catalogue and its reference pictures, to gather from them what each signal says
//! about a card ([`gather`]), and to turn that into an identification with the rules of [`crate::fuse`]. An
//! [`Inspection`] says while a card is being read whether more of it must be read.
//!
//! Guarantee: the same card, catalogue, references and parameters give the same identification, whatever the order in
//! which the passes of text arrive; no text and no picture makes it panic.
//!
//! Deliberately absent: where the catalogue and the pictures come from, prices, and finishes.

mod answer;
mod catalogue;
mod gather;
mod inspection;
mod looks;
mod memory;

use cardmint_domain::identification::DecisionVersions;
use cardmint_domain::{CardReading, Identification, PrintingId, ScanId};

pub use answer::Standing;
pub use catalogue::Catalogue;
pub use inspection::{Glance, Inspection};

use crate::fuse::Clue;
use crate::fuse::calibrate::Sample;
use crate::index::{Parts, PictureIndex, Thumbnails};
use crate::number::Numbers;
use crate::params::{Params, SymbolParams};
use crate::strip::StripReader;
use crate::symbol::Symbols;
use crate::text::{Groups, TextIndex};
use catalogue::Rows;
use looks::Looks;
use memory::{Key, Memory};

/// The indexes over one catalogue, ready to name cards.
pub struct Matcher {
    params: Params,
    versions: DecisionVersions,
    rows: Rows,
    text: TextIndex,
    groups: Groups,
    numbers: Numbers,
    strips: StripReader,
    pictures: Option<Pictures>,
    memory: Memory,
}

/// The reference pictures, tied to the catalogue's rows.
struct Pictures {
    index: PictureIndex,
    thumbnails: Box<dyn Thumbnails>,
    /// The row of each slot; `None` for a picture of a printing that the catalogue lacks.
    row_of: Vec<Option<u32>>,
    /// The slot of each row.
    slot_of: Vec<Option<usize>>,
    symbols: Symbols,
    /// The slots of pictures of card backs.
    backs: Vec<usize>,
}

/// Whether this names the picture of a card's back among references: `back`, or `back-` and something.
#[must_use]
pub fn is_back(name: &PrintingId) -> bool {
    name.as_str() == "back" || name.as_str().starts_with("back-")
}

impl Matcher {
    /// Builds the indexes: about a second for 20,000 printings.
    #[must_use]
    pub fn new(
        catalogue: Catalogue,
        pictures: Option<(PictureIndex, Box<dyn Thumbnails>)>,
        strips: StripReader,
        params: Params,
    ) -> Self {
        let Catalogue { printings, sets, digest } = catalogue;
        let text = TextIndex::new(&printings, &params.text);
        let groups = Groups::of(&printings);
        let numbers = Numbers::new(&printings, &sets);
        let rows = Rows::new(printings, &sets);
        let index = pictures.as_ref().map(|(index, _)| index.digest().to_owned()).unwrap_or_default();
        let versions = DecisionVersions { catalogue: digest, index, policy: params.version(&strips.digest()) };
        let pictures = pictures.map(|(index, thumbnails)| Pictures::new(index, thumbnails, &rows, &params.symbol));
        Self { params, versions, rows, text, groups, numbers, strips, pictures, memory: Memory::default() }
    }

    /// What decisions are made with.
    #[must_use]
    pub fn versions(&self) -> DecisionVersions {
        self.versions.clone()
    }

    /// Names one card. What the rule is not sure of is recommended for review, with reasons.
    #[must_use]
    pub fn identify(&self, scan: ScanId, card: &CardReading) -> Identification {
        let case = gather::gather(self, card, self.looks(card).as_mut());
        answer::answer(self, scan, card, &case)
    }

    /// What was gathered of a card that is known: `truth` names its printing, `None` says that the catalogue lacks it. A
    /// printing that nothing brought up counts as lacking, for the answer cannot be it.
    #[must_use]
    pub fn sample(&self, card: &CardReading, truth: Option<&PrintingId>) -> Sample {
        let clues = gather::gather(self, card, self.looks(card).as_mut()).clues;
        let is_true = |clue: &Clue| Some(self.rows.id(clue.printing)) == truth;
        Sample { truth: clues.iter().position(is_true), clues }
    }

    /// A card's picture, ready to be laid over references; `None` where there is nothing to lay over.
    fn looks(&self, card: &CardReading) -> Option<Looks<'_>> {
        let pictures = self.pictures.as_ref()?;
        Looks::new(pictures, card, self.params.number.readable_width_px, self.memory.recall(Key::of(card)))
    }
}

impl Pictures {
    fn new(index: PictureIndex, thumbnails: Box<dyn Thumbnails>, rows: &Rows, params: &SymbolParams) -> Self {
        let row_of: Vec<Option<u32>> =
            (0..index.len()).map(|slot| index.printing(slot).and_then(|printing| rows.position(printing))).collect();
        let mut slot_of = vec![None; rows.len()];
        for (slot, row) in row_of.iter().enumerate() {
            if let Some(row) = row {
                slot_of[*row as usize] = Some(slot);
            }
        }
        let sets: Vec<Option<u32>> = row_of.iter().map(|row| row.map(|row| rows.set(row))).collect();
        let window = |slot| Some(Parts::of(&thumbnails.thumbnail(slot)?)?.symbol.to_vec());
        let symbols = Symbols::learn(&sets, window, params);
        let is_back = |slot: &usize| row_of[*slot].is_none() && index.printing(*slot).is_some_and(is_back);
        let backs = (0..index.len()).filter(is_back).collect();
        Self { index, thumbnails, row_of, slot_of, symbols, backs }
    }
}

#[cfg(test)]
mod picture_tests;
#[cfg(test)]
mod tests;
