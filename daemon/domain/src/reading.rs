//! What was seen in a capture: the OCR stage's answer.

use serde::{Deserialize, Serialize};

use crate::CaptureId;

/// A point in fractions of the picture's width and height; (0, 0) is the top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Fraction of the width, from the left.
    pub x: f32,
    /// Fraction of the height, from the top.
    pub y: f32,
}

/// The outline of a card in a picture: its top-left, top-right, bottom-right and bottom-left corners **as the card is
/// read**, so that a card lying on its side has its "top-left" corner somewhere else in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quad {
    /// Corners in the order given above.
    pub corners: [Point; 4],
}

impl Quad {
    /// The whole picture as one upright card.
    pub const WHOLE: Self = Self::rectangle(0.0, 0.0, 1.0, 1.0);

    /// An upright rectangle between (`x0`, `y0`) and (`x1`, `y1`).
    #[must_use]
    pub const fn rectangle(x0: f32, y0: f32, x1: f32, y1: f32) -> Self {
        Self {
            corners: [Point { x: x0, y: y0 }, Point { x: x1, y: y0 }, Point { x: x1, y: y1 }, Point { x: x0, y: y1 }],
        }
    }

    /// The same outline read after turning the card by `quarter_turns` times 90 degrees clockwise.
    #[must_use]
    pub fn turned(self, quarter_turns: u8) -> Self {
        let mut corners = self.corners;
        corners.rotate_left(usize::from(quarter_turns % 4));
        Self { corners }
    }

    /// The upright rectangle around the outline, as (x0, y0, x1, y1).
    #[must_use]
    pub fn bounds(&self) -> (f32, f32, f32, f32) {
        let fold = |pick: fn(&Point) -> f32, better: fn(f32, f32) -> f32| {
            self.corners.iter().map(pick).reduce(better).unwrap_or_default()
        };
        (fold(|p| p.x, f32::min), fold(|p| p.y, f32::min), fold(|p| p.x, f32::max), fold(|p| p.y, f32::max))
    }
}

/// One pass of text recognition over the whole card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextPass {
    /// Lines as read, separated by `\n`.
    pub text: String,
    /// Mean word confidence of the engine, 0 to 1.
    pub confidence: f32,
}

/// What the collector number of a card may read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumberReading {
    /// The signs without spaces, as printed: `048/185`, `TG05/TG30`, `SWSH044`; perhaps with a letter glued to it.
    pub text: String,
    /// Probability that this is what stands there, 0 to 1, by the reader's own account.
    pub probability: f32,
}

/// An upright picture of one card: `width * height * 3` bytes, RGB, rows from the top.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RectifiedImage {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The pixels.
    pub rgb: Vec<u8>,
}

impl std::fmt::Debug for RectifiedImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RectifiedImage({}x{})", self.width, self.height)
    }
}

/// One card found in a capture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardReading {
    /// Position in the capture, from 0, stable over replays.
    pub index: u32,
    /// Page of a multi-page document, from 0; 0 for pictures.
    pub page: u32,
    /// Where the card lies on the page.
    pub quad: Quad,
    /// How sure the locator is that the outline is that of a card, 0 to 1.
    pub quality: f32,
    /// Width of the card in the original picture, in pixels: how much detail there was to begin with.
    pub source_width_px: f32,
    /// The card, rectified from the original pixels and turned upright as far as the text tells.
    pub image: RectifiedImage,
    /// What was read on it, pass by pass.
    pub text: Vec<TextPass>,
    /// What its collector number may be, the likeliest first.
    pub numbers: Vec<NumberReading>,
}

impl CardReading {
    /// Turns the card the other way up: its picture and its outline. What was read on it stays as it is.
    pub fn turn(&mut self) {
        self.quad = self.quad.turned(2);
        // The last pixel comes first; its three bytes stay in their order.
        self.image.rgb.reverse();
        self.image.rgb.chunks_exact_mut(3).for_each(<[u8]>::reverse);
    }
}

/// Everything seen in one capture. No cards at all is a legal answer: somebody photographed the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Which capture.
    pub capture: CaptureId,
    /// The cards, ordered by page, then from top to bottom and left to right.
    pub cards: Vec<CardReading>,
    /// Time spent, by step name, in milliseconds.
    pub timings_ms: Vec<(String, f64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_turned_twice_is_as_before() {
        let image = RectifiedImage { width: 2, height: 1, rgb: vec![1, 2, 3, 4, 5, 6] };
        let quad = Quad::rectangle(0.1, 0.2, 0.3, 0.4);
        let text = Vec::new();
        let mut card = CardReading {
            index: 0,
            page: 0,
            quad,
            quality: 1.0,
            source_width_px: 2.0,
            image,
            text,
            numbers: Vec::new(),
        };
        let before = card.clone();
        card.turn();
        assert_eq!((card.quad, &card.image.rgb[..]), (quad.turned(2), &[4, 5, 6, 1, 2, 3][..]));
        card.turn();
        assert_eq!(card, before);
    }

    #[test]
    fn four_quarter_turns_are_none() {
        let quad = Quad::rectangle(0.1, 0.2, 0.3, 0.4);
        assert_eq!(quad.turned(4), quad);
        assert_eq!(quad.turned(1).turned(3), quad);
        assert_eq!(quad.turned(2).bounds(), quad.bounds());
    }
}
