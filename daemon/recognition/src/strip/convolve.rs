//! One layer run over a map: sums over many places at once, straight from the map, with nothing laid out in between.
//!
//! The sums of a few outputs over a few vectors of places stay in the processor's registers while all that they see is gone through.

use fearless_simd::{Simd, SimdBase as _, SimdFloat as _};

use super::net::{LEAK, Layer, Map};
use crate::wide::wide;

/// Outputs, and vectors of places of each, that are added up at once: with what is added to them they fill sixteen registers.
const OUTPUTS: usize = 4;
const VECTORS: usize = 3;

/// The layer's values before pooling, and after rectifying.
pub(super) fn convolve(layer: &Layer, map: &Map) -> Map {
    let (height, width) = layer.spec.places(map);
    let mut out = Map { channels: layer.spec.outputs, height, width, values: Vec::new() };
    out.values = vec![0.0; out.channels * out.area()];
    wide!(simd => run(simd, layer, map, &mut out));
    out
}

#[inline(always)]
fn run<S: Simd>(simd: S, layer: &Layer, map: &Map, out: &mut Map) {
    let at_once = VECTORS * S::f32s::LEN;
    let across = out.width.next_multiple_of(at_once);
    let padded = Padded::new(map, layer.spec.columns / 2, across + layer.spec.columns - 1);
    for first in (0..layer.spec.outputs).step_by(OUTPUTS) {
        // Where fewer are left the last one is added up several times.
        let outputs = std::array::from_fn(|i| (first + i).min(layer.spec.outputs - 1));
        for y in 0..out.height {
            for x in (0..across).step_by(at_once) {
                let sums = sums(simd, layer, &padded, outputs, (x, y));
                for (output, sums) in outputs.into_iter().zip(sums) {
                    let row = &mut out.values[(output * out.height + y) * out.width..][..out.width];
                    note::<S>(sums, layer.spec.rectified, &mut row[x.min(out.width)..]);
                }
            }
        }
    }
}

/// The sums of some outputs over a few vectors of places, the first of them in column `x` of row `y`.
#[inline(always)]
fn sums<S: Simd>(
    simd: S,
    layer: &Layer,
    padded: &Padded,
    outputs: [usize; OUTPUTS],
    (x, y): (usize, usize),
) -> [[S::f32s; VECTORS]; OUTPUTS] {
    let (spec, lanes) = (&layer.spec, S::f32s::LEN);
    let weights = outputs.map(|output| &layer.weights[output * spec.taps()..][..spec.taps()]);
    let mut sums = outputs.map(|output| [S::f32s::splat(simd, layer.biases[output]); VECTORS]);
    let mut tap = 0;
    for line in 0..spec.inputs * spec.rows {
        let row = padded.row(line / spec.rows, y + line % spec.rows);
        for dx in 0..spec.columns {
            let mut seen = [S::f32s::splat(simd, 0.0); VECTORS];
            for (seen, part) in seen.iter_mut().zip(row[x + dx..][..VECTORS * lanes].chunks_exact(lanes)) {
                *seen = S::f32s::from_slice(simd, part);
            }
            for (sums, weights) in sums.iter_mut().zip(&weights) {
                let weight = S::f32s::splat(simd, weights[tap]);
                for (sum, seen) in sums.iter_mut().zip(&seen) {
                    *sum = seen.mul_add(weight, *sum);
                }
            }
            tap += 1;
        }
    }
    sums
}

/// Writes sums down, rectified where asked, as far as there is room.
#[inline(always)]
fn note<S: Simd>(sums: [S::f32s; VECTORS], rectified: bool, row: &mut [f32]) {
    for (part, sum) in row.chunks_mut(S::f32s::LEN).zip(sums) {
        let value = if rectified { sum.max(sum * LEAK) } else { sum };
        // Nearly all are whole, and one instruction then.
        if part.len() == S::f32s::LEN {
            value.store_slice(part);
        } else {
            part.copy_from_slice(&value.as_slice()[..part.len()]);
        }
    }
}

/// A map with zeros to the left and right.
struct Padded {
    height: usize,
    stride: usize,
    values: Vec<f32>,
}

