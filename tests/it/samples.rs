//! How good the whole is on the sample set.

use cardmint_tests::compare::{Scans, compare};
use cardmint_tests::daemon::Home;

use crate::fixture::samples;

#[tokio::test]
async fn the_samples_are_named_rightly_and_nothing_is_accepted_wrongly() {
    let (samples, mut home) = (samples(), Home::new().unwrap());
    let market = samples.market();
    home.use_market(&market).unwrap();
    home.set("CARDMINT__PIPELINE__WORKERS", "0");
    let daemon = samples.start(&home).await;
    let photos: Vec<_> =
        std::fs::read_dir(samples.path("photos")).unwrap().map(|entry| entry.unwrap().path()).collect();
    for photo in &photos {
        home.drop_photo(photo).unwrap();
    }
    daemon.settled(photos.len() as u64).await;
    let scans: Scans = serde_json::from_value(daemon.get("/v1/scans?limit=1000").await.unwrap()).unwrap();
    let comparison = compare(&samples.path("labels.csv"), &samples.path("photos"), scans).unwrap();
    let lines: Vec<String> = comparison.lines.iter().map(ToString::to_string).collect();
    let totals = comparison.totals();
    println!("{totals}");
    assert!(totals.is_good(), "{}\n{totals}", lines.join("\n"));
    assert_eq!(daemon.get("/v1/dead-letters").await.unwrap()["total"], 0);
}
