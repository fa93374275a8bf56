//! Card printer: an invented trading card game, Lanternfall, as pictures and catalogue.
//!
//! CardMint's tests need cards that nobody owns the copyright of. This module invents a game with all the peculiarities
//! of real ones (same-art reprints, promos, gallery numbers, secret rares, foils, odd names) and prints it.
//!
//! Guarantee: the same seed and the same fonts give the same bytes. Deliberately absent: any real publisher's names,
//! look or pictures; wear and dirt on cards, which the simulator adds.

mod art;
pub(crate) mod canvas;
mod card;
mod catalogue;
pub(crate) mod colour;
pub(crate) mod dice;
mod foil;
mod layout;
pub(crate) mod noise;
mod sets;
pub(crate) mod text;
mod words;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use cardmint_domain::Finish;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use thiserror::Error;

use layout::{Sheet, round_corners};
use sets::{Game, Printing, SETS};
pub use text::{FontError, Fonts};

/// JPEG quality of reference pictures: no visible loss, a tenth of a PNG's size.
const REFERENCE_QUALITY: u8 = 93;

/// What to print.
#[derive(Debug, Clone, Default)]
pub struct PrintOptions {
    /// Decides every name, word and picture.
    pub seed: u64,
    /// Identifiers of the sets to print; empty prints all.
    pub sets: Vec<String>,
}

/// What was printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Sets in the catalogue.
    pub sets: usize,
    /// Cards in the catalogue, each with a reference picture.
    pub cards: usize,
    /// Pictures of further finishes.
    pub variants: usize,
    /// Pictures of cards in no catalogue, the card back among them.
    pub negatives: usize,
}

