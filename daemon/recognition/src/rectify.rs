//! A card cut out of a picture and made rectangular.
//!
//! Guarantee: any quad and any picture give a picture of the wanted size; where the quad leaves the picture, its border
//! goes on. Deliberately absent: deciding where the card lies ([`crate::locate`]).

use cardmint_domain::Quad;
use cardmint_domain::reading::Point;
use image::RgbImage;

use crate::geometry::{self, Homography, Pt};
use crate::pixels::{gray, resize_part};

/// Narrowest and widest rectified card. Below 360 px text recognition needs the enlargement anyway; above 744 px (300
/// dpi) there is nothing more to read on a card.
const WIDTHS: (f32, f32) = (360.0, 744.0);

/// Source pixels to one target pixel up to which sampling between four of them leaves out next to nothing; more of them are
/// averaged first.
const SKIPPED: f64 = 1.25;

/// Width to rectify a card to that is `source_width_px` wide in its picture: all the detail there is, within bounds.
#[must_use]
pub fn natural_width(source_width_px: f32) -> u32 {
    source_width_px.round().clamp(WIDTHS.0, WIDTHS.1) as u32
}

/// Height of a rectified card of this width: cards are 63 by 88 mm.
#[must_use]
pub fn height_of(width: u32) -> u32 {
    ((u64::from(width) * 88 + 31) / 63) as u32
}

/// The part of `picture` inside `quad` as a picture `width` pixels wide; corners may lie outside the picture.
#[must_use]
pub fn rectify(picture: &RgbImage, quad: &Quad, width: u32) -> RgbImage {
    warp(picture, quad, width.max(1), height_of(width.max(1)))
}

/// Like [`rectify`], with any height.
pub(crate) fn warp(picture: &RgbImage, quad: &Quad, width: u32, height: u32) -> RgbImage {
    let corners = corners_px(quad, picture.width(), picture.height());
    if picture.is_empty() || !corners.iter().all(|c| c.is_finite()) {
        return RgbImage::new(width, height);
    }
    let factor = shrinking(&corners, width, height) / SKIPPED;
    if factor <= 1.0 {
        return sampled(picture, corners, width, height);
    }
    let (source, origin, factor) = reduced(picture, &corners, factor);
    let corners = corners.map(|c| Pt::new((c.x - origin.x) / factor.x, (c.y - origin.y) / factor.y));
    sampled(&source, corners, width, height)
}

/// The picture inside four corners, sampled once for each pixel.
fn sampled(source: &RgbImage, corners: [Pt; 4], width: u32, height: u32) -> RgbImage {
    let mut out = RgbImage::new(width, height);
    let unit = [Pt::new(0.0, 0.0), Pt::new(1.0, 0.0), Pt::new(1.0, 1.0), Pt::new(0.0, 1.0)];
    let Some(map) = Homography::between(&unit, &corners) else { return out };
    let Homography(map) = Homography::scale(1.0 / f64::from(width), 1.0 / f64::from(height)).then(&map);
    for (y, row) in (0_u32..).zip(out.chunks_exact_mut(3 * width as usize)) {
        // Along a row both coordinates and what they are divided by grow evenly.
        let mut place = [0, 3, 6].map(|i| 0.5 * map[i] + (f64::from(y) + 0.5) * map[i + 1] + map[i + 2]);
        for pixel in row.chunks_exact_mut(3) {
            let at = Pt::new(place[0] / place[2], place[1] / place[2]);
            pixel.copy_from_slice(&sample(source, at));
            place.iter_mut().zip([0, 3, 6]).for_each(|(value, i)| *value += map[i]);
        }
    }
    out
}

/// The part of a card at `place` (left, top, right and bottom as fractions of the card), from a picture in which the card lies
/// in `card`: gray bytes, `width` by `height` and `margin` more on every side. Black where the quad is none.
pub(crate) fn gray_part(
    picture: &RgbImage,
    card: &Quad,
    (left, top, right, bottom): (f64, f64, f64, f64),
    (width, height): (usize, usize),
    margin: usize,
) -> Vec<u8> {
    let (full_width, full_height) = (width + 2 * margin, height + 2 * margin);
    let [unit, corners] = [&Quad::WHOLE, card].map(|quad| corners_px(quad, 1, 1));
    let Some(map) = Homography::between(&unit, &corners) else { return vec![0; full_width * full_height] };
    let beside = (right - left) * margin as f64 / width as f64;
    let above = (bottom - top) * margin as f64 / height as f64;
    let (left, top, right, bottom) = (left - beside, top - above, right + beside, bottom + above);
    let corners = [(left, top), (right, top), (right, bottom), (left, bottom)].map(|(x, y)| map.apply(Pt::new(x, y)));
    let quad = Quad { corners: corners.map(|p| Point { x: p.x as f32, y: p.y as f32 }) };
    let part = warp(picture, &quad, full_width as u32, full_height as u32);
    part.pixels().map(|pixel| gray(pixel.0)).collect()
}

/// The corners of a quad in pixels, the picture's own corner being (0, 0).
#[must_use]
pub fn corners_px(quad: &Quad, width: u32, height: u32) -> [Pt; 4] {
    quad.corners.map(|c| Pt::new(f64::from(c.x) * f64::from(width), f64::from(c.y) * f64::from(height)))
}

