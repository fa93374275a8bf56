//! Actors that come back.
//!
//! Job: to run a tree of children, each on a thread of its own, to notice when one returns, fails, panics or hangs, and
//! to do what `domain::supervision` says follows.
//!
//! Guarantee: nothing a child does can stop its supervisor: a thread that hangs is abandoned, its late results are fenced
//! by its generation ([`ChildContext::is_current`]) and a fresh child takes its name. A [`Ref`] stays good across
//! restarts; a message sent while its child is down waits for the successor within its own timeout.
//!
//! Deliberately absent: policy (how often, how long to wait, whom else to restart) and children's state: a child that
//! comes back is made anew.

mod abandoned;
mod child;
mod group;
mod inbox;
mod panics;
mod pulse;
mod reference;
mod run;
mod spec;
mod thread;
mod tree;

#[cfg(test)]
mod tests;

pub use abandoned::threads as abandoned_threads;
pub use child::ChildContext;
pub use group::{GaveUp, Group, Root};
pub use inbox::{AddError, Children};
pub use panics::{contained, install as install_panic_hook};
pub use pulse::Busy;
pub use reference::{Ref, SendError};
pub use spec::{ChildSpec, Timing};
pub use tree::{ChildState, ExitNote, Tree, TreeNode};
