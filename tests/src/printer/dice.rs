//! Seeded chance. Every drawing takes its random numbers from a [`Dice`] named after what it is for, so that adding a
//! draw in one place never changes another picture. There is no unseeded randomness anywhere in the harness.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A deterministic stream of random numbers.
#[derive(Debug, Clone)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// A stream that depends on the run's seed and on what it is for.
    pub(crate) fn new(seed: u64, topic: &str) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed ^ fnv1a(topic)))
    }

    /// A number in `low..high`; `low` when the range is empty.
    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        if low < high { self.0.random_range(low..high) } else { low }
    }

    /// A whole number in `low..=high`; `low` when the range is empty.
    pub(crate) fn whole(&mut self, low: u32, high: u32) -> u32 {
        if low < high { self.0.random_range(low..=high) } else { low }
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f32) -> bool {
        self.between(0.0, 1.0) < p
    }

    /// One of `items`, which must not be empty.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }

    /// One of `words`, which must not be empty.
    pub(crate) fn word(&mut self, words: &[&'static str]) -> &'static str {
        words[self.index(words.len())]
    }

    /// An index below `len`, which must not be 0.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.0.random_range(0..len)
    }

    /// A seed for another stream.
    pub(crate) fn seed(&mut self) -> u64 {
        self.0.random()
    }

    /// Puts `items` into a random order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }

    /// About normally distributed with mean 0 and deviation 1 (sum of four uniform numbers; tails end at 3.5).
    pub(crate) fn bell(&mut self) -> f32 {
        let sum: f32 = (0..4).map(|_| self.between(-1.0, 1.0)).sum();
        sum * 0.866
    }
}

/// FNV-1a, 64 bit: stable across compilers, which `std`'s hasher does not promise.
pub(crate) fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
