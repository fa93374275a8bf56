//! Accept or review.
//!
//! A card is accepted over one of two routes.
//!
//! **By picture**: the photo fits the best candidate's reference, and either the text speaks for the same printing or the fit is
//! so good, title and every part of the text box included, that no other artwork or language reaches it; where the photo is
//! large enough for its number, that must have been read at least once, or the set symbol or the reference's imprint seen;
//! and the imprint must not be another one, unless the number and words of its language were read.
//!
//! **By text**: the text covers enough of the printing's own text, or words that only its language has were read; the
//! number, or the imprint of its reference, confirms the printing; and the text is far ahead of everything that reads
//! differently, or less far where the picture is not against it or the number is read for sure.
//!
//! On both routes a contradiction, a foreign text box or a twin that nothing rules out sends it to review.

use cardmint_domain::identification::{NumberEvidence, PictureEvidence, SymbolEvidence};

use super::Clue;
use crate::params::AcceptParams;

/// What the rule looks at.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The best candidate, by posterior.
    pub best: &'a Clue,
    /// Every candidate, the best one included.
    pub clues: &'a [Clue],
    /// Printings that may be taken for the best one, after ruling out what can be ruled out.
    pub twins: &'a [u32],
    /// Posterior of the best candidate.
    pub posterior: f64,
    /// Its distance to the runner-up.
    pub gap: f64,
    /// Width of the card in the photo.
    pub source_width_px: f32,
}

/// Why a card is not accepted, printings named by their position in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// Two signals contradict each other.
    Contradiction(String),
    /// The text box looks like another language's.
    Language,
    /// Printings that nothing rules out.
    Twins(Vec<u32>),
    /// Neither route is open, or the posterior is too low.
    LowConfidence,
    /// The runner-up is too close.
    SmallGap,
    /// There is too little detail in the photo.
    TooSmall,
}

/// How the card may be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// The photo fits the reference.
    Picture,
    /// The text and the number fit.
    Text,
}

/// Everything that speaks against accepting the best candidate; nothing means accept.
#[must_use]
pub fn objections(case: &Case<'_>, params: &AcceptParams) -> Vec<Objection> {
    let mut found: Vec<Objection> = contradictions(case, params).into_iter().map(Objection::Contradiction).collect();
    if is_foreign(case.best, params) {
        found.push(Objection::Language);
    }
    if !case.twins.is_empty() {
        found.push(Objection::Twins(case.twins.to_vec()));
    }
    if route(case, params).is_none() || case.posterior < params.posterior {
        found.push(Objection::LowConfidence);
    }
    if case.gap < params.gap * case.posterior && case.twins.is_empty() {
        found.push(Objection::SmallGap);
    }
    if !found.is_empty() && case.source_width_px < params.readable_width_px {
        found.push(Objection::TooSmall);
    }
    found
}

/// The first route that is open to the best candidate.
#[must_use]
pub fn route(case: &Case<'_>, params: &AcceptParams) -> Option<Route> {
    if by_picture(case, params) {
        Some(Route::Picture)
    } else if by_text(case, params) {
        Some(Route::Text)
    } else {
        None
    }
}

fn by_picture(case: &Case<'_>, params: &AcceptParams) -> bool {
    let best = case.best;
    let Some((fit, gap)) = best.fit(params).zip(best.language_gap()) else { return false };
    let with_text = fit >= params.alignment
        && text_margin(case) >= params.alignment_margin
        && best.coverage() >= params.alignment_coverage;
    gap >= params.language_gap && (with_text || fits_alone(case, params)) && is_no_other_print(case, params)
}

/// Whether the picture fits so well that nothing else need speak for it, and the text does not speak for another card.
/// Where the text is large enough to be read and was not, it may be another language's.
fn fits_alone(case: &Case<'_>, params: &AcceptParams) -> bool {
    let is_unread = case.source_width_px >= params.readable_width_px && case.best.words() < params.telling_words;
    let weakest = if is_unread { params.unread_weakest } else { params.alone_weakest };
    case.best.fit(params).is_some_and(|fit| fit >= params.alone_alignment)
        && part(case.best, |picture| picture.text_box) >= params.alone_text_box
        && part(case.best, |picture| picture.title) >= params.alone_title
        && part(case.best, |picture| picture.weakest) >= weakest
        && case.best.language_gap().is_some_and(|gap| gap >= params.alone_language_gap)
        && !is_read_as_another(case, params)
}