impl Padded {
    /// `before` zeros to the left, and rows of `stride` values, which is at least as many as there are.
    fn new(map: &Map, before: usize, stride: usize) -> Self {
        let mut values = vec![0.0; map.channels * map.height * stride];
        let rows = values.chunks_exact_mut(stride.max(1)).zip(map.values.chunks_exact(map.width.max(1)));
        for (padded, row) in rows {
            padded[before..before + row.len()].copy_from_slice(row);
        }
        Self { height: map.height, stride, values }
    }

    #[inline(always)]
    fn row(&self, channel: usize, y: usize) -> &[f32] {
        &self.values[(channel * self.height + y) * self.stride..][..self.stride]
    }
}

#[cfg(test)]
mod tests {
    use fearless_simd::{Level, dispatch};

    use super::super::net::LayerSpec;
    use super::*;

    /// What a layer says at a place, one product after the other.
    fn sum_at(layer: &Layer, map: &Map, (output, y, x): (usize, usize, usize)) -> f32 {
        let spec = &layer.spec;
        let mut sum = layer.biases[output];
        for (tap, weight) in layer.weights[output * spec.taps()..][..spec.taps()].iter().enumerate() {
            let (line, dx) = (tap / spec.columns, tap % spec.columns);
            let column = (x + dx).checked_sub(spec.columns / 2).filter(|column| *column < map.width);
            sum += column.map_or(0.0, |column| weight * map.row(line / spec.rows, y + line % spec.rows)[column]);
        }
        if spec.rectified && sum < 0.0 { sum * LEAK } else { sum }
    }

    #[test]
    fn a_layer_is_the_sum_it_says_it_is() {
        for (inputs, outputs, (rows, columns), width, rectified) in [
            (2, 3, (3, 3), 4, false),
            (1, 8, (3, 3), 50, true),
            (3, 6, (4, 3), 49, true),
            (5, 39, (1, 1), 7, false),
            (4, 4, (1, 5), 131, true),
        ] {
            let spec = LayerSpec { inputs, outputs, rows, columns, pool: (1, 1), rectified };
            let uneven = |i: usize| (i * 7919 % 101) as f32 / 50.0 - 1.0;
            let weights = (0..outputs * spec.taps()).map(uneven).collect();
            let layer = Layer { spec, weights, biases: (0..outputs).map(uneven).collect() };
            let values = (0..inputs * 6 * width).map(|i| (i * 31 % 17) as f32 / 8.0 - 1.0).collect();
            let map = Map { channels: inputs, height: 6, width, values };
            let out = convolve(&layer, &map);
            assert_eq!((out.channels, out.height, out.width), (outputs, 7 - rows, width));
            let mut oldest = Map { values: vec![0.0; out.values.len()], ..out.clone() };
            dispatch!(Level::baseline(), simd => run(simd, &layer, &map, &mut oldest));
            let places = (0..outputs).flat_map(|c| (0..7 - rows).flat_map(move |y| (0..width).map(move |x| (c, y, x))));
            for ((channel, y, x), (is, on_oldest)) in places.zip(out.values.iter().zip(&oldest.values)) {
                let should = sum_at(&layer, &map, (channel, y, x));
                assert!((is - should).abs() < 1e-3, "{spec:?} at {channel} {y} {x}: {is}, not {should}");
                assert!(
                    (is - on_oldest).abs() < 1e-3,
                    "{spec:?} at {channel} {y} {x}: {on_oldest} on the oldest processor"
                );
            }
        }
    }

    #[test]
    fn maps_too_low_give_nothing() {
        let spec = LayerSpec { inputs: 1, outputs: 2, rows: 3, columns: 3, pool: (1, 1), rectified: true };
        let layer = Layer { spec, weights: vec![1.0; 18], biases: vec![0.0; 2] };
        for (height, width) in [(0, 0), (2, 9), (3, 0)] {
            let map = Map { channels: 1, height, width, values: vec![1.0; height * width] };
            assert!(convolve(&layer, &map).values.is_empty(), "{height} x {width}");
        }
    }
}
