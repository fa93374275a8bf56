//! One side of a quad, pulled onto the straight edge near it.

use super::scene::Level;
use crate::geometry::{Line, Pt};

/// Profiles taken across a side.
const PROFILES: usize = 40;
/// Part of the side left out at each end: corners are round, and a neighbour's corner may be near.
const ENDS: f64 = 0.07;
/// Change of colour per two pixels at which an edge counts in full, and at which it counts as seen.
const FULL: f32 = 24.0;
const SEEN: f32 = 5.0;

/// Lines told apart when a side could be one of several: they are this many pixels from each other.
const APART: f64 = 2.0;
/// A line with less than this share of the strongest one's edge is noise.
const LEAST_SHARE: f32 = 0.35;

/// Change of colour across a side, averaged over an eighth of it, from which one is inside there and outside here.
const STEP: f32 = 3.0;
/// Eighths, and where across the side inside and outside begin and end.
const SEGMENTS: usize = 8;
const STEP_AT: [f64; 3] = [2.0, 3.0, 4.0];
/// The same farther across: cloth has light and dark threads side by side, and is of one colour. Measured on 120 simulated photos at
/// level station: all cards are found, 116 without this, the others taken for a part of the cloth.
const BROAD_AT: [f64; 7] = [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];

/// A place where a side may lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side {
    pub(super) line: Line,
    /// Share of it along which an edge was seen that parts two colours.
    pub(super) support: f32,
    /// How strong the edge is, 0 to 1.
    pub(super) strength: f32,
    /// How far outwards it lies, as a part of the reach.
    pub(super) outwards: f32,
}

/// A straight way across all profiles.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// How much edge is on it.
    edge: f32,
    /// How far across it begins and ends, in pixels.
    begin: isize,
    end: isize,
}

impl Way {
    fn is_apart(&self, other: &Self) -> bool {
        (self.begin + self.end - other.begin - other.end).abs() as f64 >= 2.0 * APART
    }
}

/// Edge strength across a side: one row per place along it, one column per pixel across, the middle on the side.
struct Profiles {
    rows: Vec<Vec<f32>>,
    reach: usize,
    from: Pt,
    along: Pt,
    across: Pt,
}

impl Profiles {
    /// None for a side without length. Rows outside the picture are empty.
    fn new(level: &impl Level, a: Pt, b: Pt, reach: usize) -> Option<Self> {
        let along = b.minus(a);
        let direction = Line::through(a, b)?.along;
        let across = Pt::new(-direction.y, direction.x);
        let profile = |i: usize| {
            let foot = a.plus(along, place(i));
            let reach = reach as isize;
            let colours = (-reach - 1..=reach + 1).map(|t| level.colour(foot.plus(across, t as f64)));
            let colours: Vec<_> = colours.collect();
            colours.windows(3).map(|around| change(around[0], around[2])).collect()
        };
        Some(Self { rows: (0..PROFILES).map(profile).collect(), reach, from: a, along, across })
    }

    /// Strength at a place across, between pixels.
    fn at(&self, row: usize, t: f64) -> f32 {
        let x = t + self.reach as f64;
        let i = x.floor();
        let share = (x - i) as f32;
        let get = |i: f64| if i >= 0.0 { self.rows[row].get(i as usize).copied().unwrap_or(0.0) } else { 0.0 };
        get(i) * (1.0 - share) + get(i + 1.0) * share
    }

    /// The straight ways across all profiles with the most edge on them, the best first: how far across they begin and end.
    fn best(&self, most: usize) -> Vec<(f64, f64)> {
        let ways = self.ways();
        let mut kept: Vec<Way> = Vec::new();
        let is_apart = |way: &Way, kept: &[Way]| kept.iter().all(|other| way.is_apart(other));
        while kept.len() < most {
            let left = ways.iter().filter(|way| is_apart(way, &kept));
            // Of equals the first.
            let best = left.reduce(|best, way| if way.edge > best.edge { way } else { best });
            let strongest = kept.first().or(best).map_or(0.0, |way| way.edge);
            let Some(best) = best.filter(|way| way.edge > LEAST_SHARE * strongest) else { break };
            kept.push(*best);
        }
        kept.into_iter().map(|way| (way.begin as f64, way.end as f64)).collect()
    }

