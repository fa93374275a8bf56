//! What this process has in hand.
//!
//! Job: to know, without asking the database, which captures were claimed here and are not settled yet.
//!
//! Guarantee: a capture is in hand from before its claim is known here until after it was settled. It outlives the dispatcher,
//! so that a capture is given back although the dispatcher hangs or died.
//!
//! Deliberately absent: the captures of other stations on the same database.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cardmint_domain::CaptureId;
use cardmint_store::Claim;

/// A claim: the capture and the token of its lease.
pub type Held = (CaptureId, i64);

/// The claims of this process. Shared by the dispatcher, which makes them, and whoever ends it.
#[derive(Debug, Default)]
pub struct InHand {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    held: BTreeSet<Held>,
    /// Whether more may have been claimed without this being known.
    is_claiming: bool,
}

impl InHand {
    /// More is about to be claimed.
    pub fn claiming(&self) {
        self.lock().is_claiming = true;
    }

    /// These were claimed, and no others.
    pub fn claimed(&self, claims: impl IntoIterator<Item = Held>) {
        let mut inner = self.lock();
        inner.is_claiming = false;
        inner.held.extend(claims);
    }

    /// This one was settled, or its lease is left to pass.
    pub fn settled(&self, held: &Held) {
        self.lock().held.remove(held);
    }

    /// Everything in hand; `None` while more is being claimed.
    #[must_use]
    pub fn all(&self) -> Option<Vec<Held>> {
        let inner = self.lock();
        (!inner.is_claiming).then(|| inner.held.iter().cloned().collect())
    }

    /// Everything that a life of the dispatcher which is over had in hand.
    #[must_use]
    pub fn left_behind(&self) -> Vec<Held> {
        self.lock().held.iter().cloned().collect()
    }

    /// Nothing is in hand any more.
    pub fn clear(&self) {
        *self.lock() = Inner::default();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What identifies a claim.
#[must_use]
pub fn held(claim: &Claim) -> Held {
    (claim.capture.id.clone(), claim.token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(token: i64) -> Held {
        (CaptureId::new(format!("{token:064}")), token)
    }

    #[test]
    fn what_is_claimed_is_in_hand_until_it_is_settled() {
        let hand = InHand::default();
        assert_eq!(hand.all(), Some(Vec::new()));
        hand.claiming();
        assert_eq!(hand.all(), None, "more may have been claimed");
        hand.claimed([claim(1), claim(2)]);
        hand.settled(&claim(1));
        assert_eq!(hand.all(), Some(vec![claim(2)]));
        hand.claiming();
        assert_eq!(hand.left_behind(), [claim(2)]);
        hand.clear();
        assert_eq!(hand.all(), Some(Vec::new()));
    }
}
