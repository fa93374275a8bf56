//! Everything that a worker is told at its start.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::decode::DecodeLimits;

/// How captures are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadParams {
    /// Most cards in one capture; one with more is refused as a whole, because to drop some in silence would lose them.
    pub max_cards: usize,
    /// What a file may cost to decode.
    pub decode: DecodeLimits,
    /// The passes over the card, in order, made only until the card is named for sure. The first one also decides which way
    /// is up.
    pub passes: Vec<Pass>,
    /// Decides which half-turn is upright.
    pub upright: UprightParams,
    /// Language of the text, as Tesseract names it.
    pub language: String,
    /// Folder with Tesseract's language files; the engine's own default where absent.
    pub tessdata: Option<PathBuf>,
    /// Most address space of a worker process.
    pub memory_bytes: u64,
}

/// Where most of a card's text is printed, down to its illustrator: from which to which height, as fractions of the card's own.
/// Measured on 40 simulated photos of 12 megapixels, without reference pictures: more text would not help 34 of the cards after it,
/// 29 after 0.5 to 0.93 and 31 after the whole. In one hour the whole took 0.59 s where 0.5 to 0.93 took 0.35 s, in another 0.5 to
/// 0.93 took 0.21 s where this took 0.24 s. Of 89 real cards 85 end upright by it, 78 by the whole.
const TEXT_BOX: (f32, f32) = (0.5, 0.96);

/// One pass over a card.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pass {
    /// What of the card is read: from which to which height, as fractions of the card's own. All of it where absent.
    #[serde(default)]
    pub part: Option<(f32, f32)>,
    /// Width to which the card is brought, in pixels.
    pub width_px: u32,
    /// How the gray is prepared.
    pub tone: Tone,
    /// Width in its photo from which a card is read in this pass, in pixels.
    #[serde(default)]
    pub from_width_px: f32,
}

/// How gray is prepared for the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// As it is.
    Raw,
    /// Local contrast made equal all over.
    LocalContrast,
    /// Contrast stretched to the whole range.
    Stretched,
    /// Stretched, with dark and bright exchanged: for bright letters with dark edges.
    Inverted,
    /// Dark spots no larger than letters, on white: for dark letters with bright edges over a picture.
    Letters,
}

/// Decides which half-turn is upright.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UprightParams {
    /// Evidence of text (see `engine::Recognised::evidence`) from which on the first way is taken for upright unasked.
    /// Measured on 30 real photos, each read both ways up: from 20 on the verdicts are those of always reading both ways;
    /// with 12 every fourth card on its head is taken for upright.
    pub clear_evidence: f32,
}

impl Default for UprightParams {
    fn default() -> Self {
        Self { clear_evidence: 30.0 }
    }
}

impl Default for ReadParams {
    fn default() -> Self {
        Self {
            max_cards: 64,
            decode: DecodeLimits::default(),
            passes: vec![
                Pass { part: Some(TEXT_BOX), width_px: 700, tone: Tone::LocalContrast, from_width_px: 0.0 },
                Pass { part: None, width_px: 1000, tone: Tone::Letters, from_width_px: 0.0 },
                Pass { part: None, width_px: 1400, tone: Tone::Letters, from_width_px: 300.0 },
                Pass { part: None, width_px: 1000, tone: Tone::LocalContrast, from_width_px: 0.0 },
            ],
            upright: UprightParams::default(),
            language: "eng".to_owned(),
            tessdata: None,
            memory_bytes: 4 << 30,
        }
    }
}