/// How many source pixels make one target pixel, along the side where there are fewer.
fn shrinking(corners: &[Pt; 4], width: u32, height: u32) -> f64 {
    let [top, right, bottom, left] = geometry::sides(corners);
    ((top + bottom) / f64::from(2 * width)).min((left + right) / f64::from(2 * height)).clamp(0.0, 64.0)
}

/// The part of the picture around the corners, about `factor` times smaller; with where it begins and its exact factors.
fn reduced(picture: &RgbImage, corners: &[Pt; 4], factor: f64) -> (RgbImage, Pt, Pt) {
    let around = |v: [f64; 4], limit: u32| {
        let least = v.iter().copied().fold(f64::INFINITY, f64::min) - 4.0;
        let most = v.iter().copied().fold(f64::NEG_INFINITY, f64::max) + 4.0;
        let first = least.clamp(0.0, f64::from(limit - 1)) as u32;
        let last = most.clamp(f64::from(first + 1), f64::from(limit)) as u32;
        (first, last - first)
    };
    let (x, w) = around(corners.map(|c| c.x), picture.width());
    let (y, h) = around(corners.map(|c| c.y), picture.height());
    let size = |side: u32| ((f64::from(side) / factor).round() as u32).max(1);
    let (small_w, small_h) = (size(w), size(h));
    let exact = Pt::new(f64::from(w) / f64::from(small_w), f64::from(h) / f64::from(small_h));
    let part = resize_part(picture, (x, y), (w, h), small_w, small_h);
    (part, Pt::new(f64::from(x), f64::from(y)), exact)
}

/// The colour at a point, between pixels; the border goes on outside. The picture has at least one pixel.
fn sample(source: &RgbImage, at: Pt) -> [u8; 3] {
    /// Weights along one axis add up to this.
    const ALL: u32 = 256;
    let (w, h) = (source.width() as usize, source.height() as usize);
    // Of what is no number, 0.
    let clamp = |v: f64, limit: usize| (v - 0.5).max(0.0).min((limit - 1) as f64);
    let (x, y) = (clamp(at.x, w), clamp(at.y, h));
    let (x0, y0) = ((x as usize).min(w.saturating_sub(2)), (y as usize).min(h.saturating_sub(2)));
    let share = |v: f64, first: usize| ((v - first as f64) * f64::from(ALL) + 0.5) as u32;
    let (right, below) = (share(x, x0), share(y, y0));
    let (beside, under) = (3 * usize::from(w > 1), 3 * w * usize::from(h > 1));
    let (top, bottom) = (&source.as_raw()[3 * (y0 * w + x0)..], &source.as_raw()[3 * (y0 * w + x0) + under..]);
    let (top, bottom) = (&top[..beside + 3], &bottom[..beside + 3]);
    std::array::from_fn(|i| {
        let along = |row: &[u8]| u32::from(row[i]) * (ALL - right) + u32::from(row[i + beside]) * right;
        ((along(top) * (ALL - below) + along(bottom) * below + ALL * ALL / 2) / (ALL * ALL)) as u8
    })
}

#[cfg(test)]
mod tests {
    use image::{Rgb, imageops};

    use super::*;
    use cardmint_domain::reading::Point;

    fn gradient(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, 77]))
    }

    #[test]
    fn the_whole_picture_comes_out_as_it_is() {
        let picture = gradient(63, 88);
        assert_eq!(rectify(&picture, &Quad::WHOLE, 63), picture);
    }

    #[test]
    fn turning_the_quad_turns_the_picture() {
        let picture = gradient(100, 140);
        let turned = warp(&picture, &Quad::WHOLE.turned(2), 100, 140);
        assert_eq!(turned, imageops::rotate180(&picture));
    }

    #[test]
    fn shrinking_averages_instead_of_skipping() {
        let stripes = RgbImage::from_fn(1000, 1400, |x, _| Rgb([if x % 2 == 0 { 0 } else { 200 }; 3]));
        let small = rectify(&stripes, &Quad::WHOLE, 90);
        assert!(small.pixels().all(|p| (85..=115).contains(&p.0[0])));
    }

    #[test]
    fn corners_outside_the_picture_continue_its_border() {
        let picture = RgbImage::from_pixel(20, 20, Rgb([5, 6, 7]));
        let quad = Quad::rectangle(-1.0, -0.5, 3.0, 1.2);
        assert!(rectify(&picture, &quad, 50).pixels().all(|p| p.0 == [5, 6, 7]));
    }

    #[test]
    fn hopeless_quads_give_a_picture_of_the_size_asked_for() {
        let picture = gradient(30, 40);
        let nan = Quad { corners: [Point { x: f32::NAN, y: 0.0 }; 4] };
        let point = Quad { corners: [Point { x: 0.5, y: 0.5 }; 4] };
        let far = Quad::rectangle(-1e9, 1e9, 1e20, 2e9);
        for quad in [nan, point, far] {
            assert_eq!(rectify(&picture, &quad, 63).dimensions(), (63, 88));
        }
        assert_eq!(rectify(&RgbImage::new(0, 0), &Quad::WHOLE, 63).dimensions(), (63, 88));
        assert_eq!(rectify(&RgbImage::new(1, 1), &Quad::WHOLE, 0).dimensions(), (1, 1));
    }
}
