//! What can go wrong, by operation. Every variant says what was being done to what; the cause is its source.

use cardmint_domain::errors::chain;
use cardmint_domain::{CaptureState, Fault, Origin, Permanence};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use thiserror::Error;

/// A cause of any type, as the migration harness and foreign iterators hand it over.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the store could not do what it was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address names no database we can open.
    #[error("{url:?} is not a database address: {why}")]
    Address {
        /// As given, without a password.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No connection could be made.
    #[error("cannot open {opening}")]
    Connect {
        /// What was being opened, without a password.
        opening: String,
        /// Why not.
        #[source]
        source: diesel::ConnectionError,
    },
    /// A fresh connection could not be given its settings.
    #[error("cannot set up {opening}: {setting}")]
    Setup {
        /// What was being opened, without a password.
        opening: String,
        /// Which setting.
        setting: &'static str,
        /// Why not.
        #[source]
        source: DieselError,
    },
    /// A setting that durability rests on did not take effect.
    #[error("{opening} does not hold what it is told: {setting} is {found:?}")]
    NotDurable {
        /// What was being opened, without a password.
        opening: String,
        /// Which setting.
        setting: &'static str,
        /// What the database says instead.
        found: String,
    },
    /// No connection became free, or none could be made, within the reader's time.
    #[error("no connection to {opening}")]
    Pool {
        /// What was being opened, without a password.
        opening: String,
        /// Why not.
        #[source]
        source: r2d2::Error,
    },
    /// The database was made by a newer program. Going on could damage it.
    #[error("{opening} has migrations this program does not know ({}): it was made by a newer one", unknown.join(", "))]
    SchemaNewer {
        /// What was being opened, without a password.
        opening: String,
        /// The versions it has and we do not.
        unknown: Vec<String>,
    },
    /// The database needs `migrate up` first.
    #[error("{opening} lacks migrations ({}): run `cardmintd migrate up`", pending.join(", "))]
    SchemaBehind {
        /// What was being opened, without a password.
        opening: String,
        /// The versions we have and it does not.
        pending: Vec<String>,
    },
    /// A migration failed; nothing of this run was kept.
    #[error("cannot migrate {opening} {direction}")]
    Migrate {
        /// What was being migrated, without a password.
        opening: String,
        /// `up`, `down` or `status`.
        direction: &'static str,
        /// Why not.
        #[source]
        source: Cause,
    },
    /// A statement failed.
    #[error("{doing} {subject}")]
    Query {
        /// What was being done, as in `cannot admit capture`.
        doing: &'static str,
        /// To what.
        subject: String,
        /// Why not.
        #[source]
        source: DieselError,
    },
    /// A transaction could not be begun, committed or undone.
    #[error("cannot {step} the transaction")]
    Transaction {
        /// `begin`, `commit`, `roll back`, ...
        step: &'static str,
        /// Why not.
        #[source]
        source: DieselError,
    },
    /// An operation of a group failed outside a savepoint and the group went on as if nothing had happened. Nothing of
    /// the group was kept.
    #[error("an operation in the group failed and was not isolated by a savepoint; nothing of the group was kept")]
    BrokenGroup,
    /// An operation panicked; nothing of it was kept.
    #[error("the operation panicked: {message}")]
    Panicked {
        /// What the panic said.
        message: String,
    },
    /// There is no such thing.
    #[error("there is no {what} {id:?}")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// Its name as asked for.
        id: String,
    },
    /// A capture may not make this move (see `CaptureState::may_become`).
    #[error("capture {capture} may not go from {} to {}", from.as_str(), to.as_str())]
    IllegalMove {
        /// Which capture.
        capture: String,
        /// Where it stands.
        from: CaptureState,
        /// Where it was to go.
        to: CaptureState,
    },
    /// The task, dead letter, item or batch is in a state in which this cannot be done to it.
    #[error("{what} {id} is {state}: {refused}")]
    WrongState {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        id: String,
        /// The state it is in.
        state: String,
        /// What was refused.
        refused: &'static str,
    },
    /// A review was to be accepted, and nothing stands in it that could be accepted.
    #[error("review task {task} has no candidate to accept")]
    NothingToAccept {
        /// Which task.
        task: i64,
    },
    /// A stored value is not one this program writes.
    #[error("{table} {id}: {column} holds {value:?}")]
    Corrupt {
        /// Which table.
        table: &'static str,
        /// Which row.
        id: String,
        /// Which column.
        column: &'static str,
        /// What it holds (shortened).
        value: String,
    },
    /// A value that cannot be stored without changing it.
    #[error("{what} of {subject} cannot be stored: {why}")]
    Unstorable {
        /// Which value.
        what: &'static str,
        /// Of what.
        subject: String,
        /// Why.
        why: String,
    },
    /// The catalogue being imported ended with an error. Nothing of it was kept.
    #[error("the catalogue from {from} could not be read to its end")]
    CatalogueSource {
        /// Where it comes from.
        from: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The catalogue being imported contradicts itself. Nothing of it was kept.
    #[error("the catalogue from {from} contradicts itself: {why}")]
    CatalogueContent {
        /// Where it comes from.
        from: String,
        /// How.
        why: String,
    },
    /// The caller looked at what a group had done and refused it. Nothing of it was kept.
    #[error("refused: {0}")]
    Refused(String),
}

