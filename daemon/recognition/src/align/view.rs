//! The photo as it looks from the reference, with a margin to search in.

use super::patch::{FLAT, PIXELS, ROW, SIDE};
use super::{HEIGHT, WIDTH};
use crate::geometry::Homography;

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
    blown_out: Vec<u32>,
    outside: Vec<u32>,
}

impl View {
    /// `map` takes reference pixels to photo pixels; `margin` pixels are added on every side.
    pub(super) fn new(gray: &[u8], map: &Homography, margin: usize) -> Self {
        let (width, height) = (WIDTH + 2 * margin, HEIGHT + 2 * margin);
        let stride = width + SPARE;
        let mut pixels = vec![0.0; stride * height];
        let mut blown_out = Vec::with_capacity(width * height);
        let mut outside = Vec::with_capacity(width * height);
        for (y, row) in pixels.chunks_exact_mut(stride).enumerate() {
            let mut walk = Walk::new(map, margin, y);
            for pixel in &mut row[..width] {
                let (value, inside) = sample(gray, walk.next());
                *pixel = value;
                blown_out.push(u32::from(value >= BLOWN_OUT));
                outside.push(u32::from(!inside));
            }
        }
        let plain = pixels.chunks_exact(stride).flat_map(|row| &row[..width]);
        let values: Vec<u32> = plain.map(|v| *v as u32).collect();
        let squares: Vec<u32> = values.iter().map(|v| v * v).collect();
        let sums: Vec<f32> = windows(&values, width).into_iter().map(|v| v as f32).collect();
        let squares = windows(&squares, width);
        let inverses = sums.iter().zip(&squares).map(|(sum, squares)| inverse(*sum, *squares as f32)).collect();
        Self {
            pixels,
            stride,
            width,
            sums,
            inverses,
            blown_out: windows(&blown_out, width),
            outside: windows(&outside, width),
        }
    }

    /// Sum of the window at (x, y) and 1 over its spread; 0 when it is flat or does not lie in the view.
    pub(super) fn window(&self, x: usize, y: usize) -> (f32, f32) {
        let i = y * self.width + x;
        match (self.sums.get(i), self.inverses.get(i)) {
            (Some(sum), Some(inverse)) => (*sum, *inverse),
            _ => (0.0, 0.0),
        }
    }

    /// Whether the window at (x, y) is too flat, too bright or too far outside the photo to say anything.
    pub(super) fn is_lost(&self, x: usize, y: usize) -> bool {
        let i = y * self.width + x;
        let share = |counts: &[u32]| counts.get(i).map_or(1.0, |n| *n as f32 / PIXELS);
        self.window(x, y).1 <= 0.0 || share(&self.blown_out) > MOST_LOST || share(&self.outside) > MOST_LOST
    }
}

/// 1 over the square root of a window's variance times its pixels; 0 when that is next to nothing.
fn inverse(sum: f32, squares: f32) -> f32 {
    let variance = squares - sum * sum / PIXELS;
    if variance < FLAT * FLAT * PIXELS { 0.0 } else { 1.0 / variance.sqrt() }
}

/// Sums over the window at every place, 0 where it does not fit.
fn windows(values: &[u32], width: usize) -> Vec<u32> {
    let height = values.len() / width;
    let mut sums = vec![0u32; values.len()];
    let mut columns = vec![0u32; width];
    for y in 0..height {
        let row = &values[y * width..(y + 1) * width];
        columns.iter_mut().zip(row).for_each(|(sum, v)| *sum += v);
        if y + 1 < SIDE {
            continue;
        }
        let top = y + 1 - SIDE;
        let out = &mut sums[top * width..(top + 1) * width];
        let mut sum: u32 = columns[..SIDE - 1].iter().sum();
        for (x, target) in out[..width - SIDE + 1].iter_mut().enumerate() {
            sum += columns[x + SIDE - 1];
            *target = sum;
            sum -= columns[x];
        }
        columns.iter_mut().zip(&values[top * width..]).for_each(|(sum, v)| *sum -= v);
    }
    sums
}

/// Walks along a row of the view in the photo.
struct Walk {
    place: [f32; 3],
    step: [f32; 3],
}

impl Walk {
    fn new(map: &Homography, margin: usize, row: usize) -> Self {
        let h = &map.0;
        let (x, y) = (0.5 - margin as f64, row as f64 - margin as f64 + 0.5);
        let place = [0, 3, 6].map(|i| (h[i] * x + h[i + 1] * y + h[i + 2]) as f32);
        Self { place, step: [0, 3, 6].map(|i| h[i] as f32) }
    }

    fn next(&mut self) -> (f32, f32) {
        let [x, y, w] = self.place;
        self.place.iter_mut().zip(self.step).for_each(|(place, step)| *place += step);
        (x / w, y / w)
    }
}

/// The photo between pixels, its border continued, and whether the point lies inside (or all but inside) of it.
fn sample(gray: &[u8], (x, y): (f32, f32)) -> (f32, bool) {
    const SLACK: f32 = 1.5;
    let (w, h) = (WIDTH as f32, HEIGHT as f32);
    let inside = x > -SLACK && y > -SLACK && x < w + SLACK && y < h + SLACK;
    // A point at infinity is outside; `max` and `min` turn what is not a number into a border pixel.
    let (x, y) = ((x - 0.5).max(0.0).min(w - 1.0), (y - 0.5).max(0.0).min(h - 1.0));
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(WIDTH - 1), (y0 + 1).min(HEIGHT - 1));
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let pixel = |x: usize, y: usize| f32::from(gray[y * WIDTH + x]);
    let top = pixel(x0, y0) * (1.0 - fx) + pixel(x1, y0) * fx;
    let bottom = pixel(x0, y1) * (1.0 - fx) + pixel(x1, y1) * fx;
    // Rounded this way because it is one instruction on every processor.
    let value = (top * (1.0 - fy) + bottom * fy + 0.5) as u32;
    (value as f32, inside)
}
