//! What lies in a folder that anybody may write to, and how files come to lie there. The clock is the tests' own: a file
//! stands still by being told so.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use notify::EventKind;
use notify::event::AccessKind;

use super::events::{SignalReceiver, translate};
use super::*;

const STABLE_MS: i64 = 2_000;
const OPEN_MS: i64 = 60_000;

/// Longest wait for the system to tell what happened.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder, what hears of it, and a clock.
struct Place {
    dir: tempfile::TempDir,
    folder: PathBuf,
    intake: Intake,
    receiver: SignalReceiver,
    now: Timestamp,
}

impl Place {
    fn new() -> Self {
        let mut place = Self::unseen();
        place.rescan();
        place
    }

    /// One that was not looked at yet.
    fn unseen() -> Self {
        Self::below(&std::env::temp_dir())
    }

    fn below(parent: &Path) -> Self {
        let dir = tempfile::tempdir_in(parent).unwrap();
        let folder = dir.path().join("in");
        fs::create_dir(&folder).unwrap();
        let settings = IntakeSettings {
            folder: folder.clone(),
            after: After::Move,
            max_bytes: 1_000,
            timing: Timing { stable_ms: STABLE_MS, open_ms: OPEN_MS, ..Timing::default() },
            capacity: DEFAULT_CAPACITY,
            rescan_ms: DEFAULT_RESCAN_MS,
        };
        let (sender, receiver) = signals();
        Self { dir, folder, intake: Intake::new(settings, sender), receiver, now: Timestamp(1_000_000) }
    }

    fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.folder.join(name.as_ref())
    }

    fn wait(&mut self, ms: i64) {
        self.now = self.now.plus_millis(ms);
    }

    fn rescan(&mut self) {
        self.intake.rescan(self.now);
    }

    /// Hears everything that happened so far: the system tells things in their order, so a last thing is made to happen
    /// and waited for.
    fn hear(&mut self) {
        let mark = FilePath::top("mark");
        fs::write(self.path("mark"), b"").unwrap();
        fs::remove_file(self.path("mark")).unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.receiver.try_recv() {
                Some(signal) => {
                    if self.intake.on_signal(&signal, self.now) {
                        self.rescan();
                    }
                    // The file is gone: this was the last of its events.
                    if signal == Signal::File(mark.clone(), Sign::Closed) {
                        return;
                    }
                }
                None => {
                    assert!(Instant::now() < deadline, "no event came");
                    std::thread::park_timeout(Duration::from_millis(1));
                }
            }
        }
    }

    /// Takes what is due and puts it away, and says what it was: name as shown, and bytes.
    fn take(&mut self) -> Vec<(String, Vec<u8>)> {
        let mut taken = Vec::new();
        while let Some(due) = self.intake.next(self.now) {
            match self.intake.take(&due) {
                Taken::Bytes(bytes) => {
                    self.intake.admitted(&due, self.now);
                    taken.push((due.path.to_string(), bytes));
                }
                Taken::Changed(stamp) => self.intake.settle(&due, Settled::Changed(stamp), self.now),
                Taken::StillOpen => self.intake.settle(&due, Settled::StillOpen, self.now),
                Taken::Gone => self.intake.settle(&due, Settled::Gone, self.now),
                other => panic!("{}: {other:?}", due.path),
            }
        }
        taken
    }

    /// The same after everything has stood still for as long as any file must.
    fn take_in_the_end(&mut self) -> Vec<(String, Vec<u8>)> {
        self.hear();
        let mut taken = Vec::new();
        for _ in 0..3 {
            self.wait(OPEN_MS);
            self.rescan();
            taken.extend(self.take());
        }
        taken
    }
}

/// Puts something into the folder; `false` where this process may not.
type Put = fn(&Place) -> bool;