    /// Every straight way across all profiles.
    fn ways(&self) -> Vec<Way> {
        /// Steps between the first and the last profile.
        const STEPS: isize = PROFILES as isize - 1;
        let reach = self.reach as isize;
        let rows: Vec<Vec<f32>> = self.rows.iter().map(|row| row.iter().map(|v| v.min(FULL)).collect()).collect();
        let mut ways = Vec::with_capacity((2 * self.reach + 1).pow(2));
        for begin in -reach..=reach {
            for end in -reach..=reach {
                // The nearest column to begin + (end - begin) * i / STEPS.
                let from = 2 * STEPS * (begin + reach) + STEPS;
                let columns = (0..).map(|i| ((from + 2 * (end - begin) * i) / (2 * STEPS)) as usize);
                let edge: f32 = rows.iter().zip(columns).map(|(row, column)| row[column]).sum();
                // Of equals, the one nearest to where the side was.
                ways.push(Way { edge: edge - 1e-3 * (begin.abs() + end.abs()) as f32, begin, end });
            }
        }
        ways
    }

    fn point(&self, row: usize, t: f64) -> Pt {
        self.from.plus(self.along, place(row)).plus(self.across, t)
    }
}

fn place(row: usize) -> f64 {
    ENDS + (1.0 - 2.0 * ENDS) * row as f64 / (PROFILES - 1) as f64
}

/// How much two colours differ; nothing where one of them is outside.
fn change(before: Option<[f32; 3]>, after: Option<[f32; 3]>) -> f32 {
    let (Some(a), Some(b)) = (before, after) else { return 0.0 };
    let [l, x, y] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    (l * l + 2.0 * (x * x + y * y)).sqrt()
}

/// The strongest straight edges within `reach` pixels of the side from `a` to `b`, at most `most`.
pub(super) fn fit(level: &impl Level, a: Pt, b: Pt, reach: usize, most: usize) -> Vec<Side> {
    let Some(profiles) = Profiles::new(level, a, b, reach) else { return Vec::new() };
    let ways = profiles.best(most);
    ways.into_iter().filter_map(|(begin, end)| along(level, &profiles, begin, end)).collect()
}

/// The side along one way across the profiles.
fn along(level: &impl Level, profiles: &Profiles, begin: f64, end: f64) -> Option<Side> {
    let mut points = Vec::with_capacity(PROFILES);
    let mut strength = 0.0;
    for row in 0..PROFILES {
        let t = begin + (end - begin) * row as f64 / (PROFILES - 1) as f64;
        let (offset, edge) = top_near(profiles, row, t);
        strength += edge.min(FULL) / FULL;
        if edge >= SEEN {
            points.push((profiles.point(row, offset), f64::from(edge.min(FULL))));
        }
    }
    let straight = Line::through(profiles.point(0, begin), profiles.point(PROFILES - 1, end))?;
    let line = straight.refitted(&points, 1.5).unwrap_or(straight);
    let seen = points.len() as f32 / PROFILES as f32;
    let parted = parted(level, profiles, begin, end);
    Some(Side {
        line,
        support: seen * (0.4 + 0.6 * parted),
        strength: strength / PROFILES as f32,
        outwards: -((begin + end) / 2.0 / profiles.reach as f64) as f32,
    })
}

/// Share of the side's eighths across which the mean colour changes: texture has edges, but the same colour on both
/// sides of them.
fn parted(level: &impl Level, profiles: &Profiles, begin: f64, end: f64) -> f32 {
    let rows = PROFILES / SEGMENTS;
    let line = |row: usize| begin + (end - begin) * row as f64 / (PROFILES - 1) as f64;
    let differ = |segment: &usize| {
        let rows = segment * rows..(segment + 1) * rows;
        let mean = |sign: f64, places: &[f64]| {
            let of_row = |row: usize| places.iter().map(move |at| profiles.point(row, line(row) + sign * at));
            mean_colour(rows.clone().flat_map(of_row).filter_map(|point| level.colour(point)))
        };
        let step = |places: &[f64]| change(mean(-1.0, places), mean(1.0, places));
        step(&STEP_AT) >= STEP && step(&BROAD_AT) >= STEP
    };
    (0..SEGMENTS).filter(differ).count() as f32 / SEGMENTS as f32
}

/// None of no colours.
fn mean_colour(colours: impl Iterator<Item = [f32; 3]>) -> Option<[f32; 3]> {
    let (mut sum, mut count) = ([0.0; 3], 0.0);
    for colour in colours {
        sum.iter_mut().zip(colour).for_each(|(sum, value)| *sum += value);
        count += 1.0;
    }
    (count > 0.0).then(|| sum.map(|sum: f32| sum / count))
}

/// The strongest place within a pixel of `t`, between pixels, and its strength.
fn top_near(profiles: &Profiles, row: usize, t: f64) -> (f64, f32) {
    let mut best = (t, 0.0);
    for step in -4..=4 {
        let at = t + f64::from(step) * 0.25;
        let (before, here, after) = (profiles.at(row, at - 1.0), profiles.at(row, at), profiles.at(row, at + 1.0));
        if here > best.1 {
            let bend = before - 2.0 * here + after;
            let shift = if bend < -1e-3 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 };
            best = (at + f64::from(shift), here);
        }
    }
    best
}
