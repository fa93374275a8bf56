//! From the network's answer to collector numbers with probabilities.
//!
//! Each row of the answer is one possible line of print. Where its likeliest signs look like a number, every other
//! reading of that place is weighed too: the probability of a text is the sum over all ways in which the columns may
//! spell it (connectionist temporal classification, Graves 2006), found by a search that keeps the best beginnings.

use std::collections::BTreeMap;

use cardmint_domain::reading::NumberReading;

use super::alphabet::{BLANK, CLASSES, sign};
use super::net::Map;

/// Beginnings that the search keeps.
const BEAM: usize = 16;
/// Least probability of a sign at a column that the search follows.
const UNLIKELY: f64 = 1e-3;
/// Least probability of a text that is reported.
const REPORTED: f32 = 1e-3;
/// Most texts that are reported.
const MOST: usize = 16;
/// Rows that may lie between two that show the same line: a line is seen over about a dozen pixels, three rows.
const SAME_LINE_ROWS: usize = 3;
/// Columns that may lie between two signs of one number; about one and a half figures.
pub(super) const LARGEST_GAP: usize = 9;
/// Most signs on either side of a slash that are taken along (`SWSH044`, and a letter that is glued to it).
const MOST_SIGNS: usize = 9;

/// The network's answer as logarithms of probabilities: 39 classes for each row (a line of print) and column.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    map: Map,
}

impl Answer {
    pub(super) fn new(map: Map) -> Self {
        if map.channels != CLASSES {
            return Self::default();
        }
        let mut map = map;
        let area = map.area();
        for place in 0..area {
            let scores = (0..map.channels).map(|class| map.values[class * area + place]);
            let highest = scores.clone().fold(f32::NEG_INFINITY, f32::max);
            let total = highest + scores.map(|score| (score - highest).exp()).sum::<f32>().ln();
            for class in 0..map.channels {
                map.values[class * area + place] -= total;
            }
        }
        Self { map }
    }

    pub(super) const fn height(&self) -> usize {
        self.map.height
    }

    pub(super) const fn width(&self) -> usize {
        self.map.width
    }

    /// The logarithm of a class's probability.
    pub(super) fn log(&self, class: u8, row: usize, column: usize) -> f32 {
        self.map.values[usize::from(class) * self.map.area() + row * self.map.width + column]
    }

    fn of(&self, class: u8, row: usize, column: usize) -> f64 {
        f64::from(self.log(class, row, column)).exp()
    }

    fn likeliest(&self, row: usize, column: usize) -> u8 {
        let of = |class: &u8| self.log(*class, row, column);
        (0..CLASSES as u8).max_by(|a, b| of(a).total_cmp(&of(b))).unwrap_or(BLANK)
    }
}

/// A sign of a row's likeliest text.
#[derive(Clone, Copy)]
pub(super) struct Sign {
    pub(super) sign: char,
    pub(super) first: usize,
    pub(super) last: usize,
}

/// A place that looks like a number, and what it may read.
struct Place {
    row: usize,
    columns: (usize, usize),
    texts: Vec<NumberReading>,
}

/// A line of print that reads like a collector number.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The rows of the answer in which it was seen.
    pub rows: (usize, usize),
    /// The columns of the answer from its first sign to behind its last one.
    pub columns: (usize, usize),
    /// What it may read, the likeliest first.
    pub readings: Vec<NumberReading>,
}

/// Every collector number in the network's answer, the likeliest first; at most 16 texts.
#[must_use]
pub(super) fn numbers(answer: &Answer) -> Vec<NumberReading> {
    let mut found: BTreeMap<String, f32> = BTreeMap::new();
    for reading in lines(answer).into_iter().flat_map(|line| line.readings) {
        let known = found.entry(reading.text).or_default();
        *known = known.max(reading.probability);
    }
    ranked(found)
}

/// Every line that reads like a collector number, from top to bottom.
#[must_use]
pub(super) fn lines(answer: &Answer) -> Vec<Line> {
    let mut places: Vec<Place> = Vec::new();
    for row in 0..answer.map.height {
        for columns in spans(&signs(answer, row), answer.map.width) {
            places.push(Place { row, columns, texts: texts(answer, row, columns) });
        }
    }
    let line = |places: Vec<Place>| {
        let ends = |of: fn(&Place) -> usize| {
            (places.iter().map(of).min().unwrap_or(0), places.iter().map(of).max().unwrap_or(0))
        };
        Line {
            rows: ends(|place| place.row),
            columns: (ends(|place| place.columns.0).0, ends(|place| place.columns.1).1),
            readings: mean(places.iter().map(|place| place.texts.as_slice())),
        }
    };
    gathered(places).into_iter().map(line).collect()
}

/// The likeliest texts; at most 16, those equally likely in the order of their letters.
pub(crate) fn ranked(texts: impl IntoIterator<Item = (String, f32)>) -> Vec<NumberReading> {
    let mut ranked: Vec<NumberReading> = texts
        .into_iter()
        .filter(|(_, probability)| *probability >= REPORTED)
        .map(|(text, probability)| NumberReading { text, probability })
        .collect();
    ranked.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.text.cmp(&b.text)));
    ranked.truncate(MOST);
    ranked
}

/// The mean of several readings of one line; one that is sure of what it reads counts more than one that sees half of it.
pub(crate) fn mean<'r>(readings: impl Iterator<Item = &'r [NumberReading]> + Clone) -> Vec<NumberReading> {
    let weight = |texts: &[NumberReading]| texts.iter().map(|text| text.probability).fold(0.0, f32::max).powi(2);
    let total: f32 = readings.clone().map(weight).sum();
    let mut mean: BTreeMap<String, f32> = BTreeMap::new();
    for texts in readings {
        let share = weight(texts) / total.max(f32::MIN_POSITIVE);
        for NumberReading { text, probability } in texts {
            *mean.entry(text.clone()).or_default() += probability * share;
        }
    }
    ranked(mean)
}

