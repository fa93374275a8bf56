//! The blob store: what was put is there and whole.

use std::collections::HashSet;
use std::path::Path;

use cardmint_store::{BlobDigest, Blobs};

use super::chance::dice;
use super::run::{Found, say};
use super::survives;
use super::tree::Tree;

/// How many pictures one life puts.
const PICTURES: u64 = 40;

/// A picture of nothing to 20,000 bytes.
pub(crate) fn picture(number: u64) -> Vec<u8> {
    let length = if number.is_multiple_of(10) { 0 } else { usize::try_from(dice(number, 0, 0) % 20_000).unwrap() };
    let pattern: Vec<u8> = (0..30).flat_map(|index| dice(number, index, 1).to_le_bytes()).collect();
    let mut bytes = pattern.repeat(length / pattern.len() + 1);
    bytes.truncate(length);
    bytes
}

pub(crate) fn work(folder: &Path, life: &str) {
    let life: u64 = life.parse().unwrap();
    let blobs = Blobs::open(&folder.join("blobs")).unwrap();
    for number in life * PICTURES..(life + 1) * PICTURES {
        // One in four is there already, perhaps from before the cut.
        let number = if number % 4 == 3 { number / 2 } else { number };
        blobs.put(&picture(number)).unwrap();
        say(&number.to_string());
    }
}

pub(crate) fn check(folder: &Path, said: &[String]) -> Found {
    let folder = folder.join("blobs");
    let blobs = Blobs::open(&folder)?;
    for number in said {
        let bytes = picture(number.parse()?);
        let digest = BlobDigest::of(&bytes);
        if blobs.get(&digest).map_err(|error| format!("picture {number}: {error}"))? != bytes {
            return Err(format!("picture {number} has other bytes").into());
        }
    }
    all_are_whole_and_there_once(&folder)?;
    // It goes on, also with what the cut took.
    for number in 0..3 {
        let digest = blobs.put(&picture(number))?;
        blobs.get(&digest)?;
    }
    all_are_whole_and_there_once(&folder)
}

/// Every file bears the digest of its bytes, and no two have the same bytes.
fn all_are_whole_and_there_once(folder: &Path) -> Found {
    let mut seen = HashSet::new();
    for (path, content) in Tree::read(folder).0 {
        let Some(bytes) = content else { continue };
        let name: String = path.iter().map(|part| part.to_string_lossy()).collect();
        if BlobDigest::of(&bytes).as_str() != name || !seen.insert(bytes) {
            return Err(format!("{} is damaged or there twice", path.display()).into());
        }
    }
    Ok(())
}

#[test]
fn what_was_put_is_there_after_a_power_cut() {
    survives(|_| (), work, check);
}
