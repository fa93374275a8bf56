//! A process that works on a folder, recorded, and the cuts that are made in what it did.

use std::collections::HashSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::chance::dice;
use super::disk::{Disk, Left};
use super::recorder::{ROOT, TRACE};
use super::trace::Event;
use super::tree::Tree;

/// Set in the child: what it is asked to do.
const TASK: &str = "CARDMINT_POWERCUT_TASK";

/// What begins a line by which a child says that something is done.
const SAID: &str = "ACK ";

/// What the name of the index of SQLite's log ends in. SQLite maps it, never syncs it, and makes it anew after a cut.
const INDEX: &str = "-shm";

/// What a check finds: an error is something lost, doubled or damaged.
pub(crate) type Found = Result<(), Box<dyn Error>>;

/// In a child: its folder and its task.
pub(crate) fn task() -> Option<(PathBuf, String)> {
    Some((std::env::var_os(ROOT)?.into(), std::env::var(TASK).ok()?))
}

/// In a child: says that something is done. Whoever reads it relies on it.
pub(crate) fn say(what: &str) {
    // Not at a line's beginning, there the test harness may have left its own words.
    println!("\n{SAID}{what}");
}

/// What one process did to its folder.
pub(crate) struct Run {
    before: Disk,
    events: Vec<Event>,
}

/// The moment after some of the events.
pub(crate) struct Cut<'r> {
    pub(crate) disk: &'r Disk,
    /// What was said until then.
    pub(crate) said: &'r [String],
}

impl Run {
    /// Runs the calling test once more as a child that finds [`task`] set, and records it.
    pub(crate) fn record(folder: &Path, task: &str) -> Self {
        let before = Disk::of(folder);
        let place = place();
        let trace = tempfile::NamedTempFile::new_in(place.path()).unwrap();
        let test = std::thread::current().name().unwrap().to_owned();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &test, "--nocapture"])
            .env(ROOT, folder)
            .env(TRACE, trace.path())
            .env(TASK, task)
            .output()
            .unwrap();
        assert!(child.status.success(), "the child failed: {}", String::from_utf8_lossy(&child.stderr));
        let run = Self { before, events: Event::decode_all(&fs::read(trace.path()).unwrap()) };
        // Whatever call went past the recorder shows here.
        let recorded = run.after(run.events.len()).after_cut(Left::All);
        assert_eq!(recorded.first_difference(&Tree::read(folder), INDEX), None, "a call was not recorded");
        run
    }

    fn after(&self, events: usize) -> Disk {
        let mut disk = self.before.clone();
        self.events[..events].iter().for_each(|event| disk.apply(event));
        disk
    }

    /// The same run on a disk on which some events have no effect.
    pub(crate) fn without(mut self, unwanted: impl Fn(&Event) -> bool) -> Self {
        self.events.retain(|event| !unwanted(event));
        self
    }

    /// How many events came before each cut: half of the cuts fall right behind a promise, a quarter right behind a sync,
    /// where what is durable changes, and the others anywhere.
    pub(crate) fn spread(&self, count: usize, seed: u64) -> Vec<usize> {
        let behind = |wanted: &dyn Fn(usize) -> bool| -> Vec<usize> {
            (0..self.events.len()).filter(|&index| wanted(index)).map(|index| index + 1).collect()
        };
        let promises = behind(&|index| self.is_promise(index));
        let syncs =
            behind(&|index| matches!(self.events[index], Event::SyncedFile { .. } | Event::SyncedDirectory { .. }));
        let anywhere = self.everywhere();
        let mut cuts: Vec<usize> = (0..count)
            .map(|number| {
                let moments = match number % 4 {
                    0 | 2 => &promises,
                    1 if !syncs.is_empty() => &syncs,
                    _ => &anywhere,
                };
                moments[usize::try_from(dice(seed, number as u64, 0) >> 1).unwrap() % moments.len()]
            })
            .collect();
        cuts.sort_unstable();
        cuts
    }

    fn is_promise(&self, index: usize) -> bool {
        matches!(&self.events[index], Event::Said(words) if words.starts_with(SAID.as_bytes()))
    }

    /// Every moment that differs from the one before.
    pub(crate) fn everywhere(&self) -> Vec<usize> {
        (0..=self.events.len()).collect()
    }

    /// Shows each cut; `at` counts the events before each and rises.
    pub(crate) fn cut(&self, at: &[usize], mut show: impl FnMut(&Cut<'_>)) {
        let (mut disk, mut words, mut done) = (self.before.clone(), Vec::new(), 0);
        for &until in at {
            for event in &self.events[done..until] {
                disk.apply(event);
                if let Event::Said(more) = event {
                    words.extend(more);
                }
            }
            done = until;
            let text = String::from_utf8_lossy(&words);
            // A line without an end is not said yet.
            let whole = text.rfind('\n').map_or("", |end| &text[..end]);
            let said: Vec<String> =
                whole.lines().filter_map(|line| line.strip_prefix(SAID).map(str::to_owned)).collect();
            show(&Cut { disk: &disk, said: &said });
        }
    }

    /// Checks what is left after each cut, in a folder of its own. Says what was found wrong, a line for each cut.
    pub(crate) fn judge(
        &self,
        at: &[usize],
        left: impl Fn(usize) -> Vec<Left>,
        check: impl Fn(&Path, &[String]) -> Found,
    ) -> Vec<String> {
        let place = place();
        let folder = place.path().join("found");
        let mut wrong = Vec::new();
        let mut number = 0;
        let (mut seen, mut promises) = (HashSet::new(), 0);
        self.cut(at, |cut| {
            // What was found good is good until more is promised.
            if cut.said.len() != promises {
                promises = cut.said.len();
                seen.clear();
            }
            let found = left(number).into_iter().find_map(|left| {
                let tree = cut.disk.after_cut(left);
                if !seen.insert(tree.digest(INDEX)) {
                    return None;
                }
                tree.put(&folder);
                let error = check(&folder, cut.said).err()?;
                Some(format!("cut after {} events of {}, left {left:?}: {error}", at[number], self.events.len()))
            });
            if found.is_some() {
                // The next cut may be bad for the same reason, and counts.
                seen.clear();
            }
            wrong.extend(found);
            number += 1;
        });
        wrong
    }
}

/// A folder of its own, in memory where the system has a place for that: nothing here needs a disk.
pub(crate) fn place() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// The ways in which every cut is looked at.
pub(crate) fn every_way(number: usize) -> Vec<Left> {
    let seed = number as u64 * 2;
    vec![Left::Nothing, Left::All, Left::Names, Left::Some(seed), Left::Some(seed + 1)]
}
