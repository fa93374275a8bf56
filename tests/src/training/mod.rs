//! How the reader of collector numbers learns: on lines of print that are drawn here, and on nothing else.
//!
//! Job: the weights of `cardmint-recognition`'s [`strip`](cardmint_recognition::strip). `print` draws a line as cards
//! carry it (numbers, illustrators, copyright lines, boxed letters, symbols) in the fonts of [`fonts`]; `window` puts it
//! over a background with other lines above and below and takes a photo of it; `gradient`, `ctc` and `adam` move the
//! weights.
//!
//! Guarantee: the same seed and number of steps give the same weights on the same machine. Deliberately absent: pictures
//! of real cards. How well real numbers are read is measured with them (`measure_numbers`), never learnt from them.

mod adam;
mod ctc;
pub mod fonts;
mod gradient;
mod layout;
mod print;
mod window;

use std::num::NonZero;
use std::thread;

use cardmint_recognition::strip::Net;
use cardmint_recognition::strip::net::Layer;

use crate::printer::dice::Dice;
use adam::Adam;
use fonts::TrainingFonts;
use gradient::Gradient;

/// Windows that one step learns from.
const BATCH: u64 = 32;
/// Step length at its longest.
const RATE: f32 = 0.002;
/// Share of it that is left at the end.
const LAST_RATE: f32 = 0.02;
/// Steps until it is reached.
const WARM_UP: f32 = 200.0;
/// Longest mean gradient that is followed as it is; longer ones are shortened.
const LONGEST: f32 = 20.0;

/// A training run.
#[derive(Debug)]
pub struct Training {
    net: Net,
    adam: Adam,
    fonts: TrainingFonts,
    seed: u64,
    step: u64,
    steps: u64,
}

impl Training {
    /// Starts from these weights, or from chance.
    #[must_use]
    pub fn new(from: Option<Net>, fonts: TrainingFonts, seed: u64, steps: u64) -> Self {
        let net = from.unwrap_or_else(|| gradient::chance(&mut Dice::new(seed, "weights")));
        Self { adam: Adam::new(&net), net, fonts, seed, step: 0, steps }
    }

    /// The weights so far.
    #[must_use]
    pub const fn net(&self) -> &Net {
        &self.net
    }

    /// Learns from one batch; gives the mean loss for each sign. `None` once all steps are made.
    pub fn step(&mut self) -> Option<f32> {
        if self.step >= self.steps {
            return None;
        }
        let first = self.step * BATCH;
        let workers = thread::available_parallelism().map_or(1, NonZero::get).min(BATCH as usize) as u64;
        let (net, fonts, seed) = (&self.net, &self.fonts, self.seed);
        let parts: Vec<Learnt> = thread::scope(|scope| {
            let part = |worker| (first + worker..first + BATCH).step_by(workers as usize);
            let tasks: Vec<_> =
                (0..workers).map(|worker| scope.spawn(move || learn(net, fonts, seed, part(worker)))).collect();
            // A worker that panicked has nothing to add; the panic itself is on stderr.
            tasks.into_iter().filter_map(|task| task.join().ok()).collect()
        });
        // In the order of the windows, so that the sum does not depend on which worker was faster or how many there are.
        let mut learnt: Vec<(u64, Gradient, f32, usize)> = parts.into_iter().flatten().collect();
        learnt.sort_by_key(|(window, ..)| *window);
        let mut sum = Gradient::zero(&self.net);
        let (mut loss, mut signs) = (0.0, 0);
        for (_, gradient, its_loss, its_signs) in &learnt {
            sum.add(gradient);
            loss += its_loss;
            signs += its_signs;
        }
        let length = sum.length() / BATCH as f32;
        let shortened = if length > LONGEST { LONGEST / length } else { 1.0 };
        let rate = self.rate();
        self.adam.step(&mut self.net, &sum, rate, shortened / BATCH as f32);
        self.step += 1;
        Some(loss / signs.max(1) as f32)
    }

    /// Rises while the means of [`Adam`] settle, then falls along half a cosine.
    fn rate(&self) -> f32 {
        let warm = ((self.step + 1) as f32 / WARM_UP).min(1.0);
        let done = self.step as f32 / self.steps.max(1) as f32;
        let fall = 0.5 * (1.0 + (done * std::f32::consts::PI).cos());
        RATE * warm * (LAST_RATE + (1.0 - LAST_RATE) * fall)
    }
}

/// The mean of two networks' weights: where one was trained on from the other it may read better than both (Wortsman et al. 2022).
#[must_use]
pub fn mean(one: &Net, other: &Net) -> Net {
    let half = |(a, b): (&f32, &f32)| f32::midpoint(*a, *b);
    let of = |a: &[f32], b: &[f32]| a.iter().zip(b).map(half).collect();
    let layer = |(a, b): (&Layer, &Layer)| Layer {
        spec: a.spec,
        weights: of(&a.weights, &b.weights),
        biases: of(&a.biases, &b.biases),
    };
    Net { layers: one.layers.iter().zip(&other.layers).map(layer).collect() }
}

/// For each window: its number, the gradient, the loss, and how many signs it has (one more, for the end).
type Learnt = Vec<(u64, Gradient, f32, usize)>;

fn learn(net: &Net, fonts: &TrainingFonts, seed: u64, windows: impl Iterator<Item = u64>) -> Learnt {
    windows
        .map(|number| {
            let window = window::draw(&mut Dice::new(seed.wrapping_add(number), "window"), fonts);
            let mut gradient = Gradient::zero(net);
            let loss = gradient.of(net, window.picture, |answer| ctc::loss(answer, &window.classes));
            (number, gradient, loss, window.classes.len() + 1)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_lies_half_way() {
        let chance = |seed| gradient::chance(&mut Dice::new(seed, "weights"));
        let (one, other) = (chance(1), chance(2));
        assert_eq!(super::mean(&one, &one), one);
        let weight = |net: &Net| net.layers[3].weights[7];
        assert!((weight(&super::mean(&one, &other)) - (weight(&one) + weight(&other)) / 2.0).abs() < 1e-6);
    }

    #[test]
    fn a_few_steps_teach_something_and_always_the_same() {
        let learn = |steps: usize| {
            let fonts = TrainingFonts::of(&[("fonts-liberation2", "Liberation")]).unwrap();
            let mut training = Training::new(None, fonts, 1, 40);
            std::iter::from_fn(|| training.step()).take(steps).collect::<Vec<f32>>()
        };
        let losses = learn(100);
        let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
        assert_eq!(losses.len(), 40);
        assert!(mean(&losses[30..]) < 0.85 * mean(&losses[..10]), "{losses:?}");
        assert_eq!(learn(4), losses[..4]);
    }
}
