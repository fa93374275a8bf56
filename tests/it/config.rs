//! `cardmintd check-config`.

use std::process::Output;

use cardmint_tests::daemon::Home;

fn check(home: &Home, text: &str) -> (Output, String) {
    let file = home.path("cardmint.toml");
    std::fs::write(&file, text).unwrap();
    let output = home.cardmintd().arg("check-config").arg("--config").arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, said)
}

#[test]
fn every_error_is_said_at_once_with_file_key_and_reason() {
    let home = Home::new().unwrap();
    let (output, said) = check(
        &home,
        "nonsense = 1\n[watch]\nafter_admission = \"burn\"\n[ocr]\nmax_cards = \"many\"\n[pipeline]\nmax_attempts = 0\n",
    );
    assert_eq!(output.status.code(), Some(78), "{said}");
    assert!(output.stdout.is_empty());
    for part in [
        "cardmint.toml",
        "nonsense",
        "watch.after_admission",
        "burn",
        "ocr.max_cards",
        "pipeline.max_attempts",
        "must be at least 1",
    ] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
}

#[test]
fn the_defaults_are_fine_and_a_daemon_does_not_start_on_wrong_settings() {
    let mut home = Home::new().unwrap();
    let (output, said) = check(&home, "");
    assert!(output.status.success(), "{said}");
    home.set("CARDMINT__PIPELINE__LEASE_SECS", "1");
    let refused = home.cardmintd().output().unwrap();
    assert_eq!(refused.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("pipeline.lease_secs"));
}
