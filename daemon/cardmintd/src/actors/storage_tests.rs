//! With a real database and a real tree.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use cardmint_domain::Timestamp;
use cardmint_store::Admission;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use tokio::task::{JoinHandle, spawn_local, yield_now};

use super::*;
use crate::actors::testing::{PATIENCE, Running, Scratch, capture, eventually, group, timing};
use crate::supervisor::{ChildSpec, Ref, Timing, install_panic_hook};

fn admit(name: &str) -> Write<Admission> {
    let capture = capture(name, Timestamp(1));
    Write::new(move |tx| tx.admit(&capture))
}

/// A write that says that it runs and then waits until it may go on.
struct Held {
    runs: Receiver<()>,
    go_on: Sender<()>,
}

fn held(name: &str) -> (Write<Admission>, Held) {
    let (begun, runs) = channel();
    let (go_on, may) = channel();
    let (capture, may) = (capture(name, Timestamp(1)), Arc::new(Mutex::new(may)));
    let write = Write::new(move |tx| {
        let admission = tx.admit(&capture)?;
        begun.send(()).unwrap();
        // A test that has failed lets go as well.
        may.lock().unwrap().recv().ok();
        Ok(admission)
    });
    (write, Held { runs, go_on })
}

struct Place {
    scratch: Scratch,
    storage: Ref<StorageActor>,
    /// Lives that were begun.
    lives: Arc<Mutex<Vec<u64>>>,
}

impl Place {
    fn new(timing: Timing) -> (Self, Running) {
        install_panic_hook();
        let (scratch, storage) = (Scratch::new(), Ref::new("storage"));
        let lives: Arc<Mutex<Vec<u64>>> = Arc::default();
        let (url, begun) = (scratch.url.clone(), lives.clone());
        let child = ChildSpec::actor(&storage, timing, move |child| {
            begun.lock().unwrap().push(child.generation());
            Ok(StorageActor::new(child, Writer::open(&url)?))
        });
        let running = Running::start(group().child(child));
        (Self { scratch, storage, lives }, running)
    }

    fn send<T: Send>(&self, write: Write<T>) -> JoinHandle<Result<T, WriteError>> {
        let storage = self.storage.clone();
        spawn_local(async move { storage.send(write, PATIENCE).await.unwrap() })
    }

    /// Has the writer do all of these in one transaction, and gives their answers.
    async fn together<T: Send>(&self, writes: Vec<Write<T>>) -> Vec<Result<T, WriteError>> {
        let (first, held) = held("first");
        let first = self.send(first);
        sent().await;
        held.runs.recv_timeout(PATIENCE).unwrap();
        let others: Vec<_> = writes.into_iter().map(|write| self.send(write)).collect();
        sent().await;
        held.go_on.send(()).unwrap();
        first.await.unwrap().unwrap();
        let mut answers = Vec::new();
        for other in others {
            answers.push(other.await.unwrap());
        }
        answers
    }

    fn admitted(&self) -> Vec<String> {
        let listing = self.scratch.reader.captures(&Default::default(), Default::default()).unwrap();
        let mut names: Vec<String> = listing.items.into_iter().map(|view| view.capture.file_name).collect();
        names.sort();
        names
    }

    /// Runs SQL behind the writer's back.
    fn raw(&self, sql: &str) {
        let mut raw = SqliteConnection::establish(self.scratch.url.strip_prefix("sqlite:").unwrap()).unwrap();
        raw.batch_execute(sql).unwrap();
    }
}

/// Returns once what was spawned before has put its message into the mailbox.
async fn sent() {
    for _ in 0..16 {
        yield_now().await;
    }
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test);
}

#[test]
fn a_life_that_was_taken_for_dead_commits_nothing() {
    let (place, running) = Place::new(Timing { stop_timeout: Duration::from_millis(20), ..timing() });
    run(async {
        let (write, held) = held("late.jpg");
        let storage = place.storage.clone();
        drop(spawn_local(async move { storage.send(write, PATIENCE).await }));
        sent().await;
        held.runs.recv_timeout(PATIENCE).unwrap();
        // Asked to end, it does not in time, and is abandoned.
        drop(running);
        held.go_on.send(()).unwrap();
        // The late thread is the last that holds on to how it was made.
        eventually("the late writer", || Arc::strong_count(&place.lives) == 1);
        assert_eq!(place.admitted(), Vec::<String>::new());
    });
}

#[test]
fn a_panic_fails_one_write_and_no_other() {
    let (place, _running) = Place::new(timing());
    run(async {
        let bad = capture("bad.jpg", Timestamp(1));
        let panics = Write::new(move |tx| {
            tx.admit(&bad)?;
            panic!("on purpose")
        });
        let answers = place.together(vec![admit("a.jpg"), panics, admit("b.jpg")]).await;
        let bad = answers[1].as_ref().unwrap_err();
        assert!(
            matches!(bad, WriteError::Store(StoreError::Panicked { message }) if message == "on purpose"),
            "{bad:?}"
        );
        for good in [&answers[0], &answers[2]] {
            assert_eq!(*good.as_ref().unwrap(), Admission::New);
        }
        assert_eq!(place.admitted(), ["a.jpg", "b.jpg", "first"]);
        assert_eq!(place.send(admit("c.jpg")).await.unwrap().unwrap(), Admission::New);
        assert_eq!(place.lives.lock().unwrap().len(), 1, "the writer lives on");
        assert!(place.scratch.reader.verify_audit().unwrap().is_intact());
    });
}

/// A row with this name takes the whole transaction with it, as a full disk may.
const TAKES_ALL: &str = "CREATE TRIGGER takes_all BEFORE INSERT ON captures WHEN new.file_name = 'bad.jpg' \
     BEGIN SELECT RAISE(ROLLBACK, 'as a test'); END";

#[test]
fn a_write_that_takes_the_transaction_with_it_fails_alone() {
    let (place, _running) = Place::new(timing());
    place.raw(TAKES_ALL);
    run(async {
        let answers = place.together(vec![admit("a.jpg"), admit("bad.jpg"), admit("b.jpg")]).await;
        let bad = answers[1].as_ref().unwrap_err();
        assert!(matches!(bad, WriteError::Store(StoreError::Query { .. })), "{bad:?}");
        assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
        assert_eq!(place.admitted(), ["a.jpg", "b.jpg", "first"]);
        assert!(place.scratch.reader.verify_audit().unwrap().is_intact());
    });
}

#[test]
fn what_was_surely_not_written_is_told_so() {
    let (place, _running) = Place::new(timing());
    let mut other = SqliteConnection::establish(place.scratch.url.strip_prefix("sqlite:").unwrap()).unwrap();
    run(async {
        // Another program holds the database for longer than the writer waits.
        other.batch_execute("BEGIN IMMEDIATE").unwrap();
        let answers = [place.send(admit("a.jpg")), place.send(admit("b.jpg"))];
        for answer in answers {
            let answer = answer.await.unwrap();
            assert!(matches!(&answer, Err(WriteError::NotMade { why }) if why.contains("locked")), "{answer:?}");
        }
        other.batch_execute("ROLLBACK").unwrap();
        assert_eq!(place.send(admit("a.jpg")).await.unwrap().unwrap(), Admission::New);
        assert_eq!(place.lives.lock().unwrap().len(), 1, "the writer lives on");
    });
}
