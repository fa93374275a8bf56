//! The network's layers and how they are run.
//!
//! Eight convolutions without padding above and below, so that what is said about a line depends on nothing but the
//! [`FIELD_HEIGHT`] pixels around it, however high the picture is. Two of them are followed by a maximum over
//! neighbours. One column of the answer stands for [`STRIDE`] columns of the picture, one row for 4 rows.

use thiserror::Error;

use super::alphabet::CLASSES;
use super::convolve;
use crate::wide::wide;

/// Pixels above and below that one row of the answer sees, together.
pub const FIELD_HEIGHT: usize = 36;
/// Columns of the picture to one column of the answer.
pub const STRIDE: usize = 2;
/// Rows of the picture to one row of the answer.
pub const ROW_STEP: usize = 4;
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

    /// One row of one plane.
    #[must_use]
    pub fn row(&self, channel: usize, y: usize) -> &[f32] {
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
        convolve::convolve(self, map)
    }
}

/// The highest of each group of neighbours; what does not fill a group is left out.
fn highest(map: &Map, groups: (usize, usize)) -> Map {
    let mut pooled =
        Map { channels: map.channels, height: map.height / groups.0, width: map.width / groups.1, values: Vec::new() };
    pooled.values = vec![f32::NEG_INFINITY; pooled.channels * pooled.area()];
    wide!(take_highest(map, groups, &mut pooled));
    pooled
}

#[inline(always)]
fn take_highest(map: &Map, (rows, columns): (usize, usize), pooled: &mut Map) {
    let (height, width) = (pooled.height, pooled.width);
    for (line, target) in pooled.values.chunks_exact_mut(width.max(1)).enumerate() {
        for dy in 0..rows {
            let source = map.row(line / height, line % height * rows + dy);
            for dx in 0..columns {
                for (highest, value) in target.iter_mut().zip(source[dx..].iter().step_by(columns)) {
                    *highest = if *value > *highest { *value } else { *highest };
                }
            }
        }
    }
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
                map = highest(&map, layer.spec.pool);
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
    fn a_very_high_picture_says_of_each_line_what_the_line_alone_says() {
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
    fn pooling_keeps_the_highest() {
        let map = Map { channels: 1, height: 3, width: 5, values: (0..15).map(|i| (i % 7) as f32).collect() };
        let pooled = highest(&map, (2, 2));
        assert_eq!((pooled.height, pooled.width, pooled.values), (1, 2, vec![6.0, 3.0]));
    }
}
