//! With a real folder, real events of the system, a real store and a real tree.

use std::io::Write as _;
use std::path::PathBuf;

use cardmint_store::Page;
use cardmint_store::reader::CaptureFilter;
use image::{ImageFormat, Rgb, RgbImage};

use super::*;
use crate::actors::dispatcher::Dispatcher;
use crate::actors::storage::StorageActor;
use crate::actors::testing::{Running, Scratch, eventually, files, group, timing};
use crate::intake::{After, DEFAULT_CAPACITY, Timing as StableTiming};
use crate::supervisor::{ChildSpec, Group, Ref};

/// Long enough that a test never waits for one.
const NEVER_MS: i64 = 3_600_000;

struct Place {
    scratch: Scratch,
    folder: PathBuf,
    rescan_ms: i64,
    after: After,
}

impl Place {
    fn new(after: After, rescan_ms: i64) -> Self {
        let scratch = Scratch::new();
        let folder = scratch.folder("in");
        Self { scratch, folder, rescan_ms, after }
    }

    fn settings(&self) -> IntakeSettings {
        IntakeSettings {
            folder: self.folder.clone(),
            after: self.after,
            max_bytes: 100_000,
            timing: StableTiming {
                stable_ms: 50,
                open_ms: NEVER_MS,
                // Whoever is blamed is not tried again while a test lasts.
                retry_first_ms: NEVER_MS,
                retry_most_ms: NEVER_MS,
            },
            capacity: DEFAULT_CAPACITY,
            rescan_ms: self.rescan_ms,
        }
    }

    fn tree(&self) -> Group {
        self.tree_with(&Ref::new("capture"))
    }

    fn tree_with(&self, name: &Ref<CaptureActor>) -> Group {
        let storage: Ref<StorageActor> = Ref::new("storage");
        let nobody: Ref<Dispatcher> = Ref::new("dispatcher");
        let admitter = Admitter::new(self.scratch.blobs.clone(), storage.clone(), nobody, Clock::System);
        let settings = self.settings();
        group().child(self.scratch.storage(&storage)).child(ChildSpec::actor(name, timing(), move |child| {
            Ok(CaptureActor::new(child, settings.clone(), admitter.clone(), Clock::System))
        }))
    }

    /// File name and batch of every capture, sorted.
    fn captures(&self) -> Vec<(String, String)> {
        let listed = self.scratch.reader.captures(&CaptureFilter::default(), Page::default()).unwrap();
        let name =
            |view: cardmint_store::views::CaptureView| (view.capture.file_name, view.capture.batch.as_str().to_owned());
        let mut names: Vec<_> = listed.items.into_iter().map(name).collect();
        names.sort();
        names
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// A picture that no other seed gives.
fn picture(seed: u8) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    RgbImage::from_pixel(8, 8, Rgb([seed, 7, 9])).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, batch)| ((*name).to_owned(), (*batch).to_owned())).collect()
}

