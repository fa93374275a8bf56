//! The daemon on PostgreSQL.

use std::os::unix::fs::symlink;
use std::time::Duration;

use cardmint_tests::daemon::Home;
use cardmint_tests::wait::until;
use serde_json::Value;

use crate::cluster;
use crate::fixture::{digest, samples};

#[tokio::test]
async fn the_daemon_works_the_same_on_postgresql() {
    let (samples, mut home) = (samples(), Home::new().unwrap());
    home.set("CARDMINT__DATABASE__URL", &cluster::shared().own("same"));
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

#[tokio::test]
async fn the_daemon_waits_for_a_database_that_is_away() {
    let mut home = Home::new().unwrap();
    let there = cluster::shared().own("late");
    // The folder of the server's socket, which is not there yet.
    let (host, rest) = there.strip_prefix("postgres://cardmint@").unwrap().split_once('/').unwrap();
    let away = home.path("server");
    let url = format!("postgres://cardmint@{}/{rest}", away.display().to_string().replace('/', "%2F"));
    home.set("CARDMINT__DATABASE__URL", &url);
    let log = home.path("log");
    let arrives = async {
        until("the daemon to wait", Duration::from_secs(60), async || {
            std::fs::read_to_string(&log).ok().filter(|log| log.contains("the daemon cannot start yet"))
        })
        .await;
        symlink(host.replace("%2F", "/"), &away).unwrap();
    };
    let (daemon, ()) = tokio::join!(home.start(), arrives);
    assert_eq!(daemon.unwrap().get("/v1/status").await.unwrap()["counts"]["items"], 0);
}

#[tokio::test]
async fn a_server_that_knows_no_such_database_is_not_waited_for() {
    let mut home = Home::new().unwrap();
    home.set("CARDMINT__DATABASE__URL", &cluster::shared().url("nobody_made_it"));
    let error = home.start().await.err().unwrap().to_string();
    assert!(error.contains("exit status: 1") && error.contains("does not exist"), "{error}");
}
