//! Evidence to probabilities.
//!
//! Each signal adds to the logarithm of a candidate's odds, within limits, so that no signal alone can outvote all
//! others; a signal that was silent adds nothing. The candidates and "a card that the catalogue lacks" then share the
//! probability in proportion to their odds. Better evidence for a candidate never lowers its probability.

use cardmint_domain::identification::{NumberEvidence, SymbolEvidence};

use super::Clue;
use crate::params::{AcceptParams, Weights};

/// The probabilities of all candidates, in their order, and of a card that is none of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    /// One for each clue.
    pub of: Vec<f64>,
    /// That the catalogue lacks the card.
    pub not_in_catalogue: f64,
}

/// Shares the probability between the candidates.
#[must_use]
pub fn posterior(clues: &[Clue], weights: &Weights, accept: &AcceptParams) -> Posterior {
    let heard = heard(clues, accept);
    let odds: Vec<f64> = clues.iter().map(|clue| log_odds(clue, heard, weights, accept)).collect();
    let highest = odds.iter().copied().fold(weights.not_in_catalogue, f64::max);
    let share = |odds: f64| (odds - highest).exp();
    let nobody = share(weights.not_in_catalogue);
    let total: f64 = nobody + odds.iter().copied().map(share).sum::<f64>();
    Posterior { of: odds.into_iter().map(|odds| share(odds) / total).collect(), not_in_catalogue: nobody / total }
}

/// How much of a text was read, 0 to 1: to be behind a text of which next to nothing was read says next to nothing.
fn heard(clues: &[Clue], accept: &AcceptParams) -> f64 {
    let ahead = clues.iter().filter(|clue| clue.margin() > 0.0).map(Clue::coverage).fold(0.0, f32::max);
    f64::from((ahead / accept.alignment_coverage).clamp(0.0, 1.0))
}

/// What all signals together say for one candidate.
fn log_odds(clue: &Clue, heard: f64, weights: &Weights, accept: &AcceptParams) -> f64 {
    picture(clue, weights, accept)
        + imprint(clue, weights)
        + text(clue, heard, weights)
        + number(clue, weights, accept)
        + symbol(clue, weights)
}

fn picture(clue: &Clue, weights: &Weights, accept: &AcceptParams) -> f64 {
    let Some(alignment) = clue.fit(accept) else { return 0.0 };
    let (least, most) = weights.alignment_range;
    let fit = ((f64::from(alignment) - weights.alignment_neutral) * weights.alignment).clamp(least, most);
    let foreign = clue.language_gap().is_some_and(|gap| gap < accept.language_gap);
    if foreign { fit + weights.language } else { fit }
}

fn imprint(clue: &Clue, weights: &Weights) -> f64 {
    let beyond = |imprint: f32| (f64::from(imprint) - weights.imprint_neutral).max(0.0);
    clue.imprint().map_or(0.0, beyond) * weights.imprint
}

fn text(clue: &Clue, heard: f64, weights: &Weights) -> f64 {
    let Some(text) = clue.evidence.text else { return 0.0 };
    let (least, most) = weights.margin_range;
    let margin = (f64::from(text.margin) * weights.margin).clamp(least, most);
    (if margin < 0.0 { margin * heard } else { margin }) + f64::from(text.coverage) * weights.coverage
}

/// A number that is just believed says no more than one that is hinted, and next to nothing against others.
fn number(clue: &Clue, weights: &Weights, accept: &AcceptParams) -> f64 {
    let sure = f64::from(clue.number_sureness(accept));
    match clue.evidence.number {
        NumberEvidence::Agrees { .. } => {
            let least = weights.number_hint.min(weights.number_agrees);
            least + (weights.number_agrees - least) * sure
        }
        NumberEvidence::Contradicts { .. } => weights.number_contradicts * sure,
        NumberEvidence::NotRead if clue.number_hinted(accept) => weights.number_hint,
        NumberEvidence::NotRead => 0.0,
    }
}

fn symbol(clue: &Clue, weights: &Weights) -> f64 {
    match clue.evidence.symbol {
        SymbolEvidence::Agrees { .. } => weights.symbol_agrees,
        SymbolEvidence::Contradicts { .. } => weights.symbol_contradicts,
        SymbolEvidence::NotSeen => 0.0,
    }
}
