//! Quotes, valuations, and what is due.

use cardmint_domain::price::{Confidence, Grade, Licence, PriceKind, PriceTarget, ValuationState};
use cardmint_domain::{Condition, PrintingId, ScanId};
use cardmint_store::reader::ItemFilter;
use cardmint_store::{ItemChange, ItemId, Page, StoreError};

use super::fixtures::*;
use super::{Db, Store};

fn cents(store: &Store, scan: &ScanId) -> Option<i64> {
    let detail = store.reader.scan(scan).unwrap().unwrap();
    detail.scan.price.and_then(|price| price.amount).map(|amount| amount.amount_minor)
}

pub(crate) fn the_same_quote_for_two_scans_is_one_row(db: &Db) {
    let mut store = db.open();
    let claim = claimed(&mut store, 1);
    let (shared, own) = (quote("base1-4", 500, at(1)), quote("base1-4", 501, at(2)));
    let mut first = scan(&claim, 0, unsure());
    first.quotes = vec![shared.clone(), shared.clone()];
    let mut second = scan(&claim, 1, unsure());
    second.quotes = vec![shared.clone(), own.clone()];
    let ids = [first.record.id.clone(), second.record.id.clone()];
    store.done(|tx| tx.commit_capture(&commit(&claim, vec![first, second])));
    let late = committed(&mut store, 2, unsure());
    let value = valuation("base1-4", Some(1), at(5));
    store.write(|tx| tx.add_valuation(&late, std::slice::from_ref(&shared), &value, "pricing"));
    store.write(|tx| tx.add_valuation(&late, std::slice::from_ref(&shared), &value, "pricing"));

    let stored = store.reader.quotes_of(&PrintingId::new("base1-4"), NOW).unwrap();
    assert_eq!(stored, [own.clone(), shared.clone()], "each once, newest first");
    let of = |scan: &ScanId| store.reader.scan(scan).unwrap().unwrap().quotes;
    assert_eq!(of(&ids[0]), std::slice::from_ref(&shared));
    assert_eq!(of(&ids[1]), [own, shared.clone()]);
    assert_eq!(of(&late), [shared]);
}

pub(crate) fn a_newer_valuation_is_the_price_and_the_older_one_history(db: &Db) {
    let mut store = db.open();
    let id = committed(&mut store, 1, booked("base1-4"));
    assert_eq!(cents(&store, &id), None);
    for (value, millis) in [(500, 10), (600, 30), (550, 20)] {
        let value = valuation("base1-4", Some(value), at(millis));
        store.write(|tx| tx.add_valuation(&id, &[], &value, "pricing"));
    }
    assert_eq!(cents(&store, &id), Some(600), "the newest, not the one written last");
    let history = store.reader.price_history(&id, 10).unwrap();
    assert_eq!(history.iter().map(|value| value.decided_at).collect::<Vec<_>>(), [at(30), at(20), at(10)]);
    assert_eq!(store.reader.price_history(&id, 1).unwrap(), history[..1]);
    // One of something else is kept as history and does not become the price of what is booked.
    store.write(|tx| tx.add_valuation(&id, &[], &valuation("base2-4", Some(9), at(40)), "pricing"));
    assert_eq!(cents(&store, &id), Some(600));
    store.write(|tx| tx.add_valuation(&id, &[], &valuation("base1-4", None, at(50)), "pricing"));
    assert_eq!(cents(&store, &id), None);
    let price = store.reader.item(ItemId(1)).unwrap().unwrap().price.unwrap();
    assert_eq!((price.state, price.confidence, price.decided_at), (ValuationState::Missing, Confidence::None, at(50)));
    let missing =
        store.writer.group(|tx| tx.add_valuation(&ScanId::new("x"), &[], &valuation("a", None, NOW), "pricing"));
    assert!(matches!(missing, Err(StoreError::NotFound { what: "scan", .. })));
}

pub(crate) fn every_kind_of_valuation_comes_back_as_it_went_in(db: &Db) {
    let mut store = db.open();
    let id = committed(&mut store, 1, unsure());
    let grade = Grade { company: "PSA".to_owned(), value_tenths: 95, label: None, qualifier: Some("OC".to_owned()) };
    let mut millis = 0;
    for confidence in [Confidence::Low, Confidence::Medium, Confidence::High] {
        for state in [ValuationState::Fresh, ValuationState::Stale] {
            millis += 1;
            let mut value = valuation("base1-4", Some(i64::MAX), at(millis));
            (value.confidence, value.state) = (confidence, state);
            value.review = Some("price_jump".to_owned());
            value.target.grade = (millis % 2 == 0).then(|| grade.clone());
            store.write(|tx| tx.add_valuation(&id, &[], &value, "pricing"));
            assert_eq!(store.reader.scan(&id).unwrap().unwrap().valuation, Some(value));
        }
    }
    let missing = valuation("base1-4", None, at(99));
    let mut quotes = Vec::new();
    for (kind, licence) in PriceKind::ALL.iter().zip(Licence::ALL.iter().cycle()) {
        let mut quote = quote("base1-4", -5, at(7));
        (quote.kind, quote.licence, quote.condition, quote.grade) = (*kind, *licence, None, Some(grade.clone()));
        (quote.edition, quote.language, quote.sample_size) = (None, Some("ja".to_owned()), None);
        quotes.push(quote);
    }
    store.write(|tx| tx.add_valuation(&id, &quotes, &missing, "pricing"));
    let detail = store.reader.scan(&id).unwrap().unwrap();
    assert_eq!(detail.valuation, Some(missing));
    assert_eq!(detail.quotes.len(), quotes.len());
    assert!(quotes.iter().all(|quote| detail.quotes.contains(quote)));
}

