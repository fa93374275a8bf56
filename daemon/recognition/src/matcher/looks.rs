//! What a card's picture says: the references that it resembles, and how well it fits each of them.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use cardmint_domain::identification::{PictureEvidence, SymbolEvidence};
use cardmint_domain::{CardReading, Quad};
use image::{RgbImage, imageops};

use super::Pictures;
use crate::align::{Photo, align};
use crate::descriptor::{Descriptor, describe};
use crate::index::Parts;
use crate::rectify::rectify;
use crate::{imprint, symbol};

/// Narrower pictures show nothing that could be compared.
const MIN_WIDTH: u32 = 32;

/// One way up of the card, prepared as far as it was needed.
struct Turn {
    image: RgbImage,
    descriptor: OnceCell<Descriptor>,
    photo: OnceCell<Photo>,
}

impl Turn {
    const fn new(image: RgbImage) -> Self {
        Self { image, descriptor: OnceCell::new(), photo: OnceCell::new() }
    }

    fn descriptor(&self) -> &Descriptor {
        self.descriptor.get_or_init(|| describe(&self.image))
    }

    fn photo(&self) -> &Photo {
        self.photo.get_or_init(|| Photo::new(&self.image))
    }
}

/// The card's picture, both ways up: the text stage turns it upright as far as text tells, and may be wrong.
///
/// Laying a card over a reference is by far the most expensive step, so each is done once. What counts is only what was
/// looked at since [`Looks::begin`]: a second look at a card answers as if it were the first.
pub(super) struct Looks<'a> {
    pictures: &'a Pictures,
    turns: [Turn; 2],
    /// Width in its photo of a card that is large enough for its imprint.
    legible_width_px: Option<f32>,
    known: Known,
    seen: BTreeSet<usize>,
}

/// What a card looks like: nothing in it depends on what was read.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Known {
    /// How many references were asked for that the card resembles most, and which these are.
    nearest: Option<(usize, Vec<usize>)>,
    /// The references that the card was laid over.
    of: BTreeMap<usize, Seen>,
}

/// A reference that the card was laid over.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Seen {
    evidence: PictureEvidence,
    symbol: SymbolEvidence,
    /// Where the reference lies in the card's picture.
    quad: Option<Quad>,
    /// The way up: the place in [`Looks::turns`].
    turn: usize,
}

impl<'a> Looks<'a> {
    /// Prepares the picture of which this much is `known`; `None` when there is none to speak of.
    ///
    /// Imprints are compared from `legible_from_px` on.
    pub(super) fn new(pictures: &'a Pictures, card: &CardReading, legible_from_px: f32, known: Known) -> Option<Self> {
        let image = &card.image;
        if image.width < MIN_WIDTH || image.height < MIN_WIDTH {
            return None;
        }
        let upright = RgbImage::from_raw(image.width, image.height, image.rgb.clone())?;
        let turned = imageops::rotate180(&upright);
        let turns = [Turn::new(upright), Turn::new(turned)];
        let legible_width_px = Some(card.source_width_px).filter(|width| *width >= legible_from_px);
        Some(Self { pictures, turns, legible_width_px, known, seen: BTreeSet::new() })
    }

    /// What is known of the card, as it lies now.
    pub(super) fn into_known(self) -> Known {
        self.known
    }

    /// Forgets what was looked at, but not what it looked like.
    pub(super) fn begin(&mut self) {
        self.seen.clear();
    }

    /// The slots of the references that the card resembles most, either way up, best first.
    pub(super) fn nearest(&mut self, count: usize) -> Vec<usize> {
        if let Some((_, slots)) = self.known.nearest.as_ref().filter(|(asked, _)| *asked == count) {
            return slots.clone();
        }
        let mut best: BTreeMap<usize, f32> = BTreeMap::new();
        for turn in &self.turns {
            for hit in self.pictures.index.search(turn.descriptor(), count) {
                let similarity = best.entry(hit.slot).or_insert(hit.similarity);
                *similarity = similarity.max(hit.similarity);
            }
        }
        let mut slots: Vec<(usize, f32)> = best.into_iter().collect();
        slots.sort_by(|a, b| b.1.total_cmp(&a.1));
        let slots: Vec<usize> = slots.into_iter().take(count).map(|(slot, _)| slot).collect();
        self.known.nearest = Some((count, slots.clone()));
        slots
    }

