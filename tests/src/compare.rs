//! What came out against what truly is.
//!
//! Job: to bring labels and the daemon's scans together, by the photo's bytes (a capture is named by their digest) and by
//! outline, and to count.
//!
//! Deliberately absent: any judgement of finish, condition or price; those are shown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use cardmint_domain::reading::Quad;
use serde::Deserialize;
use thiserror::Error;

use crate::simulator::{Label, LabelError, overlap, read_labels};

/// Share of cards that must be named rightly.
pub const LEAST_CORRECT_PERCENT: usize = 95;

/// Two outlines that share less than this of the smaller one are of two cards.
const SAME_CARD: f32 = 0.5;

/// The answer of `cardmintctl --json scan list`, or of `GET /v1/scans`.
#[derive(Debug, Clone, Deserialize)]
pub struct Scans {
    /// The scans.
    pub items: Vec<Scan>,
}

/// The part of a scan that is compared or shown.
#[derive(Debug, Clone, Deserialize)]
pub struct Scan {
    capture: String,
    quad: Quad,
    outcome: String,
    best: Option<Best>,
    posterior: Option<f64>,
    sentence: String,
    price: Option<Price>,
}

#[derive(Debug, Clone, Deserialize)]
struct Best {
    id: String,
    name: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Price {
    amount: Option<Amount>,
}

#[derive(Debug, Clone, Deserialize)]
struct Amount {
    amount_minor: i64,
    currency: String,
}

/// Why nothing can be compared.
#[derive(Debug, Error)]
pub enum CompareError {
    /// The labels.
    #[error(transparent)]
    Labels(#[from] LabelError),
    /// A file.
    #[error("reading {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A row of the labels.
    #[error("the outline of {image}: neither quad {quad:?} nor bbox {bbox:?} can be read")]
    Outline {
        /// The photo.
        image: String,
        /// As it stands there.
        quad: String,
        /// As it stands there.
        bbox: String,
    },
}

/// One line of the comparison: a label and the scan of the same card; at least one of them is there.
#[derive(Debug)]
pub struct Line {
    image: String,
    label: Option<Label>,
    scan: Option<Scan>,
}

/// Everything.
#[derive(Debug)]
pub struct Comparison {
    /// By photo, then by label; scans where no card is labelled come last in their photo.
    pub lines: Vec<Line>,
}

/// The sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Cards of the catalogue in the photos.
    pub cards: usize,
    /// Of these, how many were found and named rightly, booked or not.
    pub correct: usize,
    /// Booked without a person.
    pub accepted: usize,
    /// Booked as something else than they are.
    pub accepted_wrongly: usize,
    /// What is in no catalogue.
    pub negatives: usize,
    /// Of these, or where nothing is, how many were booked.
    pub negatives_accepted: usize,
    /// Cards and negatives that were not found at all.
    pub missed: usize,
}

/// Compares `labels` (whose photos lie in `photos`) with `scans`.
///
/// # Errors
/// [`CompareError`].
pub fn compare(labels: &Path, photos: &Path, scans: Scans) -> Result<Comparison, CompareError> {
    let mut by_image: BTreeMap<String, Vec<Label>> = BTreeMap::new();
    for label in read_labels(labels)? {
        by_image.entry(label.image.clone()).or_default().push(label);
    }
    let mut by_capture: BTreeMap<String, Vec<Scan>> = BTreeMap::new();
    for scan in scans.items {
        by_capture.entry(scan.capture.clone()).or_default().push(scan);
    }
    let mut lines = Vec::new();
    for (image, labels) in by_image {
        let path = photos.join(&image);
        let bytes = std::fs::read(&path).map_err(|source| CompareError::Read { path, source })?;
        let scans = by_capture.remove(blake3::hash(&bytes).to_hex().as_str()).unwrap_or_default();
        lines.extend(photo(&image, labels, scans)?);
    }
    Ok(Comparison { lines })
}

/// Pairs the labels and scans of one photo, the best fit first.
fn photo(image: &str, labels: Vec<Label>, scans: Vec<Scan>) -> Result<Vec<Line>, CompareError> {
    let mut fits = Vec::new();
    for (l, label) in labels.iter().enumerate() {
        let outline = label.outline().ok_or_else(|| CompareError::Outline {
            image: image.to_owned(),
            quad: label.quad.clone(),
            bbox: label.bbox.clone(),
        })?;
        fits.extend(scans.iter().enumerate().map(|(s, scan)| (overlap(&outline, &scan.quad), l, s)));
    }
    fits.retain(|fit| fit.0 >= SAME_CARD);
    fits.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut scan_of, mut taken) = (vec![None; labels.len()], BTreeSet::new());
    for (_, l, s) in fits {
        if scan_of[l].is_none() && taken.insert(s) {
            scan_of[l] = Some(s);
        }
    }
    let mut scans: Vec<Option<Scan>> = scans.into_iter().map(Some).collect();
    let mut take = |s: usize| scans.get_mut(s).and_then(Option::take);
    let mut lines: Vec<Line> = Vec::with_capacity(labels.len());
    for (label, scan) in labels.into_iter().zip(scan_of) {
        lines.push(Line { image: image.to_owned(), label: Some(label), scan: scan.and_then(&mut take) });
    }
    let stray = scans.into_iter().flatten();
    lines.extend(stray.map(|scan| Line { image: image.to_owned(), label: None, scan: Some(scan) }));
    Ok(lines)
}