/// What is put there, and the names of what is read as they are shown.
const THINGS: [(&str, Put, &[&str]); 19] = [
    ("a picture", |p| write(p, "a.jpg", b"seen"), &["a.jpg"]),
    ("a device", |p| device(p, "null.jpg"), &[]),
    ("a named pipe", |p| nix::unistd::mkfifo(&p.path("pipe.jpg"), Mode::S_IRWXU).is_ok(), &[]),
    ("a socket", |p| UnixListener::bind(p.path("socket.jpg")).is_ok(), &[]),
    ("a directory called like a picture", |p| fs::create_dir(p.path("dir.jpg")).is_ok(), &[]),
    ("a file in such a directory", |p| in_directory(p, "dir.jpg"), &["dir.jpg/a.jpg"]),
    ("a directory in a batch", |p| in_directory(p, "box") && nested(p, "box/deep"), &["box/a.jpg"]),
    ("a link to a file outside", |p| symlink(secret(p), p.path("link.jpg")).is_ok(), &[]),
    (
        "a link to a file inside",
        |p| write(p, "a.jpg", b"seen") && symlink("a.jpg", p.path("b.jpg")).is_ok(),
        &["a.jpg"],
    ),
    ("a link to a directory outside", |p| symlink(secret(p).parent().unwrap(), p.path("box")).is_ok(), &[]),
    ("a link to the folder itself", |p| symlink(&p.folder, p.path("self")).is_ok(), &[]),
    ("a link that leads in a circle", |p| symlink("loop.jpg", p.path("loop.jpg")).is_ok(), &[]),
    ("a line break", |p| write(p, "a\nb.jpg", b"seen"), &["a\\nb.jpg"]),
    ("a terminal's escape sequence", |p| write(p, "a\u{1b}]0;x\u{7}.jpg", b"seen"), &["a\\u{1b}]0;x\\u{7}.jpg"]),
    ("text that runs backwards", |p| write(p, "\u{202e}gpj.exe", b"seen"), &["\\u{202e}gpj.exe"]),
    ("no UTF-8", |p| write(p, OsStr::from_bytes(b"\xff\xfe.jpg"), b"seen"), &["\\xff\\xfe.jpg"]),
    ("the longest name", |p| write(p, LONGEST, b"seen"), &[LONGEST]),
    ("a leading dash", |p| write(p, "-rf", b"seen"), &["-rf"]),
    (
        "what climbs in a name",
        |p| write(p, "a\\..\\..\\b.jpg", b"seen") && write(p, "..\\c.jpg", b"not seen"),
        &["a\\..\\..\\b.jpg"],
    ),
];

const LONGEST: &str = {
    const BYTES: [u8; 255] = [b'x'; 255];
    match std::str::from_utf8(&BYTES) {
        Ok(name) => name,
        Err(_) => panic!(),
    }
};

fn write(place: &Place, name: impl AsRef<OsStr>, bytes: &[u8]) -> bool {
    fs::write(place.path(name), bytes).is_ok()
}

fn in_directory(place: &Place, name: &str) -> bool {
    fs::create_dir(place.path(name)).is_ok() && write(place, format!("{name}/a.jpg"), b"seen")
}

fn nested(place: &Place, name: &str) -> bool {
    fs::create_dir(place.path(name)).is_ok() && write(place, format!("{name}/a.jpg"), b"not seen")
}

/// A file beside the watched folder.
fn secret(place: &Place) -> PathBuf {
    let path = place.dir.path().join("elsewhere/secret.jpg");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, b"secret").unwrap();
    path
}

/// One that answers reads for ever.
fn device(place: &Place, name: &str) -> bool {
    mknod(&place.path(name), SFlag::S_IFCHR, Mode::S_IRWXU, makedev(1, 5)).is_ok()
}

