//! Set symbols: small marks that a set prints at one place of all its cards.
//!
//! Job: to tell reprints apart whose picture and text are the same. What is common to the references of a set in a small
//! window is learnt from them ([`Symbols::learn`]), and a photo that was laid over a reference is compared with it.
//!
//! Guarantee: a symbol counts as known only where most references of its set carry it and no other set's looks like it.
//! So a set without one has none, though the frame is always the same there: print runs differ in its shadow, and what is
//! missing must not speak for any set. Deliberately absent: which sets exist, and what their symbols mean.

use std::collections::BTreeMap;

use cardmint_domain::Quad;
use cardmint_domain::identification::SymbolEvidence;
use image::RgbImage;

use crate::params::SymbolParams;
use crate::pixels::{dot, normalised};
use crate::rectify;

/// Where the symbol stands below the picture's right corner on cards of 1999 to 2002, as fractions of the card: left,
/// top, right and bottom. Study; later sets print it beside the number, which says more.
pub const PLACE: (f64, f64, f64, f64) = (0.838, 0.537, 0.948, 0.590);
/// Size of a symbol's template, in pixels of a card 360 wide.
const WIDTH: usize = 40;
const HEIGHT: usize = 27;
/// How far it is searched for in a photo, in the same pixels. Study.
const REACH: usize = 6;
/// How far in a reference, which is cut straight, while a set's symbol is learnt.
const LEARNING_REACH: usize = 3;
/// The window with room to search in.
const WINDOW_WIDTH: usize = WIDTH + 2 * REACH;
const WINDOW_HEIGHT: usize = HEIGHT + 2 * REACH;
/// Gray bytes of a window, rows from the top.
pub const WINDOW_LEN: usize = WINDOW_WIDTH * WINDOW_HEIGHT;
/// Spread (standard deviation) of gray values below which there is nothing to compare.
const FLAT: f32 = 4.0;
/// References of a set that its symbol is learnt from, at most and at least.
const SAMPLES: (usize, usize) = (32, 4);
/// Rounds of leaving out what does not fit and taking the mean again.
const ROUNDS: usize = 3;
/// Correlation with the mean from which a reference takes part in it, in the first round and after.
const TAKES_PART: (f32, f32) = (0.5, 0.7);

/// Cuts the window out of a picture in which a card lies in `card`, seen from the card: [`WINDOW_LEN`] bytes.
#[must_use]
pub fn window(picture: &RgbImage, card: &Quad) -> Vec<u8> {
    rectify::gray_part(picture, card, PLACE, (WIDTH, HEIGHT), REACH)
}

/// A picture of a symbol's size less its mean, of length 1; all zero where it is flat.
type Template = Vec<f32>;

/// The symbols of the sets whose cards have references.
#[derive(Debug, Clone, Default)]
pub struct Symbols {
    params: SymbolParams,
    templates: Vec<Template>,
    /// For each reference, by slot, the position of its set's symbol.
    of: Vec<Option<usize>>,
}

impl Symbols {
    /// Learns the symbol of each set from the windows of some of its references. `sets` says which set each slot belongs
    /// to; `window` gives the window of a slot.
    #[must_use]
    pub fn learn(sets: &[Option<u32>], window: impl Fn(usize) -> Option<Vec<u8>>, params: &SymbolParams) -> Self {
        let mut slots: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (slot, set) in sets.iter().enumerate().filter_map(|(slot, set)| Some((slot, (*set)?))) {
            slots.entry(set).or_default().push(slot);
        }
        let samples = |slots: &[usize]| -> Vec<Vec<u8>> {
            let step = slots.len().div_ceil(SAMPLES.0).max(1);
            slots.iter().step_by(step).filter_map(|slot| window(*slot)).collect()
        };
        let learnt: BTreeMap<u32, (Template, f32)> =
            slots.iter().filter_map(|(set, slots)| Some((*set, common(&samples(slots), params)?))).collect();
        let is_alone = |set: u32, template: &Template| {
            let mut others = learnt.iter().filter(|(other, _)| **other != set);
            others.all(|(_, (other, _))| !is_alike(template, other, params.alike))
        };
        let known =
            learnt.iter().filter(|(set, (template, carried))| *carried >= params.carried && is_alone(**set, template));
        let (sets_known, templates): (Vec<u32>, Vec<Template>) =
            known.map(|(set, (template, _))| (*set, template.clone())).unzip();
        let of = sets.iter().map(|set| set.and_then(|set| sets_known.iter().position(|known| *known == set))).collect();
        Self { params: params.clone(), templates, of }
    }

    /// Whether the set of a reference has its symbol at [`PLACE`].
    #[must_use]
    pub fn is_known(&self, slot: usize) -> bool {
        self.of.get(slot).copied().flatten().is_some()
    }