pub(crate) fn prices_fall_due_by_age(db: &Db) {
    let mut store = db.open();
    import(&mut store, catalogue());
    let ids: Vec<ScanId> = (1..=4).map(|number| committed(&mut store, number, booked("base1-4"))).collect();
    let unbooked = committed(&mut store, 5, unsure());
    for (id, millis) in [(&ids[0], 300), (&ids[1], 100), (&ids[3], 200), (&unbooked, 1)] {
        let value = valuation("base1-4", Some(1), at(millis));
        store.write(|tx| tx.add_valuation(id, &[], &value, "pricing"));
    }
    let due = |store: &Store, before, limit| {
        let due = store.reader.prices_due(at(before), NOW, limit).unwrap();
        due.into_iter().map(|due| (due.scan, due.decided_at)).collect::<Vec<_>>()
    };
    let all = [(ids[2].clone(), None), (ids[1].clone(), Some(at(100))), (ids[3].clone(), Some(at(200)))];
    assert_eq!(due(&store, 300, 10), all);
    assert_eq!(due(&store, 300, 2), all[..2]);
    assert_eq!(due(&store, 100, 10), all[..1]);
    // One that was looked for and not found is looked for again sooner.
    store.write(|tx| tx.add_valuation(&ids[0], &[], &valuation("base1-4", None, at(400)), "pricing"));
    let again = |missing| {
        store.reader.prices_due(at(1), at(missing), 10).unwrap().into_iter().map(|due| due.scan).collect::<Vec<_>>()
    };
    assert_eq!(again(401), [ids[2].clone(), ids[0].clone()]);
    assert_eq!(again(400), [ids[2].clone()]);
    let one = &store.reader.prices_due(at(300), NOW, 1).unwrap()[0];
    assert_eq!((one.language.as_str(), one.condition, one.correlation.as_str()), ("de", Condition::NearMint, "corr-3"));
    let sold = ItemChange { state: Some(cardmint_store::views::ItemState::Removed), ..ItemChange::default() };
    let items = store.reader.inventory(&ItemFilter::default(), Page::default()).unwrap().items;
    let third = items.iter().find(|item| item.scan == ids[2]).unwrap().id;
    store.write(|tx| tx.adjust_item(third, &sold, "uid:1", NOW));
    assert_eq!(due(&store, 300, 10), all[1..], "what is gone needs no price");
}

pub(crate) fn quotes_and_values_are_found_by_printing_and_target(db: &Db) {
    let mut store = db.open();
    let id = committed(&mut store, 1, unsure());
    let quotes = [quote("base1-4", 1, at(10)), quote("base1-4", 2, at(20)), quote("base2-4", 3, at(30))];
    store.write(|tx| tx.add_valuation(&id, &quotes, &valuation("base1-4", Some(77), at(40)), "pricing"));
    store.write(|tx| tx.add_valuation(&id, &[], &valuation("base1-4", None, at(50)), "pricing"));
    let base1 = PrintingId::new("base1-4");
    assert_eq!(store.reader.quotes_of(&base1, at(20)).unwrap(), [quotes[1].clone()]);
    assert_eq!(store.reader.quotes_of(&base1, at(10)).unwrap(), [quotes[1].clone(), quotes[0].clone()]);

    let last = |target: &PriceTarget| store.reader.last_value(target).unwrap().map(|amount| amount.amount_minor);
    assert_eq!(last(&target("base1-4")), Some(77), "the newest that had an amount");
    assert_eq!(last(&target("base2-4")), None);
    assert_eq!(last(&PriceTarget { condition: Condition::Damaged, ..target("base1-4") }), None);
    assert_eq!(last(&PriceTarget { language: "ja".to_owned(), ..target("base1-4") }), None);
    let grade = Some(Grade { company: "PSA".to_owned(), value_tenths: 100, label: None, qualifier: None });
    assert_eq!(last(&PriceTarget { grade, ..target("base1-4") }), None);
}
