//! The map that most patches agree on.

use super::patch::Match;
use super::{HEIGHT, WIDTH};
use crate::geometry::{Homography, Pair, Pt};

/// Correlation below which a match is no evidence of a place.
const LEAST_CORRELATION: f32 = 0.25;
/// How far, in pixels, a match may lie from the map and still agree with it.
const AFFINE_TOLERANCE: f64 = 3.0;
const HOMOGRAPHY_TOLERANCE: f64 = 2.0;
/// Triples of matches that are tried.
const TRIPLES: usize = 200;
/// Matches that must agree before the map is changed.
const LEAST_AGREEING: usize = 8;
/// How far a map may move a corner of the reference, in pixels: beyond, it is nonsense that noise agreed on.
const MOST_MOVED: f64 = 40.0;

/// From every good match: its place in the reference, where it lies in the photo, and its weight.
fn pairs(matches: &[Match], map: &Homography) -> Vec<Pair> {
    let good = matches.iter().filter(|m| m.correlation > LEAST_CORRELATION);
    good.map(|m| (m.at, map.apply(m.at.plus(m.shift, 1.0)), f64::from(m.correlation).powi(2))).collect()
}

/// The affine map on which matches of most weight agree; `before` when too few do.
pub(super) fn affine(matches: &[Match], before: Homography) -> Homography {
    let pairs = pairs(matches, &before);
    let mut chance = Chance(1);
    let mut best: Option<(f64, Homography)> = None;
    for _ in 0..TRIPLES {
        let Some(triple) = chance.triple(&pairs) else { break };
        let Some(map) = Homography::fit_affine(&triple).filter(is_sane) else { continue };
        let weight = agreement(&pairs, &map, AFFINE_TOLERANCE);
        if best.as_ref().is_none_or(|(most, _)| weight > *most) {
            best = Some((weight, map));
        }
    }
    let Some((_, map)) = best else { return before };
    refit(&pairs, map, AFFINE_TOLERANCE, Homography::fit_affine).unwrap_or(before)
}

/// The homography around `before` on which the matches agree; `before` when too few do.
pub(super) fn homography(matches: &[Match], before: Homography) -> Homography {
    let pairs = pairs(matches, &before);
    refit(&pairs, before, HOMOGRAPHY_TOLERANCE, Homography::fit).unwrap_or(before)
}

/// Fits to what agrees with the map, three times over.
fn refit(
    pairs: &[Pair],
    mut map: Homography,
    tolerance: f64,
    fit: fn(&[Pair]) -> Option<Homography>,
) -> Option<Homography> {
    for tolerance in [1.5 * tolerance, tolerance, tolerance] {
        let agreeing: Vec<Pair> = pairs
            .iter()
            .map(|&(p, q, weight)| (p, q, weight * closeness(&map, p, q, tolerance)))
            .filter(|(_, _, weight)| *weight > 0.0)
            .collect();
        if agreeing.len() < LEAST_AGREEING {
            return None;
        }
        map = fit(&agreeing).filter(is_sane)?;
    }
    Some(map)
}

fn agreement(pairs: &[Pair], map: &Homography, tolerance: f64) -> f64 {
    pairs.iter().map(|&(p, q, weight)| weight * closeness(map, p, q, tolerance)).sum()
}

/// 1 where the map takes p to q, 0 from the tolerance on.
fn closeness(map: &Homography, p: Pt, q: Pt, tolerance: f64) -> f64 {
    let t = map.apply(p).minus(q).len() / tolerance;
    (1.0 - t * t).max(0.0)
}

/// Whether a map leaves the corners about where they are.
fn is_sane(map: &Homography) -> bool {
    let (w, h) = (WIDTH as f64, HEIGHT as f64);
    let corners = [Pt::new(0.0, 0.0), Pt::new(w, 0.0), Pt::new(w, h), Pt::new(0.0, h)];
    corners.iter().all(|c| map.apply(*c).minus(*c).len() <= MOST_MOVED)
}

/// A small generator with a fixed start: the same matches give the same map.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % limit.max(1) as u64) as usize
    }

    /// Three matches, not necessarily different: a fit of the same match twice fails and is passed over.
    fn triple(&mut self, pairs: &[Pair]) -> Option<[Pair; 3]> {
        if pairs.len() < 3 {
            return None;
        }
        Some([(); 3].map(|()| pairs[self.below(pairs.len())]))
    }
}
