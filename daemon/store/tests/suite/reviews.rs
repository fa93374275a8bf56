//! What a person decides.

use cardmint_domain::inventory::BatchDefaults;
use cardmint_domain::{BatchId, Condition, Edition, Finish, PrintingId, ReviewReason};
use cardmint_store::reader::{ItemFilter, ReviewFilter};
use cardmint_store::views::{ItemState, ItemView, ReviewStatus, ScanOutcome};
use cardmint_store::{ItemChange, ItemId, Page, Resolution, ReviewTaskId, StoreError};

use super::fixtures::*;
use super::{Db, Store};

const WHO: &str = "uid:1000";

fn resolve(store: &mut Store, task: i64, resolution: &Resolution, millis: i64) -> Option<ItemId> {
    store.write(|tx| tx.resolve_review(ReviewTaskId(task), resolution, WHO, at(millis)))
}

fn item(store: &Store, id: Option<ItemId>) -> ItemView {
    store.reader.item(id.unwrap()).unwrap().unwrap()
}

fn correct(printing: &str, edition: Option<Edition>) -> Resolution {
    let printing = PrintingId::new(printing);
    Resolution::Correct { printing, finish: Finish::Holo, edition, condition: Condition::Damaged }
}

fn with_task(db: &Db) -> Store {
    let mut store = db.open();
    import(&mut store, catalogue());
    let claim = claimed(&mut store, 1);
    let mut unsure = scan(&claim, 0, unsure());
    unsure.valuation = Some(valuation("base1-4", Some(700), at(900)));
    store.done(|tx| tx.commit_capture(&commit(&claim, vec![unsure])));
    store
}

pub(crate) fn accepting_books_the_best_candidate(db: &Db) {
    let mut store = with_task(db);
    let before = store.reader.review(ReviewTaskId(1)).unwrap().unwrap();
    assert_eq!((before.defaults, before.scan.outcome), (BatchDefaults::default(), ScanOutcome::Review));
    let booked = resolve(&mut store, 1, &Resolution::Accept, 2000);
    let item = item(&store, booked);
    assert_eq!(
        (item.printing.id.as_str(), item.finish, item.condition),
        ("base1-4", Finish::Normal, Condition::NearMint)
    );
    assert_eq!((item.booked_by.as_str(), item.booked_at, item.state), (WHO, at(2000), ItemState::InStock));
    assert_eq!(item.price.unwrap().amount.unwrap().amount_minor, 700, "it was valued as exactly this");
    let after = store.reader.review(ReviewTaskId(1)).unwrap().unwrap();
    assert_eq!((after.review.status, after.review.closed_at), (ReviewStatus::Accepted, Some(at(2000))));
    assert_eq!((after.review.closed_by.as_deref(), after.scan.outcome), (Some(WHO), ScanOutcome::Booked));
    assert_eq!(store.reader.scan(&after.scan.id).unwrap().unwrap().item, booked);
}

pub(crate) fn accepting_books_a_finish_that_the_printing_exists_in(db: &Db) {
    let mut store = db.open();
    import(&mut store, catalogue());
    let claim = claimed(&mut store, 1);
    let mut only_reverse = scan(&claim, 0, unsure());
    only_reverse.record.identification.candidates.swap(0, 1);
    store.done(|tx| tx.commit_capture(&commit(&claim, vec![only_reverse])));
    let booked = resolve(&mut store, 1, &Resolution::Accept, 1);
    let item = item(&store, booked);
    assert_eq!((item.printing.id.as_str(), item.finish), ("base2-4", Finish::Reverse));
}

pub(crate) fn correcting_books_what_the_person_says(db: &Db) {
    let mut store = with_task(db);
    let booked = resolve(&mut store, 1, &correct("base1-10", Some(Edition::First)), 2000);
    let item = item(&store, booked);
    assert_eq!((item.printing.name.as_str(), item.finish), ("Nebelwal", Finish::Holo));
    assert_eq!((item.edition, item.condition), (Edition::First, Condition::Damaged));
    assert_eq!(item.price, None, "it was valued as something else");
    let review = store.reader.review(ReviewTaskId(1)).unwrap().unwrap();
    assert_eq!(review.review.status, ReviewStatus::Corrected);
    assert_eq!(review.scan.best.unwrap().id.as_str(), "base1-4", "what the matcher said stays");
}

pub(crate) fn rejecting_books_nothing(db: &Db) {
    let mut store = with_task(db);
    assert_eq!(resolve(&mut store, 1, &Resolution::Reject, 2000), None);
    let review = store.reader.review(ReviewTaskId(1)).unwrap().unwrap();
    assert_eq!((review.review.status, review.scan.outcome), (ReviewStatus::Rejected, ScanOutcome::Rejected));
    assert_eq!(store.reader.inventory(&ItemFilter::default(), Page::default()).unwrap().total, 0);
}

