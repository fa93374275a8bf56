//! A picture at one size, as its outlines are looked for in it.

use image::RgbImage;

use crate::geometry::Pt;
use crate::pixels::{Resized, lab_bytes, planes, resize};

/// A picture whose colours can be asked for.
pub(super) trait Level {
    /// Columns and rows, at least one of each.
    fn size(&self) -> (usize, usize);

    /// L, a and b of a pixel in the picture.
    fn pixel(&self, x: usize, y: usize) -> [u8; 3];

    /// L, a and b at a point, the picture's corner being (0, 0); none outside.
    fn colour(&self, at: Pt) -> Option<[f32; 3]> {
        let (w, h) = self.size();
        let (x, y) = (at.x - 0.5, at.y - 0.5);
        if !(x > -0.5 && y > -0.5 && x < w as f64 - 0.5 && y < h as f64 - 0.5) {
            return None;
        }
        let (x, y) = (x.clamp(0.0, (w - 1) as f64), y.clamp(0.0, (h - 1) as f64));
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(w - 1), (y0 + 1).min(h - 1));
        let (fx, fy) = ((x - x0 as f64) as f32, (y - y0 as f64) as f32);
        let corners = [(x0, y0), (x1, y0), (x0, y1), (x1, y1)];
        let shares = [(1.0 - fx) * (1.0 - fy), fx * (1.0 - fy), (1.0 - fx) * fy, fx * fy];
        let mut colour = [0.0; 3];
        for (pixel, share) in corners.map(|(x, y)| self.pixel(x, y)).into_iter().zip(shares) {
            colour.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += f32::from(value) * share);
        }
        Some(colour)
    }
}

/// A small copy, searched everywhere.
pub(super) struct Coarse {
    width: usize,
    height: usize,
    /// L, a, b and saturation.
    channels: [Vec<u8>; 4],
}

impl Coarse {
    /// A copy whose longest side is at most `longest` pixels.
    pub(super) fn new(picture: &RgbImage, longest: u32) -> Self {
        let (width, height) = within(picture, longest);
        let channels = planes(&resize(picture, width, height));
        Self { width: width as usize, height: height as usize, channels }
    }

    /// L, a, b and saturation.
    pub(super) const fn channels(&self) -> &[Vec<u8>; 4] {
        &self.channels
    }
}

impl Level for Coarse {
    fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let (at, [l, a, b, _]) = (y * self.width + x, &self.channels);
        [l[at], a[at], b[at]]
    }
}

/// A larger size, looked at only along outlines: copying it whole would take longer than all that is done with it.
pub(super) struct Fine<'a>(Resized<'a>);

impl<'a> Fine<'a> {
    /// The picture with a longest side of at most `longest` pixels.
    pub(super) fn new(picture: &'a RgbImage, longest: u32) -> Self {
        let (width, height) = within(picture, longest);
        Self(Resized::new(picture, width, height))
    }
}

impl Level for Fine<'_> {
    fn size(&self) -> (usize, usize) {
        self.0.dimensions()
    }

    fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        lab_bytes(self.0.pixel(x, y))
    }
}

/// The size of a picture once its longest side is at most this long.
fn within(picture: &RgbImage, longest: u32) -> (u32, u32) {
    let (w, h) = picture.dimensions();
    let scale = (f64::from(longest) / f64::from(w.max(h).max(1))).min(1.0);
    let [w, h] = [w, h].map(|side| ((f64::from(side) * scale).round() as u32).max(1));
    (w, h)
}
