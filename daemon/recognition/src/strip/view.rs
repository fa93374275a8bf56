//! What the network sees of a card.

use image::{GrayImage, RgbImage, imageops};

use super::net::Map;

/// Widths to which a whole card is brought, one after the other, in pixels: the network is not indifferent to where its grid
/// of pixels lies. Measured on 51 real cards at least 240 pixels wide: each alone reads 26 to 30, all together 30; on 534 clean
/// strips 494 to 498, together 501, and from a probability of 0.7 on 456 to 471, together 487.
pub(super) const WIDTHS_PX: [u32; 3] = [CARD_WIDTH_PX, CARD_WIDTH_PX * 106 / 100, CARD_WIDTH_PX * 95 / 100];
/// Width to which a whole card is brought, in pixels. The figures of a number are then 11 to 15 pixels high.
pub const CARD_WIDTH_PX: u32 = 720;
/// Where the strip begins and ends, as fractions of the card's height. Numbers stand at 0.925 to 0.965; the rest is
/// what the network needs around them, and room for an outline that is off.
pub(super) const STRIP: (f32, f32) = (0.885, 1.0);
/// Half the side of the window over which brightness and contrast are evened out, in pixels.
const WINDOW_REACH: usize = 15;
/// Contrast, as a share of full scale, below which there is nothing to be evened out.
const NO_CONTRAST: f64 = 0.03;

/// The bottom strip of an upright card.
#[must_use]
pub fn strip(card: &RgbImage) -> GrayImage {
    let height = card.height() as f32;
    let (top, bottom) = ((STRIP.0 * height).round() as u32, (STRIP.1 * height).round() as u32);
    let part = imageops::crop_imm(card, 0, top, card.width(), bottom.saturating_sub(top));
    imageops::grayscale(&*part)
}

/// A part of a card over its whole width, as the network takes it when the card is this wide.
#[must_use]
pub fn picture(part: &GrayImage, width: u32) -> Map {
    if part.is_empty() {
        return Map::default();
    }
    let scale = f64::from(width) / f64::from(part.width());
    let height = (f64::from(part.height()) * scale).round().max(1.0) as u32;
    let sized = imageops::resize(part, width, height, imageops::FilterType::CatmullRom);
    even(sized.as_raw().iter().map(|value| f32::from(*value) / 255.0).collect(), sized.width() as usize)
}

/// Brightness 0 to 1 with the local mean taken off, in units of the local spread.
#[must_use]
pub fn even(brightness: Vec<f32>, width: usize) -> Map {
    let height = brightness.len().checked_div(width).unwrap_or(0);
    let sums = Sums::new(&brightness, width);
    let mut values = brightness;
    for (at, value) in values.iter_mut().enumerate() {
        let (mean, spread) = sums.around(at % width, at / width);
        *value = ((f64::from(*value) - mean) / (spread + NO_CONTRAST)) as f32;
    }
    Map { channels: 1, height, width, values }
}

/// Sums over every rectangle from the top left corner, of the values and of their squares.
struct Sums {
    width: usize,
    height: usize,
    of: Vec<(f64, f64)>,
}

impl Sums {
    fn new(values: &[f32], width: usize) -> Self {
        let height = values.len().checked_div(width).unwrap_or(0);
        let mut of = vec![(0.0, 0.0); (width + 1) * (height + 1)];
        for y in 0..height {
            let mut row = (0.0, 0.0);
            for x in 0..width {
                let value = f64::from(values[y * width + x]);
                row = (row.0 + value, row.1 + value * value);
                let above = of[y * (width + 1) + x + 1];
                of[(y + 1) * (width + 1) + x + 1] = (above.0 + row.0, above.1 + row.1);
            }
        }
        Self { width, height, of }
    }

    /// Mean and standard deviation of the window around a pixel, cut at the borders.
    fn around(&self, x: usize, y: usize) -> (f64, f64) {
        let (left, right) = (x.saturating_sub(WINDOW_REACH), (x + WINDOW_REACH + 1).min(self.width));
        let (top, bottom) = (y.saturating_sub(WINDOW_REACH), (y + WINDOW_REACH + 1).min(self.height));
        let at = |x: usize, y: usize| self.of[y * (self.width + 1) + x];
        let corners = [at(right, bottom), at(left, top), at(right, top), at(left, bottom)];
        let sum = |of: fn(&(f64, f64)) -> f64| of(&corners[0]) + of(&corners[1]) - of(&corners[2]) - of(&corners[3]);
        let count = ((right - left) * (bottom - top)) as f64;
        let mean = sum(|sums| sums.0) / count;
        (mean, (sum(|sums| sums.1) / count - mean * mean).max(0.0).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use image::{Luma, Rgb};

    use super::*;

    #[test]
    fn light_and_contrast_of_the_photo_do_not_matter() {
        let draw = |low: u8, high: u8| {
            GrayImage::from_fn(720, 60, |x, y| Luma([if (x / 7 + y / 9) % 2 == 0 { low } else { high }]))
        };
        let (dim, bright) = (picture(&draw(20, 80), 720), picture(&draw(100, 220), 720));
        let furthest = dim.values.iter().zip(&bright.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(furthest < 0.2, "{furthest}");
        assert!(
            picture(&GrayImage::from_pixel(720, 60, Luma([77])), 720).values.iter().all(|value| value.abs() < 1e-3)
        );
    }

    #[test]
    fn every_card_gives_a_strip_of_the_same_width() {
        for (width, height) in [(744, 1039), (360, 503), (5, 7), (1, 1)] {
            let strip = picture(&strip(&RgbImage::from_pixel(width, height, Rgb([9, 9, 9]))), 720);
            assert!(strip.values.is_empty() || strip.width == 720, "{width} x {height}");
        }
        let usual = picture(&strip(&RgbImage::new(720, 1006)), 720);
        assert_eq!((usual.channels, usual.height, usual.width), (1, 116, 720));
        assert!(picture(&strip(&RgbImage::new(0, 0)), 720).values.is_empty());
    }
}
