//! The suite on PostgreSQL, and what is true of PostgreSQL alone. The cluster is the tests' own.

// Everything here is a test, also what stands outside of a test function.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[macro_use]
#[path = "../suite/mod.rs"]
mod suite;

mod cluster;

use std::sync::atomic::{AtomicU32, Ordering};

use cardmint_domain::errors::chain;
use cardmint_store::{StoreError, Writer, migrate};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use suite::{Db, fixtures};

static NEXT: AtomicU32 = AtomicU32::new(0);

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).unwrap()
}

fn fresh() -> Db {
    let cluster = cluster::shared();
    let name = format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed));
    Db {
        url: cluster.own(&name),
        raw: |url, sql| connect(url).batch_execute(sql),
        tamper: |url, sql| {
            connect(url).batch_execute(&format!("SET session_replication_role = replica; {sql}")).unwrap();
        },
        _guard: Box::new(()),
    }
}

behaviours!(crate::fresh);

#[test]
fn two_stations_write_to_one_database_without_a_gap() {
    let db = fresh();
    let mut store = db.open();
    let stations: Vec<_> = (0_u32..4)
        .map(|station| {
            let url = db.url.clone();
            std::thread::spawn(move || {
                let mut writer = Writer::open(&url).unwrap();
                for number in 0..25 {
                    let capture = fixtures::capture(station * 100 + number);
                    writer.group(|tx| tx.admit(&capture)).unwrap();
                    writer.group(|tx| tx.claim(fixtures::NOW, 60_000, 1)).unwrap();
                }
            })
        })
        .collect();
    stations.into_iter().for_each(|station| station.join().unwrap());
    let audit = store.reader.verify_audit().unwrap();
    assert!(audit.is_intact(), "{audit:?}");
    assert_eq!(store.reader.counts().unwrap().captures["in_progress"], 100);
    assert!(store.write(|tx| tx.claim(fixtures::NOW, 60_000, 100)).is_empty());
}

#[test]
fn a_writer_whose_connection_was_cut_makes_a_new_one() {
    let db = fresh();
    let mut store = db.open();
    store.write(|tx| tx.admit(&fixtures::capture(1)));
    db.raw(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .unwrap();
    let error = store.writer.group(|tx| tx.admit(&fixtures::capture(2))).err().unwrap();
    assert!(error.is_transient(), "{}", chain(&error));
    store.write(|tx| tx.admit(&fixtures::capture(2)));
    assert_eq!(store.reader.counts().unwrap().captures["admitted"], 2);
}

#[test]
fn a_server_that_answers_before_it_has_written_is_told_otherwise() {
    let db = fresh();
    migrate::up(&db.url).unwrap();
    db.raw("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$")
        .unwrap();
    assert!(Writer::open(&db.url).is_ok());
}

#[test]
fn a_database_that_does_not_exist_is_named_without_its_password() {
    let url = cluster::shared().url("nowhere").replace("cardmint@", "cardmint:hunter2@");
    let error = Writer::open(&url).err().unwrap();
    assert!(matches!(error, StoreError::Connect { .. }));
    assert!(chain(&error).contains("nowhere") && !chain(&error).contains("hunter2"), "{}", chain(&error));
}
