//! The reference's patches and their search in a view.

use fearless_simd::{Simd, SimdBase as _, f32x8};

use super::view::View;
use super::{HEIGHT, WIDTH};
use crate::geometry::Pt;
use crate::wide::wide;

/// Side of a patch.
pub(super) const SIDE: usize = 22;
/// Columns that a row of a patch takes: rounded up so that whole vectors are multiplied, the rest being zero.
pub(super) const ROW: usize = 24;
const COLUMNS: usize = 8;
const ROWS: usize = 11;
pub(super) const PIXELS: f32 = (SIDE * SIDE) as f32;

/// Spread (standard deviation) below which a patch is flat.
pub(super) const FLAT: f32 = 2.5;
/// A search this wide or wider first looks at every second place.
const WIDE: usize = 6;

/// One patch of the reference, less its mean.
struct Patch {
    /// Its corner in the reference.
    x: usize,
    y: usize,
    pixels: Box<[[f32; ROW]; SIDE]>,
    sum: f32,
    /// Square root of its variance times its pixels.
    spread: f32,
}

/// Where a patch was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Match {
    /// Its centre in the reference.
    pub(super) at: Pt,
    /// How far from there it was found in the view.
    pub(super) shift: Pt,
    /// How well.
    pub(super) correlation: f32,
}

/// All patches of a reference that are not flat.
pub(super) struct Patches(Vec<Patch>);

impl Patches {
    pub(super) fn of(reference: &[u8]) -> Self {
        let (left, top) = ((WIDTH - COLUMNS * SIDE) / 2, (HEIGHT - ROWS * SIDE) / 2);
        let corners = (0..ROWS * COLUMNS).map(|i| (left + i % COLUMNS * SIDE, top + i / COLUMNS * SIDE));
        Self(corners.filter_map(|(x, y)| Patch::cut(reference, x, y)).collect())
    }

    /// The best place of every patch within `reach` pixels of where it lies; patches whose best place is flat, blown out
    /// or outside the photo are left out.
    pub(super) fn search(&self, view: &View, reach: usize) -> Vec<Match> {
        wide!(simd => self.found(simd, view, reach))
    }

    #[inline(always)]
    fn found(&self, simd: impl Simd, view: &View, reach: usize) -> Vec<Match> {
        let mut found = Vec::with_capacity(self.0.len());
        for patch in &self.0 {
            found.extend(patch.search(simd, view, reach));
        }
        found
    }
}

impl Patch {
    fn cut(reference: &[u8], x: usize, y: usize) -> Option<Self> {
        let row = |r: usize| &reference[(y + r) * WIDTH + x..][..SIDE];
        let mean = (0..SIDE).flat_map(row).map(|v| f32::from(*v)).sum::<f32>() / PIXELS;
        let mut pixels = Box::new([[0.0f32; ROW]; SIDE]);
        let (mut sum, mut squares) = (0.0, 0.0);
        for (r, target) in pixels.iter_mut().enumerate() {
            for (t, v) in target.iter_mut().zip(row(r)) {
                *t = f32::from(*v) - mean;
                sum += *t;
                squares += *t * *t;
            }
        }
        let spread = (squares - sum * sum / PIXELS).max(0.0).sqrt();
        (spread > FLAT * PIXELS.sqrt()).then_some(Self { x, y, pixels, sum, spread })
    }

    #[inline(always)]
    fn search(&self, simd: impl Simd, view: &View, reach: usize) -> Option<Match> {
        let most = 2 * reach;
        let mut best = (f32::NEG_INFINITY, 0, 0);
        let step = if reach >= WIDE { 2 } else { 1 };
        self.best_of(simd, view, (0..=most).step_by(step), (0..=most).step_by(step), &mut best);
        if step > 1 {
            let around = |at: usize| at.saturating_sub(1)..=(at + 1).min(most);
            self.best_of(simd, view, around(best.1), around(best.2), &mut best);
        }
        let (correlation, dx, dy) = best;
        if view.is_lost(self.x + dx, self.y + dy) {
            return None;
        }
        let at = |x: usize, y: usize| self.correlation(simd, view, self.x + x, self.y + y);
        let fine_x = if (1..most).contains(&dx) { peak(at(dx - 1, dy), correlation, at(dx + 1, dy)) } else { 0.0 };
        let fine_y = if (1..most).contains(&dy) { peak(at(dx, dy - 1), correlation, at(dx, dy + 1)) } else { 0.0 };
        let half = SIDE as f64 / 2.0;
        Some(Match {
            at: Pt::new(self.x as f64 + half, self.y as f64 + half),
            shift: Pt::new(dx as f64 - reach as f64 + fine_x, dy as f64 - reach as f64 + fine_y),
            correlation,
        })
    }

    #[inline(always)]
    fn best_of(
        &self,
        simd: impl Simd,
        view: &View,
        columns: impl Iterator<Item = usize> + Clone,
        rows: impl Iterator<Item = usize>,
        best: &mut (f32, usize, usize),
    ) {
        for dy in rows {
            for dx in columns.clone() {
                let correlation = self.correlation(simd, view, self.x + dx, self.y + dy);
                if correlation > best.0 {
                    *best = (correlation, dx, dy);
                }
            }
        }
    }

    /// Normalised correlation with the window at (x, y); 0 with a flat one.
    #[inline(always)]
    fn correlation(&self, simd: impl Simd, view: &View, x: usize, y: usize) -> f32 {
        let (sum, inverse) = view.window(x, y);
        if inverse <= 0.0 {
            return 0.0;
        }
        let zero = f32x8::splat(simd, 0.0);
        let mut lanes = [zero; ROW / 8];
        for (r, row) in self.pixels.iter().enumerate() {
            let from = (y + r) * view.stride + x;
            if let Some(photo) = view.pixels.get(from..).and_then(|p| p.first_chunk::<ROW>()) {
                for (i, lane) in lanes.iter_mut().enumerate() {
                    let part = 8 * i..8 * i + 8;
                    *lane += f32x8::from_slice(simd, &row[part.clone()]) * f32x8::from_slice(simd, &photo[part]);
                }
            }
        }
        let products = <[f32; 8]>::from(lanes.into_iter().fold(zero, |sum, lane| sum + lane));
        (products.iter().sum::<f32>() - self.sum * sum / PIXELS) * inverse / self.spread
    }
}

/// Where between -1/2 and 1/2 the parabola through three neighbours has its top.
fn peak(before: f32, here: f32, after: f32) -> f64 {
    let bend = before - 2.0 * here + after;
    if bend < -1e-6 { f64::from((0.5 * (before - after) / bend).clamp(-0.5, 0.5)) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use fearless_simd::{Level, dispatch};

    use super::*;
    use crate::geometry::Homography;

    #[test]
    fn the_oldest_processor_finds_the_same() {
        let gray: Vec<u8> = (0..WIDTH * HEIGHT).map(|i| (i * i / 97 + i * 13 / 7) as u8).collect();
        let (patches, view) = (Patches::of(&gray), View::new(&gray, &Homography::IDENTITY, 3));
        let oldest = dispatch!(Level::baseline(), simd => patches.found(simd, &view, 3));
        let places = |found: &[Match]| -> Vec<(f32, f64, f64)> {
            found.iter().map(|found| (found.correlation, found.shift.x, found.shift.y)).collect()
        };
        assert!(oldest.len() > 40);
        assert_eq!(places(&oldest), places(&patches.search(&view, 3)));
    }
}
