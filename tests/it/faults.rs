//! Stages that panic in the middle of a card.

use cardmint_tests::daemon::Home;
use serde_json::Value;

use crate::fixture::{digest, samples};

/// Restarts of all children below a node of the tree.
fn restarts(node: &Value) -> u64 {
    let own = node["restarts"].as_u64().unwrap_or(0);
    own + node["children"].as_array().into_iter().flatten().map(restarts).sum::<u64>()
}

#[tokio::test]
async fn a_stage_that_panics_is_restarted_and_the_card_finishes_once() {
    let (samples, mut home) = (samples(), Home::new().unwrap());
    // Five panics within a minute are the test here, not a sign of trouble.
    home.set("CARDMINT__SUPERVISION__MAX_RESTARTS", "20");
    let daemon = samples.start(&home).await;
    let stages = ["capture", "ocr", "matcher", "pricing", "storage"];
    for (nth, (stage, label)) in stages.iter().zip(samples.easy()).enumerate() {
        let before = restarts(&daemon.get("/v1/tree").await.unwrap());
        home.inject(&format!("{stage} panic\n")).unwrap();
        let photo = samples.photo(label);
        home.drop_photo(&photo).unwrap();
        daemon.settled(nth as u64 + 1).await;
        assert_eq!(
            std::fs::read_to_string(home.path("faults")).unwrap().trim(),
            "",
            "{stage}: the fault did not happen"
        );
        let tree = daemon.get("/v1/tree").await.unwrap();
        // The writer undoes what panicked and goes on.
        let lives_on = *stage == "storage";
        assert_eq!(restarts(&tree) > before, !lives_on, "{stage}: {tree:#}");
        let capture = daemon.get(&format!("/v1/captures/{}", digest(&photo))).await.unwrap();
        assert_eq!(
            (capture["state"].as_str(), capture["scans"].as_u64()),
            (Some("done"), Some(1)),
            "{stage}: {capture:#}"
        );
        assert!(daemon.log().contains(&format!("injected into {stage}")), "{stage}: the log does not name the panic");
    }
    let scans = daemon.scans().await.unwrap();
    assert_eq!(scans.len(), stages.len());
    let booked = scans.iter().filter(|scan| scan["outcome"] == "booked").count() as u64;
    assert_eq!(daemon.get("/v1/inventory").await.unwrap()["total"].as_u64(), Some(booked));
    assert_eq!(daemon.get("/v1/audit/verify").await.unwrap()["broken_at"], Value::Null);
}

#[tokio::test]
async fn a_stage_that_hangs_is_replaced() {
    let (samples, mut home) = (samples(), Home::new().unwrap());
    home.set("CARDMINT__SUPERVISION__HANG_AFTER_SECS", "2");
    home.set("CARDMINT__OCR__DEADLINE_SECS", "10");
    home.set("CARDMINT__PIPELINE__ATTEMPT_DEADLINE_SECS", "15");
    home.set("CARDMINT__PIPELINE__LEASE_SECS", "16");
    let daemon = samples.start(&home).await;
    home.inject("matcher hang\n").unwrap();
    home.drop_photo(&samples.photo(samples.easy().next().unwrap())).unwrap();
    daemon.settled(1).await;
    let scans = daemon.scans().await.unwrap();
    assert_eq!(scans.len(), 1, "{}", daemon.log());
    assert_eq!(std::fs::read_to_string(home.path("faults")).unwrap().trim(), "");
}
