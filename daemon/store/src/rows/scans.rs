//! Scans, their candidates, review tasks and inventory items.

use cardmint_domain::identification::DecisionVersions;
use cardmint_domain::{Candidate, Identification, PrintingId, ReviewReason, ScanId, ScanRecord, Timestamp};
use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};

use crate::names::{Cells, searchable, to_json};
use crate::schema::{candidates, inventory_items, review_reasons, review_tasks, scans};
use crate::views::ReviewState;
use crate::{BlobDigest, ReviewTaskId, StoreError};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = scans, treat_none_as_default_value = false)]
pub(crate) struct ScanRow {
    pub(crate) id: String,
    pub(crate) capture_id: String,
    pub(crate) position: i64,
    pub(crate) page: i64,
    pub(crate) quad: String,
    pub(crate) picture: Option<String>,
    pub(crate) gap: f64,
    pub(crate) not_in_catalogue: f64,
    pub(crate) recommendation: String,
    pub(crate) sentence: String,
    pub(crate) catalogue_version: String,
    pub(crate) index_version: String,
    pub(crate) policy_version: String,
    pub(crate) outcome: String,
    pub(crate) valuation_id: Option<i64>,
    pub(crate) priced_at: i64,
    pub(crate) committed_at: i64,
}

impl ScanRow {
    pub(crate) fn new(record: &ScanRecord, capture: &str, outcome: &str, at: Timestamp) -> Result<Self, StoreError> {
        let (id, found) = (record.id.as_str(), &record.identification);
        let picture = (!record.picture.is_empty()).then(|| BlobDigest::of(&record.picture).into());
        Ok(Self {
            id: id.to_owned(),
            capture_id: capture.to_owned(),
            position: i64::from(record.index),
            page: i64::from(record.page),
            quad: to_json("the outline", id, &record.quad)?,
            picture,
            gap: found.gap,
            not_in_catalogue: found.not_in_catalogue,
            recommendation: to_json("the recommendation", id, &found.recommendation)?,
            sentence: found.sentence.clone(),
            catalogue_version: found.versions.catalogue.clone(),
            index_version: found.versions.index.clone(),
            policy_version: found.versions.policy.clone(),
            outcome: outcome.to_owned(),
            valuation_id: None,
            priced_at: 0,
            committed_at: at.0,
        })
    }

    pub(crate) fn cells(&self) -> Cells<'_> {
        Cells { table: "scans", id: self.id.as_str() }
    }

    /// What the matcher said, to the letter.
    pub(crate) fn identification(&self, candidates: Vec<Candidate>) -> Result<Identification, StoreError> {
        Ok(Identification {
            scan: ScanId::new(&self.id),
            candidates,
            gap: self.gap,
            not_in_catalogue: self.not_in_catalogue,
            recommendation: self.cells().json("recommendation", &self.recommendation)?,
            sentence: self.sentence.clone(),
            versions: DecisionVersions {
                catalogue: self.catalogue_version.clone(),
                index: self.index_version.clone(),
                policy: self.policy_version.clone(),
            },
        })
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = candidates)]
pub(crate) struct CandidateRow {
    pub(crate) scan_id: String,
    pub(crate) place: i64,
    pub(crate) printing_id: String,
    pub(crate) posterior: f64,
    pub(crate) evidence: String,
}

impl CandidateRow {
    pub(crate) fn new(scan: &str, place: i64, candidate: &Candidate) -> Result<Self, StoreError> {
        Ok(Self {
            scan_id: scan.to_owned(),
            place,
            printing_id: candidate.printing.as_str().to_owned(),
            posterior: candidate.posterior,
            evidence: to_json("the evidence", scan, &candidate.evidence)?,
        })
    }

    pub(crate) fn into_candidate(self) -> Result<Candidate, StoreError> {
        let evidence = Cells { table: "candidates", id: &self.scan_id }.json("evidence", &self.evidence)?;
        Ok(Candidate { printing: PrintingId::new(self.printing_id), posterior: self.posterior, evidence })
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = review_tasks, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct ReviewRow {
    pub(crate) id: i64,
    pub(crate) scan_id: String,
    pub(crate) status: String,
    pub(crate) opened_at: i64,
    pub(crate) closed_at: Option<i64>,
    pub(crate) closed_by: Option<String>,
}

impl ReviewRow {
    pub(crate) fn state(&self, reasons: Vec<ReviewReason>) -> Result<ReviewState, StoreError> {
        let id = self.id.to_string();
        Ok(ReviewState {
            id: ReviewTaskId(self.id),
            status: Cells { table: "review_tasks", id: &id }.name("status", &self.status)?,
            reasons,
            opened_at: Timestamp(self.opened_at),
            closed_at: self.closed_at.map(Timestamp),
            closed_by: self.closed_by.clone(),
        })
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = review_reasons)]
pub(crate) struct ReasonRow {
    pub(crate) task_id: i64,
    pub(crate) position: i64,
    pub(crate) code: String,
    pub(crate) reason: String,
}

impl ReasonRow {
    pub(crate) fn new(task: i64, position: i64, reason: &ReviewReason) -> Result<Self, StoreError> {
        Ok(Self {
            task_id: task,
            position,
            code: reason.code().to_owned(),
            reason: to_json("the reason", &task.to_string(), reason)?,
        })
    }

    pub(crate) fn reason(&self) -> Result<ReviewReason, StoreError> {
        Cells { table: "review_reasons", id: &self.task_id.to_string() }.json("reason", &self.reason)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = inventory_items, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct ItemRow {
    pub(crate) id: i64,
    pub(crate) scan_id: String,
    pub(crate) printing_id: String,
    pub(crate) finish: String,
    pub(crate) edition: String,
    pub(crate) condition: String,
    pub(crate) location: Option<String>,
    pub(crate) note: String,
    pub(crate) state: String,
    pub(crate) booked_at: i64,
    pub(crate) booked_by: String,
    pub(crate) revision: i64,
    pub(crate) search: String,
}

impl ItemRow {
    /// What is searched for among items, besides the words of their printings.
    pub(crate) fn search_text(location: Option<&str>, note: &str) -> String {
        searchable([location.unwrap_or_default(), note])
    }
}
