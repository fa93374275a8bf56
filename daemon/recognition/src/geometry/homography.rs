//! Projective maps of the plane.

use super::Pt;
use super::solve::{add_equation, solve};

/// A projective map, row by row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Homography(pub [f64; 9]);

/// A pair of points that belong together, and how much the pair counts.
pub(crate) type Pair = (Pt, Pt, f64);

impl Homography {
    /// Leaves every point where it is.
    pub const IDENTITY: Self = Self([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);

    /// Scales x and y.
    #[must_use]
    pub const fn scale(x: f64, y: f64) -> Self {
        Self([x, 0.0, 0.0, 0.0, y, 0.0, 0.0, 0.0, 1.0])
    }

    /// Moves by (x, y).
    #[must_use]
    pub const fn shift(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, x, 0.0, 1.0, y, 0.0, 0.0, 1.0])
    }

    /// The map that takes four points to four others; none when three of them lie on a line.
    #[must_use]
    pub fn between(from: &[Pt; 4], to: &[Pt; 4]) -> Option<Self> {
        let pairs: Vec<Pair> = from.iter().zip(to).map(|(a, b)| (*a, *b, 1.0)).collect();
        Self::fit(&pairs)
    }

    /// The map that takes the first point of each pair nearest to the second, by weighted least squares of the
    /// linearised equations in normalised coordinates.
    #[must_use]
    pub fn fit(pairs: &[Pair]) -> Option<Self> {
        if pairs.len() < 4 {
            return None;
        }
        let (from_unit, to_unit) = (normaliser(pairs, |p| p.0)?, normaliser(pairs, |p| p.1)?);
        let (mut m, mut b) = ([[0.0; 8]; 8], [0.0; 8]);
        for &(p, q, weight) in pairs {
            let (p, q) = (from_unit.apply(p), to_unit.apply(q));
            let row = [p.x, p.y, 1.0, 0.0, 0.0, 0.0, -q.x * p.x, -q.x * p.y];
            add_equation(&mut m, &mut b, &row, q.x, weight);
            let row = [0.0, 0.0, 0.0, p.x, p.y, 1.0, -q.y * p.x, -q.y * p.y];
            add_equation(&mut m, &mut b, &row, q.y, weight);
        }
        let h = solve(m, b)?;
        let unit = Self([h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], 1.0]);
        from_unit.then(&unit).then(&to_unit.inverse()?).normalised()
    }

    /// The affine map that takes the first point of each pair nearest to the second.
    #[must_use]
    pub fn fit_affine(pairs: &[Pair]) -> Option<Self> {
        if pairs.len() < 3 {
            return None;
        }
        let from_unit = normaliser(pairs, |p| p.0)?;
        let (mut m, mut bx, mut by) = ([[0.0; 3]; 3], [0.0; 3], [0.0; 3]);
        let mut unused = [[0.0; 3]; 3];
        for &(p, q, weight) in pairs {
            let p = from_unit.apply(p);
            let row = [p.x, p.y, 1.0];
            add_equation(&mut m, &mut bx, &row, q.x, weight);
            add_equation(&mut unused, &mut by, &row, q.y, weight);
        }
        let (x, y) = (solve(m, bx)?, solve(m, by)?);
        Some(from_unit.then(&Self([x[0], x[1], x[2], y[0], y[1], y[2], 0.0, 0.0, 1.0])))
    }

    /// Where `p` goes. Points on the horizon go to infinity.
    #[must_use]
    pub fn apply(&self, p: Pt) -> Pt {
        let h = &self.0;
        let w = h[6] * p.x + h[7] * p.y + h[8];
        Pt::new((h[0] * p.x + h[1] * p.y + h[2]) / w, (h[3] * p.x + h[4] * p.y + h[5]) / w)
    }

    /// This map, then `next`.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let mut product = [0.0; 9];
        for (i, cell) in product.iter_mut().enumerate() {
            let (row, column) = (i / 3, i % 3);
            *cell = (0..3).map(|k| next.0[3 * row + k] * self.0[3 * k + column]).sum();
        }
        Self(product)
    }

    /// The map back; none when there is none.
    #[must_use]
    pub fn inverse(&self) -> Option<Self> {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let minors = [
            e * i - f * h,
            c * h - b * i,
            b * f - c * e,
            f * g - d * i,
            a * i - c * g,
            c * d - a * f,
            d * h - e * g,
            b * g - a * h,
            a * e - b * d,
        ];
        let determinant = a * minors[0] + b * minors[3] + c * minors[6];
        let inverse = Self(minors.map(|m| m / determinant));
        inverse.0.iter().all(|v| v.is_finite()).then_some(inverse)
    }

    /// The same map with 1 in the last place.
    fn normalised(self) -> Option<Self> {
        let h = self.0.map(|v| v / self.0[8]);
        h.iter().all(|v| v.is_finite()).then_some(Self(h))
    }
}

