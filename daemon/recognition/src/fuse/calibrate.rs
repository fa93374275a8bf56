//! Fits the weights of the posterior to cards whose printing is known.
//!
//! The posterior is a conditional logit (McFadden 1974). Its weights are fitted by maximum likelihood, held back towards the
//! weights that were there before by a normal prior on the logarithm of each weight's change: a signal that the samples do
//! not show keeps its weight, and no signal changes its sign. The minimum is found by a compass search (Hooke and Jeeves
//! 1961), which needs no derivatives and never goes uphill.

use cardmint_domain::Evidence;
use serde::{Deserialize, Serialize};

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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Everything that it was taken for.
    pub clues: Vec<Clue>,
    /// Which of them it is; `None` where it is none of them.
    pub truth: Option<usize>,
}

impl Sample {
    /// The card before its text was read: what is decided then must be right too. A printing that only the text brought up is
    /// not known yet.
    #[must_use]
    pub fn before_text(&self) -> Self {
        let is_known = |clue: &Clue| clue.evidence.picture.is_some() || clue.number_chance > 0.0;
        let of_old = |(at, clue): (usize, &Clue)| {
            let evidence = Evidence { text: None, ..clue.evidence.clone() };
            is_known(clue).then(|| (at, Clue { evidence, ..clue.clone() }))
        };
        let (places, clues): (Vec<usize>, Vec<Clue>) = self.clues.iter().enumerate().filter_map(of_old).unzip();
        Self { truth: self.truth.and_then(|truth| places.iter().position(|place| *place == truth)), clues }
    }
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

/// The weights for use where another share of the cards is lacking in the catalogue than of those that they were fitted to: fitting
/// takes photos of such cards in plenty, scanning meets few. Only the odds of what is lacking change (King and Zeng 2001,
/// prior correction). Both shares lie between 0 and 1, and not at either.
#[must_use]
pub fn with_share_lacking(fitted: &Weights, was: f64, becomes: f64) -> Weights {
    let odds = |share: f64| (share / (1.0 - share)).ln();
    let shift = odds(becomes) - odds(was);
    let mut weights = fitted.clone();
    weights.not_in_catalogue += shift;
    weights.reprint += shift;
    weights.foreign += shift;
    weights
}

/// How many weights are fitted.
const FREE: usize = 13;

/// The logarithm of what each weight is multiplied by.
type Changes = [f64; FREE];

fn changed(weights: &Weights, changes: &Changes) -> Weights {
    let mut weights = weights.clone();
    let free: [&mut f64; FREE] = [
        &mut weights.alignment,
        &mut weights.words,
        &mut weights.imprint,
        &mut weights.margin,
        &mut weights.coverage,
        &mut weights.number_agrees,
        &mut weights.number_contradicts,
        &mut weights.number_hint,
        &mut weights.symbol_agrees,
        &mut weights.symbol_contradicts,
        &mut weights.not_in_catalogue,
        &mut weights.reprint,
        &mut weights.foreign,
    ];
    free.into_iter().zip(changes).for_each(|(weight, change)| *weight *= change.exp());
    weights
}

#[cfg(test)]
mod tests {
    use cardmint_domain::identification::{NumberEvidence, PictureEvidence, SymbolEvidence, TextEvidence};

    use super::*;

    fn clue(printing: u32, number: NumberEvidence) -> Clue {
        let evidence = Evidence { number, ..Evidence::SILENT };
        Clue {
            printing,
            group: printing,
            evidence,
            number_read: 0.9,
            number_chance: 0.0,
            number_leeway: 0.0,
            sibling_fit: None,
        }
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
    fn where_little_is_lacking_the_odds_of_that_are_lower() {
        let fitted = Weights::default();
        let sample = Sample { clues: vec![clue(0, NumberEvidence::NotRead)], truth: Some(0) };
        let lacking = |weights: &Weights| {
            let posterior = posterior(&sample.clues, weights, &AcceptParams::default());
            posterior.not_in_catalogue / (1.0 - posterior.not_in_catalogue)
        };
        assert_eq!(with_share_lacking(&fitted, 0.4, 0.4), fitted);
        // From odds of 1 to odds of 1/19.
        let ratio = lacking(&fitted) / lacking(&with_share_lacking(&fitted, 0.5, 0.05));
        assert!((ratio - 19.0).abs() < 1e-6, "{ratio}");
    }

    #[test]
    fn before_its_text_a_card_is_what_picture_and_number_brought_up() {
        let text = Some(TextEvidence { score: 90.0, margin: 9.0, coverage: 0.5, words: 4 });
        let picture = PictureEvidence {
            similarity: 0.9,
            alignment: None,
            artwork: None,
            text_box: None,
            title: None,
            weakest: None,
            imprint: None,
        };
        let with = |printing, picture, number_chance| {
            let evidence = Evidence { picture, text, ..Evidence::SILENT };
            Clue { evidence, number_chance, ..clue(printing, NumberEvidence::NotRead) }
        };
        let clues = vec![with(0, None, 0.0), with(1, Some(picture), 0.0), with(2, None, 0.3)];
        let before = Sample { clues: clues.clone(), truth: Some(2) }.before_text();
        assert_eq!(before.clues.iter().map(|clue| clue.printing).collect::<Vec<_>>(), [1, 2]);
        assert!(before.clues.iter().all(|clue| clue.evidence.text.is_none()));
        assert_eq!(before.truth, Some(1));
        assert_eq!(Sample { clues, truth: Some(0) }.before_text().truth, None, "only the text brought it up");
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
