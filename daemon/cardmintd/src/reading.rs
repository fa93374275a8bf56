//! From a capture's bytes to its reading: cards, then numbers, then text where that is needed.
//!
//! Guarantee: nothing of a user's file is decoded here; what comes back from the worker is pixels. Deliberately absent:
//! what becomes of a card.

use std::time::{Duration, Instant};

use cardmint_domain::{CaptureId, CardReading, Reading};
use cardmint_ocr::{OcrClient, OcrError};
use cardmint_recognition::Matcher;

/// Reads a capture.
///
/// # Errors
/// [`OcrError`]; the worker is lost when the deadline passes.
pub fn read(
    client: &mut OcrClient,
    matcher: &Matcher,
    capture: &CaptureId,
    bytes: &[u8],
    deadline: Instant,
) -> Result<Reading, OcrError> {
    let left = || deadline.saturating_duration_since(Instant::now());
    let mut reading = client.find(capture, bytes, left())?;
    let (mut looking, mut texts) = (Duration::ZERO, Duration::ZERO);
    for card in &mut reading.cards {
        let begun = Instant::now();
        let glance = matcher.glance(card);
        looking += begun.elapsed();
        if glance.is_sure {
            continue;
        }
        let begun = Instant::now();
        read_text(client, matcher, capture, card, glance.is_upright, left())?;
        texts += begun.elapsed();
    }
    let steps = [("look", looking), ("text", texts)];
    reading.timings_ms.extend(steps.map(|(name, spent)| (name.to_owned(), spent.as_secs_f64() * 1_000.0)));
    Ok(reading)
}

fn read_text(
    client: &mut OcrClient,
    matcher: &Matcher,
    capture: &CaptureId,
    card: &mut CardReading,
    is_upright: bool,
    left: Duration,
) -> Result<(), OcrError> {
    let words = client.text(capture, &card.image, is_upright, left)?;
    card.text = words.passes;
    if words.is_turned {
        card.turn();
    }
    if !is_upright {
        matcher.read_number(card);
    }
    Ok(())
}
