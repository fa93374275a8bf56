//! What was seen of the cards that were looked at last.
//!
//! A card is looked at while it is read, and again when it is named. What a picture looks like does not change in
//! between, so that it is kept: the second look costs next to nothing, and answers the same.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use cardmint_domain::CardReading;

use super::looks::Known;

/// Cards that are kept, at most: several photos of the largest kind on their way at once.
const CARDS: usize = 128;

/// Names all that a look depends on besides the matcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key(blake3::Hash);

impl Key {
    pub(super) fn of(card: &CardReading) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&card.image.width.to_le_bytes());
        hasher.update(&card.source_width_px.to_le_bytes());
        hasher.update(&card.image.rgb);
        Self(hasher.finalize())
    }
}

/// The last cards, the latest at the end.
#[derive(Default)]
pub(super) struct Memory(Mutex<VecDeque<(Key, Known)>>);

impl Memory {
    /// What is known of a card; nothing of one that was not kept.
    pub(super) fn recall(&self, key: Key) -> Known {
        let cards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cards.iter().rev().find(|(other, _)| *other == key).map(|(_, known)| known.clone()).unwrap_or_default()
    }

    /// Keeps what is known of a card, in place of what was.
    pub(super) fn keep(&self, key: Key, known: Known) {
        let mut cards = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cards.retain(|(other, _)| *other != key);
        cards.push_back((key, known));
        if cards.len() > CARDS {
            cards.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::card;

    #[test]
    fn the_oldest_card_is_forgotten() {
        let memory = Memory::default();
        let key = |width: f32| Key::of(&CardReading { source_width_px: width, ..card(Vec::new()) });
        for width in 0..=CARDS {
            memory.keep(key(width as f32), Known::nearest_to(width));
        }
        assert_eq!(memory.recall(key(0.0)), Known::default());
        assert_eq!(memory.recall(key(1.0)), Known::nearest_to(1));
        memory.keep(key(1.0), Known::nearest_to(7));
        assert_eq!(memory.recall(key(1.0)), Known::nearest_to(7));
        assert_eq!(memory.recall(key(2.0)), Known::nearest_to(2), "one that is kept again takes no other's place");
    }
}
