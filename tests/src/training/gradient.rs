//! How the loss changes with each weight: the network run backwards.

use cardmint_recognition::strip::Net;
use cardmint_recognition::strip::net::{LAYERS, LEAK, Layer, LayerSpec, Map};
use ndarray::{ArrayView2, ArrayViewMut2, linalg::general_mat_mul};

use super::layout::{pool, unfold};
use crate::printer::dice::Dice;

/// One number for each weight and bias.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gradient {
    layers: Vec<(Vec<f32>, Vec<f32>)>,
}

/// What a layer did, as far as it is needed to run it backwards.
struct Trace {
    input: Map,
    columns: Vec<f32>,
    /// After rectifying, before pooling.
    output: Map,
    /// Where each pooled value stood.
    places: Option<Vec<u32>>,
}

/// A network with random weights, of a size that keeps the spread of values from layer to layer (K. He et al., 2015).
pub(super) fn chance(dice: &mut Dice) -> Net {
    let layers = LAYERS.map(|spec| {
        let spread = (6.0 / spec.taps() as f32).sqrt();
        let weights = (0..spec.outputs * spec.taps()).map(|_| dice.between(-spread, spread)).collect();
        Layer { spec, weights, biases: vec![0.0; spec.outputs] }
    });
    Net { layers: layers.into() }
}

impl Gradient {
    /// No slope anywhere.
    pub(super) fn zero(net: &Net) -> Self {
        let zero = |layer: &Layer| (vec![0.0; layer.weights.len()], vec![0.0; layer.biases.len()]);
        Self { layers: net.layers.iter().map(zero).collect() }
    }

