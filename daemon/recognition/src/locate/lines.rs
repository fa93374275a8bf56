//! Quads of long straight lines: on a busy table a card's outline hangs together with everything around it, but little else
//! there is as straight as its sides.

use std::f64::consts::PI;

use super::score::{ASPECTS, aspect};
use crate::geometry::{self, Line, Pt};
use crate::pixels::ThinEdges;

/// Strength from which an edge counts.
pub(super) const STRENGTH: u16 = 40;
/// Directions that are told apart, over half a turn.
const DIRECTIONS: usize = 180;
/// Breadth of a line in pixels: directions that are rounded move its ends by so much.
const BREADTH: f64 = 2.0;
/// How far an edge may be turned out of a line that it is a part of, in steps of the direction: the edges of a pattern go every way.
const TURNED: usize = 8;
/// Lines that are kept, the longest ones, and how much these differ at least: in steps of the direction or in breadths.
const MOST_LINES: usize = 24;
const APART: (usize, usize) = (4, 4);
/// How far opposite sides may be from parallel, and neighbouring ones from square, in radians.
const PARALLEL: f64 = 0.21;
const SQUARE: f64 = 0.35;
/// How much of each side, and of all four together, must be edges.
const COVERED: (f64, f64) = (0.45, 0.6);
/// Most quads that are proposed, the best covered ones.
const MOST_QUADS: usize = 12;
/// How far corners may lie outside the picture, as a part of its longest side.
const OUTSIDE: f64 = 0.03;

/// A straight line of edges.
struct Ruled {
    line: Line,
    /// Where its normal points, 0 to pi.
    angle: f64,
    /// Place of the first count along the line.
    from: f64,
    /// How many places before each one are edges.
    counts: Vec<u32>,
}

/// A pixel of an edge, and which way the edge's normal points, 0 to pi.
struct Edge {
    at: Pt,
    angle: f64,
}

/// The quads of the longest lines of a channel's edges; no side is shorter than `least` pixels.
pub(super) fn quads(thin: &ThinEdges, (width, height): (usize, usize), least: f64) -> Vec<[Pt; 4]> {
    let (dx, dy) = &thin.gradient;
    let gradients = thin.strength.iter().zip(dx).zip(dy).enumerate();
    let edges = gradients.filter(|(_, ((strength, _), _))| **strength >= STRENGTH).map(|(i, ((_, dx), dy))| Edge {
        at: Pt::new((i % width) as f64 + 0.5, (i / width) as f64 + 0.5),
        angle: f64::from(*dy).atan2(f64::from(*dx)).rem_euclid(PI),
    });
    let edges: Vec<Edge> = edges.collect();
    let reach = (width as f64).hypot(height as f64);
    let lines: Vec<Ruled> = longest(&edges, reach, least).into_iter().map(|at| Ruled::new(at, &edges, reach)).collect();
    let pairs = opposite(&lines, least);
    let frame = Frame { width: width as f64, height: height as f64 };
    let mut found: Vec<(f64, [Pt; 4])> = Vec::new();
    for (nth, &one) in pairs.iter().enumerate() {
        let quads = pairs[nth + 1..].iter().filter_map(|&other| frame.quad(&lines, one, other, least));
        found.extend(quads);
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.truncate(MOST_QUADS);
    found.into_iter().map(|(_, quad)| quad).collect()
}

/// Directions and distances from the corner of the lines with the most edges on them (Hough transform).
fn longest(edges: &[Edge], reach: f64, least: f64) -> Vec<(f64, f64)> {
    let rows = (2.0 * reach / BREADTH) as usize + 2;
    let mut votes = vec![0u32; DIRECTIONS * rows];
    let turn = |direction: usize| PI * direction as f64 / DIRECTIONS as f64;
    let normals: Vec<(f64, f64)> = (0..DIRECTIONS).map(|direction| turn(direction).sin_cos()).collect();
    for Edge { at, angle } in edges {
        let own = (angle / PI * DIRECTIONS as f64).round() as usize;
        for direction in (own + DIRECTIONS - TURNED..=own + DIRECTIONS + TURNED).map(|direction| direction % DIRECTIONS)
        {
            let (sin, cos) = normals[direction];
            votes[direction * rows + ((at.x * cos + at.y * sin + reach) / BREADTH) as usize] += 1;
        }
    }
    let mut found = Vec::new();
    while found.len() < MOST_LINES {
        let Some((at, most)) = votes.iter().copied().enumerate().max_by_key(|(_, count)| *count) else { break };
        if f64::from(most) < least {
            break;
        }
        let (direction, row) = (at / rows, at % rows);
        found.push((turn(direction), (row as f64 + 0.5) * BREADTH - reach));
        for off in 0..=2 * APART.0 {
            // Past half a turn the distance changes its sign.
            let near = direction + DIRECTIONS + off - APART.0;
            let flips = near / DIRECTIONS != 1;
            let row = if flips { rows.saturating_sub(row + 2) } else { row };
            let own = &mut votes[near % DIRECTIONS * rows..][..rows];
            own[row.saturating_sub(APART.1)..(row + APART.1 + 1).min(rows)].fill(0);
        }
    }
    found
}

impl Ruled {
    fn new((angle, distance): (f64, f64), edges: &[Edge], reach: f64) -> Self {
        let (sin, cos) = angle.sin_cos();
        let line = Line { on: Pt::new(cos * distance, sin * distance), along: Pt::new(-sin, cos) };
        let mut is_edge = vec![false; 2 * reach as usize + 3];
        let turned = TURNED as f64 * PI / DIRECTIONS as f64;
        let is_part = |edge: &&Edge| line.distance(edge.at).abs() <= BREADTH && apart(edge.angle, angle) <= turned;
        for edge in edges.iter().filter(is_part) {
            let at = (line.along.dot(edge.at.minus(line.on)) + reach).max(0.0) as usize;
            // A slanting line has fewer pixels than it is long.
            is_edge.iter_mut().skip(at.saturating_sub(1)).take(3).for_each(|place| *place = true);
        }
        let counts = is_edge.into_iter().scan(0, |count, is_edge| {
            let before = *count;
            *count += u32::from(is_edge);
            Some(before)
        });
        Self { line, angle, from: -reach, counts: counts.collect() }
    }

    /// How much of the line between two of its points is edges, 0 to 1.
    fn covered(&self, a: Pt, b: Pt) -> f64 {
        let place = |p: Pt| self.line.along.dot(p.minus(self.line.on)) - self.from;
        let (first, last) = (place(a).min(place(b)), place(a).max(place(b)));
        let count = |at: f64| f64::from(self.counts[(at.max(0.0) as usize).min(self.counts.len() - 1)]);
        ((count(last) - count(first)) / (last - first).max(1.0)).min(1.0)
    }
}

/// How far two directions are apart, 0 to half pi.
fn apart(one: f64, other: f64) -> f64 {
    let off = (one - other).abs();
    off.min(PI - off)
}

/// Pairs of lines that may be opposite sides, by their places.
fn opposite(lines: &[Ruled], least: f64) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (a, one) in lines.iter().enumerate() {
        for (b, other) in lines.iter().enumerate().skip(a + 1) {
            if apart(one.angle, other.angle) <= PARALLEL && other.line.distance(one.line.on).abs() >= least {
                pairs.push((a, b));
            }
        }
    }
    pairs
}