impl StoreError {
    /// Whether the same call may succeed later without anybody changing anything: the database is busy, full or away.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Pool { .. } => true,
            Self::Query { source, .. } | Self::Setup { source, .. } | Self::Transaction { source, .. } => {
                is_transient(source)
            }
            _ => false,
        }
    }

    /// Whether the database cannot be opened and waiting does not help: the server knows no such user, database or password, or
    /// the file cannot be.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        let Self::Connect { source, .. } = self else { return false };
        let text = source.to_string();
        ["authentication failed", "does not exist", "no pg_hba.conf entry", "unable to open database file"]
            .iter()
            .any(|words| text.contains(words))
    }

    /// Whether what a group wrote may have become durable although the group failed: its commit was under way when the
    /// database went silent. After every other error of [`crate::Writer::group`] surely nothing of it was written.
    #[must_use]
    pub fn may_have_been_written(&self) -> bool {
        let Self::Transaction { step: "commit", source } = self else { return false };
        match source {
            // The database itself says that it could not begin to write.
            DieselError::DatabaseError(kind, info) => {
                matches!(kind, DatabaseErrorKind::Unknown | DatabaseErrorKind::ClosedConnection)
                    && !info.message().contains("database is locked")
            }
            _ => true,
        }
    }

    /// Whether the connection itself is of no further use.
    pub(crate) fn is_connection_lost(&self) -> bool {
        match self {
            Self::Query { source, .. } | Self::Transaction { source, .. } => is_connection_lost(source),
            _ => false,
        }
    }

    /// The same as a stage's fault: always ours, never the card's.
    #[must_use]
    pub fn to_fault(&self) -> Fault {
        let permanence = if self.is_transient() { Permanence::Transient } else { Permanence::Permanent };
        Fault::new(Origin::Ours, permanence, chain(self))
    }
}

/// A statement's error, with what it was for.
pub(crate) fn query(doing: &'static str, subject: impl Into<String>) -> impl FnOnce(DieselError) -> StoreError {
    let subject = subject.into();
    move |source| StoreError::Query { doing, subject, source }
}

pub(crate) fn transaction(step: &'static str) -> impl FnOnce(DieselError) -> StoreError {
    move |source| StoreError::Transaction { step, source }
}

pub(crate) fn not_found(what: &'static str, id: impl ToString) -> StoreError {
    StoreError::NotFound { what, id: id.to_string() }
}

/// SQLite reports locks, a full disk and I/O errors without a kind of their own, so its words decide. They are those of
/// `sqlite3_errstr`, unchanged for twenty years.
fn is_transient(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => true,
        DieselError::DatabaseError(_, info) => {
            let text = info.message();
            [
                "database is locked",
                "database table is locked",
                "database or disk is full",
                "disk I/O error",
                "No space left on device",
                "canceling statement due to",
                "the database system is",
                "server closed the connection",
                "terminating connection",
                "remaining connection slots",
                "deadlock detected",
            ]
            .iter()
            .any(|words| text.contains(words))
        }
        DieselError::BrokenTransactionManager => true,
        _ => false,
    }
}

fn is_connection_lost(error: &DieselError) -> bool {
    match error {
        DieselError::BrokenTransactionManager => true,
        DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => true,
        DieselError::DatabaseError(_, info) => {
            ["server closed the connection", "terminating connection", "no connection to the server"]
                .iter()
                .any(|words| info.message().contains(words))
        }
        _ => false,
    }
}
