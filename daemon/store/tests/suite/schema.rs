//! Migrations: up, down, status, and databases of other programs.

use cardmint_domain::errors::chain;
use cardmint_store::{StoreError, Writer, migrate};

use super::Db;
use super::fixtures::*;

fn applied(db: &Db) -> Vec<bool> {
    migrate::status(&db.url).unwrap().iter().map(|status| status.applied).collect()
}

pub(crate) fn migrations_go_up_down_and_up_again(db: &Db) {
    let all = migrate::up(&db.url).unwrap();
    assert!(all.len() >= 4 && all.is_sorted(), "{all:?}");
    let status = migrate::status(&db.url).unwrap();
    assert_eq!(status.iter().map(|status| status.version.clone()).collect::<Vec<_>>(), all);
    assert!(status.iter().all(|status| status.known && status.applied && status.name.contains('_')), "{status:?}");

    let back = migrate::down(&db.url, 1).unwrap();
    assert_eq!(back, [all.last().unwrap().clone()]);
    assert_eq!(applied(db).iter().filter(|applied| !**applied).count(), 1);
    // Everything, newest first, also with rows in the tables; then from nothing again.
    migrate::up(&db.url).unwrap();
    let mut store = db.open();
    committed(&mut store, 1, booked("base1-4"));
    drop(store);
    let mut newest_first = all.clone();
    newest_first.reverse();
    assert_eq!(migrate::down(&db.url, 99).unwrap(), newest_first);
    assert!(applied(db).iter().all(|applied| !applied));
    assert_eq!(migrate::up(&db.url).unwrap(), all);
    assert_eq!(db.reader().counts().unwrap().captures["done"], 0);
}

pub(crate) fn up_twice_changes_nothing(db: &Db) {
    let mut store = db.open();
    store.write(|tx| tx.admit(&capture(1)));
    assert!(migrate::up(&db.url).unwrap().is_empty());
    assert_eq!(store.reader.counts().unwrap().captures["admitted"], 1);
}

pub(crate) fn several_at_once_migrate_once(db: &Db) {
    let runs: Vec<_> = (0..4)
        .map(|_| {
            let url = db.url.clone();
            std::thread::spawn(move || migrate::up(&url).unwrap_or_else(|error| panic!("{}", chain(&error))).len())
        })
        .collect();
    let mut applied: Vec<usize> = runs.into_iter().map(|run| run.join().unwrap()).collect();
    applied.sort_unstable();
    assert_eq!(applied[..3], [0, 0, 0]);
    assert!(applied[3] >= 4);
}

pub(crate) fn an_unmigrated_database_is_refused(db: &Db) {
    migrate::up(&db.url).unwrap();
    let back = migrate::down(&db.url, 2).unwrap();
    match Writer::open(&db.url).err().unwrap() {
        StoreError::SchemaBehind { pending, .. } => {
            assert_eq!(pending.len(), 2);
            assert!(pending.iter().all(|version| back.contains(version)));
        }
        other => panic!("{other}"),
    }
}

pub(crate) fn a_newer_database_is_refused(db: &Db) {
    migrate::up(&db.url).unwrap();
    db.raw("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')").unwrap();
    let opened = Writer::open(&db.url).err();
    for error in [opened, migrate::up(&db.url).err(), migrate::down(&db.url, 1).err()] {
        match error {
            Some(StoreError::SchemaNewer { unknown, .. }) => assert_eq!(unknown, ["29991231000000"]),
            other => panic!("{other:?}"),
        }
    }
    let last = migrate::status(&db.url).unwrap().pop().unwrap();
    assert!(last.applied && !last.known && last.name.is_empty(), "{last:?}");
}
