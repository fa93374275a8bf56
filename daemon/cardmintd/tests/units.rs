//! The files for systemd, as systemd itself judges them.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../systemd")
}

/// Runs a tool of systemd's; `None`, with a note, where there is none.
fn tool(name: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(name).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            println!("skipped: {name} cannot be run here: {error}");
            None
        }
    }
}

/// The unit with a program that exists everywhere, in a folder of its own; systemd reads the name as well.
fn unit() -> (tempfile::TempDir, String) {
    let text = std::fs::read_to_string(folder().join("cardmintd.service")).unwrap();
    assert!(text.contains("ExecStart=/usr/bin/cardmintd "), "the unit starts another program");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cardmintd.service");
    std::fs::write(&path, text.replace("/usr/bin/cardmintd ", "/bin/true ")).unwrap();
    let path = path.display().to_string();
    (dir, path)
}

#[test]
fn systemd_accepts_the_unit_without_a_word() {
    let (_dir, path) = unit();
    let Some(output) = tool("systemd-analyze", &["verify", "--man=no", &path]) else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    // Other units of the machine may have faults of their own.
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("cardmintd")).collect();
    assert!(ours.is_empty() && output.status.success(), "{}: {said}", output.status);
}

#[test]
fn a_mistake_in_the_unit_would_be_found() {
    let (_dir, path) = unit();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("WatchdogSec=30", "WatchdogSec=often")).unwrap();
    let Some(output) = tool("systemd-analyze", &["verify", "--man=no", &path]) else { return };
    assert!(String::from_utf8_lossy(&output.stderr).contains("often"), "{output:?}");
}

#[test]
fn the_unit_leaves_little_exposed() {
    let (_dir, path) = unit();
    let arguments = ["security", "--offline=true", "--threshold=20", "--no-pager", &path];
    let Some(output) = tool("systemd-analyze", &arguments) else { return };
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{}", said.lines().last().unwrap_or_default());
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn users_and_folders_are_made_as_described() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("etc")).unwrap();
    let inside = format!("--root={}", root.path().display());
    let file = |name: &str| folder().join(name).canonicalize().unwrap().display().to_string();
    let Some(output) = tool("systemd-sysusers", &[&inside, &file("cardmint.sysusers.conf")]) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let users = std::fs::read_to_string(root.path().join("etc/passwd")).unwrap();
    assert!(users.lines().any(|line| line.starts_with("cardmint:") && line.contains(":/var/lib/cardmint:")), "{users}");
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: only root may give folders away");
        return;
    }
    let Some(output) = tool("systemd-tmpfiles", &["--create", &inside, &file("cardmint.tmpfiles.conf")]) else {
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let watched = std::fs::metadata(root.path().join("var/lib/cardmint/watch")).unwrap();
    assert_eq!(watched.permissions().mode() & 0o7777, 0o2770);
}
