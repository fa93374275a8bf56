//! The suite on SQLite files, and what is true of SQLite alone.

// Everything here is a test, also what stands outside of a test function.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[macro_use]
#[path = "../suite/mod.rs"]
mod suite;

use cardmint_domain::errors::chain;
use cardmint_store::{StoreError, Writer, migrate};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use suite::Db;

fn connect(url: &str) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(url.strip_prefix("sqlite:").unwrap()).unwrap();
    connection.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
    connection
}

fn fresh() -> Db {
    // A name with every character that could go wrong on the way through a URI.
    let dir = tempfile::Builder::new().prefix("store %41?#é ").tempdir().unwrap();
    Db {
        url: format!("sqlite:{}", dir.path().join("cards.db").display()),
        raw: |url, sql| connect(url).batch_execute(sql),
        tamper: |url, sql| {
            let guards = "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; DROP TRIGGER audit_in_order;";
            connect(url).batch_execute(&format!("{guards} {sql}")).unwrap();
        },
        _guard: Box::new(dir),
    }
}

behaviours!(crate::fresh);

#[test]
fn a_missing_file_is_not_made_by_a_writer() {
    let db = fresh();
    let error = Writer::open(&db.url).err().unwrap();
    assert!(matches!(error, StoreError::Connect { .. }), "{error}");
    assert!(error.is_transient());
    assert!(matches!(migrate::status(&db.url), Err(StoreError::Connect { .. })));
}

#[test]
fn a_file_without_a_write_ahead_log_is_not_durable_enough() {
    let db = fresh();
    migrate::up(&db.url).unwrap();
    db.raw("PRAGMA journal_mode = DELETE").unwrap();
    match Writer::open(&db.url).err().unwrap() {
        StoreError::NotDurable { setting, found, .. } => {
            assert_eq!((setting, found.as_str()), ("journal_mode", "delete"))
        }
        other => panic!("{other}"),
    }
    // Another `up` finds nothing to apply and puts it right.
    assert!(migrate::up(&db.url).unwrap().is_empty());
    assert!(Writer::open(&db.url).is_ok());
}

#[test]
fn a_file_that_is_no_database_is_an_error_that_names_it() {
    let db = fresh();
    let path = db.url.strip_prefix("sqlite:").unwrap();
    std::fs::write(path, [b'x'; 4096]).unwrap();
    let error = migrate::up(&db.url).err().unwrap();
    assert!(chain(&error).contains("cards.db") && chain(&error).contains("not a database"), "{}", chain(&error));
}
