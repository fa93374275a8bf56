//! Making the picture index from the folder of reference pictures.
//!
//! Guarantee: the index is replaced as a whole or not at all. A picture that has not changed since the last time is not
//! decoded again, and the same pictures give the same bytes whatever happened in between. A picture that cannot be read is
//! reported and left out; it stops nothing.
//!
//! Deliberately absent: what an entry holds; that is `cardmint-recognition`.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Cursor, Read as _};
use std::os::unix::fs::FileExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

use cardmint_domain::errors::chain;
use cardmint_domain::{Printing, PrintingId};
use cardmint_recognition::index::{Entry, IndexError, IndexWriter, PictureIndex, entry};
use cardmint_recognition::{Thumbnails, is_back};
use image::{ImageReader, RgbImage};
use thiserror::Error;

use crate::catalogue::references::{self, Reference, ReferencesError};

/// Threads that decode pictures: enough to halve the time, few enough to leave the machine usable.
const THREADS: usize = 2;
/// Pictures that may be finished ahead of the one that is written.
const AHEAD: usize = 16;
/// Largest picture file that is read.
const MAX_FILE_BYTES: u64 = 32 << 20;
/// Longest side of a picture, in pixels. Large reference pictures have about 1,000.
const MAX_SIDE: u32 = 8_192;
/// Memory for decoding one picture, in bytes.
const MAX_ALLOC_BYTES: u64 = 256 << 20;

/// Why there is no new index.
#[derive(Debug, Error)]
pub enum MakeError {
    /// The folder cannot be listed.
    #[error("making the picture index")]
    References(#[from] ReferencesError),
    /// The index itself.
    #[error("writing the picture index {path}")]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: IndexError,
    },
    /// The file system refused.
    #[error("{doing} {path}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// What became of the pictures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Made {
    /// Pictures in the folder.
    pub pictures: u64,
    /// Pictures in the index now.
    pub indexed: u64,
    /// Of these, taken over from the index that was there.
    pub reused: u64,
    /// Pictures of printings that the catalogue does not have; not in the index.
    pub unknown: u64,
    /// Pictures that could not be read, as `name: why`.
    pub unreadable: Vec<String>,
}

/// Makes the index of the pictures in `folder`, of those whose printing is in the catalogue and of card backs, and puts it in the
/// place of `file`. `progress` hears how many of how many are done.
///
/// # Errors
/// [`MakeError`]; the index that was there is then untouched.
pub fn make(
    folder: &Path,
    file: &Path,
    printings: &[Printing],
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Made, MakeError> {
    std::fs::create_dir_all(folder).map_err(io_error("making the folder", folder))?;
    let mut pictures = references::list(folder)?;
    let mut made = Made { pictures: pictures.len() as u64, ..Made::default() };
    let known: HashSet<&PrintingId> = printings.iter().map(|printing| &printing.id).collect();
    pictures.retain(|picture| known.contains(&picture.printing) || is_back(&picture.printing));
    made.unknown = made.pictures - pictures.len() as u64;

    let old = OldIndex::open(file);
    // A file without a folder lies in the working folder.
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let temporary = tempfile::Builder::new().prefix(".index-").suffix(".part").tempfile_in(parent);
    let mut temporary = temporary.map_err(io_error("making a file in", parent))?;
    let failed = |source| MakeError::Write { path: file.to_owned(), source };
    let mut writer = IndexWriter::new(BufWriter::new(temporary.as_file_mut())).map_err(failed)?;
    in_order(&pictures, &old, &mut |done, outcome| {
        progress(done as u64, pictures.len() as u64);
        match outcome {
            Ok((entry, reused)) => {
                writer.push(&entry)?;
                made.indexed += 1;
                made.reused += u64::from(reused);
            }
            Err(why) => made.unreadable.push(why),
        }
        Ok(())
    })
    .map_err(failed)?;
    writer.finish().map_err(failed)?;
    temporary.as_file().sync_all().map_err(io_error("writing", file))?;
    temporary.persist(file).map_err(|error| io_error("putting in place", file)(error.error))?;
    File::open(parent).and_then(|dir| dir.sync_all()).map_err(io_error("putting in place", file))?;
    Ok(made)
}

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> MakeError {
    let path = path.to_owned();
    move |source| MakeError::Io { doing, path, source }
}

/// An entry and whether it was taken over, or why there is none.
type Outcome = Result<(Entry, bool), String>;

/// Makes the entries on [`THREADS`] threads and passes them on in the order of the pictures.
fn in_order(
    pictures: &[Reference],
    old: &OldIndex,
    on: &mut dyn FnMut(usize, Outcome) -> Result<(), IndexError>,
) -> Result<(), IndexError> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(AHEAD);
        for _ in 0..THREADS {
            let (sender, next, stop) = (sender.clone(), &next, &stop);
            scope.spawn(move || work(pictures, old, next, stop, &sender));
        }
        drop(sender);
        let mut waiting: BTreeMap<usize, Outcome> = BTreeMap::new();
        let mut due = 0;
        let result = receiver.iter().try_for_each(|(position, outcome)| {
            waiting.insert(position, outcome);
            while let Some(outcome) = waiting.remove(&due) {
                due += 1;
                on(due, outcome)?;
            }
            Ok(())
        });
        stop.store(true, Ordering::SeqCst);
        // Dropped with the workers still at it: what they send from here on ends them.
        drop(receiver);
        result
    })
}

