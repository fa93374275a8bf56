//! Many operations in one transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cardmint_domain::BatchId;
use cardmint_store::{CaptureCommit, StoreError, Tx};

use super::fixtures::*;
use super::{Db, Store};

fn admitted(store: &Store) -> u64 {
    store.reader.counts().unwrap().captures["admitted"]
}

/// A statement that the database itself refuses: the same scan a second time, for another capture.
fn colliding(store: &mut Store) -> CaptureCommit {
    let first = committed(store, 1001, booked("base1-4"));
    let claim = claimed(store, 1002);
    let mut scan = scan(&claim, 0, booked("base1-4"));
    scan.record.id = first;
    commit(&claim, vec![scan])
}

pub(crate) fn a_failing_savepoint_takes_nothing_else_down(db: &Db) {
    let mut store = db.open();
    let bad = colliding(&mut store);
    let outcomes = store.write(|tx| {
        let one = tx.savepoint(|tx| tx.admit(&capture(1))).is_ok();
        let two = tx.savepoint(|tx| tx.commit_capture(&bad));
        let three = tx.savepoint(|tx| tx.admit(&capture(3))).is_ok();
        Ok((one, matches!(two, Err(StoreError::Query { .. })), three))
    });
    assert_eq!(outcomes, (true, true, true));
    assert_eq!(admitted(&store), 2);
    let detail = store.reader.capture(&bad.capture).unwrap().unwrap();
    assert_eq!((detail.capture.state.as_str(), detail.scan_list.len()), ("in_progress", 0));
    assert!(store.reader.verify_audit().unwrap().is_intact());
}

pub(crate) fn a_failed_statement_outside_a_savepoint_breaks_the_group(db: &Db) {
    let mut store = db.open();
    let bad = colliding(&mut store);
    let broken = store.writer.group(|tx| {
        tx.admit(&capture(1))?;
        assert!(tx.commit_capture(&bad).is_err());
        assert!(matches!(tx.savepoint(|tx| tx.admit(&capture(2))), Err(StoreError::BrokenGroup)));
        Ok(())
    });
    assert!(matches!(broken, Err(StoreError::BrokenGroup)), "{broken:?}");
    assert_eq!(admitted(&store), 0);
    store.write(|tx| tx.admit(&capture(1)));

    // The same inside a savepoint: that one is undone, the group is not.
    let inner = store.write(|tx| {
        Ok(tx.savepoint(|tx: &mut Tx<'_>| {
            tx.admit(&capture(2))?;
            Ok(tx.commit_capture(&bad).is_err())
        }))
    });
    assert!(matches!(inner, Err(StoreError::BrokenGroup)), "{inner:?}");
    assert_eq!(admitted(&store), 1);
}

pub(crate) fn a_refused_group_leaves_nothing(db: &Db) {
    let mut store = db.open();
    let refused = store.writer.group(|tx| {
        tx.admit(&capture(1))?;
        tx.close_batch(&BatchId::new("nowhere"), "uid:1", NOW)
    });
    assert!(matches!(refused, Err(StoreError::NotFound { .. })));
    assert_eq!(admitted(&store), 0);
    assert_eq!(store.reader.counts().unwrap().audit_rows, 0);
}

pub(crate) fn a_panic_in_a_group_leaves_nothing_and_the_writer_goes_on(db: &Db) {
    let mut store = db.open();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        store.writer.group(|tx| -> Result<(), StoreError> {
            tx.admit(&capture(1))?;
            std::panic::resume_unwind(Box::new("as a test"));
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(admitted(&store), 0);
    store.write(|tx| tx.admit(&capture(2)));
    assert_eq!(admitted(&store), 1);
}

pub(crate) fn a_panic_in_a_savepoint_takes_nothing_else_down(db: &Db) {
    let mut store = db.open();
    let panicked = store.write(|tx| {
        tx.savepoint(|tx| tx.admit(&capture(1)))?;
        let panicked = tx.savepoint(|tx| -> Result<(), StoreError> {
            tx.savepoint(|tx| tx.admit(&capture(2)))?;
            tx.admit(&capture(3))?;
            std::panic::resume_unwind(Box::new("as a test"));
        });
        tx.savepoint(|tx| tx.admit(&capture(4)))?;
        Ok(panicked)
    });
    assert!(matches!(&panicked, Err(StoreError::Panicked { message }) if message == "as a test"), "{panicked:?}");
    assert!(!panicked.unwrap_err().is_transient());
    assert_eq!(admitted(&store), 2);
    let report = store.reader.verify_audit().unwrap();
    assert_eq!((report.is_intact(), report.rows), (true, 3));
}

pub(crate) fn a_lost_savepoint_leaves_the_audit_chain_whole(db: &Db) {
    let mut store = db.open();
    store.write(|tx| {
        tx.admit(&capture(1))?;
        let undone = tx.savepoint(|tx| {
            tx.admit(&capture(2))?;
            tx.savepoint(|tx| tx.admit(&capture(3)))?;
            Err::<(), _>(StoreError::Refused("as a test".to_owned()))
        });
        assert!(undone.is_err());
        tx.admit(&capture(4))
    });
    let report = store.reader.verify_audit().unwrap();
    assert_eq!((report.is_intact(), report.rows), (true, 3));
    assert_eq!(admitted(&store), 2);
}
