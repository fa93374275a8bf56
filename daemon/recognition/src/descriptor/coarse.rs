//! A descriptor in an eighth of its length, for a first choice among very many.

use super::{SHAPE_LEN, SHARES, View, add_products, quantise};

/// Cells of the shape half and directions in each; neighbours are summed two by three.
const SHAPE: Grid = Grid { columns: 8, rows: 11, depth: 8, block: (2, 3) };
/// Cells of one plane of the colour half; neighbours are summed four by four.
const COLOUR: Grid = Grid { columns: 16, rows: 22, depth: 1, block: (4, 4) };
/// Numbers of a coarse descriptor: 4 x 4 x 8 sums of shape, 3 x 4 x 6 of colour.
pub(crate) const LEN: usize = 200;

struct Grid {
    columns: usize,
    rows: usize,
    depth: usize,
    block: (usize, usize),
}

impl Grid {
    const fn len(&self) -> usize {
        self.columns * self.rows * self.depth
    }

    /// Sums over blocks of cells, so scaled that sums over fewer cells, at the edge, count as much.
    fn sums(&self, values: &[i8], scale: f32, out: &mut Vec<f32>) {
        for top in (0..self.rows).step_by(self.block.1) {
            for left in (0..self.columns).step_by(self.block.0) {
                let (bottom, right) = ((top + self.block.1).min(self.rows), (left + self.block.0).min(self.columns));
                let count = ((bottom - top) * (right - left)) as f32;
                for layer in 0..self.depth {
                    let cell = |y: usize, x: usize| i32::from(values[(y * self.columns + x) * self.depth + layer]);
                    let sum: i32 = (top..bottom).map(|y| (left..right).map(|x| cell(y, x)).sum::<i32>()).sum();
                    out.push(sum as f32 * scale / count.sqrt());
                }
            }
        }
    }
}

/// Sums of neighbouring values of a descriptor: a unit vector as whole numbers from -127 to 127 and a scale. They take two bytes
/// each, as they are multiplied: widening them anew for each query took a third of a search.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Coarse {
    pub(crate) values: Vec<i16>,
    pub(crate) scale: f32,
}

impl Coarse {
    pub(crate) fn of(descriptor: View<'_>) -> Self {
        let mut sums = Vec::with_capacity(LEN);
        let (shape, colour) = descriptor.values.split_at(SHAPE_LEN);
        SHAPE.sums(shape, SHARES.0.sqrt() * descriptor.shape_scale, &mut sums);
        for plane in colour.chunks_exact(COLOUR.len()) {
            COLOUR.sums(plane, SHARES.1.sqrt() * descriptor.colour_scale, &mut sums);
        }
        let mut values = Vec::with_capacity(LEN);
        let scale = quantise(&sums, &mut values);
        Self { values: values.into_iter().map(i16::from).collect(), scale }
    }

    /// Cosine with one that lies in `values` with this scale.
    pub(crate) fn similarity(&self, values: &[i16], scale: f32) -> f32 {
        dot(&self.values, values) as f32 * self.scale * scale
    }
}

/// Scalar product; the length is a multiple of 8.
fn dot(a: &[i16], b: &[i16]) -> i32 {
    let mut lanes = [0i32; 4];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        add_products(&mut lanes, a, b);
    }
    lanes.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::super::describe;
    use super::*;
    use image::{Rgb, RgbImage};

    #[test]
    fn it_tells_pictures_apart_as_the_whole_does() {
        let painting = |seed: u32| {
            describe(&RgbImage::from_fn(126, 176, |x, y| {
                let wave = |k: u32| (((x * (k + seed) + y * (k * seed + 3)) as f32 / 90.0).sin() * 100.0 + 128.0) as u8;
                Rgb([wave(1), wave(2), wave(3)])
            }))
        };
        let coarse = [1, 2, 3].map(|seed| Coarse::of(painting(seed).view()));
        assert!(coarse.iter().all(|coarse| coarse.values.len() == LEN));
        let alike = |a: usize, b: usize| coarse[a].similarity(&coarse[b].values, coarse[b].scale);
        assert!((alike(0, 0) - 1.0).abs() < 1e-3 && alike(0, 1) < 0.8 && alike(1, 2) < 0.8);
        assert!((alike(0, 1) - alike(1, 0)).abs() < 1e-6);
    }
}
