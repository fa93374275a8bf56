//! What a child has when it starts, and whose life it shares.

use std::{
    io::{BufRead, BufReader, Read},
    os::fd::AsRawFd,
    process::{Command, ExitCode, Stdio},
};

use cardmint_sandbox::{ChildEnd, Process, SandboxError, Spawn};

use super::{ask, is_alive, spawn, spec, wait_until};

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("frames_of_every_size_come_back", frames_of_every_size_come_back),
    ("a_child_gets_the_given_environment_and_no_files", a_child_gets_the_given_environment_and_no_files),
    ("a_child_that_complains_without_end_still_answers", a_child_that_complains_without_end_still_answers),
    ("a_program_that_is_not_there_is_an_error", a_program_that_is_not_there_is_an_error),
    ("a_dropped_child_is_dead", a_dropped_child_is_dead),
    ("a_child_dies_with_its_parent", a_child_dies_with_its_parent),
    ("a_child_dies_with_the_thread_that_started_it", a_child_dies_with_the_thread_that_started_it),
    ("it_does_not_matter_which_number_the_socket_had", it_does_not_matter_which_number_the_socket_had),
    ("a_person_who_starts_it_is_told_so", a_person_who_starts_it_is_told_so),
];

fn frames_of_every_size_come_back() {
    for mode in ["plain", "locked"] {
        let mut process = spawn(mode);
        for size in [0, 1, 1000, 1 << 16, 20 << 20] {
            let body: Vec<u8> = (0..size).map(|at: u32| at.to_le_bytes()[0]).collect();
            let frame = [b"echo:".as_slice(), &body].concat();
            assert!(process.call(&frame, super::PATIENCE).unwrap() == body, "{size} bytes came back changed");
        }
    }
}

fn a_child_gets_the_given_environment_and_no_files() {
    let inherited = std::fs::File::open("/dev/null").unwrap();
    // SAFETY: plain numbers; takes away the mark that closes the descriptor at exec.
    assert_eq!(unsafe { libc::fcntl(inherited.as_raw_fd(), libc::F_SETFD, 0) }, 0);
    let mut process = spawn("plain");
    let environment = ask(&mut process, "env");
    let names: Vec<&str> = environment.lines().filter_map(|line| line.split('=').next()).collect();
    assert_eq!(names.len(), 2, "{environment}");
    assert!(environment.contains("GIVEN=yes\n") && names.contains(&"CARDMINT_SANDBOX_LIMITS"), "{environment}");
    // 4 is the folder that the child reads to find out.
    assert_eq!(ask(&mut process, "files"), "[0, 1, 2, 3, 4]");
}

fn a_child_that_complains_without_end_still_answers() {
    let mut process = spawn("locked");
    assert_eq!(ask(&mut process, "complain:3000000"), "complained");
    assert_eq!(ask(&mut process, "complain:3000000"), "complained");
}

fn a_program_that_is_not_there_is_an_error() {
    let nowhere = Spawn { program: "/no/such/program".into(), ..spec("plain") };
    let error = Process::spawn(&nowhere).unwrap_err();
    assert!(matches!(&error, SandboxError::Spawn { program, .. } if program == &nowhere.program), "{error}");
}

fn a_dropped_child_is_dead() {
    let process = spawn("plain");
    let pid = process.pid();
    assert!(is_alive(pid));
    drop(process);
    assert!(!is_alive(pid));
}

/// A parent that starts a child, says its number, and goes without a word.
pub(crate) fn run_middle(mode: &str) -> ExitCode {
    if mode == "stdin closed" {
        // SAFETY: nothing reads the standard input of this process.
        unsafe { libc::close(0) };
    }
    let mut process = spawn("plain");
    let works = ask(&mut process, "echo:x") == "x";
    println!("{}", process.pid());
    std::mem::forget(process);
    if works { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn middle(mode: &str) -> (u32, bool) {
    let program = std::env::current_exe().unwrap();
    let mut middle = Command::new(program).args(["middle", mode]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(middle.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let went_well = middle.wait().unwrap().success();
    (line.trim().parse().unwrap(), went_well)
}

fn a_child_dies_with_its_parent() {
    let (pid, went_well) = middle("plain");
    assert!(went_well);
    wait_until("the orphan is dead", || !is_alive(pid));
}

fn it_does_not_matter_which_number_the_socket_had() {
    let (_, went_well) = middle("stdin closed");
    assert!(went_well, "a socket that has number 3 already was not passed on");
}

fn a_child_dies_with_the_thread_that_started_it() {
    let mut process = std::thread::spawn(|| spawn("plain")).join().unwrap();
    let end = process.call(b"hang", super::PATIENCE).unwrap_err();
    assert_eq!(end, ChildEnd::Signal(9));
}

fn a_person_who_starts_it_is_told_so() {
    let mut by_hand = Command::new(std::env::current_exe().unwrap());
    let mut by_hand = by_hand.args(["child", "plain"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    by_hand.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(!by_hand.wait().unwrap().success());
    assert!(said.contains("descriptor 3"), "{said}");
}
