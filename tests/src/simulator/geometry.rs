//! Maps between planes, and where they put a card.

use cardmint_domain::reading::{Point, Quad};

/// Width of a card in millimetres.
pub(crate) const CARD_WIDTH: f64 = 63.0;
/// Height of a card in millimetres.
pub(crate) const CARD_HEIGHT: f64 = 88.0;

/// A point of a plane: millimetres on the table, pixels in a picture.
pub(crate) type At = (f64, f64);

/// A projective map of the plane, rows of a 3 by 3 matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Homography([f64; 9]);

impl Homography {
    pub(crate) const fn scale(by: f64) -> Self {
        Self([by, 0.0, 0.0, 0.0, by, 0.0, 0.0, 0.0, 1.0])
    }

    pub(crate) const fn shift(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, x, 0.0, 1.0, y, 0.0, 0.0, 1.0])
    }

    /// Turns clockwise as seen in a picture, where y points down.
    pub(crate) fn turn(degrees: f64) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Self([cos, -sin, 0.0, sin, cos, 0.0, 0.0, 0.0, 1.0])
    }

    /// A camera at `distance` above the origin, which looks at it and is then tilted by `tilt` degrees around an axis in the
    /// table that points to `azimuth` degrees.
    pub(crate) fn camera(tilt: f64, azimuth: f64, distance: f64) -> Self {
        let (sin, cos) = tilt.to_radians().sin_cos();
        let (ay, ax) = azimuth.to_radians().sin_cos();
        // Rodrigues' rotation around (ax, ay, 0), applied to the table's unit vectors.
        let x = (cos + ax * ax * (1.0 - cos), ax * ay * (1.0 - cos), -ay * sin);
        let y = (ax * ay * (1.0 - cos), cos + ay * ay * (1.0 - cos), ax * sin);
        Self([x.0, y.0, 0.0, x.1, y.1, 0.0, x.2 / distance, y.2 / distance, 1.0])
    }

    /// First `self`, then `next`.
    pub(crate) fn then(&self, next: &Self) -> Self {
        let mut product = [0.0; 9];
        for (at, cell) in product.iter_mut().enumerate() {
            let (row, column) = (at / 3, at % 3);
            *cell = (0..3).map(|k| next.0[row * 3 + k] * self.0[k * 3 + column]).sum();
        }
        Self(product)
    }

    /// Where the map puts a point.
    pub(crate) fn apply(&self, (x, y): At) -> At {
        let m = &self.0;
        let w = m[6] * x + m[7] * y + m[8];
        ((m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w)
    }

    /// The way back.
    pub(crate) fn inverse(&self) -> Self {
        let m = &self.0;
        let minor = |a: usize, b: usize, c: usize, d: usize| m[a] * m[d] - m[b] * m[c];
        let adjugate = [
            minor(4, 5, 7, 8),
            -minor(1, 2, 7, 8),
            minor(1, 2, 4, 5),
            -minor(3, 5, 6, 8),
            minor(0, 2, 6, 8),
            -minor(0, 2, 3, 5),
            minor(3, 4, 6, 7),
            -minor(0, 1, 6, 7),
            minor(0, 1, 3, 4),
        ];
        let determinant = m[0] * adjugate[0] + m[1] * adjugate[3] + m[2] * adjugate[6];
        Self(adjugate.map(|cell| cell / determinant))
    }
}

/// How a card lies on the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placement {
    /// Its middle, in millimetres.
    pub(crate) centre: At,
    /// Clockwise, in degrees; 0 is upright.
    pub(crate) angle: f64,
}

impl Placement {
    /// From the card's own millimetres (origin at its top left corner) to the table's.
    pub(crate) fn map(&self) -> Homography {
        Homography::shift(-CARD_WIDTH / 2.0, -CARD_HEIGHT / 2.0)
            .then(&Homography::turn(self.angle))
            .then(&Homography::shift(self.centre.0, self.centre.1))
    }
}

/// The corners of a rectangle that lies `grow` outside the card, in its own millimetres: top left, top right, bottom right,
/// bottom left as the card is read.
pub(crate) const fn corners(grow: f64) -> [At; 4] {
    let (right, bottom) = (CARD_WIDTH + grow, CARD_HEIGHT + grow);
    [(-grow, -grow), (right, -grow), (right, bottom), (-grow, bottom)]
}