    /// Lays the card over a reference, the way up in which it resembles it more. Each reference is tried once.
    pub(super) fn look(&mut self, slot: usize) -> Option<PictureEvidence> {
        if let Some(known) = self.known.of.get(&slot) {
            self.seen.insert(slot);
            return Some(known.evidence);
        }
        let reference = self.pictures.index.descriptor(slot)?;
        let [as_is, other] = [0, 1].map(|turn| self.turns[turn].descriptor().similarity(&reference));
        let (turn, similarity) = if other > as_is { (1, other) } else { (0, as_is) };
        let thumbnail = self.pictures.thumbnails.thumbnail(slot);
        let parts = thumbnail.as_deref().and_then(Parts::of);
        let alignment = parts.and_then(|parts| align(self.turns[turn].photo(), parts.card));
        let placed = parts.zip(alignment.map(|alignment| alignment.quad()));
        let image = &self.turns[turn].image;
        let symbol =
            placed.map(|(own, quad)| self.pictures.symbols.verdict(slot, own.symbol, || symbol::window(image, &quad)));
        let imprint = placed
            .zip(self.legible_width_px)
            .and_then(|((own, quad), width)| imprint::likeness(&imprint::window(image, &quad), own.imprint, width));
        let evidence = PictureEvidence {
            similarity,
            alignment: alignment.map(|alignment| alignment.score),
            artwork: alignment.map(|alignment| alignment.artwork),
            text_box: alignment.map(|alignment| alignment.text_box),
            title: alignment.map(|alignment| alignment.title),
            weakest: alignment.map(|alignment| alignment.weakest),
            imprint,
        };
        self.known.of.insert(
            slot,
            Seen { evidence, symbol: symbol.unwrap_or_default(), quad: placed.map(|(_, quad)| quad), turn },
        );
        self.seen.insert(slot);
        Some(evidence)
    }

    /// Whether it fits this well the picture of a card's back, if one is among so many references that it resembles most.
    pub(super) fn shows_back(&mut self, nearest: usize, alignment: f32) -> bool {
        if self.pictures.backs.is_empty() {
            return false;
        }
        let mut backs = self.nearest(nearest);
        backs.retain(|slot| self.pictures.backs.contains(slot));
        backs
            .into_iter()
            .any(|slot| self.look(slot).and_then(|seen| seen.alignment).is_some_and(|fit| fit >= alignment))
    }

    /// The best alignment so far.
    pub(super) fn best_fit(&self) -> Option<f32> {
        self.all_seen().filter_map(|(_, seen)| seen.evidence.alignment).reduce(f32::max)
    }

    /// Whether the card stands on its head, by the reference that it fits best; `None` where it fits none this well.
    pub(super) fn is_turned(&self, alignment: f32) -> Option<bool> {
        self.best_seen(alignment).map(|seen| seen.turn == 1)
    }

    /// The upright card as the reference lies in it that it fits best: truer than its outline. `None` where it fits none this
    /// well, or stands on its head.
    pub(super) fn laid_straight(&self, alignment: f32) -> Option<RgbImage> {
        let quad = self.best_seen(alignment).filter(|seen| seen.turn == 0)?.quad?;
        let image = &self.turns[0].image;
        Some(rectify(image, &quad, image.width()))
    }

    /// The reference that the card fits best, and at least this well.
    fn best_seen(&self, alignment: f32) -> Option<&Seen> {
        let fits = self.all_seen().filter_map(|(_, seen)| Some((seen.evidence.alignment?, seen)));
        let (fit, seen) = fits.max_by(|a, b| a.0.total_cmp(&b.0))?;
        (fit >= alignment).then_some(seen)
    }

    /// Whether the imprint of any reference is there this well.
    pub(super) fn shows_imprint(&self, likeness: f32) -> bool {
        self.all_seen().any(|(_, seen)| seen.evidence.imprint.is_some_and(|imprint| imprint >= likeness))
    }

    /// The card was turned the other way up.
    pub(super) fn turn(&mut self) {
        self.turns.swap(0, 1);
        self.known.of.values_mut().for_each(|seen| seen.turn = 1 - seen.turn);
    }

    fn was_seen(&self, slot: usize) -> Option<&Seen> {
        self.known.of.get(&slot).filter(|_| self.seen.contains(&slot))
    }

    fn all_seen(&self) -> impl Iterator<Item = (usize, &Seen)> {
        self.seen.iter().filter_map(|slot| Some((*slot, self.known.of.get(slot)?)))
    }

    /// What was seen of a reference so far.
    pub(super) fn seen(&self, slot: usize) -> Option<PictureEvidence> {
        self.was_seen(slot).map(|seen| seen.evidence)
    }

    /// What the place of a reference's set symbol showed.
    pub(super) fn symbol(&self, slot: usize) -> SymbolEvidence {
        self.was_seen(slot).map_or(SymbolEvidence::NotSeen, |seen| seen.symbol)
    }

    /// Every reference looked at, the best fit first.
    pub(super) fn ranked(&self) -> Vec<usize> {
        let fit = |evidence: &PictureEvidence| evidence.alignment.unwrap_or(evidence.similarity - 1.0);
        let mut ranked: Vec<(usize, f32)> = self.all_seen().map(|(slot, seen)| (slot, fit(&seen.evidence))).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranked.into_iter().map(|(slot, _)| slot).collect()
    }
}

/// How well the artworks of two references agree, -1 to 1.
pub(super) fn compare_references(pictures: &Pictures, a: usize, b: usize) -> Option<f32> {
    let (a, b) = (pictures.thumbnails.thumbnail(a)?, pictures.thumbnails.thumbnail(b)?);
    align(&Photo::of_reference(Parts::of(&a)?.card), Parts::of(&b)?.card).map(|alignment| alignment.artwork)
}

#[cfg(test)]
impl Known {
    /// A card of which one reference is known that it resembles.
    pub(super) fn nearest_to(slot: usize) -> Self {
        Self { nearest: Some((1, vec![slot])), of: BTreeMap::new() }
    }
}
