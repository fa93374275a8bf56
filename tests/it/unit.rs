//! The systemd unit.

use std::path::Path;
use std::process::Command;

use cardmint_tests::programs::Programs;

#[test]
fn systemd_accepts_the_unit() {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../systemd/cardmintd.service");
    let text = std::fs::read_to_string(&unit).unwrap_or_else(|error| panic!("{}: {error}", unit.display()));
    // The program is not installed here; systemd looks whether it can be run.
    let start = text.lines().find(|line| line.starts_with("ExecStart=")).expect("the unit starts something");
    let program = start.trim_start_matches("ExecStart=").split_whitespace().next().unwrap();
    let built = Programs::get().unwrap().cardmintd();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("cardmintd.service");
    std::fs::write(&copy, text.replace(program, built.to_str().unwrap())).unwrap();
    let verified = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(&copy)
        .output()
        .expect("systemd-analyze is needed for this test: run `make setup`");
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success(), "{said}");
    let about_us: Vec<&str> = said.lines().filter(|line| line.contains("cardmintd.service")).collect();
    assert!(about_us.is_empty(), "{about_us:#?}");
    for promise in ["Type=notify", "WatchdogSec=", "NoNewPrivileges=", "ProtectSystem="] {
        assert!(text.contains(promise), "the unit lacks {promise}");
    }
}
