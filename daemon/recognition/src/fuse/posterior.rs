//! Evidence to probabilities.
//!
//! Each signal adds to the logarithm of a candidate's odds, within limits, so that no signal alone can outvote all
//! others; a signal that was silent adds nothing. The candidates and "a card that the catalogue lacks" then share the
//! probability in proportion to their odds. Better evidence for a candidate never lowers its probability.
//!
//! A card that the catalogue lacks may be like nothing in it, or just like a candidate in picture and text: a reprint, which
//! has another number and imprint, or the same card in another language, which has the number too. So how well picture and
//! text fit says nothing against those two; only the marks that they do not share with the candidate do (adr/0006).

use cardmint_domain::identification::{NumberEvidence, SymbolEvidence};

use super::Clue;
use crate::params::{AcceptParams, Weights};

/// The probabilities of all candidates, in their order, and of a card that is none of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    /// One for each clue.
    pub of: Vec<f64>,
    /// That the card is this printing, or one that the catalogue lacks and that looks just like it; one for each clue. Two clues
    /// may share the latter.
    pub resembling: Vec<f64>,
    /// That the catalogue lacks the card.
    pub not_in_catalogue: f64,
    /// That the catalogue lacks the card and has nothing like it.
    pub unlike_any: f64,
}

/// Shares the probability between the candidates.
#[must_use]
pub fn posterior(clues: &[Clue], weights: &Weights, accept: &AcceptParams) -> Posterior {
    let heard = heard(clues, accept);
    let said: Vec<Said> = clues.iter().map(|clue| Said::of(clue, heard, weights, accept)).collect();
    let reprint = |said: &Said| said.reprint() + weights.reprint;
    let foreign = |said: &Said| said.foreign() + weights.foreign;
    let lacking = [weights.not_in_catalogue, highest(said.iter().map(reprint)), highest(said.iter().map(foreign))];
    let most = highest(said.iter().map(Said::printing).chain(lacking));
    let share = |odds: f64| (odds - most).exp();
    let total = said.iter().map(Said::printing).chain(lacking).map(share).sum::<f64>();
    let of = said.iter().map(|said| share(said.printing()) / total).collect();
    let resembling =
        |said: &Said| [said.printing(), reprint(said), foreign(said)].map(share).iter().sum::<f64>() / total;
    Posterior {
        of,
        resembling: said.iter().map(resembling).collect(),
        not_in_catalogue: lacking.map(share).iter().sum::<f64>() / total,
        unlike_any: share(weights.not_in_catalogue) / total,
    }
}

fn highest(odds: impl Iterator<Item = f64>) -> f64 {
    odds.fold(f64::NEG_INFINITY, f64::max)
}

/// What the signals say for one candidate, as logarithms of odds.
struct Said {
    /// Picture and text: what its reprints and its editions in other languages share with it.
    looks: f64,
    /// Number and set symbol: what its editions in other languages share with it.
    marks: f64,
    /// The imprint, which it shares with neither.
    imprint: f64,
    /// The language, which its reprints share with it.
    language: f64,
}

impl Said {
    fn of(clue: &Clue, heard: f64, weights: &Weights, accept: &AcceptParams) -> Self {
        Self {
            looks: picture(clue, weights, accept) + text(clue, heard, weights),
            marks: number(clue, weights, accept) + symbol(clue, weights),
            imprint: imprint(clue, weights),
            language: language(clue, weights, accept),
        }
    }

    fn printing(&self) -> f64 {
        self.looks + self.marks + self.imprint + self.language
    }

    fn reprint(&self) -> f64 {
        self.looks + self.language
    }

    fn foreign(&self) -> f64 {
        self.looks + self.marks
    }
}

