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

/// What every writer holds for the time of its transaction.
const WRITERS_LOCK: &str = "SELECT pg_advisory_lock(4840914177190412916)";

/// The address with a session setting in it, as an administrator may give it.
fn with_option(url: &str, option: &str) -> String {
    format!("{url}?options=-c%20{}", option.replace('=', "%3D"))
}

#[test]
fn a_writer_does_not_wait_for_ever_for_another_one() {
    let db = fresh();
    drop(db.open());
    let mut other = connect(&db.url);
    other.batch_execute(WRITERS_LOCK).unwrap();
    let mut writer = Writer::open(&with_option(&db.url, "lock_timeout=200ms")).unwrap();
    let error = writer.group(|tx| tx.admit(&fixtures::capture(1))).err().unwrap();
    assert!(chain(&error).contains("lock timeout"), "{}", chain(&error));
    assert!(error.is_transient() && !error.may_have_been_written());
    drop(other);
    writer.group(|tx| tx.admit(&fixtures::capture(1))).unwrap();
}

#[test]
fn a_station_that_is_stuck_in_a_transaction_holds_nobody_up() {
    let db = fresh();
    let mut store = db.open();
    let stuck_url = with_option(&db.url, "idle_in_transaction_session_timeout=200ms");
    let (inside, is_inside) = std::sync::mpsc::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let stuck = std::thread::spawn(move || {
        let mut writer = Writer::open(&stuck_url).unwrap();
        writer.group(|tx| {
            let admission = tx.admit(&fixtures::capture(1));
            inside.send(()).unwrap();
            may_go_on.recv().unwrap();
            admission
        })
    });
    is_inside.recv().unwrap();
    // Waits for the lock until the server has cut the other one off.
    store.write(|tx| tx.admit(&fixtures::capture(2)));
    go_on.send(()).unwrap();
    let error = stuck.join().unwrap().err().unwrap();
    assert!(error.is_transient(), "{}", chain(&error));
    assert_eq!(store.reader.counts().unwrap().captures["admitted"], 1);
}

#[test]
fn every_wait_of_a_writer_is_bounded_where_nobody_says_anything() {
    let db = fresh();
    let mut store = db.open();
    db.raw(
        "CREATE FUNCTION show() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'lock % statement % idle %', \
         current_setting('lock_timeout'), current_setting('statement_timeout'), \
         current_setting('idle_in_transaction_session_timeout'); END $$; \
         CREATE TRIGGER show BEFORE INSERT ON captures FOR EACH ROW EXECUTE FUNCTION show()",
    )
    .unwrap();
    let shown = chain(&store.writer.group(|tx| tx.admit(&fixtures::capture(1))).err().unwrap());
    assert!(shown.contains("lock 30s statement 1min idle 1min"), "{shown}");
}

#[test]
fn the_time_is_the_databases() {
    let db = fresh();
    let store = db.open();
    let (first, second) = (store.reader.now().unwrap().unwrap(), store.reader.now().unwrap().unwrap());
    assert!(first > fixtures::NOW && first <= second);
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
