//! Filters, paging and counts.

use cardmint_domain::{BatchId, CaptureState, PrintingId};
use cardmint_store::Page;
use cardmint_store::reader::{CaptureFilter, ScanFilter};
use cardmint_store::views::ScanOutcome;

use super::Db;
use super::fixtures::*;

pub(crate) fn captures_are_filtered_and_paged(db: &Db) {
    let mut store = db.open();
    for number in 1..=5 {
        let batch = if number % 2 == 0 { "even" } else { "odd" };
        store.write(|tx| tx.admit(&capture_in(batch, number)));
    }
    store.write(|tx| tx.claim(NOW, LEASE_MS, 2));
    let list = |filter: CaptureFilter, limit, offset| {
        let list = store.reader.captures(&filter, Page { limit, offset }).unwrap();
        (list.total, list.items.iter().map(|view| view.capture.size_bytes - 1000).collect::<Vec<_>>())
    };
    let all = CaptureFilter::default;
    assert_eq!(list(all(), 10, 0), (5, vec![5, 4, 3, 2, 1]));
    assert_eq!(list(all(), 2, 1), (5, vec![4, 3]));
    assert_eq!(list(all(), 0, 0), (5, vec![]));
    assert_eq!(list(all(), 10, u64::MAX), (5, vec![]));
    assert_eq!(list(CaptureFilter { state: Some(CaptureState::InProgress), ..all() }, 9, 0), (2, vec![2, 1]));
    assert_eq!(list(CaptureFilter { batch: Some(BatchId::new("even")), ..all() }, 9, 0), (2, vec![4, 2]));
    assert_eq!(list(CaptureFilter { admitted_since: Some(capture(4).admitted_at), ..all() }, 9, 0), (2, vec![5, 4]));
    assert_eq!(list(CaptureFilter { text: Some("img_0003.J".to_owned()), ..all() }, 9, 0), (1, vec![3]));
}

pub(crate) fn scans_are_filtered_and_paged(db: &Db) {
    let mut store = db.open();
    store.write(|tx| tx.admit(&capture_in("a", 1)));
    store.write(|tx| tx.admit(&capture_in("b", 2)));
    for (claim, millis) in store.write(|tx| tx.claim(NOW, LEASE_MS, 2)).iter().zip([100, 200]) {
        let mut second = scan(claim, 1, unsure());
        second.record.identification.candidates.swap(0, 1);
        let mut whole = commit(claim, vec![scan(claim, 0, booked("base1-4")), second]);
        whole.at = at(millis);
        store.done(|tx| tx.commit_capture(&whole));
    }
    let short = |number: u32, index: u32| cardmint_domain::ScanId::of(&capture_id(number), index);
    let list = |filter: ScanFilter, limit, offset| {
        let list = store.reader.scans(&filter, Page { limit, offset }).unwrap();
        (list.total, list.items.iter().map(|view| view.id.clone()).collect::<Vec<_>>())
    };
    let all = ScanFilter::default;
    assert_eq!(list(all(), 10, 0), (4, vec![short(2, 0), short(2, 1), short(1, 0), short(1, 1)]));
    assert_eq!(list(all(), 2, 1), (4, vec![short(2, 1), short(1, 0)]));
    assert_eq!(list(ScanFilter { capture: Some(capture_id(1)), ..all() }, 9, 0).1, [short(1, 0), short(1, 1)]);
    assert_eq!(list(ScanFilter { batch: Some(BatchId::new("b")), ..all() }, 9, 0).1, [short(2, 0), short(2, 1)]);
    let by_outcome = ScanFilter { outcome: Some(ScanOutcome::Review), ..all() };
    assert_eq!(list(by_outcome, 9, 0).1, [short(2, 1), short(1, 1)]);
    let best = ScanFilter { printing: Some(PrintingId::new("base2-4")), ..all() };
    assert_eq!(list(best, 9, 0).1, [short(2, 1), short(1, 1)], "the best candidate, not any");
}

pub(crate) fn counts_name_every_state(db: &Db) {
    let mut store = db.open();
    let empty = store.reader.counts().unwrap();
    assert_eq!(empty.captures.keys().copied().collect::<Vec<_>>(), ["admitted", "dead", "done", "in_progress"]);
    assert_eq!(empty.scans.keys().copied().collect::<Vec<_>>(), ["booked", "rejected", "review"]);
    assert_eq!((empty.oldest_waiting_at, empty.audit_rows), (None, 0));
    committed(&mut store, 1, booked("base1-4"));
    committed(&mut store, 2, unsure());
    store.write(|tx| tx.admit(&capture(3)));
    claimed(&mut store, 4);
    let counts = store.reader.counts().unwrap();
    assert_eq!((counts.captures["done"], counts.captures["admitted"], counts.captures["in_progress"]), (2, 1, 1));
    assert_eq!((counts.scans["booked"], counts.scans["review"], counts.items, counts.open_reviews), (1, 1, 1, 1));
    assert_eq!(counts.oldest_waiting_at, Some(capture(3).admitted_at));
    assert!(counts.audit_rows >= 10);
}

pub(crate) fn text_filters_take_their_text_to_the_letter(db: &Db) {
    let mut store = db.open();
    for (number, name) in [(1, "100%.jpg"), (2, "100x.jpg"), (3, "a_b.jpg"), (4, "a\\b.jpg"), (5, "ÉCRAN.JPG")] {
        let mut capture = capture(number);
        capture.file_name = name.to_owned();
        store.write(|tx| tx.admit(&capture));
    }
    let found = |text: &str| {
        let filter = CaptureFilter { text: Some(text.to_owned()), ..CaptureFilter::default() };
        let list = store.reader.captures(&filter, Page::default()).unwrap();
        list.items.into_iter().map(|view| view.capture.file_name).collect::<Vec<_>>()
    };
    assert_eq!(found("100%"), ["100%.jpg"]);
    assert_eq!(found("a_b"), ["a_b.jpg"]);
    assert_eq!(found("\\"), ["a\\b.jpg"]);
    assert_eq!(found("Écran"), ["ÉCRAN.JPG"], "ASCII letters in any case, all others as they are");
    assert_eq!(found("écran"), [""; 0]);
    assert_eq!(found("'; DROP TABLE captures; --"), [""; 0]);
    assert_eq!(found("").len(), 5);
    assert_eq!(found(&"x".repeat(100_000)), [""; 0]);
}
