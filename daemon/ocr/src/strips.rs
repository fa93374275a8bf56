//! The bottom strip, where the collector number is.
//!
//! Small white-stroked digits over a picture are what Tesseract reads worst, so that several windows are read in several
//! tones, and all results are reported: who fuses them counts votes.

use image::imageops;
use image::{GrayImage, RgbImage};

use crate::engine::{Engine, EngineError, Layout, Recognised};
use crate::gray;
use crate::params::{StripParams, Window};

/// Blur that takes the edge off enlarged pixels.
const BLUR: f32 = 1.5;

/// Reads every window of an upright card.
pub(crate) fn read(engine: &mut Engine, card: &RgbImage, params: &StripParams) -> Result<Vec<Recognised>, EngineError> {
    let mut results = Vec::new();
    for window in &params.windows {
        let Some(enlarged) = cut(card, window, params.card_width_px) else { continue };
        for &tone in &params.tones {
            let prepared = gray::prepare(enlarged.clone(), tone, params.card_width_px);
            results.push(engine.read(&prepared, Layout::Line)?);
        }
    }
    Ok(results)
}

/// A window at the scale at which the whole card is `card_width` wide; `None` if nothing would be left of it.
fn cut(card: &RgbImage, window: &Window, card_width: u32) -> Option<GrayImage> {
    let (width, height) = (card.width() as f32, card.height() as f32);
    let edge = |fraction: f32, side: f32| (fraction.clamp(0.0, 1.0) * side).round() as u32;
    let (x0, x1) = (edge(window.x0, width), edge(window.x1, width));
    let (y0, y1) = (edge(window.y0, height), edge(window.y1, height));
    let (wide, high) = (x1.checked_sub(x0)?, y1.checked_sub(y0)?);
    if wide == 0 || high == 0 {
        return None;
    }
    let part = imageops::grayscale(&*imageops::crop_imm(card, x0, y0, wide, high));
    let target = (wide as f32 * card_width as f32 / width).round().max(1.0) as u32;
    Some(imageops::fast_blur(&gray::to_width(&part, target), BLUR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_outside_or_without_area_is_nothing() {
        let card = RgbImage::new(630, 880);
        let window = |x0, x1, y0, y1| Window { x0, x1, y0, y1 };
        assert_eq!(cut(&card, &window(0.0, 0.5, 0.9, 1.0), 1_260).unwrap().dimensions(), (630, 176));
        assert!(cut(&card, &window(0.5, 0.5, 0.9, 1.0), 1_260).is_none());
        assert!(cut(&card, &window(0.6, 0.5, 0.9, 1.0), 1_260).is_none());
        assert!(cut(&card, &window(1.5, 2.0, 0.9, 1.0), 1_260).is_none());
    }
}
