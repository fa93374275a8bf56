//! The imprint: the lines at the bottom of a card, with the illustrator, the copyright and the collector number.
//!
//! Whatever two printings share, they differ in their imprint. A photo that shows the imprint of a reference letter for
//! letter therefore shows this printing, though nobody has read a word of it. It is compared block by block, and the
//! blocks that fit worst decide, because one digit is a small part of the whole.
//!
//! Guarantee: windows of any content, also of a wrong length, give an answer. Deliberately absent: reading (see
//! [`crate::strip`]), and saying that a card is another printing: glare and print runs spoil a block too.

use cardmint_domain::Quad;
use image::imageops::{self, FilterType};
use image::{GrayImage, RgbImage};

use crate::pixels::{dot, normalised};
use crate::rectify;

/// Where the imprint lies on a card, as fractions of it: left, top, right and bottom.
pub const PLACE: (f64, f64, f64, f64) = (0.04, 0.90, 0.96, 0.975);
/// Width of the card that blocks are compared at, size of the imprint in its pixels, and how far a block is searched for
/// there. At 480 and 600 pixels, with blocks in proportion, fewer right ones stood out (90 to 96 % and 82 to 96 % instead of
/// 97 to 100 % at the threshold that no wrong one passes, of 230 photos); with a reach of 2 more wrong ones came near.
const CARD_WIDTH: f32 = 360.0;
const SIZE: (usize, usize) = (331, 38);
const REACH: usize = 1;
const STRIDE: usize = SIZE.0 + 2 * REACH;
/// Gray bytes of a window, rows from the top.
pub const WINDOW_LEN: usize = STRIDE * (SIZE.1 + 2 * REACH);
/// A block holds about three figures; each overlaps its neighbours by half.
const BLOCK: (usize, usize) = (18, 12);
/// Spread (standard deviation) of gray values below which a block of the reference has nothing to compare, and one of the
/// photo shows nothing.
const FLAT: (f32, f32) = (8.0, 1.0);
/// Blocks that must be comparable: references had 109 to 175 of 175.
const LEAST_BLOCKS: usize = 60;
/// How many of the worst blocks decide: a figure lies in two to four.
const WORST: usize = 3;

/// Cuts the window out of a picture in which a card lies in `card`: [`WINDOW_LEN`] bytes.
#[must_use]
pub fn window(picture: &RgbImage, card: &Quad) -> Vec<u8> {
    rectify::gray_part(picture, card, PLACE, SIZE, REACH)
}

/// How well a photo's window shows a reference's: the mean correlation of the blocks that fit worst, -1 to 1. The reference is
/// made as soft as a card of `source_width_px` in its photo is. `None` where it has too little to compare.
#[must_use]
pub fn likeness(photo: &[u8], reference: &[u8], source_width_px: f32) -> Option<f32> {
    let reference = softened(reference, source_width_px / CARD_WIDTH);
    let corners = (0..=SIZE.1 - BLOCK.1)
        .step_by(BLOCK.1 / 2)
        .flat_map(|y| (0..=SIZE.0 - BLOCK.0).step_by(BLOCK.0 / 2).map(move |x| (x, y)));
    let mut fits: Vec<f32> = corners.filter_map(|corner| best_fit(photo, &reference, corner)).collect();
    if fits.len() < LEAST_BLOCKS {
        return None;
    }
    fits.sort_by(f32::total_cmp);
    Some(fits[..WORST].iter().sum::<f32>() / WORST as f32)
}

/// A window as it looks after it was `scale` times as large.
fn softened(window: &[u8], scale: f32) -> Vec<u8> {
    let sized = |picture: &GrayImage, width: f32, height: f32| {
        let at_least_one = |side: f32| (side.round() as u32).max(1);
        imageops::resize(picture, at_least_one(width), at_least_one(height), FilterType::Triangle)
    };
    let (width, height) = (STRIDE as f32, (WINDOW_LEN / STRIDE) as f32);
    match GrayImage::from_raw(STRIDE as u32, (WINDOW_LEN / STRIDE) as u32, window.to_vec()) {
        Some(picture) if scale < 1.0 => {
            sized(&sized(&picture, width * scale, height * scale), width, height).into_raw()
        }
        _ => window.to_vec(),
    }
}

