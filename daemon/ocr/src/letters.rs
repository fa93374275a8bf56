//! Dark spots no larger than letters, on white.
//!
//! Print over a picture is dark with a bright rim, and what lies between the lines is as dark as the letters: read as it is,
//! the rims are taken for the letters. Here whatever is darker than its surroundings is kept where it hangs together over
//! no more than a letter's size. Measured on 50 real photos of cards at least 300 pixels wide, of which 1,403 words are known:
//! local contrast alone gives 336, 382 and 387 of them at 700, 1,000 and 1,400 pixels, together 542; this gives 600 at 1,000 and
//! 630 at 1,400 (with spots of at most 0.045 by 0.06, 469 to 539; the spots with a pixel around each, 469).

use image::GrayImage;

use crate::gray::{QUIET, each_surroundings, even_level};
use crate::rows::{Bounds, in_rows};

/// Half the side of the neighbourhood than which letters are darker, as a fraction of the card's width.
const NEIGHBOURHOOD: f32 = 1.0 / 60.0;
/// By how much they are darker, at least: gray levels, and standard deviations on top.
const DARKER: (f32, f32) = (2.0, 0.2);
/// Widest and highest spot that may be a letter, or a few that touch, as fractions of the card's width.
const LARGEST: (f32, f32) = (0.1, 0.06);
/// Fewest pixels of a letter or a dot.
const FEWEST: usize = 6;
/// Gray levels that a standard deviation of the neighbourhood becomes.
const LEVELS_PER_DEVIATION: f32 = 70.0;

/// The letters alone. `card_width` is the width that the whole card has at this scale.
pub(crate) fn letters(gray: &GrayImage, card_width: u32) -> GrayImage {
    let (width, height) = gray.dimensions();
    let mut even = vec![255; gray.len()];
    let mut dark = vec![false; gray.len()];
    each_surroundings(gray, (card_width as f32 * NEIGHBOURHOOD) as u32, |at, beyond, deviation| {
        even[at] = even_level(beyond / (deviation + QUIET), LEVELS_PER_DEVIATION);
        dark[at] = -beyond > DARKER.0 + DARKER.1 * deviation;
    });
    let largest = (card_width as f32 * LARGEST.0, card_width as f32 * LARGEST.1);
    let is_letter = |spot: &Spot| {
        let (wide, high) = (spot.bounds.width() as f32, spot.bounds.height() as f32);
        spot.pixels.len() >= FEWEST && wide <= largest.0 && high <= largest.1
    };
    let spots: Vec<Spot> =
        (0..dark.len()).filter_map(|start| Spot::take(&mut dark, width, start)).filter(is_letter).collect();
    let bounds: Vec<Bounds> = spots.iter().map(|spot| spot.bounds).collect();
    let is_kept = in_rows(&bounds, card_width);
    let kept = spots.iter().zip(is_kept).filter(|(_, is_kept)| *is_kept);
    let mut out = vec![255; even.len()];
    for &at in kept.flat_map(|(spot, _)| &spot.pixels) {
        out[at] = even[at];
    }
    GrayImage::from_raw(width, height, out).unwrap_or_default()
}

/// Dark pixels that hang together through their sides.
struct Spot {
    /// Their places, counted row by row from the top left of the picture; in no order.
    pixels: Vec<usize>,
    bounds: Bounds,
}

impl Spot {
    /// Takes the spot of a pixel out of a picture: its pixels are dark no longer. `None` where the pixel is not dark.
    fn take(dark: &mut [bool], width: u32, start: usize) -> Option<Self> {
        if dark.get(start) != Some(&true) {
            return None;
        }
        let width = width as usize;
        let mut pixels = Vec::new();
        let mut take = |at: usize, pixels: &mut Vec<usize>| {
            if dark.get(at) == Some(&true) {
                dark[at] = false;
                pixels.push(at);
            }
        };
        take(start, &mut pixels);
        let mut next = 0;
        while let Some(&at) = pixels.get(next) {
            next += 1;
            let x = at % width;
            if x > 0 {
                take(at - 1, &mut pixels);
            }
            if x + 1 < width {
                take(at + 1, &mut pixels);
            }
            if at >= width {
                take(at - width, &mut pixels);
            }
            take(at + width, &mut pixels);
        }
        let bounds = bounds(&pixels, width);
        Some(Self { pixels, bounds })
    }
}

/// The box around pixels, nothing around none.
fn bounds(pixels: &[usize], width: usize) -> Bounds {
    let extent = |of: fn(usize, usize) -> usize| {
        let places = pixels.iter().map(|at| of(*at, width) as u32);
        let (first, beyond) = places.fold((u32::MAX, 0), |(first, beyond), at| (first.min(at), beyond.max(at + 1)));
        (first.min(beyond), beyond)
    };
    let ((left, right), (top, bottom)) = (extent(|at, width| at % width), extent(|at, width| at / width));
    Bounds { left, top, right, bottom }
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    /// Bars like letters, dark with a bright rim, on a ground that is as dark.
    fn rimmed() -> GrayImage {
        GrayImage::from_fn(300, 100, |x, y| {
            let (across, down) = (x % 12, y.abs_diff(50));
            Luma([match (across, down) {
                (4..=7, 0..=6) => 30,
                (2..=9, 0..=9) => 220,
                _ => 40,
            }])
        })
    }

    #[test]
    fn letters_stay_and_the_ground_goes_though_it_is_as_dark() {
        let seen = letters(&rimmed(), 1000);
        assert!(seen.get_pixel(29, 50).0[0] < 100, "a letter: {}", seen.get_pixel(29, 50).0[0]);
        assert_eq!(seen.get_pixel(26, 50).0[0], 255, "its rim");
        assert_eq!(seen.get_pixel(24, 50).0[0], 255, "between two");
        assert!((0..300).all(|x| seen.get_pixel(x, 10).0[0] == 255), "above the line");
    }

    #[test]
    fn any_picture_is_taken() {
        for (width, height) in [(0, 0), (1, 1), (1, 40), (40, 1)] {
            let flat = letters(&GrayImage::from_pixel(width, height, Luma([9])), 700);
            assert!(flat.iter().all(|value| *value == 255), "{width} x {height}");
        }
    }
}