    /// Whether a photo shows the symbol of a reference's set. `own` is the reference's own window: where that does not
    /// show it either, nothing can be said. `seen` gives the photo's.
    pub fn verdict(&self, slot: usize, own: &[u8], seen: impl FnOnce() -> Vec<u8>) -> SymbolEvidence {
        let Some(set) = self.of.get(slot).copied().flatten() else { return SymbolEvidence::NotSeen };
        if search(own, &self.templates[set], REACH).0 < self.params.seen {
            return SymbolEvidence::NotSeen;
        }
        let seen = seen();
        let fits: Vec<f32> = self.templates.iter().map(|template| search(&seen, template, REACH).0).collect();
        let correlation = fits[set];
        let others = fits.iter().enumerate().filter(|(other, _)| *other != set);
        let next = others.map(|(_, fit)| *fit).fold(-1.0, f32::max);
        if correlation >= self.params.seen && correlation - next >= self.params.lead {
            SymbolEvidence::Agrees { correlation }
        } else if correlation < self.params.absent {
            SymbolEvidence::Contradicts { correlation }
        } else {
            SymbolEvidence::NotSeen
        }
    }
}

/// What the windows of one set have in common, with the share of them that show it; `None` for too few windows or
/// nothing in common.
fn common(samples: &[Vec<u8>], params: &SymbolParams) -> Option<(Template, f32)> {
    let has_contrast = |sample: &&Vec<u8>| spread(sample) >= params.contrast;
    if samples.len() < SAMPLES.1 || 2 * samples.iter().filter(has_contrast).count() < samples.len() {
        return None;
    }
    let middle = (REACH, REACH);
    let mut places = vec![Some(middle); samples.len()];
    let mut fits = vec![0.0; samples.len()];
    let mut template = Template::new();
    for round in 0..ROUNDS {
        template = mean(samples, &places);
        let least = if round == 0 { TAKES_PART.0 } else { TAKES_PART.1 };
        for ((sample, fit), place) in samples.iter().zip(&mut fits).zip(&mut places) {
            let (best, at) = search(sample, &template, LEARNING_REACH);
            *fit = best;
            *place = (best >= least).then_some(at);
        }
        if places.iter().flatten().count() < SAMPLES.1 {
            return None;
        }
    }
    let showing = fits.iter().filter(|fit| **fit >= params.seen).count();
    Some((template, showing as f32 / samples.len() as f32))
}

/// The mean of the samples at their places, again of length 1.
fn mean(samples: &[Vec<u8>], places: &[Option<(usize, usize)>]) -> Template {
    let mut sum = vec![0.0; WIDTH * HEIGHT];
    for (sample, place) in samples.iter().zip(places).filter_map(|(sample, place)| Some((sample, (*place)?))) {
        sum.iter_mut().zip(part(sample, place)).for_each(|(sum, value)| *sum += value);
    }
    let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        sum.iter_mut().for_each(|value| *value /= length);
    }
    sum
}

/// The part of a window from (x, y) on, less its mean, of length 1; zeros where it is flat.
fn part(window: &[u8], at: (usize, usize)) -> Template {
    normalised(window, WINDOW_WIDTH, at, (WIDTH, HEIGHT), FLAT)
}

/// Standard deviation of a window's gray values.
fn spread(window: &[u8]) -> f32 {
    let count = window.len().max(1) as f32;
    let mean = window.iter().map(|value| f32::from(*value)).sum::<f32>() / count;
    (window.iter().map(|value| (f32::from(*value) - mean).powi(2)).sum::<f32>() / count).sqrt()
}

/// The best correlation of a template within `reach` pixels, at most [`REACH`], of the window's middle, and where.
fn search(window: &[u8], template: &Template, reach: usize) -> (f32, (usize, usize)) {
    let around = REACH - reach..=REACH + reach;
    let mut best = (-1.0, (REACH, REACH));
    for y in around.clone() {
        for x in around.clone() {
            let fit = dot(&part(window, (x, y)), template);
            if fit > best.0 {
                best = (fit, (x, y));
            }
        }
    }
    best
}