#[test]
fn only_regular_files_of_the_folder_are_read_and_every_name_is_shown_on_one_line() {
    for (what, put, expected) in THINGS {
        // Found by looking, and found by events.
        for mut place in [Place::unseen(), Place::new()] {
            if !put(&place) {
                println!("skipped: {what} cannot be made here");
                continue;
            }
            if place.intake.open.is_none() {
                place.rescan();
            }
            let taken = place.take_in_the_end();
            let names: Vec<&str> = taken.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, expected, "{what}");
            assert!(
                taken.iter().all(|(name, bytes)| bytes == b"seen" && !name.chars().any(char::is_control)),
                "{what}"
            );
            assert!(place.take_in_the_end().is_empty(), "{what} is read twice");
            let outside = place.dir.path().join("elsewhere");
            if outside.is_dir() {
                assert_eq!(fs::read(outside.join("secret.jpg")).unwrap(), b"secret", "{what}");
            }
        }
    }
}

/// What takes the place of a file between the moment it is found due and the moment it is opened.
const SWAPS: [(&str, Put); 6] = [
    ("a link to a file outside", |p| symlink(secret(p), p.path("a.jpg")).is_ok()),
    ("a link to itself", |p| symlink("a.jpg", p.path("a.jpg")).is_ok()),
    ("a device", |p| device(p, "a.jpg")),
    ("a named pipe", |p| nix::unistd::mkfifo(&p.path("a.jpg"), Mode::S_IRWXU).is_ok()),
    ("a socket", |p| UnixListener::bind(p.path("a.jpg")).is_ok()),
    ("a directory", |p| fs::create_dir(p.path("a.jpg")).is_ok()),
];

#[test]
fn what_is_put_in_a_files_place_before_it_is_opened_is_not_read() {
    for (what, swap) in SWAPS {
        let mut place = Place::new();
        let due = due(&mut place);
        fs::remove_file(place.path("a.jpg")).unwrap();
        if !swap(&place) {
            println!("skipped: {what} cannot be made here");
            continue;
        }
        assert_eq!(place.intake.take(&due), Taken::Gone, "{what}");
    }
}

#[test]
fn what_is_put_in_a_files_place_before_it_is_put_away_stays_where_it_was() {
    for (what, swap) in SWAPS {
        let mut place = Place::new();
        let due = due(&mut place);
        assert_eq!(place.intake.take(&due), Taken::Bytes(b"seen".to_vec()));
        fs::remove_file(place.path("a.jpg")).unwrap();
        if !swap(&place) {
            println!("skipped: {what} cannot be made here");
            continue;
        }
        let kind = |place: &Place| fs::symlink_metadata(place.path("a.jpg")).unwrap().file_type();
        let before = kind(&place);
        place.intake.admitted(&due, place.now);
        assert_eq!(kind(&place), before, "{what}");
        assert_eq!(fs::read_dir(place.path("done")).unwrap().count(), 0, "{what}");
    }
}

/// Opening it alone may do something: rewind a tape, arm a watchdog.
#[test]
fn a_device_is_not_even_opened() {
    let mut place = Place::new();
    let due = due(&mut place);
    fs::remove_file(place.path("a.jpg")).unwrap();
    if !device(&place, "a.jpg") {
        return println!("skipped: no device can be made here");
    }
    let (opened, heard) = std::sync::mpsc::channel();
    let ear = move |event: Result<notify::Event, notify::Error>| {
        if let EventKind::Access(AccessKind::Open(_)) = event.as_ref().unwrap().kind {
            opened.send(event.unwrap().paths).unwrap();
        }
    };
    let _events = Events::heard(&place.folder, ear).unwrap();
    assert_eq!(place.intake.take(&due), Taken::Gone);
    // The system tells things in their order: whatever was opened before comes before this one.
    write(&place, "last", b"");
    let opened = heard.iter().take_while(|paths| paths != &[place.path("last")]);
    assert_eq!(opened.filter(|paths| paths.contains(&place.path("a.jpg"))).count(), 0);
}

/// `a.jpg`, in hand.
fn due(place: &mut Place) -> Due {
    write(place, "a.jpg", b"seen");
    place.rescan();
    place.wait(STABLE_MS);
    place.intake.next(place.now).unwrap()
}

const WHOLE: &[u8] = b"0123456789abcdef";

/// Writes one step of `a.jpg` and says whether there is another. Between two steps everything is heard, time passes, and what
/// is due is taken.
type Writer = Box<dyn FnMut(&Path, usize) -> bool>;
type NewWriter = fn() -> Writer;