/// The likeliest sign of every column, repetitions joined and blanks left out.
pub(super) fn signs(answer: &Answer, row: usize) -> Vec<Sign> {
    let mut found: Vec<Sign> = Vec::new();
    let mut before = BLANK;
    for column in 0..answer.map.width {
        let class = answer.likeliest(row, column);
        match found.last_mut() {
            Some(sign) if class != BLANK && class == before => sign.last = column,
            _ if class != BLANK => found.push(Sign { sign: sign(class), first: column, last: column }),
            _ => {}
        }
        before = class;
    }
    found
}

/// The columns of every number in a row: figures around a slash, or capitals with figures behind them.
fn spans(signs: &[Sign], width: usize) -> Vec<(usize, usize)> {
    let near = |a: &Sign, b: &Sign| b.first.saturating_sub(a.last) <= LARGEST_GAP;
    let mut found = Vec::new();
    let mut start = 0;
    while start < signs.len() {
        let is_print = |sign: &Sign| sign.sign != '.';
        let joined = |at: &usize| {
            let (before, sign) = (&signs[at - 1], &signs[*at]);
            is_print(before) && is_print(sign) && near(before, sign)
        };
        let end = (start + 1..signs.len()).find(|at| !joined(at)).unwrap_or(signs.len());
        let word = &signs[start..end];
        if let Some(part) = number_in(word) {
            found.push((part[0].first.saturating_sub(2), (part[part.len() - 1].last + 3).min(width)));
        }
        start = end;
    }
    found
}

/// The part of a word that may be a number.
fn number_in(word: &[Sign]) -> Option<&[Sign]> {
    let is_figure = |sign: &Sign| sign.sign.is_ascii_digit();
    if let Some(slash) = word.iter().position(|sign| sign.sign == '/') {
        let (before, after) = (&word[slash.saturating_sub(MOST_SIGNS)..slash], &word[slash + 1..]);
        let after = &after[..after.len().min(MOST_SIGNS)];
        let has_both =
            before.last().is_some_and(|sign| sign.sign.is_ascii_alphanumeric()) && after.iter().any(is_figure);
        return has_both.then(|| &word[slash.saturating_sub(MOST_SIGNS)..=slash + after.len()]);
    }
    let figures = word.iter().rev().take_while(|sign| is_figure(sign)).count();
    let capitals = word[..word.len() - figures].iter().rev().take_while(|sign| sign.sign.is_ascii_uppercase()).count();
    let is_promo = (2..=3).contains(&figures) && (2..=MOST_SIGNS).contains(&capitals);
    is_promo.then(|| &word[word.len() - figures - capitals..])
}

/// Every likely text of some columns of a row with its probability.
fn texts(answer: &Answer, row: usize, (from, to): (usize, usize)) -> Vec<NumberReading> {
    // For each beginning: the probability of the ways that end in a blank, and of those that end in its last sign.
    let mut beam: BTreeMap<Vec<u8>, (f64, f64)> = BTreeMap::from([(Vec::new(), (1.0, 0.0))]);
    for column in from..to {
        let likely: Vec<(u8, f64)> = (0..CLASSES as u8)
            .map(|class| (class, answer.of(class, row, column)))
            .filter(|(_, probability)| *probability >= UNLIKELY)
            .collect();
        let mut next: BTreeMap<Vec<u8>, (f64, f64)> = BTreeMap::new();
        for (text, (blank, sign)) in &beam {
            for &(class, probability) in &likely {
                if class == BLANK {
                    next.entry(text.clone()).or_default().0 += (blank + sign) * probability;
                    continue;
                }
                let repeats = text.last() == Some(&class);
                if repeats {
                    next.entry(text.clone()).or_default().1 += sign * probability;
                }
                let ways = if repeats { *blank } else { blank + sign };
                let longer: Vec<u8> = text.iter().copied().chain([class]).collect();
                next.entry(longer).or_default().1 += ways * probability;
            }
        }
        let mut ranked: Vec<_> = next.into_iter().collect();
        ranked.sort_by(|a, b| (b.1.0 + b.1.1).total_cmp(&(a.1.0 + a.1.1)));
        ranked.truncate(BEAM);
        beam = ranked.into_iter().collect();
    }
    let reading = |(text, (blank, last)): (Vec<u8>, (f64, f64))| NumberReading {
        text: text.into_iter().map(sign).collect(),
        probability: (blank + last) as f32,
    };
    beam.into_iter().map(reading).collect()
}

/// Puts the places together that show the same line in neighbouring rows.
fn gathered(places: Vec<Place>) -> Vec<Vec<Place>> {
    let mut lines: Vec<Vec<Place>> = Vec::new();
    for place in places {
        let is_same = |other: &Place| {
            let overlap = place.columns.1.min(other.columns.1).saturating_sub(place.columns.0.max(other.columns.0));
            let shorter = (place.columns.1 - place.columns.0).min(other.columns.1 - other.columns.0);
            place.row - other.row <= SAME_LINE_ROWS && 2 * overlap > shorter
        };
        match lines.iter_mut().find(|line| line.iter().any(is_same)) {
            Some(line) => line.push(place),
            None => lines.push(vec![place]),
        }
    }
    lines
}

#[cfg(test)]
#[path = "decode_tests.rs"]
pub(super) mod tests;
