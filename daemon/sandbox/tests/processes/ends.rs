//! Every way in which a child ends, and that nothing is left of it.

use std::time::Duration;

use cardmint_sandbox::{ChildEnd, Process};

use super::{ask, child, is_alive, spawn};

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("each_end_is_told_by_its_name", each_end_is_told_by_its_name),
    ("a_late_child_is_killed_whatever_it_is_doing", a_late_child_is_killed_whatever_it_is_doing),
    ("a_child_that_allocates_for_ever_ends_alone", a_child_that_allocates_for_ever_ends_alone),
    ("frames_beyond_the_limit_are_refused_both_ways", frames_beyond_the_limit_are_refused_both_ways),
    ("a_child_ends_by_itself_when_nobody_asks_any_more", a_child_ends_by_itself_when_nobody_asks_any_more),
    ("two_hundred_failures_leave_nothing_behind", two_hundred_failures_leave_nothing_behind),
];

const DEADLINE: Duration = Duration::from_millis(50);

fn end_of(process: &mut Process, command: &str) -> ChildEnd {
    process.call(command.as_bytes(), super::PATIENCE).unwrap_err()
}

fn each_end_is_told_by_its_name() {
    for (mode, command, end) in [
        ("plain", "exit:0", ChildEnd::Code(0)),
        ("plain", "exit:7", ChildEnd::Code(7)),
        ("plain", "panic", ChildEnd::Code(101)),
        ("plain", "abort", ChildEnd::Signal(6)),
        ("plain", "segfault", ChildEnd::Signal(11)),
        ("plain", "close", ChildEnd::Closed),
        ("gone", "echo:x", ChildEnd::Code(3)),
        ("locked", "exit:7", ChildEnd::Code(7)),
        ("locked", "panic", ChildEnd::Code(101)),
        ("locked", "abort", ChildEnd::Signal(6)),
        ("locked", "segfault", ChildEnd::Signal(11)),
    ] {
        let mut process = spawn(mode);
        let pid = process.pid();
        assert_eq!(end_of(&mut process, command), end, "{mode} {command}");
        assert!(!is_alive(pid), "{mode} {command} left a process");
        assert_eq!(end_of(&mut process, "echo:x"), end, "a dead child says how it died");
    }
}

fn a_late_child_is_killed_whatever_it_is_doing() {
    let big = [b"echo:".to_vec(), vec![0; 8 << 20]].concat();
    for (mode, frame) in [
        ("plain", b"hang".to_vec()),
        ("locked", b"hang".to_vec()),
        ("plain", b"announce:1000".to_vec()),
        ("deaf", b"echo:x".to_vec()),
        ("deaf", big),
    ] {
        let mut process = spawn(mode);
        let end = process.call(&frame, DEADLINE).unwrap_err();
        assert_eq!(end, ChildEnd::Deadline { deadline_ms: 50 }, "{mode}");
        assert!(!is_alive(process.pid()));
        assert_eq!(ask(&mut spawn("plain"), "echo:another"), "another");
    }
}

fn a_child_that_allocates_for_ever_ends_alone() {
    assert_eq!(end_of(&mut spawn("limited"), "allocate"), ChildEnd::Signal(6));
    assert_eq!(end_of(&mut spawn("locked"), "allocate"), ChildEnd::Signal(6));
}

fn frames_beyond_the_limit_are_refused_both_ways() {
    let end = end_of(&mut spawn("plain"), "announce:4294967295");
    assert!(matches!(&end, ChildEnd::Protocol(text) if text.contains("4294967295")), "{end}");
    // The child's own loop refuses to send it, and ends.
    assert_eq!(end_of(&mut spawn("plain"), "huge:50331649"), ChildEnd::Code(1));
    let mut process = spawn("plain");
    let end = process.call(&vec![0; (48 << 20) + 1], super::PATIENCE).unwrap_err();
    assert!(matches!(end, ChildEnd::Protocol(_)), "{end}");
    assert!(!is_alive(process.pid()));
}

fn a_child_ends_by_itself_when_nobody_asks_any_more() {
    let mut process = spawn("plain");
    assert_eq!(ask(&mut process, "deafen"), "deaf");
    assert_eq!(end_of(&mut process, "echo:x"), ChildEnd::Code(child::AFTER_SERVING.into()));
}

fn two_hundred_failures_leave_nothing_behind() {
    let count = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let before = count();
    let commands = ["exit:1", "abort", "segfault", "announce:4294967295", "hang"];
    for command in commands.iter().cycle().take(200) {
        let deadline = if *command == "hang" { Duration::from_millis(1) } else { super::PATIENCE };
        spawn("plain").call(command.as_bytes(), deadline).unwrap_err();
    }
    drop((0..8).map(|_| spawn("plain")).collect::<Vec<_>>());
    assert_eq!(count(), before, "descriptors were left open");
    let waited = nix::sys::wait::waitpid(None, Some(nix::sys::wait::WaitPidFlag::WNOHANG));
    assert_eq!(waited, Err(nix::errno::Errno::ECHILD), "children were left unreaped");
}
