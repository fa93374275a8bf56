//! Where cards lie on the table.

use std::fmt;
use std::str::FromStr;

use crate::printer::dice::Dice;

use super::geometry::{At, CARD_HEIGHT, CARD_WIDTH, Placement, bounds, corners};
use super::level::Range;

/// How many cards lie in a photo, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arrangement {
    /// One card.
    Single,
    /// Two side by side.
    Pair,
    /// Three to five, anyhow, without touching.
    Scattered,
    /// Nine in the pockets of an album page.
    Page,
}

impl Arrangement {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Single, Self::Pair, Self::Scattered, Self::Page];

    /// As labels and the command line spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Pair => "pair",
            Self::Scattered => "scattered",
            Self::Page => "page",
        }
    }

    /// How many cards belong into such a photo, at least and at most.
    #[must_use]
    pub const fn cards(self) -> (u32, u32) {
        match self {
            Self::Single => (1, 1),
            Self::Pair => (2, 2),
            Self::Scattered => (3, 5),
            Self::Page => (9, 9),
        }
    }

    /// How much smaller than a lone card each card is photographed: a camera has only so many pixels.
    pub(super) const fn shrink(self) -> f32 {
        match self {
            Self::Single => 1.0,
            Self::Pair => 0.92,
            Self::Scattered => 0.8,
            Self::Page => 0.78,
        }
    }
}

impl fmt::Display for Arrangement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Arrangement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|arrangement| arrangement.as_str() == text);
        found.ok_or_else(|| format!("{text:?} is none of single, pair, scattered, page"))
    }
}

/// Gap between the pockets of an album page.
const POCKET: f64 = 5.0;
/// Least distance between scattered cards.
const APART: f64 = 4.0;

/// Lays `count` cards on the table, around its origin.
pub(super) fn lay(arrangement: Arrangement, count: usize, range: &Range, dice: &mut Dice) -> Vec<Placement> {
    let mut placed = match arrangement {
        Arrangement::Page => page(count, range, dice),
        Arrangement::Pair => row(count, range, dice),
        Arrangement::Single | Arrangement::Scattered => scattered(count, range, dice),
    };
    let (x0, y0, x1, y1) = bounds(placed.iter().flat_map(outline));
    for placement in &mut placed {
        placement.centre.0 -= (x0 + x1) / 2.0;
        placement.centre.1 -= (y0 + y1) / 2.0;
    }
    placed
}

fn between(dice: &mut Dice, low: f64, high: f64) -> f64 {
    f64::from(dice.between(low as f32, high as f32))
}

fn quarter_turn(range: &Range, dice: &mut Dice) -> f64 {
    if dice.chance(range.turned) { *dice.pick(&[90.0, 180.0, 180.0, 270.0]) } else { 0.0 }
}

fn page(count: usize, range: &Range, dice: &mut Dice) -> Vec<Placement> {
    // Whoever fills a page puts all cards into it the same way up.
    let turn = quarter_turn(range, dice);
    let page = super::geometry::Homography::turn(turn);
    (0..count)
        .map(|nth| {
            let (column, row) = ((nth % 3) as f64, (nth / 3) as f64);
            let slip = (between(dice, -0.7, 0.7), between(dice, -1.0, 1.0));
            let at = (column * (CARD_WIDTH + POCKET) + slip.0, row * (CARD_HEIGHT + POCKET) + slip.1);
            Placement { centre: page.apply(at), angle: turn + between(dice, -0.8, 0.8) }
        })
        .collect()
}

fn row(count: usize, range: &Range, dice: &mut Dice) -> Vec<Placement> {
    let skew = f64::from(range.skew).min(12.0);
    (0..count)
        .map(|nth| {
            let turn = if dice.chance(range.turned) { 180.0 } else { 0.0 };
            let at = (nth as f64 * (CARD_WIDTH + between(dice, 24.0, 34.0)), between(dice, -8.0, 8.0));
            Placement { centre: at, angle: turn + between(dice, -skew, skew) }
        })
        .collect()
}

/// Tries places in a square that grows until there is room.
fn scattered(count: usize, range: &Range, dice: &mut Dice) -> Vec<Placement> {
    let skew = f64::from(range.skew);
    let mut placed: Vec<Placement> = Vec::with_capacity(count);
    let mut reach = 30.0 * count.saturating_sub(1) as f64;
    while placed.len() < count {
        let next = Placement {
            centre: (between(dice, -reach, reach), between(dice, -reach, reach)),
            angle: quarter_turn(range, dice) + between(dice, -skew, skew),
        };
        if placed.iter().all(|other| apart(&next, other)) {
            placed.push(next);
        } else {
            reach += 2.0;
        }
    }
    placed
}

/// A card's corners on the table.
pub(super) fn outline(placement: &Placement) -> [At; 4] {
    let map = placement.map();
    corners(0.0).map(|corner| map.apply(corner))
}

/// Separating axes: two cards do not touch when along some side of one of them there is a gap.
fn apart(a: &Placement, b: &Placement) -> bool {
    let (p, q) = (outline(a), outline(b));
    [a.angle, a.angle + 90.0, b.angle, b.angle + 90.0].into_iter().any(|angle| {
        let (sin, cos) = angle.to_radians().sin_cos();
        let span = |points: &[At; 4]| {
            points.iter().map(|p| p.0 * cos + p.1 * sin).fold((f64::MAX, f64::MIN), |s, v| (s.0.min(v), s.1.max(v)))
        };
        let (s, t) = (span(&p), span(&q));
        s.0 > t.1 + APART || t.0 > s.1 + APART
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::Level;

    #[test]
    fn cards_lie_around_the_origin_and_never_touch() {
        for arrangement in Arrangement::ALL {
            for (level, seed) in Level::ALL.into_iter().flat_map(|level| (0..40).map(move |seed| (level, seed))) {
                let mut dice = Dice::new(seed, "arrange");
                let placed = lay(arrangement, arrangement.cards().1 as usize, level.range(), &mut dice);
                let (x0, y0, x1, y1) = bounds(placed.iter().flat_map(outline));
                assert!((x0 + x1).abs() < 1e-6 && (y0 + y1).abs() < 1e-6);
                for (nth, a) in placed.iter().enumerate() {
                    for b in &placed[nth + 1..] {
                        let clear = arrangement == Arrangement::Page || apart(a, b);
                        assert!(clear, "{arrangement} {level} {seed}: {a:?} touches {b:?}");
                    }
                }
            }
        }
    }
}
