//! The real catalogue and real photos, for those who have them.

use std::path::{Path, PathBuf};

use cardmint_tests::daemon::Home;

/// Photos that are taken: enough of every kind, and done within minutes.
const PHOTOS: usize = 6;

#[tokio::test]
async fn every_card_of_real_photos_ends_in_inventory_or_review() {
    let Some(root) = std::env::var_os("CARDMINT_REAL_DATA").map(PathBuf::from) else {
        println!("skipped: CARDMINT_REAL_DATA does not name a folder with real data");
        return;
    };
    let mut home = Home::new().unwrap();
    home.set("CARDMINT__PIPELINE__WORKERS", "0");
    let daemon = home.start().await.unwrap();
    let references = some_references(&root.join("reference"), &home.path("references"));
    let done = daemon.import(&root.join("catalog/pokemon-tcg-data"), &references).await.unwrap();
    assert_eq!(daemon.get("/v1/catalogue").await.unwrap()["printings"], 20_202, "{done:#}");

    // Small files first: those show few cards.
    let mut photos: Vec<PathBuf> =
        std::fs::read_dir(root.join("photos")).unwrap().map(|entry| entry.unwrap().path()).collect();
    photos.sort_by_key(|photo| (std::fs::metadata(photo).unwrap().len(), photo.clone()));
    photos.truncate(PHOTOS);
    for photo in &photos {
        home.drop_photo(photo).unwrap();
    }
    daemon.settled(photos.len() as u64).await;
    let status = daemon.get("/v1/status").await.unwrap();
    let counts = &status["counts"];
    assert_eq!(
        (&counts["captures"]["done"], &counts["captures"]["dead"]),
        (&photos.len().into(), &0.into()),
        "{status:#}"
    );
    let scans = daemon.scans().await.unwrap();
    assert!(!scans.is_empty());
    let (booked, open) = (counts["items"].as_u64().unwrap(), counts["open_reviews"].as_u64().unwrap());
    println!("{} scans of {} photos: {booked} booked, {open} to review", scans.len(), photos.len());
    assert_eq!(booked + open, scans.len() as u64);
}

/// A hundred reference pictures: making the index of all of them is a benchmark, not a test.
fn some_references(all: &Path, into: &Path) -> PathBuf {
    std::fs::create_dir(into).unwrap();
    let mut pictures: Vec<PathBuf> = std::fs::read_dir(all).unwrap().map(|entry| entry.unwrap().path()).collect();
    pictures.sort();
    for picture in pictures.iter().step_by(pictures.len().div_ceil(100).max(1)) {
        std::fs::copy(picture, into.join(picture.file_name().unwrap())).unwrap();
    }
    into.to_owned()
}
