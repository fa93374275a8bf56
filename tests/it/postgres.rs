//! The daemon on PostgreSQL.

use cardmint_tests::daemon::Home;
use serde_json::Value;

use crate::cluster;
use crate::fixture::{digest, samples};

#[tokio::test]
async fn the_daemon_works_the_same_on_postgresql() {
    let (samples, mut home) = (samples(), Home::new().unwrap());
    home.set("CARDMINT__DATABASE__URL", &cluster::shared().url("postgres"));
    home.set("CARDMINT__OCR__DEADLINE_SECS", "30");
    home.set("CARDMINT__PIPELINE__ATTEMPT_DEADLINE_SECS", "40");
    home.set("CARDMINT__PIPELINE__LEASE_SECS", "45");
    let daemon = samples.start(&home).await;
    let labels: Vec<_> = samples.easy().take(2).collect();
    home.drop_photo(&samples.photo(labels[0])).unwrap();
    daemon.settled(1).await;
    daemon.kill().unwrap();
    let daemon = home.start().await.unwrap();
    home.drop_photo(&samples.photo(labels[1])).unwrap();
    daemon.settled(2).await;
    for label in labels {
        let capture = daemon.get(&format!("/v1/captures/{}", digest(&samples.photo(label)))).await.unwrap();
        assert_eq!((&capture["state"], &capture["scans"]), (&"done".into(), &1.into()), "{capture:#}");
        assert_eq!(capture["scan_list"][0]["best"]["id"], label.card_id.as_str());
    }
    assert_eq!(daemon.get("/v1/audit/verify").await.unwrap()["broken_at"], Value::Null);
}
