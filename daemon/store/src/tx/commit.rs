//! The second durable point: everything found out about a capture, exactly once.

use cardmint_domain::{BatchId, CaptureId, CaptureState, Quote, ScanRecord, Timestamp, Valuation};
use diesel::prelude::RunQueryDsl;
use serde_json::Value;

use super::audit::{Change, STORAGE};
use super::captures::Committed;
use super::commit_rows::{NextIds, Rows};
use super::leases::{Ending, Lease};
use super::next_id;
use super::prices::NewQuotes;
use crate::conn::insert_all;
use crate::rows::CaptureRow;
use crate::schema::{candidates, inventory_items, review_reasons, review_tasks, scans, valuations};
use crate::views::AttemptEnd;
use crate::{BlobError, Blobs, StoreError, Tx};

/// All that is written about one scan.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanCommit {
    /// The scan and where it goes.
    pub record: ScanRecord,
    /// The quotes that were on the table, used or not.
    pub quotes: Vec<Quote>,
    /// The price; `None` when none was looked for.
    pub valuation: Option<Valuation>,
}

/// All that is written about one capture.
#[derive(Debug, Clone, PartialEq)]
pub struct CaptureCommit {
    /// Which capture.
    pub capture: CaptureId,
    /// The caller's lease.
    pub token: i64,
    /// Its scans. A capture in which nothing was found should have one scan in review, or nobody ever hears of it.
    pub scans: Vec<ScanCommit>,
    /// When.
    pub at: Timestamp,
}

impl CaptureCommit {
    /// Puts every scan's picture into the blob store. To be done before the transaction that names them.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub fn store_pictures(&self, blobs: &Blobs) -> Result<(), BlobError> {
        for scan in self.scans.iter().filter(|scan| !scan.record.picture.is_empty()) {
            blobs.put(&scan.record.picture)?;
        }
        Ok(())
    }
}

impl Tx<'_> {
    /// Writes everything about a capture and makes it done: for each scan an inventory item or a review task, its
    /// candidates, quotes, valuation and audit rows. Only the holder of the lease can; a second call with the same token
    /// writes nothing and answers [`Committed::Done`]. The row holds the digest of each picture: put the bytes into the
    /// blob store first ([`CaptureCommit::store_pictures`]).
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unstorable`] for a number that is not finite or scans that share a name
    /// or an index, [`StoreError::Query`].
    pub fn commit_capture(&mut self, commit: &CaptureCommit) -> Result<Committed, StoreError> {
        let capture = match self.lease(&commit.capture, commit.token)? {
            Lease::Held(row) => row,
            other => return Ok(other.answer(AttemptEnd::Committed)),
        };
        let batch = self.find_batch(&BatchId::new(&capture.batch_id))?;
        let location = batch.as_ref().and_then(|batch| batch.location.as_deref());
        let next = NextIds {
            task: next_id!(self, review_tasks)?,
            item: next_id!(self, inventory_items)?,
            valuation: next_id!(self, valuations)?,
        };
        let rows = Rows::new(commit, &capture, location, next)?;
        let quotes = NewQuotes::new(commit.scans.iter().map(|scan| (scan.record.id.as_str(), &scan.quotes[..])))?;
        self.write_scans(&capture.id, &rows)?;
        self.write_quotes(&capture.id, &quotes)?;
        self.note_scans(commit, &capture, rows.notes)?;
        self.end_attempt(
            &capture,
            &Ending {
                actor: STORAGE,
                action: "capture.commit",
                end: AttemptEnd::Committed,
                to: CaptureState::Done,
                attempt: capture.attempt,
                not_before: capture.not_before,
                stage: None,
                fault: None,
                at: commit.at,
            },
        )?;
        Ok(Committed::Done)
    }

    fn write_scans(&mut self, capture: &str, rows: &Rows) -> Result<(), StoreError> {
        self.run("cannot write the scans of capture", capture, |conn| {
            insert_all!(conn, scans::table, rows.scans)?;
            insert_all!(conn, candidates::table, rows.candidates)?;
            insert_all!(conn, review_tasks::table, rows.tasks)?;
            insert_all!(conn, review_reasons::table, rows.reasons)?;
            insert_all!(conn, inventory_items::table, rows.items)?;
            insert_all!(conn, valuations::table, rows.valuations)
        })
    }

    fn note_scans(
        &mut self,
        commit: &CaptureCommit,
        capture: &CaptureRow,
        notes: Vec<(&'static str, Value)>,
    ) -> Result<(), StoreError> {
        let changes: Vec<Change<'_>> = commit
            .scans
            .iter()
            .zip(notes)
            .map(|(scan, (action, after))| Change {
                at: commit.at,
                actor: STORAGE,
                action,
                subject: scan.record.id.as_str(),
                before: Value::Null,
                after,
                correlation: Some(&capture.correlation),
            })
            .collect();
        self.audit_all(&changes)
    }
}