impl Line {
    /// What the card truly is; empty for what is in no catalogue.
    fn truth(&self) -> &str {
        self.label.as_ref().map_or("", |label| &label.card_id)
    }

    fn best(&self) -> Option<&str> {
        self.scan.as_ref().and_then(|scan| scan.best.as_ref()).map(|best| best.id.as_str())
    }

    fn is_accepted(&self) -> bool {
        self.scan.as_ref().is_some_and(|scan| scan.outcome == "booked")
    }

    fn verdict(&self) -> &'static str {
        match (self.truth(), self.best(), self.is_accepted()) {
            ("", _, true) => "WRONG",
            ("", _, false) => "ok",
            (truth, Some(best), _) if truth == best => "ok",
            (_, _, true) => "WRONG",
            (_, Some(_), false) => "other",
            (_, None, false) => "missed",
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.label.as_ref().map_or("nothing", |label| label.kind.as_str());
        let truth = if self.truth().is_empty() { format!("({kind})") } else { self.truth().to_owned() };
        write!(f, "{:<6} {:<28} {truth:<12} ", self.verdict(), self.image)?;
        let Some(scan) = &self.scan else { return f.write_str("no card found") };
        let best = scan.best.as_ref().map_or_else(|| "-".to_owned(), |best| format!("{} {}", best.id, best.name));
        let amount = scan.price.as_ref().and_then(|price| price.amount.as_ref());
        let price = amount.map_or_else(
            || "no price".to_owned(),
            |a| format!("{}.{:02} {}", a.amount_minor / 100, a.amount_minor % 100, a.currency),
        );
        let sure = scan.posterior.map_or_else(|| "-".to_owned(), |p| format!("{:.1} %", p * 100.0));
        write!(f, "{best:<28} {sure:>7} {price:>12}  {:<8} ", scan.outcome)?;
        if scan.outcome == "booked" { Ok(()) } else { f.write_str(&scan.sentence) }
    }
}

impl Comparison {
    /// The sums.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for line in &self.lines {
            let (is_card, accepted) = (!line.truth().is_empty(), line.is_accepted());
            let correct = is_card && line.best() == Some(line.truth());
            totals.cards += usize::from(is_card);
            totals.correct += usize::from(correct);
            totals.accepted += usize::from(accepted);
            totals.accepted_wrongly += usize::from(accepted && !correct);
            totals.negatives += usize::from(!is_card && line.label.is_some());
            totals.negatives_accepted += usize::from(accepted && !is_card);
            let something_lies_there = line.label.as_ref().is_some_and(|label| label.kind != "empty");
            totals.missed += usize::from(something_lies_there && line.scan.is_none());
        }
        totals
    }
}

impl Totals {
    /// Whether nothing was booked wrongly and enough was named rightly.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.accepted_wrongly == 0 && self.correct * 100 >= self.cards * LEAST_CORRECT_PERCENT
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.correct as f64 * 100.0 / self.cards.max(1) as f64;
        writeln!(f, "cards                {:>4}", self.cards)?;
        writeln!(f, "named rightly        {:>4}  ({percent:.1} %)", self.correct)?;
        writeln!(f, "accepted             {:>4}", self.accepted)?;
        writeln!(f, "accepted wrongly     {:>4}", self.accepted_wrongly)?;
        writeln!(f, "in no catalogue      {:>4}", self.negatives)?;
        writeln!(f, "of these accepted    {:>4}", self.negatives_accepted)?;
        write!(f, "not found            {:>4}", self.missed)
    }
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