#[test]
fn files_are_taken_however_they_arrive() {
    let place = Place::new(After::Move, NEVER_MS);
    place.write("early.png", &picture(0));
    let elsewhere = place.scratch.folder("elsewhere");
    for (name, seed) in [("moved.png", 1), ("linked.png", 2), ("resumed.png", 3)] {
        std::fs::write(elsewhere.join(name), picture(seed)).unwrap();
    }
    std::fs::create_dir(elsewhere.join("box 4")).unwrap();
    std::fs::write(elsewhere.join("box 4/whole folder.png"), picture(4)).unwrap();
    let _running = Running::start(place.tree());
    eventually("the file that was there before", || place.captures().len() == 1);

    place.write("written.png", &picture(5));
    std::fs::rename(elsewhere.join("moved.png"), place.folder.join("moved.png")).unwrap();
    std::fs::hard_link(elsewhere.join("linked.png"), place.folder.join("linked.png")).unwrap();
    std::fs::rename(elsewhere.join("box 4"), place.folder.join("box 4")).unwrap();
    place.write("box 5/new folder.png", &picture(6));
    // A copy that was cut off, waits under its own name, and is taken up again.
    let whole = picture(3);
    let mut resumed = std::fs::File::create(place.folder.join("resumed.png")).unwrap();
    resumed.write_all(&whole[..20]).unwrap();
    resumed.flush().unwrap();
    eventually("all but the half copy", || place.captures().len() == 6);
    resumed.write_all(&whole[20..]).unwrap();
    drop(resumed);
    eventually("the copy once it is whole", || place.captures().len() == 7);
    let expected = named(&[
        ("early.png", "default"),
        ("linked.png", "default"),
        ("moved.png", "default"),
        ("new folder.png", "box 5"),
        ("resumed.png", "default"),
        ("whole folder.png", "box 4"),
        ("written.png", "default"),
    ]);
    let default = cardmint_domain::BatchId::default_batch();
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(name, batch)| (name, if batch == "default" { default.as_str().to_owned() } else { batch }))
        .collect();
    assert_eq!(place.captures(), expected);
    let done = [
        "done/box 4/whole folder.png",
        "done/box 5/new folder.png",
        "done/early.png",
        "done/linked.png",
        "done/moved.png",
        "done/resumed.png",
        "done/written.png",
    ];
    eventually("every file put away", || files(&place.folder) == done);
}

#[test]
fn the_same_bytes_twice_are_one_capture_and_both_files_are_put_away() {
    let place = Place::new(After::Delete, NEVER_MS);
    let _running = Running::start(place.tree());
    for name in ["a.png", "b.png", "box/a.png"] {
        place.write(name, &picture(1));
    }
    eventually("all files gone", || files(&place.folder).is_empty());
    assert_eq!(place.captures().len(), 1);
}

#[test]
fn what_is_no_picture_goes_to_rejected_with_a_reason() {
    let place = Place::new(After::Move, NEVER_MS);
    let _running = Running::start(place.tree());
    place.write("notes.txt", b"not a picture at all");
    let mut large = picture(1);
    large.resize(100_001, 0);
    place.write("box/large.png", &large);
    let expected = [
        "rejected/box/large.png",
        "rejected/box/large.png.reason.txt",
        "rejected/notes.txt",
        "rejected/notes.txt.reason.txt",
    ];
    eventually("both files rejected", || files(&place.folder) == expected);
    // A note is there before its text is.
    let says = |name: &str, why: &str| std::fs::read_to_string(place.folder.join(name)).unwrap().contains(why);
    eventually("why the one", || says(expected[1], "larger than 100000 bytes"));
    eventually("why the other", || says(expected[3], "not a picture"));
    assert_eq!(place.captures(), []);
}

#[test]
fn a_file_that_is_left_is_taken_once_and_again_when_it_changes() {
    let place = Place::new(After::Leave, 20);
    let _running = Running::start(place.tree());
    place.write("a.png", &picture(1));
    eventually("the file", || place.captures().len() == 1);
    place.write("a.png", &picture(2));
    eventually("its new content", || place.captures().len() == 2);
    assert_eq!(files(&place.folder), ["a.png"]);
}

#[test]
fn without_a_single_event_the_rescan_finds_everything() {
    let place = Place::new(After::Move, 20);
    // The folder is replaced by another one, to which nobody listens until a rescan notices.
    let _running = Running::start(place.tree());
    std::fs::rename(&place.folder, place.scratch.dir.path().join("old")).unwrap();
    std::fs::create_dir(&place.folder).unwrap();
    place.write("a.png", &picture(1));
    eventually("the file in the new folder", || files(&place.folder) == ["done/a.png"]);
    assert_eq!(place.captures().len(), 1);
}

#[test]
fn a_folder_that_is_not_there_yet_is_waited_for() {
    let place = Place::new(After::Move, 20);
    std::fs::remove_dir(&place.folder).unwrap();
    let _running = Running::start(place.tree());
    place.write("a.png", &picture(1));
    eventually("the file", || files(&place.folder) == ["done/a.png"]);
}

