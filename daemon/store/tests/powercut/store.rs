//! The store on SQLite: what was committed is there, once, and nothing of what was not.

use std::collections::HashMap;
use std::path::Path;

use cardmint_domain::{CaptureId, CaptureState};
use cardmint_store::reader::{AuditFilter, CaptureFilter};
use cardmint_store::views::CaptureView;
use cardmint_store::{Admission, Committed, Page, Reader, ReaderOptions, Writer, migrate};
use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel::{Connection, RunQueryDsl, SqliteConnection};

use super::run::{Found, say};
use super::suite::fixtures::*;
use super::survives;

/// How many captures one life admits.
pub(crate) const CAPTURES: u32 = 20;

pub(crate) fn url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("cards.db").display())
}

/// Migrates and opens, as the daemon does when it starts.
pub(crate) fn open(folder: &Path) -> Writer {
    migrate::up(&url(folder)).unwrap();
    say("migrated");
    Writer::open(&url(folder)).unwrap()
}

fn work(folder: &Path, life: &str) {
    let first = life.parse::<u32>().unwrap() * CAPTURES;
    let mut writer = open(folder);
    for number in first..first + CAPTURES {
        let capture = capture(number);
        writer.group(|tx| tx.admit(&capture)).unwrap();
        say(&format!("admitted {}", capture.id));
        end_one(&mut writer, |_| ());
    }
}

/// Takes a capture and ends it with an item and a review task. `before` happens before the commit.
pub(crate) fn end_one(writer: &mut Writer, before: impl FnOnce(&cardmint_store::CaptureCommit)) {
    // After a cut the lease of what was taken before it must pass first.
    let Some(claim) = writer.group(|tx| tx.claim(at(i64::from(u32::MAX)), LEASE_MS, 1)).unwrap().pop() else { return };
    let id = &claim.capture.id;
    say(&format!("claimed {id} {}", claim.attempt));
    let whole = commit(&claim, vec![scan(&claim, 0, booked("base1-4")), scan(&claim, 1, unsure())]);
    before(&whole);
    assert_eq!(writer.group(|tx| tx.commit_capture(&whole)).unwrap(), Committed::Done);
    say(&format!("done {id}"));
}

pub(crate) fn check(folder: &Path, said: &[String]) -> Found {
    let url = url(folder);
    let applied = migrate::up(&url)?;
    if !applied.is_empty() && said.iter().any(|line| line == "migrated") {
        return Err(format!("the migrations {applied:?} are gone").into());
    }
    is_sound(folder)?;
    let reader = Reader::open(&url, ReaderOptions::default())?;
    let all = Page { limit: Page::MAX_LIMIT, offset: 0 };
    let captures = reader.captures(&CaptureFilter::default(), all)?.items;
    let captures = captures.iter().map(|view| (view.capture.id.as_str(), view)).collect();
    if let Some(lost) = said.iter().find(|line| !holds(&captures, line)) {
        return Err(format!("lost: {lost}").into());
    }
    nothing_is_there_in_part_or_twice(&reader)?;
    let mut writer = Writer::open(&url)?;
    if let Some(known) = said.iter().find_map(|line| line.strip_prefix("admitted ")) {
        let again = cardmint_domain::Capture { id: CaptureId::new(known), ..capture(0) };
        if writer.group(|tx| tx.admit(&again))? == Admission::New {
            return Err(format!("{known} was admitted twice").into());
        }
    }
    writer.group(|tx| tx.admit(&capture(u32::MAX)))?;
    nothing_is_there_in_part_or_twice(&reader)?;
    is_sound(folder)
}

fn holds(captures: &HashMap<&str, &CaptureView>, line: &str) -> bool {
    let mut words = line.split(' ');
    let (what, which, attempt) = (words.next(), words.next().unwrap_or_default(), words.next());
    match (what, captures.get(which)) {
        (Some("migrated"), _) | (Some("admitted"), Some(_)) => true,
        (Some("claimed"), Some(found)) => found.attempt >= attempt.unwrap().parse().unwrap(),
        (Some("done"), Some(found)) => found.state == CaptureState::Done,
        _ => false,
    }
}

/// Every capture that is done has its two scans, its item and its review task; no other has any; the log has each change
/// once.
fn nothing_is_there_in_part_or_twice(reader: &Reader) -> Found {
    let counts = reader.counts()?;
    let captures: u64 = counts.captures.values().sum();
    let done = counts.captures["done"];
    let logged = |action: &str| -> Result<u64, cardmint_store::StoreError> {
        let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
        Ok(reader.audit(&filter, Page::default())?.total)
    };
    let of_done = [counts.scans["booked"], counts.scans["review"], counts.items, counts.open_reviews];
    let of_the_log = [logged("capture.admit")?, logged("capture.commit")?];
    if of_done != [done; 4] || of_the_log != [captures, done] {
        return Err(format!("{captures} captures, {done} done: {of_done:?}, in the log {of_the_log:?}").into());
    }
    let audit = reader.verify_audit()?;
    audit.is_intact().then_some(()).ok_or_else(|| format!("{audit:?}").into())
}

/// What SQLite itself says of the file.
pub(crate) fn is_sound(folder: &Path) -> Found {
    let mut connection = SqliteConnection::establish(folder.join("cards.db").to_str().ok_or("no text")?)?;
    let said: String = sql::<Text>("PRAGMA integrity_check").get_result(&mut connection)?;
    let astray: Vec<String> = sql::<Text>("SELECT \"table\" FROM pragma_foreign_key_check").load(&mut connection)?;
    if said == "ok" && astray.is_empty() { Ok(()) } else { Err(format!("{said}; astray rows of {astray:?}").into()) }
}

#[test]
fn what_was_committed_is_there_after_a_power_cut() {
    survives(|_| (), work, check);
}
