//! Quads that might be cards: hulls of edges and of two-tone regions.

use super::lines;
use super::scene::Level;
use super::score::{ASPECTS, aspect};
use crate::geometry::{Pt, area, hull, iou, largest_quad, min_area_rect, simplify};
use crate::pixels::{components, grade, otsu, regions, thin_edges};

/// Canny's thresholds: faint outlines, and those that stand out of a busy table.
const THRESHOLDS: [(u16, u16); 2] = [(20, 60), (50, 130)];
/// Gaps in an edge that are bridged: none, and one pixel.
const REACHES: [usize; 2] = [1, 2];
/// Shortest side of a card, as a part of the picture's longest side.
const LEAST_SIDE: f64 = 0.07;
/// Share of its smallest rectangle that a hull must fill, and share of the hull that the quad inside it must.
const LEAST_FILL: f64 = 0.82;
const LEAST_QUAD: f64 = 0.88;
/// Quads this alike are one.
const SAME: f64 = 0.93;
/// Corners that a hull keeps before quads are fitted.
const HULL_CORNERS: usize = 14;

/// Every quad proposed, clockwise, in pixels of the level; alike ones once.
pub(super) fn proposals(level: &Level) -> Vec<[Pt; 4]> {
    let mut proposals = Proposals { level, quads: Vec::new() };
    let (w, h) = (level.width(), level.height());
    for channel in level.channels() {
        let thin = thin_edges(channel, w, h);
        for (low, high) in THRESHOLDS {
            for reach in REACHES {
                let grades = grade(&thin.strength, low, high);
                components(grades, w, reach, proposals.least_pixels(), |pixels| proposals.of_pixels(pixels));
            }
        }
        if let Some(threshold) = otsu(channel) {
            let mask: Vec<bool> = channel.iter().map(|v| *v > threshold).collect();
            regions(&mask, w, proposals.least_pixels(), |_, runs| proposals.of_runs(runs));
        }
    }
    proposals.quads
}

/// Quads of long straight lines: what is left where everything hangs together with everything.
pub(super) fn ruled(level: &Level) -> Vec<[Pt; 4]> {
    let mut proposals = Proposals { level, quads: Vec::new() };
    let (w, h) = (level.width(), level.height());
    let [lightness, ..] = level.channels();
    let quads = lines::quads(&thin_edges(lightness, w, h), (w, h), proposals.least_pixels() as f64);
    quads.into_iter().for_each(|quad| proposals.add(quad));
    proposals.quads
}

struct Proposals<'a> {
    level: &'a Level,
    quads: Vec<[Pt; 4]>,
}

impl Proposals<'_> {
    /// Pixels that one side of the smallest card has.
    fn least_pixels(&self) -> usize {
        (LEAST_SIDE * self.level.width().max(self.level.height()) as f64) as usize
    }

    fn of_pixels(&mut self, pixels: &[usize]) {
        let (w, h) = (self.level.width(), self.level.height());
        let rows = pixels.iter().map(|i| i / w);
        let (Some(top), Some(bottom)) = (rows.clone().min(), rows.max()) else { return };
        let mut spans = vec![(usize::MAX, 0); (bottom - top + 1).min(h)];
        for i in pixels {
            let span = &mut spans[i / w - top];
            *span = (span.0.min(i % w), span.1.max(i % w));
        }
        let at = |x: usize, row: usize| Pt::new(x as f64 + 0.5, (top + row) as f64 + 0.5);
        let ends = spans.iter().enumerate().filter(|(_, s)| s.0 <= s.1);
        self.of_points(&ends.flat_map(|(row, s)| [at(s.0, row), at(s.1, row)]).collect::<Vec<_>>());
    }

    fn of_runs(&mut self, runs: &[(usize, usize, usize)]) {
        let corners = |&(row, first, last): &(usize, usize, usize)| {
            let (y, x0, x1) = (row as f64, first as f64, (last + 1) as f64);
            [Pt::new(x0, y), Pt::new(x1, y), Pt::new(x0, y + 1.0), Pt::new(x1, y + 1.0)]
        };
        self.of_points(&runs.iter().flat_map(corners).collect::<Vec<_>>());
    }

    fn of_points(&mut self, points: &[Pt]) {
        let hull = hull(points);
        let size = area(&hull);
        let least = self.least_pixels() as f64;
        if size < least * least {
            return;
        }
        let rect = min_area_rect(&hull).filter(|rect| size >= LEAST_FILL * area(rect));
        let quad = largest_quad(&simplify(&hull, HULL_CORNERS)).filter(|quad| area(quad) >= LEAST_QUAD * size);
        rect.into_iter().chain(quad).for_each(|quad| self.add(quad));
    }

    fn add(&mut self, quad: [Pt; 4]) {
        if ASPECTS.contains(&aspect(&quad)) && self.quads.iter().all(|q| iou(q, &quad) < SAME) {
            self.quads.push(quad);
        }
    }
}