#[test]
fn nothing_is_touched_before_its_row_is_durable() {
    let place = Place::new(After::Move, 20);
    // Nobody writes: the tree has no storage in it.
    let storage: Ref<StorageActor> = Ref::new("storage");
    let admitter = Admitter::new(place.scratch.blobs.clone(), storage.clone(), Ref::new("dispatcher"), Clock::System);
    let (name, settings) = (Ref::new("capture"), place.settings());
    let capture = ChildSpec::actor(&name, timing(), move |child| {
        Ok(CaptureActor::new(child, settings.clone(), admitter.clone(), Clock::System))
    });
    place.write("a.png", &picture(1));
    let digest = cardmint_store::BlobDigest::of(&picture(1));
    let running = Running::start(group().child(capture));
    eventually("the bytes kept", || place.scratch.blobs.contains(&digest).unwrap());
    assert_eq!(files(&place.folder), ["a.png"]);
    drop(running);
    assert_eq!(files(&place.folder), ["a.png"]);
    // The next life of the daemon finds it again.
    let _running = Running::start(place.tree());
    eventually("the file put away", || files(&place.folder) == ["done/a.png"]);
    assert_eq!(place.captures().len(), 1);
}

#[derive(Message)]
#[rtype(result = "bool")]
struct HasTrouble;

impl Handler<HasTrouble> for CaptureActor {
    type Result = bool;

    fn handle(&mut self, _: HasTrouble, _: &mut Self::Context) -> bool {
        self.trouble.is_some()
    }
}

#[test]
fn a_fault_of_ours_blames_no_file_and_ends_by_itself() {
    let place = Place::new(After::Move, NEVER_MS);
    let (blobs, away) = (place.scratch.dir.path().join("blobs"), place.scratch.dir.path().join("away"));
    let capture = Ref::new("capture");
    let _running = Running::start(place.tree_with(&capture));
    std::fs::rename(&blobs, &away).unwrap();
    std::fs::write(&blobs, b"no folder").unwrap();
    for seed in 0..3 {
        place.write(&format!("{seed}.png"), &picture(seed));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let has_trouble = || runtime.block_on(capture.send(HasTrouble, timing().start_deadline)).unwrap();
    eventually("nothing can be let in", has_trouble);
    assert_eq!(files(&place.folder), ["0.png", "1.png", "2.png"]);
    std::fs::remove_file(&blobs).unwrap();
    std::fs::rename(&away, &blobs).unwrap();
    eventually("all files put away", || files(&place.folder) == ["done/0.png", "done/1.png", "done/2.png"]);
    assert!(!has_trouble());
    assert_eq!(place.captures().len(), 3);
}

#[test]
fn the_bytes_of_a_dead_letter_dropped_again_are_told_of() {
    let stamp = crate::intake::Stamp { device: 1, inode: 1, size_bytes: 1, modified_ns: 1 };
    let due = Due { path: crate::intake::FilePath::top("again\n.png"), stamp };
    let told = |state| {
        let admitted = Admitted {
            id: cardmint_store::BlobDigest::of(b"x").to_capture_id(),
            admission: Admission::Known { state },
        };
        let log = tempfile::NamedTempFile::new().unwrap();
        let subscriber = tracing_subscriber::fmt().with_writer(std::sync::Mutex::new(log.reopen().unwrap())).finish();
        tracing::subscriber::with_default(subscriber, || warn_of_dead_letter(&due, &admitted));
        (std::fs::read_to_string(log.path()).unwrap(), admitted.id)
    };
    let (log, id) = told(CaptureState::Dead);
    assert!(log.contains("WARN") && log.contains("again\\n.png") && log.contains(id.as_str()), "{log}");
    assert_eq!(told(CaptureState::Done).0, "");
}
