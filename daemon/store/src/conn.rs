//! Connections to either database: opened, given their settings, and checked.
//!
//! Guarantee: a connection that writes is refused unless what it commits survives power loss; a connection that reads
//! cannot write; none waits for ever for another, for the database or for the network.
//!
//! Deliberately absent: settings for those waits. What the administrator sets for the role, the database or in the address
//! (`?options=-c%20lock_timeout%3D5s`, `?connect_timeout=3`) holds; the values here stand where nobody says anything.

// The derive's own types carry no documentation.
#![allow(missing_docs)]

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel::{Connection, MultiConnection, PgConnection, QueryResult, RunQueryDsl, SqliteConnection};

use crate::StoreError;
use crate::location::Location;

/// A connection to either database. Queries are written once, on this type.
#[derive(MultiConnection)]
pub(crate) enum Conn {
    /// PostgreSQL.
    Pg(PgConnection),
    /// SQLite.
    Lite(SqliteConnection),
}

/// How long a statement waits for another process that writes.
const LITE_PATIENCE: &str = "PRAGMA busy_timeout = 10000;";

/// Longest waits on PostgreSQL for the network, as libpq takes them: 10 s for a connection, and about a minute until a peer
/// that has fallen silent counts as gone.
const PG_NETWORK: [(&str, &str); 5] = [
    ("connect_timeout", "10"),
    ("keepalives_idle", "30"),
    ("keepalives_interval", "10"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "60000"),
];

/// Longest waits on PostgreSQL within a session: for a lock that another session holds, for a statement (which includes
/// that), and for this program between two statements of one transaction. The last one frees what a station holds that is
/// stuck, asleep or cut off, above all the writers' lock. The first stays under what the writer declares as its longest stay
/// in the database.
const PG_WAITS: [(&str, &str); 3] =
    [("lock_timeout", "30s"), ("statement_timeout", "60s"), ("idle_in_transaction_session_timeout", "60s")];

/// Migrations rewrite tables, and wait for stations that still run.
const PG_WAITS_MIGRATING: [(&str, &str); 3] =
    [("lock_timeout", "5min"), ("statement_timeout", "1h"), ("idle_in_transaction_session_timeout", "5min")];

/// Whoever writes to a PostgreSQL database of ours holds this lock for the time of its transaction, so that there is one
/// writer at a time there too and identifiers and the audit chain are counted without a gap. The number is arbitrary.
const PG_WRITER_LOCK: &str = "SELECT pg_advisory_xact_lock(4840914177190412916)";

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Migrating: creates a missing SQLite file.
    Migrate,
    /// Looking at the schema's versions only.
    Look,
    /// Writing.
    Write,
    /// Reading.
    Read,
}

impl Conn {
    /// Opens a connection and gives it the settings of its role.
    pub(crate) fn open(location: &Location, role: Role) -> Result<Self, StoreError> {
        match location {
            Location::Sqlite { path } => open_lite(location, path, role).map(Self::Lite),
            Location::Postgres { url } => open_pg(location, url, role).map(Self::Pg),
        }
    }

