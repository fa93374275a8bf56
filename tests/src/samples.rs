//! The sample set: the invented game, photos of its cards and labels, enough to see CardMint at work.

use std::path::Path;

use thiserror::Error;

use crate::printer::{PrintOptions, PrinterError, print};
use crate::simulator::{Album, AlbumError, Arrangement, Level, Shot, develop};

/// Photos of cards: how many, how they lie, how hard they are.
const PHOTOS: [(usize, Arrangement, Level); 6] = [
    (14, Arrangement::Single, Level::Station),
    (9, Arrangement::Single, Level::Phone),
    (4, Arrangement::Pair, Level::Station),
    (2, Arrangement::Page, Level::Station),
    (3, Arrangement::Scattered, Level::Phone),
    (1, Arrangement::Pair, Level::Phone),
];

/// Photos of what must not be accepted, an empty table among them.
const NEGATIVES: [(usize, Level); 2] = [(4, Level::Station), (3, Level::Phone)];

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleSet {
    /// Cards in the catalogue.
    pub cards: usize,
    /// Photos.
    pub photos: usize,
    /// Rows of the labels.
    pub labels: usize,
}

/// Why the sample set could not be made.
#[derive(Debug, Error)]
pub enum SampleError {
    /// The cards.
    #[error(transparent)]
    Print(#[from] PrinterError),
    /// The photos.
    #[error(transparent)]
    Photograph(#[from] AlbumError),
}

/// Makes `out/catalogue`, `out/references`, `out/photos` and `out/labels.csv`.
///
/// # Errors
/// [`SampleError`]; files written before the error stay.
pub fn make(out: &Path, seed: u64) -> Result<SampleSet, SampleError> {
    let printed = print(out, &PrintOptions { seed, sets: Vec::new() })?;
    let shots = plan(out, seed)?;
    let labels = develop(&shots, out)?;
    Ok(SampleSet { cards: printed.cards, photos: shots.len(), labels })
}

fn plan(out: &Path, seed: u64) -> Result<Vec<Shot>, AlbumError> {
    let mut album = Album::of_references(&out.join("references"), None, seed)?
        .with_variants(&out.join("variants"))?
        .with_negatives(&out.join("negatives"))?;
    let mut shots = Vec::new();
    for (nth, (count, arrangement, level)) in PHOTOS.into_iter().enumerate() {
        let taken = album.plan(count, Some(arrangement), level, seed + nth as u64);
        // No card twice: two photos of the same card are less of a sample than photos of two.
        let used = taken.iter().map(|shot| shot.subjects.len()).sum::<usize>() % album.cards.len().max(1);
        album.cards.rotate_left(used);
        shots.extend(taken);
    }
    for (nth, (count, level)) in NEGATIVES.into_iter().enumerate() {
        shots.extend(album.plan_negatives(count, level, seed + nth as u64));
    }
    Ok(shots)
}
