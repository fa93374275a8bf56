//! Claims that a life of the dispatcher leaves behind.
//!
//! Job: to give captures back at an orderly stop, and after a crash, of the dispatcher or of the whole daemon, to end the
//! leases of the life before, so that nobody waits for them to pass.
//!
//! Guarantee: only leases of this process are ended: all that there are where nobody else works on the database (SQLite under the
//! state directory's lock), else those that it knows to have. A claim given back at a stop does not count as an attempt. Nor
//! do the first few that a crash left, since a crash is seldom the photo's fault; but the next ones do, so that a photo that
//! takes the daemon down with it is given up in the end.
//!
//! Deliberately absent: the leases that a killed station left in a database that others work on too; they pass by themselves.

use cardmint_domain::{CaptureState, Timestamp};
use cardmint_store::reader::captures::CaptureFilter;
use cardmint_store::views::{AttemptEnd, AttemptView};
use cardmint_store::{Page, Reader, StoreError, Tx};

use crate::in_hand::Held;

/// A claim of a life that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    held: Held,
    /// Attempts before this one that ended without a result of their own.
    interrupted: usize,
}

/// So many interrupted attempts of one capture are free. With the attempts that count, fewer than the starts in a row after
/// which systemd gives up.
const FREE_INTERRUPTIONS: usize = 4;

/// All claims in the database.
///
/// # Errors
/// The store's.
pub fn all_held(reader: &Reader) -> Result<Vec<Held>, StoreError> {
    let filter = CaptureFilter { state: Some(CaptureState::InProgress), ..CaptureFilter::default() };
    let mut held = Vec::new();
    let mut offset = 0;
    loop {
        let page = reader.captures(&filter, Page { limit: Page::MAX_LIMIT, offset })?;
        if page.items.is_empty() {
            return Ok(held);
        }
        offset += page.items.len() as u64;
        for view in page.items {
            let attempts = reader.capture(&view.capture.id)?.map(|detail| detail.attempts).unwrap_or_default();
            let open = attempts.iter().rev().find(|attempt| attempt.end.is_none());
            held.extend(open.map(|attempt| (view.capture.id, attempt.token)));
        }
    }
}

/// The claims that a life which is over has left, with how often their captures were interrupted before.
///
/// # Errors
/// The store's.
pub fn former(reader: &Reader, held: Vec<Held>) -> Result<Vec<Former>, StoreError> {
    let with_past = |held: Held| {
        let attempts = reader.capture(&held.0)?.map(|detail| detail.attempts).unwrap_or_default();
        let was_interrupted =
            |attempt: &&AttemptView| matches!(attempt.end, Some(AttemptEnd::LeasePassed | AttemptEnd::Released));
        Ok(Former { interrupted: attempts.iter().filter(was_interrupted).count(), held })
    };
    held.into_iter().map(with_past).collect()
}

/// Ends the leases that the life before has left.
///
/// # Errors
/// The store's.
pub fn end(tx: &mut Tx<'_>, former: &[Former], now: Timestamp) -> Result<(), StoreError> {
    former.iter().try_for_each(|Former { held: (capture, token), interrupted }| {
        let ended = match interrupted {
            0..FREE_INTERRUPTIONS => tx.release(capture, *token, now),
            _ => tx.renew(capture, *token, now),
        };
        ended.map(drop)
    })
}

/// Gives the captures back at an orderly stop; no attempt counts.
///
/// # Errors
/// The store's.
pub fn release(tx: &mut Tx<'_>, held: &[Held], now: Timestamp) -> Result<(), StoreError> {
    held.iter().try_for_each(|(capture, token)| tx.release(capture, *token, now).map(drop))
}

#[cfg(test)]
mod tests {
    use cardmint_store::{ReaderOptions, Writer, migrate};

    use super::*;
    use crate::actors::testing::capture;

    const NOW: Timestamp = Timestamp(1_000_000);
    const LEASE_MS: i64 = 60_000;

    /// A database in which one capture is claimed.
    fn claimed() -> (tempfile::TempDir, Reader, Writer) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("x.db").display());
        migrate::up(&url).unwrap();
        let (reader, mut writer) = (Reader::open(&url, ReaderOptions::default()).unwrap(), Writer::open(&url).unwrap());
        let capture = capture("x.jpg", NOW);
        writer.group(|tx| tx.admit(&capture)).unwrap();
        assert_eq!(claim(&mut writer, NOW), Some(1));
        assert_eq!(claim(&mut writer, NOW), None, "it is claimed");
        (folder, reader, writer)
    }

    /// The attempt of the capture that is claimed now, if there is one.
    fn claim(writer: &mut Writer, now: Timestamp) -> Option<u32> {
        writer.group(|tx| tx.claim(now, LEASE_MS, 8)).unwrap().first().map(|claim| claim.attempt)
    }

    #[test]
    fn after_a_crash_a_capture_is_taken_at_once_and_only_the_first_interruptions_are_free() {
        let (_folder, reader, mut writer) = claimed();
        let mut attempts = Vec::new();
        for _ in 0..FREE_INTERRUPTIONS + 2 {
            let former = former(&reader, all_held(&reader).unwrap()).unwrap();
            writer.group(|tx| end(tx, &former, NOW)).unwrap();
            attempts.extend(claim(&mut writer, NOW));
        }
        assert_eq!(attempts, [1, 1, 1, 1, 2, 3]);
    }

    #[test]
    fn after_an_orderly_stop_the_attempt_does_not_count() {
        let (_folder, reader, mut writer) = claimed();
        let held = all_held(&reader).unwrap();
        assert_eq!(held.len(), 1);
        writer.group(|tx| release(tx, &held, NOW)).unwrap();
        assert_eq!(claim(&mut writer, NOW), Some(1));
    }
}