/// Takes the points of `pairs` to a cloud around 0 of size 1, which keeps the equations well-conditioned.
fn normaliser(pairs: &[Pair], pick: fn(&Pair) -> Pt) -> Option<Homography> {
    let n = pairs.len() as f64;
    let mean = pairs.iter().fold(Pt::default(), |sum, pair| sum.plus(pick(pair), 1.0 / n));
    let spread = pairs.iter().map(|pair| pick(pair).minus(mean).len()).sum::<f64>() / n;
    let usable = spread.is_finite() && spread > 1e-9;
    usable.then(|| Homography::shift(-mean.x, -mean.y).then(&Homography::scale(1.0 / spread, 1.0 / spread)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn corner(x: f64, y: f64) -> impl Strategy<Value = Pt> {
        (-0.3f64..0.3, -0.3f64..0.3).prop_map(move |(dx, dy)| Pt::new(100.0 * (x + dx), 100.0 * (y + dy)))
    }

    fn quad() -> impl Strategy<Value = [Pt; 4]> {
        [corner(0.0, 0.0), corner(1.0, 0.0), corner(1.0, 1.0), corner(0.0, 1.0)]
    }

    proptest! {
        #[test]
        fn takes_corners_to_corners_and_back(from in quad(), to in quad()) {
            let there = Homography::between(&from, &to).unwrap();
            let back = there.inverse().unwrap();
            for (a, b) in from.iter().zip(&to) {
                prop_assert!(there.apply(*a).minus(*b).len() < 1e-6);
                prop_assert!(back.apply(*b).minus(*a).len() < 1e-6);
            }
        }

        #[test]
        fn an_affine_map_is_found_again(to in [corner(0.0, 0.0), corner(1.0, 0.0), corner(0.0, 1.0)]) {
            let from = [Pt::new(0.0, 0.0), Pt::new(90.0, 0.0), Pt::new(0.0, 120.0)];
            let pairs: Vec<Pair> = from.iter().zip(&to).map(|(a, b)| (*a, *b, 1.0)).collect();
            let map = Homography::fit_affine(&pairs).unwrap();
            for (a, b) in from.iter().zip(&to) {
                prop_assert!(map.apply(*a).minus(*b).len() < 1e-6);
            }
        }
    }

    #[test]
    fn degenerate_points_have_no_map() {
        let line = [0.0, 1.0, 2.0, 3.0].map(|t| Pt::new(t, 2.0 * t));
        let same = [Pt::new(1.0, 1.0); 4];
        let square = [Pt::new(0.0, 0.0), Pt::new(1.0, 0.0), Pt::new(1.0, 1.0), Pt::new(0.0, 1.0)];
        assert_eq!(Homography::between(&line, &square), None);
        assert_eq!(Homography::between(&same, &square), None);
        assert_eq!(Homography::scale(0.0, 1.0).inverse(), None);
    }
}
