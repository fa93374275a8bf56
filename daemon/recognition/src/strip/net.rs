//! The network's layers and how they are run.
//!
//! Eight convolutions without padding above and below, so that what is said about a line depends on nothing but the
//! [`FIELD_HEIGHT`] pixels around it, however high the picture is. Two of them are followed by a maximum over
//! neighbours. One column of the answer stands for [`STRIDE`] columns of the picture, one row for 4 rows.

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder as _};
use thiserror::Error;

use super::alphabet::CLASSES;

/// Pixels above and below that one row of the answer sees, together.
pub const FIELD_HEIGHT: usize = 36;
/// Columns of the picture to one column of the answer.
pub const STRIDE: usize = 2;
/// Rows of the picture to one row of the answer.
pub const ROW_STEP: usize = 4;
/// Most values that are laid out at once for a multiplication: half a megabyte, which stays in a core's cache.
const LAID_OUT: usize = 1 << 17;
/// Slope below zero of the rectifier between layers.
pub const LEAK: f32 = 0.05;

/// One convolution and what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerSpec {
    /// Channels that go in.
    pub inputs: usize,
    /// Channels that come out.
    pub outputs: usize,
    /// Rows that one output sees.
    pub rows: usize,
    /// Columns that one output sees; odd.
    pub columns: usize,
    /// Rows and columns of which the highest value is kept.
    pub pool: (usize, usize),
    /// Whether negative values are held back by [`LEAK`].
    pub rectified: bool,
}

impl LayerSpec {
    /// Inputs of one output value.
    #[must_use]
    pub const fn taps(&self) -> usize {
        self.inputs * self.rows * self.columns
    }

    /// Rows and columns of what comes out of a map, before pooling.
    #[must_use]
    pub fn places(&self, map: &Map) -> (usize, usize) {
        ((map.height + 1).saturating_sub(self.rows), map.width)
    }
}

const fn layer(inputs: usize, outputs: usize, (rows, columns): (usize, usize), pool: (usize, usize)) -> LayerSpec {
    LayerSpec { inputs, outputs, rows, columns, pool, rectified: true }
}

/// The layers, from the picture to the classes: 92,000 weights. Own choice: 50,000 read 22 of 89 real photos and these 29;
/// the smaller network had seen less of the present print.
pub const LAYERS: [LayerSpec; 8] = [
    layer(1, 8, (3, 3), (1, 1)),
    layer(8, 16, (3, 3), (2, STRIDE)),
    layer(16, 24, (3, 3), (1, 1)),
    layer(24, 32, (3, 3), (2, 1)),
    layer(32, 48, (3, 3), (1, 1)),
    layer(48, 72, (4, 3), (1, 1)),
    layer(72, 64, (1, 5), (1, 1)),
    LayerSpec { rectified: false, ..layer(64, CLASSES, (1, 1), (1, 1)) },
];

/// A stack of planes of one size.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Map {
    /// How many planes.
    pub channels: usize,
    /// Rows of each.
    pub height: usize,
    /// Columns of each.
    pub width: usize,
    /// Plane by plane, rows from the top.
    pub values: Vec<f32>,
}

impl Map {
    /// Values of one plane.
    #[must_use]
    pub const fn area(&self) -> usize {
        self.height * self.width
    }

    fn row(&self, channel: usize, y: usize) -> &[f32] {
        &self.values[(channel * self.height + y) * self.width..][..self.width]
    }
}

/// Weights and biases of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Its shape.
    pub spec: LayerSpec,
    /// Output by output, each as channels, rows, columns.
    pub weights: Vec<f32>,
    /// One for each output.
    pub biases: Vec<f32>,
}

impl Layer {
    /// The layer's values before pooling, and after rectifying.
    #[must_use]
    pub fn activate(&self, map: &Map) -> Map {
        let (spec, (height, width)) = (&self.spec, self.spec.places(map));
        let area = height * width;
        let mut values: Vec<f32> = self.biases.iter().flat_map(|bias| std::iter::repeat_n(*bias, area)).collect();
        let at_once = (LAID_OUT / (spec.taps() * width).max(1)).max(1);
        for top in (0..height).step_by(at_once) {
            let rows = top..(top + at_once).min(height);
            let columns = unfold(map, spec, rows.clone());
            let into = &mut values[top * width..];
            multiply(&self.weights, &columns, into, (spec.outputs, spec.taps(), rows.len() * width), area);
        }
        if spec.rectified {
            values.iter_mut().filter(|value| **value < 0.0).for_each(|value| *value *= LEAK);
        }
        Map { channels: spec.outputs, height, width, values }
    }
}

