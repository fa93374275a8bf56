//! One child, in every way in which it may end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use actix::{Actor, ActorContext, AsyncContext, Context, Handler, Message, ResponseFuture};
use cardmint_domain::supervision::Exit;

use super::*;

/// What a test tells an actor to do.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "u64")]
enum Do {
    Answer,
    Return,
    Fail,
    Panic,
    PanicInTask,
    Block,
    WaitForEver,
    Busy,
}

struct Worker {
    child: ChildContext,
    /// Numbers of the lives whose blocked thread came back and found itself late.
    late: Arc<Mutex<Vec<u64>>>,
    release: Arc<Mutex<()>>,
}

impl Actor for Worker {
    type Context = Context<Self>;
}

impl Handler<Do> for Worker {
    type Result = ResponseFuture<u64>;

    fn handle(&mut self, message: Do, ctx: &mut Self::Context) -> Self::Result {
        let generation = self.child.generation();
        match message {
            Do::Answer => {}
            Do::Return => ctx.stop(),
            Do::Fail => self.child.fail("it said so"),
            Do::Panic => panic!("on purpose"),
            Do::PanicInTask => drop(tokio::task::spawn_local(async { panic!("in a task") })),
            Do::Block => {
                drop(self.release.lock());
                if !self.child.is_current() {
                    self.late.lock().unwrap().push(generation);
                }
            }
            Do::WaitForEver => ctx.wait(actix::fut::wrap_future(std::future::pending())),
            Do::Busy => {
                let _busy = self.child.busy(PATIENCE);
                let until = Instant::now() + TIMING.hang_after * 2;
                while Instant::now() < until {
                    std::thread::park_timeout(Duration::from_millis(20));
                }
            }
        }
        Box::pin(async move { generation })
    }
}

struct Bench {
    root: Root,
    tree: Tree,
    worker: Ref<Worker>,
    late: Arc<Mutex<Vec<u64>>>,
    release: Arc<Mutex<()>>,
}

impl Bench {
    fn new() -> Self {
        Self::with(Ref::new("worker"))
    }

    fn with(worker: Ref<Worker>) -> Self {
        install_panic_hook();
        let (late, release) = (Arc::default(), Arc::default());
        let (to, from): (Arc<Mutex<Vec<u64>>>, Arc<Mutex<()>>) = (Arc::clone(&late), Arc::clone(&release));
        let spec = ChildSpec::actor(&worker, TIMING, move |child| {
            Ok(Worker { child, late: to.clone(), release: from.clone() })
        });
        let root = Group::new("root", policy(Strategy::OneForOne)).child(spec).start().unwrap();
        assert!(root.wait_until_up(PATIENCE));
        Self { tree: root.tree(), root, worker, late, release }
    }

    fn send(&self, message: Do) -> Result<u64, SendError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.worker.send(message, ANSWER))
    }

    /// Does it and gives what the tree says about the end, once a successor answers.
    fn end_by(&self, message: Do) -> ExitNote {
        let before = self.send(Do::Answer).unwrap();
        drop(self.send(message));
        until("a successor", || self.send(Do::Answer).ok().filter(|now| *now != before));
        let node = node(&self.tree, "root/worker").unwrap();
        assert!(node.restarts >= 1);
        node.last_exit.unwrap()
    }

    fn finish(self) {
        self.root.ask_to_stop();
        self.root.join().unwrap();
    }
}

#[test]
fn a_child_comes_back_after_every_way_to_end() {
    for (message, exit, reason) in [
        (Do::Return, Exit::Returned, "returned"),
        (Do::Fail, Exit::Failed, "it said so"),
        (Do::Panic, Exit::Panicked, "on purpose"),
        (Do::PanicInTask, Exit::Panicked, "in a task"),
        (Do::WaitForEver, Exit::Hung, "no sign of life"),
    ] {
        let bench = Bench::new();
        let note = bench.end_by(message);
        assert_eq!(note.exit, exit, "{message:?}: {note:?}");
        assert!(note.reason.contains(reason), "{message:?}: {note:?}");
        bench.finish();
    }
}

