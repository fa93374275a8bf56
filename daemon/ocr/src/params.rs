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
    /// The passes over the whole card, in order; all of them are reported. The first one also decides which way is up.
    pub passes: Vec<Pass>,
    /// The passes over the bottom strip, where the collector number is.
    pub strips: StripParams,
    /// Decides which half-turn is upright.
    pub upright: UprightParams,
    /// Language of the text, as Tesseract names it.
    pub language: String,
    /// Folder with Tesseract's language files; the engine's own default where absent.
    pub tessdata: Option<PathBuf>,
    /// Most address space of a worker process.
    pub memory_bytes: u64,
}

/// One pass over the whole card.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pass {
    /// Width to which the card is brought, in pixels.
    pub width_px: u32,
    /// How the gray is prepared.
    pub tone: Tone,
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
}

/// The passes over the bottom strip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StripParams {
    /// Cards that were narrower than this in the original picture have no readable number; their strips are skipped.
    pub min_source_width_px: f32,
    /// Width to which the whole card would be brought, in pixels.
    pub card_width_px: u32,
    /// The windows, each read as one line in each of its tones.
    pub windows: Vec<Window>,
    /// Tones in which every window is read.
    pub tones: Vec<Tone>,
}

/// A part of the card, in fractions of its width and height.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Left edge.
    pub x0: f32,
    /// Right edge.
    pub x1: f32,
    /// Upper edge.
    pub y0: f32,
    /// Lower edge.
    pub y1: f32,
}

impl Default for StripParams {
    /// Numbers stand at both sides and, by the age of the layout, at three heights. Measured with the example `measure`: on
    /// 51 cut-out photos of at least 300 px three numbers got two clear votes with these tones, none with two of them; on
    /// 40 clean strips the two lower heights read most, on cards with a frame below the number the upper one does.
    fn default() -> Self {
        let sides = [(0.04, 0.40), (0.60, 0.96)];
        let heights = [(0.925, 0.957), (0.935, 0.969), (0.945, 0.979)];
        let windows =
            heights.iter().flat_map(|&(y0, y1)| sides.iter().map(move |&(x0, x1)| Window { x0, x1, y0, y1 })).collect();
        Self {
            min_source_width_px: 300.0,
            card_width_px: 1_600,
            windows,
            tones: vec![Tone::Stretched, Tone::Inverted, Tone::LocalContrast],
        }
    }
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
                Pass { width_px: 700, tone: Tone::LocalContrast },
                Pass { width_px: 1000, tone: Tone::LocalContrast },
            ],
            strips: StripParams::default(),
            upright: UprightParams::default(),
            language: "eng".to_owned(),
            tessdata: None,
            memory_bytes: 4 << 30,
        }
    }
}
