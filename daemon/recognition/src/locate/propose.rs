//! Quads that might be cards: hulls of edges and of two-tone regions.

use super::lines;
use super::scene::{Coarse, Level};
use super::score::{ASPECTS, aspect};
use crate::geometry::{Pt, area, hull, iou, largest_quad, min_area_rect, simplify};
use crate::pixels::{components, otsu, regions, thin_edges};

/// Canny's thresholds: faint outlines, and those that stand out of a busy table.
const THRESHOLDS: [(u16, u16); 2] = [(FAINTEST, 60), (50, 130)];
const FAINTEST: u16 = 20;
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

/// Quads of a level, clockwise, in its pixels; alike ones once.
pub(super) struct Proposals<'a> {
    level: &'a Coarse,
    quads: Vec<[Pt; 4]>,
}

impl<'a> Proposals<'a> {
    /// None yet.
    pub(super) const fn new(level: &'a Coarse) -> Self {
        Self { level, quads: Vec::new() }
    }

    /// Those of one channel's edges and of what is brighter and darker in it.
    pub(super) fn of_channel(&mut self, channel: &[u8]) -> &[[Pt; 4]] {
        let (known, (w, h)) = (self.quads.len(), self.level.size());
        let thin = thin_edges(channel, w, h, FAINTEST).strength;
        for thresholds in THRESHOLDS {
            for reach in REACHES {
                let least = self.least_pixels();
                components(&thin, w, thresholds, reach, least, |pixels| self.of_pixels(pixels));
            }
        }
        if let Some(threshold) = otsu(channel) {
            let mask: Vec<bool> = channel.iter().map(|v| *v > threshold).collect();
            regions(&mask, w, self.least_pixels(), |_, runs| self.of_runs(runs));
        }
        &self.quads[known..]
    }

    /// Those of long straight lines: what is left where everything hangs together with everything.
    pub(super) fn of_lines(mut self) -> Vec<[Pt; 4]> {
        let (w, h) = self.level.size();
        let [lightness, ..] = self.level.channels();
        let thin = thin_edges(lightness, w, h, lines::STRENGTH);
        let quads = lines::quads(&thin, (w, h), self.least_pixels() as f64);
        quads.into_iter().for_each(|quad| self.add(quad));
        self.quads
    }

    /// Pixels that one side of the smallest card has.
    fn least_pixels(&self) -> usize {
        let (w, h) = self.level.size();
        (LEAST_SIDE * w.max(h) as f64) as usize
    }

    fn of_pixels(&mut self, pixels: &[(u32, u32)]) {
        let spans = spans(pixels.iter().map(|&(column, row)| (row, column, column)));
        let middle = |x: u32, row: u32| Pt::new(f64::from(x) + 0.5, f64::from(row) + 0.5);
        let ends = spans.into_iter().flat_map(|(row, first, last)| [middle(first, row), middle(last, row)]);
        self.of_points(&ends.collect::<Vec<_>>());
    }

    fn of_runs(&mut self, runs: &[(usize, usize, usize)]) {
        let spans = spans(runs.iter().map(|&(row, first, last)| (row as u32, first as u32, last as u32 + 1)));
        let corner = |x: u32, row: u32| Pt::new(f64::from(x), f64::from(row));
        let corners = |(row, left, right): (u32, u32, u32)| {
            [corner(left, row), corner(right, row), corner(left, row + 1), corner(right, row + 1)]
        };
        self.of_points(&spans.into_iter().flat_map(corners).collect::<Vec<_>>());
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

/// Of every row the least and the most column of the pieces in it, each of which is (row, first, last); rows from the top.
fn spans(pieces: impl Iterator<Item = (u32, u32, u32)> + Clone) -> Vec<(u32, u32, u32)> {
    let rows = pieces.clone().map(|(row, _, _)| row);
    let (Some(top), Some(bottom)) = (rows.clone().min(), rows.max()) else { return Vec::new() };
    let mut spans: Vec<_> = (top..=bottom).map(|row| (row, u32::MAX, 0)).collect();
    for (row, first, last) in pieces {
        let (_, least, most) = &mut spans[(row - top) as usize];
        (*least, *most) = ((*least).min(first), (*most).max(last));
    }
    spans.retain(|(_, first, last)| first <= last);
    spans
}
