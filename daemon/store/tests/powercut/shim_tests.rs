//! What a process does is recorded, whichever way it calls.

use std::fs::{self, File, OpenOptions};
use std::io::{IoSlice, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use super::disk::Left;
use super::run::{Run, place, say, task};
use super::tree::Tree;

/// Every kind of call, all in the folder `folder`.
fn work(folder: &Path) {
    let path = |name: &str| folder.join(name);
    fs::write(path("emptied"), b"x").unwrap();
    let mut written = File::create_new(path("written")).unwrap();
    written.write_all(b"one two three").unwrap();
    written.seek(SeekFrom::Start(4)).unwrap();
    written.write_all(b"TWO").unwrap();
    written.write_all_at(b"!", 20).unwrap();
    written.try_clone().unwrap().write_all(b"+").unwrap();
    assert_eq!(written.write_vectored(&[IoSlice::new(b"a"), IoSlice::new(b""), IoSlice::new(b"bc")]).unwrap(), 3);
    let mut appended = OpenOptions::new().append(true).open(path("written")).unwrap();
    appended.write_all(b"the end").unwrap();
    written.sync_all().unwrap();
    appended.write_all(b", not synced").unwrap();
    say("written");

    fs::create_dir_all(path("deep/er")).unwrap();
    fs::write(path("deep/er/../er/./moved"), b"moved").unwrap();
    fs::rename(path("deep/er/moved"), path("moved")).unwrap();
    fs::hard_link(path("moved"), path("linked")).unwrap();
    fs::write(path("gone"), b"gone").unwrap();
    fs::remove_file(path("gone")).unwrap();
    File::create(path("emptied")).unwrap();
    File::open(path("written")).unwrap();
    File::options().write(true).open(path("moved")).unwrap().set_len(3).unwrap();
    fs::create_dir_all(path("tree/of/some")).unwrap();
    fs::write(path("tree/of/depth"), b"x").unwrap();
    fs::remove_dir_all(path("tree")).unwrap();
    // The names after `written` are none of those that this keeps.
    File::open(folder).unwrap().sync_data().unwrap();
    fs::write(path("late"), b"late").unwrap();
    assert!(fs::remove_file(path("never")).is_err());
    // What happens elsewhere is not this folder's.
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    elsewhere.as_file().sync_all().unwrap();
}

#[test]
fn every_kind_of_call_is_recorded() {
    if let Some((folder, _)) = task() {
        return work(&folder);
    }
    let place = place();
    let folder = place.path().canonicalize().unwrap();
    // Compares what the record adds up to with the folder itself.
    let run = Run::record(&folder, "");
    let real = Tree::read(&folder);
    let mut last = None;
    run.cut(&run.everywhere(), |cut| last = Some((cut.disk.clone(), cut.said.to_vec())));
    let (disk, said) = last.unwrap();
    assert_eq!(said, ["written"]);
    assert_eq!(disk.after_cut(Left::All), real);
    let kept = disk.after_cut(Left::Nothing);
    let bytes = |tree: &Tree, name: &str| tree.0.get(Path::new(name)).cloned();
    let synced = b"one TWO+abcee\0\0\0\0\0\0\0!the end".to_vec();
    assert_eq!(bytes(&real, "written"), Some(Some([&synced[..], b", not synced"].concat())));
    assert_eq!(bytes(&kept, "written"), Some(Some(synced)));
    // Named durably, with bytes that are not; the directory's own entries likewise.
    assert_eq!((bytes(&kept, "moved"), bytes(&kept, "linked")), (Some(Some(Vec::new())), Some(Some(Vec::new()))));
    assert_eq!((bytes(&kept, "deep"), bytes(&kept, "deep/er")), (Some(None), None));
    assert_eq!((bytes(&kept, "late"), bytes(&kept, "tree"), bytes(&kept, "gone")), (None, None, None));
    assert_eq!(fs::metadata(folder.join("linked")).unwrap().nlink(), 2);
}

#[test]
fn a_call_that_fails_says_why() {
    assert_eq!(File::open("/no/such/file").unwrap_err().kind(), std::io::ErrorKind::NotFound);
    let read_only = File::open("/proc/self/status").unwrap();
    assert_eq!((&read_only).write(b"x").unwrap_err().raw_os_error(), Some(libc::EBADF));
}
