//! The catalogue, replaced as a whole.

use cardmint_domain::PrintingId;
use cardmint_domain::errors::chain;
use cardmint_store::reader::ItemFilter;
use cardmint_store::{CatalogueRow, Page, StoreError, catalogue_digest};

use super::fixtures::*;
use super::{Db, Store};

fn ids(store: &Store) -> Vec<String> {
    store.reader.printings().unwrap().iter().map(|printing| printing.id.to_string()).collect()
}

pub(crate) fn a_catalogue_comes_back_as_it_went_in(db: &Db) {
    let mut store = db.open();
    let status = store.reader.catalogue_status().unwrap();
    assert_eq!((status.sets, status.printings, status.last_import), (0, 0, None));
    let change = import(&mut store, catalogue());
    let mut printings = Vec::new();
    let mut sets = Vec::new();
    for row in catalogue() {
        match row {
            CatalogueRow::Set(set) => sets.push(set),
            CatalogueRow::Printing(printing) => printings.push(*printing),
        }
    }
    printings.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(catalogue_digest(&sets, &printings), change.digest);
    assert_ne!(catalogue_digest(&sets, &printings[1..]), change.digest);
    assert_ne!(catalogue_digest(&sets[1..], &printings), change.digest);
    assert_eq!(store.reader.sets().unwrap(), sets);
    assert_eq!(store.reader.printings().unwrap(), printings);
    assert_eq!(store.reader.printing(&printings[1].id).unwrap(), Some(printings[1].clone()));
    assert_eq!(store.reader.printing(&PrintingId::new("no-such")).unwrap(), None);
    let status = store.reader.catalogue_status().unwrap();
    let last = status.last_import.unwrap();
    assert_eq!((status.sets, status.printings, last.sets, last.printings), (2, 4, 2, 4));
    assert_eq!((last.source.as_str(), last.at, last.digest), ("a folder", NOW, change.digest));
}

pub(crate) fn a_replacement_counts_what_came_and_what_went(db: &Db) {
    let mut store = db.open();
    let first = import(&mut store, catalogue());
    assert_eq!((first.printings_before, first.printings_added, first.digest_before.as_str()), (0, 4, ""));
    let mut rows = catalogue();
    rows.retain(|row| !matches!(row, CatalogueRow::Printing(printing) if printing.id.as_str() == "base1-10"));
    rows.push(CatalogueRow::Printing(Box::new(printing("new-1", "base2", "Neu", "1", &[]))));
    rows.push(CatalogueRow::Printing(Box::new(printing("new-2", "base2", "Neu", "2", &[]))));
    let second = import(&mut store, rows);
    assert_eq!((second.printings_before, second.printings_after), (4, 5));
    assert_eq!((second.printings_added, second.printings_removed), (2, 1));
    assert_eq!((second.sets_before, second.sets_after), (2, 2));
    assert_eq!(second.digest_before, first.digest);
    assert_ne!(second.digest, first.digest);
    assert_eq!(ids(&store), ["base1-4", "base1-58", "base2-4", "new-1", "new-2"]);
    let empty = import(&mut store, Vec::new());
    assert_eq!((empty.printings_removed, empty.printings_after), (5, 0));
}

pub(crate) fn the_digest_does_not_depend_on_the_order(db: &Db) {
    let mut store = db.open();
    let digest = import(&mut store, catalogue()).digest;
    let mut backwards = catalogue();
    backwards.reverse();
    assert_eq!(import(&mut store, backwards).digest, digest);
    let mut other = catalogue();
    if let CatalogueRow::Printing(printing) = &mut other[0] {
        printing.flavour = None;
    }
    assert_ne!(import(&mut store, other).digest, digest);
}

