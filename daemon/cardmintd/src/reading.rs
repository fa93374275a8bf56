//! From a capture's bytes to its reading: cards, then numbers, then text, as much of it as is needed.
//!
//! Guarantee: nothing of a user's file is decoded here; what comes back from the worker is pixels. Deliberately absent:
//! what becomes of a card.

use std::time::{Duration, Instant};

use cardmint_domain::{CaptureId, Reading};
use cardmint_ocr::{OcrClient, OcrError};
use cardmint_recognition::{Glance, Matcher, Standing};

/// Passes over the text of a card of which more would hardly help; it may have been too poor a picture so far.
const LEAST_PASSES: usize = 2;

/// How much of a card is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// No more than it takes to name it for sure.
    Enough,
    /// Its number, and its text in as many passes as that of any card, however sure its name is: what weights are fitted to must not
    /// lack a signal because another one was enough.
    Sampling,
}

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
    effort: Effort,
) -> Result<Reading, OcrError> {
    let left = || deadline.saturating_duration_since(Instant::now());
    let mut reading = client.find(capture, bytes, left())?;
    let (mut looking, mut texts) = (Duration::ZERO, Duration::ZERO);
    for card in &mut reading.cards {
        let begun = Instant::now();
        let mut passes = client.passes(card.source_width_px);
        let mut inspection = matcher.inspect(card);
        let Glance { mut is_upright, is_sure } = inspection.glance();
        let mut standing = if is_sure { Standing::Sure } else { Standing::Open };
        if effort == Effort::Sampling {
            passes.truncate(LEAST_PASSES);
            if is_upright {
                inspection.read_number();
            }
        }
        looking += begun.elapsed();
        for (nth, &pass) in passes.iter().enumerate() {
            let is_enough = match standing {
                Standing::Sure | Standing::Settled => true,
                Standing::Closed => nth >= LEAST_PASSES,
                Standing::Open => false,
            };
            if is_enough && effort == Effort::Enough {
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
            if nth + 1 < passes.len() {
                standing = inspection.standing();
            }
            looking += begun.elapsed();
        }
    }
    let steps = [("look", looking), ("text", texts)];
    reading.timings_ms.extend(steps.map(|(name, spent)| (name.to_owned(), spent.as_secs_f64() * 1_000.0)));
    Ok(reading)
}
