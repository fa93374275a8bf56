//! A small daemon for the tests of the stages: a real store in a scratch folder, and a real tree.

use std::path::Path;
use std::time::{Duration, Instant};

use cardmint_domain::supervision::{AutoShutdown, Backoff, Exhausted, Policy, Strategy};
use cardmint_domain::{BatchId, Capture, CardSet, CorrelationId, Printing, Timestamp};
use cardmint_store::{BlobDigest, Blobs, CatalogueRow, Reader, ReaderOptions, Writer, migrate};

use super::storage::StorageActor;
use crate::supervisor::{ChildSpec, Group, Ref, Root, Timing};

/// Longest wait for anything; a loaded machine may take long, a broken test fails in the end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A scratch folder with a migrated store in it.
pub(crate) struct Scratch {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) url: String,
    pub(crate) reader: Reader,
    pub(crate) blobs: Blobs,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("cardmint.db").display());
        migrate::up(&url).unwrap();
        let reader = Reader::open(&url, ReaderOptions::default()).unwrap();
        let blobs = Blobs::open(&dir.path().join("blobs")).unwrap();
        Self { dir, url, reader, blobs }
    }

    /// A sub-folder, made now.
    pub(crate) fn folder(&self, name: &str) -> std::path::PathBuf {
        let path = self.dir.path().join(name);
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&mut cardmint_store::Tx<'_>) -> Result<T, cardmint_store::StoreError>,
    ) -> T {
        Writer::open(&self.url).unwrap().group(work).unwrap()
    }

    /// Puts a catalogue into the store.
    pub(crate) fn catalogue(&self, sets: Vec<CardSet>, printings: Vec<Printing>) {
        let rows = sets.into_iter().map(CatalogueRow::Set);
        let rows = rows.chain(printings.into_iter().map(|printing| CatalogueRow::Printing(Box::new(printing))));
        let rows: Vec<_> = rows.map(Ok).collect();
        let change = self.write(move |tx| tx.replace_catalogue("test", rows, "test", Timestamp(1)));
        assert!(change.printings_after > 0);
    }

    /// The storage actor as a child.
    pub(crate) fn storage(&self, name: &Ref<StorageActor>) -> ChildSpec {
        let url = self.url.clone();
        ChildSpec::actor(name, timing(), move |child| Ok(StorageActor::new(child, Writer::open(&url)?)))
    }
}

pub(crate) fn timing() -> Timing {
    Timing { hang_after: PATIENCE, start_deadline: PATIENCE, stop_timeout: Duration::from_secs(5) }
}

/// A group whose children are restarted at once, any number of times.
pub(crate) fn group() -> Group {
    let policy = Policy {
        strategy: Strategy::OneForOne,
        max_restarts: 1_000,
        period_ms: 1_000,
        exhausted: Exhausted::Escalate,
        auto_shutdown: AutoShutdown::Never,
        backoff: Backoff { base_ms: 1, cap_ms: 10, stable_ms: 60_000 },
    };
    Group::new("test", policy)
}

/// A running tree that is stopped when it is dropped.
pub(crate) struct Running(Option<Root>);

impl Running {
    pub(crate) fn start(group: Group) -> Self {
        let root = group.start().unwrap();
        assert!(root.wait_until_up(PATIENCE), "the tree did not come up");
        Self(Some(root))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(root) = self.0.take() {
            root.ask_to_stop();
            drop(root.join());
        }
    }
}

/// A capture of this name, which is its content too.
pub(crate) fn capture(name: &str, admitted_at: Timestamp) -> Capture {
    Capture {
        id: BlobDigest::of(name.as_bytes()).to_capture_id(),
        correlation: CorrelationId::new(name),
        batch: BatchId::default_batch(),
        file_name: name.to_owned(),
        media_type: "image/jpeg".to_owned(),
        size_bytes: 1,
        admitted_at,
    }
}

/// Waits until `condition` holds.
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain for: {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

/// The names of all files below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    fn collect(root: &Path, prefix: &str, out: &mut Vec<String>) {
        let Ok(children) = std::fs::read_dir(root.join(prefix)) else { return };
        for child in children.flatten() {
            let name = format!("{prefix}{}", child.file_name().to_string_lossy());
            match child.file_type() {
                Ok(kind) if kind.is_dir() => collect(root, &format!("{name}/"), out),
                _ => out.push(name),
            }
        }
    }
    let mut out = Vec::new();
    collect(folder, "", &mut out);
    out.sort();
    out
}
