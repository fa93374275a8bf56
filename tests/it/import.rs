//! `cardmintd import`: a catalogue without a daemon.

use std::process::Output;

use cardmint_tests::daemon::Home;
use serde_json::Value;

use crate::fixture::samples;

fn import(home: &Home, source: &str, references: &str) -> Output {
    home.cardmintd().args(["import", source, "--references", references]).output().unwrap()
}

#[tokio::test]
async fn a_catalogue_is_imported_without_a_daemon_and_used_by_the_next() {
    let (samples, home) = (samples(), Home::new().unwrap());
    let [source, references] = ["catalogue", "references"].map(|name| samples.path(name).display().to_string());
    let done = import(&home, &source, &references);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(said["state"], "done");
    assert!(said["indexed"].as_u64().unwrap() > 0, "{said:#}");
    let daemon = home.start().await.unwrap();
    home.drop_photo(&samples.photo(samples.easy().next().unwrap())).unwrap();
    daemon.settled(1).await;
    assert_eq!(daemon.scans().await.unwrap().len(), 1);
    // While it runs, the state directory is its own.
    let refused = import(&home, &source, &references);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("another daemon uses the state directory"));
}

#[test]
fn a_source_that_is_none_is_said_and_tried_once() {
    let home = Home::new().unwrap();
    let failed = import(&home, "/nowhere/at/all", "/nowhere");
    assert_eq!(failed.status.code(), Some(1));
    let said = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(said.contains("/nowhere/at/all"), "{said}");
    assert_eq!(said.matches("opening the source").count(), 1, "it was tried again: {said}");
}
