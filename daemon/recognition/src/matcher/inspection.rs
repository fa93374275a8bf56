//! Looking at a card while it is being read.
//!
//! Reading the text of a whole card takes longer than all else together. Where the picture fits a reference, the number
//! agrees or the imprint is the reference's, and no twin is left, it would change nothing; and often a part of it is enough.

use cardmint_domain::CardReading;
use image::RgbImage;

use super::Matcher;
use super::answer::{Standing, standing};
use super::gather::{first_looks, gather};
use super::looks::Looks;
use super::memory::Key;
use crate::fuse::Clue;

/// What a first look says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glance {
    /// Whether the picture or the number shows which way is up; the card is turned that way then.
    pub is_upright: bool,
    /// Whether the card is named for sure, so that its text need not be read.
    pub is_sure: bool,
}

/// One card under inspection. References that it was laid over are not laid over again.
pub struct Inspection<'m> {
    matcher: &'m Matcher,
    card: &'m mut CardReading,
    looks: Option<Looks<'m>>,
}

impl Matcher {
    /// Begins with a card of which nothing was read yet.
    pub fn inspect<'m>(&'m self, card: &'m mut CardReading) -> Inspection<'m> {
        Inspection { matcher: self, looks: self.looks(card), card }
    }
}

/// The card will be named next: what it looks like is kept.
impl Drop for Inspection<'_> {
    fn drop(&mut self) {
        if let Some(looks) = self.looks.take() {
            self.matcher.memory.keep(Key::of(self.card), looks.into_known());
        }
    }
}

impl Inspection<'_> {
    /// The card as it is known by now.
    #[must_use]
    pub const fn card(&mut self) -> &mut CardReading {
        self.card
    }

    /// Looks at the card: turns it upright where that can be seen, and reads its number unless the imprint tells the
    /// printing.
    pub fn glance(&mut self) -> Glance {
        let matcher = self.matcher;
        if let Some(looks) = &mut self.looks {
            first_looks(matcher, looks);
        }
        let way_up = self.looks.as_ref().and_then(|looks| looks.is_turned(matcher.params.accept.alignment));
        if way_up == Some(true) {
            self.turn();
        }
        let shows_imprint = self.looks.as_ref().is_some_and(|looks| looks.shows_imprint(matcher.params.accept.imprint));
        if way_up.is_some() && shows_imprint && self.is_sure() {
            return Glance { is_upright: true, is_sure: true };
        }
        self.read_number();
        let mut is_upright = way_up.is_some();
        if !is_upright && !self.has_number() {
            self.turn();
            self.read_number();
            if !self.has_number() {
                self.turn();
                self.card.numbers.clear();
                return Glance { is_upright: false, is_sure: false };
            }
        }
        is_upright |= self.has_number();
        Glance { is_upright, is_sure: self.is_sure() }
    }

    /// Whether the card is named for sure, by its number or its imprint too.
    fn is_sure(&mut self) -> bool {
        let matcher = self.matcher;
        let gathered = gather(matcher, self.card, self.looks.as_mut());
        let is_marked = |clue: &Clue| clue.number_agrees() || clue.imprint_agrees(&matcher.params.accept);
        let is_marked = gathered.order.first().is_some_and(|&best| is_marked(&gathered.clues[best]));
        is_marked && standing(matcher, &gathered, self.card.source_width_px) == Standing::Sure
    }

    /// How the card stands by what was read on it so far.
    #[must_use]
    pub fn standing(&mut self) -> Standing {
        let gathered = gather(self.matcher, self.card, self.looks.as_mut());
        standing(self.matcher, &gathered, self.card.source_width_px)
    }

    /// Turns the card the other way up.
    pub fn turn(&mut self) {
        self.card.turn();
        if let Some(looks) = &mut self.looks {
            looks.turn();
        }
    }

    /// Reads the number of an upright card; none where the card was too small in its photo.
    pub fn read_number(&mut self) {
        let (matcher, card) = (self.matcher, &mut *self.card);
        card.numbers.clear();
        if card.source_width_px < matcher.params.number.readable_width_px {
            return;
        }
        let image = RgbImage::from_raw(card.image.width, card.image.height, card.image.rgb.clone());
        card.numbers = image
            .map_or_else(Vec::new, |image| matcher.numbers.read(&matcher.strips.look(&image), &matcher.params.number));
    }

    /// Whether the number was read so well that the card cannot stand on its head.
    fn has_number(&self) -> bool {
        self.card.numbers.first().is_some_and(|number| number.probability >= self.matcher.params.number.upright)
    }
}
