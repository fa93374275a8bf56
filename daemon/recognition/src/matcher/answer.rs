//! From gathered clues to the identification.

use cardmint_domain::identification::{Feature, Mark};
use cardmint_domain::{Candidate, CardReading, Identification, PrintingId, Recommendation, ReviewReason, ScanId};

use super::Matcher;
use super::gather::Gathered;
use crate::fuse::rule::{Case, Objection, is_text_settled, objections};
use crate::fuse::sentence::sentence;
use crate::fuse::twins::unresolved;
use crate::{align, strip, symbol};

/// Candidates that an identification names.
const NAMED: usize = 5;

pub(super) fn answer(matcher: &Matcher, scan: ScanId, card: &CardReading, gathered: &Gathered) -> Identification {
    let recommendation = match gathered.order.first() {
        None if gathered.is_back => Recommendation::Review { reasons: vec![ReviewReason::CardBack] },
        None => Recommendation::Review { reasons: vec![ReviewReason::NoCandidate] },
        Some(&best) => {
            let twins = twins(matcher, gathered, best);
            recommendation(matcher, gathered, &case(gathered, best, &twins, card.source_width_px))
        }
    };
    let candidates: Vec<Candidate> =
        gathered.order.iter().take(NAMED).map(|&at| candidate(matcher, gathered, at)).collect();
    let best = gathered.order.first().map(|&at| &gathered.clues[at]);
    let sentence = sentence(best.map(|clue| (matcher.rows.title(clue.printing), &clue.evidence)), &recommendation);
    Identification {
        scan,
        candidates,
        gap: gathered.gap(),
        not_in_catalogue: gathered.posterior.not_in_catalogue,
        recommendation,
        sentence,
        versions: matcher.versions(),
    }
}

/// How a card stands by what was read on it so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It would be accepted, or it is the back of a card.
    Sure,
    /// More text may change what is recommended: something of the catalogue is likely enough, and nothing contradicts it.
    Open,
    /// Nothing is likely enough, another language or a contradiction stands against what is, or the last pass read hardly
    /// anything new.
    Closed,
    /// It would not be accepted, but not for want of text: all that can be asked of it was read.
    Settled,
}

pub(super) fn standing(matcher: &Matcher, gathered: &Gathered, source_width_px: f32) -> Standing {
    let Some(&best) = gathered.order.first() else {
        return if gathered.is_back { Standing::Sure } else { Standing::Closed };
    };
    let is_final =
        |reason: &ReviewReason| matches!(reason, ReviewReason::Contradiction { .. } | ReviewReason::Language);
    let params = &matcher.params.accept;
    let twins = twins(matcher, gathered, best);
    let case = case(gathered, best, &twins, source_width_px);
    let is_settled = is_text_settled(&case, params) && gathered.probability_of_text() >= params.posterior;
    match recommendation(matcher, gathered, &case) {
        Recommendation::Accept => Standing::Sure,
        Recommendation::Review { .. } if is_settled => Standing::Settled,
        Recommendation::Review { reasons } if reasons.iter().any(is_final) => Standing::Closed,
        Recommendation::Review { .. } if gathered.probability() < params.within_reach => Standing::Closed,
        Recommendation::Review { .. } => Standing::Open,
    }
}

fn candidate(matcher: &Matcher, gathered: &Gathered, at: usize) -> Candidate {
    let clue = &gathered.clues[at];
    Candidate {
        printing: matcher.rows.id(clue.printing).clone(),
        posterior: gathered.posterior.of[at],
        evidence: clue.evidence.clone(),
    }
}

/// The printings that nothing tells from the best candidate.
fn twins(matcher: &Matcher, gathered: &Gathered, best: usize) -> Vec<u32> {
    unresolved(&gathered.clues[best], &gathered.twins, &gathered.clues, &matcher.params.accept)
}

fn case<'g>(gathered: &'g Gathered, best: usize, twins: &'g [u32], source_width_px: f32) -> Case<'g> {
    Case {
        best: &gathered.clues[best],
        clues: &gathered.clues,
        twins,
        posterior: gathered.posterior.of[best],
        gap: gathered.gap(),
        source_width_px,
    }
}

fn recommendation(matcher: &Matcher, gathered: &Gathered, case: &Case<'_>) -> Recommendation {
    let objections = objections(case, &matcher.params.accept);
    if objections.is_empty() {
        return Recommendation::Accept;
    }
    let reasons = objections.into_iter().map(|objection| reason(matcher, gathered, objection)).collect();
    Recommendation::Review { reasons }
}

fn reason(matcher: &Matcher, gathered: &Gathered, objection: Objection) -> ReviewReason {
    let named = |at: usize| id(matcher, gathered.clues[at].printing);
    let best = gathered.order.first().copied();
    match objection {
        Objection::Contradiction(between) => ReviewReason::Contradiction { between },
        Objection::Language => ReviewReason::Language,
        Objection::Twins(twins) => {
            let marks = |best: usize| marks(matcher, gathered.clues[best].printing, gathered, &twins);
            let decided_by = best.map_or_else(Vec::new, marks);
            let among = best.map(named).into_iter().chain(twins.into_iter().map(|twin| id(matcher, twin))).collect();
            ReviewReason::Twins { among, decided_by }
        }
        Objection::LowConfidence if gathered.is_unlike_any() => ReviewReason::NoCandidate,
        Objection::LowConfidence => ReviewReason::LowConfidence,
        Objection::SmallGap => {
            let other = gathered.runner_up().map(named);
            other.map_or(ReviewReason::LowConfidence, |other| ReviewReason::SmallGap { other })
        }
        Objection::TooSmall => ReviewReason::TooSmall,
    }
}

/// Where to look on the card to tell it from its twins. Their numbers differ in any case.
fn marks(matcher: &Matcher, best: u32, gathered: &Gathered, twins: &[u32]) -> Vec<Mark> {
    let of = || gathered.twins.iter().filter(|twin| twins.contains(&twin.printing));
    let has_symbol = |row: u32| {
        let pictures = matcher.pictures.as_ref();
        pictures
            .is_some_and(|pictures| pictures.slot_of[row as usize].is_some_and(|slot| pictures.symbols.is_known(slot)))
    };
    let by_symbol = of().any(|twin| twin.other_set && (has_symbol(best) || has_symbol(twin.printing)));
    let by_artwork = of().any(|twin| twin.distinct_artwork);
    let (left, top, right, bottom) = symbol::PLACE;
    let marks = [
        by_symbol.then_some((Feature::Symbol, (left as f32, top as f32, right as f32, bottom as f32))),
        Some((Feature::Number, strip::PLACE)),
        by_artwork.then_some((Feature::Artwork, align::ARTWORK)),
    ];
    marks.into_iter().flatten().map(|(feature, bounds)| Mark { feature, bounds }).collect()
}

fn id(matcher: &Matcher, row: u32) -> PrintingId {
    matcher.rows.id(row).clone()
}
