//! Which of the judged quads are the cards.
//!
//! Inside one card and between several there are many good quads: inner frames, pictures, text boxes, the gaps between
//! cards, pairs of cards, the page. What tells the cards is that disjoint quads of their one size cover the most.

use super::score::Found;
use crate::geometry;

/// Quads this alike are one; the better stays.
const SAME: f64 = 0.9;
/// Quads that share more than this of the smaller one cannot both be cards.
const MOST_OVERLAP: f64 = 0.2;
/// Areas within this factor are alike; cards in one picture are within the wider one.
const ALIKE: f64 = 1.4;
const ONE_SCALE: f64 = 2.0;
/// Share of a page that its cards fill. Two alike quads make no page: the picture and the text box of one card do too.
const PAGE_FILLED: f64 = 0.45;
/// Quality from which a quad counts as a card on a page.
const WITNESS: f32 = 0.5;
/// Quality, beside the chosen one's, from which a nested quad may take its place.
const ALTERNATIVE: f32 = 0.9;
/// Areas of cards in one picture, as logarithms, differ this much by perspective, and then by this spread.
const SAME_SIZE: f64 = 0.15;
const SIZE_SPREAD: f64 = 0.05;
/// Share of a page that one of its cards takes at most: a page has at least four.
const POCKET: f64 = 0.3;
/// Quality that nothing was seen to have but the outlines of cards ([`Found::is_plain`]) and of pages.
const SURE: f32 = 0.97;
/// Most quads that are considered, the best ones: the work grows with their square.
const MOST: usize = 120;

/// The cards: disjoint quads of about one size.
pub(super) fn cards(mut candidates: Vec<Found>) -> Vec<Found> {
    candidates.sort_by(|a, b| b.quality.total_cmp(&a.quality));
    let distinct = distinct(&candidates);
    let singles: Vec<Found> = distinct.iter().filter(|f| !is_page(f, &distinct)).copied().collect();
    let Some(size) = prevailing_size(&singles) else { return Vec::new() };
    let (alike, others): (Vec<Found>, Vec<Found>) = singles.iter().partition(|f| is_within(f.area(), size, ALIKE));
    let mut chosen = agreed(disjoint(&alike, Vec::new()), &alike);
    chosen = disjoint(&others, chosen);
    chosen.retain(|f| is_within(f.area(), size, ONE_SCALE));
    chosen
}

/// The card, where these candidates need no more beside them: they show one outline that is a card's for sure, no card of its scale
/// has room beside it in a picture of this size, and nothing in it hints at the pockets of a page. Measured on simulated photos: so
/// are 249 of 280 of one card and none of 140 of pages (of 60 of these one is without the last condition, and its cards are lost).
pub(super) fn alone(candidates: &[Found], size: (usize, usize)) -> Option<Found> {
    // Choosing takes its time, and on pages it would be for nothing.
    candidates.iter().find(|found| fills(found, size))?;
    let [card] = cards(candidates.to_vec())[..] else { return None };
    let has_pockets = alike_sets(&inside(&card, candidates, POCKET)).any(|set| set.len() > 1);
    (fills(&card, size) && !has_pockets).then_some(card)
}

/// Whether an outline is a card's for sure and leaves no room for another of its scale.
fn fills(found: &Found, (width, height): (usize, usize)) -> bool {
    let room = free(found.quad.map(|p| p.x), width as f64).max(free(found.quad.map(|p| p.y), height as f64));
    let [short, ..] = geometry::sides(&found.quad);
    found.quality >= SURE && room * room * ONE_SCALE < short * short
}

/// The wider of what is left before and behind these places.
fn free(places: [f64; 4], size: f64) -> f64 {
    let before = places.into_iter().fold(f64::INFINITY, f64::min);
    before.max(size - places.into_iter().fold(f64::NEG_INFINITY, f64::max))
}

fn distinct(candidates: &[Found]) -> Vec<Found> {
    let mut kept: Vec<Found> = Vec::new();
    for candidate in candidates {
        if kept.len() < MOST && kept.iter().all(|k| geometry::iou(&k.quad, &candidate.quad) < SAME) {
            kept.push(*candidate);
        }
    }
    kept
}

fn is_within(a: f64, b: f64, factor: f64) -> bool {
    a < factor * b && b < factor * a
}

/// Whether a quad is several cards side by side: at least three alike, disjoint quads fill much of it.
fn is_page(page: &Found, all: &[Found]) -> bool {
    let fills = |set: Vec<Found>| set.len() >= 3 && area(&set) > PAGE_FILLED * page.area();
    alike_sets(&inside(page, all, 0.55)).any(fills)
}

/// The quads that may be cards inside a larger one, none of which takes this share of it.
fn inside(page: &Found, all: &[Found], share: f64) -> Vec<Found> {
    let is_inside = |f: &&Found| f.quality >= WITNESS && f.area() < share * page.area() && f.overlap(page) > 0.9;
    all.iter().filter(is_inside).copied().collect()
}

/// For each quad those of about its size that are disjoint.
fn alike_sets(all: &[Found]) -> impl Iterator<Item = Vec<Found>> {
    let alike =
        |base: &Found| all.iter().filter(|f| is_within(f.area(), base.area(), ALIKE)).copied().collect::<Vec<_>>();
    all.iter().map(move |base| disjoint(&alike(base), Vec::new()))
}

