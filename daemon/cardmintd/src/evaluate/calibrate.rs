//! Fitting the posterior's weights to labelled photos, and saying what that is worth.
//!
//! What a fit is worth is measured on photos that it has not seen: the photos are dealt into [`FOLDS`] groups, and each group
//! is judged by weights fitted to the others. The weights that are given out are fitted to all. Where a threshold is looked for, photos
//! of cards that the catalogue lacks count only as much as there will be of them in use.

use std::fmt;

use cardmint_recognition::Params;
use cardmint_recognition::fuse::calibrate::{Sample, fit, loss, with_share_lacking};
use cardmint_recognition::fuse::posterior::posterior;
use cardmint_recognition::params::Weights;

use super::rates::Rate;
use super::report::Band;
use super::samples::KnownCard;

/// Groups of photos.
const FOLDS: usize = 5;
/// How many samples the weights from before are worth. Own choice.
const STRENGTH: f64 = 10.0;
/// Share of the scanned cards that the catalogue is taken to lack in use, unless somebody knows better. Own choice.
pub const USUAL_LACKING: f64 = 0.05;
/// Shares of wrong answers for which a threshold is looked for: cards of little value, and valuable ones.
const RISKS: [f64; 2] = [0.01, 0.001];

/// The best candidate of one sample.
#[derive(Debug, Clone, Copy)]
struct Answer {
    probability: f64,
    is_right: bool,
    /// Whether the card's printing was among the candidates at all.
    is_known: bool,
}

/// A fit and what it is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// The thresholds from before with the fitted weights.
    pub params: Params,
    /// Samples: two of each card.
    pub samples: usize,
    /// Of these, those whose printing was among the candidates.
    pub known: usize,
    /// Mean negative log probability of the truth with the weights from before.
    pub loss_before: f64,
    /// The same on photos that the weights were not fitted to.
    pub loss_unseen: f64,
    /// How often the best candidate was right by what it claimed, with the weights from before.
    pub bands_before: Vec<Band>,
    /// The same on photos that the weights were not fitted to.
    pub bands_unseen: Vec<Band>,
    /// Lowest posteriors from which no larger share than this would be wrong in use, on photos that the weights were not fitted to.
    pub thresholds: Vec<Threshold>,
}

/// From which posterior on answers may be believed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// Share of wrong answers that is borne.
    pub risk: f64,
    /// The posterior; `None` where even the surest answers are wrong more often.
    pub from: Option<f64>,
    /// Samples with their printing among the candidates that have at least this posterior.
    pub covered: Rate,
}

/// Fits the weights of `before` to cards whose printing is known, each as it is before its text is read and after, for use where
/// the catalogue lacks a share `lacking` of the cards, above 0 and below 1.
#[must_use]
pub fn calibrate(known: &[KnownCard], before: &Params, lacking: f64) -> Calibration {
    let all: Vec<Sample> = samples_of(known.iter());
    let group = |photo: &str| usize::from(blake3::hash(photo.as_bytes()).as_bytes()[0]) % FOLDS;
    let fitted = |to: &[Sample]| fit(to, &before.weights, &before.accept, STRENGTH);
    let (mut unseen, mut in_use, mut loss_unseen) = (Vec::new(), Vec::new(), 0.0);
    for fold in 0..FOLDS {
        let part = |own: bool| -> Vec<Sample> {
            let of_part = known.iter().filter(|card| (group(&card.photo) == fold) == own);
            samples_of(of_part)
        };
        let (held_out, seen) = (part(true), part(false));
        let weights = fitted(&seen);
        loss_unseen += loss(&held_out, &weights, &before.accept) * held_out.len() as f64 / all.len().max(1) as f64;
        unseen.extend(answers(&held_out, &weights, before));
        in_use.extend(answers(&held_out, &for_use(&weights, &seen, lacking), before));
    }
    Calibration {
        params: Params { weights: for_use(&fitted(&all), &all, lacking), ..before.clone() },
        samples: all.len(),
        known: all.iter().filter(|sample| sample.truth.is_some()).count(),
        loss_before: loss(&all, &before.weights, &before.accept),
        loss_unseen,
        bands_before: bands(&answers(&all, &before.weights, before)),
        bands_unseen: bands(&unseen),
        thresholds: RISKS.map(|risk| threshold(&in_use, risk, lacking)).into(),
    }
}

/// The weights for use; as they are where the samples show no card that is lacking, or no other.
fn for_use(fitted: &Weights, samples: &[Sample], lacking: f64) -> Weights {
    let unknown = samples.iter().filter(|sample| sample.truth.is_none()).count();
    if unknown == 0 || unknown == samples.len() {
        return fitted.clone();
    }
    with_share_lacking(fitted, unknown as f64 / samples.len() as f64, lacking)
}

fn samples_of<'a>(known: impl Iterator<Item = &'a KnownCard>) -> Vec<Sample> {
    known.flat_map(|card| [card.sample.before_text(), card.sample.clone()]).collect()
}

