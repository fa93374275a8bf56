//! The schema's versions: up, down, status. The files are part of the program.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use diesel::connection::Connection;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::sql_types::{Bool, Text};
use diesel::{QueryResult, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use serde::Serialize;

use crate::StoreError;
use crate::conn::{Conn, Role, setup};
use crate::error::Cause;
use crate::location::Location;

const LITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const PG: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// One migration and whether the database has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MigrationStatus {
    /// Its version: the time stamp its folder begins with.
    pub version: String,
    /// Its folder's name; empty for one this program does not know.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
    /// Whether this program knows it.
    pub known: bool,
}

/// Applies what is missing, all of it or nothing; creates a missing SQLite file and puts it into WAL mode. Returns the
/// versions applied. Safe to call from several processes at once.
///
/// # Errors
/// [`StoreError::SchemaNewer`] for a database of a newer program, [`StoreError::Migrate`], [`StoreError::Connect`].
pub fn up(url: &str) -> Result<Vec<String>, StoreError> {
    let location = Location::parse(url)?;
    alone(&location, "up", |conn| {
        refuse_newer(&location, conn, "up")?;
        let run = match conn {
            Conn::Lite(lite) => pending(lite, LITE),
            Conn::Pg(pg) => pending(pg, PG),
        };
        run.map_err(|source| failed(&location, "up", source))
    })
}

/// Takes back the last `count` migrations, newest first, all of them or nothing. Returns the versions taken back.
///
/// # Errors
/// As for [`up`].
pub fn down(url: &str, count: usize) -> Result<Vec<String>, StoreError> {
    let location = Location::parse(url)?;
    alone(&location, "down", |conn| {
        refuse_newer(&location, conn, "down")?;
        let applied = applied(conn).map_err(|source| failed(&location, "down", source.into()))?;
        let back: Vec<String> = applied.into_iter().rev().take(count).collect();
        let run = match conn {
            Conn::Lite(lite) => revert(lite, LITE, &back),
            Conn::Pg(pg) => revert(pg, PG, &back),
        };
        run.map(|()| back).map_err(|source| failed(&location, "down", source))
    })
}

/// Every migration known to the program or to the database, oldest first. Never changes anything.
///
/// # Errors
/// [`StoreError::Connect`], [`StoreError::Migrate`].
pub fn status(url: &str) -> Result<Vec<MigrationStatus>, StoreError> {
    let location = Location::parse(url)?;
    let mut conn = Conn::open(&location, Role::Look)?;
    let known = known(&location, "status")?;
    let applied = applied(&mut conn).map_err(|source| failed(&location, "status", source.into()))?;
    let mut all: BTreeMap<String, MigrationStatus> = BTreeMap::new();
    for (version, name) in known {
        let status = MigrationStatus { version: version.clone(), name, applied: false, known: true };
        all.insert(version, status);
    }
    for version in applied {
        let unknown = MigrationStatus { version: version.clone(), name: String::new(), applied: true, known: false };
        all.entry(version).or_insert(unknown).applied = true;
    }
    Ok(all.into_values().collect())
}

/// Refuses a database that this program does not know to the letter.
pub(crate) fn check_current(location: &Location, conn: &mut Conn) -> Result<(), StoreError> {
    refuse_newer(location, conn, "status")?;
    let applied = applied(conn).map_err(|source| failed(location, "status", source.into()))?;
    let pending: Vec<String> =
        known(location, "status")?.into_keys().filter(|version| !applied.contains(version)).collect();
    if pending.is_empty() {
        return Ok(());
    }
    Err(StoreError::SchemaBehind { opening: location.to_string(), pending })
}