fn work(
    pictures: &[Reference],
    old: &OldIndex,
    next: &AtomicUsize,
    stop: &AtomicBool,
    sender: &SyncSender<(usize, Outcome)>,
) {
    while !stop.load(Ordering::SeqCst) {
        let position = next.fetch_add(1, Ordering::SeqCst);
        let Some(picture) = pictures.get(position) else { return };
        // A decoder that panics on a picture has not read it; no more than that.
        let outcome = catch_unwind(AssertUnwindSafe(|| one(picture, old)))
            .unwrap_or_else(|_| Err(format!("{}: the decoder gave up", picture.path.display())));
        if sender.send((position, outcome)).is_err() {
            return;
        }
    }
}

fn one(picture: &Reference, old: &OldIndex) -> Outcome {
    let why = |error: &dyn std::error::Error| format!("{}: {}", picture.path.display(), chain(error));
    let mut bytes = Vec::new();
    let read = File::open(&picture.path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| why(&error))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(format!("{}: larger than {MAX_FILE_BYTES} bytes", picture.path.display()));
    }
    let digest = *blake3::hash(&bytes).as_bytes();
    if let Some(entry) = old.entry(&picture.printing, &digest) {
        return Ok((entry, true));
    }
    let decoded = decode(bytes).map_err(|error| why(&error))?;
    Ok((entry(picture.printing.clone(), &decoded, digest), false))
}

fn decode(bytes: Vec<u8>) -> Result<RgbImage, image::ImageError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = image::Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    limits.max_alloc = Some(MAX_ALLOC_BYTES);
    reader.limits(limits);
    Ok(reader.decode()?.into_rgb8())
}

/// The index that is there, from which unchanged entries are taken over.
struct OldIndex(Option<(PictureIndex, File)>);

impl OldIndex {
    /// One that is missing, damaged or of another version has nothing to give.
    fn open(path: &Path) -> Self {
        match open(path) {
            Ok(old) => Self(old),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "the picture index is made anew from the pictures");
                Self(None)
            }
        }
    }

    fn entry(&self, printing: &PrintingId, digest: &[u8; 32]) -> Option<Entry> {
        let (index, file) = self.0.as_ref()?;
        let slot = index.slot(printing)?;
        index.entries().nth(slot).filter(|(_, known)| *known == digest)?;
        let (offset, length) = index.thumbnail_range(slot)?;
        let mut thumbnail = vec![0; length];
        file.read_exact_at(&mut thumbnail, offset).ok()?;
        index.entry(slot, thumbnail)
    }
}

/// Opens an index; `None` when there is none.
///
/// # Errors
/// [`IndexError`] for one that cannot be used.
pub fn open(path: &Path) -> Result<Option<(PictureIndex, File)>, IndexError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(IndexError::Io { doing: "opened", source }),
    };
    let index = PictureIndex::read(BufReader::new(&file))?;
    Ok(Some((index, file)))
}

/// The thumbnails of an index, read from its file one by one. Holds the file open, so that an index that replaces it changes
/// nothing here.
#[derive(Debug)]
pub struct FileThumbnails {
    file: File,
    places: Vec<(u64, usize)>,
}

impl FileThumbnails {
    /// The thumbnails of `index`, which was read from `file`.
    #[must_use]
    pub fn new(index: &PictureIndex, file: File) -> Self {
        Self { file, places: (0..index.len()).map_while(|slot| index.thumbnail_range(slot)).collect() }
    }
}

impl Thumbnails for FileThumbnails {
    fn thumbnail(&self, slot: usize) -> Option<Vec<u8>> {
        let (offset, length) = *self.places.get(slot)?;
        let mut bytes = vec![0; length];
        match self.file.read_exact_at(&mut bytes, offset) {
            Ok(()) => Some(bytes),
            Err(error) => {
                tracing::error!(slot, %error, "a thumbnail of the picture index cannot be read");
                None
            }
        }
    }
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
