//! With real threads: one child's lives ([`lives`]), and a supervisor's children together ([`groups`]).

mod groups;
mod lives;

use std::time::{Duration, Instant};

use cardmint_domain::supervision::{AutoShutdown, Backoff, Exhausted, Policy, Strategy};

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);
const ANSWER: Duration = Duration::from_secs(20);

const TIMING: Timing = Timing {
    start_deadline: Duration::from_secs(20),
    stop_timeout: Duration::from_secs(10),
    hang_after: Duration::from_millis(1500),
};

fn policy(strategy: Strategy) -> Policy {
    Policy {
        strategy,
        max_restarts: 1000,
        period_ms: 60_000,
        exhausted: Exhausted::Escalate,
        auto_shutdown: AutoShutdown::Never,
        backoff: Backoff { base_ms: 1, cap_ms: 5, stable_ms: 60_000 },
    }
}

/// Waits until `look` finds something.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited too long for {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

fn node(tree: &Tree, path: &str) -> Option<TreeNode> {
    let mut found = None;
    tree.look().each(&mut |at, node| {
        if at == path {
            found = Some(node.clone());
        }
    });
    found
}
