use std::collections::BTreeSet;
use std::sync::Mutex;

use cardmint_domain::{CollectorNumber, SetId};
use image::{ImageFormat, Rgb};

use super::*;

fn printing(id: &str) -> Printing {
    Printing {
        id: PrintingId::new(id),
        set: SetId::new("tmi"),
        number: CollectorNumber::parse("7").unwrap(),
        language: "en".to_owned(),
        name: "Emberfox".to_owned(),
        kinds: Vec::new(),
        hit_points: None,
        rarity: None,
        artist: None,
        blocks: Vec::new(),
        flavour: None,
        finishes: Vec::new(),
        image_urls: Vec::new(),
    }
}

/// A picture that differs from those of other seeds everywhere.
fn write_picture(folder: &Path, id: &str, seed: u32) {
    let picture = RgbImage::from_fn(126, 176, |x, y| {
        let value = (x * (seed + 3) + y * (seed * 7 + 1)) % 251;
        Rgb([value as u8, (value * 3 % 256) as u8, (x + seed) as u8])
    });
    picture.save_with_format(folder.join(format!("{id}.png")), ImageFormat::Png).unwrap();
}

struct Place {
    dir: tempfile::TempDir,
    printings: Vec<Printing>,
}

impl Place {
    fn with_pictures(count: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ids: Vec<String> = (0..count).map(|number| format!("tmi-{number:02}")).collect();
        std::fs::create_dir(dir.path().join("references")).unwrap();
        for (seed, id) in ids.iter().enumerate() {
            write_picture(&dir.path().join("references"), id, seed as u32);
        }
        Self { printings: ids.iter().map(|id| printing(id)).collect(), dir }
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("references")
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("pictures.index")
    }

    fn make(&self) -> Made {
        make(&self.folder(), &self.file(), &self.printings, &|_, _| {}).unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.file()).unwrap()
    }
}

#[test]
fn pictures_are_indexed_in_order_and_their_thumbnails_found_again() {
    let place = Place::with_pictures(25);
    let heard = Mutex::new(Vec::new());
    let made = make(&place.folder(), &place.file(), &place.printings, &|done, total| {
        heard.lock().unwrap().push((done, total))
    });
    assert_eq!(made.unwrap(), Made { pictures: 25, indexed: 25, ..Made::default() });
    assert_eq!(*heard.lock().unwrap(), (1..=25).map(|done| (done, 25)).collect::<Vec<_>>());
    let (index, file) = open(&place.file()).unwrap().unwrap();
    let ids: Vec<&str> = index.entries().map(|(printing, _)| printing.as_str()).collect();
    assert!(ids.is_sorted() && ids.len() == 25, "{ids:?}");
    let thumbnails = FileThumbnails::new(&index, file);
    for slot in 0..25 {
        assert!(index.is_thumbnail(slot, &thumbnails.thumbnail(slot).unwrap()), "slot {slot}");
    }
    assert_eq!(thumbnails.thumbnail(25), None);
    let leftovers: BTreeSet<_> = std::fs::read_dir(place.dir.path()).unwrap().map(|c| c.unwrap().file_name()).collect();
    assert_eq!(leftovers.len(), 2, "{leftovers:?}");
}

#[test]
fn only_what_changed_is_made_again_and_the_bytes_are_those_of_a_fresh_index() {
    let place = Place::with_pictures(6);
    place.make();
    let first = place.bytes();
    assert_eq!(place.make().reused, 6);
    assert_eq!(place.bytes(), first);
    write_picture(&place.folder(), "tmi-03", 99);
    std::fs::remove_file(place.folder().join("tmi-05.png")).unwrap();
    let made = place.make();
    assert_eq!((made.indexed, made.reused), (5, 4));
    let incremental = place.bytes();
    std::fs::remove_file(place.file()).unwrap();
    assert_eq!(place.make().reused, 0);
    assert_eq!(place.bytes(), incremental);
}

#[test]
fn an_unreadable_picture_and_one_of_an_unknown_printing_stop_nothing() {
    let mut place = Place::with_pictures(3);
    std::fs::write(place.folder().join("tmi-01.png"), b"no picture at all").unwrap();
    place.printings.retain(|printing| printing.id.as_str() != "tmi-02");
    let made = place.make();
    assert_eq!((made.pictures, made.indexed, made.unknown), (3, 1, 1));
    assert!(made.unreadable.len() == 1 && made.unreadable[0].contains("tmi-01.png"), "{:?}", made.unreadable);
}

#[test]
fn the_picture_of_a_back_is_no_printings_and_is_kept() {
    let place = Place::with_pictures(2);
    std::fs::copy(place.folder().join("tmi-01.png"), place.folder().join("back.png")).unwrap();
    let made = place.make();
    assert_eq!((made.pictures, made.indexed, made.unknown), (3, 3, 0));
}

#[test]
fn an_index_that_cannot_be_used_is_replaced() {
    let place = Place::with_pictures(2);
    std::fs::write(place.file(), b"something else").unwrap();
    assert!(open(&place.file()).is_err());
    assert_eq!(place.make().indexed, 2);
    assert!(open(&place.file()).unwrap().is_some());
}

#[test]
fn a_folder_that_is_not_there_gives_an_empty_index() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pictures.index");
    assert_eq!(make(&dir.path().join("references"), &file, &[], &|_, _| {}).unwrap(), Made::default());
    assert!(open(&file).unwrap().unwrap().0.is_empty());
}

#[test]
fn a_thumbnail_is_still_found_after_the_index_was_replaced() {
    let place = Place::with_pictures(2);
    place.make();
    let (index, file) = open(&place.file()).unwrap().unwrap();
    let thumbnails = FileThumbnails::new(&index, file);
    write_picture(&place.folder(), "tmi-00", 99);
    place.make();
    assert!(index.is_thumbnail(0, &thumbnails.thumbnail(0).unwrap()));
}
