//! Ending while a photo is in hand, and a dispatcher that hangs.

use std::time::Duration;

use cardmint_tests::daemon::{Daemon, Home};
use cardmint_tests::wait::until;
use serde_json::Value;

use crate::cluster;
use crate::fixture::{digest, samples};

const PATIENCE: Duration = Duration::from_secs(120);

/// Far longer than any test takes: whoever had to wait for it would be seen to wait.
const ENDLESS_SECS: &str = "3600";

async fn capture(daemon: &Daemon, id: &str) -> Value {
    daemon.get(&format!("/v1/captures/{id}")).await.unwrap()
}

async fn in_hand(daemon: &Daemon, id: &str) {
    until("the photo to be in hand", PATIENCE, async || {
        let capture = daemon.get(&format!("/v1/captures/{id}")).await.ok()?;
        (capture["state"] == "in_progress").then_some(())
    })
    .await;
}

/// A photo whose reader hangs is given back when the grace is over, and taken at once by the next life.
async fn is_given_back(home: &mut Home) {
    let samples = samples();
    home.set("CARDMINT__PIPELINE__DRAIN_GRACE_SECS", "1");
    home.set("CARDMINT__PIPELINE__LEASE_SECS", ENDLESS_SECS);
    let daemon = samples.start(home).await;
    home.inject("ocr hang\n").unwrap();
    let photo = samples.photo(samples.easy().next().unwrap());
    let id = digest(&photo);
    home.drop_photo(&photo).unwrap();
    in_hand(&daemon, &id).await;
    assert!(daemon.terminate().await.unwrap().success());
    let daemon = home.start().await.unwrap();
    daemon.settled(1).await;
    let capture = capture(&daemon, &id).await;
    let ends: Vec<&Value> = capture["attempts"].as_array().unwrap().iter().map(|attempt| &attempt["end"]).collect();
    assert_eq!(ends, ["released", "committed"], "{capture:#}\n{}", daemon.log());
}

#[tokio::test]
async fn a_photo_that_hangs_is_given_back_when_the_grace_is_over() {
    is_given_back(&mut Home::new().unwrap()).await;
}

#[tokio::test]
async fn it_is_given_back_on_postgresql_too() {
    let mut home = Home::new().unwrap();
    home.set("CARDMINT__DATABASE__URL", &cluster::shared().own("given_back"));
    is_given_back(&mut home).await;
}

#[tokio::test]
async fn a_photo_in_hand_is_finished_within_the_grace() {
    let (samples, mut home) = (samples(), Home::new().unwrap());
    home.set("CARDMINT__PIPELINE__DRAIN_GRACE_SECS", ENDLESS_SECS);
    let daemon = samples.start(&home).await;
    let photo = samples.photo(samples.easy().next().unwrap());
    home.drop_photo(&photo).unwrap();
    in_hand(&daemon, &digest(&photo)).await;
    assert!(daemon.terminate().await.unwrap().success());
    let daemon = home.start().await.unwrap();
    let capture = capture(&daemon, &digest(&photo)).await;
    let ends: Vec<&Value> = capture["attempts"].as_array().unwrap().iter().map(|attempt| &attempt["end"]).collect();
    assert_eq!(ends, ["committed"], "{capture:#}");
}

/// It hangs with the only reader lent, which nobody gives back any more.
#[tokio::test]
async fn a_dispatcher_that_hangs_is_replaced_and_has_readers() {
    let (samples, mut home) = (samples(), Home::new().unwrap());
    home.set("CARDMINT__SUPERVISION__HANG_AFTER_SECS", "2");
    home.set("CARDMINT__OCR__DEADLINE_SECS", "5");
    home.set("CARDMINT__PIPELINE__ATTEMPT_DEADLINE_SECS", "30");
    home.set("CARDMINT__PIPELINE__LEASE_SECS", ENDLESS_SECS);
    let daemon = samples.start(&home).await;
    home.inject("ocr hang\ndispatcher.busy hang\n").unwrap();
    let photo = samples.photo(samples.easy().next().unwrap());
    home.drop_photo(&photo).unwrap();
    daemon.settled(1).await;
    assert_eq!(std::fs::read_to_string(home.path("faults")).unwrap().trim(), "", "a fault did not happen");
    let capture = capture(&daemon, &digest(&photo)).await;
    assert_eq!((&capture["state"], &capture["scans"]), (&"done".into(), &1.into()), "{}", daemon.log());
}
