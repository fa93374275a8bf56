//! Printings that the artwork and the text do not tell apart, and what does.

use cardmint_domain::identification::{NumberEvidence, SymbolEvidence};

use super::Clue;
use crate::params::AcceptParams;

/// A printing that may be taken for the best candidate: it reads the same and has the same or no known illustrator, or
/// its reference fits the photo nearly as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twin {
    /// Its position in the catalogue.
    pub printing: u32,
    /// Whether both have a reference and the references show different artworks.
    pub distinct_artwork: bool,
    /// Whether they belong to different sets.
    pub other_set: bool,
}

/// The twins that nothing on the photo rules out.
///
/// A number that is the best candidate's rules out every twin that carries another one; where it is not read for sure,
/// those whose numbers are far less likely. A set symbol that is the best candidate's rules out every other set, seen or not,
/// for no two sets share one; and a twin whose own set's symbol is not there is ruled out. So is every twin where the photo
/// shows the imprint of the best candidate's reference and clearly not the twin's; one of another set is ruled out even if its imprint is not
/// known, but within a set imprints differ in a figure or two of the number, and 22/64 fits 6/64 to 0.81. A different artwork is
/// ruled out when the photo fits it clearly worse. Other differences between two references of one artwork decide nothing:
/// most of them come from print runs and scanners, and on real photos they chose wrongly in 9 of 23 cases. Nor does the
/// picture of a twin without a reference: it cannot be seen, so it cannot be excluded.
#[must_use]
pub fn unresolved(best: &Clue, twins: &[Twin], clues: &[Clue], params: &AcceptParams) -> Vec<u32> {
    twins.iter().filter(|twin| !is_ruled_out(best, **twin, clues, params)).map(|twin| twin.printing).collect()
}

fn is_ruled_out(best: &Clue, twin: Twin, clues: &[Clue], params: &AcceptParams) -> bool {
    if twin.other_set && best.symbol_agrees() {
        return true;
    }
    let clue = clues.iter().find(|clue| clue.printing == twin.printing);
    if best.imprint_agrees(params) && leads_by_imprint(best, twin, clue.and_then(Clue::imprint), params) {
        return true;
    }
    let Some(clue) = clue else { return false };
    // Not merely silent: 16/86 may be what is left of a twin's 116/86.
    if best.number_agrees() && matches!(clue.evidence.number, NumberEvidence::Contradicts { .. }) {
        return true;
    }
    let is_likelier = best.number_chance >= params.number_ratio * clue.number_leeway;
    if best.number_hinted(params) && is_likelier {
        return true;
    }
    if matches!(clue.evidence.symbol, SymbolEvidence::Contradicts { .. }) {
        return true;
    }
    let lead = best.alignment().zip(clue.alignment()).map(|(best, twin)| best - twin);
    twin.distinct_artwork && lead.is_some_and(|lead| lead >= params.artwork_lead)
}

/// Whether the photo shows the imprint of the best candidate, known to be seen, rather than the twin's.
fn leads_by_imprint(best: &Clue, twin: Twin, seen: Option<f32>, params: &AcceptParams) -> bool {
    best.imprint().zip(seen).map_or(twin.other_set, |(best, seen)| best - seen >= params.imprint_lead)
}
