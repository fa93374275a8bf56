//! Batches, captures, their attempts and dead letters.

use cardmint_domain::inventory::BatchDefaults;
use cardmint_domain::{BatchId, Capture, CaptureId, CorrelationId, Timestamp};
use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};

use crate::names::{Cells, Name, to_i64};
use crate::schema::{attempts, batches, captures, dead_letters};
use crate::views::{AttemptView, CaptureView, DeadLetterView};
use crate::{Batch, DeadLetterId, StoreError};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = batches, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct BatchRow {
    pub(crate) id: String,
    pub(crate) finish: String,
    pub(crate) edition: String,
    pub(crate) condition: String,
    pub(crate) location: Option<String>,
    pub(crate) opened_at: i64,
    pub(crate) closed_at: Option<i64>,
}

impl BatchRow {
    pub(crate) fn new(batch: &Batch) -> Self {
        Self {
            id: batch.id.as_str().to_owned(),
            finish: batch.defaults.finish.name().to_owned(),
            edition: batch.defaults.edition.name().to_owned(),
            condition: batch.defaults.condition.name().to_owned(),
            location: batch.location.clone(),
            opened_at: batch.opened_at.0,
            closed_at: batch.closed_at.map(|at| at.0),
        }
    }

    pub(crate) fn defaults(&self) -> Result<BatchDefaults, StoreError> {
        let cells = Cells { table: "batches", id: &self.id };
        Ok(BatchDefaults {
            finish: cells.name("finish", &self.finish)?,
            edition: cells.name("edition", &self.edition)?,
            condition: cells.name("condition", &self.condition)?,
        })
    }

    pub(crate) fn into_batch(self) -> Result<Batch, StoreError> {
        Ok(Batch {
            defaults: self.defaults()?,
            id: BatchId::new(self.id),
            location: self.location,
            opened_at: Timestamp(self.opened_at),
            closed_at: self.closed_at.map(Timestamp),
        })
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = captures, treat_none_as_default_value = false)]
pub(crate) struct CaptureRow {
    pub(crate) id: String,
    pub(crate) correlation: String,
    pub(crate) batch_id: String,
    pub(crate) file_name: String,
    pub(crate) media_type: String,
    pub(crate) size_bytes: i64,
    pub(crate) admitted_at: i64,
    pub(crate) state: String,
    pub(crate) attempt: i64,
    pub(crate) token: i64,
    pub(crate) not_before: i64,
    pub(crate) lease_until: Option<i64>,
    pub(crate) finished_at: Option<i64>,
}

impl CaptureRow {
    /// A capture as it is admitted.
    pub(crate) fn new(capture: &Capture) -> Result<Self, StoreError> {
        Ok(Self {
            id: capture.id.as_str().to_owned(),
            correlation: capture.correlation.as_str().to_owned(),
            batch_id: capture.batch.as_str().to_owned(),
            file_name: capture.file_name.clone(),
            media_type: capture.media_type.clone(),
            size_bytes: to_i64("the size", capture.id.as_str(), capture.size_bytes)?,
            admitted_at: capture.admitted_at.0,
            state: "admitted".to_owned(),
            attempt: 0,
            token: 0,
            not_before: capture.admitted_at.0,
            lease_until: None,
            finished_at: None,
        })
    }

    pub(crate) fn cells(&self) -> Cells<'_> {
        Cells { table: "captures", id: self.id.as_str() }
    }

    pub(crate) fn capture(&self) -> Result<Capture, StoreError> {
        Ok(Capture {
            id: CaptureId::new(&self.id),
            correlation: CorrelationId::new(&self.correlation),
            batch: BatchId::new(&self.batch_id),
            file_name: self.file_name.clone(),
            media_type: self.media_type.clone(),
            size_bytes: self.cells().number("size_bytes", self.size_bytes)?,
            admitted_at: Timestamp(self.admitted_at),
        })
    }

    pub(crate) fn view(&self, scans: u64) -> Result<CaptureView, StoreError> {
        Ok(CaptureView {
            capture: self.capture()?,
            state: self.cells().name("state", &self.state)?,
            attempt: self.cells().number("attempt", self.attempt)?,
            not_before: Timestamp(self.not_before),
            lease_until: self.lease_until.map(Timestamp),
            finished_at: self.finished_at.map(Timestamp),
            scans,
        })
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = attempts, treat_none_as_default_value = false)]
pub(crate) struct AttemptRow {
    pub(crate) capture_id: String,
    pub(crate) token: i64,
    pub(crate) attempt: i64,
    pub(crate) started_at: i64,
    pub(crate) ended_at: Option<i64>,
    pub(crate) ended_how: Option<String>,
    pub(crate) stage: Option<String>,
    pub(crate) fault: Option<String>,
}

impl AttemptRow {
    pub(crate) fn view(&self) -> Result<AttemptView, StoreError> {
        let cells = Cells { table: "attempts", id: &self.capture_id };
        Ok(AttemptView {
            attempt: cells.number("attempt", self.attempt)?,
            token: self.token,
            started_at: Timestamp(self.started_at),
            ended_at: self.ended_at.map(Timestamp),
            end: cells.name_opt("ended_how", self.ended_how.as_deref())?,
            stage: cells.name_opt("stage", self.stage.as_deref())?,
            fault: self.fault.as_deref().map(|fault| cells.json("fault", fault)).transpose()?,
        })
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = dead_letters, treat_none_as_default_value = false)]
pub(crate) struct DeadLetterRow {
    pub(crate) id: i64,
    pub(crate) capture_id: String,
    pub(crate) stage: String,
    pub(crate) fault: String,
    pub(crate) attempts: i64,
    pub(crate) at: i64,
    pub(crate) state: String,
    pub(crate) closed_at: Option<i64>,
    pub(crate) closed_by: Option<String>,
}

impl DeadLetterRow {
    pub(crate) fn view(self, capture: CaptureView) -> Result<DeadLetterView, StoreError> {
        let id = self.id.to_string();
        let cells = Cells { table: "dead_letters", id: &id };
        Ok(DeadLetterView {
            id: DeadLetterId(self.id),
            capture,
            stage: cells.name("stage", &self.stage)?,
            fault: cells.json("fault", &self.fault)?,
            attempts: cells.number("attempts", self.attempts)?,
            at: Timestamp(self.at),
            state: cells.name("state", &self.state)?,
            closed_at: self.closed_at.map(Timestamp),
            closed_by: self.closed_by,
        })
    }
}