/// `into += a * b` for row-major matrices of `m` by `k` and `k` by `n`, the rows of `into` being `stride` apart; matrices of other
/// sizes change nothing.
fn multiply(a: &[f32], b: &[f32], into: &mut [f32], (m, k, n): (usize, usize, usize), stride: usize) {
    let into = ArrayViewMut2::from_shape((m, n).strides((stride, 1)), into);
    let views = (ArrayView2::from_shape((m, k), a), ArrayView2::from_shape((k, n), b), into);
    if let (Ok(a), Ok(b), Ok(mut into)) = views {
        general_mat_mul(1.0, &a, &b, 1.0, &mut into);
    }
}

/// Lays out what each output value in some rows of places sees: one row for each tap, one column for each place. Outside the
/// picture, to the left and right, everything is 0.
#[must_use]
pub fn unfold(map: &Map, spec: &LayerSpec, places: Range<usize>) -> Vec<f32> {
    let (width, reach) = (map.width, spec.columns / 2);
    let mut columns = vec![0.0; spec.taps() * places.len() * width];
    let mut rows = columns.chunks_exact_mut(width.max(1));
    for channel in 0..spec.inputs {
        for dy in 0..spec.rows {
            for dx in 0..spec.columns {
                for (y, target) in places.clone().zip(rows.by_ref().take(places.len())) {
                    let source = map.row(channel, y + dy);
                    if let Some(right) = dx.checked_sub(reach) {
                        let kept = width.saturating_sub(right);
                        target[..kept].copy_from_slice(&source[width - kept..]);
                    } else {
                        let kept = width.saturating_sub(reach - dx);
                        target[width - kept..].copy_from_slice(&source[..kept]);
                    }
                }
            }
        }
    }
    columns
}

/// The highest of each group of neighbours, with where each stood; what does not fill a group is left out.
#[must_use]
pub fn pool(map: &Map, (rows, columns): (usize, usize)) -> (Map, Vec<u32>) {
    let (height, width) = (map.height / rows, map.width / columns);
    let mut values = Vec::with_capacity(map.channels * height * width);
    let mut places = Vec::with_capacity(values.capacity());
    for channel in 0..map.channels {
        for y in 0..height {
            for x in 0..width {
                let (mut best, mut place) = (f32::NEG_INFINITY, 0);
                for dy in 0..rows {
                    let start = (channel * map.height + y * rows + dy) * map.width + x * columns;
                    for (at, &value) in (start..).zip(&map.values[start..start + columns]) {
                        if value > best {
                            (best, place) = (value, at);
                        }
                    }
                }
                values.push(best);
                places.push(u32::try_from(place).unwrap_or(u32::MAX));
            }
        }
    }
    (Map { channels: map.channels, height, width, values }, places)
}

/// Why bytes are no weights of this network.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the weights have {found} bytes and not the {expected} of this network")]
pub struct WeightsError {
    /// Length of the bytes.
    pub found: usize,
    /// Length of this network's weights.
    pub expected: usize,
}

/// The network with its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Net {
    /// In the order in which they are run.
    pub layers: Vec<Layer>,
}

