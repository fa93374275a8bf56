//! Admission, claims, and the ends of attempts.

use cardmint_domain::route::Stage;
use cardmint_domain::{Capture, CaptureId, CaptureState, Fault};
use cardmint_store::views::AttemptEnd;
use cardmint_store::{Admission, Claim, Committed, StoreError};

use super::fixtures::*;
use super::{Db, Store};

fn numbers(claims: &[Claim]) -> Vec<String> {
    claims.iter().map(|claim| claim.capture.file_name.clone()).collect()
}

fn claim_at(store: &mut Store, millis: i64, limit: u32) -> Vec<Claim> {
    store.write(|tx| tx.claim(at(millis), LEASE_MS, limit))
}

fn ends(store: &Store, id: &CaptureId) -> Vec<(u32, i64, Option<AttemptEnd>)> {
    let detail = store.reader.capture(id).unwrap().unwrap();
    detail.attempts.iter().map(|attempt| (attempt.attempt, attempt.token, attempt.end)).collect()
}

pub(crate) fn the_same_bytes_are_admitted_once(db: &Db) {
    let mut store = db.open();
    let first = capture(1);
    assert_eq!(store.write(|tx| tx.admit(&first)), Admission::New);
    let mut again = capture_in("other", 1);
    again.file_name = "copy.jpg".to_owned();
    assert_eq!(store.write(|tx| tx.admit(&again)), Admission::Known { state: CaptureState::Admitted });
    claim_at(&mut store, 0, 1);
    assert_eq!(store.write(|tx| tx.admit(&again)), Admission::Known { state: CaptureState::InProgress });

    let kept = store.reader.capture(&first.id).unwrap().unwrap().capture;
    assert_eq!((kept.capture, kept.attempt, kept.scans), (first, 1, 0));
    assert!(store.reader.batch(&again.batch).unwrap().is_none(), "a capture that is known makes no batch");
}

pub(crate) fn claims_go_by_due_time_and_never_twice(db: &Db) {
    let mut store = db.open();
    for number in [3, 1, 4, 2] {
        store.write(|tx| tx.admit(&capture(number)));
    }
    let first = claim_at(&mut store, 0, 3);
    assert_eq!(numbers(&first), ["IMG_0001.jpg", "IMG_0002.jpg", "IMG_0003.jpg"]);
    assert!(first.iter().all(|claim| (claim.attempt, claim.token, claim.lease_until) == (1, 1, at(LEASE_MS))));
    assert_eq!(first[0].capture, capture(1));
    assert_eq!(numbers(&claim_at(&mut store, 1, 10)), ["IMG_0004.jpg"]);
    assert!(claim_at(&mut store, LEASE_MS - 1, 10).is_empty());
    assert!(claim_at(&mut store, LEASE_MS, 0).is_empty());
}

pub(crate) fn a_lease_that_passed_is_taken_first_and_the_former_holder_is_fenced_off(db: &Db) {
    let mut store = db.open();
    let old = claimed(&mut store, 9);
    store.write(|tx| tx.admit(&capture(1)));
    let taken = claim_at(&mut store, LEASE_MS, 10);
    assert_eq!(numbers(&taken), ["IMG_0009.jpg", "IMG_0001.jpg"]);
    assert_eq!((taken[0].attempt, taken[0].token), (2, 2));

    let (id, fault) = (&old.capture.id, fault());
    assert_eq!(store.write(|tx| tx.renew(id, old.token, at(9_999_999))), Committed::StaleLease);
    assert_eq!(store.write(|tx| tx.release(id, old.token, at(1))), Committed::StaleLease);
    assert_eq!(store.write(|tx| tx.give_back(id, old.token, at(2), Stage::Ocr, &fault, at(1))), Committed::StaleLease);
    assert_eq!(store.write(|tx| tx.dead_letter(id, old.token, Stage::Ocr, &fault, at(1))), Committed::StaleLease);
    let detail = store.reader.capture(id).unwrap().unwrap();
    assert_eq!((detail.capture.state, detail.capture.lease_until), (CaptureState::InProgress, Some(at(2 * LEASE_MS))));
    assert_eq!(ends(&store, id), [(1, 1, Some(AttemptEnd::LeasePassed)), (2, 2, None)]);
    assert_eq!(detail.attempts[0].ended_at, Some(at(LEASE_MS)));
}

pub(crate) fn a_renewed_lease_does_not_pass(db: &Db) {
    let mut store = db.open();
    let claim = claimed(&mut store, 1);
    assert_eq!(store.write(|tx| tx.renew(&claim.capture.id, claim.token, at(3 * LEASE_MS))), Committed::Done);
    assert!(claim_at(&mut store, 3 * LEASE_MS - 1, 1).is_empty());
    assert_eq!(claim_at(&mut store, 3 * LEASE_MS, 1).len(), 1);
}

pub(crate) fn a_capture_given_back_waits_until_its_time(db: &Db) {
    let mut store = db.open();
    let claim = claimed(&mut store, 1);
    let id = &claim.capture.id;
    let back = store.write(|tx| tx.give_back(id, claim.token, at(500), Stage::Ocr, &fault(), at(10)));
    assert_eq!(back, Committed::Done);
    assert!(claim_at(&mut store, 499, 1).is_empty());
    let again = claim_at(&mut store, 500, 1);
    assert_eq!((again[0].attempt, again[0].token), (2, 2));

    let first = store.reader.capture(id).unwrap().unwrap().attempts.remove(0);
    assert_eq!((first.end, first.ended_at, first.stage), (Some(AttemptEnd::GivenBack), Some(at(10)), Some(Stage::Ocr)));
    assert_eq!(first.fault, Some(fault()), "kept to the letter, whatever is in it");
}

