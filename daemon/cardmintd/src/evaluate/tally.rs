//! Comparing answers with labels.

use std::collections::{BTreeMap, HashMap, HashSet};

use cardmint_domain::identification::DecisionVersions;
use cardmint_domain::{Identification, Printing, PrintingId, Recommendation};
use cardmint_recognition::index::PictureIndex;
use cardmint_recognition::text::{GroupId, Groups};

use super::labels::Label;
use super::rates::Rate;
use super::report::{Band, Confusion, Finding, Latency, Report, RiskPoint, Tally};
use super::whole::is_placed;
use super::work::{Answer, Answers};

/// The posteriors at which the risk-coverage curve is drawn.
const RISKS: [f64; 9] = [0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999];
/// Where the classes of width in the photo begin, in pixels.
const WIDTHS: [(f32, &str); 3] = [(600.0, "600 and more"), (300.0, "300 to 599"), (0.0, "below 300")];

/// What the catalogue says about the labelled cards.
pub(super) struct Truth {
    texts: HashMap<PrintingId, GroupId>,
    referenced: HashSet<PrintingId>,
}

impl Truth {
    pub(super) fn new(printings: &[Printing], index: Option<&PictureIndex>) -> Self {
        let groups = Groups::of(printings);
        let texts = (0..).zip(printings).map(|(at, printing)| (printing.id.clone(), groups.group(at))).collect();
        let referenced = index.into_iter().flat_map(PictureIndex::entries).map(|(printing, _)| printing.clone());
        Self { texts, referenced: referenced.collect() }
    }

    /// Whether both are printings of one card. What the catalogue lacks is only itself.
    fn same_card(&self, a: &PrintingId, b: &PrintingId) -> bool {
        a == b || self.texts.get(a).zip(self.texts.get(b)).is_some_and(|(a, b)| a == b)
    }
}

/// One row's answer beside its label.
struct Outcome<'a> {
    label: &'a Label,
    answer: &'a Answer,
    identification: Option<&'a Identification>,
}

impl<'a> Outcome<'a> {
    fn new(label: &'a Label, answer: &'a Answer) -> Self {
        let identification = match answer {
            Answer::Identified { identification, .. } => Some(&**identification),
            Answer::NoCard { .. } | Answer::Unreadable(_) => None,
        };
        Self { label, answer, identification }
    }

    fn best(&self) -> Option<&'a PrintingId> {
        Some(&self.identification?.best()?.printing)
    }

    fn is_right(&self) -> bool {
        self.label.card.is_some() && self.best() == self.label.card.as_ref()
    }

    fn is_accepted(&self) -> bool {
        self.answer.is_accepted()
    }

    fn posterior(&self) -> f64 {
        self.identification.and_then(Identification::best).map_or(0.0, |best| best.posterior)
    }

    fn tags(&self, truth: &Truth) -> Vec<String> {
        let mut tags: Vec<String> = self.label.tags.iter().cloned().collect();
        if let Some(card) = &self.label.card {
            let referenced = if truth.referenced.contains(card) { "yes" } else { "no" };
            tags.push(format!("reference={referenced}"));
        }
        if let Answer::Identified { source_width_px, .. } = self.answer {
            let class = WIDTHS.iter().find(|(from, _)| source_width_px >= from).map(|(_, class)| class);
            tags.extend(class.map(|class| format!("width={class}")));
        }
        tags
    }

    fn count(&self, tally: &mut Tally, truth: &Truth) {
        tally.n += 1;
        tally.accepted += u64::from(self.is_accepted());
        let Some(card) = &self.label.card else {
            tally.negatives += 1;
            tally.negatives_accepted += u64::from(self.is_accepted());
            return;
        };
        let among = self.identification.is_some_and(|answer| answer.candidates.iter().any(|c| c.printing == *card));
        tally.positives += 1;
        tally.top1_printing += u64::from(self.is_right());
        tally.top1_card += u64::from(self.best().is_some_and(|best| truth.same_card(best, card)));
        tally.top5_printing += u64::from(among);
        tally.accepted_wrong += u64::from(self.is_accepted() && !self.is_right());
    }

    /// Where the answer differs from the label: another printing, or anything accepted that must not be.
    fn is_confused(&self) -> bool {
        if self.label.card.is_some() { !self.is_right() } else { self.is_accepted() }
    }

    fn is_left_to_a_person(&self) -> bool {
        self.is_right() && !self.is_accepted()
    }

    fn is_accepted_without_text(&self) -> bool {
        let best = self.identification.and_then(Identification::best);
        self.is_accepted() && best.is_some_and(|best| best.evidence.text.is_none())
    }

    fn told(&self) -> Confusion {
        Confusion {
            image: self.label.image.clone(),
            bbox: self.label.bounds.map_or_else(String::new, |(x0, y0, x1, y1)| format!("{x0} {y0} {x1} {y1}")),
            truth: self.label.card.as_ref().map(ToString::to_string).unwrap_or_default(),
            answer: self.best().map(ToString::to_string).unwrap_or_default(),
            posterior: self.posterior(),
            accepted: self.is_accepted(),
            reason: self.reason(),
            evidence: self.identification.and_then(Identification::best).map(|best| best.evidence.clone()),
        }
    }

    fn reason(&self) -> String {
        match (self.answer, self.identification.map(|identification| &identification.recommendation)) {
            (Answer::Unreadable(why), _) => why.clone(),
            (_, Some(Recommendation::Review { reasons })) => {
                reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
            }
            (_, Some(Recommendation::Accept)) => {
                self.identification.map(|identification| identification.sentence.clone()).unwrap_or_default()
            }
            (_, None) => "no card was found in the box".to_owned(),
        }
    }
}

