//! What an evaluation found. Its JSON form is a contract: names are added, never changed.

use std::collections::BTreeMap;

use cardmint_domain::Evidence;
use cardmint_domain::identification::DecisionVersions;
use serde::{Deserialize, Serialize};

use super::rates::Rate;

/// Counts over some rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Rows.
    pub n: u64,
    /// Rows that name a card.
    pub positives: u64,
    /// Rows of what must not be accepted.
    pub negatives: u64,
    /// Positives whose best candidate is the labelled printing.
    pub top1_printing: u64,
    /// Positives whose best candidate has the labelled card's name and text.
    pub top1_card: u64,
    /// Positives with the labelled printing among the five candidates.
    pub top5_printing: u64,
    /// Rows that were accepted.
    pub accepted: u64,
    /// Positives that were accepted as something else.
    pub accepted_wrong: u64,
    /// Negatives that were accepted.
    pub negatives_accepted: u64,
}

/// The whole result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Counts over all rows.
    #[serde(flatten)]
    pub all: Tally,
    /// Rows in whose box no card was found.
    pub no_card_found: u64,
    /// Rows whose photo could not be read.
    pub unreadable: u64,
    /// How well the cards were found; absent where they were cut out by their labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// Share of the accepted answers that are right.
    pub precision_accepted: Rate,
    /// Share of the positives that were accepted.
    pub coverage: Rate,
    /// Share of the positives whose best candidate is the labelled printing.
    pub top1_printing_rate: Rate,
    /// Counts by tag. `reference` and `width` are added to those of the labels: whether the labelled printing has a
    /// reference picture, and how many pixels wide the card is in the photo.
    pub by_tag: BTreeMap<String, Tally>,
    /// How often the best candidate was right, by what it claimed.
    pub calibration: Vec<Band>,
    /// What would be answered, and how much of it wrongly, if all from a posterior on were.
    pub risk_coverage: Vec<RiskPoint>,
    /// Every answer that is not the label.
    pub confusions: Vec<Confusion>,
    /// Every right answer that was left to a person, with the reason.
    pub right_but_reviewed: Vec<Confusion>,
    /// Rows that were accepted without reading their text.
    pub accepted_without_text: u64,
    /// Time for one card, from the cut-out picture to the answer.
    pub latency_ms: Latency,
    /// The same by step: finding the card (`decode`, `locate`, `rectify`), looking at it (`look`), reading its text where
    /// that was needed (`text`), and naming it (`match`).
    pub stages_ms: BTreeMap<String, Latency>,
    /// Cards in a second of wall time, all readers together.
    pub cards_per_second: f64,
    /// How many readers ran at once.
    pub workers: u64,
    /// What the answers were made with.
    pub versions: DecisionVersions,
}

/// How well cards were found in whole photos. Overlaps are intersections over unions of outlines, or of boxes where the
/// labels know no more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Of the labels that say where a card lies, those with a card there, to an overlap of at least 0.5.
    pub found_50: Rate,
    /// The same, at least 0.8.
    pub found_80: Rate,
    /// The same, at least 0.9.
    pub found_90: Rate,
    /// Of all cards found, those where no label says that there is one.
    pub surplus: Rate,
    /// Of these, the ones that were accepted: cards without a label, or something that is none.
    pub surplus_accepted: u64,
}

/// A band of posteriors.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// From this posterior.
    pub from: f64,
    /// To below this one; the last band includes 1.
    pub to: f64,
    /// The mean posterior of its answers.
    pub claimed: f64,
    /// How many of them were right.
    pub right: Rate,
}

/// Where the bands of posteriors begin.
const BANDS: [f64; 7] = [0.0, 0.5, 0.7, 0.85, 0.95, 0.99, 0.999];

impl Band {
    /// All bands of answers, each a posterior and whether it is right.
    pub(super) fn of(answers: &[(f64, bool)]) -> Vec<Self> {
        let band = |(at, &from): (usize, &f64)| {
            let to = BANDS.get(at + 1).copied().unwrap_or(1.0);
            let is_last = at + 1 == BANDS.len();
            let inside: Vec<_> = answers.iter().filter(|(p, _)| *p >= from && (is_last || *p < to)).collect();
            let right = inside.iter().filter(|(_, is_right)| *is_right).count();
            let claimed = inside.iter().map(|(p, _)| p).sum::<f64>() / inside.len().max(1) as f64;
            Self { from, to, claimed, right: Rate::new(right as u64, inside.len() as u64) }
        };
        BANDS.iter().enumerate().map(band).collect()
    }
}

/// A point of the risk-coverage curve: every best candidate from a posterior on taken for the answer, whatever the rule
/// says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RiskPoint {
    /// From this posterior.
    pub from: f64,
    /// Share of all rows that would be answered.
    pub coverage: Rate,
    /// Share of these answers that would be wrong.
    pub risk: Rate,
}

/// An answer that is not the label, or was not accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// File name of the photo.
    pub image: String,
    /// The box, as `x0 y0 x1 y1`; empty for the whole photo.
    pub bbox: String,
    /// The labelled printing; empty for what must not be accepted.
    pub truth: String,
    /// The best candidate; empty where there is none.
    pub answer: String,
    /// Its posterior.
    pub posterior: f64,
    /// Whether it was accepted.
    pub accepted: bool,
    /// Why it was not accepted, or what happened, in words.
    pub reason: String,
    /// What spoke for the best candidate; absent where there is none.
    pub evidence: Option<Evidence>,
}

/// Times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Latency {
    /// Half of the cards were done within this time.
    pub p50: f64,
    /// 95 % of them.
    pub p95: f64,
    /// 99 % of them.
    pub p99: f64,
    /// The slowest one.
    pub max: f64,
}

impl Latency {
    /// Of the given times.
    #[must_use]
    pub fn of(mut times_ms: Vec<f64>) -> Self {
        times_ms.sort_by(f64::total_cmp);
        let Some(last) = times_ms.len().checked_sub(1) else { return Self::default() };
        let at = |share: f64| times_ms[((times_ms.len() as f64 * share).ceil() as usize).saturating_sub(1).min(last)];
        Self { p50: at(0.50), p95: at(0.95), p99: at(0.99), max: times_ms[last] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_occurred() {
        let latency = Latency::of((1..=100).rev().map(f64::from).collect());
        assert_eq!(latency, Latency { p50: 50.0, p95: 95.0, p99: 99.0, max: 100.0 });
        assert_eq!(Latency::of(vec![7.0]), Latency { p50: 7.0, p95: 7.0, p99: 7.0, max: 7.0 });
        assert_eq!(Latency::of(Vec::new()), Latency::default());
    }
}
