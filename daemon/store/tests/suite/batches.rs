//! Batches and their defaults.

use cardmint_domain::inventory::BatchDefaults;
use cardmint_domain::{BatchId, Condition, Edition, Finish};
use cardmint_store::{Batch, StoreError};

use super::Db;
use super::fixtures::*;

pub(crate) fn a_batch_is_declared_changed_and_closed(db: &Db) {
    let mut store = db.open();
    let played =
        BatchDefaults { finish: Finish::Holo, edition: Edition::First, condition: Condition::ModeratelyPlayed };
    let declared = batch("monday", played, Some("box 1"));
    store.write(|tx| tx.upsert_batch(&declared, "uid:1", NOW));
    assert_eq!(store.reader.batch(&declared.id).unwrap(), Some(declared.clone()));

    let changed = Batch { defaults: BatchDefaults::default(), location: None, opened_at: at(5), ..declared.clone() };
    store.write(|tx| tx.upsert_batch(&changed, "uid:1", at(5)));
    let kept = Batch { opened_at: NOW, ..changed };
    assert_eq!(store.reader.batch(&declared.id).unwrap(), Some(kept.clone()));

    store.write(|tx| tx.close_batch(&declared.id, "uid:1", at(9)));
    assert_eq!(store.reader.batch(&declared.id).unwrap().unwrap().closed_at, Some(at(9)));
    let twice = store.writer.group(|tx| tx.close_batch(&declared.id, "uid:1", at(10)));
    assert!(matches!(twice, Err(StoreError::WrongState { what: "batch", .. })));
    let missing = store.writer.group(|tx| tx.close_batch(&BatchId::new("tuesday"), "uid:1", at(10)));
    assert!(matches!(missing, Err(StoreError::NotFound { what: "batch", .. })));

    store.write(|tx| tx.upsert_batch(&kept, "uid:1", at(11)));
    assert_eq!(store.reader.batch(&declared.id).unwrap(), Some(kept), "declared without an end it is open again");
}

pub(crate) fn a_batch_that_nobody_declared_is_made_at_admission(db: &Db) {
    let mut store = db.open();
    let played = BatchDefaults { condition: Condition::HeavilyPlayed, ..BatchDefaults::default() };
    store.write(|tx| tx.upsert_batch(&batch("known", played, None), "uid:1", NOW));
    store.write(|tx| tx.admit(&capture_in("known", 1)));
    store.write(|tx| tx.admit(&capture_in("new", 2)));
    let claims = store.write(|tx| tx.claim(NOW, LEASE_MS, 2));
    assert_eq!([claims[0].defaults, claims[1].defaults], [played, BatchDefaults::default()]);
    let made = store.reader.batch(&BatchId::new("new")).unwrap().unwrap();
    assert_eq!((made.opened_at, made.location), (capture(2).admitted_at, None));
}

pub(crate) fn batches_know_what_became_of_them(db: &Db) {
    let mut store = db.open();
    store.write(|tx| tx.upsert_batch(&batch("empty", BatchDefaults::default(), None), "uid:1", NOW));
    store.write(|tx| tx.admit(&capture_in("b", 5)));
    let claim = store.write(|tx| tx.claim(NOW, LEASE_MS, 1)).remove(0);
    let scans = vec![scan(&claim, 0, booked("base1-4")), scan(&claim, 1, unsure())];
    store.done(|tx| tx.commit_capture(&commit(&claim, scans)));
    store.write(|tx| tx.admit(&capture_in("b", 6)));
    let views = store.reader.batches().unwrap();
    let numbers: Vec<_> =
        views.iter().map(|view| (view.batch.id.as_str(), view.captures, view.done, view.scans)).collect();
    assert_eq!(numbers, [("empty", 0, 0, 0), ("b", 2, 1, 2)], "newest first");
}
