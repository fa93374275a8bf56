//! BM25 over the text of every printing.
//!
//! The terms are the runs of three characters of each word and the whole words of more than two: a run survives when
//! OCR spoils another part of its word. Measured on real photos, this finds the right text in 72 to 98 % of them,
//! depending on how large the card is, where the name alone is read in 57 %.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use cardmint_domain::Printing;
use cardmint_domain::reading::TextPass;

use super::words;
use crate::params::TextParams;

/// Letters that a word must have to tell a language.
const TELLING_LETTERS: usize = 4;

/// A hash of a term serves as its name and as its own hash.
#[derive(Debug, Default, Clone, Copy)]
struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, &byte| mix(hash, u64::from(byte)));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

type Vocabulary = HashMap<u64, u32, BuildHasherDefault<Itself>>;

/// FNV-1a with a multiplier that reaches the high bits: 64 bits are plenty for a hundred thousand terms.
fn mix(hash: u64, value: u64) -> u64 {
    let mixed = (hash ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ (mixed >> 29)
}

fn each_term(text: &str, mut on: impl FnMut(u64)) {
    let mut letters: Vec<char> = Vec::new();
    words::each(text, |word| {
        letters.clear();
        letters.extend(word.chars());
        if letters.len() < 3 {
            return;
        }
        on(whole(word));
        letters.windows(3).for_each(|run| on(hash(1, run.iter().copied())));
    });
}

/// The term of a whole word.
fn whole(word: &str) -> u64 {
    hash(2, word.chars())
}

fn hash(seed: u64, letters: impl Iterator<Item = char>) -> u64 {
    letters.fold(seed, |hash, c| mix(hash, u64::from(c)))
}

/// The text of every printing, searchable. Printings are named by their position in the catalogue.
#[derive(Debug)]
pub struct TextIndex {
    params: TextParams,
    vocabulary: Vocabulary,
    /// Where each term's postings begin; one more than there are terms.
    starts: Vec<u32>,
    /// `printing << 8 | times`, by term, then by printing.
    postings: Vec<u32>,
    rarity: Vec<f32>,
    /// The part of BM25's denominator that depends on the printing's length.
    length_norm: Vec<f32>,
    self_score: Vec<f32>,
    /// For each printing, the whole words of its rules that no other language has, sorted.
    own_words: Vec<Box<[u32]>>,
}

/// One term of one printing while the index is built.
struct Occurrence {
    term: u32,
    printing: u32,
    times: u8,
}

impl TextIndex {
    /// Indexes the catalogue's texts.
    #[must_use]
    pub fn new(printings: &[Printing], params: &TextParams) -> Self {
        let mut vocabulary = Vocabulary::default();
        let mut occurrences = Vec::new();
        let mut lengths = Vec::with_capacity(printings.len());
        let mut terms: Vec<u32> = Vec::new();
        for (number, printing) in (0_u32..).zip(printings) {
            terms.clear();
            each_term(&printing.full_text(), |hash| {
                let next = u32::try_from(vocabulary.len()).unwrap_or(u32::MAX);
                terms.push(*vocabulary.entry(hash).or_insert(next));
            });
            lengths.push(terms.len() as f32);
            terms.sort_unstable();
            for run in terms.chunk_by(|a, b| a == b) {
                let times = u8::try_from(run.len()).unwrap_or(u8::MAX);
                occurrences.push(Occurrence { term: run[0], printing: number, times });
            }
        }
        let mean = (lengths.iter().sum::<f32>() / lengths.len().max(1) as f32).max(1.0);
        let length_norm = lengths.iter().map(|len| params.k1 * (1.0 - params.b + params.b * len / mean)).collect();
        let own_words = printings.iter().map(|printing| own_words(printing, &vocabulary)).collect();
        let (starts, postings) = sorted_by_term(&occurrences, vocabulary.len());
        let rarity = starts.windows(2).map(|pair| rarity(lengths.len(), pair[1] - pair[0])).collect();
        let mut index = Self {
            params: params.clone(),
            vocabulary,
            starts,
            postings,
            rarity,
            length_norm,
            self_score: vec![0.0; lengths.len()],
            own_words,
        };
        for occurrence in &occurrences {
            let asked = f32::from(occurrence.times).min(index.params.times_cap);
            let score = asked * index.weight(occurrence.term, occurrence.printing, occurrence.times);
            index.self_score[occurrence.printing as usize] += score;
        }
        index
    }

    /// How well every printing's text answers to what was read. The passes are taken together: a term counts as often
    /// as it was read, weighted by the pass's confidence, up to a cap; more passes than usual count no more than those.
    #[must_use]
    pub fn score(&self, passes: &[TextPass]) -> Scores {
        let mut scores = vec![0.0_f32; self.length_norm.len()];
        for (term, asked) in self.query(passes) {
            let (from, to) = (self.starts[term as usize] as usize, self.starts[term as usize + 1] as usize);
            for posting in &self.postings[from..to] {
                let (printing, times) = (posting >> 8, (posting & 0xff) as u8);
                scores[printing as usize] += asked * self.weight(term, printing, times);
            }
        }
        Scores { by_printing: scores, words: self.words_in(passes) }
    }

    /// How many words of a printing's rules were read, each letter of them.
    #[must_use]
    pub fn own_words(&self, printing: u32, scores: &Scores) -> u32 {
        let own = self.own_words.get(printing as usize).map_or(&[][..], |words| words);
        own.iter().filter(|word| scores.words.contains(word)).count().try_into().unwrap_or(u32::MAX)
    }

    /// The whole words that were read and that the catalogue has.
    fn words_in(&self, passes: &[TextPass]) -> BTreeSet<u32> {
        let mut found = BTreeSet::new();
        for pass in passes {
            words::each(&pass.text, |word| found.extend(self.vocabulary.get(&whole(word))));
        }
        found
    }

    /// Share of a printing's best possible score that `score` is, at most 1.
    #[must_use]
    pub fn coverage(&self, printing: u32, score: f32) -> f32 {
        let own = self.self_score[printing as usize];
        if own > 0.0 { (score / own).min(1.0) } else { 0.0 }
    }

    /// Terms with weights, sorted by term so that sums come out the same whatever the order of the passes.
    fn query(&self, passes: &[TextPass]) -> Vec<(u32, f32)> {
        let mut asked: Vec<(u32, u32)> = Vec::new();
        for pass in passes {
            let confidence = if pass.confidence.is_finite() { pass.confidence.clamp(0.0, 1.0) } else { 0.0 };
            let weight = self.params.base_weight + (1.0 - self.params.base_weight) * confidence;
            let thousandths = (weight * 1000.0) as u32;
            each_term(&pass.text, |hash| {
                asked.extend(self.vocabulary.get(&hash).map(|&term| (term, thousandths)));
            });
        }
        asked.sort_unstable();
        // More passes read more, and more than once; what they say must mean the same as what fewer say.
        let scale = (self.params.usual_passes / passes.len().max(1) as f32).min(1.0) / 1000.0;
        let total = |run: &[(u32, u32)]| {
            let sum: u64 = run.iter().map(|(_, weight)| u64::from(*weight)).sum();
            (run[0].0, (sum as f32 * scale).min(self.params.times_cap))
        };
        asked.chunk_by(|a, b| a.0 == b.0).map(total).collect()
    }

    fn weight(&self, term: u32, printing: u32, times: u8) -> f32 {
        let times = f32::from(times);
        let saturated = times * (self.params.k1 + 1.0) / (times + self.length_norm[printing as usize]);
        self.rarity[term as usize] * saturated
    }
}

/// The whole words of a printing's rules that tell its language: printed in lower case, for names survive a translation,
/// and long enough not to turn up by chance.
fn own_words(printing: &Printing, vocabulary: &Vocabulary) -> Box<[u32]> {
    let rules = printing.blocks.iter().flat_map(|block| block.text.split_whitespace());
    let mut found = BTreeSet::new();
    for token in rules.filter(|token| token.starts_with(char::is_lowercase)) {
        words::each(token, |word| {
            if word.chars().count() >= TELLING_LETTERS {
                found.extend(vocabulary.get(&whole(word)));
            }
        });
    }
    found.into_iter().collect()
}

/// BM25's inverse document frequency.
fn rarity(printings: usize, with_term: u32) -> f32 {
    let (all, with) = (printings as f32, with_term as f32);
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
}

fn sorted_by_term(occurrences: &[Occurrence], terms: usize) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; terms + 1];
    for occurrence in occurrences {
        starts[occurrence.term as usize + 1] += 1;
    }
    for term in 0..terms {
        starts[term + 1] += starts[term];
    }
    let mut next = starts.clone();
    let mut postings = vec![0_u32; occurrences.len()];
    for occurrence in occurrences {
        let at = &mut next[occurrence.term as usize];
        postings[*at as usize] = occurrence.printing << 8 | u32::from(occurrence.times);
        *at += 1;
    }
    (starts, postings)
}

/// The score of every printing.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    by_printing: Vec<f32>,
    /// Whole words that were read.
    words: BTreeSet<u32>,
}

impl Scores {
    /// One printing's score.
    #[must_use]
    pub fn of(&self, printing: u32) -> f32 {
        self.by_printing.get(printing as usize).copied().unwrap_or_default()
    }

    /// Every score, by position in the catalogue.
    #[must_use]
    pub fn all(&self) -> &[f32] {
        &self.by_printing
    }
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
