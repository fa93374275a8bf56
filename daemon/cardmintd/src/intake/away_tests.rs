use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::intake::names::FilePath;
use crate::intake::scan::{Found, Looked};

struct Place {
    dir: tempfile::TempDir,
    folder: Folder,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        Self { dir, folder }
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn due(&self, path: FilePath) -> Due {
        match self.folder.look(&path).unwrap() {
            Looked::File(stamp) => Due { path, stamp },
            other => panic!("{path} is {other:?}"),
        }
    }

    /// Every file below the folder with its content.
    fn files(&self) -> BTreeMap<String, String> {
        let mut out = BTreeMap::new();
        collect(self.dir.path(), "", &mut out);
        out
    }
}

fn collect(root: &Path, prefix: &str, out: &mut BTreeMap<String, String>) {
    for child in std::fs::read_dir(root.join(prefix)).unwrap() {
        let child = child.unwrap();
        let name = format!("{prefix}{}", child.file_name().into_string().unwrap());
        if child.file_type().unwrap().is_dir() {
            collect(root, &format!("{name}/"), out);
        } else {
            out.insert(name.clone(), std::fs::read_to_string(root.join(&name)).unwrap());
        }
    }
}

fn expect(place: &Place, files: &[(&str, &str)]) {
    let files: BTreeMap<String, String> = files.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    assert_eq!(place.files(), files);
}

#[test]
fn an_admitted_file_goes_to_done_under_its_batch_and_never_over_another() {
    let place = Place::new();
    for content in ["first", "second"] {
        place.write("a.jpg", content);
        place.write("box 4/a.jpg", content);
        for path in [FilePath::top("a.jpg"), FilePath::within("box 4", "a.jpg")] {
            assert_eq!(admitted(&place.folder, &place.due(path), After::Move), Settled::Gone);
        }
    }
    expect(
        &place,
        &[
            ("done/a.jpg", "first"),
            ("done/a~1.jpg", "second"),
            ("done/box 4/a.jpg", "first"),
            ("done/box 4/a~1.jpg", "second"),
        ],
    );
}

#[test]
fn files_are_left_or_deleted_as_configured() {
    let place = Place::new();
    place.write("a.jpg", "x");
    assert_eq!(admitted(&place.folder, &place.due(FilePath::top("a.jpg")), After::Leave), Settled::Kept);
    expect(&place, &[("a.jpg", "x")]);
    assert_eq!(admitted(&place.folder, &place.due(FilePath::top("a.jpg")), After::Delete), Settled::Gone);
    expect(&place, &[]);
}

#[test]
fn a_file_replaced_since_it_was_read_stays() {
    for after in [After::Move, After::Delete] {
        let place = Place::new();
        place.write("a.jpg", "old");
        let due = place.due(FilePath::top("a.jpg"));
        place.write("b.jpg", "another one");
        std::fs::rename(place.dir.path().join("b.jpg"), place.dir.path().join("a.jpg")).unwrap();
        let settled = admitted(&place.folder, &due, after);
        assert!(matches!(settled, Settled::Changed(stamp) if stamp.size_bytes == 11), "{settled:?}");
        expect(&place, &[("a.jpg", "another one")]);
    }
}

#[test]
fn a_file_is_hidden_in_its_folder_until_it_is_known_to_be_what_was_read() {
    let place = Place::new();
    place.write("box/a.jpg", "read");
    let due = place.due(FilePath::within("box", "a.jpg"));
    let outcome = hidden_first(&place.folder, &due, |_, _| {
        expect(&place, &[("box/.cardmint-a.jpg", "read")]);
        // Another one comes, and the rest fails.
        place.write("box/a.jpg", "new");
        Err::<(), _>(Errno::ENOSPC)
    });
    assert!(matches!(outcome, Err(Stay::No(Errno::ENOSPC))), "{outcome:?}");
    expect(&place, &[("box/a.jpg", "new"), ("box/a~1.jpg", "read")]);
}

#[test]
fn a_file_that_somebody_is_about_to_write_to_stays() {
    let place = Place::new();
    place.write("a.jpg", "half");
    let due = place.due(FilePath::top("a.jpg"));
    if cardmint_sandbox::lease::try_read_lease(std::fs::File::open(place.dir.path().join("a.jpg")).unwrap()).is_err() {
        return println!("skipped: no leases here");
    }
    let mut writer = std::fs::OpenOptions::new().append(true).open(place.dir.path().join("a.jpg")).unwrap();
    for after in [After::Move, After::Delete] {
        assert_eq!(admitted(&place.folder, &due, after), Settled::StillOpen);
        expect(&place, &[("a.jpg", "half")]);
    }
    writer.write_all(b" and half").unwrap();
    drop(writer);
    assert!(matches!(admitted(&place.folder, &due, After::Move), Settled::Changed(_)));
    expect(&place, &[("a.jpg", "half and half")]);
}

