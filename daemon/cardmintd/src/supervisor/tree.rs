//! What the tree looks like from outside.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cardmint_domain::Timestamp;
use cardmint_domain::supervision::{Exit, Strategy};
use serde::Serialize;

use super::spec::ChildSpec;

/// Where a child stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChildState {
    /// Its thread runs; it is not up yet.
    Starting,
    /// It is up.
    Running,
    /// It waits for its turn or for its backoff.
    Waiting,
    /// It is asked to end.
    Stopping,
    /// It is done.
    Down,
    /// It had nothing to do.
    Ignored,
    /// It used up its restarts.
    GivenUp,
}

impl ChildState {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Stopping => "stopping",
            Self::Down => "down",
            Self::Ignored => "ignored",
            Self::GivenUp => "given_up",
        }
    }
}

/// How a life ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExitNote {
    /// In which way.
    pub exit: Exit,
    /// In words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// One child as it stood when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TreeNode {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: ChildState,
    /// Which life it is in; 0 before the first.
    pub generation: u64,
    /// How often it was started again.
    pub restarts: u64,
    /// How its last life ended.
    pub last_exit: Option<ExitNote>,
    /// Messages sent to it and not answered yet; none for what is not an actor.
    pub mailbox: Option<usize>,
    /// Who is restarted with whom; none for what is not a supervisor.
    pub strategy: Option<Strategy>,
    /// Its children, in the order of starting.
    pub children: Vec<TreeNode>,
}

impl TreeNode {
    /// Calls `visit` with every node below and including this one, and with its path.
    pub fn each(&self, visit: &mut impl FnMut(&str, &Self)) {
        self.each_below("", visit);
    }

    fn each_below(&self, above: &str, visit: &mut impl FnMut(&str, &Self)) {
        let path = if above.is_empty() { self.name.clone() } else { format!("{above}/{}", self.name) };
        visit(&path, self);
        for child in &self.children {
            child.each_below(&path, visit);
        }
    }
}

/// Looks at a tree from any thread. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tree {
    pub(super) board: Arc<Board>,
}

impl Tree {
    /// The whole tree as it stands now.
    #[must_use]
    pub fn look(&self) -> TreeNode {
        let state = if self.board.is_up() { ChildState::Running } else { ChildState::Starting };
        TreeNode {
            name: self.board.name.clone(),
            state,
            generation: 0,
            restarts: 0,
            last_exit: None,
            mailbox: None,
            strategy: Some(self.board.strategy),
            children: self.board.look(),
        }
    }
}

/// A supervisor's children as it last wrote them down.
#[derive(Debug)]
pub(super) struct Board {
    name: String,
    strategy: Strategy,
    rows: Mutex<Vec<Row>>,
    /// How long all its children together may take to stop.
    stop_ms: AtomicU64,
}

/// One child's line on the board.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) state: ChildState,
    pub(super) generation: u64,
    pub(super) restarts: u64,
    pub(super) last_exit: Option<ExitNote>,
    pub(super) waiting: Option<Arc<AtomicUsize>>,
    pub(super) board: Option<Arc<Board>>,
}

impl Row {
    pub(super) fn of(spec: &ChildSpec) -> Self {
        Self {
            name: spec.name.clone(),
            state: ChildState::Waiting,
            generation: 0,
            restarts: 0,
            last_exit: None,
            waiting: spec.waiting.clone(),
            board: spec.board.clone(),
        }
    }
}

impl Board {
    pub(super) fn new(name: String, strategy: Strategy) -> Arc<Self> {
        Arc::new(Self { name, strategy, rows: Mutex::new(Vec::new()), stop_ms: AtomicU64::new(0) })
    }

    /// `stop`: how long all of them together may take to stop.
    pub(super) fn write(&self, rows: Vec<Row>, stop: Duration) {
        *self.lock() = rows;
        self.stop_ms.store(u64::try_from(stop.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    pub(super) fn stop_timeout(&self) -> Duration {
        Duration::from_millis(self.stop_ms.load(Ordering::SeqCst))
    }

    fn is_up(&self) -> bool {
        let settled = |row: &Row| !matches!(row.state, ChildState::Starting | ChildState::Waiting);
        let rows = self.lock();
        !rows.is_empty() && rows.iter().all(settled)
    }

    fn look(&self) -> Vec<TreeNode> {
        // Copied first, so that no two boards are locked at once.
        let rows = self.lock().clone();
        rows.into_iter()
            .map(|row| TreeNode {
                name: row.name,
                state: row.state,
                generation: row.generation,
                restarts: row.restarts,
                last_exit: row.last_exit,
                mailbox: row.waiting.map(|waiting| waiting.load(Ordering::SeqCst)),
                strategy: row.board.as_ref().map(|board| board.strategy),
                children: row.board.map(|board| board.look()).unwrap_or_default(),
            })
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