    /// Begins a transaction that may write, and waits until it is the only one that may.
    pub(crate) fn begin_writing(&mut self) -> QueryResult<()> {
        match self {
            Self::Lite(lite) => AnsiTransactionManager::begin_transaction_sql(lite, "BEGIN IMMEDIATE"),
            Self::Pg(pg) => {
                // Each statement sees what was committed before it, so everything after the lock sees it all.
                AnsiTransactionManager::begin_transaction_sql(pg, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")?;
                pg.batch_execute(PG_WRITER_LOCK)
            }
        }
    }

    /// Begins a transaction that sees the database as it is now until it ends.
    pub(crate) fn begin_reading(&mut self) -> QueryResult<()> {
        match self {
            Self::Lite(lite) => AnsiTransactionManager::begin_transaction_sql(lite, "BEGIN DEFERRED"),
            Self::Pg(pg) => {
                AnsiTransactionManager::begin_transaction_sql(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            }
        }
    }

    pub(crate) fn commit(&mut self) -> QueryResult<()> {
        <Self as Connection>::TransactionManager::commit_transaction(self)
    }

    pub(crate) fn roll_back(&mut self) -> QueryResult<()> {
        <Self as Connection>::TransactionManager::rollback_transaction(self)
    }

    /// Whether a transaction was left open or cannot be ended.
    pub(crate) fn is_unusable(&mut self) -> bool {
        let status = <Self as Connection>::TransactionManager::transaction_manager_status_mut(self);
        !matches!(status.transaction_depth(), Ok(None))
    }

    /// One word from the database: the answer to `PRAGMA x` or `SHOW x`.
    pub(crate) fn word(&mut self, question: &str) -> QueryResult<String> {
        match self {
            Self::Lite(lite) => sql::<Text>(question).get_result(lite),
            Self::Pg(pg) => sql::<Text>(question).get_result(pg),
        }
    }

    /// Refuses a database that does not hold what it is told.
    pub(crate) fn check_durable(&mut self, location: &Location) -> Result<(), StoreError> {
        let wanted: &[(&'static str, &str, &[&str])] = match self {
            Self::Lite(_) => {
                &[("journal_mode", "PRAGMA journal_mode", &["wal"]), ("synchronous", "PRAGMA synchronous", &["2", "3"])]
            }
            Self::Pg(_) => &[
                ("fsync", "SHOW fsync", &["on"]),
                ("full_page_writes", "SHOW full_page_writes", &["on"]),
                ("synchronous_commit", "SHOW synchronous_commit", &["on", "local", "remote_write", "remote_apply"]),
            ],
        };
        for (setting, question, good) in wanted {
            let found = self.word(question).map_err(setup(location, setting))?;
            if !good.contains(&found.as_str()) {
                return Err(StoreError::NotDurable { opening: location.to_string(), setting, found });
            }
        }
        Ok(())
    }
}

fn open_lite(location: &Location, path: &str, role: Role) -> Result<SqliteConnection, StoreError> {
    let mode = if role == Role::Migrate { "rwc" } else { "rw" };
    let mut lite = SqliteConnection::establish(&Location::sqlite_uri(path, mode)).map_err(connect(location))?;
    let mut set = |setting, sql: &str| lite.batch_execute(sql).map_err(setup(location, setting));
    set("busy_timeout", LITE_PATIENCE)?;
    match role {
        Role::Write => set("synchronous", "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?,
        Role::Migrate => set("synchronous", "PRAGMA synchronous = FULL;")?,
        Role::Read | Role::Look => set("query_only", "PRAGMA query_only = ON;")?,
    }
    Ok(lite)
}

fn open_pg(location: &Location, url: &str, role: Role) -> Result<PgConnection, StoreError> {
    let mut pg = PgConnection::establish(&with_network_waits(url)).map_err(connect(location))?;
    let mut set = |setting: &'static str, sql: &str| pg.batch_execute(sql).map_err(setup(location, setting));
    // libpq prints notices on stderr, and "already exists, skipping" is none of anybody's business.
    set("client_min_messages", "SET client_min_messages = warning")?;
    for (setting, value) in if role == Role::Migrate { PG_WAITS_MIGRATING } else { PG_WAITS } {
        let unless_set =
            format!("SELECT set_config('{setting}', '{value}', false) WHERE current_setting('{setting}') = '0'");
        set(setting, &unless_set)?;
    }
    match role {
        // A server may be configured to answer before it has written; where it waits for more than that, let it.
        Role::Write | Role::Migrate => set(
            "synchronous_commit",
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
        )?,
        Role::Read | Role::Look => set("default_transaction_read_only", "SET default_transaction_read_only = on")?,
    }
    Ok(pg)
}

/// The address with [`PG_NETWORK`], except for what it says itself.
fn with_network_waits(url: &str) -> String {
    let (_, said) = url.split_once('?').unwrap_or((url, ""));
    let mut whole = url.to_owned();
    for (name, value) in PG_NETWORK {
        if !said.split('&').any(|pair| pair.split('=').next() == Some(name)) {
            let joint = if whole.contains('?') { '&' } else { '?' };
            whole.push_str(&format!("{joint}{name}={value}"));
        }
    }
    whole
}

fn connect(location: &Location) -> impl FnOnce(diesel::ConnectionError) -> StoreError {
    let opening = location.to_string();
    |source| StoreError::Connect { opening, source }
}

pub(crate) fn setup(
    location: &Location,
    setting: &'static str,
) -> impl FnOnce(diesel::result::Error) -> StoreError + use<> {
    let opening = location.to_string();
    move |source| StoreError::Setup { opening, setting, source }
}

/// Inserts many rows with as few statements as the databases' limits allow. Diesel has one way of doing this for each
/// database, and none for both.
macro_rules! insert_all {
    ($conn:expr, $table:expr, $rows:expr) => {{
        let mut outcome = Ok(());
        for chunk in $rows.chunks($crate::conn::ROWS_AT_ONCE) {
            let inserted = match $conn {
                $crate::conn::Conn::Pg(pg) => diesel::insert_into($table).values(chunk).execute(pg),
                $crate::conn::Conn::Lite(lite) => diesel::insert_into($table).values(chunk).execute(lite),
            };
            if let Err(error) = inserted {
                outcome = Err(error);
                break;
            }
        }
        outcome
    }};
}
pub(crate) use insert_all;

/// Rows of one `INSERT`: with 25 columns, well under the 32,766 parameters that SQLite takes.
pub(crate) const ROWS_AT_ONCE: usize = 250;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_connection_that_writes_can() {
        let dir = tempfile::tempdir().unwrap();
        let location = Location::parse(&format!("sqlite:{}", dir.path().join("x.db").display())).unwrap();
        let create = |role| Conn::open(&location, role).unwrap().batch_execute("CREATE TABLE IF NOT EXISTS t (x)");
        create(Role::Migrate).unwrap();
        for role in [Role::Read, Role::Look] {
            let refused = Conn::open(&location, role).unwrap().batch_execute("INSERT INTO t VALUES (1)");
            assert!(refused.unwrap_err().to_string().contains("readonly"), "{role:?}");
        }
        create(Role::Write).unwrap();
    }

    #[test]
    fn an_address_keeps_what_it_says_about_the_network() {
        let whole = with_network_waits("postgres://u@h/d");
        assert!(whole.starts_with("postgres://u@h/d?connect_timeout=10&keepalives_idle=30&"), "{whole}");
        let whole = with_network_waits("postgres://u@h/d?sslmode=require&connect_timeout=3");
        assert!(whole.starts_with("postgres://u@h/d?sslmode=require&connect_timeout=3&keepalives_idle=30&"), "{whole}");
        assert_eq!(whole.matches("connect_timeout").count(), 1);
    }

    #[test]
    fn a_transaction_left_open_makes_a_connection_unusable() {
        let dir = tempfile::tempdir().unwrap();
        let location = Location::parse(&format!("sqlite:{}", dir.path().join("x.db").display())).unwrap();
        let mut conn = Conn::open(&location, Role::Migrate).unwrap();
        assert!(!conn.is_unusable());
        conn.begin_writing().unwrap();
        assert!(conn.is_unusable());
        conn.roll_back().unwrap();
        assert!(!conn.is_unusable());
    }
}
