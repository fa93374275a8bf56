//! Power cuts: what was acknowledged is there afterwards, once, and whole.
//!
//! A test runs itself once more as a child that works and says what is done. The child's calls on files are recorded
//! ([`shim`], [`recorder`]). Then the record is played to a disk that knows what was synced ([`disk`]), the power is cut
//! wherever the test wants it, and what is left is opened as the daemon opens it. So one run gives any number of cuts, at
//! every kind of moment, and the same cut can be looked at with nothing, all or any part of what was not synced.
//!
//! Deliberately absent: PostgreSQL, whose own tests are for that.

// Everything here is a test, also what stands outside of a test function.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

// Only some of its values are needed here.
#[allow(dead_code, unused_macros)]
#[path = "../suite/mod.rs"]
mod suite;

mod blobs;
mod both;
mod chance;
mod controls;
mod disk;
mod disk_tests;
mod migrations;
mod nodes;
mod recorder;
mod run;
mod shim;
mod shim_tests;
mod store;
mod trace;
mod tree;

use std::path::Path;

use run::{Found, Run, every_way, place, task};

/// How many processes follow one another, each on what the cut before has left.
const LIVES: usize = 3;

/// In how many places each of them is cut.
const CUTS: usize = 20;

/// Works, cuts, checks, and goes on from what a cut has left.
fn survives(prepare: fn(&Path), work: fn(&Path, &str), check: fn(&Path, &[String]) -> Found) {
    if let Some((folder, task)) = task() {
        return work(&folder, &task);
    }
    let place = place();
    let folder = place.path().canonicalize().unwrap().join("live");
    std::fs::create_dir(&folder).unwrap();
    prepare(&folder);
    let mut earlier: Vec<String> = Vec::new();
    for life in 0..LIVES {
        let run = Run::record(&folder, &life.to_string());
        let cuts = run.spread(CUTS, life as u64);
        let wrong = run.judge(&cuts, every_way, |found, said| check(found, &[&earlier, said].concat()));
        assert!(wrong.is_empty(), "life {life}, {} of {CUTS} cuts: {wrong:#?}", wrong.len());
        // The cut in the middle is the one that happens.
        run.cut(&cuts[CUTS / 2..=CUTS / 2], |cut| {
            cut.disk.after_cut(disk::Left::Some(life as u64)).put(&folder);
            earlier.extend(cut.said.iter().cloned());
        });
    }
    assert!(earlier.len() >= 10, "hardly anything was promised: {earlier:?}");
}
