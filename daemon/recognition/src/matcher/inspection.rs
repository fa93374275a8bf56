//! Looking at a card while it is being read.
//!
//! Reading the text of a whole card takes longer than all else together. Where the picture fits a reference, the number
//! agrees or the imprint is the reference's, and no twin is left, it would change nothing; and often a part of it is enough.

use cardmint_domain::CardReading;
use cardmint_domain::reading::NumberReading;
use image::RgbImage;

use super::Matcher;
use super::answer::{Standing, standing};
use super::gather::{first_looks, gather, shows_back};
use super::looks::Looks;
use super::memory::Key;
use crate::fuse::Clue;
use crate::params::NumberParams;
use crate::text::GroupId;

/// What a first look says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glance {
    /// Whether the picture or the number shows which way is up; the card is turned that way then.
    pub is_upright: bool,
    /// Whether the card is named for sure, or is a back, so that its text need not be read.
    pub is_sure: bool,
}

/// One card under inspection. References that it was laid over are not laid over again.
pub struct Inspection<'m> {
    matcher: &'m Matcher,
    card: &'m mut CardReading,
    looks: Option<Looks<'m>>,
    /// The numbers read as the card lies now and the other way up, as far as they were.
    numbers: [Option<Vec<NumberReading>>; 2],
    /// What was known of the text when the card's standing was last asked for.
    known: Option<Known>,
}

/// What the passes so far say of the candidate that the card resembles most.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Known {
    /// Which one it is; printings that read alike are one.
    group: GroupId,
    /// How much of its text was read.
    coverage: f32,
    /// How far it is ahead of others.
    margin: f32,
}

impl Known {
    fn of(best: &Clue) -> Self {
        Self { group: best.group, coverage: best.coverage(), margin: best.margin() }
    }

    /// Whether it is another candidate than before, or clearly more of the same one: `news` is by how much more, of coverage and
    /// of margin.
    fn is_news(self, before: Option<Self>, news: (f32, f32)) -> bool {
        before.is_none_or(|before| {
            self.group != before.group
                || self.coverage >= before.coverage + news.0
                || self.margin >= before.margin + news.1
        })
    }
}

impl Matcher {
    /// Begins with a card of which nothing was read yet.
    pub fn inspect<'m>(&'m self, card: &'m mut CardReading) -> Inspection<'m> {
        Inspection { matcher: self, looks: self.looks(card), card, numbers: [None, None], known: None }
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
            if shows_back(matcher, looks) {
                return Glance { is_upright: true, is_sure: true };
            }
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
        let is_upright = way_up.is_some() || self.number_shows_way_up();
        if !is_upright {
            self.card.numbers.clear();
        }
        Glance { is_upright, is_sure: is_upright && self.is_sure() }
    }

    /// Whether the number tells which way is up; the card is turned the likelier way then.
    fn number_shows_way_up(&mut self) -> bool {
        let params = &self.matcher.params.number;
        let as_it_lies = self.likeliest_number();
        if as_it_lies >= params.upright {
            return true;
        }
        self.turn();
        self.read_number();
        let turned = self.likeliest_number();
        if turned < as_it_lies {
            self.turn();
            self.read_number();
        }
        tells_way_up(as_it_lies.max(turned), as_it_lies.min(turned), params)
    }

    fn likeliest_number(&self) -> f32 {
        self.card.numbers.first().map_or(0.0, |number| number.probability)
    }

    /// Whether the card is named for sure, by its number or its imprint too.
    fn is_sure(&mut self) -> bool {
        let matcher = self.matcher;
        let gathered = gather(matcher, self.card, self.looks.as_mut());
        let is_marked = |clue: &Clue| clue.number_agrees() || clue.imprint_agrees(&matcher.params.accept);
        let is_marked = gathered.order.first().is_some_and(|&best| is_marked(&gathered.clues[best]));
        is_marked && standing(matcher, &gathered, self.card.source_width_px) == Standing::Sure
    }

    /// How the card stands by what was read on it so far; to be asked after each pass over its text.
    #[must_use]
    pub fn standing(&mut self) -> Standing {
        let gathered = gather(self.matcher, self.card, self.looks.as_mut());
        let known = gathered.order.first().map(|&best| Known::of(&gathered.clues[best]));
        let news = self.matcher.params.accept.news;
        let is_news = known.is_some_and(|known| known.is_news(self.known, news));
        self.known = known;
        match standing(self.matcher, &gathered, self.card.source_width_px) {
            Standing::Open if !is_news => Standing::Closed,
            standing => standing,
        }
    }

    /// Turns the card the other way up.
    pub fn turn(&mut self) {
        self.card.turn();
        self.numbers.swap(0, 1);
        if let Some(looks) = &mut self.looks {
            looks.turn();
        }
    }

    /// Reads the number of an upright card, once each way up; none where the card was too small in its photo.
    pub fn read_number(&mut self) {
        let (matcher, card, looks) = (self.matcher, &*self.card, self.looks.as_ref());
        let read = || {
            if card.source_width_px < matcher.params.number.readable_width_px {
                return Vec::new();
            }
            let straight = looks.and_then(|looks| looks.laid_straight(matcher.params.accept.alignment));
            let as_found = || RgbImage::from_raw(card.image.width, card.image.height, card.image.rgb.clone());
            let image = straight.or_else(as_found);
            image.map_or_else(Vec::new, |image| {
                matcher.numbers.read(matcher.strips.looks(&image), &matcher.params.number)
            })
        };
        self.card.numbers = self.numbers[0].get_or_insert_with(read).clone();
    }
}

/// Whether a number this probable shows which way is up, with one this probable the other way up.
fn tells_way_up(number: f32, other: f32, params: &NumberParams) -> bool {
    number >= params.upright || (number >= params.believed && number >= params.upright_lead * other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_candidate_is_news_and_so_is_clearly_more_of_the_same() {
        let (known, news) = (Known { group: 3, coverage: 0.5, margin: 10.0 }, (0.05, 4.0));
        let is_news = |now: Known| now.is_news(Some(known), news);
        assert!(known.is_news(None, news));
        assert!(!is_news(Known { coverage: 0.54, margin: 13.9, ..known }));
        assert!(is_news(Known { coverage: 0.56, ..known }) && is_news(Known { margin: 14.0, ..known }));
        assert!(is_news(Known { group: 4, coverage: 0.4, margin: 9.0 }), "it overtook the other");
    }

    #[test]
    fn a_likely_number_shows_the_way_up_where_the_other_way_shows_none() {
        let tells = |number, other| tells_way_up(number, other, &NumberParams::default());
        assert!(tells(0.8, 0.7) && tells(0.6, 0.1));
        assert!(!tells(0.6, 0.2), "both ways read something");
        assert!(!tells(0.4, 0.0), "hardly a number");
    }
}
