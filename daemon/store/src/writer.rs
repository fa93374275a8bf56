//! The one writer and its transactions.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::QueryResult;
use diesel::connection::{Connection, TransactionManager};

use cardmint_domain::errors::{chain, panic_message};

use crate::StoreError;
use crate::conn::{Conn, Role};
use crate::error::{query, transaction};
use crate::location::Location;
use crate::migrate;

/// The one connection that writes. Lives on one thread; blocks.
pub struct Writer {
    location: Location,
    /// Absent after a panic or a lost connection; made anew by the next group.
    conn: Option<Conn>,
}

/// One open transaction. Its operations are in [`crate::tx`], one file per family of tables.
pub struct Tx<'c> {
    conn: &'c mut Conn,
    /// Whether a statement has failed that no savepoint has undone.
    failed: bool,
    /// The last row of the audit chain as this transaction knows it.
    pub(crate) audit_head: Option<(i64, String)>,
}

impl Writer {
    /// Opens the database, which must exist and be migrated (see [`crate::migrate::up`]).
    ///
    /// # Errors
    /// [`StoreError::Address`], [`StoreError::Connect`], [`StoreError::SchemaBehind`], [`StoreError::SchemaNewer`],
    /// [`StoreError::NotDurable`].
    pub fn open(url: &str) -> Result<Self, StoreError> {
        let location = Location::parse(url)?;
        let conn = connect(&location)?;
        Ok(Self { location, conn: Some(conn) })
    }

    /// Runs `work` in one immediate transaction: all of it is durable when this returns `Ok`, none of it otherwise.
    /// Use [`Tx::savepoint`] around each of several operations that must not take each other down.
    ///
    /// # Errors
    /// What `work` returned; [`StoreError::Transaction`]; [`StoreError::BrokenGroup`] when `work` returned `Ok` although
    /// a statement had failed outside a savepoint.
    pub fn group<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        // Taken out, so that a panic in `work` drops the connection and with it the transaction.
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => connect(&self.location)?,
        };
        let outcome = in_transaction(&mut conn, work);
        let lost = outcome.as_ref().is_err_and(StoreError::is_connection_lost);
        if !lost && !conn.is_unusable() {
            self.conn = Some(conn);
        }
        outcome
    }
}

fn connect(location: &Location) -> Result<Conn, StoreError> {
    let mut conn = Conn::open(location, Role::Write)?;
    migrate::check_current(location, &mut conn)?;
    conn.check_durable(location)?;
    Ok(conn)
}

fn in_transaction<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let begun = conn.begin_writing().map_err(transaction("begin"));
    let outcome = begun.and_then(|()| {
        let mut tx = Tx { conn, failed: false, audit_head: None };
        let value = work(&mut tx)?;
        if tx.failed { Err(StoreError::BrokenGroup) } else { Ok(value) }
    });
    match outcome {
        // A failed commit leaves a connection that `is_unusable` tells; dropping it undoes the rest.
        Ok(value) => conn.commit().map(|()| value).map_err(transaction("commit")),
        Err(error) => {
            if let Err(undo) = conn.roll_back() {
                tracing::debug!(error = %undo, "a transaction could not be rolled back; its connection is dropped");
            }
            Err(error)
        }
    }
}

impl Tx<'_> {
    /// Runs `work` so that its failure undoes its own writes and nothing else; the transaction goes on. A panic is a
    /// failure like any other.
    ///
    /// # Errors
    /// What `work` returned; [`StoreError::Panicked`]; [`StoreError::Transaction`] when the savepoint itself could not be
    /// begun or released; [`StoreError::BrokenGroup`] when `work` returned `Ok` although a statement in it had failed.
    /// Where a savepoint cannot be undone, the whole group is broken and nothing of it will be kept.
    pub fn savepoint<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        if self.failed {
            return Err(StoreError::BrokenGroup);
        }
        let head = self.audit_head.clone();
        self.manage("begin a savepoint of", <Conn as Connection>::TransactionManager::begin_transaction)?;
        // What a panic left behind is undone with the savepoint, or with the whole transaction where that fails.
        let outcome = match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(Ok(_)) if self.failed => Err(StoreError::BrokenGroup),
            Ok(outcome) => outcome,
            Err(payload) => Err(StoreError::Panicked { message: panic_message(payload.as_ref()) }),
        };
        if outcome.is_ok() {
            self.manage("release a savepoint of", Conn::commit)?;
            return outcome;
        }
        match self.manage("undo a savepoint of", Conn::roll_back) {
            Ok(()) => {
                self.failed = false;
                self.audit_head = head;
            }
            // The caller hears why his work failed; that the group is broken, everybody hears.
            Err(undo) => tracing::debug!(error = %chain(&undo), "the transaction is broken"),
        }
        outcome
    }

    fn manage(&mut self, step: &'static str, act: impl FnOnce(&mut Conn) -> QueryResult<()>) -> Result<(), StoreError> {
        let outcome = act(self.conn).map_err(transaction(step));
        self.failed |= outcome.is_err();
        outcome
    }

    /// Runs statements. Every one goes through here, so that none can fail unnoticed: PostgreSQL answers the commit of a
    /// transaction in which a statement failed with a rollback, and no error.
    pub(crate) fn run<T>(
        &mut self,
        doing: &'static str,
        subject: &str,
        work: impl FnOnce(&mut Conn) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        let outcome = work(self.conn);
        self.failed |= outcome.is_err();
        outcome.map_err(query(doing, subject))
    }
}
