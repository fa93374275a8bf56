//! Claims that a life of the dispatcher leaves behind.
//!
//! Job: to give captures back at an orderly stop, and after a crash, of the dispatcher or of the whole daemon, to end the
//! leases of the life before, so that nobody waits for them to pass.
//!
//! Guarantee: only where this process is the only one that works on the database (SQLite under the state directory's lock).
//! A claim given back at a stop does not count as an attempt. Nor do the first few that a crash left, since a crash is
//! seldom the photo's fault; but the next ones do, so that a photo that takes the daemon down with it is given up in the
//! end.
//!
//! Deliberately absent: several stations on one database; their leases pass by themselves.

use cardmint_domain::{CaptureId, CaptureState, Timestamp};
use cardmint_store::reader::captures::CaptureFilter;
use cardmint_store::views::{AttemptEnd, AttemptView};
use cardmint_store::{Page, Reader, StoreError, Tx, Writer};

/// A claim: the capture and the token of its lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    capture: CaptureId,
    token: i64,
    /// Attempts before this one that ended without a result of their own.
    interrupted: usize,
}

/// So many interrupted attempts of one capture are free. With the attempts that count, fewer than the starts in a row after
/// which systemd gives up.
const FREE_INTERRUPTIONS: usize = 4;

/// All claims at hand.
///
/// # Errors
/// The store's.
pub fn held(reader: &Reader) -> Result<Vec<Held>, StoreError> {
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
            let ended_so =
                |attempt: &&AttemptView| matches!(attempt.end, Some(AttemptEnd::LeasePassed | AttemptEnd::Released));
            let interrupted = attempts.iter().filter(ended_so).count();
            let open = attempts.iter().rev().find(|attempt| attempt.end.is_none());
            held.extend(open.map(|attempt| Held { capture: view.capture.id, token: attempt.token, interrupted }));
        }
    }
}

/// Ends the leases that the life before holds.
///
/// # Errors
/// The store's.
pub fn end_former(url: &str, reader: &Reader, now: Timestamp) -> Result<(), StoreError> {
    let held = held(reader)?;
    if held.is_empty() {
        return Ok(());
    }
    tracing::info!(captures = held.len(), "the life before was interrupted; its captures are taken again");
    Writer::open(url)?.group(|tx| {
        held.iter().try_for_each(|held| {
            let ended = match held.interrupted {
                0..FREE_INTERRUPTIONS => tx.release(&held.capture, held.token, now),
                _ => tx.renew(&held.capture, held.token, now),
            };
            ended.map(drop)
        })
    })
}

/// Gives the captures back at an orderly stop; no attempt counts.
///
/// # Errors
/// The store's.
pub fn release(tx: &mut Tx<'_>, held: &[Held], now: Timestamp) -> Result<(), StoreError> {
    held.iter().try_for_each(|held| tx.release(&held.capture, held.token, now).map(drop))
}

#[cfg(test)]
mod tests {
    use cardmint_domain::{BatchId, Capture, CorrelationId};
    use cardmint_store::{BlobDigest, ReaderOptions, migrate};

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);
    const LEASE_MS: i64 = 60_000;

    /// A database in which one capture is claimed.
    fn claimed() -> (tempfile::TempDir, String, Reader, Writer) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("x.db").display());
        migrate::up(&url).unwrap();
        let (reader, mut writer) = (Reader::open(&url, ReaderOptions::default()).unwrap(), Writer::open(&url).unwrap());
        let capture = Capture {
            id: BlobDigest::of(b"x").to_capture_id(),
            correlation: CorrelationId::new("c"),
            batch: BatchId::default_batch(),
            file_name: "x.jpg".to_owned(),
            media_type: "image/jpeg".to_owned(),
            size_bytes: 1,
            admitted_at: NOW,
        };
        writer.group(|tx| tx.admit(&capture)).unwrap();
        assert_eq!(claim(&mut writer, NOW), Some(1));
        assert_eq!(claim(&mut writer, NOW), None, "it is claimed");
        (folder, url, reader, writer)
    }

    /// The attempt of the capture that is claimed now, if there is one.
    fn claim(writer: &mut Writer, now: Timestamp) -> Option<u32> {
        writer.group(|tx| tx.claim(now, LEASE_MS, 8)).unwrap().first().map(|claim| claim.attempt)
    }

    #[test]
    fn after_a_crash_a_capture_is_taken_at_once_and_only_the_first_interruptions_are_free() {
        let (_folder, url, reader, mut writer) = claimed();
        let mut attempts = Vec::new();
        for _ in 0..FREE_INTERRUPTIONS + 2 {
            end_former(&url, &reader, NOW).unwrap();
            attempts.extend(claim(&mut writer, NOW));
        }
        assert_eq!(attempts, [1, 1, 1, 1, 2, 3]);
    }

    #[test]
    fn after_an_orderly_stop_the_attempt_does_not_count() {
        let (_folder, _url, reader, mut writer) = claimed();
        let held = held(&reader).unwrap();
        assert_eq!(held.len(), 1);
        writer.group(|tx| release(tx, &held, NOW)).unwrap();
        assert_eq!(claim(&mut writer, NOW), Some(1));
    }
}
