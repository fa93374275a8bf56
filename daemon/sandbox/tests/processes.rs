//! Real children that do what children should not do.
//!
//! Without the usual harness: this program is its own child (`processes child MODE`), and the tests run one after the other,
//! because some of them count the descriptors and children of the whole process.
#![allow(unsafe_code)]
// Without the harness nothing tells clippy that all of this is a test.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "processes/child.rs"]
mod child;
#[path = "processes/ends.rs"]
mod ends;
#[path = "processes/locked.rs"]
mod locked;
#[path = "processes/start.rs"]
mod start;

use std::{
    panic::catch_unwind,
    process::ExitCode,
    time::{Duration, Instant},
};

use cardmint_sandbox::{Limits, Process, Spawn};

/// For calls that are to succeed, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);

fn spec(mode: &str) -> Spawn {
    let limits = Limits { address_space_bytes: 512 << 20, max_frame_bytes: 48 << 20, open_files: 32 };
    let args = vec!["child".to_owned(), mode.to_owned()];
    let program = std::env::current_exe().unwrap();
    Spawn { program, args, env: vec![("GIVEN".to_owned(), "yes".to_owned())], limits }
}

fn spawn(mode: &str) -> Process {
    Process::spawn(&spec(mode)).unwrap()
}

/// What a child answers to a command.
fn ask(process: &mut Process, command: &str) -> String {
    String::from_utf8(process.call(command.as_bytes(), PATIENCE).unwrap()).unwrap()
}

/// Whether a process is there and alive; one that has ended and waits for a stranger to reap it is not.
fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::yield_now();
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("child") => child::run(args.get(1).map_or("", String::as_str)),
        Some("middle") => start::run_middle(args.get(1).map_or("", String::as_str)),
        _ => run_tests(args.iter().find(|arg| !arg.starts_with('-')).map_or("", String::as_str)),
    }
}

fn run_tests(filter: &str) -> ExitCode {
    let tests: Vec<(&str, fn())> = [ends::TESTS, start::TESTS, locked::TESTS].concat();
    let mut failed = 0;
    let chosen: Vec<_> = tests.into_iter().filter(|(name, _)| name.contains(filter)).collect();
    for (name, test) in &chosen {
        let outcome = if catch_unwind(test).is_ok() { "ok" } else { "FAILED" };
        failed += usize::from(outcome == "FAILED");
        println!("test {name} ... {outcome}");
    }
    // In cargo's own words, so that whoever adds up what `cargo test` prints counts these too.
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {verdict}. {} passed; {failed} failed; 0 ignored", chosen.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
