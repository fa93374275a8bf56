//! Steps along the gradient, each weight at its own pace (Adam; D. Kingma and J. Ba, 2014).

use cardmint_recognition::strip::Net;

use super::gradient::Gradient;

/// How much of the mean gradient is kept from step to step, and of the mean of its square.
const KEPT: (f32, f32) = (0.9, 0.999);
/// Keeps the step finite where there is no gradient.
const FLOOR: f32 = 1e-8;

/// The means that the steps are made from.
#[derive(Debug)]
pub(super) struct Adam {
    mean: Gradient,
    square: Gradient,
    steps: i32,
}

impl Adam {
    /// Before the first step.
    pub(super) fn new(net: &Net) -> Self {
        Self { mean: Gradient::zero(net), square: Gradient::zero(net), steps: 0 }
    }

    /// Moves the weights by about `rate` against the gradient, which is scaled first.
    pub(super) fn step(&mut self, net: &mut Net, gradient: &Gradient, rate: f32, scale: f32) {
        self.steps += 1;
        let settled = (1.0 - KEPT.0.powi(self.steps), 1.0 - KEPT.1.powi(self.steps));
        let means = self.mean.values_mut().zip(self.square.values_mut());
        let weights = net.layers.iter_mut().flat_map(|layer| layer.weights.iter_mut().chain(&mut layer.biases));
        for ((weight, slope), (mean, square)) in weights.zip(gradient.values()).zip(means) {
            let slope = slope * scale;
            *mean = KEPT.0 * *mean + (1.0 - KEPT.0) * slope;
            *square = KEPT.1 * *square + (1.0 - KEPT.1) * slope * slope;
            *weight -= rate * (*mean / settled.0) / ((*square / settled.1).sqrt() + FLOOR);
        }
    }
}
