//! What must be lost is lost: the cuts bite.

use std::path::Path;

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};

use super::blobs;
use super::disk::Left;
use super::run::{Found, Run, every_way, place, say, task};
use super::trace::Event;

/// In how many places each run is cut.
const CUTS: usize = 60;

/// How many rows one run of plain SQLite commits.
const ROWS: i64 = 200;

/// SQLite alone, as durable as `synchronous` makes it. Its log is copied back early, so that cuts fall there too.
fn work_plainly(folder: &Path, synchronous: &str) {
    let mut connection = SqliteConnection::establish(folder.join("cards.db").to_str().unwrap()).unwrap();
    let pragmas =
        format!("PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = 40;");
    connection.batch_execute(&pragmas).unwrap();
    connection.batch_execute("CREATE TABLE cards (number INTEGER PRIMARY KEY, filler TEXT)").unwrap();
    for number in 0..ROWS {
        let insert = format!("INSERT INTO cards VALUES ({number}, hex(zeroblob(400)))");
        connection.batch_execute(&insert).unwrap();
        say(&number.to_string());
    }
}

fn check_plainly(folder: &Path, said: &[String]) -> Found {
    let Some(last) = said.last() else { return Ok(()) };
    let mut connection = SqliteConnection::establish(folder.join("cards.db").to_str().ok_or("no text")?)?;
    let sound: String = sql::<Text>("PRAGMA integrity_check").get_result(&mut connection)?;
    let tables: i64 = sql::<BigInt>("SELECT count(*) FROM sqlite_master").get_result(&mut connection)?;
    let rows: i64 = match tables {
        0 => 0,
        _ => sql::<BigInt>("SELECT count(*) FROM cards").get_result(&mut connection)?,
    };
    let wanted = last.parse::<i64>()? + 1;
    match sound.as_str() {
        "ok" if rows >= wanted => Ok(()),
        "ok" => Err(format!("{rows} of {wanted} rows are left").into()),
        other => Err(format!("corrupt: {other}").into()),
    }
}

/// Records `work` in a folder of its own; in the child, does it and gives nothing.
fn record(task_name: &str, work: fn(&Path, &str)) -> Option<Run> {
    if let Some((folder, task)) = task() {
        work(&folder, &task);
        return None;
    }
    let folder = place();
    Some(Run::record(&folder.path().canonicalize().unwrap(), task_name))
}

fn broken_plainly(synchronous: &str, left: fn(usize) -> Vec<Left>) -> Option<Vec<String>> {
    let run = record(synchronous, work_plainly)?;
    Some(run.judge(&run.spread(CUTS, 1), left, check_plainly))
}

#[test]
fn sqlite_alone_loses_nothing_with_full() {
    let Some(broken) = broken_plainly("FULL", every_way) else { return };
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn sqlite_alone_loses_rows_with_normal() {
    let Some(broken) = broken_plainly("NORMAL", every_way) else { return };
    assert!(broken.len() > CUTS / 3, "only {} of {CUTS} cuts: {broken:#?}", broken.len());
    assert!(broken.iter().all(|what| what.contains("rows are left")), "{broken:#?}");
}

#[test]
fn sqlite_alone_is_corrupt_with_off() {
    let Some(broken) =
        broken_plainly("OFF", |number| vec![Left::Some(number as u64 * 2), Left::Some(number as u64 * 2 + 1)])
    else {
        return;
    };
    assert!(broken.len() > CUTS / 2, "only {} of {CUTS} cuts: {broken:#?}", broken.len());
    let corrupt = broken.iter().filter(|what| !what.contains("rows are left")).count();
    assert!(corrupt > CUTS / 4, "only {corrupt} of {CUTS} cuts: {broken:#?}");
}

/// The blob store on a disk that ignores some of what it is told.
fn broken_blobs(ignored: fn(&Event) -> bool) -> Option<Vec<String>> {
    let run = record("0", blobs::work)?.without(ignored);
    Some(run.judge(&run.spread(CUTS, 1), every_way, blobs::check))
}

#[test]
fn blobs_are_lost_where_no_directory_is_synced() {
    let Some(broken) = broken_blobs(|event| matches!(event, Event::SyncedDirectory { .. })) else { return };
    assert!(broken.len() > CUTS / 2, "only {} of {CUTS} cuts: {broken:#?}", broken.len());
}

#[test]
fn blobs_are_damaged_where_no_file_is_synced() {
    let Some(broken) = broken_blobs(|event| matches!(event, Event::SyncedFile { .. })) else { return };
    assert!(broken.len() > CUTS / 2, "only {} of {CUTS} cuts: {broken:#?}", broken.len());
}