/// In a process of its own, which is this very test once more.
#[cfg(feature = "fault-injection")]
#[test]
fn a_death_between_two_names_loses_nothing_though_the_file_was_replaced_just_then() {
    const DIES_IN: &str = "CARDMINT_TEST_DIES_IN";
    const OURSELVES: &str = "a_death_between_two_names_loses_nothing_though_the_file_was_replaced_just_then";
    if let Some(dir) = std::env::var_os(DIES_IN) {
        let path = FilePath::top("a.jpg");
        let folder = Folder::open(Path::new(&dir)).unwrap();
        let Looked::File(stamp) = folder.look(&path).unwrap() else { panic!() };
        std::fs::rename(Path::new(&dir).join("new"), Path::new(&dir).join("a.jpg")).unwrap();
        panic!("still alive: {:?}", admitted(&folder, &Due { path, stamp }, After::Move));
    }
    let (place, faults) = (Place::new(), tempfile::NamedTempFile::new().unwrap());
    std::fs::write(faults.path(), "hidden abort\n").unwrap();
    place.write("a.jpg", "read");
    place.write("new", "another one");
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.arg(OURSELVES).env(DIES_IN, place.dir.path()).env("CARDMINT_FAULTS", faults.path());
    let end = std::os::unix::process::ExitStatusExt::signal(&child.output().unwrap().status);
    assert_eq!(end, Some(nix::libc::SIGABRT));
    expect(&place, &[(".cardmint-a.jpg", "another one")]);
    assert!(put_back(&place.folder, &FilePath::top(".cardmint-a.jpg")));
    expect(&place, &[("a.jpg", "another one")]);
    assert!(!put_back(&place.folder, &FilePath::top(".cardmint-a.jpg")));
}

#[test]
fn a_file_that_is_gone_is_nothing_to_put_away() {
    let place = Place::new();
    place.write("a.jpg", "x");
    let due = place.due(FilePath::top("a.jpg"));
    std::fs::remove_file(place.dir.path().join("a.jpg")).unwrap();
    for after in [After::Move, After::Delete] {
        assert_eq!(admitted(&place.folder, &due, after), Settled::Gone);
    }
}

#[test]
fn a_refused_file_is_moved_with_a_reason_and_never_deleted() {
    for after in [After::Move, After::Delete] {
        let place = Place::new();
        for _ in 0..2 {
            place.write("box/notes.txt", "hello");
            let due = place.due(FilePath::within("box", "notes.txt"));
            assert_eq!(refused(&place.folder, &due, after, "not a picture"), Settled::Gone);
        }
        expect(
            &place,
            &[
                ("rejected/box/notes.txt", "hello"),
                ("rejected/box/notes.txt.reason.txt", "not a picture\n"),
                ("rejected/box/notes~1.txt", "hello"),
                ("rejected/box/notes~1.txt.reason.txt", "not a picture\n"),
            ],
        );
    }
    let place = Place::new();
    place.write("notes.txt", "hello");
    assert_eq!(refused(&place.folder, &place.due(FilePath::top("notes.txt")), After::Leave, "no"), Settled::Kept);
    expect(&place, &[("notes.txt", "hello")]);
}

#[test]
fn a_done_folder_that_is_a_link_leads_nowhere() {
    let (place, elsewhere) = (Place::new(), tempfile::tempdir().unwrap());
    std::os::unix::fs::symlink(elsewhere.path(), place.dir.path().join("done")).unwrap();
    place.write("a.jpg", "x");
    assert_eq!(admitted(&place.folder, &place.due(FilePath::top("a.jpg")), After::Move), Settled::Kept);
    assert!(place.dir.path().join("a.jpg").is_file());
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn what_was_put_away_is_not_found_again() {
    let place = Place::new();
    place.write("a.jpg", "x");
    assert_eq!(admitted(&place.folder, &place.due(FilePath::top("a.jpg")), After::Move), Settled::Gone);
    let mut files = 0;
    let count = &mut |found: Found| files += usize::from(matches!(found, Found::File(..) | Found::Batch(_)));
    place.folder.visit(count).unwrap();
    assert_eq!(files, 0);
}
