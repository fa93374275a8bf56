//! What is in stock.

use cardmint_domain::{BatchId, Condition, Edition, Finish, PrintingId};
use cardmint_store::reader::ItemFilter;
use cardmint_store::views::ItemState;
use cardmint_store::{ItemChange, ItemId, Page, StoreError};

use super::fixtures::*;
use super::{Db, Store};

const WHO: &str = "uid:1000";

fn adjust(store: &mut Store, item: i64, change: ItemChange) {
    store.write(|tx| tx.adjust_item(ItemId(item), &change, WHO, at(5000)));
}

fn found(store: &Store, filter: &ItemFilter) -> Vec<i64> {
    let list = store.reader.inventory(filter, Page::default()).unwrap();
    assert_eq!(list.total, list.items.len() as u64);
    list.items.iter().map(|item| item.id.0).collect()
}

fn text(text: &str) -> ItemFilter {
    ItemFilter { text: Some(text.to_owned()), ..ItemFilter::default() }
}

pub(crate) fn an_item_is_changed_and_its_search_text_with_it(db: &Db) {
    let mut store = db.open();
    import(&mut store, catalogue());
    committed(&mut store, 1, booked("base1-4"));
    let change = ItemChange {
        printing: Some(PrintingId::new("base2-4")),
        finish: Some(Finish::Reverse),
        edition: Some(Edition::Shadowless),
        condition: Some(Condition::LightlyPlayed),
        location: Some("Box ÄÖ 7".to_owned()),
        note: Some("Knick an der Ecke".to_owned()),
        state: Some(ItemState::Removed),
    };
    adjust(&mut store, 1, change);
    let item = store.reader.item(ItemId(1)).unwrap().unwrap();
    assert_eq!((item.printing.name.as_str(), item.finish), ("Glutfuchs", Finish::Reverse));
    assert_eq!(
        (item.edition, item.condition, item.state),
        (Edition::Shadowless, Condition::LightlyPlayed, ItemState::Removed)
    );
    assert_eq!((item.location.as_deref(), item.note.as_str()), (Some("Box ÄÖ 7"), "Knick an der Ecke"));
    assert_eq!(found(&store, &text("box äö")), [1]);
    assert_eq!(found(&store, &text("KNICK")), [1]);

    let cleared =
        ItemChange { location: Some(String::new()), state: Some(ItemState::InStock), ..ItemChange::default() };
    adjust(&mut store, 1, cleared);
    let item = store.reader.item(ItemId(1)).unwrap().unwrap();
    assert_eq!((item.location, item.state), (None, ItemState::InStock));
    assert_eq!(found(&store, &text("box äö")), [0; 0]);

    let rows = store.reader.counts().unwrap().audit_rows;
    adjust(&mut store, 1, ItemChange { finish: Some(Finish::Reverse), ..ItemChange::default() });
    assert_eq!(store.reader.counts().unwrap().audit_rows, rows, "a change to what it is already is none");
}

pub(crate) fn a_change_of_what_it_is_makes_the_price_unknown(db: &Db) {
    let mut store = db.open();
    import(&mut store, catalogue());
    let claim = claimed(&mut store, 1);
    let mut priced = scan(&claim, 0, booked("base1-4"));
    priced.valuation = Some(valuation("base1-4", Some(500), at(900)));
    store.done(|tx| tx.commit_capture(&commit(&claim, vec![priced])));
    let cents = |store: &Store| {
        let price = store.reader.item(ItemId(1)).unwrap().unwrap().price;
        price.and_then(|price| price.amount).map(|amount| amount.amount_minor)
    };
    assert!(store.reader.prices_due(at(900), NOW, 10).unwrap().is_empty());
    adjust(&mut store, 1, ItemChange { note: Some("x".to_owned()), ..ItemChange::default() });
    assert_eq!(cents(&store), Some(500), "a remark does not change what it is");
    adjust(&mut store, 1, ItemChange { condition: Some(Condition::Damaged), ..ItemChange::default() });
    assert_eq!(cents(&store), None);
    assert_eq!(store.reader.prices_due(at(900), NOW, 10).unwrap()[0].decided_at, None);
    adjust(&mut store, 1, ItemChange { condition: Some(Condition::NearMint), ..ItemChange::default() });
    assert_eq!(cents(&store), Some(500), "what was found out about it still holds");
}

pub(crate) fn what_a_person_may_not_do_is_refused(db: &Db) {
    let mut store = db.open();
    committed(&mut store, 1, booked("base1-4"));
    let mut refused = |item, change: ItemChange| {
        store.writer.group(|tx| tx.adjust_item(ItemId(item), &change, WHO, NOW)).unwrap_err()
    };
    let undone = ItemChange { state: Some(ItemState::Undone), ..ItemChange::default() };
    assert!(matches!(refused(1, undone), StoreError::WrongState { what: "item", .. }));
    assert!(matches!(refused(9, ItemChange::default()), StoreError::NotFound { what: "item", .. }));
    let nowhere = ItemChange { printing: Some(PrintingId::new("no-such")), ..ItemChange::default() };
    assert!(matches!(refused(1, nowhere), StoreError::NotFound { what: "printing", .. }));
    let nul = ItemChange { note: Some("a\0".to_owned()), ..ItemChange::default() };
    assert!(matches!(refused(1, nul), StoreError::Unstorable { .. }));
    assert_eq!(store.reader.item(ItemId(9)).unwrap(), None);
}

pub(crate) fn items_are_found_by_what_a_person_remembers(db: &Db) {
    let mut store = db.open();
    import(&mut store, catalogue());
    for (number, batch, printing) in
        [(1, "a", "base1-4"), (2, "a", "base1-58"), (3, "b", "base2-4"), (4, "b", "gone-1")]
    {
        store.write(|tx| tx.admit(&capture_in(batch, number)));
        let claim = store.write(|tx| tx.claim(NOW, LEASE_MS, 1)).remove(0);
        let whole = commit(&claim, vec![scan(&claim, 0, booked(printing))]);
        store.done(|tx| tx.commit_capture(&whole));
    }
    adjust(&mut store, 2, ItemChange { state: Some(ItemState::Removed), ..ItemChange::default() });
    let all = ItemFilter::default;
    assert_eq!(found(&store, &all()), [4, 3, 2, 1]);
    assert_eq!(found(&store, &ItemFilter { state: Some(ItemState::InStock), ..all() }), [4, 3, 1]);
    assert_eq!(found(&store, &ItemFilter { batch: Some(BatchId::new("b")), ..all() }), [4, 3]);
    assert_eq!(found(&store, &ItemFilter { printing: Some(PrintingId::new("base1-4")), ..all() }), [1]);
    assert_eq!(found(&store, &text("GLUTFUCHS")), [3, 1]);
    assert_eq!(found(&store, &text("éx")), [1], "small letters beyond ASCII too");
    assert_eq!(found(&store, &text("dschungel")), [3], "by the name of its set");
    assert_eq!(found(&store, &text("58/102")), [2]);
    assert_eq!(found(&store, &text("gone-1")), [4], "by its identifier when the catalogue has forgotten it");
    let gone = store.reader.item(ItemId(4)).unwrap().unwrap().printing;
    assert_eq!((gone.name.as_str(), gone.set, gone.number.as_str()), ("", None, ""));
}
