//! The bottom strip of a card, read by a small convolutional network of our own.
//!
//! Job: collector numbers, with totals and letters, as likely texts with probabilities. Tesseract reads white-stroked
//! italic figures over a picture in one case of five; this network was made for nothing else. It was trained by
//! `train-number-reader` on lines of print that the project draws itself, and on no picture of a card.
//!
//! Guarantee: the same picture gives the same texts; none of any size makes it panic. Deliberately absent: what a text
//! means (see [`crate::number`]), and looking for the card.

pub mod alphabet;
mod convolve;
mod decode;
mod lexicon;
pub mod net;
pub mod view;

use std::collections::BTreeMap;

use cardmint_domain::reading::NumberReading;
use image::{GrayImage, RgbImage};

pub use decode::{Answer, Line};
pub(crate) use decode::{mean, ranked};
pub use lexicon::Lexicon;
pub use net::{Net, WeightsError};

/// Where the strip lies on a card: x0, y0, x1, y1 in fractions of its width and height.
pub const PLACE: (f32, f32, f32, f32) = (0.0, view::STRIP.0, 1.0, view::STRIP.1);

/// The weights, as `train-number-reader` wrote them.
const WEIGHTS: &[u8] = include_bytes!("weights.bin");

/// Reads collector numbers.
#[derive(Debug, Clone)]
pub struct StripReader {
    net: Net,
}

impl StripReader {
    /// The reader with the weights that are part of the program.
    ///
    /// # Errors
    /// [`WeightsError`] where they are those of another network: a broken build.
    pub fn new() -> Result<Self, WeightsError> {
        Ok(Self { net: Net::from_bytes(WEIGHTS)? })
    }

    /// A reader with other weights.
    #[must_use]
    pub const fn with(net: Net) -> Self {
        Self { net }
    }

    /// Names the weights: 64 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        blake3::hash(&self.net.to_bytes()).to_hex().to_string()
    }

    /// Looks at the bottom strip of an upright card, once more with each step.
    pub fn looks(&self, card: &RgbImage) -> impl Iterator<Item = Answer> {
        let strip = view::strip(card);
        view::WIDTHS_PX.iter().map(move |width| Answer::new(self.net.run(view::picture(&strip, *width))))
    }

    /// Looks at a part of a card over its whole width, once more with each step.
    pub fn looks_at_part(&self, part: &GrayImage) -> impl Iterator<Item = Answer> {
        view::WIDTHS_PX.iter().map(|width| Answer::new(self.net.run(view::picture(part, *width))))
    }

    /// Looks at a picture of any height, in which a card would be [`view::CARD_WIDTH_PX`] wide.
    #[must_use]
    pub fn look_everywhere(&self, picture: &GrayImage) -> Answer {
        let brightness = picture.as_raw().iter().map(|value| f32::from(*value) / 255.0).collect();
        Answer::new(self.net.run(view::even(brightness, picture.width() as usize)))
    }
}

impl Answer {
    /// The numbers in it, whatever they are, the likeliest first.
    #[must_use]
    pub fn numbers(&self) -> Vec<NumberReading> {
        decode::numbers(self)
    }

    /// The lines of print that read like numbers, from top to bottom.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        decode::lines(self)
    }

    /// The texts of a lexicon that may stand in it, by name. Each with the logarithm of the probability of
    /// the best way to spell it.
    #[must_use]
    pub fn listed(&self, lexicon: &Lexicon) -> BTreeMap<u32, f32> {
        lexicon.read(self)
    }
}
