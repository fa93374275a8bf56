//! A picture at one size, ready to be searched for edges.

use std::cell::OnceCell;

use image::RgbImage;

use crate::geometry::Pt;
use crate::pixels::{lab_bytes, planes, resize};

/// A copy of the picture and its channels L, a, b and saturation, which are made when they are first asked for: on a large
/// copy only a few colours are.
pub(super) struct Level {
    picture: RgbImage,
    channels: OnceCell<[Vec<u8>; 4]>,
}

impl Level {
    /// A copy whose longest side is at most `longest` pixels.
    pub(super) fn new(picture: &RgbImage, longest: u32) -> Self {
        let (w, h) = picture.dimensions();
        let scale = (f64::from(longest) / f64::from(w.max(h).max(1))).min(1.0);
        let size = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
        Self { picture: resize(picture, size(w), size(h)), channels: OnceCell::new() }
    }

    pub(super) fn picture(&self) -> &RgbImage {
        &self.picture
    }

    pub(super) fn width(&self) -> usize {
        self.picture.width() as usize
    }

    pub(super) fn height(&self) -> usize {
        self.picture.height() as usize
    }

    /// L, a, b and saturation.
    pub(super) fn channels(&self) -> &[Vec<u8>; 4] {
        self.channels.get_or_init(|| planes(&self.picture))
    }

    /// L, a and b of a pixel, by its place from the top left corner.
    fn pixel(&self, at: usize) -> [u8; 3] {
        match self.channels.get() {
            Some([l, a, b, _]) => [l[at], a[at], b[at]],
            None => self.picture.as_raw()[3 * at..].first_chunk().map_or([0; 3], |rgb| lab_bytes(*rgb)),
        }
    }

    /// L, a and b at a point, the picture's corner being (0, 0); none outside.
    pub(super) fn colour(&self, at: Pt) -> Option<[f32; 3]> {
        let (w, h) = (self.width(), self.height());
        let (x, y) = (at.x - 0.5, at.y - 0.5);
        if !(x > -0.5 && y > -0.5 && x < w as f64 - 0.5 && y < h as f64 - 0.5) {
            return None;
        }
        let (x, y) = (x.clamp(0.0, (w - 1) as f64), y.clamp(0.0, (h - 1) as f64));
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(w - 1), (y0 + 1).min(h - 1));
        let (fx, fy) = ((x - x0 as f64) as f32, (y - y0 as f64) as f32);
        let corners = [y0 * w + x0, y0 * w + x1, y1 * w + x0, y1 * w + x1];
        let shares = [(1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy];
        let mut colour = [0.0; 3];
        for (pixel, share) in corners.map(|corner| self.pixel(corner)).into_iter().zip(shares) {
            colour.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += f32::from(value) * share);
        }
        Some(colour)
    }
}