/// The best correlation of the reference's block at (x, y), margin not counted, within reach; `None` where it is flat.
fn best_fit(photo: &[u8], reference: &[u8], (x, y): (usize, usize)) -> Option<f32> {
    let own = normalised(reference, STRIDE, (x + REACH, y + REACH), BLOCK, FLAT.0);
    if own.iter().all(|value| *value == 0.0) {
        return None;
    }
    let around = (0..=2 * REACH).flat_map(|dy| (0..=2 * REACH).map(move |dx| (x + dx, y + dy)));
    around.map(|corner| dot(&own, &normalised(photo, STRIDE, corner, BLOCK, FLAT.1))).reduce(f32::max)
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    /// A card whose bottom lines say these digits, drawn as bars of a seven-segment display.
    fn card(digits: &str) -> RgbImage {
        let mut picture = RgbImage::from_pixel(360, 503, Rgb([225, 220, 205]));
        let mut bar = |x: u32, y: u32, w: u32, h: u32| {
            for py in y..y + h {
                for px in x..x + w {
                    picture.put_pixel(px, py, Rgb([30, 30, 40]));
                }
            }
        };
        const SEGMENTS: [u8; 10] = [0x77, 0x24, 0x5d, 0x6d, 0x2e, 0x6b, 0x7b, 0x25, 0x7f, 0x6f];
        for line in 0..3 {
            let (mut x, y) = (20, 456 + 12 * line);
            for digit in digits.bytes().cycle().filter(u8::is_ascii_digit).skip(line as usize * 3).take(50) {
                let segments = SEGMENTS[usize::from(digit - b'0')];
                let places =
                    [(0, 0, 4, 1), (0, 0, 1, 4), (3, 0, 1, 4), (0, 3, 4, 1), (0, 4, 1, 4), (3, 4, 1, 4), (0, 7, 4, 1)];
                for (_, (dx, dy, w, h)) in (0..).zip(places).filter(|(bit, _)| segments >> bit & 1 == 1) {
                    bar(x + dx, y + dy, w, h);
                }
                x += 6;
            }
        }
        picture
    }

    fn photo_of(card: &RgbImage) -> Vec<u8> {
        // Soft, dim, and cut a third of a pixel off.
        let soft = imageops::blur(card, 0.7);
        let dim = RgbImage::from_fn(360, 503, |x, y| Rgb(soft.get_pixel(x, y).0.map(|value| value / 2 + 20)));
        window(&dim, &Quad::rectangle(0.001, 0.0005, 1.001, 1.0005))
    }

    #[test]
    fn the_same_lines_are_known_and_one_other_digit_is_noticed() {
        let own = card("8341950276");
        let reference = window(&own, &Quad::WHOLE);
        let same = likeness(&photo_of(&own), &reference, 700.0).unwrap();
        assert!(same > 0.8, "{same}");
        let other = likeness(&photo_of(&card("8348950276")), &reference, 700.0).unwrap();
        assert!(other < same - 0.15, "{other} beside {same}");
    }

    #[test]
    fn a_small_photo_is_compared_with_a_reference_as_soft() {
        let own = card("8341950276");
        let reference = window(&own, &Quad::WHOLE);
        let small = imageops::resize(&own, 240, 335, FilterType::Triangle);
        let seen = window(&small, &Quad::WHOLE);
        let (as_small, as_large) =
            (likeness(&seen, &reference, 240.0).unwrap(), likeness(&seen, &reference, 700.0).unwrap());
        assert!(as_small > 0.9 && as_large < as_small - 0.05, "{as_small} and {as_large}");
        let other = window(&imageops::resize(&card("2750168349"), 240, 335, FilterType::Triangle), &Quad::WHOLE);
        let other = likeness(&other, &reference, 240.0).unwrap();
        assert!(other < as_small - 0.4, "{other}");
    }

    #[test]
    fn a_bare_bottom_and_a_hidden_one_show_nothing() {
        let reference = window(&card("123"), &Quad::WHOLE);
        assert_eq!(likeness(&reference, &[128; WINDOW_LEN], 700.0), None, "nothing to compare");
        assert_eq!(likeness(&[255; WINDOW_LEN], &reference, 700.0), Some(0.0), "glare");
        assert_eq!(likeness(&[], &[], 700.0), None);
        assert_eq!(likeness(&[], &reference, 700.0), Some(0.0));
    }

    #[test]
    fn a_window_has_its_size_whatever_it_is_cut_from() {
        for picture in [RgbImage::new(0, 0), RgbImage::new(1, 1), card("4")] {
            for quad in [Quad::WHOLE, Quad::rectangle(5.0, 5.0, 5.0, 5.0), Quad::rectangle(f32::NAN, 0.0, 1.0, 1.0)] {
                assert_eq!(window(&picture, &quad).len(), WINDOW_LEN);
            }
        }
    }
}
