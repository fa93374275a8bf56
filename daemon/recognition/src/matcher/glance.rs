//! A first look at a card, before anything is read on it but its number.
//!
//! Reading the text of a whole card takes longer than all else together. Where the picture fits a reference, the number
//! agrees and no twin is left, it would change nothing.

use cardmint_domain::CardReading;
use image::RgbImage;

use super::Matcher;
use super::answer::is_accepted;
use super::gather::{first_looks, gather};
use super::looks::Looks;

/// What a first look says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glance {
    /// Whether the picture or the number shows which way is up; the card is turned that way then.
    pub is_upright: bool,
    /// Whether the card is named for sure, so that its text need not be read.
    pub is_sure: bool,
}

impl Matcher {
    /// Looks at a card of which nothing was read yet: turns it upright where that can be seen, and reads its number.
    pub fn glance(&self, card: &mut CardReading) -> Glance {
        let mut looks = self.pictures.as_ref().and_then(|pictures| Looks::new(pictures, &card.image));
        if let Some(looks) = &mut looks {
            first_looks(self, looks);
        }
        let way_up = looks.as_ref().and_then(|looks| looks.is_turned(self.params.accept.alignment));
        if way_up == Some(true) {
            turn(card, looks.as_mut());
        }
        self.read_number(card);
        let mut is_upright = way_up.is_some();
        if !is_upright && !self.has_number(card) {
            turn(card, looks.as_mut());
            self.read_number(card);
            if !self.has_number(card) {
                turn(card, looks.as_mut());
                card.numbers.clear();
                return Glance { is_upright: false, is_sure: false };
            }
        }
        is_upright |= self.has_number(card);
        let gathered = gather(self, card, looks);
        let best_agrees = gathered.order.first().is_some_and(|&best| gathered.clues[best].number_agrees());
        Glance { is_upright, is_sure: best_agrees && is_accepted(self, &gathered, card.source_width_px) }
    }

    /// Reads the number of an upright card; none where the card was too small in its photo.
    pub fn read_number(&self, card: &mut CardReading) {
        card.numbers.clear();
        if card.source_width_px < self.params.number.readable_width_px {
            return;
        }
        let image = RgbImage::from_raw(card.image.width, card.image.height, card.image.rgb.clone());
        card.numbers =
            image.map_or_else(Vec::new, |image| self.numbers.read(&self.strips.look(&image), &self.params.number));
    }

    /// Whether the number was read so well that the card cannot stand on its head.
    fn has_number(&self, card: &CardReading) -> bool {
        card.numbers.first().is_some_and(|number| number.probability >= self.params.number.upright)
    }
}

fn turn(card: &mut CardReading, looks: Option<&mut Looks<'_>>) {
    card.turn();
    if let Some(looks) = looks {
        looks.turn();
    }
}
