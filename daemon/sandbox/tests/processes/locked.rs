//! What a child can still do at each stage.

use super::{ask, spawn};

pub(crate) const TESTS: &[(&str, fn())] = &[
    ("while_loading_it_reads_libraries_and_escapes_nowhere", while_loading_it_reads_libraries_and_escapes_nowhere),
    ("locked_it_computes_and_does_nothing_else", locked_it_computes_and_does_nothing_else),
    ("without_landlock_only_reading_while_loading_is_left", without_landlock_only_reading_while_loading_is_left),
];

/// Refused while loading and ever after.
#[rustfmt::skip]
const ESCAPES: [&str; 14] = [
    "write a file", "delete a file", "tcp", "udp", "exec", "thread", "fork", "kill", "signal a thread", "ptrace",
    "raise limits", "memfd", "io_uring", "x32",
];
/// Refused once it is locked.
const READING: [&str; 3] = ["read a file", "read a library", "list a folder"];

fn escapes_nowhere(mode: &str) {
    let mut process = spawn(mode);
    for refused in ESCAPES {
        let said = ask(&mut process, &format!("try:{refused}"));
        assert!(said == "EPERM" || said == "EACCES", "{mode}: {refused}: {said}");
    }
    for allowed in ["read a library", "compute"] {
        assert_eq!(ask(&mut process, &format!("try:{allowed}")), "done", "{mode}: {allowed}");
    }
}

fn only_computes(mode: &str) {
    let mut process = spawn(mode);
    for refused in ESCAPES.iter().chain(&READING) {
        assert_eq!(ask(&mut process, &format!("try:{refused}")), "EPERM", "{mode}: {refused}");
    }
    assert_eq!(ask(&mut process, "try:compute"), "done", "{mode}");
}

fn while_loading_it_reads_libraries_and_escapes_nowhere() {
    escapes_nowhere("loading");
    let mut process = spawn("loading");
    match ask(&mut process, "landlock").as_str() {
        "None" => println!("skipped: this machine has no landlock, so other files can be read while loading"),
        _ => assert_eq!(ask(&mut process, "try:read a file"), "EACCES"),
    }
}

fn locked_it_computes_and_does_nothing_else() {
    only_computes("locked");
}

fn without_landlock_only_reading_while_loading_is_left() {
    let mut process = spawn("loading without landlock");
    assert_eq!(ask(&mut process, "landlock"), "None");
    assert_eq!(ask(&mut process, "try:read a file"), "done");
    escapes_nowhere("loading without landlock");
    only_computes("locked without landlock");
}