pub(crate) fn a_refused_replacement_leaves_everything_as_it_was(db: &Db) {
    let mut store = db.open();
    import(&mut store, catalogue());
    let refused = store.writer.group(|tx| {
        let change = tx.replace_catalogue("worse", catalogue().into_iter().take(2).map(Ok), "uid:1", NOW)?;
        assert_eq!(change.printings_removed, 3);
        Err::<(), _>(StoreError::Refused("it lost 75 % of its printings".to_owned()))
    });
    assert!(matches!(refused, Err(StoreError::Refused(_))));
    assert_eq!(ids(&store).len(), 4);
    assert_eq!(store.reader.catalogue_status().unwrap().last_import.unwrap().source, "a folder");
    assert_eq!(store.reader.verify_audit().unwrap().rows, 1);
}

pub(crate) fn a_contradiction_leaves_everything_as_it_was_even_in_a_group_that_goes_on(db: &Db) {
    let mut store = db.open();
    import(&mut store, catalogue());
    let stray = || CatalogueRow::Printing(Box::new(printing("x-1", "x", "Streuner", "1", &[])));
    let twice = || CatalogueRow::Printing(Box::new(printing("base1-4", "base1", "Zwilling", "4", &[])));
    let with = |row| {
        let mut rows: Vec<Result<CatalogueRow, cardmint_store::error::Cause>> =
            catalogue().into_iter().map(Ok).collect();
        rows.push(row);
        rows
    };
    let bad = [
        (with(Ok(stray())), "\"x\""),
        (with(Ok(twice())), "\"base1-4\" comes twice"),
        (with(Ok(CatalogueRow::Set(card_set("base1", "again")))), "\"base1\" comes twice"),
        (with(Err("the archive is cut off".into())), "the archive is cut off"),
    ];
    for (number, (rows, why)) in (1..).zip(bad) {
        let error = store.write(|tx| {
            let error = tx.replace_catalogue("broken", rows, "uid:1", NOW).unwrap_err();
            tx.admit(&capture(number))?;
            Ok(error)
        });
        assert!(chain(&error).contains(why), "{}", chain(&error));
        assert_eq!(ids(&store), ["base1-10", "base1-4", "base1-58", "base2-4"]);
    }
    assert_eq!(store.reader.counts().unwrap().captures["admitted"], 4, "the rest of the group was kept");
    assert!(store.reader.verify_audit().unwrap().is_intact());
}

pub(crate) fn words_find_printings_by_name_set_and_number(db: &Db) {
    let mut store = db.open();
    import(&mut store, catalogue());
    let found = |text: &str, limit| {
        let found = store.reader.find_printings(text, limit).unwrap();
        found.into_iter().map(|label| label.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found("glutfuchs", 10), ["base1-4", "base2-4"]);
    assert_eq!(found("glutfuchs", 1), ["base1-4"]);
    assert_eq!(found("Glut GRUNDSET", 10), ["base1-4"]);
    assert_eq!(found("fuchs dschungel", 10), ["base2-4"]);
    assert_eq!(found("swsh004", 10), ["base2-4"]);
    assert_eq!(found("base1 58/102", 10), ["base1-58"]);
    assert_eq!(found("éx", 10), ["base1-4"]);
    assert_eq!(found("100%_", 10), ["base2-4"]);
    assert_eq!(found("0%1", 10), [""; 0]);
    assert_eq!(found("  ", 10).len(), 4);
    let label = store.reader.find_printings("donnermaus", 1).unwrap().remove(0);
    assert_eq!(
        (label.name.as_str(), label.set_name.as_str(), label.number.as_str()),
        ("Donnermaus δ", "Grundset", "58/102")
    );
}

pub(crate) fn a_printing_that_is_gone_leaves_its_items_in_place(db: &Db) {
    let mut store = db.open();
    import(&mut store, catalogue());
    committed(&mut store, 1, booked("base1-4"));
    import(&mut store, vec![CatalogueRow::Set(card_set("base1", "Grundset"))]);
    let items = store.reader.inventory(&ItemFilter::default(), Page::default()).unwrap();
    assert_eq!(
        (items.total, items.items[0].printing.id.as_str(), items.items[0].printing.name.as_str()),
        (1, "base1-4", "")
    );
    assert_eq!(store.reader.prices_due(NOW, NOW, 10).unwrap()[0].language, "en");
}