fn answers(samples: &[Sample], weights: &Weights, params: &Params) -> Vec<Answer> {
    let best = |sample: &Sample| {
        let posterior = posterior(&sample.clues, weights, &params.accept).of;
        let (at, probability) = posterior.into_iter().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(Answer { probability, is_right: sample.truth == Some(at), is_known: sample.truth.is_some() })
    };
    samples.iter().filter_map(best).collect()
}

fn bands(answers: &[Answer]) -> Vec<Band> {
    Band::of(&answers.iter().map(|answer| (answer.probability, answer.is_right)).collect::<Vec<_>>())
}

/// The lowest posterior from which on, all answers together, the share of wrong ones is borne where the catalogue lacks a share
/// `lacking` of the cards.
fn threshold(answers: &[Answer], risk: f64, lacking: f64) -> Threshold {
    let known = answers.iter().filter(|answer| answer.is_known).count();
    let unknown = answers.len() - known;
    let counts = |answer: &Answer| match (answer.is_known, known, unknown) {
        (_, _, 0) | (_, 0, _) => 1.0,
        (true, known, _) => (1.0 - lacking) / known as f64,
        (false, _, unknown) => lacking / unknown as f64,
    };
    let mut sorted = answers.to_vec();
    sorted.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let (mut wrong, mut all, mut covered, mut best) = (0.0, 0.0, 0_u64, None);
    for (at, answer) in sorted.iter().enumerate() {
        all += counts(answer);
        wrong += if answer.is_right { 0.0 } else { counts(answer) };
        covered += u64::from(answer.is_known);
        let is_last_alike = sorted.get(at + 1).is_none_or(|next| next.probability < answer.probability);
        if is_last_alike && wrong <= risk * all {
            best = Some((answer.probability, covered));
        }
    }
    let covered = Rate::new(best.map_or(0, |(_, covered)| covered), known as u64);
    Threshold { risk, from: best.map(|(probability, _)| probability), covered }
}

impl fmt::Display for Calibration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "samples              {}, with their printing among the candidates {}", self.samples, self.known)?;
        writeln!(f, "loss before          {:.4}", self.loss_before)?;
        writeln!(f, "loss, unseen photos  {:.4}", self.loss_unseen)?;
        for (what, bands) in [("before", &self.bands_before), ("unseen photos", &self.bands_unseen)] {
            writeln!(f, "\nclaimed posterior    right, {what}")?;
            bands.iter().filter(|band| band.right.of > 0).try_for_each(|band| writeln!(f, "{band}"))?;
        }
        writeln!(f)?;
        for Threshold { risk, from, covered } in &self.thresholds {
            let from = from.map_or("no posterior".to_owned(), |from| format!("posterior {from:.4}"));
            writeln!(f, "at most {:.1} % wrong in use  from {from}: {covered} of known ones", risk * 100.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_is_the_lowest_that_bears_the_risk() {
        let answer = |probability, is_right| Answer { probability, is_right, is_known: true };
        let threshold = |answers: &[Answer], risk| threshold(answers, risk, 0.05);
        let mut answers: Vec<Answer> = (0..100).map(|nth| answer(0.9 - f64::from(nth) * 0.001, true)).collect();
        answers.extend([answer(0.5, false), answer(0.4, false)]);
        let found = threshold(&answers, 0.01);
        assert_eq!((found.from, found.covered.count), (Some(0.5), 101));
        assert_eq!(threshold(&answers, 0.001).covered.count, 100);
        assert_eq!(threshold(&[answer(0.9, false)], 0.01).from, None);
        let alike = [answer(0.9, true), answer(0.9, false)];
        assert_eq!(threshold(&alike, 0.01).from, None, "equal answers stand or fall together");
    }

    #[test]
    fn cards_that_are_lacking_count_as_often_as_they_come_in_use() {
        let right = (0..50).map(|_| Answer { probability: 0.9, is_right: true, is_known: true });
        let lacking = (0..50).map(|nth| Answer {
            probability: if nth < 5 { 0.8 } else { 0.1 },
            is_right: false,
            is_known: false,
        });
        let answers: Vec<Answer> = right.chain(lacking).collect();
        // A tenth of the lacking ones are wrong from 0.8 on: 0.5 of 95.5 cards where a twentieth is lacking, 5 of 55 where half are.
        assert_eq!(threshold(&answers, 0.01, 0.05).from, Some(0.8));
        assert_eq!(threshold(&answers, 0.01, 0.5).from, Some(0.9));
        assert_eq!(threshold(&answers, 0.01, 0.05).covered.of, 50);
    }

    #[test]
    fn without_samples_everything_stays() {
        let calibration = calibrate(&[], &Params::default(), USUAL_LACKING);
        assert_eq!(calibration.params, Params::default());
        assert_eq!((calibration.samples, calibration.thresholds[0].from), (0, None));
        assert!(calibration.to_string().contains("samples              0"));
    }
}