    /// In the order of the network's weights and biases.
    pub(super) fn values(&self) -> impl Iterator<Item = &f32> {
        self.layers.iter().flat_map(|(weights, biases)| weights.iter().chain(biases))
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut f32> {
        self.layers.iter_mut().flat_map(|(weights, biases)| weights.iter_mut().chain(biases))
    }

    /// Adds another one of the same network.
    pub(super) fn add(&mut self, other: &Self) {
        self.values_mut().zip(other.values()).for_each(|(mine, other)| *mine += other);
    }

    /// Euclidean.
    pub(super) fn length(&self) -> f32 {
        self.values().map(|value| value * value).sum::<f32>().sqrt()
    }

    /// Adds the gradient of one picture's loss, and gives the loss. `loss` gives it for an answer, with its gradient.
    pub(super) fn of(&mut self, net: &Net, picture: Map, loss: impl FnOnce(&Map) -> (f32, Map)) -> f32 {
        let mut traces = Vec::with_capacity(net.layers.len());
        let mut map = picture;
        for layer in &net.layers {
            let columns = unfold(&map, &layer.spec);
            let output = layer.activate(&map);
            let (next, places) = if layer.spec.pool == (1, 1) {
                (output.clone(), None)
            } else {
                let (pooled, places) = pool(&output, layer.spec.pool);
                (pooled, Some(places))
            };
            traces.push(Trace { input: std::mem::replace(&mut map, next), columns, output, places });
        }
        let (value, mut slope) = loss(&map);
        for ((layer, trace), (weights, biases)) in net.layers.iter().zip(&traces).zip(&mut self.layers).rev() {
            let output = before_pooling(slope, trace, layer.spec.rectified);
            let area = output.area();
            let taps = layer.spec.taps();
            // Each weight: what it was multiplied with, by the slope of what came of it.
            multiply((&output.values, (output.channels, area)), (&trace.columns, (taps, area)), weights);
            for (bias, plane) in biases.iter_mut().zip(output.values.chunks_exact(area.max(1))) {
                *bias += plane.iter().sum::<f32>();
            }
            let mut columns = vec![0.0; taps * area];
            multiply_transposed((&layer.weights, (layer.spec.outputs, taps)), (&output.values, area), &mut columns);
            slope = fold(&columns, &trace.input, &layer.spec, (output.height, output.width));
        }
        value
    }
}

/// The slope of a layer's values before pooling and rectifying.
fn before_pooling(slope: Map, trace: &Trace, rectified: bool) -> Map {
    let mut values = match &trace.places {
        None => slope.values,
        Some(places) => {
            let mut spread = vec![0.0; trace.output.values.len()];
            places.iter().zip(&slope.values).for_each(|(place, value)| spread[*place as usize] += value);
            spread
        }
    };
    if rectified {
        let held_back = values.iter_mut().zip(&trace.output.values).filter(|(_, output)| **output <= 0.0);
        held_back.for_each(|(value, _)| *value *= LEAK);
    }
    Map { values, ..trace.output }
}

/// `into += a * b^T` for row-major `a` and `b`.
fn multiply(a: (&[f32], (usize, usize)), b: (&[f32], (usize, usize)), into: &mut [f32]) {
    let shape = (a.1.0, b.1.0);
    let views =
        (ArrayView2::from_shape(a.1, a.0), ArrayView2::from_shape(b.1, b.0), ArrayViewMut2::from_shape(shape, into));
    if let (Ok(a), Ok(b), Ok(mut into)) = views {
        general_mat_mul(1.0, &a, &b.t(), 1.0, &mut into);
    }
}

/// `into += a^T * b` for row-major `a` and `b`, which has as many rows.
fn multiply_transposed(a: (&[f32], (usize, usize)), b: (&[f32], usize), into: &mut [f32]) {
    let ((rows, columns), width) = (a.1, b.1);
    let views = (
        ArrayView2::from_shape((rows, columns), a.0),
        ArrayView2::from_shape((rows, width), b.0),
        ArrayViewMut2::from_shape((columns, width), into),
    );
    if let (Ok(a), Ok(b), Ok(mut into)) = views {
        general_mat_mul(1.0, &a.t(), &b, 1.0, &mut into);
    }
}

/// The opposite of [`unfold`]: adds what every tap says up at the place that it looked at.
fn fold(columns: &[f32], input: &Map, spec: &LayerSpec, (height, width): (usize, usize)) -> Map {
    let reach = spec.columns / 2;
    let mut values = vec![0.0; input.values.len()];
    let mut rows = columns.chunks_exact(width.max(1));
    for channel in 0..spec.inputs {
        for dy in 0..spec.rows {
            for dx in 0..spec.columns {
                for (y, source) in rows.by_ref().take(height).enumerate() {
                    let target = &mut values[(channel * input.height + y + dy) * input.width..][..input.width];
                    let add = |(target, source): (&mut f32, &f32)| *target += source;
                    if let Some(right) = dx.checked_sub(reach) {
                        let kept = width.saturating_sub(right);
                        target[width - kept..].iter_mut().zip(&source[..kept]).for_each(add);
                    } else {
                        let kept = width.saturating_sub(reach - dx);
                        target[..kept].iter_mut().zip(&source[width - kept..]).for_each(add);
                    }
                }
            }
        }
    }
    Map { values, ..*input }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::ctc;

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let net = chance(&mut Dice::new(5, "weights"));
        let values = (0..36 * 24).map(|i| (i * 31 % 17) as f32 / 8.0 - 1.0).collect();
        let picture = Map { channels: 1, height: 36, width: 24, values };
        let loss = |net: &Net| ctc::loss(&net.run(picture.clone()), &[3, 3, 11, 7]).0;
        let mut gradient = Gradient::zero(&net);
        let value = gradient.of(&net, picture.clone(), |answer| ctc::loss(answer, &[3, 3, 11, 7]));
        assert!((value - loss(&net)).abs() < 1e-4, "run forwards both give the same");
        let step = 1e-3;
        for (layer, (weights, biases)) in gradient.layers.iter().enumerate() {
            for at in [0, weights.len() / 3, weights.len() - 1] {
                let moved = |by: f32| {
                    let mut net = net.clone();
                    net.layers[layer].weights[at] += by;
                    loss(&net)
                };
                let slope = (moved(step) - moved(-step)) / (2.0 * step);
                assert!(
                    (slope - weights[at]).abs() < 0.05 + 0.05 * slope.abs(),
                    "layer {layer}, weight {at}: {slope} and {}",
                    weights[at]
                );
            }
            let moved = |by: f32| {
                let mut net = net.clone();
                net.layers[layer].biases[0] += by;
                loss(&net)
            };
            let slope = (moved(step) - moved(-step)) / (2.0 * step);
            assert!(
                (slope - biases[0]).abs() < 0.05 + 0.05 * slope.abs(),
                "layer {layer}, bias: {slope} and {}",
                biases[0]
            );
        }
    }
}
