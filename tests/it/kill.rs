//! `kill -9` at any moment.

use std::time::Duration;

use cardmint_tests::daemon::Home;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::fixture::{digest, samples};

/// How often the daemon is killed.
const KILLS: u64 = 20;

/// Set to repeat a run.
const SEED_VARIABLE: &str = "CARDMINT_KILL_SEED";

fn seed() -> u64 {
    let given = std::env::var(SEED_VARIABLE).ok().map(|text| text.parse().unwrap());
    given.unwrap_or_else(|| rand::rng().random())
}

#[tokio::test]
async fn every_photo_ends_exactly_once_however_often_the_daemon_is_killed() {
    let seed = seed();
    println!("{SEED_VARIABLE}={seed}");
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let (samples, mut home) = (samples(), Home::new().unwrap());
    // A killed attempt counts; with so many of them a photo must not become a dead letter.
    home.set("CARDMINT__PIPELINE__MAX_ATTEMPTS", "100");
    samples.start(&home).await.terminate().await.unwrap();
    let photos: Vec<_> = samples
        .labels
        .iter()
        .filter(|l| l.arrangement == "single" || l.arrangement == "pair")
        .map(|l| samples.photo(l))
        .collect();
    let mut photos: Vec<_> = photos.into_iter().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    photos.truncate(KILLS as usize);
    let mut waiting = photos.iter();
    for _ in 0..KILLS {
        if let Some(photo) = waiting.next() {
            home.drop_photo(photo).unwrap();
        }
        let daemon = home.start().await.unwrap();
        // Waiting for no event is the point here: the moment is chance.
        tokio::time::sleep(Duration::from_millis(chance.random_range(0..2500))).await;
        daemon.kill().unwrap();
    }
    let daemon = home.start().await.unwrap();
    daemon.settled(photos.len() as u64).await;

    assert_eq!(daemon.get("/v1/captures").await.unwrap()["total"], photos.len());
    let (mut scans, mut expected_items, mut expected_reviews) = (0, 0, 0);
    for photo in &photos {
        let capture = daemon.get(&format!("/v1/captures/{}", digest(photo))).await.unwrap();
        assert_eq!(capture["state"], "done", "seed {seed}: {capture:#}");
        let list = capture["scan_list"].as_array().unwrap();
        let commits = capture["attempts"].as_array().unwrap().iter().filter(|a| a["end"] == "committed").count();
        assert_eq!(commits, 1, "seed {seed}: {capture:#}");
        assert!(home.path("watch/done").join(photo.file_name().unwrap()).is_file(), "seed {seed}: {}", photo.display());
        scans += list.len();
        expected_items += list.iter().filter(|scan| scan["outcome"] == "booked").count();
        expected_reviews += list.iter().filter(|scan| scan["outcome"] == "review").count();
    }
    let total = async |path: &str| daemon.get(path).await.unwrap()["total"].as_u64().unwrap() as usize;
    assert_eq!(total("/v1/scans").await, scans, "seed {seed}");
    assert_eq!(total("/v1/inventory").await, expected_items, "seed {seed}");
    assert_eq!(total("/v1/reviews").await, expected_reviews, "seed {seed}");
    assert_eq!(daemon.get("/v1/audit/verify").await.unwrap()["broken_at"], Value::Null, "seed {seed}");
}