#[test]
fn a_blocked_thread_is_abandoned_and_its_late_answer_fenced() {
    let bench = Bench::new();
    let held = bench.release.lock().unwrap();
    let before = bench.send(Do::Answer).unwrap();
    let lost = bench.send(Do::Block).unwrap_err();
    assert_eq!(lost, SendError::Lost { to: "worker".to_owned() });
    let now = bench.send(Do::Answer).unwrap();
    assert!(now > before);
    assert_eq!(node(&bench.tree, "root/worker").unwrap().last_exit.unwrap().exit, Exit::Hung);
    drop(held);
    until("the late thread", || bench.late.lock().unwrap().contains(&before).then_some(()));
    assert_eq!(bench.send(Do::Answer).unwrap(), now, "the late thread took the name back");
    bench.finish();
}

#[test]
fn a_declared_stay_is_no_hang() {
    let bench = Bench::new();
    let before = bench.send(Do::Answer).unwrap();
    assert_eq!(bench.send(Do::Busy).unwrap(), before);
    assert_eq!(bench.send(Do::Answer).unwrap(), before);
    bench.finish();
}

#[test]
fn a_message_waits_for_a_child_that_is_down_and_gives_up_in_time() {
    let nobody: Ref<Worker> = Ref::new("nobody");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(nobody.send(Do::Answer, Duration::from_millis(20))).unwrap_err();
    assert_eq!(error, SendError::Down { to: "nobody".to_owned(), waited_ms: 20 });
    assert!(!nobody.offer(Do::Answer));

    let worker = Ref::new("worker");
    let early = worker.clone();
    let sender = std::thread::spawn(move || runtime.block_on(early.send(Do::Answer, ANSWER)));
    until("a message that waits", || (worker.waiting().load(Ordering::SeqCst) == 1).then_some(()));
    let bench = Bench::with(worker);
    sender.join().unwrap().unwrap();
    bench.finish();
}

/// One child fails ten thousand times; nothing is left behind, and its sibling always answers.
#[test]
fn ten_thousand_failures_leave_nothing_behind() {
    let fds = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let failures = Arc::new(AtomicUsize::new(0));
    let counted = failures.clone();
    let failing = ChildSpec::task("failing", TIMING, move |child| {
        counted.fetch_add(1, Ordering::SeqCst);
        child.mark_started();
        async { anyhow::bail!("again") }
    });
    let worker = Ref::new("worker");
    let (late, release): (Arc<Mutex<Vec<u64>>>, Arc<Mutex<()>>) = Default::default();
    let sibling = ChildSpec::actor(&worker, TIMING, move |child| {
        Ok(Worker { child, late: late.clone(), release: release.clone() })
    });
    let backoff = Backoff { base_ms: 0, cap_ms: 0, stable_ms: 60_000 };
    let endless = Policy { max_restarts: u32::MAX, backoff, ..policy(Strategy::OneForOne) };
    let root = Group::new("root", endless).child(sibling).child(failing).start().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ask = || runtime.block_on(worker.send(Do::Answer, ANSWER)).unwrap();
    let first = ask();
    until("some failures", || (failures.load(Ordering::SeqCst) >= 100).then_some(()));
    let before = fds();
    while failures.load(Ordering::SeqCst) < 10_000 {
        assert_eq!(ask(), first, "the sibling was touched");
    }
    root.ask_to_stop();
    root.join().unwrap();
    // Tests beside this one come and go in the same process; a leak would have thousands.
    assert!(fds() <= before + 1_000, "{} descriptors before, {} after", before, fds());
}

#[test]
fn a_start_that_takes_too_long_is_a_hang_unless_it_is_declared() {
    let starts = Arc::new(AtomicUsize::new(0));
    let short = Timing { start_deadline: Duration::from_secs(1), ..TIMING };
    let counted = starts.clone();
    let spec = ChildSpec::task("slow", short, move |child| {
        let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if first {
                // Never says that it is up.
                child.asked_to_stop().await;
                return Ok(());
            }
            let busy = child.busy(PATIENCE);
            tokio::time::sleep(short.start_deadline * 2).await;
            drop(busy);
            child.mark_started();
            child.asked_to_stop().await;
            Ok(())
        }
    });
    let root = Group::new("root", policy(Strategy::OneForOne)).child(spec).start().unwrap();
    assert!(root.wait_until_up(PATIENCE));
    assert_eq!(starts.load(Ordering::SeqCst), 2);
    assert_eq!(node(&root.tree(), "root/slow").unwrap().last_exit.unwrap().exit, Exit::Hung);
    root.ask_to_stop();
    root.join().unwrap();
}
