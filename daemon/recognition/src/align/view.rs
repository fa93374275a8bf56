//! The photo as it looks from the reference, with a margin to search in.

use super::patch::{FLAT, PIXELS, ROW, SIDE};
use super::{HEIGHT, WIDTH};
use crate::geometry::Homography;
use crate::pixels::Place;
use crate::wide::wide;

/// Columns that a patch reads beyond its own.
const SPARE: usize = ROW - SIDE;

/// Share of a window that may be blown out or outside the photo.
const MOST_LOST: f32 = 0.35;

/// Brightness from which a pixel says nothing.
const BLOWN_OUT: f32 = 250.0;

/// The photo warped into the reference's frame, with the mean and spread of every window of a patch's size.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) pixels: Vec<f32>,
    pub(super) stride: usize,
    width: usize,
    /// Per window, by its corner: sum, and 1 over (spread times pixels); 0 for a flat window.
    sums: Vec<f32>,
    inverses: Vec<f32>,
    /// Per pixel: 1 outside the photo.
    outside: Vec<u8>,
}

impl View {
    /// `map` takes reference pixels to photo pixels; `margin` pixels are added on every side.
    pub(super) fn new(gray: &[u8], map: &Homography, margin: usize) -> Self {
        wide!(Self::made(gray, map, margin))
    }

    #[inline(always)]
    fn made(gray: &[u8], map: &Homography, margin: usize) -> Self {
        let (width, height) = (WIDTH + 2 * margin, HEIGHT + 2 * margin);
        let stride = width + SPARE;
        let mut pixels = vec![0.0; stride * height];
        let mut values = vec![0u32; width * height];
        let mut outside = vec![0u8; width * height];
        let mut places = vec![Place::default(); width];
        let rows = values.chunks_exact_mut(width).zip(outside.chunks_exact_mut(width));
        for ((y, row), (values, outside)) in pixels.chunks_exact_mut(stride).enumerate().zip(rows) {
            walk(map, margin, y, &mut places, outside);
            for ((pixel, sum), place) in row.iter_mut().zip(values).zip(&places) {
                let value = value(gray, *place);
                (*pixel, *sum) = (f32::from(value), u32::from(value));
            }
        }
        let squares: Vec<u32> = values.iter().map(|v| v * v).collect();
        let sums: Vec<f32> = windows(&values, width).into_iter().map(|v| v as f32).collect();
        let squares = windows(&squares, width);
        let inverses = sums.iter().zip(&squares).map(|(sum, squares)| inverse(*sum, *squares as f32)).collect();
        Self { pixels, stride, width, sums, inverses, outside }
    }

    /// Sum of the window at (x, y) and 1 over its spread; 0 when it is flat or does not lie in the view.
    #[inline(always)]
    pub(super) fn window(&self, x: usize, y: usize) -> (f32, f32) {
        let i = y * self.width + x;
        match (self.sums.get(i), self.inverses.get(i)) {
            (Some(sum), Some(inverse)) => (*sum, *inverse),
            _ => (0.0, 0.0),
        }
    }

    /// Whether the window at (x, y) is too flat, too bright or too far outside the photo to say anything.
    pub(super) fn is_lost(&self, x: usize, y: usize) -> bool {
        let (mut blown_out, mut outside) = (0, 0);
        for row in y..y + SIDE {
            let pixels = self.pixels.get(row * self.stride + x..).unwrap_or_default();
            blown_out += pixels.iter().take(SIDE).filter(|value| **value >= BLOWN_OUT).count();
            let pixels = self.outside.get(row * self.width + x..).unwrap_or_default();
            outside += pixels.iter().take(SIDE).filter(|outside| **outside > 0).count();
        }
        let is_most = |count: usize| count as f32 > MOST_LOST * PIXELS;
        self.window(x, y).1 <= 0.0 || is_most(blown_out) || is_most(outside)
    }
}

/// 1 over the square root of a window's variance times its pixels; 0 when that is next to nothing.
#[inline(always)]
fn inverse(sum: f32, squares: f32) -> f32 {
    let variance = squares - sum * sum / PIXELS;
    if variance < FLAT * FLAT * PIXELS { 0.0 } else { 1.0 / variance.sqrt() }
}

/// Sums over the window at every place, 0 where it does not fit.
#[inline(always)]
fn windows(values: &[u32], width: usize) -> Vec<u32> {
    let height = values.len() / width;
    let mut sums = vec![0u32; values.len()];
    let mut columns = vec![0u32; width];
    for y in 0..height {
        let row = &values[y * width..(y + 1) * width];
        for (sum, value) in columns.iter_mut().zip(row) {
            *sum += value;
        }
        if y + 1 < SIDE {
            continue;
        }
        let top = y + 1 - SIDE;
        let out = &mut sums[top * width..(top + 1) * width];
        let mut sum: u32 = columns[..SIDE - 1].iter().sum();
        for ((target, first), last) in out.iter_mut().zip(&columns).zip(&columns[SIDE - 1..]) {
            sum += last;
            *target = sum;
            sum -= first;
        }
        for (sum, value) in columns.iter_mut().zip(&values[top * width..]) {
            *sum -= value;
        }
    }
    sums
}

/// The places in the photo of a row of the view, `margin` pixels of it lying outside the reference on every side; and which of them lie
/// outside the photo by more than a pixel or so.
#[inline(always)]
fn walk(map: &Homography, margin: usize, row: usize, places: &mut [Place], outside: &mut [u8]) {
    const SLACK: f64 = 1.5;
    let (w, h) = (WIDTH as f64, HEIGHT as f64);
    let map = &map.0;
    let (x, y) = (0.5 - margin as f64, row as f64 - margin as f64 + 0.5);
    let start = [0, 3, 6].map(|i| map[i] * x + map[i + 1] * y + map[i + 2]);
    for ((x, place), outside) in (0_u16..).zip(places).zip(outside) {
        let [across, down, depth] = [0, 1, 2].map(|i| f64::from(x) * map[3 * i] + start[i]);
        let (x, y) = (across / depth, down / depth);
        *place = Place::at(x, y, (WIDTH as u32, HEIGHT as u32));
        *outside = u8::from(!((x > -SLACK) & (y > -SLACK) & (x < w + SLACK) & (y < h + SLACK)));
    }
}

/// The photo's value at a place.
#[inline(always)]
fn value(gray: &[u8], place: Place) -> u8 {
    let corner = place.row as usize * WIDTH + place.column as usize;
    let (upper, lower) = (&gray[corner..][..2], &gray[corner + WIDTH..][..2]);
    place.mix([upper[0], upper[1]], [lower[0], lower[1]])
}
