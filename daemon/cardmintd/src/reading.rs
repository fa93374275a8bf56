//! From a capture's bytes to its reading: cards, then numbers, then text, as much of it as is needed.
//!
//! Guarantee: nothing of a user's file is decoded here; what comes back from the worker is pixels. Deliberately absent:
//! what becomes of a card.

use std::time::{Duration, Instant};

use cardmint_domain::{CaptureId, Reading};
use cardmint_ocr::{OcrClient, OcrError};
use cardmint_recognition::{Glance, Matcher};

/// Reads a capture. Of each card no more is read than it takes to name it for sure.
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
        let (usual, mut passes) = (client.passes(0.0), 0..client.passes(card.source_width_px));
        let mut inspection = matcher.inspect(card);
        let Glance { mut is_upright, mut is_sure } = inspection.glance();
        looking += begun.elapsed();
        while let Some(pass) = passes.next().filter(|_| !is_sure) {
            if pass >= usual && !inspection.is_promising() {
                break;
            }
            let begun = Instant::now();
            let words = client.text(capture, &inspection.card().image, is_upright, pass, left())?;
            texts += begun.elapsed();
            let begun = Instant::now();
            inspection.card().text.extend(words.text);
            if words.is_turned {
                inspection.turn();
            }
            if !is_upright {
                inspection.read_number();
                is_upright = true;
            }
            is_sure = !passes.is_empty() && inspection.is_sure();
            looking += begun.elapsed();
        }
    }
    let steps = [("look", looking), ("text", texts)];
    reading.timings_ms.extend(steps.map(|(name, spent)| (name.to_owned(), spent.as_secs_f64() * 1_000.0)));
    Ok(reading)
}