/// Whether a reprint that the catalogue lacks can be excluded: it differs in its imprint and symbol alone, so the number,
/// the symbol or the reference's imprint must have been seen, unless the photo is too small for that; where words were read,
/// it is not. The imprint may not be another one, unless number and words say so: other languages share the number.
fn is_no_other_print(case: &Case<'_>, params: &AcceptParams) -> bool {
    let best = case.best;
    if best.imprint_agrees(params) {
        return true;
    }
    let is_read = best.words() >= params.telling_words;
    let is_another = best.imprint().is_some_and(|imprint| imprint < params.imprint_absent);
    if best.number_agrees() {
        return is_read || !is_another;
    }
    let is_marked = best.number_hinted(params) || best.symbol_agrees();
    let is_small = case.source_width_px < params.number_width_px && !is_read;
    (is_marked || is_small) && !is_another
}

/// How well a part of the picture fits; below everything where that is not known.
fn part(clue: &Clue, of: fn(&PictureEvidence) -> Option<f32>) -> f32 {
    clue.evidence.picture.as_ref().and_then(of).unwrap_or(-1.0)
}

fn by_text(case: &Case<'_>, params: &AcceptParams) -> bool {
    let best = case.best;
    let is_backed = best.fit(params).is_some_and(|fit| fit >= params.misfit);
    // That the text which reads best and a number read for sure meet in one printing is no chance.
    let needed = if best.number_probability() >= params.text_number {
        0.0
    } else if is_backed {
        params.alignment_margin
    } else {
        params.text_margin
    };
    let is_its_language = best.words() >= params.telling_words && best.coverage() >= params.telling_coverage;
    let is_hinted = best.number_hinted(params) && (best.coverage() >= params.hint_coverage || is_its_language);
    let is_confirmed = best.number_agrees() || best.imprint_agrees(params) || is_hinted;
    text_margin(case) >= needed && is_confirmed && (best.coverage() >= params.text_coverage || is_its_language)
}

/// Whether the text says as much for the best candidate as the rule ever asks of a text.
#[must_use]
pub fn is_text_settled(case: &Case<'_>, params: &AcceptParams) -> bool {
    text_margin(case) >= params.text_margin
        && case.best.coverage() >= params.hint_coverage.max(params.text_coverage)
        && case.best.words() >= params.telling_words
}

/// How far what the best candidate reads is ahead of everything that reads differently.
fn text_margin(case: &Case<'_>) -> f32 {
    let same_text = case.clues.iter().filter(|clue| clue.group == case.best.group);
    same_text.map(Clue::margin).fold(case.best.margin(), f32::max)
}

/// Whether the text speaks for a card that reads differently, and was read well enough for that to mean something.
fn is_read_as_another(case: &Case<'_>, params: &AcceptParams) -> bool {
    let ahead = case.clues.iter().filter(|clue| clue.group != case.best.group && clue.margin() > 0.0);
    let is_heard = ahead.map(Clue::coverage).fold(0.0, f32::max) >= params.text_coverage;
    is_heard && text_margin(case) <= -params.alignment_margin
}

/// Whether the artwork is there but the text below it is not the reference's.
fn is_foreign(best: &Clue, params: &AcceptParams) -> bool {
    let has_artwork = best.alignment().is_some_and(|alignment| alignment >= params.alignment);
    has_artwork && best.language_gap().is_some_and(|gap| gap < params.language_gap)
}

/// Signals that are sure of different printings, in words.
fn contradictions(case: &Case<'_>, params: &AcceptParams) -> Vec<String> {
    let mut found = Vec::new();
    if let NumberEvidence::Contradicts { read } = &case.best.evidence.number {
        found.push(format!("the number read is {read}, which is not this printing's"));
    }
    if matches!(case.best.evidence.symbol, SymbolEvidence::Contradicts { .. }) {
        found.push("the place of the set symbol shows another one or none".to_owned());
    }
    let others = || case.clues.iter().filter(|clue| clue.group != case.best.group);
    if others().any(|clue| clue.margin() >= params.text_margin) {
        found.push("the text is another card's".to_owned());
    }
    // Without a reference of its own there is nothing to compare with, only what no other artwork reaches.
    let fits = case.best.fit(params).map_or(params.alone_alignment, |own| own.max(params.alignment));
    if others().any(|clue| clue.fit(params).is_some_and(|other| other > fits)) {
        found.push("the picture fits another card better".to_owned());
    }
    // The reference is there, the photo was laid over it, and it is not this picture; unless the number says that it must be.
    let is_misfit = case.best.alignment().is_some_and(|alignment| alignment < params.misfit);
    if is_misfit && case.best.number_probability() < params.text_number && by_text(case, params) {
        found.push("the text fits, but the picture is not the reference's".to_owned());
    }
    found
}

#[cfg(test)]
#[path = "rule_tests.rs"]
mod tests;