fn area(set: &[Found]) -> f64 {
    set.iter().map(Found::area).sum()
}

/// The size of which disjoint quads cover the most, the better the more.
fn prevailing_size(all: &[Found]) -> Option<f64> {
    let cover = |set: Vec<Found>| set.iter().map(|f| f64::from(f.quality).powi(4) * f.area()).sum::<f64>();
    let covers = alike_sets(all).map(cover).zip(all.iter().map(Found::area));
    covers.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, size)| size)
}

/// Adds those that overlap nothing chosen before them, in the order of their worth: quality first, then size, because
/// an inner frame is as good a quad as the outline around it.
fn disjoint(candidates: &[Found], mut chosen: Vec<Found>) -> Vec<Found> {
    let worth = |f: &Found| f64::from(f.quality) * f.area().max(1.0).powf(0.3);
    let mut order: Vec<&Found> = candidates.iter().collect();
    order.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
    for candidate in order {
        if chosen.iter().all(|c| c.overlap(candidate) < MOST_OVERLAP) {
            chosen.push(*candidate);
        }
    }
    chosen
}

/// Of every card the outline whose size most of the others have too: among outlines, inner frames and the gaps between
/// cards, only the outlines are alike everywhere.
fn agreed(chosen: Vec<Found>, all: &[Found]) -> Vec<Found> {
    if chosen.len() < 3 {
        return chosen;
    }
    let alternatives: Vec<Vec<&Found>> = chosen
        .iter()
        .map(|c| all.iter().filter(|f| is_nested(f, c) && f.quality >= ALTERNATIVE * c.quality).collect())
        .collect();
    let worth = |f: &Found, size: f64| {
        let off = ((f.area() / size).ln().abs() - SAME_SIZE).max(0.0) / SIZE_SPREAD;
        f64::from(f.quality) * ((-0.5 * off * off).exp() + 0.05)
    };
    let best = |set: &[&Found], size: f64| set.iter().map(|f| worth(f, size)).fold(0.0, f64::max);
    let total = |size: f64| alternatives.iter().map(|set| best(set, size)).sum::<f64>();
    let sizes = alternatives.iter().flatten().map(|f| f.area());
    let Some(size) = sizes.max_by(|a, b| total(*a).total_cmp(&total(*b))) else { return chosen };
    let picked = chosen.iter().zip(&alternatives).map(|(c, set)| {
        let best = set.iter().max_by(|a, b| worth(a, size).total_cmp(&worth(b, size)));
        best.map_or(*c, |f| **f)
    });
    disjoint(&picked.collect::<Vec<_>>(), Vec::new())
}

/// Whether one lies around the other and they are nearly of one size.
fn is_nested(a: &Found, b: &Found) -> bool {
    is_within(a.area(), b.area(), 1.67) && a.overlap(b) > 0.93
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Pt;

    /// A card 250 by 350 with its upper left corner there.
    fn card(left: f64, top: f64) -> Found {
        let corners = [(0.0, 0.0), (250.0, 0.0), (250.0, 350.0), (0.0, 350.0)];
        Found { quad: corners.map(|(x, y)| Pt::new(left + x, top + y)), quality: 0.99 }
    }

    fn is_alone(candidates: &[Found], size: (usize, usize)) -> bool {
        alone(candidates, size).is_some()
    }

    /// A smaller quad in that card.
    fn part(left: f64, top: f64, size: f64) -> Found {
        let quad = card(0.0, 0.0).quad.map(|p| Pt::new(left + size * p.x, top + size * p.y));
        Found { quad, quality: 0.6 }
    }

    #[test]
    fn what_shows_pockets_may_be_a_page() {
        let whole = card(50.0, 60.0);
        let is_card = |parts: &[Found]| is_alone(&[&[whole], parts].concat(), (400, 480));
        let (one, other) = (part(60.0, 70.0, 0.4), part(180.0, 220.0, 0.42));
        assert!(is_card(&[one]));
        assert!(!is_card(&[one, other]));
        assert!(is_card(&[one, Found { quality: 0.4, ..other }]), "the other is hardly a quad");
        assert!(is_card(&[one, part(180.0, 220.0, 0.2)]), "no two of a size");
        assert!(is_card(&[part(60.0, 65.0, 0.6), part(60.0, 240.0, 0.58)]), "a card's picture and text box");
    }

    #[test]
    fn one_sure_card_without_room_for_another_is_all() {
        // A card of half the area is 176.8 wide.
        assert!(is_alone(&[card(50.0, 60.0)], (476, 480)));
        assert!(!is_alone(&[card(50.0, 60.0)], (477, 480)), "room on the right");
        assert!(!is_alone(&[card(50.0, 60.0)], (400, 587)), "room below");
        assert!(!is_alone(&[card(177.0, 60.0)], (480, 480)), "room on the left");
        assert!(!is_alone(&[card(50.0, 177.0)], (400, 560)), "room above");
    }

    #[test]
    fn what_may_be_no_card_or_has_company_is_not_all() {
        assert!(!is_alone(&[Found { quality: 0.96, ..card(50.0, 60.0) }], (400, 480)));
        assert!(!is_alone(&[card(0.0, 0.0), card(250.0, 0.0)], (500, 350)));
        assert!(!is_alone(&[], (400, 480)));
    }
}
