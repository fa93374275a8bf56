//! The rows that a commit writes, made from its values alone.
//!
//! Everything that a row cannot hold is found here, before the first row is written.

use std::collections::BTreeSet;

use cardmint_domain::{Identification, Outcome, ScanRecord, Timestamp, Valuation};
use serde_json::{Value, json};

use super::audit::STORAGE;
use super::commit::{CaptureCommit, ScanCommit};
use crate::StoreError;
use crate::names::{Name, check_text, unstorable};
use crate::rows::{CandidateRow, CaptureRow, ItemRow, ReasonRow, ReviewRow, ScanRow, ValuationRow};
use crate::views::{ItemState, ReviewStatus, ScanOutcome};

/// The next free identifiers.
pub(crate) struct NextIds {
    pub(crate) task: i64,
    pub(crate) item: i64,
    pub(crate) valuation: i64,
}

/// All rows of a commit but the quotes, which may be there already.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) scans: Vec<ScanRow>,
    pub(crate) candidates: Vec<CandidateRow>,
    pub(crate) tasks: Vec<ReviewRow>,
    pub(crate) reasons: Vec<ReasonRow>,
    pub(crate) items: Vec<ItemRow>,
    pub(crate) valuations: Vec<ValuationRow>,
    /// For each scan its state in the audit log's words.
    pub(crate) notes: Vec<(&'static str, Value)>,
}

impl Rows {
    pub(crate) fn new(
        commit: &CaptureCommit,
        capture: &CaptureRow,
        location: Option<&str>,
        mut next: NextIds,
    ) -> Result<Self, StoreError> {
        check(commit)?;
        let mut rows = Self::default();
        for scan in &commit.scans {
            rows.add(scan, capture, location, &mut next, commit.at)?;
        }
        Ok(rows)
    }

    fn add(
        &mut self,
        scan: &ScanCommit,
        capture: &CaptureRow,
        location: Option<&str>,
        next: &mut NextIds,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let record = &scan.record;
        let outcome = match record.outcome {
            Outcome::Booked { .. } => ScanOutcome::Booked,
            Outcome::Review { .. } => ScanOutcome::Review,
        };
        let mut row = ScanRow::new(record, &capture.id, outcome.name(), at)?;
        for (place, candidate) in (0_i64..).zip(&record.identification.candidates) {
            self.candidates.push(CandidateRow::new(&row.id, place, candidate)?);
        }
        if let Some(valuation) = &scan.valuation {
            if fits(valuation, &record.outcome) {
                row.valuation_id = Some(next.valuation);
                row.priced_at = valuation.decided_at.0;
            }
            self.valuations.push(ValuationRow::new(next.valuation, &row.id, valuation)?);
            next.valuation += 1;
        }
        self.place(record, location, next, at)?;
        self.scans.push(row);
        Ok(())
    }

    /// Where the scan goes: an item or a task.
    fn place(
        &mut self,
        record: &ScanRecord,
        location: Option<&str>,
        next: &mut NextIds,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let scan_id = record.id.as_str().to_owned();
        match &record.outcome {
            Outcome::Booked { printing, finish, edition, condition } => {
                self.items.push(ItemRow {
                    id: next.item,
                    scan_id,
                    printing_id: printing.as_str().to_owned(),
                    finish: finish.name().to_owned(),
                    edition: edition.name().to_owned(),
                    condition: condition.name().to_owned(),
                    location: location.map(str::to_owned),
                    note: String::new(),
                    state: ItemState::InStock.name().to_owned(),
                    booked_at: at.0,
                    booked_by: STORAGE.to_owned(),
                    revision: 1,
                    search: ItemRow::search_text(location, ""),
                });
                self.notes.push(("scan.book", json!({ "outcome": record.outcome, "item": next.item })));
                next.item += 1;
            }
            Outcome::Review { reasons } => {
                for (position, reason) in (0_i64..).zip(reasons) {
                    self.reasons.push(ReasonRow::new(next.task, position, reason)?);
                }
                let status = ReviewStatus::Open.name().to_owned();
                let opened_at = at.0;
                self.tasks.push(ReviewRow {
                    id: next.task,
                    scan_id,
                    status,
                    opened_at,
                    closed_at: None,
                    closed_by: None,
                });
                self.notes.push(("scan.review", json!({ "outcome": record.outcome, "task": next.task })));
                next.task += 1;
            }
        }
        Ok(())
    }
}

/// Whether the valuation is of what the scan is booked as. One that waits for a person is not booked as anything yet.
fn fits(valuation: &Valuation, outcome: &Outcome) -> bool {
    let target = &valuation.target;
    match outcome {
        Outcome::Review { .. } => true,
        Outcome::Booked { printing, finish, edition, condition } => {
            (&target.printing, target.finish, target.edition, target.condition)
                == (printing, *finish, *edition, *condition)
                && target.grade.is_none()
        }
    }
}

fn check(commit: &CaptureCommit) -> Result<(), StoreError> {
    let (mut names, mut places) = (BTreeSet::new(), BTreeSet::new());
    for scan in &commit.scans {
        let record = &scan.record;
        let id = record.id.as_str();
        if !names.insert(id) {
            return Err(unstorable("the name", id, "another scan of the same capture has it".to_owned()));
        }
        if !places.insert(record.index) {
            let why = format!("another scan of the same capture has {}", record.index);
            return Err(unstorable("the index", id, why));
        }
        check_numbers(record)?;
        for text in texts(&record.identification) {
            check_text("the identification", id, text)?;
        }
    }
    Ok(())
}

fn texts(found: &Identification) -> impl Iterator<Item = &str> {
    let versions = &found.versions;
    let fixed = [&found.sentence, &versions.catalogue, &versions.index, &versions.policy];
    fixed.into_iter().map(String::as_str).chain(found.candidates.iter().map(|candidate| candidate.printing.as_str()))
}

/// Neither JSON nor a comparison can do anything with a number that is not one.
fn check_numbers(record: &ScanRecord) -> Result<(), StoreError> {
    let found = &record.identification;
    let corners = record.quad.corners.iter().flat_map(|corner| [corner.x, corner.y]);
    let evidence = found.candidates.iter().flat_map(|candidate| {
        let (picture, text) = (candidate.evidence.picture, candidate.evidence.text);
        let picture = picture
            .map(|p| [Some(p.similarity), p.alignment, p.artwork, p.text_box, p.title, p.weakest, p.imprint])
            .unwrap_or_default();
        let text = text.map(|t| [Some(t.score), Some(t.margin), Some(t.coverage)]).unwrap_or_default();
        picture.into_iter().chain(text).flatten()
    });
    let posteriors = found.candidates.iter().map(|candidate| candidate.posterior);
    let small = corners.chain(evidence).all(f32::is_finite);
    let large = posteriors.chain([found.gap, found.not_in_catalogue]).all(f64::is_finite);
    if small && large {
        return Ok(());
    }
    Err(unstorable("a number", record.id.as_str(), "it is not finite".to_owned()))
}
