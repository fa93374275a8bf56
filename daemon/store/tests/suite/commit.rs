//! The second durable point.

use cardmint_domain::{CaptureState, ReviewReason};
use cardmint_store::reader::{ItemFilter, ReviewFilter};
use cardmint_store::views::{AttemptEnd, ItemState, ReviewStatus, ScanOutcome};
use cardmint_store::{BlobDigest, Blobs, Committed, Page, StoreError};

use super::fixtures::*;
use super::{Db, Store};

/// Everything that a commit could have written, in numbers.
fn sizes(store: &Store) -> (u64, u64, u64, u64, u64) {
    let counts = store.reader.counts().unwrap();
    let items = store.reader.inventory(&ItemFilter::default(), Page::default()).unwrap().total;
    let reviews = store.reader.reviews(&ReviewFilter::default(), Page::default()).unwrap().total;
    (counts.scans.values().sum(), items, reviews, counts.captures["done"], counts.audit_rows)
}

pub(crate) fn a_commit_books_reviews_and_ends_the_capture(db: &Db) {
    let mut store = db.open();
    import(&mut store, catalogue());
    store.write(|tx| tx.upsert_batch(&batch("default", Default::default(), Some("box 4, row 2")), "uid:1", NOW));
    let claim = claimed(&mut store, 1);
    let mut sure = scan(&claim, 0, booked("base1-4"));
    sure.valuation = Some(valuation("base1-4", Some(1812), at(900)));
    let mut nothing = scan(&claim, 1, review(vec![ReviewReason::NoCardFound]));
    nothing.record.identification.candidates.clear();
    nothing.record.picture.clear();
    let whole = commit(&claim, vec![nothing, sure]);
    assert_eq!(store.write(|tx| tx.commit_capture(&whole)), Committed::Done);

    let detail = store.reader.capture(&claim.capture.id).unwrap().unwrap();
    assert_eq!((detail.capture.state, detail.capture.scans), (CaptureState::Done, 2));
    assert_eq!((detail.capture.lease_until, detail.capture.finished_at), (None, Some(at(1000))));
    assert_eq!(detail.attempts[0].end, Some(AttemptEnd::Committed));
    let [first, second] = &detail.scan_list[..] else { panic!("{:?}", detail.scan_list) };
    assert_eq!(
        (first.index, first.outcome, second.index, second.outcome),
        (0, ScanOutcome::Booked, 1, ScanOutcome::Review)
    );
    assert_eq!(first.best.as_ref().unwrap().name, "Glutfuchs ÉX");
    assert_eq!(first.price.as_ref().unwrap().amount.unwrap().amount_minor, 1812);
    assert_eq!((&second.best, second.posterior, &second.picture, &second.price), (&None, None, &None, &None));

    let items = store.reader.inventory(&ItemFilter::default(), Page::default()).unwrap();
    let [item] = &items.items[..] else { panic!("{items:?}") };
    assert_eq!((item.printing.set_name.as_str(), item.printing.number.as_str()), ("Grundset", "4/102"));
    assert_eq!(
        (item.location.as_deref(), item.booked_by.as_str(), item.state),
        (Some("box 4, row 2"), "storage", ItemState::InStock)
    );
    assert_eq!((item.booked_at, &item.price), (at(1000), &first.price));
    let reviews = store.reader.reviews(&ReviewFilter::default(), Page::default()).unwrap();
    assert_eq!(reviews.items[0].review.reasons, [ReviewReason::NoCardFound]);
    assert_eq!(reviews.items[0].review.status, ReviewStatus::Open);
    assert_eq!(reviews.items[0].scan.id, second.id);
}

pub(crate) fn what_the_matcher_said_comes_back_to_the_letter(db: &Db) {
    let mut store = db.open();
    let claim = claimed(&mut store, 1);
    let mut written = scan(&claim, 0, unsure());
    written.quotes = vec![quote("base1-4", 500, at(1)), quote("base1-4", 510, at(2))];
    written.valuation = Some(valuation("base1-4", Some(505), at(3)));
    store.done(|tx| tx.commit_capture(&commit(&claim, vec![written.clone()])));

    let detail = store.reader.scan(&written.record.id).unwrap().unwrap();
    assert_eq!(detail.identification, written.record.identification);
    assert_eq!(detail.scan.quad, written.record.quad);
    assert_eq!(detail.scan.picture, Some(BlobDigest::of(&written.record.picture)));
    let candidates: Vec<_> = detail.candidates.iter().map(|view| view.candidate.clone()).collect();
    assert_eq!(candidates, written.record.identification.candidates);
    assert_eq!(detail.quotes, [written.quotes[1].clone(), written.quotes[0].clone()], "newest first");
    assert_eq!(detail.valuation, written.valuation);
    assert_eq!(detail.review.unwrap().reasons.len(), 2);
    assert_eq!(detail.item, None);
    assert_eq!(store.reader.scan(&cardmint_domain::ScanId::new("no-such")).unwrap(), None);
}

