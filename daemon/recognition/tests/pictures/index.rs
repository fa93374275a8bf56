//! An index file gives back what was written, and says so when it was damaged.

use std::io::Cursor;

use crate::drawing::{card, noise, quad};
use cardmint_domain::PrintingId;
use cardmint_recognition::descriptor::describe;
use cardmint_recognition::index::{Entry, IndexError, IndexWriter, PictureIndex, THUMBNAIL_LEN, entry};
use cardmint_recognition::rectify::rectify;
use image::{Rgb, RgbImage};

fn entries(n: u8) -> Vec<Entry> {
    (0..n).map(|i| entry(PrintingId::new(format!("inv{i}-é")), &card(u64::from(i)), [i; 32])).collect()
}

fn written(entries: &[Entry]) -> Vec<u8> {
    let mut writer = IndexWriter::new(Cursor::new(Vec::new())).unwrap();
    entries.iter().for_each(|e| writer.push(e).unwrap());
    writer.finish().unwrap().into_inner()
}

#[test]
fn what_was_written_is_read() {
    let entries = entries(6);
    let file = written(&entries);
    let index = PictureIndex::read(Cursor::new(&file)).unwrap();
    assert_eq!(index.len(), 6);
    let listed: Vec<_> = index.entries().map(|(p, d)| (p.clone(), *d)).collect();
    assert_eq!(listed, entries.iter().map(|e| (e.printing.clone(), e.source_digest)).collect::<Vec<_>>());
    for (slot, entry) in entries.iter().enumerate() {
        let (offset, len) = index.thumbnail_range(slot).unwrap();
        let thumbnail = file[offset as usize..offset as usize + len].to_vec();
        assert_eq!(index.slot(&entry.printing), Some(slot));
        assert_eq!(index.printing(slot), Some(&entry.printing));
        assert_eq!(index.entry(slot, thumbnail).as_ref(), Some(entry));
        assert_eq!(index.entry(slot, vec![1; THUMBNAIL_LEN]), None);
    }
    assert_eq!(index.digest(), PictureIndex::from_entries(&entries).digest());
    assert_ne!(index.digest(), PictureIndex::from_entries(&entries[1..]).digest());
    assert_eq!((index.thumbnail_range(6), index.printing(6), index.descriptor(6)), (None, None, None));
}

#[test]
fn a_photo_finds_its_reference_first() {
    let mut entries = entries(20);
    is_found(&entries);
    // So many that only a part is compared in full.
    let first = entries[0].clone();
    entries.extend((20..700).map(|i: u64| {
        let mut picture = RgbImage::from_pixel(63, 88, Rgb([128; 3]));
        noise(&mut picture, 120.0, i);
        Entry { printing: PrintingId::new(i.to_string()), descriptor: describe(&picture), ..first.clone() }
    }));
    is_found(&entries);
    assert!(PictureIndex::default().search(&describe(&card(1)), 5).is_empty());
}

/// Photos of the first 20 entries find these.
fn is_found(entries: &[Entry]) {
    let index = PictureIndex::from_entries(entries);
    for i in 0..20u64 {
        let reference = card(i);
        let corners = [(15.0, -20.0), (640.0, 12.0), (618.0, 868.0), (-12.0, 890.0)];
        let corners = corners.map(|(x, y)| cardmint_recognition::geometry::Pt::new(x, y));
        let mut photo = rectify(&reference, &quad(&corners, &reference), 360);
        noise(&mut photo, 15.0, i);
        let hits = index.search(&describe(&photo), 5);
        assert_eq!(hits.len(), 5);
        assert_eq!(hits[0].slot as u64, i);
        assert!(hits.windows(2).all(|pair| pair[0].similarity >= pair[1].similarity));
    }
    assert_eq!(index.search(&describe(&card(1)), 999).len(), entries.len());
}

#[test]
fn entries_that_cannot_be_stored_are_refused() {
    let mut writer = IndexWriter::new(Cursor::new(Vec::new())).unwrap();
    let good = entries(1).remove(0);
    let short = Entry { thumbnail: vec![0; 10], ..good.clone() };
    let long = Entry { printing: PrintingId::new("x".repeat(2000)), ..good.clone() };
    for bad in [short, long] {
        assert!(matches!(writer.push(&bad), Err(IndexError::Entry { .. })));
    }
    writer.push(&good).unwrap();
    let file = writer.finish().unwrap().into_inner();
    assert_eq!(PictureIndex::read(Cursor::new(file)).unwrap().len(), 1);
}

#[test]
fn no_damage_goes_unnoticed() {
    let file = written(&entries(2));
    let table = 96 + 2 * THUMBNAIL_LEN;
    let damaged = |at: usize| {
        let mut copy = file.clone();
        copy[at] ^= 1;
        PictureIndex::read(Cursor::new(copy))
    };
    for at in (0..96).chain((table..file.len()).step_by(41)) {
        assert!(matches!(damaged(at), Err(IndexError::Damaged(_) | IndexError::Foreign(_))), "byte {at}");
    }
    // Thumbnails are checked one by one, when they are read.
    let index = damaged(96 + 7).unwrap();
    let mut thumbnail = file[96..96 + THUMBNAIL_LEN].to_vec();
    assert!(index.is_thumbnail(0, &thumbnail));
    thumbnail[7] ^= 1;
    assert!(!index.is_thumbnail(0, &thumbnail));
}

#[test]
fn unfinished_short_and_foreign_files_are_refused() {
    let file = written(&entries(1));
    for cut in [0, 10, 95, 96, 1000, file.len() - 1] {
        assert!(PictureIndex::read(Cursor::new(&file[..cut])).is_err(), "cut at {cut}");
    }
    let unfinished = vec![0; 96 + THUMBNAIL_LEN];
    assert!(matches!(PictureIndex::read(Cursor::new(unfinished)), Err(IndexError::Foreign(_))));
    assert!(matches!(PictureIndex::read(Cursor::new(vec![b'x'; 500])), Err(IndexError::Foreign(_))));
}