/// Counts everything.
pub(super) fn report(labels: &[Label], answers: &Answers, truth: &Truth, versions: DecisionVersions) -> Report {
    let outcomes: Vec<Outcome<'_>> =
        labels.iter().zip(&answers.by_row).map(|(label, answer)| Outcome::new(label, answer)).collect();
    let (mut all, mut by_tag) = (Tally::default(), BTreeMap::<String, Tally>::new());
    for outcome in &outcomes {
        outcome.count(&mut all, truth);
        for tag in outcome.tags(truth) {
            outcome.count(by_tag.entry(tag).or_default(), truth);
        }
    }
    let wrong = all.accepted_wrong + all.negatives_accepted;
    let count = |test: fn(&Answer) -> bool| answers.by_row.iter().filter(|answer| test(answer)).count() as u64;
    Report {
        finding: finding(labels, answers),
        no_card_found: count(|answer| matches!(answer, Answer::NoCard { .. })),
        unreadable: count(|answer| matches!(answer, Answer::Unreadable(_))),
        precision_accepted: Rate::new(all.accepted - wrong, all.accepted),
        coverage: Rate::new(all.accepted - all.negatives_accepted, all.positives),
        top1_printing_rate: Rate::new(all.top1_printing, all.positives),
        all,
        by_tag,
        calibration: calibration(&outcomes),
        risk_coverage: risk_coverage(&outcomes),
        confusions: outcomes.iter().filter(|outcome| outcome.is_confused()).map(Outcome::told).collect(),
        right_but_reviewed: outcomes
            .iter()
            .filter(|outcome| outcome.is_left_to_a_person())
            .map(Outcome::told)
            .collect(),
        accepted_without_text: outcomes.iter().filter(|outcome| outcome.is_accepted_without_text()).count() as u64,
        latency_ms: Latency::of(answers.by_row.iter().filter_map(took_ms).collect()),
        stages_ms: stages(&answers.by_row),
        cards_per_second: labels.len() as f64 / answers.took.as_secs_f64().max(f64::MIN_POSITIVE),
        workers: answers.workers as u64,
        versions,
    }
}

fn finding(labels: &[Label], answers: &Answers) -> Option<Finding> {
    let surplus = answers.surplus?;
    let identified = answers.by_row.iter().filter(|answer| matches!(answer, Answer::Identified { .. })).count() as u64;
    let placed: Vec<f32> = labels
        .iter()
        .zip(&answers.by_row)
        .filter(|(label, _)| is_placed(label))
        .map(|(_, answer)| overlap(answer))
        .collect();
    let found =
        |least: f32| Rate::new(placed.iter().filter(|overlap| **overlap >= least).count() as u64, placed.len() as u64);
    Some(Finding {
        found_50: found(0.5),
        found_80: found(0.8),
        found_90: found(0.9),
        surplus: Rate::new(surplus.found, surplus.found + identified),
        surplus_accepted: surplus.accepted,
    })
}

/// 0 where no card was found.
fn overlap(answer: &Answer) -> f32 {
    if let Answer::Identified { overlap, .. } = answer { overlap.unwrap_or_default() } else { 0.0 }
}

fn took_ms(answer: &Answer) -> Option<f64> {
    match answer {
        Answer::Identified { took, .. } | Answer::NoCard { took } => Some(took.as_secs_f64() * 1e3),
        Answer::Unreadable(_) => None,
    }
}

/// Times by step. A step that a card did not need is not counted for it.
fn stages(answers: &[Answer]) -> BTreeMap<String, Latency> {
    let mut times: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for answer in answers {
        let Answer::Identified { steps_ms, .. } = answer else { continue };
        for (step, ms) in steps_ms.iter().filter(|(_, ms)| *ms > 0.0) {
            times.entry(step.clone()).or_default().push(*ms);
        }
    }
    times.into_iter().map(|(step, times)| (step, Latency::of(times))).collect()
}

fn risk_coverage(outcomes: &[Outcome<'_>]) -> Vec<RiskPoint> {
    let point = |from: f64| {
        let answered = outcomes.iter().filter(|outcome| outcome.best().is_some() && outcome.posterior() >= from);
        let (count, wrong) =
            answered.fold((0, 0), |(n, wrong), outcome| (n + 1, wrong + u64::from(!outcome.is_right())));
        RiskPoint { from, coverage: Rate::new(count, outcomes.len() as u64), risk: Rate::new(wrong, count) }
    };
    RISKS.map(point).into()
}

/// What each band of posteriors was really worth. A candidate named for a negative is never right.
fn calibration(outcomes: &[Outcome<'_>]) -> Vec<Band> {
    let named = outcomes.iter().filter(|outcome| outcome.best().is_some());
    Band::of(&named.map(|outcome| (outcome.posterior(), outcome.is_right())).collect::<Vec<_>>())
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