/// Between two steps less than a file must stand still passes, or far more than any stall is waited for: only whoever has
/// the file open tells the two apart.
#[test]
fn however_a_file_is_written_its_final_bytes_are_taken_once() {
    let writers: [(&str, NewWriter); 6] = [
        ("byte by byte", || {
            let mut file = None;
            Box::new(move |dir, step| {
                let file = file.get_or_insert_with(|| File::create(dir.join("a.jpg")).unwrap());
                file.write_all(&WHOLE[step..=step]).unwrap();
                step + 1 < WHOLE.len()
            })
        }),
        ("rsync: under another name, then renamed", || {
            let mut file = None;
            Box::new(move |dir, step| match step {
                0..16 => {
                    let file = file.get_or_insert_with(|| File::create(dir.join(".a.jpg.Ab12")).unwrap());
                    file.write_all(&WHOLE[step..=step]).unwrap();
                    true
                }
                16 => {
                    file = None;
                    true
                }
                _ => {
                    fs::rename(dir.join(".a.jpg.Ab12"), dir.join("a.jpg")).unwrap();
                    false
                }
            })
        }),
        ("SMB: its full size in zeros first, then its bytes", || {
            let mut file: Option<File> = None;
            Box::new(move |dir, step| {
                let file = file.get_or_insert_with(|| File::create(dir.join("a.jpg")).unwrap());
                match step {
                    0 => file.set_len(WHOLE.len() as u64).unwrap(),
                    _ => file.write_all_at(&WHOLE[step - 1..step], step as u64 - 1).unwrap(),
                }
                step < WHOLE.len()
            })
        }),
        ("SMB: its time set before it is closed", || {
            let mut file: Option<File> = None;
            Box::new(move |dir, step| {
                let file = file.get_or_insert_with(|| File::create(dir.join("a.jpg")).unwrap());
                match step {
                    0 => file.set_len(WHOLE.len() as u64).unwrap(),
                    1 => file.write_all_at(WHOLE, 0).unwrap(),
                    _ => file.set_modified(std::time::UNIX_EPOCH).unwrap(),
                }
                step < 2
            })
        }),
        ("truncated and written again", || {
            let mut file: Option<File> = None;
            Box::new(move |dir, step| {
                match step {
                    0 => file = Some(File::create(dir.join("a.jpg")).unwrap()),
                    1 => file.as_mut().unwrap().write_all(b"something else, and longer").unwrap(),
                    2 => file.as_mut().unwrap().set_len(0).unwrap(),
                    _ => file.as_mut().unwrap().write_all_at(WHOLE, 0).unwrap(),
                }
                step < 3
            })
        }),
        ("closed, and opened again for the rest at once", || {
            let mut file: Option<File> = None;
            Box::new(move |dir, step| {
                if step == 0 {
                    fs::write(dir.join("a.jpg"), &WHOLE[..4]).unwrap();
                    file = Some(OpenOptions::new().append(true).open(dir.join("a.jpg")).unwrap());
                } else {
                    file.as_mut().unwrap().write_all(&WHOLE[4..]).unwrap();
                }
                step < 1
            })
        }),
    ];
    let place = Place::new();
    write(&place, "probe", b"x");
    let leases = cardmint_sandbox::lease::try_read_lease(File::open(place.path("probe")).unwrap()).is_ok();
    if !leases {
        println!("skipped: no leases here, so nothing tells a long stall from the end");
    }
    let pauses: &[i64] = if leases { &[STABLE_MS / 2, 3 * OPEN_MS] } else { &[STABLE_MS / 2] };
    for (what, writer) in writers {
        for pause_ms in pauses.iter().copied() {
            let (mut place, mut writer) = (Place::new(), writer());
            let (mut step, mut taken) = (0, Vec::new());
            while writer(&place.folder, step) {
                place.hear();
                place.wait(pause_ms);
                place.rescan();
                taken.extend(place.take());
                step += 1;
            }
            assert_eq!(taken, [], "{what}, pause {pause_ms} ms: taken before it was whole");
            drop(writer);
            taken.extend(place.take_in_the_end());
            assert_eq!(taken, [("a.jpg".to_owned(), WHOLE.to_vec())], "{what}, pause {pause_ms} ms");
        }
    }
}

