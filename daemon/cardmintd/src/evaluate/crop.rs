//! Cutting a labelled card out of its photo, and finding it again among what the reader found in the cut-out.

use std::io::Cursor;

use cardmint_domain::CardReading;
use image::{ImageFormat, RgbImage, imageops};

use super::labels::Bounds;

/// How much more than the box is cut out on every side, as a share of the box: boxes are drawn by hand, and the outline
/// of a card is found by what lies beyond it.
const MARGIN: f32 = 0.04;
/// Least overlap (intersection over union) of a found card with the box.
pub(super) const MIN_OVERLAP: f32 = 0.25;

/// A cut-out and where the box lies in it.
pub(super) struct Cut {
    pub(super) png: Vec<u8>,
    expected: Bounds,
    is_whole: bool,
}

/// The part of the photo that shows the box and its margin, or the whole photo without one; with its left top corner.
pub(super) fn part(photo: &RgbImage, bounds: Option<Bounds>) -> (RgbImage, u32, u32) {
    let Some((x0, y0, x1, y1)) = bounds else { return (photo.clone(), 0, 0) };
    let (margin_x, margin_y) = ((x1 - x0) * MARGIN, (y1 - y0) * MARGIN);
    let (left, right) = pixels(x0 - margin_x, x1 + margin_x, photo.width());
    let (top, bottom) = pixels(y0 - margin_y, y1 + margin_y, photo.height());
    (imageops::crop_imm(photo, left, top, right - left, bottom - top).to_image(), left, top)
}

/// Cuts the box, or the whole photo without one, and codes it without loss.
pub(super) fn cut(photo: &RgbImage, bounds: Option<Bounds>) -> Result<Cut, image::ImageError> {
    let Some((x0, y0, x1, y1)) = bounds else {
        return Ok(Cut { png: png(photo)?, expected: (0.0, 0.0, 1.0, 1.0), is_whole: true });
    };
    let (part, left, top) = part(photo, bounds);
    let (width, height) = (photo.width() as f32, photo.height() as f32);
    let across = |x: f32| (x * width - left as f32) / part.width() as f32;
    let down = |y: f32| (y * height - top as f32) / part.height() as f32;
    Ok(Cut { png: png(&part)?, expected: (across(x0), down(y0), across(x1), down(y1)), is_whole: false })
}

/// The pixels from `from` to before `to`, at least one, inside the picture.
fn pixels(from: f32, to: f32, size: u32) -> (u32, u32) {
    let first = ((from * size as f32).floor().max(0.0) as u32).min(size.saturating_sub(1));
    let end = ((to * size as f32).ceil().max(0.0) as u32).clamp(first + 1, size.max(first + 1));
    (first, end)
}

fn png(picture: &RgbImage) -> Result<Vec<u8>, image::ImageError> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

/// The card that fits the box best. In a photo without a box any card may be meant: the largest one is.
pub(super) fn choose(cards: Vec<CardReading>, cut: &Cut) -> Option<CardReading> {
    let fit = |card: &CardReading| {
        let bounds = card.quad.bounds();
        if cut.is_whole { area(bounds) } else { overlap(bounds, cut.expected) }
    };
    let best = cards.into_iter().max_by(|a, b| fit(a).total_cmp(&fit(b)).then(b.index.cmp(&a.index)))?;
    (cut.is_whole || fit(&best) >= MIN_OVERLAP).then_some(best)
}

pub(super) fn area((x0, y0, x1, y1): Bounds) -> f32 {
    (x1 - x0).max(0.0) * (y1 - y0).max(0.0)
}

/// Intersection over union.
pub(super) fn overlap(a: Bounds, b: Bounds) -> f32 {
    let common = area((a.0.max(b.0), a.1.max(b.1), a.2.min(b.2), a.3.min(b.3)));
    let union = area(a) + area(b) - common;
    if union > 0.0 { common / union } else { 0.0 }
}

#[cfg(test)]
pub(super) mod tests {
    use cardmint_domain::Quad;
    use cardmint_domain::reading::RectifiedImage;

    use super::*;

    pub(in super::super) fn found(quad: Quad, index: u32) -> CardReading {
        let image = RectifiedImage { width: 0, height: 0, rgb: Vec::new() };
        CardReading {
            index,
            page: 0,
            quad,
            quality: 1.0,
            source_width_px: 300.0,
            image,
            text: Vec::new(),
            numbers: Vec::new(),
        }
    }

    #[test]
    fn the_cut_holds_the_box_and_a_margin() {
        let photo = RgbImage::from_fn(200, 100, |x, y| image::Rgb([x as u8, y as u8, 0]));
        let cut = cut(&photo, Some((0.25, 0.2, 0.75, 0.8))).unwrap();
        let part = image::load_from_memory(&cut.png).unwrap().to_rgb8();
        assert_eq!(part.dimensions(), (108, 66));
        assert_eq!(part.get_pixel(0, 0), photo.get_pixel(46, 17));
        assert!((cut.expected.0 * 108.0 - 4.0).abs() < 0.01 && (cut.expected.3 * 66.0 - 63.0).abs() < 0.01);
    }

    #[test]
    fn boxes_at_and_beyond_the_edge_are_cut_short() {
        let photo = RgbImage::new(50, 50);
        for bounds in [(0.0, 0.0, 1.0, 1.0), (-0.2, -0.2, 0.5, 0.5), (0.9, 0.9, 1.3, 1.3), (0.5, 0.5, 0.5001, 0.5001)] {
            let cut = cut(&photo, Some(bounds)).unwrap();
            assert!(image::load_from_memory(&cut.png).unwrap().width() >= 1);
        }
    }

    #[test]
    fn the_card_in_the_box_is_chosen_not_its_neighbour() {
        let photo = RgbImage::new(100, 100);
        let boxed = cut(&photo, Some((0.3, 0.3, 0.7, 0.7))).unwrap();
        let inside = found(Quad::rectangle(0.05, 0.05, 0.95, 0.95), 1);
        let neighbour = found(Quad::rectangle(0.0, 0.0, 0.2, 1.0), 0);
        assert_eq!(choose(vec![neighbour.clone(), inside], &boxed).map(|card| card.index), Some(1));
        assert!(choose(vec![neighbour], &boxed).is_none());
        let whole = cut(&photo, None).unwrap();
        assert!(choose(vec![found(Quad::rectangle(0.4, 0.4, 0.5, 0.5), 0)], &whole).is_some());
        assert!(choose(Vec::new(), &whole).is_none());
    }
}