pub(crate) fn a_decision_can_be_taken_back_and_made_again(db: &Db) {
    let mut store = with_task(db);
    let first = resolve(&mut store, 1, &correct("base1-10", None), 2000);
    store.write(|tx| tx.undo_review(ReviewTaskId(1), WHO, at(3000)));
    let open = store.reader.review(ReviewTaskId(1)).unwrap().unwrap();
    assert_eq!(
        (open.review.status, open.review.closed_at, open.review.closed_by.clone()),
        (ReviewStatus::Open, None, None)
    );
    assert_eq!((open.scan.outcome, open.scan.price.is_some()), (ScanOutcome::Review, true));
    assert_eq!((item(&store, first).state, item(&store, first).price), (ItemState::Undone, None));

    let second = resolve(&mut store, 1, &Resolution::Accept, 4000);
    assert_ne!(first, second, "a number is never used again");
    assert_eq!(item(&store, first).state, ItemState::Undone);
    let in_stock = ItemFilter { state: Some(ItemState::InStock), ..ItemFilter::default() };
    assert_eq!(store.reader.inventory(&in_stock, Page::default()).unwrap().total, 1);
    let change = ItemChange { note: Some("x".to_owned()), ..ItemChange::default() };
    let undone = store.writer.group(|tx| tx.adjust_item(first.unwrap(), &change, WHO, at(5000)));
    assert!(matches!(undone, Err(StoreError::WrongState { what: "item", .. })));

    store.write(|tx| tx.undo_review(ReviewTaskId(1), WHO, at(6000)));
    assert_eq!(resolve(&mut store, 1, &Resolution::Reject, 7000), None);
    store.write(|tx| tx.undo_review(ReviewTaskId(1), WHO, at(8000)));
    assert_eq!(store.reader.counts().unwrap().open_reviews, 1);
}

pub(crate) fn a_decision_cannot_be_taken_back_once_the_item_was_changed(db: &Db) {
    let mut store = with_task(db);
    let booked = resolve(&mut store, 1, &Resolution::Accept, 2000).unwrap();
    let sold = ItemChange { state: Some(ItemState::Removed), ..ItemChange::default() };
    store.write(|tx| tx.adjust_item(booked, &sold, WHO, at(3000)));
    let undo = store.writer.group(|tx| tx.undo_review(ReviewTaskId(1), WHO, at(4000)));
    assert!(matches!(undo, Err(StoreError::WrongState { what: "review task", .. })));
    assert_eq!(item(&store, Some(booked)).state, ItemState::Removed);
}

pub(crate) fn what_cannot_be_decided_is_refused(db: &Db) {
    let mut store = with_task(db);
    let claim = claimed(&mut store, 2);
    let mut empty = scan(&claim, 0, review(vec![ReviewReason::NoCandidate]));
    empty.record.identification.candidates.clear();
    store.done(|tx| tx.commit_capture(&commit(&claim, vec![empty])));

    let mut refused = |task, resolution: &Resolution| {
        store.writer.group(|tx| tx.resolve_review(ReviewTaskId(task), resolution, WHO, NOW)).unwrap_err()
    };
    assert!(matches!(refused(2, &Resolution::Accept), StoreError::NothingToAccept { task: 2 }));
    assert!(matches!(refused(9, &Resolution::Accept), StoreError::NotFound { what: "review task", .. }));
    assert!(matches!(refused(1, &correct("no-such", None)), StoreError::NotFound { what: "printing", .. }));
    let undo = store.writer.group(|tx| tx.undo_review(ReviewTaskId(1), WHO, NOW));
    assert!(matches!(undo, Err(StoreError::WrongState { .. })), "an open task has no decision");
    resolve(&mut store, 1, &Resolution::Accept, 1);
    for again in [Resolution::Accept, Resolution::Reject] {
        let twice = store.writer.group(|tx| tx.resolve_review(ReviewTaskId(1), &again, WHO, NOW));
        assert!(matches!(twice, Err(StoreError::WrongState { .. })));
    }
    assert_eq!(store.reader.inventory(&ItemFilter::default(), Page::default()).unwrap().total, 1);
}

pub(crate) fn open_tasks_come_first_and_are_filtered(db: &Db) {
    let mut store = db.open();
    for (number, name) in [(1, "a"), (2, "a"), (3, "b"), (4, "b")] {
        store.write(|tx| tx.admit(&capture_in(name, number)));
        let claim = store.write(|tx| tx.claim(NOW, LEASE_MS, 1)).remove(0);
        let reasons = if number == 3 { vec![ReviewReason::Valuable] } else { vec![ReviewReason::LowConfidence] };
        let mut whole = commit(&claim, vec![scan(&claim, 0, review(reasons))]);
        whole.at = at(i64::from(number) * 10);
        store.done(|tx| tx.commit_capture(&whole));
    }
    resolve(&mut store, 1, &Resolution::Reject, 1000);
    resolve(&mut store, 3, &Resolution::Reject, 2000);
    let list = |filter: ReviewFilter, limit, offset| {
        let list = store.reader.reviews(&filter, Page { limit, offset }).unwrap();
        (list.total, list.items.iter().map(|view| view.review.id.0).collect::<Vec<_>>())
    };
    let all = ReviewFilter::default;
    assert_eq!(list(all(), 10, 0), (4, vec![2, 4, 3, 1]));
    assert_eq!(list(all(), 2, 1), (4, vec![4, 3]));
    assert_eq!(list(ReviewFilter { open: Some(true), ..all() }, 10, 0), (2, vec![2, 4]));
    assert_eq!(list(ReviewFilter { open: Some(false), ..all() }, 10, 0), (2, vec![3, 1]));
    assert_eq!(list(ReviewFilter { reason: Some("valuable".to_owned()), ..all() }, 10, 0), (1, vec![3]));
    assert_eq!(list(ReviewFilter { batch: Some(BatchId::new("b")), ..all() }, 10, 0), (2, vec![4, 3]));
    assert_eq!(list(ReviewFilter { reason: Some("'; --".to_owned()), ..all() }, 10, 0), (0, vec![]));
    let counts = store.reader.counts().unwrap();
    assert_eq!((counts.open_reviews, counts.open_reviews_by_reason["low_confidence"]), (2, 2));
    assert_eq!(counts.open_reviews_by_reason.get("valuable"), None);
}
