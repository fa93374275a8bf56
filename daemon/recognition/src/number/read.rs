//! From the texts that a number may read to the numbers that these may stand for.

use std::collections::{BTreeMap, BTreeSet};

use cardmint_domain::CollectorNumber;
use cardmint_domain::reading::NumberReading;

use super::table::{Numbers, with_total};
use crate::params::NumberParams;

/// Longest side of a slash that is looked at; the longest real one has seven characters (`SWSH044`).
const MAX_SIDE: usize = 9;
/// Most digits on either side of the slash.
const MAX_FIGURES: usize = 3;
/// Most letters in front of the digits (`SWSH`).
const MAX_PREFIX: usize = 4;

/// What was read, as numbers of the catalogue with their probabilities.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    listed: Vec<(String, f32)>,
    believed: bool,
    unlisted: Option<String>,
    /// Probability of the likeliest number that the catalogue lacks.
    stranger: f32,
}

impl Reading {
    /// Adds up what the texts may stand for.
    #[must_use]
    pub fn of(texts: &[NumberReading], numbers: &Numbers, params: &NumberParams) -> Self {
        let listed = tally(texts, |text| forms(text, numbers));
        let others = tally(texts, |text| unlisted(text, numbers));
        let likeliest = |of: &[(String, f32)]| of.first().map_or(0.0, |(_, probability)| *probability);
        let is_strange = likeliest(&others) >= params.believed && likeliest(&listed) <= 1.0 - params.believed;
        Self {
            believed: likeliest(&listed) >= params.believed,
            listed,
            stranger: likeliest(&others),
            unlisted: others.into_iter().next().filter(|_| is_strange).map(|(form, _)| form),
        }
    }

    /// A number that no printing of the catalogue carries and that is read for sure: a card that the catalogue lacks, or
    /// a misreading.
    #[must_use]
    pub fn unlisted(&self) -> Option<&str> {
        self.unlisted.as_deref()
    }

    /// The number, where it is read for sure.
    #[must_use]
    pub fn believed(&self) -> Option<&str> {
        self.best().filter(|_| self.believed)
    }

    /// Numbers of the catalogue with their probabilities, the likeliest first.
    pub(super) fn listed(&self) -> impl Iterator<Item = (&str, f32)> {
        self.listed.iter().map(|(form, probability)| (form.as_str(), *probability))
    }

    /// Probability of the likeliest number.
    #[must_use]
    pub fn probability(&self) -> f32 {
        self.listed.first().map_or(0.0, |(_, probability)| probability.min(1.0))
    }

    /// Probability of the likeliest number, listed or not.
    pub(crate) fn likeliest(&self) -> f32 {
        self.probability().max(self.stranger)
    }

    /// The likeliest number, believed or not.
    #[must_use]
    pub fn best(&self) -> Option<&str> {
        self.listed.first().map(|(form, _)| form.as_str())
    }
}

/// The probabilities of what the texts stand for, the likeliest first; equal ones stay in the order of their text.
fn tally(texts: &[NumberReading], read: impl Fn(&str) -> BTreeSet<String>) -> Vec<(String, f32)> {
    let mut sums: BTreeMap<String, f32> = BTreeMap::new();
    for text in texts {
        for form in read(&text.text) {
            *sums.entry(form).or_default() += text.probability;
        }
    }
    let mut sums: Vec<(String, f32)> = sums.into_iter().collect();
    sums.sort_by(|a, b| b.1.total_cmp(&a.1));
    sums
}

/// The numbers of the catalogue that stand in a text, normalised.
pub(super) fn forms(text: &str, numbers: &Numbers) -> BTreeSet<String> {
    let letters: Vec<char> = text.chars().map(plain).collect();
    let slashes: Vec<usize> = (0..letters.len()).filter(|&at| letters[at] == '/').collect();
    let mut found: BTreeSet<String> =
        slashes.iter().filter_map(|&slash| around_slash(&letters, slash, numbers)).collect();
    let is_word = |c: &char| c.is_ascii_alphanumeric();
    let mut at = 0;
    for word in letters.split(|c| !is_word(c)) {
        let end = at + word.len();
        let touches = |place: Option<usize>| place.and_then(|place| letters.get(place)) == Some(&'/');
        if !touches(at.checked_sub(1)) && !touches(Some(end)) {
            found.extend(lone(word, numbers));
        }
        at = end + 1;
    }
    found
}