/// How much of a text was read, 0 to 1: to be behind a text of which next to nothing was read says next to nothing.
fn heard(clues: &[Clue], accept: &AcceptParams) -> f64 {
    let ahead = clues.iter().filter(|clue| clue.margin() > 0.0).map(Clue::coverage).fold(0.0, f32::max);
    f64::from((ahead / accept.alignment_coverage).clamp(0.0, 1.0))
}

/// A printing without a reference either shows the artwork of its sibling's, or one of which nothing is known.
fn picture(clue: &Clue, weights: &Weights, accept: &AcceptParams) -> f64 {
    /// Share of the pairs of printings that may ([`Clue::sibling_fit`]) that do show the same artwork: 159 of 333 in 3,465 references.
    const SAME: f64 = 0.5;
    let (least, most) = weights.alignment_range;
    let says = |fit: f32| ((f64::from(fit) - weights.alignment_neutral) * weights.alignment).clamp(least, most);
    let siblings = || clue.sibling_fit.map_or(0.0, |fit| (SAME * says(fit).exp() + 1.0 - SAME).ln());
    clue.fit(accept).map_or_else(siblings, says)
}

/// How far its text box falls behind its artwork, and words that only its language has.
fn language(clue: &Clue, weights: &Weights, accept: &AcceptParams) -> f64 {
    let (least, most) = weights.language_range;
    let by_gap = |gap: f32| ((f64::from(gap) - weights.language_neutral) * weights.language).clamp(least, most);
    let is_there = clue.alignment().is_some_and(|alignment| alignment >= accept.misfit);
    let by_picture = clue.language_gap().filter(|_| is_there).map_or(0.0, by_gap);
    let read = f64::from(clue.words().min(accept.telling_words)) / f64::from(accept.telling_words.max(1));
    by_picture + read * weights.words
}