pub(crate) fn an_attempt_that_never_touched_the_capture_does_not_count(db: &Db) {
    let mut store = db.open();
    let claim = claimed(&mut store, 1);
    let (id, untried) = (&claim.capture.id, Fault::ours_untried("there is no OCR worker"));
    for _ in 0..2 {
        store.done(|tx| tx.give_back(id, claim.token, at(500), Stage::Ocr, &untried, at(10)));
    }
    assert!(claim_at(&mut store, 499, 1).is_empty(), "it waits all the same");
    let again = claim_at(&mut store, 500, 1).remove(0);
    assert_eq!((again.attempt, again.token), (1, 2));
    store.done(|tx| tx.give_back(id, again.token, at(600), Stage::Ocr, &fault(), at(510)));
    assert_eq!(claim_at(&mut store, 600, 1)[0].attempt, 2, "one that was tried counts");
    let attempts = store.reader.capture(id).unwrap().unwrap().attempts;
    assert_eq!((attempts[0].end, &attempts[0].fault), (Some(AttemptEnd::GivenBack), &Some(untried)));
}

pub(crate) fn times_that_a_wrong_clock_left_behind_are_brought_back(db: &Db) {
    const DAY: i64 = 86_400_000;
    const WAIT: i64 = 100_000;
    let mut store = db.open();
    // A life whose clock is a day ahead: one capture under way, one that waits for its next attempt, one new, one done.
    for number in 1..=4 {
        let ahead = Capture { admitted_at: at(DAY), ..capture(number) };
        store.write(|tx| tx.admit(&ahead));
    }
    let claims = claim_at(&mut store, DAY, 3);
    let (leased, waits, done) = (&claims[0], &claims[1], &claims[2]);
    store.done(|tx| tx.give_back(&waits.capture.id, waits.token, at(DAY + 500), Stage::Ocr, &fault(), at(DAY)));
    store.done(|tx| tx.commit_capture(&commit(done, Vec::new())));
    assert!(claim_at(&mut store, 3 * LEASE_MS, 10).is_empty(), "nobody takes them for a day");

    assert_eq!(store.write(|tx| tx.mend_times(NOW, LEASE_MS, WAIT)), 3);
    assert_eq!(store.write(|tx| tx.mend_times(NOW, LEASE_MS, WAIT)), 0);
    assert_eq!(claim_at(&mut store, 0, 10).len(), 2, "what waits is due");
    let taken = claim_at(&mut store, LEASE_MS, 10);
    assert!(taken.iter().any(|claim| claim.capture.id == leased.capture.id), "and the lease passes");
    assert!(store.reader.verify_audit().unwrap().is_intact());

    // A right clock's times stay as they are, and so do those of a life whose clock was behind.
    let mut store_times = || store.write(|tx| tx.mend_times(at(LEASE_MS), LEASE_MS, WAIT));
    assert_eq!(store_times(), 0);
}

pub(crate) fn a_released_attempt_does_not_count(db: &Db) {
    let mut store = db.open();
    store.write(|tx| tx.admit(&capture(2)));
    let claim = claimed(&mut store, 1);
    assert_eq!(store.write(|tx| tx.release(&claim.capture.id, claim.token, at(10))), Committed::Done);
    let again = claim_at(&mut store, 10, 1);
    assert_eq!(numbers(&again), ["IMG_0001.jpg"], "at once, and before those that came later");
    assert_eq!((again[0].attempt, again[0].token), (1, 2));
    assert_eq!(ends(&store, &claim.capture.id), [(1, 1, Some(AttemptEnd::Released)), (1, 2, None)]);
}

pub(crate) fn ending_twice_with_one_token_is_once(db: &Db) {
    let mut store = db.open();
    let claim = claimed(&mut store, 1);
    let (id, token) = (&claim.capture.id, claim.token);
    for _ in 0..2 {
        let back = store.write(|tx| tx.give_back(id, token, at(5), Stage::Matcher, &fault(), at(1)));
        assert_eq!(back, Committed::Done);
    }
    assert_eq!(store.write(|tx| tx.release(id, token, at(2))), Committed::StaleLease, "it ended in another way");
    let detail = store.reader.capture(id).unwrap().unwrap().capture;
    assert_eq!((detail.state, detail.attempt), (CaptureState::Admitted, 1));
}

pub(crate) fn an_unknown_capture_is_an_error(db: &Db) {
    let mut store = db.open();
    let id = capture_id(77);
    let errors = [
        store.writer.group(|tx| tx.renew(&id, 1, NOW)).err(),
        store.writer.group(|tx| tx.release(&id, 1, NOW)).err(),
        store.writer.group(|tx| tx.dead_letter(&id, 1, Stage::Ocr, &fault(), NOW)).err(),
    ];
    for error in errors {
        assert!(matches!(error, Some(StoreError::NotFound { what: "capture", .. })), "{error:?}");
    }
    assert!(store.reader.capture(&id).unwrap().is_none());
    let mut odd = capture(1);
    odd.file_name = "a\0b".to_owned();
    assert!(matches!(store.writer.group(|tx| tx.admit(&odd)), Err(StoreError::Unstorable { .. })));
}
