//! Blobs and rows together, in the daemon's order: the bytes first, then the row that names them.

use std::path::Path;

use cardmint_store::reader::{CaptureFilter, ScanFilter};
use cardmint_store::{BlobDigest, Blobs, Page, Reader, ReaderOptions};

use super::blobs::picture;
use super::run::{Found, say};
use super::suite::fixtures::capture;
use super::{store, survives};

fn work(folder: &Path, life: &str) {
    let first = life.parse::<u32>().unwrap() * store::CAPTURES;
    let mut writer = store::open(folder);
    let blobs = Blobs::open(&folder.join("blobs")).unwrap();
    for number in first..first + store::CAPTURES {
        let digest = blobs.put(&picture(number.into())).unwrap();
        let capture = cardmint_domain::Capture { id: digest.to_capture_id(), ..capture(number) };
        writer.group(|tx| tx.admit(&capture)).unwrap();
        say(&format!("admitted {}", capture.id));
        store::end_one(&mut writer, |whole| whole.store_pictures(&blobs).unwrap());
    }
}

fn check(folder: &Path, said: &[String]) -> Found {
    every_name_leads_to_its_blob(folder, said)?;
    store::check(folder, said)
}

/// Also of rows that nobody was told of.
fn every_name_leads_to_its_blob(folder: &Path, said: &[String]) -> Found {
    let url = store::url(folder);
    cardmint_store::migrate::up(&url)?;
    let blobs = Blobs::open(&folder.join("blobs"))?;
    let reader = Reader::open(&url, ReaderOptions::default())?;
    let all = Page { limit: Page::MAX_LIMIT, offset: 0 };
    for capture in reader.captures(&CaptureFilter::default(), all)?.items {
        blobs.get(&BlobDigest::parse(capture.capture.id.as_str())?)?;
    }
    let scans = reader.scans(&ScanFilter::default(), all)?.items;
    for scan in &scans {
        blobs.get(scan.picture.as_ref().ok_or("a scan without a picture")?)?;
    }
    let promised = said.iter().filter(|line| line.starts_with("done ")).count() * 2;
    if scans.len() < promised { Err(format!("{} scans of {promised}", scans.len()).into()) } else { Ok(()) }
}

#[test]
fn no_row_names_a_blob_that_a_power_cut_took() {
    survives(|_| (), work, check);
}
