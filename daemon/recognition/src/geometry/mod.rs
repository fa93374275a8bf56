//! Points, polygons and homographies, in pixels.
//!
//! Guarantee: no function panics on degenerate input; what cannot be computed is `None`, never a guess.

mod homography;
mod hull;
mod line;
mod solve;

pub use homography::Homography;
pub(crate) use homography::Pair;
pub use hull::{hull, largest_quad, min_area_rect, simplify};
pub use line::Line;

/// A point or vector in pixels; pixel centres have whole coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pt {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

impl Pt {
    /// A point.
    #[must_use]
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// The way from `other` to this point.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }

    /// This point moved by `factor` times `way`.
    #[must_use]
    pub fn plus(self, way: Self, factor: f64) -> Self {
        Self::new(self.x + factor * way.x, self.y + factor * way.y)
    }

    /// Both coordinates times `factor`.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self::new(self.x * factor, self.y * factor)
    }

    /// Positive when `other` is clockwise of this vector (y grows downwards).
    #[must_use]
    pub fn cross(self, other: Self) -> f64 {
        self.x * other.y - self.y * other.x
    }

    /// Scalar product.
    #[must_use]
    pub fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y
    }

    /// Length of this vector.
    #[must_use]
    pub fn len(self) -> f64 {
        (self.x * self.x + self.y * self.y).sqrt()
    }

    /// Whether both coordinates are numbers.
    #[must_use]
    pub fn is_finite(self) -> bool {
        self.x.is_finite() && self.y.is_finite()
    }
}

/// Area of a polygon; positive when its corners go clockwise on the screen.
#[must_use]
pub fn area(polygon: &[Pt]) -> f64 {
    let next = polygon.iter().cycle().skip(1);
    polygon.iter().zip(next).map(|(a, b)| a.cross(*b)).sum::<f64>() / 2.0
}

/// Mean of the corners.
#[must_use]
pub fn centre(quad: &[Pt; 4]) -> Pt {
    let sum = quad.iter().fold(Pt::default(), |sum, p| sum.plus(*p, 1.0));
    sum.times(0.25)
}

/// Whether the corners go clockwise and every corner points outwards.
#[must_use]
pub fn is_convex(quad: &[Pt; 4]) -> bool {
    (0..4).all(|i| {
        let (a, b, c) = (quad[i], quad[(i + 1) % 4], quad[(i + 2) % 4]);
        b.minus(a).cross(c.minus(b)) > 0.0
    })
}

/// Lengths of the four sides, the one from the first to the second corner first.
#[must_use]
pub fn sides(quad: &[Pt; 4]) -> [f64; 4] {
    [0, 1, 2, 3].map(|i| quad[(i + 1) % 4].minus(quad[i]).len())
}

/// Whether `p` lies inside a convex clockwise quad.
#[must_use]
pub fn contains(quad: &[Pt; 4], p: Pt) -> bool {
    (0..4).all(|i| quad[(i + 1) % 4].minus(quad[i]).cross(p.minus(quad[i])) >= 0.0)
}

/// Area that two convex clockwise quads share.
#[must_use]
pub fn shared_area(a: &[Pt; 4], b: &[Pt; 4]) -> f64 {
    let mut polygon = a.to_vec();
    for i in 0..4 {
        polygon = clip(&polygon, b[i], b[(i + 1) % 4]);
        if polygon.len() < 3 {
            return 0.0;
        }
    }
    area(&polygon).max(0.0)
}

/// Shared area over joint area of two convex clockwise quads.
#[must_use]
pub fn iou(a: &[Pt; 4], b: &[Pt; 4]) -> f64 {
    let shared = shared_area(a, b);
    let joint = area(a) + area(b) - shared;
    if joint > 0.0 { shared / joint } else { 0.0 }
}

/// The part of a polygon to the right of the way from `from` to `to`.
fn clip(polygon: &[Pt], from: Pt, to: Pt) -> Vec<Pt> {
    let side = |p: Pt| to.minus(from).cross(p.minus(from));
    let mut kept = Vec::with_capacity(polygon.len() + 1);
    for (i, &p) in polygon.iter().enumerate() {
        let q = polygon[(i + 1) % polygon.len()];
        let (sp, sq) = (side(p), side(q));
        if sp >= 0.0 {
            kept.push(p);
        }
        if (sp > 0.0 && sq < 0.0) || (sp < 0.0 && sq > 0.0) {
            kept.push(p.plus(q.minus(p), sp / (sp - sq)));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, side: f64) -> [Pt; 4] {
        [Pt::new(x, y), Pt::new(x + side, y), Pt::new(x + side, y + side), Pt::new(x, y + side)]
    }

    #[test]
    fn overlap_of_shifted_squares() {
        let (a, b) = (square(0.0, 0.0, 2.0), square(1.0, 1.0, 2.0));
        assert!((shared_area(&a, &b) - 1.0).abs() < 1e-12);
        assert!((iou(&a, &b) - 1.0 / 7.0).abs() < 1e-12);
        assert!(iou(&a, &square(5.0, 5.0, 1.0)).abs() < 1e-12);
        assert!((iou(&a, &a) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn convexity_and_containment() {
        let a = square(0.0, 0.0, 2.0);
        assert!(is_convex(&a) && contains(&a, Pt::new(1.0, 1.0)) && !contains(&a, Pt::new(3.0, 1.0)));
        let dent = [a[0], a[1], Pt::new(0.5, 0.5), a[3]];
        assert!(!is_convex(&dent));
        let mut counter = a;
        counter.reverse();
        assert!(!is_convex(&counter) && area(&counter) < 0.0);
    }
}
