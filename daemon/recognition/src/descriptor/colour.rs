//! The colour half: a coarse picture of local contrast and of the two colour axes.

use image::RgbImage;

use super::COLOUR_LEN;
use crate::pixels::{Plane, lab, resize};

const WIDTH: usize = 16;
const HEIGHT: usize = 22;

/// Radius of "local": a sixth of the width.
const SIGMA: f64 = WIDTH as f64 / 6.0;

/// Lab units of colour that count as much as one local standard deviation of lightness.
const COLOUR_UNIT: f32 = 15.0;

/// Lightness that must vary at least, in Lab units: below, it is noise.
const LEAST_CONTRAST: f32 = 4.0;

/// Lightness less its surroundings over its local spread, then a and b less their means, each cell by cell; unit length.
pub(super) fn colour(upright: &RgbImage) -> Vec<f32> {
    let small = resize(upright, WIDTH as u32, HEIGHT as u32);
    let mut planes = [(); 3].map(|()| Plane::new(WIDTH, HEIGHT));
    for (i, pixel) in small.pixels().enumerate() {
        for (plane, value) in planes.iter_mut().zip(lab(pixel.0)) {
            plane.data[i] = value;
        }
    }
    let [lightness, a, b] = planes;
    let mut out = local_contrast(&lightness);
    for plane in [a, b] {
        let mean = plane.data.iter().sum::<f32>() / plane.data.len() as f32;
        out.extend(plane.data.iter().map(|v| (v - mean) / COLOUR_UNIT));
    }
    debug_assert_eq!(out.len(), COLOUR_LEN);
    let length = out.iter().map(|v| v * v).sum::<f32>().sqrt();
    out.iter_mut().for_each(|v| *v /= length.max(1e-3));
    out
}

fn local_contrast(plane: &Plane) -> Vec<f32> {
    let mean = plane.blurred(SIGMA);
    let mut apart = plane.clone();
    apart.data.iter_mut().zip(&mean.data).for_each(|(v, m)| *v -= m);
    let mut squares = apart.clone();
    squares.data.iter_mut().for_each(|v| *v *= *v);
    let spread = squares.blurred(SIGMA);
    apart.data.iter().zip(&spread.data).map(|(v, s)| v / (s.max(0.0).sqrt() + LEAST_CONTRAST)).collect()
}
