//! What a person decides about scans the matcher was not sure of.

use cardmint_domain::{Condition, Edition, Finish, PrintingId, Timestamp, booking};
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::audit::Change;
use super::next_id;
use crate::error::not_found;
use crate::literals::item_counts;
use crate::names::Name;
use crate::rows::{BatchRow, ItemRow, ReviewRow};
use crate::schema::{batches, candidates, captures, inventory_items, review_tasks, scans};
use crate::views::{ItemState, ReviewStatus, ScanOutcome};
use crate::{ItemId, ReviewTaskId, StoreError, Tx};

/// A person's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "resolution", rename_all = "snake_case")]
pub enum Resolution {
    /// The best candidate is right; booked with what the batch declares.
    Accept,
    /// It is this.
    Correct {
        /// Which printing.
        printing: PrintingId,
        /// In which finish.
        finish: Finish,
        /// In which edition; `None` takes what the batch declares.
        #[serde(default)]
        edition: Option<Edition>,
        /// In which condition.
        condition: Condition,
    },
    /// Nothing to be booked: a back, a token, the table.
    Reject,
}

impl Tx<'_> {
    /// Closes an open task. `Accept` and `Correct` create exactly one inventory item and return it. Accepting books the
    /// best candidate as [`booking::target`] says: as the batch declares, in a finish that the printing exists in.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], also for a correction to a printing that the catalogue does not have;
    /// [`StoreError::WrongState`] when it is closed already; [`StoreError::NothingToAccept`].
    pub fn resolve_review(
        &mut self,
        task: ReviewTaskId,
        resolution: &Resolution,
        who: &str,
        at: Timestamp,
    ) -> Result<Option<ItemId>, StoreError> {
        let row = self.review_row(task)?;
        if row.status != ReviewStatus::Open.name() {
            return Err(wrong_state(&row, "it cannot be decided again"));
        }
        let (status, action) = match resolution {
            Resolution::Accept => (ReviewStatus::Accepted, "review.accept"),
            Resolution::Correct { .. } => (ReviewStatus::Corrected, "review.correct"),
            Resolution::Reject => (ReviewStatus::Rejected, "review.reject"),
        };
        let item = self.decided_item(&row, resolution, who, at)?;
        if let Some(item) = &item {
            self.run("cannot book scan", &row.scan_id, |conn| {
                diesel::insert_into(inventory_items::table).values(item).execute(conn)
            })?;
        }
        let outcome = if item.is_some() { ScanOutcome::Booked } else { ScanOutcome::Rejected };
        let closed = ReviewRow {
            status: status.name().to_owned(),
            closed_at: Some(at.0),
            closed_by: Some(who.to_owned()),
            ..row.clone()
        };
        self.move_task(&row, &closed, outcome, item.as_ref(), (action, who, at))?;
        Ok(item.map(|item| ItemId(item.id)))
    }

    /// Takes a decision back: the task is open again, and the item it booked is marked as undone.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::WrongState`] when it is open, or when somebody has changed the item since.
    pub fn undo_review(&mut self, task: ReviewTaskId, who: &str, at: Timestamp) -> Result<(), StoreError> {
        let row = self.review_row(task)?;
        if row.status == ReviewStatus::Open.name() {
            return Err(wrong_state(&row, "there is no decision to take back"));
        }
        let item: Option<ItemRow> = self.run("cannot look for the item of scan", &row.scan_id, |conn| {
            use inventory_items::{scan_id, table};
            table.filter(scan_id.eq(&row.scan_id)).filter(item_counts()).first(conn).optional()
        })?;
        if item.as_ref().is_some_and(|item| item.revision > 1) {
            return Err(wrong_state(&row, "the item it booked was changed since"));
        }
        let undone = item.map(|item| ItemRow { state: ItemState::Undone.name().to_owned(), ..item });
        if let Some(item) = &undone {
            self.run("cannot undo the item of scan", &row.scan_id, |conn| {
                let these = inventory_items::table.find(item.id);
                diesel::update(these).set(inventory_items::state.eq(&item.state)).execute(conn)
            })?;
        }
        let open =
            ReviewRow { status: ReviewStatus::Open.name().to_owned(), closed_at: None, closed_by: None, ..row.clone() };
        self.move_task(&row, &open, ScanOutcome::Review, undone.as_ref(), ("review.undo", who, at))
    }

    fn review_row(&mut self, task: ReviewTaskId) -> Result<ReviewRow, StoreError> {
        let row = self.run("cannot read review task", &task.to_string(), |conn| {
            review_tasks::table.find(task.0).first(conn).optional()
        })?;
        row.ok_or_else(|| not_found("review task", task))
    }

    /// The item that a decision books, if it books one.
    fn decided_item(
        &mut self,
        task: &ReviewRow,
        resolution: &Resolution,
        who: &str,
        at: Timestamp,
    ) -> Result<Option<ItemRow>, StoreError> {
        let batch = self.run("cannot read the batch of scan", &task.scan_id, |conn| {
            let found = scans::table.inner_join(captures::table.inner_join(batches::table));
            found.filter(scans::id.eq(&task.scan_id)).select(BatchRow::as_select()).first::<BatchRow>(conn)
        })?;
        let defaults = batch.defaults()?;
        let (printing, finish, edition, condition) = match resolution {
            Resolution::Reject => return Ok(None),
            Resolution::Correct { printing, finish, edition, condition } => {
                self.require_printing(printing)?;
                (printing.clone(), *finish, edition.unwrap_or(defaults.edition), *condition)
            }
            Resolution::Accept => {
                let best = self.best_printing(task)?.ok_or(StoreError::NothingToAccept { task: task.id })?;
                let finish = match self.printing_row(&best)? {
                    Some(row) => booking::target(&row.into_printing()?, &defaults).finish,
                    None => defaults.finish,
                };
                (best, finish, defaults.edition, defaults.condition)
            }
        };
        Ok(Some(ItemRow {
            id: next_id!(self, inventory_items)?,
            scan_id: task.scan_id.clone(),
            printing_id: printing.as_str().to_owned(),
            finish: finish.name().to_owned(),
            edition: edition.name().to_owned(),
            condition: condition.name().to_owned(),
            search: ItemRow::search_text(batch.location.as_deref(), ""),
            location: batch.location,
            note: String::new(),
            state: ItemState::InStock.name().to_owned(),
            booked_at: at.0,
            booked_by: who.to_owned(),
            revision: 1,
        }))
    }

    fn best_printing(&mut self, task: &ReviewRow) -> Result<Option<PrintingId>, StoreError> {
        let best: Option<String> = self.run("cannot read the candidates of scan", &task.scan_id, |conn| {
            let best = candidates::table.find((&task.scan_id, 0_i64)).select(candidates::printing_id);
            best.first(conn).optional()
        })?;
        Ok(best.map(PrintingId::new))
    }

    fn move_task(
        &mut self,
        before: &ReviewRow,
        after: &ReviewRow,
        outcome: ScanOutcome,
        item: Option<&ItemRow>,
        (action, who, at): (&'static str, &str, Timestamp),
    ) -> Result<(), StoreError> {
        self.run("cannot write review task", &after.id.to_string(), |conn| {
            diesel::update(review_tasks::table.find(after.id)).set(after).execute(conn)?;
            diesel::update(scans::table.find(&after.scan_id)).set(scans::outcome.eq(outcome.name())).execute(conn)
        })?;
        self.choose_price(&after.scan_id)?;
        let scan = self.scan_row(&after.scan_id)?.ok_or_else(|| not_found("scan", &after.scan_id))?;
        let correlation = self.correlation_of(&scan.capture_id)?;
        let booked = item.map(|item| {
            json!({
                "item": item.id, "state": item.state, "printing": item.printing_id, "finish": item.finish,
                "edition": item.edition, "condition": item.condition,
            })
        });
        self.audit(&Change {
            at,
            actor: who,
            action,
            subject: &after.scan_id,
            before: json!({ "task": before.id, "status": before.status }),
            after: json!({ "task": after.id, "status": after.status, "outcome": outcome.name(), "item": booked }),
            correlation: Some(&correlation),
        })
    }
}

fn wrong_state(task: &ReviewRow, refused: &'static str) -> StoreError {
    StoreError::WrongState { what: "review task", id: task.id.to_string(), state: task.status.clone(), refused }
}
