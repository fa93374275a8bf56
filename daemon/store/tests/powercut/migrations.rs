//! Migrations cut at every call: the schema is the old one or the new one, never between, and the way leads on.

use std::path::Path;

use cardmint_store::{Committed, Writer, migrate};
use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};

use super::disk::Left;
use super::run::{Found, Run, place, say, task};
use super::store::{is_sound, url};
use super::suite::fixtures::*;
use super::tree::Tree;

/// `up`, or `down` and how many.
fn migrate_as_told(folder: &Path, task: &str) {
    match task.split_once(' ') {
        Some(("down", count)) => drop(migrate::down(&url(folder), count.parse().unwrap()).unwrap()),
        _ => drop(migrate::up(&url(folder)).unwrap()),
    }
    say("migrated");
}

/// Every table, index and trigger, and every version; nothing of a file that is not there yet.
fn schema(folder: &Path) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let file = folder.join("cards.db");
    if !file.try_exists()? {
        return Ok(Vec::new());
    }
    let mut connection = SqliteConnection::establish(file.to_str().ok_or("no text")?)?;
    let mut all: Vec<String> =
        sql::<Text>("SELECT type || name || coalesce(sql, '') FROM sqlite_master ORDER BY 1").load(&mut connection)?;
    if !all.is_empty() {
        all.extend(sql::<Text>("SELECT version FROM __diesel_schema_migrations").load::<String>(&mut connection)?);
    }
    Ok(all)
}

/// A database with rows in its tables, taken back by `back` migrations; all of them leave no file.
fn prepare(folder: &Path, back: usize) {
    if back == usize::MAX {
        return;
    }
    migrate::up(&url(folder)).unwrap();
    let mut writer = Writer::open(&url(folder)).unwrap();
    for number in 0..3 {
        let claim = writer
            .group(|tx| {
                tx.admit(&capture(number))?;
                Ok(tx.claim(NOW, LEASE_MS, 1)?.remove(0))
            })
            .unwrap();
        let whole = commit(&claim, vec![scan(&claim, 0, booked("base1-4"))]);
        assert_eq!(writer.group(|tx| tx.commit_capture(&whole)).unwrap(), Committed::Done);
    }
    drop(writer);
    migrate::down(&url(folder), back).unwrap();
}

fn old_or_new(back: usize, task_name: &str) {
    if let Some((folder, task)) = task() {
        return migrate_as_told(&folder, &task);
    }
    let place = place();
    let folder = place.path().canonicalize().unwrap();
    prepare(&folder, back);
    let start = Tree::read(&folder);
    let old = schema(&folder).unwrap();
    start.put(&folder);
    let run = Run::record(&folder, task_name);
    let new = schema(&folder).unwrap();
    assert_ne!(old, new);
    let way = |number| vec![Left::All, Left::Nothing, Left::Some(number as u64)];
    let wrong = run.judge(&run.everywhere(), way, |found, said| check(found, said, &old, &new));
    assert!(wrong.is_empty(), "{} cuts: {wrong:#?}", wrong.len());
}

fn check(folder: &Path, said: &[String], old: &[String], new: &[String]) -> Found {
    let found = schema(folder)?;
    let allowed = found == new || (found == old && said.is_empty());
    // The first thing that is done to a new file is to make it one with a log: there is a file then, and nothing in it.
    let begun = old.is_empty() && found.is_empty() && said.is_empty();
    if !allowed && !begun {
        return Err(format!("between: {found:#?}").into());
    }
    migrate::up(&url(folder))?;
    let mut writer = Writer::open(&url(folder))?;
    writer.group(|tx| tx.admit(&capture(99)))?;
    is_sound(folder)
}

#[test]
fn the_first_migration_of_all_is_whole_or_not_there() {
    old_or_new(usize::MAX, "up");
}

#[test]
fn an_upgrade_by_one_is_whole_or_not_there() {
    old_or_new(1, "up");
}

#[test]
fn an_upgrade_from_nothing_is_whole_or_not_there() {
    old_or_new(99, "up");
}

#[test]
fn a_step_back_by_one_is_whole_or_not_there() {
    old_or_new(0, "down 1");
}

#[test]
fn a_step_back_by_all_is_whole_or_not_there() {
    old_or_new(0, "down 99");
}
