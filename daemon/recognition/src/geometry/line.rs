//! Straight lines through noisy points.

use super::Pt;

/// A straight line: a point on it and its direction, of length 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// A point on the line.
    pub on: Pt,
    /// Which way it goes.
    pub along: Pt,
}

impl Line {
    /// The line through two points.
    #[must_use]
    pub fn through(a: Pt, b: Pt) -> Option<Self> {
        let way = b.minus(a);
        let length = way.len();
        (length.is_finite() && length > 1e-9).then(|| Self { on: a, along: way.times(1.0 / length) })
    }

    /// Distance of `p`, positive to the right of the line's direction.
    #[must_use]
    pub fn distance(&self, p: Pt) -> f64 {
        self.along.cross(p.minus(self.on))
    }

    /// Where two lines cross; none when they are all but parallel.
    #[must_use]
    pub fn cross(&self, other: &Self) -> Option<Pt> {
        let slant = self.along.cross(other.along);
        (slant.abs() > 1e-6).then(|| self.on.plus(self.along, other.on.minus(self.on).cross(other.along) / slant))
    }

    /// The line through the points within `tolerance` of this one, by weighted least squares that discounts the far
    /// ones, three times over.
    #[must_use]
    pub fn refitted(&self, points: &[(Pt, f64)], tolerance: f64) -> Option<Self> {
        (0..3).try_fold(*self, |line, _| line.refit(points, tolerance))
    }

    /// Least squares over the points near the line.
    fn refit(&self, points: &[(Pt, f64)], tolerance: f64) -> Option<Self> {
        let weights: Vec<f64> =
            points.iter().map(|(p, weight)| weight * closeness(self.distance(*p), tolerance)).collect();
        let total: f64 = weights.iter().sum();
        if total.is_nan() || total <= 0.0 {
            return None;
        }
        let mean = points.iter().zip(&weights).fold(Pt::default(), |sum, ((p, _), w)| sum.plus(*p, w / total));
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for ((p, _), w) in points.iter().zip(&weights) {
            let d = p.minus(mean);
            (xx, xy, yy) = (xx + w * d.x * d.x, xy + w * d.x * d.y, yy + w * d.y * d.y);
        }
        let angle = 0.5 * (2.0 * xy).atan2(xx - yy);
        let along = Pt::new(angle.cos(), angle.sin());
        let sign = if along.dot(self.along) < 0.0 { -1.0 } else { 1.0 };
        Some(Self { on: mean, along: along.times(sign) })
    }
}

/// 1 on the line, 0 from the tolerance on.
fn closeness(distance: f64, tolerance: f64) -> f64 {
    let t = distance / tolerance;
    (1.0 - t * t).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outliers_do_not_move_the_line() {
        let mut points: Vec<(Pt, f64)> =
            (0..30).map(|i| (Pt::new(f64::from(i), 5.0 + 0.1 * f64::from(i) + 0.02 * f64::from(i % 3)), 1.0)).collect();
        for i in (0..30).step_by(3) {
            points[i].0.y += 7.0;
        }
        let near = Line::through(Pt::new(0.0, 5.6), Pt::new(29.0, 7.4)).unwrap();
        let line = near.refitted(&points, 1.5).unwrap();
        assert!((line.along.y / line.along.x - 0.1).abs() < 0.003, "{line:?}");
    }

    #[test]
    fn crossing_lines() {
        let a = Line::through(Pt::new(0.0, 1.0), Pt::new(9.0, 1.0)).unwrap();
        let b = Line::through(Pt::new(4.0, 0.0), Pt::new(4.0, 9.0)).unwrap();
        assert!(a.cross(&b).unwrap().minus(Pt::new(4.0, 1.0)).len() < 1e-9);
        assert_eq!(a.cross(&a), None);
        assert_eq!(Line::through(b.on, b.on), None);
        assert_eq!(a.refitted(&[], 1.0), None);
    }
}