struct Frame {
    width: f64,
    height: f64,
}

impl Frame {
    /// The quad of two pairs of opposite sides, with how much of it is edges.
    fn quad(&self, lines: &[Ruled], one: (usize, usize), other: (usize, usize), least: f64) -> Option<(f64, [Pt; 4])> {
        let [left, right, top, bottom] = [one.0, one.1, other.0, other.1].map(|at| &lines[at]);
        if PI / 2.0 - apart(left.angle, top.angle) > SQUARE {
            return None;
        }
        let sides = [top, right, bottom, left];
        let corner = |i: usize| sides[(i + 3) % 4].line.cross(&sides[i].line);
        let mut quad = [corner(0)?, corner(1)?, corner(2)?, corner(3)?];
        if !quad.iter().all(|corner| self.holds(*corner)) || geometry::sides(&quad).iter().any(|side| *side < least) {
            return None;
        }
        let covered: [f64; 4] = std::array::from_fn(|i| sides[i].covered(quad[i], quad[(i + 1) % 4]));
        if !geometry::is_convex(&quad) {
            quad.reverse();
        }
        let (least, mean) = (covered.iter().copied().fold(1.0, f64::min), covered.iter().sum::<f64>() / 4.0);
        let is_card = geometry::is_convex(&quad) && ASPECTS.contains(&aspect(&quad));
        (is_card && least >= COVERED.0 && mean >= COVERED.1).then_some((mean + least, quad))
    }

    /// Whether a corner lies in the picture, or hardly outside.
    fn holds(&self, corner: Pt) -> bool {
        let slack = OUTSIDE * self.width.max(self.height);
        (-slack..self.width + slack).contains(&corner.x) && (-slack..self.height + slack).contains(&corner.y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::thin_edges;

    const SIZE: (usize, usize) = (360, 300);

    /// A pattern of tiles with wavy sides, and a card on it whose own picture is made of smaller ones.
    fn table(card: &[Pt; 4]) -> Vec<u8> {
        let tile = |x: f64, y: f64, side: f64| {
            let (x, y) = (x + 4.0 * (y / 9.0).sin(), y + 4.0 * (x / 9.0).sin());
            let (a, b) = ((x / side).floor() as i64, (y / side).floor() as i64);
            ((a * 7919 + b * 104_729).rem_euclid(211) + 20) as u8
        };
        let pixel = |i: usize| {
            let at = Pt::new((i % SIZE.0) as f64 + 0.5, (i / SIZE.0) as f64 + 0.5);
            if geometry::contains(card, at) { tile(at.x + 9.0, at.y, 17.0) } else { tile(at.x, at.y, 29.0) }
        };
        (0..SIZE.0 * SIZE.1).map(pixel).collect()
    }

    #[test]
    fn a_card_is_found_on_a_table_where_everything_hangs_together() {
        let card = [Pt::new(110.0, 40.0), Pt::new(262.0, 54.0), Pt::new(240.0, 262.0), Pt::new(90.0, 250.0)];
        let found = quads(&thin_edges(&table(&card), SIZE.0, SIZE.1, STRENGTH), SIZE, 25.0);
        let best = found.iter().map(|quad| geometry::iou(quad, &card)).fold(0.0, f64::max);
        assert!(best > 0.9, "{best} of {}", found.len());
        assert!(found.len() <= MOST_QUADS);
    }

    #[test]
    fn pictures_without_lines_give_nothing() {
        assert!(quads(&thin_edges(&[], 0, 0, STRENGTH), (0, 0), 0.0).is_empty());
        assert!(quads(&thin_edges(&[7; 400], 20, 20, STRENGTH), (20, 20), 3.0).is_empty());
    }
}