impl Net {
    /// Reads weights as [`Net::to_bytes`] writes them.
    ///
    /// # Errors
    /// [`WeightsError`] where the length is that of another network.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WeightsError> {
        let expected = 2 * LAYERS.iter().map(|spec| spec.outputs * (spec.taps() + 1)).sum::<usize>();
        if bytes.len() != expected {
            return Err(WeightsError { found: bytes.len(), expected });
        }
        let mut values =
            bytes.chunks_exact(2).map(|pair| f32::from_bits(u32::from(u16::from_le_bytes([pair[0], pair[1]])) << 16));
        let layers = LAYERS.map(|spec| Layer {
            spec,
            weights: values.by_ref().take(spec.outputs * spec.taps()).collect(),
            biases: values.by_ref().take(spec.outputs).collect(),
        });
        Ok(Self { layers: layers.into() })
    }

    /// The weights as bfloat16, little-endian, layer by layer, weights before biases. Nearest, so that writing what was
    /// read changes nothing.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let rounded = |value: &f32| ((value.to_bits().wrapping_add(0x8000)) >> 16) as u16;
        let values = self.layers.iter().flat_map(|layer| layer.weights.iter().chain(&layer.biases));
        values.flat_map(|value| rounded(value).to_le_bytes()).collect()
    }

    /// Runs the network over a picture of one channel: a map of [`CLASSES`] channels, not yet probabilities. Empty for
    /// a picture lower than [`FIELD_HEIGHT`].
    #[must_use]
    pub fn run(&self, picture: Map) -> Map {
        let mut map = picture;
        for layer in &self.layers {
            map = layer.activate(&map);
            if layer.spec.pool != (1, 1) {
                map = pool(&map, layer.spec.pool).0;
            }
        }
        map
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net() -> Net {
        let layers = LAYERS.map(|spec| {
            // Anything uneven will do.
            let value = |i: usize| ((i * 7919 % 101) as f32 / 101.0 - 0.5) / (spec.taps() as f32).sqrt();
            Layer {
                spec,
                weights: (0..spec.outputs * spec.taps()).map(value).collect(),
                biases: (0..spec.outputs).map(value).collect(),
            }
        });
        Net { layers: layers.into() }
    }

    fn picture(height: usize, width: usize) -> Map {
        let values = (0..height * width).map(|i| ((i * 31 % 17) as f32 - 8.0) / 8.0).collect();
        Map { channels: 1, height, width, values }
    }

    #[test]
    fn a_layer_is_the_sum_it_says_it_is() {
        let spec = layer(2, 3, (3, 3), (1, 1));
        let weights: Vec<f32> = (0..54).map(|i| i as f32 * 0.1 - 2.0).collect();
        let spec = LayerSpec { rectified: false, ..spec };
        let one = Layer { spec, weights: weights.clone(), biases: vec![0.5, -1.0, 0.0] };
        let input = Map { channels: 2, ..picture(10, 4) };
        let input = Map { height: 5, ..input };
        let out = one.activate(&input);
        assert_eq!((out.channels, out.height, out.width), (3, 3, 4));
        for (channel, y, x) in [(0, 0, 0), (1, 2, 3), (2, 1, 1)] {
            let mut sum = one.biases[channel];
            for (i, weight) in weights[channel * 18..][..18].iter().enumerate() {
                let (c, dy, dx) = (i / 9, i / 3 % 3, i % 3);
                if let Some(column) = (x + dx).checked_sub(1).filter(|column| *column < 4) {
                    sum += weight * input.row(c, y + dy)[column];
                }
            }
            assert!((out.row(channel, y)[x] - sum).abs() < 1e-4, "{channel} {y} {x}");
        }
    }

    #[test]
    fn a_high_picture_says_of_each_line_what_the_line_alone_says() {
        let (net, high) = (net(), picture(FIELD_HEIGHT + 12, 30));
        let all = net.run(high.clone());
        assert_eq!((all.channels, all.height, all.width), (CLASSES, 4, 15));
        for row in 0..4 {
            let values = high.values[row * 4 * 30..][..FIELD_HEIGHT * 30].to_vec();
            let alone = net.run(Map { channels: 1, height: FIELD_HEIGHT, width: 30, values });
            for class in 0..CLASSES {
                let pairs = all.row(class, row).iter().zip(alone.row(class, 0));
                assert!(pairs.clone().all(|(a, b)| (a - b).abs() < 1e-4), "row {row}, class {class}");
            }
        }
    }

    #[test]
    fn what_is_laid_out_in_parts_says_what_a_line_alone_says() {
        // So high that the widest layers are laid out seven rows at a time.
        let (net, high) = (net(), picture(FIELD_HEIGHT + ROW_STEP * 69 + 3, 30));
        let all = net.run(high.clone());
        assert_eq!((all.channels, all.height, all.width), (CLASSES, 70, 15));
        for row in [0, 5, 6, 7, 8, 35, 69] {
            let values = high.values[row * ROW_STEP * 30..][..FIELD_HEIGHT * 30].to_vec();
            let alone = net.run(Map { channels: 1, height: FIELD_HEIGHT, width: 30, values });
            for class in 0..CLASSES {
                let pairs = all.row(class, row).iter().zip(alone.row(class, 0));
                assert!(pairs.clone().all(|(a, b)| (a - b).abs() < 1e-4), "row {row}, class {class}");
            }
        }
    }

    #[test]
    fn weights_come_back_as_they_were_written() {
        let written = net().to_bytes();
        let read = Net::from_bytes(&written).unwrap();
        assert_eq!(read.to_bytes(), written);
        let error = Net::from_bytes(&written[1..]).unwrap_err();
        assert_eq!(error, WeightsError { found: written.len() - 1, expected: written.len() });
    }

    #[test]
    fn pictures_too_small_give_nothing() {
        for (height, width) in [(0, 0), (1, 1), (35, 100), (36, 0), (36, 1)] {
            assert!(net().run(picture(height, width)).values.is_empty(), "{height} x {width}");
        }
    }

    #[test]
    fn pooling_keeps_the_highest_and_its_place() {
        let map = Map { channels: 1, height: 3, width: 5, values: (0..15).map(|i| (i % 7) as f32).collect() };
        let (pooled, places) = pool(&map, (2, 2));
        assert_eq!((pooled.height, pooled.width, pooled.values), (1, 2, vec![6.0, 3.0]));
        assert_eq!(places, [6, 3]);
    }
}
