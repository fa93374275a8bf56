//! How much a quad looks like a card, after its sides were pulled onto edges.

use std::ops::RangeInclusive;

use super::scene::Level;
use super::side::{self, Side};
use crate::geometry::{self, Homography, Pt};

/// Short by long side of what may be a card seen at an angle; a card itself has 0.716.
pub(super) const ASPECTS: RangeInclusive<f64> = 0.58..=0.86;
const CARD_ASPECT: f64 = 63.0 / 88.0;

/// Focal length that cameras are believed to have, in longest sides of the picture: a phone's main lens has 0.75, its
/// double zoom 1.5. Tilted cards come out of it with their aspect right to 3 % whatever the lens was.
const FOCAL_LENGTH: f64 = 1.2;

/// Spreads of the aspect, as logarithms, as the lens saw it and as it is in the picture: when one of several lines is
/// chosen for a side, where a card's inner frame is 0.03 off and a quad that follows the frame on one side 0.04; and when
/// a quad is judged as a whole. The first alone would believe in any tilt that a wrong side suggests.
const CHOOSING_SPREAD: (f64, f64) = (0.05, 0.10);
const JUDGING_SPREAD: (f64, f64) = (0.08, 0.12);

/// How far sides are moved when a proposal is judged and when an outline is refined, as parts of the diagonal.
const JUDGING_REACH: f64 = 0.03;
const REFINING_REACH: f64 = 0.008;

/// Quality of outlines that need no further search. Measured on 240 simulated photos: of 229 cards found all but one had 0.94, and of what
/// was none at most 0.945.
const PLAIN: f32 = 0.94;

/// Opposite sides may differ by this factor: more is no card seen from any sensible angle.
const MOST_TAPER: f64 = 1.6;

/// A quad, portrait-wise and clockwise, and how much it looks like a card, 0 to 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) quad: [Pt; 4],
    pub(super) quality: f32,
}

impl Found {
    /// Whether it needs no further search.
    pub(super) fn is_plain(&self) -> bool {
        self.quality >= PLAIN
    }

    pub(super) fn scaled(self, factor: f64) -> Self {
        Self { quad: self.quad.map(|p| p.times(factor)), ..self }
    }

    pub(super) fn area(&self) -> f64 {
        geometry::area(&self.quad)
    }

    /// Share of the smaller of the two that lies in the other.
    pub(super) fn overlap(&self, other: &Self) -> f64 {
        let least = self.area().min(other.area());
        if least > 0.0 { geometry::shared_area(&self.quad, &other.quad) / least } else { 0.0 }
    }
}

/// Short by long side, each the mean of two opposite ones.
pub(super) fn aspect(quad: &[Pt; 4]) -> f64 {
    let [a, b, c, d] = geometry::sides(quad);
    let (one, other) = (a + c, b + d);
    one.min(other) / one.max(other).max(1e-9)
}

/// The proposals, fitted and judged; those that are no card at all are left out.
pub(super) fn judged(proposals: &[[Pt; 4]], level: &impl Level) -> Vec<Found> {
    proposals.iter().filter_map(|quad| judge(quad, level, JUDGING_REACH)).collect()
}

/// Lines that are tried for each side of a proposal: the card's edge, its inner frame, its sleeve or shadow.
const LINES: usize = 3;

/// What a side's strength, and its lying outwards, count beside its support when one of several is chosen: a card's
/// inner frame is often a stronger edge than its outline.
const STRENGTH: f32 = 0.10;
const OUTWARDS: f32 = 0.08;

/// Fits a quad to the edges near it and judges the result.
pub(super) fn judge(quad: &[Pt; 4], level: &impl Level, reach: f64) -> Option<Found> {
    let sides = sides_near(quad, level, reach, LINES);
    let mut best: Option<(f32, Found)> = None;
    for top in &sides[0] {
        for right in &sides[1] {
            for bottom in &sides[2] {
                for left in &sides[3] {
                    let Some((worth, found)) = of_sides(&[*top, *right, *bottom, *left], level) else { continue };
                    if best.as_ref().is_none_or(|(most, _)| worth > *most) {
                        best = Some((worth, found));
                    }
                }
            }
        }
    }
    best.map(|(_, found)| found)
}