/// Why printing failed.
#[derive(Debug, Error)]
pub enum PrinterError {
    /// The typefaces are missing.
    #[error("the typefaces cannot be loaded")]
    Fonts(#[from] FontError),
    /// There is no such set.
    #[error("there is no set {0:?}; the sets are lf1, lf2, lf3, lf3tg, lf4, lfp")]
    UnknownSet(String),
    /// There is no such card in that finish.
    #[error("there is no card {id:?} with the finish {finish:?}")]
    UnknownCard {
        /// What was asked for.
        id: String,
        /// In which finish.
        finish: Finish,
    },
    /// A picture could not be encoded.
    #[error("the picture {path} cannot be encoded")]
    Encode {
        /// Where it was to go.
        path: PathBuf,
        /// What the encoder said.
        #[source]
        source: image::ImageError,
    },
    /// A file could not be written.
    #[error("{path} cannot be written")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// Prints the game into `out`:
///
/// - `catalogue/sets/en.json`, `catalogue/cards/en/<set>.json`: the catalogue,
/// - `references/<card_id>.jpg`: one picture per card, in its first finish, and `references/back.jpg`,
/// - `variants/<card_id>.<finish>.jpg`: its further finishes,
/// - `negatives/*.jpg`: the card back, cards of an unlisted set, foreign printings of listed cards.
///
/// # Errors
/// [`PrinterError`]; files written before the error stay.
pub fn print(out: &Path, options: &PrintOptions) -> Result<Summary, PrinterError> {
    if let Some(unknown) = options.sets.iter().find(|id| !SETS.iter().any(|set| set.listed && set.id == **id)) {
        return Err(PrinterError::UnknownSet(unknown.clone()));
    }
    let wanted = |set: &sets::Set| options.sets.is_empty() || options.sets.iter().any(|id| id == set.id);
    let press = Press::new(options.seed)?;
    catalogue::save(&out.join("catalogue"), &press.game, &wanted)?;
    let listed: Vec<&Printing> = press.game.listed().filter(|p| wanted(&SETS[p.set])).collect();
    let unlisted: Vec<&Printing> =
        press.game.unlisted().filter(|p| !SETS[p.set].listed || wanted(&SETS[p.set])).collect();
    for folder in ["references", "variants", "negatives"] {
        let path = out.join(folder);
        fs::create_dir_all(&path).map_err(|source| PrinterError::Write { path, source })?;
    }
    for folder in ["references", "negatives"] {
        save_picture(&out.join(folder).join("back.jpg"), &press.back())?;
    }
    in_parallel(&listed, &|printing| press.save_faces(out, printing))?;
    in_parallel(&unlisted, &|printing| {
        let image = press.face(printing, printing.finishes[0]);
        save_picture(&out.join(format!("negatives/{}.jpg", printing.id)), &image)
    })?;
    Ok(Summary {
        sets: SETS.iter().filter(|set| set.listed && wanted(set)).count(),
        cards: listed.len(),
        variants: listed.iter().map(|p| p.finishes.len() - 1).sum(),
        negatives: unlisted.len() + 1,
    })
}

/// The game and what is needed to draw any card of it.
#[derive(Debug)]
pub struct Press {
    game: Game,
    fonts: Fonts,
}

impl Press {
    /// Invents the game and loads the typefaces.
    ///
    /// # Errors
    /// [`FontError`] when a typeface is missing.
    pub fn new(seed: u64) -> Result<Self, FontError> {
        Ok(Self { game: Game::new(seed), fonts: Fonts::load()? })
    }

    /// Identifiers of all cards in the catalogue, in its order.
    #[must_use]
    pub fn card_ids(&self) -> Vec<&str> {
        self.game.listed().map(|printing| printing.id.as_str()).collect()
    }

    /// The number as it stands on a card, for example `007/018` where the catalogue says `7`.
    #[must_use]
    pub fn printed_number(&self, id: &str) -> Option<&str> {
        self.game.printings.iter().find(|p| p.id == id).map(|p| p.printed.as_str())
    }

    /// Draws a card: 600 by 838 pixels, white outside the rounded corners.
    ///
    /// # Errors
    /// [`PrinterError::UnknownCard`] when no such card exists in that finish.
    pub fn card(&self, id: &str, finish: Finish) -> Result<RgbImage, PrinterError> {
        let found = self.game.printings.iter().find(|p| p.id == id && p.finishes.contains(&finish));
        let printing = found.ok_or_else(|| PrinterError::UnknownCard { id: id.to_owned(), finish })?;
        Ok(self.face(printing, finish))
    }

    /// Draws the card back.
    #[must_use]
    pub fn back(&self) -> RgbImage {
        layout::card_back(&self.fonts).to_image()
    }

    fn face(&self, printing: &Printing, finish: Finish) -> RgbImage {
        let design = self.game.design_of(printing);
        let face = Sheet { fonts: &self.fonts, design: &design, printing }.draw();
        finished(&face, finish, design.art_seed)
    }

    /// Draws a card once and saves it in all its finishes.
    fn save_faces(&self, out: &Path, printing: &Printing) -> Result<(), PrinterError> {
        let design = self.game.design_of(printing);
        let face = Sheet { fonts: &self.fonts, design: &design, printing }.draw();
        for (nth, &finish) in printing.finishes.iter().enumerate() {
            let name = match nth {
                0 => format!("references/{}.jpg", printing.id),
                _ => format!("variants/{}.{}.jpg", printing.id, finish.as_str()),
            };
            save_picture(&out.join(name), &finished(&face, finish, design.art_seed))?;
        }
        Ok(())
    }
}

fn finished(face: &layout::Face, finish: Finish, seed: u64) -> RgbImage {
    let mut canvas = face.canvas.clone();
    foil::lay(&mut canvas, &face.art, finish, seed as u32);
    round_corners(&mut canvas);
    canvas.to_image()
}

fn save_picture(path: &Path, image: &RgbImage) -> Result<(), PrinterError> {
    let mut bytes = Vec::with_capacity(200_000);
    image
        .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, REFERENCE_QUALITY))
        .map_err(|source| PrinterError::Encode { path: path.to_owned(), source })?;
    write(path, &bytes)
}

/// Writes a file and the folders it needs.
fn write(path: &Path, bytes: &[u8]) -> Result<(), PrinterError> {
    let failed = |source| PrinterError::Write { path: path.to_owned(), source };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    fs::write(path, bytes).map_err(failed)
}

/// Does `work` for every item on all cores; the result does not depend on their number. After an error no new item is
/// begun.
pub(crate) fn in_parallel<T: Sync, E: Send>(items: &[T], work: &(dyn Fn(&T) -> Result<(), E> + Sync)) -> Result<(), E> {
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let take = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = work(item) {
                next.store(items.len(), Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(take)).collect();
        let ended =
            running.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        ended.collect()
    })
}

#[cfg(test)]
mod tests;
