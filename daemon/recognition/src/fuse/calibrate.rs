//! Fits the weights of the posterior to cards whose printing is known.
//!
//! The posterior is a conditional logit (McFadden 1974). Its weights are fitted by maximum likelihood, held back towards the
//! weights that were there before by a normal prior on the logarithm of each weight's change: a signal that the samples do
//! not show keeps its weight, and no signal changes its sign. The minimum is found by a compass search (Hooke and Jeeves
//! 1961), which needs no derivatives and never goes uphill.

use super::Clue;
use super::posterior::posterior;
use crate::params::{AcceptParams, Weights};

/// The first step of the search, as a logarithm of a weight's change, and the last one.
const STEPS: (f64, f64) = (0.5, 0.005);
/// Most rounds, should the search crawl.
const ROUNDS: usize = 400;
/// Probabilities below this count as this: one sample cannot outweigh all others.
const LEAST: f64 = 1e-6;

/// One card whose printing is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Everything that it was taken for.
    pub clues: Vec<Clue>,
    /// Which of them it is; `None` where it is none of them.
    pub truth: Option<usize>,
}

/// The mean negative logarithm of the probability that the truth was given; 0 without samples.
#[must_use]
pub fn loss(samples: &[Sample], weights: &Weights, accept: &AcceptParams) -> f64 {
    let of = |sample: &Sample| {
        let posterior = posterior(&sample.clues, weights, accept);
        let given = sample.truth.and_then(|at| posterior.of.get(at)).unwrap_or(&posterior.not_in_catalogue);
        -given.max(LEAST).ln()
    };
    samples.iter().map(of).sum::<f64>() / samples.len().max(1) as f64
}

/// The weights under which the truth is the most probable. `strength` says how many samples the weights `before` are
/// worth: the larger, the less they change.
#[must_use]
pub fn fit(samples: &[Sample], before: &Weights, accept: &AcceptParams, strength: f64) -> Weights {
    let held_back = strength / (2.0 * samples.len().max(1) as f64);
    let cost = |changes: &Changes| {
        loss(samples, &changed(before, changes), accept) + held_back * changes.iter().map(|c| c * c).sum::<f64>()
    };
    let mut changes = Changes::default();
    let mut lowest = cost(&changes);
    let mut step = STEPS.0;
    for _ in 0..ROUNDS {
        let at_first = lowest;
        for at in 0..changes.len() {
            for towards in [step, -step] {
                let mut tried = changes;
                tried[at] += towards;
                let found = cost(&tried);
                if found < lowest {
                    (changes, lowest) = (tried, found);
                    break;
                }
            }
        }
        if lowest < at_first {
            continue;
        }
        step /= 2.0;
        if step < STEPS.1 {
            break;
        }
    }
    changed(before, &changes)
}

/// The logarithm of what each weight is multiplied by.
type Changes = [f64; 11];

fn changed(weights: &Weights, changes: &Changes) -> Weights {
    let mut weights = weights.clone();
    let free: [&mut f64; 11] = [
        &mut weights.alignment,
        &mut weights.language,
        &mut weights.imprint,
        &mut weights.margin,
        &mut weights.coverage,
        &mut weights.number_agrees,
        &mut weights.number_contradicts,
        &mut weights.number_hint,
        &mut weights.symbol_agrees,
        &mut weights.symbol_contradicts,
        &mut weights.not_in_catalogue,
    ];
    free.into_iter().zip(changes).for_each(|(weight, change)| *weight *= change.exp());
    weights
}

#[cfg(test)]
mod tests {
    use cardmint_domain::Evidence;
    use cardmint_domain::identification::{NumberEvidence, SymbolEvidence};

    use super::*;

    fn clue(printing: u32, number: NumberEvidence) -> Clue {
        let evidence = Evidence { number, ..Evidence::SILENT };
        Clue { printing, group: printing, evidence, number_read: 0.9, number_chance: 0.0, number_leeway: 0.0 }
    }

    fn agrees() -> NumberEvidence {
        NumberEvidence::Agrees { read: "4/102".to_owned(), probability: 0.9 }
    }

    /// Cards on which a number agreed with one candidate and said nothing of the other; on `right` of ten it was right.
    fn samples(right: usize) -> Vec<Sample> {
        let sample = |nth: usize| Sample {
            clues: vec![clue(0, agrees()), clue(1, NumberEvidence::NotRead)],
            truth: if nth % 10 < right { Some(0) } else { Some(1) },
        };
        (0..200).map(sample).collect()
    }

    #[test]
    fn the_probabilities_become_what_the_samples_say() {
        let accept = AcceptParams::default();
        let fitted = |right| {
            let samples = samples(right);
            let fitted = fit(&samples, &Weights::default(), &accept, 1.0);
            assert!(loss(&samples, &fitted, &accept) <= loss(&samples, &Weights::default(), &accept));
            posterior(&samples[0].clues, &fitted, &accept).of[0]
        };
        let (often, seldom) = (fitted(9), fitted(6));
        assert!((often - 0.9).abs() < 0.05 && (seldom - 0.6).abs() < 0.08, "{often} {seldom}");
    }

    #[test]
    fn a_signal_that_no_sample_shows_keeps_its_weight() {
        let before = Weights::default();
        let after = fit(&samples(9), &before, &AcceptParams::default(), 1.0);
        assert!((after.symbol_agrees - before.symbol_agrees).abs() < 1e-9);
        assert!((after.alignment - before.alignment).abs() < 1e-9);
        assert!((after.number_agrees - before.number_agrees).abs() > 0.01);
    }

    #[test]
    fn the_stronger_the_prior_the_less_changes() {
        let moved = |strength| {
            let after = fit(&samples(6), &Weights::default(), &AcceptParams::default(), strength);
            (after.number_agrees - Weights::default().number_agrees).abs()
        };
        assert!(moved(1e6) < moved(200.0) && moved(200.0) < moved(1.0));
        assert_eq!(fit(&[], &Weights::default(), &AcceptParams::default(), 1.0), Weights::default());
    }

    #[test]
    fn a_card_that_is_none_of_the_candidates_counts_for_the_catalogue_lacking_it() {
        let contradicts = || NumberEvidence::Contradicts { read: "9/99".to_owned() };
        let mut silent = clue(0, contradicts());
        silent.evidence.symbol = SymbolEvidence::NotSeen;
        let stranger = Sample { clues: vec![silent], truth: None };
        let usual = loss(std::slice::from_ref(&stranger), &Weights::default(), &AcceptParams::default());
        let known = Sample { truth: Some(0), ..stranger };
        assert!(usual < 0.01 && loss(&[known], &Weights::default(), &AcceptParams::default()) > 5.0);
    }
}
