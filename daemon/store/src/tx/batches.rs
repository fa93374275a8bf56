//! Batches: runs of captures that share defaults.

use cardmint_domain::{BatchId, Timestamp};
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use serde_json::{Value, json};

use super::audit::Change;
use crate::error::not_found;
use crate::names::check_text;
use crate::rows::BatchRow;
use crate::schema::batches;
use crate::{Batch, StoreError, Tx};

impl Tx<'_> {
    /// Creates the batch or changes its defaults and location. An existing one keeps its `opened_at`; `closed_at` is
    /// taken as given, so this also opens a closed batch again. A batch that a capture names is created with the
    /// defaults of [`cardmint_domain::inventory::BatchDefaults`] at admission if nobody declared it before.
    ///
    /// # Errors
    /// [`StoreError::Unstorable`] for a location that holds a NUL character, [`StoreError::Query`].
    pub fn upsert_batch(&mut self, batch: &Batch, who: &str, at: Timestamp) -> Result<(), StoreError> {
        let mut row = BatchRow::new(batch);
        check_text("the name", &row.id, &row.id)?;
        check_text("the location", &row.id, row.location.as_deref().unwrap_or_default())?;
        let before = self.find_batch(&batch.id)?;
        if let Some(before) = &before {
            row.opened_at = before.opened_at;
        }
        if before.as_ref() == Some(&row) {
            return Ok(());
        }
        self.run("cannot write batch", &row.id, |conn| match before {
            None => diesel::insert_into(batches::table).values(&row).execute(conn),
            Some(_) => diesel::update(batches::table.find(&row.id)).set(&row).execute(conn),
        })?;
        self.audit(&Change {
            at,
            actor: who,
            action: if before.is_none() { "batch.open" } else { "batch.change" },
            subject: &row.id,
            before: before.as_ref().map_or(Value::Null, declaration),
            after: declaration(&row),
            correlation: None,
        })
    }

    /// Closes the batch. Captures already in it are finished with its defaults.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::WrongState`] when it is closed already.
    pub fn close_batch(&mut self, batch: &BatchId, who: &str, at: Timestamp) -> Result<(), StoreError> {
        let before = self.find_batch(batch)?.ok_or_else(|| not_found("batch", batch))?;
        if before.closed_at.is_some() {
            let (what, id, state) = ("batch", batch.to_string(), "closed".to_owned());
            return Err(StoreError::WrongState { what, id, state, refused: "it cannot be closed again" });
        }
        self.run("cannot close batch", batch.as_str(), |conn| {
            diesel::update(batches::table.find(batch.as_str())).set(batches::closed_at.eq(at.0)).execute(conn)
        })?;
        let after = BatchRow { closed_at: Some(at.0), ..before.clone() };
        self.audit(&Change {
            at,
            actor: who,
            action: "batch.close",
            subject: batch.as_str(),
            before: declaration(&before),
            after: declaration(&after),
            correlation: None,
        })
    }

    pub(crate) fn find_batch(&mut self, batch: &BatchId) -> Result<Option<BatchRow>, StoreError> {
        self.run("cannot look for batch", batch.as_str(), |conn| {
            batches::table.find(batch.as_str()).first(conn).optional()
        })
    }
}

fn declaration(row: &BatchRow) -> Value {
    json!({
        "finish": row.finish, "edition": row.edition, "condition": row.condition, "location": row.location,
        "closed_at": row.closed_at,
    })
}
