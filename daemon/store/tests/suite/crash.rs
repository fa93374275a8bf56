//! `kill -9` while writing.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use cardmint_domain::CaptureState;
use cardmint_store::Writer;

use super::fixtures::*;
use super::{Db, Store};

/// Set in the child; holds the address of the database.
const CHILD: &str = "CARDMINT_STORE_CRASH_CHILD";

/// How many processes are killed.
const KILLS: u32 = 8;

/// This very test is also the child's program: it runs itself again with [`CHILD`] set.
pub(crate) fn what_was_acknowledged_survives_kill_9(db: &Db) {
    if let Ok(child) = std::env::var(CHILD) {
        write_until_killed(&child);
    }
    let store = db.open();
    let mut acknowledged = Vec::new();
    for round in 0..KILLS {
        acknowledged.extend(kill_a_writer(db, round));
    }
    assert!(acknowledged.len() >= KILLS as usize * 10);
    for line in &acknowledged {
        check(&store, line);
    }
    let audit = store.reader.verify_audit().unwrap();
    assert!(audit.is_intact(), "{audit:?}");
    // The next writer finds a database it can go on with.
    let mut writer = Writer::open(&db.url).unwrap();
    writer.group(|tx| tx.admit(&capture(u32::MAX))).unwrap();
}

/// Says each thing after it was committed, and never stops.
fn write_until_killed(child: &str) -> ! {
    let (round, url) = child.split_once(' ').unwrap();
    let mut writer = Writer::open(url).unwrap();
    let first = round.parse::<u32>().unwrap() * 1_000_000;
    for number in first.. {
        writer.group(|tx| tx.admit(&capture(number))).unwrap();
        println!("\nACK admitted {number}");
        let claim = writer.group(|tx| tx.claim(at(i64::from(u32::MAX)), LEASE_MS, 1)).unwrap().remove(0);
        let whole = commit(&claim, vec![scan(&claim, 0, booked("base1-4")), scan(&claim, 1, unsure())]);
        let done = writer.group(|tx| tx.commit_capture(&whole)).unwrap();
        assert_eq!(done, cardmint_store::Committed::Done);
        println!("\nACK done {}", claim.capture.id);
    }
    unreachable!("killed long before")
}

/// Kills a writer after some acknowledgements and returns all it gave.
fn kill_a_writer(db: &Db, round: u32) -> Vec<String> {
    let name = std::thread::current().name().unwrap().to_owned();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &name, "--nocapture"])
        .env(CHILD, format!("{round} {}", db.url))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    let wanted = 20 + 7 * round as usize;
    for line in lines {
        acknowledged.extend(line.unwrap().strip_prefix("ACK ").map(str::to_owned));
        if acknowledged.len() == wanted {
            // SIGKILL; what is still in the pipe was said before it.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= wanted, "the child ended by itself after {acknowledged:?}");
    acknowledged
}

fn check(store: &Store, line: &str) {
    let (what, which) = line.split_once(' ').unwrap();
    match what {
        "admitted" => assert!(store.reader.capture(&capture_id(which.parse().unwrap())).unwrap().is_some(), "{line}"),
        "done" => {
            let id = cardmint_domain::CaptureId::new(which);
            let detail = store.reader.capture(&id).unwrap().unwrap();
            assert_eq!((detail.capture.state, detail.scan_list.len()), (CaptureState::Done, 2), "{line}");
        }
        other => panic!("{other}"),
    }
}