/// The figures around a slash that are no number of the catalogue, as they stand there: nothing is repaired.
fn unlisted(text: &str, numbers: &Numbers) -> BTreeSet<String> {
    let letters: Vec<char> = text.chars().map(plain).collect();
    let slashes = (0..letters.len()).filter(|&at| letters[at] == '/');
    let form = |slash: usize| {
        let (left, right) = (side_before(&letters, slash), side_after(&letters, slash));
        let figures = |side: &[char]| (1..=MAX_FIGURES).contains(&side.len()) && side.iter().all(char::is_ascii_digit);
        if !figures(left) || !figures(right) || around_slash(&letters, slash, numbers).is_some() {
            return None;
        }
        let number = CollectorNumber::parse(&left.iter().collect::<String>()).ok()?;
        Some(with_total(&number, right.iter().collect::<String>().parse().ok()?))
    };
    slashes.filter_map(form).collect()
}

/// Signs that OCR gives for a slash or a one.
fn plain(c: char) -> char {
    match c {
        '\u{2044}' | '\u{2215}' => '/',
        '|' | '!' => 'l',
        other => other,
    }
}

/// The first of the possible readings around a slash that is a number of the catalogue, the least repaired first.
fn around_slash(letters: &[char], slash: usize, numbers: &Numbers) -> Option<String> {
    let left = side_before(letters, slash);
    let right = side_after(letters, slash);
    if is_cut(left, right) {
        return None;
    }
    let totals = totals(right);
    // What is glued to the front may be cut off as long as it is no digit: cutting digits would make another number.
    let cuttable = left.iter().take_while(|c| !c.is_ascii_digit()).count();
    (0..=cuttable.min(left.len())).find_map(|cut| {
        numbers_of(&left[cut..])
            .into_iter()
            .find_map(|number| totals.iter().map(|total| with_total(&number, *total)).find(|form| numbers.knows(form)))
    })
}

/// Whether digits are missing in front: where the total is filled up with zeros, the number is too, `016/086`.
fn is_cut(left: &[char], right: &[char]) -> bool {
    right.first() == Some(&'0') && right.iter().all(char::is_ascii_digit) && left.len() < right.len()
}

/// The characters directly before the slash, perhaps with one space between.
fn side_before(letters: &[char], slash: usize) -> &[char] {
    let end = if slash > 0 && letters[slash - 1] == ' ' { slash - 1 } else { slash };
    let length = letters[..end].iter().rev().take_while(|c| c.is_ascii_alphanumeric()).count();
    &letters[end - length.min(MAX_SIDE)..end]
}

fn side_after(letters: &[char], slash: usize) -> &[char] {
    let start = if letters.get(slash + 1) == Some(&' ') { slash + 2 } else { slash + 1 };
    let rest = letters.get(start..).unwrap_or_default();
    let length = rest.iter().take_while(|c| c.is_ascii_alphanumeric()).count();
    &rest[..length.min(MAX_SIDE)]
}

/// Every number that a side may stand for: as it is, then with look-alikes repaired behind 0 to 4 letters.
fn numbers_of(side: &[char]) -> Vec<CollectorNumber> {
    let as_is: String = side.iter().collect();
    let mut found: Vec<CollectorNumber> = CollectorNumber::parse(&as_is).into_iter().collect();
    for prefix in 0..=side.len().min(MAX_PREFIX) {
        if !side[..prefix].iter().all(char::is_ascii_alphabetic) {
            break;
        }
        let rest = &side[prefix..];
        let repaired: String =
            side[..prefix].iter().copied().chain(rest.iter().map(|c| digit(*c).unwrap_or(*c))).collect();
        let has_digit = repaired.chars().any(|c| c.is_ascii_digit());
        found.extend(CollectorNumber::parse(&repaired).ok().filter(|_| has_digit));
    }
    found
}

/// Every total that a side may stand for, behind 0 to 4 letters: the digits as they are, then all that can be repaired.
fn totals(side: &[char]) -> Vec<u32> {
    let mut found = Vec::new();
    for prefix in 0..=side.len().min(MAX_PREFIX) {
        if !side[..prefix].iter().all(char::is_ascii_alphabetic) {
            break;
        }
        let rest = &side[prefix..];
        let as_is: String = rest.iter().take_while(|c| c.is_ascii_digit()).collect();
        let repaired: String = rest.iter().map_while(|c| digit(*c)).collect();
        found.extend([as_is, repaired].iter().filter_map(|digits| digits.parse::<u32>().ok()));
    }
    found
}

/// A word that is a number without a total.
fn lone(word: &[char], numbers: &Numbers) -> Option<String> {
    if word.len() > MAX_SIDE || word.len() < 4 {
        return None;
    }
    numbers_of(word).into_iter().map(|number| number.normalised()).find(|form| numbers.knows(form))
}

/// The digit that a character is or is taken for.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        'O' | 'o' | 'Q' | 'D' => Some('0'),
        'I' | 'l' | 'i' => Some('1'),
        'S' | 's' => Some('5'),
        'B' => Some('8'),
        'Z' | 'z' => Some('2'),
        _ => None,
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
