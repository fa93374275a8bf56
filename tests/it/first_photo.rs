//! The way of one photo, from the folder to a priced row.

use cardmint_tests::daemon::Home;
use cardmint_tests::market::invented_minor;
use serde_json::Value;

use crate::fixture::{digest, samples};

/// The key under which the market invented the price of this finish.
fn market_key(finish: &str) -> &'static str {
    match finish {
        "holo" => "holofoil",
        "reverse" => "reverseHolofoil",
        _ => "normal",
    }
}

#[tokio::test]
async fn photos_become_priced_rows_of_the_inventory() {
    let (samples, mut home) = (samples(), Home::new().unwrap());
    let market = samples.market();
    home.use_market(&market).unwrap();
    let daemon = samples.start(&home).await;
    let labels: Vec<_> = samples.easy().take(4).collect();
    for label in &labels {
        home.drop_photo(&samples.photo(label)).unwrap();
    }
    daemon.settled(labels.len() as u64).await;

    let inventory = daemon.get("/v1/inventory").await.unwrap();
    let items = inventory["items"].as_array().unwrap();
    assert!(
        items.len() >= 2,
        "of four easy photos only {} were booked: {:#}",
        items.len(),
        Value::from(daemon.scans().await.unwrap())
    );
    for item in items {
        let scan = daemon.get(&format!("/v1/scans/{}", item["scan"].as_str().unwrap())).await.unwrap();
        let label = labels.iter().find(|label| digest(&samples.photo(label)) == scan["capture"]).unwrap();
        let (printing, finish) = (item["printing"]["id"].as_str().unwrap(), item["finish"].as_str().unwrap());
        assert_eq!(printing, label.card_id);
        let expected = invented_minor(printing, market_key(finish));
        assert_eq!(item["price"]["amount"]["amount_minor"].as_i64(), expected, "{item:#}");
        assert_eq!(scan["item"], item["id"]);
    }
    for label in &labels {
        assert!(home.path("watch/done").join(&label.image).is_file(), "{} was not put away", label.image);
    }
    assert!(market.count("/prices") > 0);
    assert_eq!(daemon.get("/v1/audit/verify").await.unwrap()["broken_at"], Value::Null);

    let text = daemon.client().get("http://daemon/metrics").send().await.unwrap().text().await.unwrap();
    for metric in [
        "cardmint_stage_duration_seconds_bucket",
        "cardmint_scans_total",
        "cardmint_inventory_items",
        "cardmint_child_up",
    ] {
        assert!(text.contains(metric), "{metric} is missing in {text}");
    }
    assert!(text.contains(&format!("cardmint_inventory_items {}", items.len())), "{text}");
    assert!(daemon.terminate().await.unwrap().success());
}

#[tokio::test]
async fn a_valuable_card_whose_name_is_not_sure_enough_goes_before_a_person() {
    let (samples, mut home) = (samples(), Home::new().unwrap());
    let market = samples.market();
    home.use_market(&market).unwrap();
    home.set("CARDMINT__RECOGNITION__VALUABLE_FROM_MINOR", "1");
    home.set("CARDMINT__RECOGNITION__VALUABLE_POSTERIOR", "1.0");
    let daemon = samples.start(&home).await;
    home.drop_photo(&samples.photo(samples.easy().next().unwrap())).unwrap();
    daemon.settled(1).await;
    let reviews = daemon.get("/v1/reviews").await.unwrap();
    assert_eq!(reviews["total"], 1, "{reviews:#}");
    let codes = reviews["items"][0]["reasons"].to_string();
    assert!(codes.contains("valuable"), "{codes}");
    assert_eq!(daemon.get("/v1/inventory").await.unwrap()["total"], 0);
}

#[tokio::test]
async fn the_back_of_a_card_is_told() {
    let (samples, home) = (samples(), Home::new().unwrap());
    let daemon = samples.start(&home).await;
    let back = samples.labels.iter().find(|label| label.kind == "back").unwrap();
    home.drop_photo(&samples.photo(back)).unwrap();
    daemon.settled(1).await;
    let reviews = daemon.get("/v1/reviews").await.unwrap();
    assert_eq!(reviews["items"][0]["reasons"][0]["reason"], "card_back", "{reviews:#}");
}

#[tokio::test]
async fn the_same_bytes_twice_are_one_capture_and_what_is_no_picture_is_rejected() {
    let (samples, home) = (samples(), Home::new().unwrap());
    let daemon = samples.start(&home).await;
    let photo = samples.photo(samples.easy().next().unwrap());
    std::fs::write(home.path("watch/notes.jpg"), "this is no picture").unwrap();
    home.drop_photo(&photo).unwrap();
    let again = home.path("watch/again.jpg");
    std::fs::copy(&photo, &again).unwrap();
    let put_away =
        || ["done/again.jpg", "rejected/notes.jpg"].iter().all(|name| home.path("watch").join(name).is_file());
    cardmint_tests::wait::until("both files to be put away", std::time::Duration::from_secs(60), async || {
        put_away().then_some(())
    })
    .await;
    daemon.settled(1).await;
    assert_eq!(daemon.get("/v1/captures").await.unwrap()["total"], 1);
    assert_eq!(daemon.scans().await.unwrap().len(), 1);
}
