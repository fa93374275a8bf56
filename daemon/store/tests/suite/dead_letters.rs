//! Captures that were given up.

use cardmint_domain::route::Stage;
use cardmint_domain::{CaptureState, Fault};
use cardmint_store::views::{AttemptEnd, DeadLetterState, DeadLetterView};
use cardmint_store::{Admission, Committed, DeadLetterId, Page, StoreError};

use super::fixtures::*;
use super::{Db, Store};

fn dead(store: &mut Store, number: u32) -> DeadLetterView {
    let claim = claimed(store, number);
    let done = store.write(|tx| tx.dead_letter(&claim.capture.id, claim.token, Stage::Ocr, &fault(), at(20)));
    assert_eq!(done, Committed::Done);
    store.reader.dead_letters(None, Page::default()).unwrap().items.remove(0)
}

pub(crate) fn a_dead_capture_waits_for_a_person(db: &Db) {
    let mut store = db.open();
    let letter = dead(&mut store, 1);
    assert_eq!((letter.stage, letter.fault.clone(), letter.attempts, letter.at), (Stage::Ocr, fault(), 1, at(20)));
    assert_eq!((letter.state, letter.closed_at, letter.closed_by.as_deref()), (DeadLetterState::Open, None, None));
    assert_eq!((letter.capture.state, letter.capture.finished_at), (CaptureState::Dead, Some(at(20))));
    assert!(store.write(|tx| tx.claim(at(i64::from(u32::MAX)), LEASE_MS, 1)).is_empty());
    assert_eq!(store.write(|tx| tx.admit(&capture(1))), Admission::Known { state: CaptureState::Dead });

    let id = &letter.capture.capture.id;
    assert_eq!(store.write(|tx| tx.dead_letter(id, 1, Stage::Ocr, &fault(), at(21))), Committed::Done);
    assert_eq!(store.reader.dead_letters(None, Page::default()).unwrap().total, 1, "said twice is one letter");
    assert_eq!(store.reader.dead_letter(letter.id).unwrap().unwrap().letter, letter);
    assert_eq!(store.reader.dead_letter(DeadLetterId(99)).unwrap(), None);
}

pub(crate) fn a_letter_has_the_history_of_its_capture(db: &Db) {
    let mut store = db.open();
    let first = claimed(&mut store, 1);
    let id = &first.capture.id;
    store.done(|tx| tx.give_back(id, first.token, at(50), Stage::Matcher, &Fault::ours_untried("away"), at(7)));
    let second = store.write(|tx| tx.claim(at(50), LEASE_MS, 1)).remove(0);
    store.done(|tx| tx.dead_letter(id, second.token, Stage::Ocr, &fault(), at(90)));
    let letter = store.reader.dead_letters(None, Page::default()).unwrap().items.remove(0);
    let detail = store.reader.dead_letter(letter.id).unwrap().unwrap();
    assert_eq!(detail.letter, letter);
    let told: Vec<_> =
        detail.history.iter().map(|attempt| (attempt.started_at, attempt.ended_at, attempt.stage)).collect();
    assert_eq!(told, [(NOW, Some(at(7)), Some(Stage::Matcher)), (at(50), Some(at(90)), Some(Stage::Ocr))]);
    let ends: Vec<_> = detail.history.iter().map(|attempt| (attempt.attempt, attempt.end)).collect();
    assert_eq!(ends, [(1, Some(AttemptEnd::GivenBack)), (1, Some(AttemptEnd::Dead))]);
    assert_eq!(detail.history[0].fault, Some(Fault::ours_untried("away")));

    // The whole of a long outage is not shown.
    store.write(|tx| tx.retry_dead_letter(letter.id, "uid:1", at(100)));
    for millis in 100..220 {
        let claim = store.write(|tx| tx.claim(at(millis), LEASE_MS, 1)).remove(0);
        store.done(|tx| tx.give_back(id, claim.token, at(millis), Stage::Ocr, &fault(), at(millis)));
    }
    let history = store.reader.dead_letter(letter.id).unwrap().unwrap().history;
    assert_eq!((history.len(), history[99].started_at), (100, at(219)));
    assert!(history.is_sorted_by_key(|attempt| attempt.token));
}

pub(crate) fn a_retry_starts_afresh(db: &Db) {
    let mut store = db.open();
    let letter = dead(&mut store, 1);
    store.write(|tx| tx.retry_dead_letter(letter.id, "uid:1000", at(50)));
    assert!(store.write(|tx| tx.claim(at(49), LEASE_MS, 1)).is_empty());
    let claim = store.write(|tx| tx.claim(at(50), LEASE_MS, 1)).remove(0);
    assert_eq!((claim.attempt, claim.token), (1, 2), "a fresh count, and a token never used before");
    let closed = store.reader.dead_letter(letter.id).unwrap().unwrap().letter;
    assert_eq!((closed.state, closed.closed_at), (DeadLetterState::Retried, Some(at(50))));
    assert_eq!(closed.closed_by.as_deref(), Some("uid:1000"));
    assert_eq!(store.reader.capture(&claim.capture.id).unwrap().unwrap().capture.finished_at, None);

    // It dies again: a second letter.
    store.done(|tx| tx.dead_letter(&claim.capture.id, claim.token, Stage::Storage, &fault(), at(60)));
    let letters = store.reader.dead_letters(None, Page::default()).unwrap();
    assert_eq!((letters.total, letters.items[0].id, letters.items[1].id), (2, DeadLetterId(2), letter.id));
    let ends: Vec<_> =
        store.reader.capture(&claim.capture.id).unwrap().unwrap().attempts.iter().map(|a| a.end).collect();
    assert_eq!(ends, [Some(AttemptEnd::Dead), Some(AttemptEnd::Dead)]);
}

pub(crate) fn a_discarded_letter_stays_dead(db: &Db) {
    let mut store = db.open();
    let (first, second) = (dead(&mut store, 1), dead(&mut store, 2));
    store.write(|tx| tx.discard_dead_letter(first.id, "uid:1", at(30)));
    let list = |state| {
        let list = store.reader.dead_letters(Some(state), Page::default()).unwrap();
        list.items.iter().map(|letter| letter.id).collect::<Vec<_>>()
    };
    assert_eq!(list(DeadLetterState::Open), [second.id]);
    assert_eq!(list(DeadLetterState::Discarded), [first.id]);
    assert_eq!(list(DeadLetterState::Retried), []);
    assert_eq!(store.reader.counts().unwrap().dead_letters, 1);
    let again = [
        store.writer.group(|tx| tx.discard_dead_letter(first.id, "uid:1", at(31))).err(),
        store.writer.group(|tx| tx.retry_dead_letter(first.id, "uid:1", at(31))).err(),
    ];
    for error in again {
        assert!(matches!(&error, Some(StoreError::WrongState { state, .. }) if state == "discarded"), "{error:?}");
    }
    let missing = store.writer.group(|tx| tx.retry_dead_letter(DeadLetterId(99), "uid:1", NOW));
    assert!(matches!(missing, Err(StoreError::NotFound { what: "dead letter", .. })));
}