pub(crate) fn a_second_commit_with_the_same_token_changes_nothing(db: &Db) {
    let mut store = db.open();
    let claim = claimed(&mut store, 1);
    let whole = commit(&claim, vec![scan(&claim, 0, booked("base1-4"))]);
    assert_eq!(store.write(|tx| tx.commit_capture(&whole)), Committed::Done);
    let once = sizes(&store);
    assert_eq!(store.write(|tx| tx.commit_capture(&whole)), Committed::Done);
    assert_eq!(sizes(&store), once);
    assert!(store.write(|tx| tx.claim(at(i64::from(u32::MAX)), LEASE_MS, 1)).is_empty(), "done is the end");
}

pub(crate) fn a_stale_commit_writes_nothing(db: &Db) {
    let mut store = db.open();
    let old = claimed(&mut store, 1);
    let new = store.write(|tx| tx.claim(at(LEASE_MS), LEASE_MS, 1)).remove(0);
    let before = sizes(&store);
    let late = commit(&old, vec![scan(&old, 0, booked("base2-4"))]);
    assert_eq!(store.write(|tx| tx.commit_capture(&late)), Committed::StaleLease);
    assert_eq!(sizes(&store), before);
    let whole = commit(&new, vec![scan(&new, 0, booked("base1-4"))]);
    assert_eq!(store.write(|tx| tx.commit_capture(&whole)), Committed::Done);
    assert_eq!(store.write(|tx| tx.commit_capture(&late)), Committed::StaleLease);
    let items = store.reader.inventory(&ItemFilter::default(), Page::default()).unwrap();
    assert_eq!((items.total, items.items[0].printing.id.as_str()), (1, "base1-4"));
}

pub(crate) fn a_commit_that_cannot_be_stored_writes_nothing(db: &Db) {
    let mut store = db.open();
    let claim = claimed(&mut store, 1);
    let before = sizes(&store);
    let good = || scan(&claim, 0, booked("base1-4"));
    let mut infinite = scan(&claim, 1, unsure());
    infinite.record.quad.corners[2].x = f32::INFINITY;
    let mut no_number = scan(&claim, 1, unsure());
    no_number.record.identification.candidates[1].posterior = f64::NAN;
    let mut same_place = scan(&claim, 1, unsure());
    same_place.record.index = 0;
    let mut same_name = scan(&claim, 1, unsure());
    same_name.record.id = good().record.id;
    let mut nul = scan(&claim, 1, unsure());
    nul.record.identification.sentence = "a\0b".to_owned();
    let mut nul_quote = scan(&claim, 1, unsure());
    nul_quote.quotes = vec![quote("base1-4", 1, NOW)];
    nul_quote.quotes[0].url = "\0".to_owned();
    for bad in [infinite, no_number, same_place, same_name, nul, nul_quote] {
        let whole = commit(&claim, vec![good(), bad]);
        // The group goes on and commits: nothing may be left of the refused capture.
        let refused = store.write(|tx| Ok(tx.commit_capture(&whole).err()));
        assert!(matches!(refused, Some(StoreError::Unstorable { .. })), "{refused:?}");
        assert!(!refused.unwrap().is_transient());
        assert_eq!(sizes(&store), before);
    }
    let whole = commit(&claim, vec![good()]);
    assert_eq!(store.write(|tx| tx.commit_capture(&whole)), Committed::Done);
}

pub(crate) fn a_picture_is_in_the_blob_store_before_the_row_names_it(db: &Db) {
    let dir = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(dir.path()).unwrap();
    let mut store = db.open();
    let claim = claimed(&mut store, 1);
    let whole = commit(&claim, vec![scan(&claim, 0, unsure()), scan(&claim, 1, unsure())]);
    whole.store_pictures(&blobs).unwrap();
    store.done(|tx| tx.commit_capture(&whole));
    for (view, written) in store.reader.capture(&claim.capture.id).unwrap().unwrap().scan_list.iter().zip(&whole.scans)
    {
        assert_eq!(blobs.get(view.picture.as_ref().unwrap()).unwrap(), written.record.picture);
    }
}
