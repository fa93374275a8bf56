//! How far an answer is from a text: connectionist temporal classification (A. Graves et al., 2006).
//!
//! The network answers for every column; a text may be spelt by the columns in many ways, blanks between. The loss is the
//! negative logarithm of the probability of all of them together.

use cardmint_recognition::strip::alphabet::BLANK;
use cardmint_recognition::strip::net::Map;

const NEVER: f32 = f32::NEG_INFINITY;

/// The text with a blank before, between and after its signs.
struct Path<'t> {
    classes: &'t [u8],
}

impl Path<'_> {
    const fn len(&self) -> usize {
        2 * self.classes.len() + 1
    }

    fn class(&self, at: usize) -> usize {
        usize::from(if at.is_multiple_of(2) { BLANK } else { self.classes[at / 2] })
    }

    /// Whether the blank before a place may be left out: not between two equal signs.
    fn may_skip_to(&self, at: usize) -> bool {
        at >= 2 && !at.is_multiple_of(2) && self.class(at) != self.class(at - 2)
    }
}

/// The loss of an answer of one row, and its gradient. 0 and no gradient where the text has more signs than there is
/// room for.
pub(super) fn loss(answer: &Map, classes: &[u8]) -> (f32, Map) {
    let path = Path { classes };
    let logs = log_probabilities(answer);
    let (length, columns) = (path.len(), answer.width);
    let log = |at: usize, column: usize| logs[path.class(at) * columns + column];
    let before = forwards(&path, columns, &log);
    let after = backwards(&path, columns, &log);
    let mut gradient = Map { values: vec![0.0; answer.values.len()], ..*answer };
    let Some(last) = columns.checked_sub(1) else { return (0.0, gradient) };
    let ends = &before[last * length..][..length];
    let total = ends.iter().rev().take(2).fold(NEVER, |sum, end| add(sum, *end));
    if !total.is_finite() {
        return (0.0, gradient);
    }
    for (value, log) in gradient.values.iter_mut().zip(&logs) {
        *value = log.exp();
    }
    for column in 0..columns {
        for at in 0..length {
            let share = (before[column * length + at] + after[column * length + at] - total).exp();
            gradient.values[path.class(at) * columns + column] -= share;
        }
    }
    (-total, gradient)
}

/// For each column and place of the path: all ways from the first column to there.
fn forwards(path: &Path<'_>, columns: usize, log: &impl Fn(usize, usize) -> f32) -> Vec<f32> {
    let length = path.len();
    let mut ways = vec![NEVER; length * columns];
    for column in 0..columns {
        for at in 0..length {
            let from = |back: usize| ways[(column - 1) * length + at - back];
            let sum = if column == 0 {
                if at < 2 { 0.0 } else { NEVER }
            } else {
                let stay = from(0);
                let step = if at >= 1 { add(stay, from(1)) } else { stay };
                if path.may_skip_to(at) { add(step, from(2)) } else { step }
            };
            ways[column * length + at] = sum + log(at, column);
        }
    }
    ways
}

/// For each column and place of the path: all ways from there to the end, the column itself left out.
fn backwards(path: &Path<'_>, columns: usize, log: &impl Fn(usize, usize) -> f32) -> Vec<f32> {
    let length = path.len();
    let mut ways = vec![NEVER; length * columns];
    for column in (0..columns).rev() {
        for at in 0..length {
            ways[column * length + at] = if column + 1 == columns {
                if at + 2 >= length { 0.0 } else { NEVER }
            } else {
                let to = |ahead: usize| ways[(column + 1) * length + at + ahead] + log(at + ahead, column + 1);
                let stay = to(0);
                let step = if at + 1 < length { add(stay, to(1)) } else { stay };
                if at + 2 < length && path.may_skip_to(at + 2) { add(step, to(2)) } else { step }
            };
        }
    }
    ways
}

/// The logarithm of the sum of two numbers given by their logarithms.
fn add(a: f32, b: f32) -> f32 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == NEVER { high } else { high + (low - high).exp().ln_1p() }
}

/// Class by class, for every column.
fn log_probabilities(answer: &Map) -> Vec<f32> {
    let area = answer.area();
    let mut logs = answer.values.clone();
    for place in 0..area {
        let scores = (0..answer.channels).map(|class| answer.values[class * area + place]);
        let highest = scores.clone().fold(NEVER, f32::max);
        let total = highest + scores.map(|score| (score - highest).exp()).sum::<f32>().ln();
        for class in 0..answer.channels {
            logs[class * area + place] -= total;
        }
    }
    logs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(columns: usize) -> Map {
        let values = (0..3 * columns).map(|i| (i * 7 % 5) as f32 * 0.4 - 1.0).collect();
        Map { channels: 3, height: 1, width: columns, values }
    }

    /// The probability of a text, by trying every way to spell it.
    fn by_hand(answer: &Map, classes: &[u8]) -> f32 {
        let logs = log_probabilities(answer);
        let mut sum = 0.0;
        for way in 0..3_usize.pow(answer.width as u32) {
            let spelt: Vec<u8> = (0..answer.width).map(|column| (way / 3_usize.pow(column as u32) % 3) as u8).collect();
            let mut text = spelt.clone();
            text.dedup();
            text.retain(|class| *class != BLANK);
            if text == classes {
                let log: f32 = spelt
                    .iter()
                    .enumerate()
                    .map(|(column, class)| logs[usize::from(*class) * answer.width + column])
                    .sum();
                sum += log.exp();
            }
        }
        sum
    }

    #[test]
    fn the_loss_counts_every_way_to_spell_the_text() {
        for classes in [&[][..], &[1], &[1, 2], &[1, 1], &[2, 1, 2]] {
            let (loss, _) = loss(&answer(5), classes);
            assert!((loss + by_hand(&answer(5), classes).ln()).abs() < 1e-4, "{classes:?}: {loss}");
        }
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let (classes, step) = ([1, 1, 2], 1e-2);
        let (_, gradient) = loss(&answer(6), &classes);
        for at in 0..18 {
            let moved = |by: f32| {
                let mut moved = answer(6);
                moved.values[at] += by;
                loss(&moved, &classes).0
            };
            let slope = (moved(step) - moved(-step)) / (2.0 * step);
            assert!((slope - gradient.values[at]).abs() < 2e-3, "{at}: {slope} and {}", gradient.values[at]);
        }
    }

    #[test]
    fn a_text_without_room_teaches_nothing() {
        let (loss, gradient) = loss(&answer(2), &[1, 1]);
        assert_eq!((loss, gradient.values), (0.0, vec![0.0; 6]));
    }
}