fn imprint(clue: &Clue, weights: &Weights) -> f64 {
    let Some(imprint) = clue.imprint() else { return 0.0 };
    let beyond = f64::from(imprint) - weights.imprint_neutral;
    beyond.max(0.0) * weights.imprint - (-beyond).clamp(0.0, 0.5) * weights.imprint_lacking
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

#[cfg(test)]
mod tests {
    use cardmint_domain::Evidence;
    use cardmint_domain::identification::{PictureEvidence, TextEvidence};

    use super::*;

    fn clue(printing: u32, fit: f32, gap: f32, margin: f32) -> Clue {
        let picture = PictureEvidence {
            similarity: fit,
            alignment: Some(fit),
            artwork: Some(fit),
            text_box: Some(fit + gap),
            title: Some(fit),
            weakest: Some(fit),
            imprint: None,
        };
        let text = TextEvidence { score: 100.0, margin, coverage: 0.6, words: 0 };
        let evidence = Evidence { picture: Some(picture), text: Some(text), ..Evidence::SILENT };
        Clue {
            printing,
            group: printing,
            evidence,
            number_chance: 0.0,
            number_read: 0.95,
            number_leeway: 0.0,
            sibling_fit: None,
        }
    }

    fn of(clues: &[Clue]) -> Posterior {
        posterior(clues, &Weights::default(), &AcceptParams::default())
    }

    fn agrees() -> NumberEvidence {
        NumberEvidence::Agrees { read: "4/102".to_owned(), probability: 0.95 }
    }

    fn contradicts() -> NumberEvidence {
        NumberEvidence::Contradicts { read: "5/130".to_owned() }
    }

    fn with_imprint(mut clue: Clue, imprint: f32) -> Clue {
        clue.evidence.picture =
            clue.evidence.picture.map(|picture| PictureEvidence { imprint: Some(imprint), ..picture });
        clue
    }

    #[test]
    fn however_well_picture_and_text_fit_another_number_means_a_reprint() {
        let mut best = clue(0, 0.95, 0.0, 60.0);
        best.evidence.number = contradicts();
        let posterior = of(&[best.clone(), clue(1, 0.3, 0.0, -60.0)]);
        assert!(posterior.not_in_catalogue > 0.95 && posterior.unlike_any < 0.05, "{posterior:?}");
        assert!(posterior.resembling[0] > 0.95 && posterior.resembling[1] < 0.05, "it looks like it all the same");
        best.evidence.number = agrees();
        assert!(of(&[best]).of[0] > 0.9);
    }

    #[test]
    fn another_imprint_means_a_reprint_too() {
        let best = clue(0, 0.95, 0.0, 60.0);
        let with = |imprint| of(&[with_imprint(best.clone(), imprint)]).of[0];
        assert!(with(0.1) < with(0.5) && with(0.5) < with(0.9));
        assert!((with(0.5) - of(std::slice::from_ref(&best)).of[0]).abs() < 1e-9);
    }

    #[test]
    fn a_text_box_that_falls_behind_means_another_language_though_the_number_agrees() {
        let mut best = clue(0, 0.9, -0.40, 0.0);
        best.evidence.number = agrees();
        let posterior = of(&[best]);
        assert!(posterior.not_in_catalogue > 0.8 && posterior.resembling[0] > 0.9, "{posterior:?}");
    }

    #[test]
    fn better_evidence_never_lowers_a_probability() {
        let number = |verdict| {
            let mut clue = clue(0, 0.7, -0.1, 5.0);
            clue.evidence.number = verdict;
            clue
        };
        let imprint = |imprint| with_imprint(clue(0, 0.7, -0.1, 5.0), imprint);
        let worse_and_better = [
            (clue(0, 0.6, -0.1, 5.0), clue(0, 0.8, -0.1, 5.0)),
            (clue(0, 0.7, -0.3, 5.0), clue(0, 0.7, -0.1, 5.0)),
            (clue(0, 0.7, -0.1, -5.0), clue(0, 0.7, -0.1, 20.0)),
            (number(contradicts()), number(NumberEvidence::NotRead)),
            (number(NumberEvidence::NotRead), number(agrees())),
            (imprint(0.2), imprint(0.4)),
            (imprint(0.4), imprint(0.9)),
        ];
        for (worse, better) in worse_and_better {
            let rival = clue(1, 0.65, -0.1, -1.0);
            let (low, high) = (of(&[worse.clone(), rival.clone()]), of(&[better.clone(), rival]));
            assert!(low.of[0] <= high.of[0], "{worse:?} {better:?}");
        }
    }

    #[test]
    fn a_printing_without_a_reference_may_show_its_siblings_artwork() {
        let sibling = clue(0, 0.9, 0.0, 5.0);
        let mut bare = clue(1, 0.0, 0.0, 5.0);
        bare.evidence.picture = None;
        let with = |fit| of(&[sibling.clone(), Clue { sibling_fit: fit, ..bare.clone() }]);
        assert!(with(Some(0.9)).of[0] < with(None).of[0], "the picture is no proof against it");
        assert!(with(Some(0.9)).of[1] < with(Some(0.9)).of[0], "nor as good a proof for it");
        assert!((with(Some(-1.0)).of[1] - 0.5 * with(None).of[1]).abs() < 0.05, "it may have another artwork too");
        let [mut contradicted, mut agreeing] = [sibling.clone(), Clue { sibling_fit: Some(0.9), ..bare.clone() }];
        contradicted.evidence.number = contradicts();
        agreeing.evidence.number = agrees();
        assert!(of(&[contradicted, agreeing]).of[1] > 0.9);
    }

    #[test]
    fn everything_together_is_certain() {
        let posterior = of(&[clue(0, 0.7, -0.1, 5.0), clue(1, 0.5, -0.1, -5.0)]);
        assert!((posterior.of.iter().sum::<f64>() + posterior.not_in_catalogue - 1.0).abs() < 1e-9);
        assert!((of(&[]).not_in_catalogue - 1.0).abs() < 1e-9 && (of(&[]).unlike_any - 1.0).abs() < 1e-9);
    }
}
