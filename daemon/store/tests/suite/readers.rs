//! Readers beside the writer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use cardmint_store::{Page, Reader, ReaderOptions, StoreError};

use super::Db;
use super::fixtures::*;

pub(crate) fn a_reader_says_whether_its_database_is_there(db: &Db) {
    let store = db.open();
    store.reader.ping().unwrap();
    let address = Reader::open("mysql://x", ReaderOptions::default());
    assert!(matches!(address.err(), Some(StoreError::Address { .. })));
}

pub(crate) fn readers_see_only_what_is_committed_and_never_wait(db: &Db) {
    let mut store = db.open();
    let reader = store.reader.clone();
    let (ask, asked) = mpsc::channel::<()>();
    let (answer, answered) = mpsc::channel::<u64>();
    let questions = std::thread::spawn(move || {
        while asked.recv().is_ok() {
            answer.send(reader.counts().unwrap().captures["admitted"]).unwrap();
        }
    });
    store.write(|tx| {
        tx.admit(&capture(1))?;
        // The transaction is open and has written; the reader answers meanwhile, and does not see it.
        ask.send(()).unwrap();
        assert_eq!(answered.recv_timeout(Duration::from_secs(60)).unwrap(), 0);
        tx.admit(&capture(2))
    });
    ask.send(()).unwrap();
    assert_eq!(answered.recv_timeout(Duration::from_secs(60)).unwrap(), 2);
    drop(ask);
    questions.join().unwrap();
}

pub(crate) fn an_answer_is_one_snapshot(db: &Db) {
    static DONE: AtomicBool = AtomicBool::new(false);
    let mut store = db.open();
    store.write(|tx| tx.admit(&capture(0)));
    let reader = store.reader.clone();
    let watcher = std::thread::spawn(move || {
        let mut looks = 0;
        while !DONE.load(Ordering::Relaxed) || looks == 0 {
            // Each group below writes one capture and one audit row; the two are counted by different queries.
            let counts = reader.counts().unwrap();
            assert_eq!(counts.captures["admitted"] + 1, counts.audit_rows);
            let list = reader.captures(&Default::default(), Page { limit: 1000, offset: 0 }).unwrap();
            assert_eq!(list.total, list.items.len() as u64);
            looks += 1;
        }
        looks
    });
    for number in 1..=200 {
        store.write(|tx| tx.admit(&capture(number)));
    }
    DONE.store(true, Ordering::Relaxed);
    assert!(watcher.join().unwrap() > 0);
}

pub(crate) fn a_database_that_is_away_is_an_error_within_the_readers_time(db: &Db) {
    let options = ReaderOptions { connections: 1, acquire_timeout: Duration::from_millis(50) };
    let nowhere = if db.url.starts_with("sqlite:") {
        format!("{}-nowhere", db.url)
    } else {
        "postgres://cardmint@%2Fnowhere/x".to_owned()
    };
    let reader = Reader::open(&nowhere, options).unwrap();
    let error = reader.ping().unwrap_err();
    assert!(matches!(error, StoreError::Pool { .. }), "{error}");
    assert!(error.is_transient());
    assert_eq!(error.to_fault().permanence, cardmint_domain::Permanence::Transient);
}