#[test]
fn what_a_dead_daemon_left_hidden_is_read_under_its_old_name_or_a_free_one() {
    let mut place = Place::unseen();
    fs::create_dir(place.path("box")).unwrap();
    write(&place, ".cardmint-a.jpg", b"hidden");
    write(&place, ".cardmint-b.jpg", b"hidden");
    write(&place, "b.jpg", b"new");
    write(&place, "box/.cardmint-c.jpg", b"hidden");
    // It was a directory that somebody had put in a file's place.
    fs::create_dir(place.path(".cardmint-d.jpg")).unwrap();
    write(&place, ".cardmint-d.jpg/e.jpg", b"in a directory");
    // Not ours.
    write(&place, ".cardmint-", b"other");
    write(&place, ".cardmint-f.part", b"other");
    place.rescan();
    let taken: BTreeMap<String, Vec<u8>> = place.take_in_the_end().into_iter().collect();
    let expected = [
        ("a.jpg", "hidden"),
        ("b.jpg", "new"),
        ("b~1.jpg", "hidden"),
        ("box/c.jpg", "hidden"),
        ("d.jpg/e.jpg", "in a directory"),
    ];
    assert_eq!(taken, expected.map(|(name, bytes)| (name.to_owned(), bytes.as_bytes().to_vec())).into());
}

#[test]
fn a_flood_that_overflows_the_systems_queue_is_taken_whole_and_once() {
    const FILES: usize = 20_000;
    // Some disks take their time to make and remove so many files.
    let memory = Path::new("/dev/shm");
    let mut place = if memory.is_dir() { Place::below(memory) } else { Place::unseen() };
    place.rescan();
    // Deaf for as long as the flood lasts, so that the system has nowhere to put what it would tell.
    let (gate, overflowed) = (Arc::new(Mutex::new(())), Arc::new(AtomicBool::new(false)));
    let deaf = gate.lock().unwrap();
    let (root, signals) = (place.folder.clone(), place.intake.signals.clone());
    let (waits, overflow) = (Arc::clone(&gate), Arc::clone(&overflowed));
    let ear = move |event: Result<notify::Event, notify::Error>| {
        drop(waits.lock().unwrap());
        overflow.fetch_or(event.as_ref().is_ok_and(notify::Event::need_rescan), Ordering::SeqCst);
        translate(&root, event, &mut |signal| signals.send(signal));
    };
    place.intake.open.as_mut().unwrap().events = Some(Events::heard(&place.folder, ear).unwrap());
    for number in 0..FILES {
        write(&place, format!("{number}.jpg"), number.to_string().as_bytes());
    }
    drop(deaf);
    let room = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let must_overflow = room.trim().parse::<usize>().unwrap() < FILES;

    let mut deadline = Instant::now() + PATIENCE;
    let mut taken = BTreeSet::new();
    while taken.len() < FILES || (must_overflow && !overflowed.load(Ordering::SeqCst)) {
        assert!(Instant::now() < deadline, "{} of {FILES} were taken", taken.len());
        let mut missed = false;
        while let Some(signal) = place.receiver.try_recv() {
            missed |= place.intake.on_signal(&signal, place.now);
        }
        if missed {
            place.rescan();
        }
        place.wait(STABLE_MS);
        for (name, bytes) in place.take() {
            assert_eq!(format!("{}.jpg", String::from_utf8(bytes).unwrap()), name);
            assert!(taken.insert(name), "taken twice");
            deadline = Instant::now() + PATIENCE;
        }
    }
    place.rescan();
    place.wait(OPEN_MS);
    assert_eq!(place.take(), []);
    assert_eq!(fs::read_dir(place.path("done")).unwrap().count(), FILES);
}