/// The same outline on a larger level, where its sides can be seen more exactly.
pub(super) fn refined(found: &Found, level: &impl Level) -> Found {
    let sides = sides_near(&found.quad, level, REFINING_REACH, 1);
    let best = match sides.each_ref().map(Vec::as_slice) {
        [[top], [right], [bottom], [left]] => corners(&[*top, *right, *bottom, *left]),
        _ => None,
    };
    match best {
        Some(quad) if geometry::iou(&quad, &found.quad) > 0.9 => Found { quad, ..*found },
        _ => *found,
    }
}

fn sides_near(quad: &[Pt; 4], level: &impl Level, reach: f64, most: usize) -> [Vec<Side>; 4] {
    let diagonal = quad[2].minus(quad[0]).len();
    let reach = (reach * diagonal).round().clamp(2.0, 24.0) as usize;
    [0, 1, 2, 3].map(|i| side::fit(level, quad[i], quad[(i + 1) % 4], reach, most))
}

/// Where the sides cross; none when they make no convex quad.
fn corners(sides: &[Side; 4]) -> Option<[Pt; 4]> {
    let mut corners = [Pt::default(); 4];
    for (i, corner) in corners.iter_mut().enumerate() {
        *corner = sides[(i + 3) % 4].line.cross(&sides[i].line)?;
    }
    let sound = geometry::is_convex(&corners) && corners.iter().all(|c| c.is_finite());
    sound.then_some(corners)
}

/// The quad of four sides, and its worth beside others of the same proposal.
fn of_sides(sides: &[Side; 4], level: &impl Level) -> Option<(f32, Found)> {
    let quad = corners(sides)?;
    let off = distortion(&quad, level)?;
    let raw = (aspect(&quad) / CARD_ASPECT).ln();
    let shape = |(a, b): (f64, f64)| (-0.5 * ((off / a).powi(2) + (raw / b).powi(2))).exp() as f32;
    let mean = |value: fn(&Side) -> f32| sides.iter().map(value).sum::<f32>() / 4.0;
    let least = sides.iter().map(|s| s.support).fold(1.0, f32::min);
    let support = 0.6 * mean(|s| s.support) + 0.4 * least;
    let merit = support + STRENGTH * mean(|s| s.strength) + OUTWARDS * mean(|s| s.outwards);
    let found = Found { quad: portrait(quad), quality: support * shape(JUDGING_SPREAD) };
    Some((merit * shape(CHOOSING_SPREAD), found))
}

/// How far, as a logarithm, the aspect of the rectangle that would look like this quad is from a card's; none when the
/// quad is no card seen from any sensible angle.
fn distortion(quad: &[Pt; 4], level: &impl Level) -> Option<f64> {
    let [a, b, c, d] = geometry::sides(quad);
    let taper = (a / c).max(c / a).max(b / d).max(d / b);
    if !ASPECTS.contains(&aspect(quad)) || taper.is_nan() || taper > MOST_TAPER {
        return None;
    }
    let (w, h) = level.size();
    let (w, h) = (w as f64, h as f64);
    let from_lens = quad.map(|p| p.minus(Pt::new(w / 2.0, h / 2.0)).times(1.0 / (FOCAL_LENGTH * w.max(h))));
    let unit = [Pt::new(0.0, 0.0), Pt::new(1.0, 0.0), Pt::new(1.0, 1.0), Pt::new(0.0, 1.0)];
    let map = Homography::between(&unit, &from_lens)?.0;
    let length = |i: usize| (map[i].powi(2) + map[i + 3].powi(2) + map[i + 6].powi(2)).sqrt();
    let (one, other) = (length(0), length(1));
    let off = (one.min(other) / one.max(other) / CARD_ASPECT).ln();
    off.is_finite().then_some(off)
}

/// The corners in an order that makes the first side a short one.
fn portrait(quad: [Pt; 4]) -> [Pt; 4] {
    let [a, b, c, d] = geometry::sides(&quad);
    let mut quad = quad;
    if a + c > b + d {
        quad.rotate_left(1);
    }
    // Of the two half turns, the one whose top is nearer to the picture's.
    if quad[0].y + quad[1].y > quad[2].y + quad[3].y {
        quad.rotate_left(2);
    }
    quad
}
