//! The audit log.

use cardmint_domain::CorrelationId;
use cardmint_domain::route::Stage;
use cardmint_store::reader::AuditFilter;
use cardmint_store::{DeadLetterId, ItemChange, ItemId, Page, Resolution, ReviewTaskId};

use super::fixtures::*;
use super::{Db, Store};

fn actions(store: &Store, filter: &AuditFilter) -> Vec<(String, String)> {
    let list = store.reader.audit(filter, Page::default()).unwrap();
    list.items.into_iter().rev().map(|row| (row.entry.actor, row.entry.action)).collect()
}

fn some_history(db: &Db) -> Store {
    let mut store = db.open();
    for number in 1..=3 {
        committed(&mut store, number, booked("base1-4"));
    }
    assert!(store.reader.verify_audit().unwrap().is_intact());
    store
}

pub(crate) fn every_change_of_state_is_in_the_log(db: &Db) {
    let mut store = db.open();
    import(&mut store, catalogue());
    committed(&mut store, 1, unsure());
    store.write(|tx| tx.resolve_review(ReviewTaskId(1), &Resolution::Accept, "uid:7", at(1)));
    store.write(|tx| tx.undo_review(ReviewTaskId(1), "uid:7", at(2)));
    store.write(|tx| tx.resolve_review(ReviewTaskId(1), &Resolution::Accept, "uid:7", at(3)));
    let note = ItemChange { note: Some("n".to_owned()), ..ItemChange::default() };
    store.write(|tx| tx.adjust_item(ItemId(2), &note, "uid:7", at(4)));
    let claim = claimed(&mut store, 2);
    store.done(|tx| tx.give_back(&claim.capture.id, 1, NOW, Stage::Ocr, &fault(), at(5)));
    store.write(|tx| tx.claim(NOW, LEASE_MS, 1));
    store.done(|tx| tx.release(&claim.capture.id, 2, at(6)));
    store.write(|tx| tx.claim(NOW, LEASE_MS, 1));
    store.done(|tx| tx.dead_letter(&claim.capture.id, 3, Stage::Matcher, &fault(), at(7)));
    store.write(|tx| tx.retry_dead_letter(DeadLetterId(1), "uid:7", at(8)));
    store.write(|tx| tx.close_batch(&claim.capture.batch, "uid:7", at(9)));

    let expected = [
        ("uid:1000", "catalogue.replace"),
        ("capture", "batch.open"),
        ("capture", "capture.admit"),
        ("dispatcher", "capture.claim"),
        ("storage", "scan.review"),
        ("storage", "capture.commit"),
        ("uid:7", "review.accept"),
        ("uid:7", "review.undo"),
        ("uid:7", "review.accept"),
        ("uid:7", "item.adjust"),
        ("capture", "capture.admit"),
        ("dispatcher", "capture.claim"),
        ("ocr", "capture.give_back"),
        ("dispatcher", "capture.claim"),
        ("dispatcher", "capture.release"),
        ("dispatcher", "capture.claim"),
        ("matcher", "capture.dead_letter"),
        ("uid:7", "dead_letter.retry"),
        ("uid:7", "batch.close"),
    ];
    let seen = actions(&store, &AuditFilter::default());
    let seen: Vec<(&str, &str)> = seen.iter().map(|(actor, action)| (actor.as_str(), action.as_str())).collect();
    assert_eq!(seen, expected);
    let report = store.reader.verify_audit().unwrap();
    assert_eq!((report.rows, &report.broken_at), (expected.len() as u64, &None));
    let rows = store.reader.audit(&AuditFilter::default(), Page::default()).unwrap();
    assert_eq!((rows.items[0].seq, &rows.items[0].hash), (19, &report.head));
    for row in &rows.items {
        for state in [&row.entry.before, &row.entry.after] {
            serde_json::from_str::<serde_json::Value>(state).unwrap();
        }
        assert!(
            row.entry.action.starts_with("catalogue")
                || row.entry.action.starts_with("batch")
                || row.entry.correlation.is_some()
        );
    }
}

pub(crate) fn the_log_refuses_to_be_changed(db: &Db) {
    let store = some_history(db);
    for sql in [
        "UPDATE audit SET actor = 'nobody' WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 2",
        "DELETE FROM audit",
        "INSERT INTO audit SELECT seq + 100, at, actor, action, subject, state_before, state_after, correlation, \
         prev_hash, 'x' FROM audit WHERE seq = 2",
    ] {
        let error = db.raw(sql).expect_err(sql).to_string();
        assert!(error.contains("the audit log"), "{sql}: {error}");
    }
    assert!(store.reader.verify_audit().unwrap().is_intact());
}

pub(crate) fn a_changed_row_is_found(db: &Db) {
    let store = some_history(db);
    db.tamper("UPDATE audit SET actor = 'nobody' WHERE seq = 4");
    let broken = store.reader.verify_audit().unwrap().broken_at.unwrap();
    assert_eq!((broken.seq, broken.why.as_str()), (4, "its content is not what was hashed"));
}

pub(crate) fn a_missing_row_is_found(db: &Db) {
    let store = some_history(db);
    db.tamper("DELETE FROM audit WHERE seq = 3");
    let broken = store.reader.verify_audit().unwrap().broken_at.unwrap();
    assert_eq!((broken.seq, broken.why.as_str()), (4, "a row before it is missing"));
}

pub(crate) fn a_chain_rewritten_from_a_row_on_no_longer_has_the_head_that_was_kept(db: &Db) {
    let store = some_history(db);
    let head = store.reader.verify_audit().unwrap().head;
    let last = store.reader.counts().unwrap().audit_rows;
    // Somebody who cuts the end off leaves a chain that is whole; only the head that was kept elsewhere tells.
    db.tamper(&format!("DELETE FROM audit WHERE seq = {last}"));
    let report = store.reader.verify_audit().unwrap();
    assert!(report.is_intact());
    assert_ne!(report.head, head);
    assert_eq!(report.rows, last - 1);
}

pub(crate) fn filters_narrow_the_log(db: &Db) {
    let store = some_history(db);
    let all = AuditFilter::default;
    let total = |filter: AuditFilter| store.reader.audit(&filter, Page { limit: 2, offset: 0 }).unwrap().total;
    assert_eq!(total(AuditFilter { action: Some("capture.admit".to_owned()), ..all() }), 3);
    assert_eq!(total(AuditFilter { actor: Some("storage".to_owned()), ..all() }), 6);
    assert_eq!(total(AuditFilter { subject: Some(capture_id(2).to_string()), ..all() }), 3);
    assert_eq!(total(AuditFilter { correlation: Some(CorrelationId::new("corr-2")), ..all() }), 4);
    assert_eq!(total(AuditFilter { after_seq: Some(11), ..all() }), 2);
    let page = store.reader.audit(&all(), Page { limit: 2, offset: 1 }).unwrap();
    assert_eq!((page.total, page.items.iter().map(|row| row.seq).collect::<Vec<_>>()), (13, vec![12, 11]));
}
