//! Price sources that come and go while the daemon runs.

use std::path::Path;
use std::time::Duration;

use cardmint_tests::daemon::{Daemon, Home};
use cardmint_tests::market::Fault;
use cardmint_tests::market::Times;
use cardmint_tests::programs::Programs;
use cardmint_tests::wait::until;
use serde_json::Value;

use crate::fixture::samples;

const PATIENCE: Duration = Duration::from_secs(60);

/// The plugin folder's file `name` once it has come to rest.
async fn settled(daemon: &Daemon, name: &str) -> Value {
    until(&format!("{name} to be looked at"), PATIENCE, async || {
        let plugins = daemon.get("/v1/plugins").await.ok()?;
        let found = plugins["items"].as_array()?.iter().find(|plugin| plugin["file"] == name)?.clone();
        (found["state"] != "starting").then_some(found)
    })
    .await
}

/// As an administrator installs a plugin: complete at once.
fn install(home: &Home, name: &str, bytes: &[u8]) {
    std::fs::write(home.path("staged.so"), bytes).unwrap();
    std::fs::rename(home.path("staged.so"), home.path("plugins").join(name)).unwrap();
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[tokio::test]
async fn a_second_source_is_added_to_the_running_daemon() {
    let (samples, mut home) = (samples(), Home::new().unwrap());
    let market = samples.market();
    home.set("CARDMINT__PRICING__BASE_URLS__SECOND", &market.base_url());
    home.use_market(&market).unwrap();
    let daemon = samples.start(&home).await;
    assert_eq!(settled(&daemon, "tcgcsv.so").await["state"], "running");
    let pid = daemon.pid();
    install(&home, "second.so", &read(&Programs::get().unwrap().test_plugin("second")));
    let second = settled(&daemon, "second.so").await;
    assert_eq!((&second["state"], &second["about"]["id"]), (&"running".into(), &"second".into()), "{second:#}");

    let printing = &samples.easy().next().unwrap().card_id;
    let priced = daemon.post(&format!("/v1/prices/{printing}/refresh"), &Value::Null).await.unwrap();
    let text = priced.to_string();
    assert!(text.contains("second_market"), "the second source was not asked: {priced:#}");
    assert_eq!((daemon.pid(), market.count(&format!("/printings/{printing}.json"))), (pid, 1));

    std::fs::remove_file(home.path("plugins/second.so")).unwrap();
    until("the second source to be gone", PATIENCE, async || {
        let plugins = daemon.get("/v1/plugins").await.ok()?;
        (plugins["items"].as_array()?.len() == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_is_no_plugin_is_refused_with_a_reason_and_nothing_else_happens() {
    let programs = Programs::get().unwrap();
    let home = Home::new().unwrap();
    let daemon = home.start().await.unwrap();
    let whole = read(&programs.tcgcsv());
    install(&home, "text.so", b"this is no library");
    install(&home, "truncated.so", &whole[..whole.len() / 3]);
    install(&home, "foreign.so", &read(&programs.test_plugin("foreign")));
    install(&home, "crashing.so", &read(&programs.test_plugin("crashing")));
    for name in ["text.so", "truncated.so", "foreign.so", "crashing.so"] {
        let plugin = settled(&daemon, name).await;
        assert_eq!(plugin["state"], "refused", "{plugin:#}");
        assert!(plugin["reason"].as_str().unwrap().len() > 10, "{plugin:#}");
    }
    let foreign = settled(&daemon, "foreign.so").await["reason"].as_str().unwrap().to_lowercase();
    assert!(foreign.contains("version"), "the reason does not name the version: {foreign}");
    install(&home, "tcgcsv.so", &whole);
    assert_eq!(settled(&daemon, "tcgcsv.so").await["state"], "running", "{}", daemon.log());
}

#[tokio::test]
async fn a_dead_source_delays_prices_and_nothing_else() {
    let (samples, mut home) = (samples(), Home::new().unwrap());
    let market = samples.market();
    market.break_with("", Fault::Slow(Duration::from_secs(300)), Times::Always);
    home.use_market(&market).unwrap();
    home.set("CARDMINT__PRICING__ASK_TIMEOUT_MS", "500");
    let daemon = samples.start(&home).await;
    assert_eq!(settled(&daemon, "tcgcsv.so").await["state"], "running");
    home.drop_photo(&samples.photo(samples.easy().next().unwrap())).unwrap();
    daemon.settled(1).await;
    let scans = daemon.scans().await.unwrap();
    assert_eq!(scans.len(), 1);
    assert!(scans[0]["price"]["amount"].is_null(), "{:#}", scans[0]);
}