/// Smallest upright rectangle around points: x0, y0, x1, y1.
pub(crate) fn bounds(points: impl IntoIterator<Item = At>) -> (f64, f64, f64, f64) {
    points
        .into_iter()
        .fold((f64::MAX, f64::MAX, f64::MIN, f64::MIN), |b, p| (b.0.min(p.0), b.1.min(p.1), b.2.max(p.0), b.3.max(p.1)))
}

/// An outline in pixels as fractions of a picture.
pub(crate) fn quad(outline: [At; 4], width: u32, height: u32) -> Quad {
    let fraction = |(x, y): At| Point { x: (x / f64::from(width)) as f32, y: (y / f64::from(height)) as f32 };
    Quad { corners: outline.map(fraction) }
}

/// How much of the smaller one of two convex outlines lies in the other, 0 to 1.
#[must_use]
pub fn overlap(a: &Quad, b: &Quad) -> f32 {
    let polygon = |quad: &Quad| quad.corners.iter().map(|p| (f64::from(p.x), f64::from(p.y))).collect::<Vec<_>>();
    let (a, b) = (polygon(a), polygon(b));
    let smaller = area(&a).abs().min(area(&b).abs());
    if smaller <= 0.0 { 0.0 } else { (area(&clip(a, &b)).abs() / smaller) as f32 }
}

/// Half the sum of cross products: positive when the corners run clockwise in a picture.
fn area(polygon: &[At]) -> f64 {
    let next = polygon.iter().cycle().skip(1);
    polygon.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>() / 2.0
}

/// Sutherland and Hodgman: cuts `polygon` along every side of the convex `window`.
fn clip(polygon: Vec<At>, window: &[At]) -> Vec<At> {
    let sense = area(window).signum();
    let sides = window.iter().zip(window.iter().cycle().skip(1));
    sides.fold(polygon, |polygon, (&from, &to)| {
        let side = |p: At| sense * ((to.0 - from.0) * (p.1 - from.1) - (to.1 - from.1) * (p.0 - from.0));
        let mut kept = Vec::with_capacity(polygon.len() + 1);
        for (&here, &next) in polygon.iter().zip(polygon.iter().cycle().skip(1)) {
            let (d, e) = (side(here), side(next));
            if d >= 0.0 {
                kept.push(here);
            }
            if (d >= 0.0) != (e >= 0.0) {
                let t = d / (d - e);
                kept.push((here.0 + (next.0 - here.0) * t, here.1 + (next.1 - here.1) * t));
            }
        }
        kept
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_of_a_camera_leads_back() {
        let there = Homography::turn(31.0).then(&Homography::camera(35.0, 70.0, 250.0)).then(&Homography::scale(7.5));
        let back = there.inverse();
        for point in [(0.0, 0.0), (40.0, -60.0), (-31.5, 44.0)] {
            let (x, y) = back.apply(there.apply(point));
            assert!((x - point.0).abs() < 1e-9 && (y - point.1).abs() < 1e-9, "{point:?} became {x}, {y}");
        }
    }

    #[test]
    fn a_quarter_turn_clockwise_puts_the_top_on_the_right() {
        let map = Placement { centre: (0.0, 0.0), angle: 90.0 }.map();
        let [top_left, top_right, ..] = corners(0.0).map(|corner| map.apply(corner));
        assert!((top_left.0 - 44.0).abs() < 1e-9 && (top_left.1 + 31.5).abs() < 1e-9, "{top_left:?}");
        assert!((top_right.0 - 44.0).abs() < 1e-9 && (top_right.1 - 31.5).abs() < 1e-9, "{top_right:?}");
    }

    #[test]
    fn overlap_is_the_share_of_the_smaller_outline() {
        let unit = Quad::rectangle(0.0, 0.0, 0.5, 0.5);
        for (other, expected) in [
            (unit, 1.0),
            (unit.turned(2), 1.0),
            (Quad::rectangle(0.25, 0.0, 0.75, 0.5), 0.5),
            (Quad::rectangle(0.0, 0.0, 1.0, 1.0), 1.0),
            (Quad::rectangle(0.6, 0.6, 0.9, 0.9), 0.0),
        ] {
            assert!((overlap(&unit, &other) - expected).abs() < 1e-6, "{other:?}: {}", overlap(&unit, &other));
        }
    }
}
