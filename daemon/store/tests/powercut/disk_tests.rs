//! What the disk says is left after each sequence of calls.

use std::path::{Path, PathBuf};

use super::disk::{Disk, Left};
use super::run::place;
use super::trace::Event;

fn file(path: &str, inode: u64) -> Event {
    Event::CreatedFile { path: path.into(), inode }
}

fn directory(path: &str, inode: u64) -> Event {
    Event::CreatedDirectory { path: path.into(), inode }
}

fn wrote(inode: u64, offset: u64, data: &[u8]) -> Event {
    Event::Wrote { inode, offset, data: data.to_vec() }
}

fn synced(inode: u64) -> Event {
    Event::SyncedFile { inode }
}

fn synced_directory(inode: u64) -> Event {
    Event::SyncedDirectory { inode }
}

fn renamed(from: &str, to: &str) -> Event {
    Event::Renamed { from: from.into(), to: to.into() }
}

/// An empty folder's disk and its own inode.
fn empty() -> (Disk, u64) {
    let place = place();
    (Disk::of(place.path()), std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(place.path()).unwrap()))
}

/// Files and their bytes, in the order of their names.
fn left(disk: &Disk, left: Left) -> Vec<(PathBuf, Vec<u8>)> {
    disk.after_cut(left).0.into_iter().filter_map(|(path, content)| Some((path, content?))).collect()
}

fn after(events: &[Event], disk: &mut Disk) -> Vec<(PathBuf, Vec<u8>)> {
    events.iter().for_each(|event| disk.apply(event));
    left(disk, Left::Nothing)
}

fn only(path: &str, bytes: &[u8]) -> Vec<(PathBuf, Vec<u8>)> {
    vec![(Path::new(path).to_owned(), bytes.to_vec())]
}

#[test]
fn bytes_need_their_file_synced_and_a_name_its_directory() {
    let (mut disk, root) = empty();
    assert!(after(&[file("a", 1), wrote(1, 0, b"one"), synced(1)], &mut disk).is_empty());
    assert_eq!(after(&[synced_directory(root)], &mut disk), only("a", b"one"));
    assert_eq!(after(&[wrote(1, 3, b" two")], &mut disk), only("a", b"one"));
    assert_eq!(left(&disk, Left::All), only("a", b"one two"));
    assert_eq!(after(&[Event::Resized { inode: 1, length: 2 }], &mut disk), only("a", b"one"));
    assert_eq!(after(&[synced(1)], &mut disk), only("a", b"on"));
    assert_eq!(after(&[Event::Removed { path: "a".into() }], &mut disk), only("a", b"on"));
    assert!(left(&disk, Left::All).is_empty());
    assert!(after(&[synced_directory(root)], &mut disk).is_empty());
}

#[test]
fn a_name_without_its_bytes_is_an_empty_file() {
    let (mut disk, root) = empty();
    assert_eq!(after(&[file("a", 1), wrote(1, 0, b"one"), synced_directory(root)], &mut disk), only("a", b""));
    let (mut disk, _) = empty();
    assert!(after(&[file("a", 1), wrote(1, 0, b"one")], &mut disk).is_empty());
    assert_eq!(left(&disk, Left::Names), only("a", b""));
}

#[test]
fn a_directory_needs_its_own_name_synced_too() {
    let (mut disk, root) = empty();
    let made = [directory("d", 1), file("d/a", 2), wrote(2, 0, b"one"), synced(2), synced_directory(1)];
    assert!(after(&made, &mut disk).is_empty());
    assert_eq!(after(&[synced_directory(root)], &mut disk), only("d/a", b"one"));
}

#[test]
fn a_rename_lasts_where_its_directory_was_synced() {
    let (mut disk, root) = empty();
    let made = [directory("d", 1), file("a", 2), file("b", 3), wrote(2, 0, b"a"), wrote(3, 0, b"b")];
    let kept = [synced(2), synced(3), synced_directory(root), renamed("a", "d/a"), synced_directory(1)];
    // The new name is kept and the old one not yet given up.
    let both = [&only("a", b"a")[..], &only("b", b"b"), &only("d/a", b"a")].concat();
    assert_eq!(after(&[&made[..], &kept].concat(), &mut disk), both);
    // One takes another's place: the old bytes or the new ones.
    let before = after(&[renamed("b", "d/a")], &mut disk);
    assert_eq!(before, both);
    assert_eq!(after(&[synced_directory(root), synced_directory(1)], &mut disk), only("d/a", b"b"));
}

#[test]
fn a_link_is_one_more_name() {
    let (mut disk, root) = empty();
    let made = [file("a", 1), Event::Linked { from: "a".into(), to: "b".into() }, synced_directory(root)];
    after(&made, &mut disk);
    let both = after(&[wrote(1, 0, b"x"), synced(1)], &mut disk);
    assert_eq!(both, [&only("a", b"x")[..], &only("b", b"x")].concat());
}

#[test]
fn an_inode_is_another_file_once_it_is_made_again() {
    let (mut disk, root) = empty();
    after(&[file("a", 1), wrote(1, 0, b"old"), synced(1), synced_directory(root)], &mut disk);
    let again = [Event::Removed { path: "a".into() }, file("b", 1), wrote(1, 0, b"new"), synced(1)];
    assert_eq!(after(&again, &mut disk), only("a", b"old"));
    assert_eq!(after(&[synced_directory(root)], &mut disk), only("b", b"new"));
}

#[test]
fn a_torn_write_leaves_whole_sectors_old_or_new() {
    let (mut disk, root) = empty();
    let (old, new) = (vec![1; 64 * 512], vec![2; 64 * 512]);
    after(&[file("a", 1), wrote(1, 0, &old), synced(1), synced_directory(root), wrote(1, 0, &new)], &mut disk);
    let mut mixed = 0;
    for seed in 0..12 {
        let [(_, bytes)] = &left(&disk, Left::Some(seed))[..] else { panic!("a file is missing") };
        let sector = if seed % 2 == 0 { 512 } else { 4096 };
        assert!(bytes.chunks(sector).all(|sector| sector.iter().all(|byte| *byte == sector[0])));
        assert_eq!(bytes, &left(&disk, Left::Some(seed))[0].1, "the same seed leaves the same");
        mixed += usize::from(bytes.contains(&1) && bytes.contains(&2));
    }
    assert!(mixed >= 8, "{mixed} of 12 seeds tore the write");
}

#[test]
fn a_rename_within_a_directory_is_done_or_not() {
    let (mut disk, root) = empty();
    after(&[file("a", 1), synced_directory(root), renamed("a", "b")], &mut disk);
    let found: Vec<_> = (0..12).map(|seed| left(&disk, Left::Some(seed))).collect();
    assert!(found.iter().all(|found| *found == only("a", b"") || *found == only("b", b"")), "{found:?}");
    assert!(found.contains(&only("a", b"")) && found.contains(&only("b", b"")));
}
