//! A card cut out of a picture and made rectangular.
//!
//! Guarantee: any quad and any picture give a picture of the wanted size; where the quad leaves the picture, its border
//! goes on. Deliberately absent: deciding where the card lies ([`crate::locate`]).

use cardmint_domain::Quad;
use cardmint_domain::reading::Point;
use image::RgbImage;

use crate::geometry::{self, Homography, Pt};
use crate::pixels::{Place, gray, resize, resize_part};
use crate::wide::wide;

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
    if picture.width() == 1 || picture.height() == 1 {
        // To be sampled between pixels it needs two each way.
        return warp(&resize(picture, picture.width().max(2), picture.height().max(2)), quad, width, height);
    }
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

/// The picture inside four corners, sampled once for each pixel; it has at least two columns and rows.
fn sampled(source: &RgbImage, corners: [Pt; 4], width: u32, height: u32) -> RgbImage {
    let mut out = RgbImage::new(width, height);
    let unit = [Pt::new(0.0, 0.0), Pt::new(1.0, 0.0), Pt::new(1.0, 1.0), Pt::new(0.0, 1.0)];
    let Some(map) = Homography::between(&unit, &corners) else { return out };
    let map = Homography::scale(1.0 / f64::from(width), 1.0 / f64::from(height)).then(&map);
    wide!(fill(&mut out, source, &map));
    out
}

/// Fills a picture from another through a map of places, row by row: first all places of a row, then all its colours, because
/// the first of the two is work for vectors.
#[inline(always)]
fn fill(out: &mut RgbImage, source: &RgbImage, Homography(map): &Homography) {
    let width = out.width() as usize;
    let mut places = vec![Place::default(); width];
    for (y, row) in (0_u32..).zip(out.chunks_exact_mut(3 * width)) {
        let start = [0, 3, 6].map(|i| (f64::from(y) + 0.5) * map[i + 1] + map[i + 2]);
        for (x, place) in (0_u32..).zip(&mut places) {
            let [across, down, depth] = [0, 1, 2].map(|i| (f64::from(x) + 0.5) * map[3 * i] + start[i]);
            *place = Place::at(across / depth, down / depth, source.dimensions());
        }
        for (pixel, place) in row.chunks_exact_mut(3).zip(&places) {
            pixel.copy_from_slice(&colour(source, *place));
        }
    }
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
    let size = |side: u32| ((f64::from(side) / factor).round() as u32).max(2);
    let (small_w, small_h) = (size(w), size(h));
    let exact = Pt::new(f64::from(w) / f64::from(small_w), f64::from(h) / f64::from(small_h));
    let part = resize_part(picture, (x, y), (w, h), small_w, small_h);
    (part, Pt::new(f64::from(x), f64::from(y)), exact)
}

/// The colour at a place of a picture.
#[inline(always)]
fn colour(source: &RgbImage, place: Place) -> [u8; 3] {
    let stride = 3 * source.width() as usize;
    let corner = stride * place.row as usize + 3 * place.column as usize;
    let (upper, lower) = (&source.as_raw()[corner..][..6], &source.as_raw()[corner + stride..][..6]);
    std::array::from_fn(|i| place.mix([upper[i], upper[i + 3]], [lower[i], lower[i + 3]]))
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
