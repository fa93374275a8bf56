//! From a capture's bytes to its reading: cards, then numbers, then text, as much of it as is needed.
//!
//! Guarantee: nothing of a user's file is decoded here; what comes back from the worker is pixels. Deliberately absent:
//! what becomes of a card.

use std::time::{Duration, Instant};

use cardmint_domain::{CaptureId, Reading};
use cardmint_ocr::{OcrClient, OcrError};
use cardmint_recognition::{Glance, Matcher, Standing};

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
        let (usual, passes) = (client.passes(0.0), client.passes(card.source_width_px));
        let mut inspection = matcher.inspect(card);
        let Glance { mut is_upright, is_sure } = inspection.glance();
        let mut standing = if is_sure { Standing::Sure } else { Standing::Open };
        looking += begun.elapsed();
        for pass in 0..passes {
            if standing == Standing::Sure || (standing == Standing::Closed && pass >= usual) {
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
            if pass + 1 < passes {
                standing = inspection.standing();
            }
            looking += begun.elapsed();
        }
    }
    let steps = [("look", looking), ("text", texts)];
    reading.timings_ms.extend(steps.map(|(name, spent)| (name.to_owned(), spent.as_secs_f64() * 1_000.0)));
    Ok(reading)
}