/// Whether two symbols, laid over each other with some play, look the same.
fn is_alike(a: &Template, b: &Template, alike: f32) -> bool {
    let lowest = a.iter().copied().fold(f32::INFINITY, f32::min);
    let highest = a.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let byte = |value: f32| ((value - lowest) / (highest - lowest).max(f32::MIN_POSITIVE) * 255.0) as u8;
    // The border goes on, so that there is something to be shifted over.
    let window: Vec<u8> = (0..WINDOW_LEN)
        .map(|at| {
            let inside = |at: usize, size: usize| at.saturating_sub(REACH).min(size - 1);
            byte(a[inside(at / WINDOW_WIDTH, HEIGHT) * WIDTH + inside(at % WINDOW_WIDTH, WIDTH)])
        })
        .collect();
    search(&window, b, REACH).0 > alike
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    /// A card with a shaded frame at the symbol's place and, on it, a mark of the given shape; no two cards quite alike.
    fn card(mark: Option<u32>, seed: u32) -> RgbImage {
        let (width, height) = (360_u32, 504_u32);
        let (centre_x, centre_y) = (0.893 * width as f32, 0.5635 * height as f32);
        RgbImage::from_fn(width, height, |x, y| {
            let noise = (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729) ^ seed.wrapping_mul(31)) % 13;
            let ground = 150 + noise + (x + seed * 7) % 50;
            let (dx, dy) = (x as f32 - centre_x, y as f32 - centre_y);
            let is_inside = match mark {
                Some(0) => dx.abs() < 4.0,
                Some(1) => dy.abs() < 3.0,
                Some(2) => dx.abs() > 6.0 && dy.abs() > 4.0,
                _ => false,
            };
            Rgb([if is_inside && dx.abs() < 12.0 && dy.abs() < 10.0 { 25 } else { ground as u8 }; 3])
        })
    }

    fn windows(marks: &[Option<u32>]) -> (Vec<Option<u32>>, Vec<Vec<u8>>) {
        let cards = (0_u32..).zip(marks).flat_map(|(set, mark)| (0..8).map(move |seed| (set, *mark, seed)));
        cards.map(|(set, mark, seed)| (Some(set), window(&card(mark, seed), &Quad::WHOLE))).unzip()
    }

    fn learn(marks: &[Option<u32>]) -> (Symbols, Vec<Vec<u8>>) {
        let (sets, windows) = windows(marks);
        let symbols = Symbols::learn(&sets, |slot| windows.get(slot).cloned(), &SymbolParams::default());
        (symbols, windows)
    }

    #[test]
    fn every_set_with_a_mark_of_its_own_is_known_by_it() {
        let (symbols, windows) = learn(&[Some(0), Some(1), Some(2)]);
        assert_eq!(symbols.templates.len(), 3);
        let slot_of = |set: usize| set * 8;
        for (set, other) in [(0, 1), (1, 2), (2, 0)] {
            let own = &windows[slot_of(set)];
            // A photo of another card of the set: softer, and cut two pixels off.
            let off = Quad::rectangle(0.006, 0.004, 1.006, 1.004);
            let photo = |mark| window(&image::imageops::blur(&card(Some(mark), 99), 0.8), &off);
            let right = symbols.verdict(slot_of(set), own, || photo(set as u32));
            assert!(matches!(right, SymbolEvidence::Agrees { correlation } if correlation > 0.8), "{set}: {right:?}");
            let wrong = symbols.verdict(slot_of(set), own, || photo(other));
            assert!(matches!(wrong, SymbolEvidence::Contradicts { .. }), "{set}: {wrong:?}");
        }
    }

    #[test]
    fn sets_without_a_mark_and_sets_that_share_one_have_none() {
        let (symbols, windows) = learn(&[None, Some(1), Some(0), Some(0)]);
        assert_eq!(symbols.templates.len(), 1, "only the second set's mark is its own");
        for set in [0, 2, 3] {
            let verdict = symbols.verdict(set * 8, &windows[set * 8], || windows[8].clone());
            assert_eq!(verdict, SymbolEvidence::NotSeen, "set {set}");
        }
    }

    #[test]
    fn a_reference_that_does_not_show_the_mark_says_nothing() {
        let (symbols, windows) = learn(&[Some(0), Some(1)]);
        let without = window(&card(None, 3), &Quad::WHOLE);
        assert_eq!(symbols.verdict(0, &without, || windows[8].clone()), SymbolEvidence::NotSeen);
    }

    #[test]
    fn too_few_references_teach_nothing() {
        let (_, windows) = windows(&[Some(0)]);
        for count in 0..SAMPLES.1 {
            let sets = vec![Some(0); count];
            assert!(
                Symbols::learn(&sets, |slot| windows.get(slot).cloned(), &SymbolParams::default()).templates.is_empty()
            );
        }
        let none = Symbols::learn(&[None; 8], |slot| windows.get(slot).cloned(), &SymbolParams::default());
        assert!(
            none.templates.is_empty() && none.verdict(3, &windows[3], || windows[3].clone()) == SymbolEvidence::NotSeen
        );
        assert!(Symbols::learn(&[Some(0); 8], |_| None, &SymbolParams::default()).templates.is_empty());
    }

    #[test]
    fn a_window_has_its_size_whatever_it_is_cut_from() {
        for picture in [RgbImage::new(0, 0), RgbImage::new(1, 1), card(Some(0), 1)] {
            for quad in [Quad::WHOLE, Quad::rectangle(5.0, 5.0, 5.0, 5.0), Quad::rectangle(f32::NAN, 0.0, 1.0, 1.0)] {
                assert_eq!(window(&picture, &quad).len(), WINDOW_LEN);
            }
        }
    }
}