fn refuse_newer(location: &Location, conn: &mut Conn, direction: &'static str) -> Result<(), StoreError> {
    let known = known(location, direction)?;
    let applied = applied(conn).map_err(|source| failed(location, direction, source.into()))?;
    let unknown: Vec<String> = applied.into_iter().filter(|version| !known.contains_key(version)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(StoreError::SchemaNewer { opening: location.to_string(), unknown })
}

/// Runs `work` in one transaction, in one process at a time.
fn alone<T>(
    location: &Location,
    direction: &'static str,
    work: impl FnOnce(&mut Conn) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    // Held until the end of this function.
    let _turn = match location {
        Location::Sqlite { path } => Some(lock_directory(path).map_err(|e| failed(location, direction, e.into()))?),
        Location::Postgres { .. } => None,
    };
    let mut conn = Conn::open(location, Role::Migrate)?;
    if let Conn::Lite(_) = conn {
        set_wal(&mut conn).map_err(setup(location, "journal_mode"))?;
    }
    conn.begin_writing().map_err(|source| failed(location, direction, source.into()))?;
    // Without a commit, dropping the connection undoes everything.
    let value = work(&mut conn)?;
    conn.commit().map_err(|source| failed(location, direction, source.into()))?;
    Ok(value)
}

/// Two processes that put a new file into WAL mode at once do not wait for each other: one fails. So they take turns by a
/// lock on the file's directory. Not on the file: closing it would drop SQLite's own locks on it in this process.
fn lock_directory(path: &str) -> std::io::Result<File> {
    let parent = Path::new(path).parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = File::open(parent.unwrap_or(Path::new(".")))?;
    directory.lock()?;
    Ok(directory)
}

fn set_wal(conn: &mut Conn) -> QueryResult<()> {
    if conn.word("PRAGMA journal_mode")? != "wal" {
        conn.word("PRAGMA journal_mode = WAL")?;
    }
    Ok(())
}

fn pending<C, DB>(conn: &mut C, files: EmbeddedMigrations) -> Result<Vec<String>, Cause>
where
    C: MigrationHarness<DB>,
    DB: diesel::backend::Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    Ok(conn.run_pending_migrations(files)?.iter().map(MigrationVersion::to_string).collect())
}

fn revert<C, DB>(conn: &mut C, files: EmbeddedMigrations, versions: &[String]) -> Result<(), Cause>
where
    C: MigrationHarness<DB> + Connection<Backend = DB>,
    DB: diesel::backend::Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let all: Vec<Box<dyn Migration<DB>>> = files.migrations()?;
    for version in versions {
        let found = all.iter().find(|migration| migration.name().version().to_string() == *version);
        conn.revert_migration(found.ok_or("a migration vanished from the program")?)?;
    }
    Ok(())
}

/// Version and folder name of every migration of the program.
fn known(location: &Location, direction: &'static str) -> Result<BTreeMap<String, String>, StoreError> {
    let names = match location {
        Location::Sqlite { .. } => names::<diesel::sqlite::Sqlite>(LITE),
        Location::Postgres { .. } => names::<diesel::pg::Pg>(PG),
    };
    names.map_err(|source| failed(location, direction, source))
}

fn names<DB: diesel::backend::Backend>(files: EmbeddedMigrations) -> Result<BTreeMap<String, String>, Cause>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let all: Vec<Box<dyn Migration<DB>>> = files.migrations()?;
    Ok(all.iter().map(|migration| (migration.name().version().to_string(), migration.name().to_string())).collect())
}

/// Versions that the database has, oldest first; none where nothing was ever migrated.
fn applied(conn: &mut Conn) -> QueryResult<Vec<String>> {
    const LITE_HAS: &str = "SELECT count(*) > 0 FROM sqlite_master WHERE name = '__diesel_schema_migrations'";
    const PG_HAS: &str = "SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL";
    const VERSIONS: &str = "SELECT version FROM __diesel_schema_migrations ORDER BY version";
    let there: bool = match conn {
        Conn::Lite(lite) => sql::<Bool>(LITE_HAS).get_result(lite)?,
        Conn::Pg(pg) => sql::<Bool>(PG_HAS).get_result(pg)?,
    };
    if !there {
        return Ok(Vec::new());
    }
    match conn {
        Conn::Lite(lite) => sql::<Text>(VERSIONS).load(lite),
        Conn::Pg(pg) => sql::<Text>(VERSIONS).load(pg),
    }
}

fn failed(location: &Location, direction: &'static str, source: Cause) -> StoreError {
    StoreError::Migrate { opening: location.to_string(), direction, source }
}
