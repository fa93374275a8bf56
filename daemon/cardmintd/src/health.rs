//! What stands around the daemon, and without which no photo is taken: the database, the disk, the watched folder.
//!
//! Job: to look at each every second, so that whoever asks is answered at once.
//!
//! Guarantee: trouble is known within [`EVERY`] and [`PATIENCE`] together, also where a call into the system never returns: one
//! look at a time is under way, on a thread that may block, and one that takes too long is trouble itself. Who asks while
//! nobody has looked for [`STALE`] hears so.
//!
//! Deliberately absent: the children of the daemon; how they stand is in the tree.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cardmint_domain::errors::chain;
use cardmint_store::Reader;
use nix::sys::statvfs::{FsFlags, statvfs};
use tokio::task::JoinHandle;

use crate::actors::storage::{StorageActor, Write};
use crate::supervisor::{ChildContext, Ref};

/// How often it is looked.
pub const EVERY: Duration = Duration::from_secs(1);
/// Longest wait for an answer.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// How old what was seen may be.
pub const STALE: Duration = Duration::from_secs(5);

/// Space that the state directory needs. Own choice: several photos of a phone with their cards' pictures, so that it is said before
/// one of them finds no room.
const MIN_FREE_BYTES: u64 = 64 << 20;

/// What was seen last. Shared by who looks and who asks.
#[derive(Debug, Default)]
pub struct Health {
    seen: Mutex<Option<(Instant, Vec<String>)>>,
}

impl Health {
    /// What keeps photos from being taken; empty when nothing does.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match &*seen {
            Some((at, problems)) if at.elapsed() <= STALE => problems.clone(),
            _ => vec!["nobody has looked at the database, the disk and the watched folder lately".to_owned()],
        }
    }

    fn saw(&self, problems: Vec<String>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.replace((Instant::now(), problems.clone()));
        drop(seen);
        if before.is_none_or(|(_, before)| before != problems) {
            if problems.is_empty() {
                tracing::info!("the database, the disk and the watched folder are all right");
            } else {
                tracing::warn!(problems = problems.join("; "), "no photo can be taken");
            }
        }
    }
}

/// What is looked at.
#[derive(Clone)]
pub struct Surroundings {
    /// Writes.
    pub storage: Ref<StorageActor>,
    /// Reads.
    pub reader: Reader,
    /// Where everything durable is.
    pub state_dir: PathBuf,
    /// Where photos come from.
    pub watched: PathBuf,
}

/// Looks every second until it is asked to end.
///
/// # Errors
/// Never; the child's type asks for it.
pub async fn watch(child: ChildContext, health: Arc<Health>, around: Surroundings) -> anyhow::Result<()> {
    let Surroundings { storage, reader, state_dir, watched } = around;
    let mut database = Probe::new("the database", PATIENCE, move || reader.ping().map_err(|error| chain(&error)));
    let mut disk = Probe::new("the state directory", PATIENCE, move || can_be_written(&state_dir));
    let mut folder = Probe::new("the watched folder", PATIENCE, move || can_be_read(&watched));
    loop {
        let (database, writer, disk, folder) =
            tokio::join!(database.look(), writes(&storage), disk.look(), folder.look());
        health.saw([database, writer, disk, folder].into_iter().flatten().collect());
        child.mark_started();
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = child.asked_to_stop() => return Ok(()),
        }
    }
}

/// Whether the writer gets as far as a transaction.
async fn writes(storage: &Ref<StorageActor>) -> Option<String> {
    match storage.send(Write::new(|_| Ok(())), PATIENCE).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(format!("the writer: {}", chain(&error))),
        Err(error) => Some(format!("the writer: {}", chain(&error))),
    }
}

fn can_be_written(folder: &Path) -> Result<(), String> {
    let about = |why: String| format!("{}: {why}", folder.display());
    let found = statvfs(folder).map_err(|errno| about(errno.desc().to_owned()))?;
    if found.flags().contains(FsFlags::ST_RDONLY) {
        return Err(about("it can only be read".to_owned()));
    }
    let free = found.blocks_available().saturating_mul(found.fragment_size());
    if free < MIN_FREE_BYTES {
        return Err(about(format!("{} MiB are free, {} are needed", free >> 20, MIN_FREE_BYTES >> 20)));
    }
    Ok(())
}

fn can_be_read(folder: &Path) -> Result<(), String> {
    std::fs::read_dir(folder).map(drop).map_err(|error| format!("{} cannot be read: {error}", folder.display()))
}

type Question = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// A question that may block, asked again and again, never twice at once.
struct Probe {
    what: &'static str,
    patience: Duration,
    question: Question,
    under_way: Option<JoinHandle<Result<(), String>>>,
}

impl Probe {
    fn new(
        what: &'static str,
        patience: Duration,
        question: impl Fn() -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self { what, patience, question: Arc::new(question), under_way: None }
    }

    /// What is wrong, if anything is.
    async fn look(&mut self) -> Option<String> {
        let question = self.question.clone();
        let mut under_way = self.under_way.take().unwrap_or_else(|| tokio::task::spawn_blocking(move || question()));
        match tokio::time::timeout(self.patience, &mut under_way).await {
            Ok(Ok(Ok(()))) => None,
            Ok(Ok(Err(why))) => Some(format!("{}: {why}", self.what)),
            Ok(Err(error)) => Some(format!("{}: looking was interrupted: {error}", self.what)),
            Err(_) => {
                self.under_way = Some(under_way);
                Some(format!("{} does not answer", self.what))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn what_does_not_answer_is_asked_once_and_heard_when_it_does() {
        let (asked, (release, waits)) = (Arc::new(AtomicUsize::new(0)), std::sync::mpsc::channel::<()>());
        let (count, waits) = (asked.clone(), Mutex::new(waits));
        let mut probe = Probe::new("it", Duration::from_millis(10), move || {
            count.fetch_add(1, Ordering::SeqCst);
            assert!(waits.lock().unwrap().recv().is_err(), "nobody sends");
            Ok(())
        });
        for _ in 0..3 {
            assert_eq!(probe.look().await.as_deref(), Some("it does not answer"));
        }
        drop(release);
        probe.patience = Duration::from_secs(60);
        assert_eq!(probe.look().await, None);
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_folder_must_be_there_and_have_room() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(can_be_read(folder.path()), Ok(()));
        let gone = folder.path().join("gone");
        assert!(can_be_read(&gone).unwrap_err().contains("gone cannot be read"));
        assert!(can_be_written(&gone).unwrap_err().contains("gone: No such file"));
        // A file system of the kernel's: nothing can be kept there.
        assert!(can_be_written(Path::new("/proc")).is_err());
    }

    #[test]
    fn silence_is_trouble() {
        let health = Health::default();
        assert_eq!(health.problems().len(), 1);
        health.saw(Vec::new());
        assert_eq!(health.problems(), Vec::<String>::new());
        health.saw(vec!["x".to_owned()]);
        assert_eq!(health.problems(), ["x"]);
        *health.seen.lock().unwrap() = Instant::now().checked_sub(STALE * 2).map(|at| (at, Vec::new()));
        assert_eq!(health.problems().len(), 1);
    }
}
