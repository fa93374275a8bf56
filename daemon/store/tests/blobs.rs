//! The blob store: whole or not there.

// Everything here is a test, also what stands outside of a test function.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;

use cardmint_domain::CaptureId;
use cardmint_store::{BlobDigest, BlobError, Blobs};

fn files(dir: &std::path::Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn what_is_put_is_got_and_the_same_bytes_are_one_blob() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(&dir.path().join("deep/blobs")).unwrap();
    let pictures: [&[u8]; 3] = [b"", b"a picture", &[0xff; 1 << 20]];
    for bytes in pictures {
        let digest = blobs.put(bytes).unwrap();
        assert_eq!(digest, BlobDigest::of(bytes));
        assert_eq!(blobs.put(bytes).unwrap(), digest);
        assert_eq!(blobs.get(&digest).unwrap(), bytes);
        assert!(blobs.contains(&digest).unwrap());
        assert_eq!(fs::read(blobs.path(&digest)).unwrap(), bytes);
    }
    assert_eq!(files(dir.path()).len(), pictures.len());
}

#[test]
fn a_blob_outlives_the_one_who_put_it() {
    let dir = tempfile::tempdir().unwrap();
    let digest = Blobs::open(dir.path()).unwrap().put(b"a picture").unwrap();
    assert_eq!(Blobs::open(dir.path()).unwrap().get(&digest).unwrap(), b"a picture");
}

#[test]
fn a_missing_blob_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(dir.path()).unwrap();
    let digest = BlobDigest::of(b"never put");
    assert!(!blobs.contains(&digest).unwrap());
    match blobs.get(&digest) {
        Err(BlobError::NotFound { digest: missing }) => assert_eq!(missing, digest),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_directory_that_is_away_is_no_missing_blob() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(&dir.path().join("blobs")).unwrap();
    let digest = blobs.put(b"a picture").unwrap();
    fs::rename(dir.path().join("blobs"), dir.path().join("away")).unwrap();
    assert!(matches!(blobs.get(&digest), Err(BlobError::Io { .. })));
    fs::rename(dir.path().join("away"), dir.path().join("blobs")).unwrap();
    assert_eq!(blobs.get(&digest).unwrap(), b"a picture");
}

#[test]
fn a_damaged_blob_is_never_given_out_and_good_bytes_mend_it() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(dir.path()).unwrap();
    let digest = blobs.put(b"a picture").unwrap();
    let damages: [&[u8]; 3] = [b"a pictUre", b"a pict", b""];
    for damage in damages {
        fs::write(blobs.path(&digest), damage).unwrap();
        match blobs.get(&digest) {
            Err(BlobError::Damaged { found, .. }) => assert_eq!(found, BlobDigest::of(damage)),
            other => panic!("{other:?}"),
        }
        assert_eq!(blobs.put(b"a picture").unwrap(), digest);
        assert_eq!(blobs.get(&digest).unwrap(), b"a picture");
    }
}

#[test]
fn an_interrupted_write_leaves_nothing_after_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(dir.path()).unwrap();
    let digest = blobs.put(b"a picture").unwrap();
    // What a power loss leaves: a part of a file that has no name yet.
    fs::write(dir.path().join("unfinished/4711-0"), b"a pic").unwrap();
    let blobs = Blobs::open(dir.path()).unwrap();
    assert_eq!(files(dir.path()), [blobs.path(&digest)]);
}

#[test]
fn a_write_that_fails_leaves_nothing_and_says_what_it_was_doing() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(dir.path()).unwrap();
    let digest = BlobDigest::of(b"a picture");
    // A file where the blob's directory should be: not even root can write into it.
    fs::write(blobs.path(&digest).parent().unwrap(), b"").unwrap();
    let error = blobs.put(b"a picture").unwrap_err();
    assert!(
        matches!(&error, BlobError::Io { .. }) && error.to_string().contains(dir.path().to_str().unwrap()),
        "{error}"
    );
    assert_eq!(files(dir.path()).len(), 1);
    fs::remove_file(blobs.path(&digest).parent().unwrap()).unwrap();
    assert_eq!(blobs.put(b"a picture").unwrap(), digest);
}

#[test]
fn many_writers_of_the_same_bytes_do_not_disturb_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(dir.path()).unwrap();
    let writers: Vec<_> = (0..8_u8)
        .map(|writer| {
            let blobs = blobs.clone();
            std::thread::spawn(move || {
                for number in 0..20_u8 {
                    let bytes = vec![number % 4; 100_000];
                    let digest = blobs.put(&bytes).unwrap();
                    assert_eq!(blobs.get(&digest).unwrap(), bytes, "writer {writer}");
                }
            })
        })
        .collect();
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    assert_eq!(files(dir.path()).len(), 4);
}

#[test]
fn only_a_digest_names_a_blob() {
    let digest = BlobDigest::of(b"a picture");
    let capture = CaptureId::new(digest.as_str());
    assert_eq!(BlobDigest::try_from(&capture).unwrap(), digest);
    assert_eq!(digest.to_capture_id(), capture);
    let upper = digest.as_str().to_uppercase();
    for text in ["", "../../etc/passwd", "ab", &digest.as_str()[1..], &upper, &"g".repeat(64), &"é".repeat(32)] {
        assert!(matches!(BlobDigest::parse(text), Err(BlobError::Name { .. })), "{text:?} was taken");
        assert!(serde_json::from_value::<BlobDigest>(serde_json::json!(text)).is_err());
    }
}
