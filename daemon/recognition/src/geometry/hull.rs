//! Convex hulls and the rectangles and quads that fit them.

use super::{Pt, area};

/// Convex hull, clockwise on the screen; fewer than three points when the input has no area.
#[must_use]
pub fn hull(points: &[Pt]) -> Vec<Pt> {
    let mut sorted = points.to_vec();
    // Row by row, because that is how pixels come: they are in order already.
    sorted.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x)));
    sorted.dedup();
    if sorted.len() < 3 {
        return sorted;
    }
    let mut chain = half_hull(sorted.iter().copied());
    let mut other = half_hull(sorted.iter().rev().copied());
    chain.pop();
    other.pop();
    chain.append(&mut other);
    chain
}

/// One side of the hull of points sorted along it.
fn half_hull(points: impl Iterator<Item = Pt>) -> Vec<Pt> {
    let mut chain: Vec<Pt> = Vec::new();
    for p in points {
        while let [.., a, b] = chain[..] {
            if b.minus(a).cross(p.minus(b)) > 0.0 {
                break;
            }
            chain.pop();
        }
        chain.push(p);
    }
    chain
}

/// The same polygon with at most `keep` corners: those are dropped first that cut off the least area.
#[must_use]
pub fn simplify(polygon: &[Pt], keep: usize) -> Vec<Pt> {
    let mut kept = polygon.to_vec();
    while kept.len() > keep.max(3) {
        let n = kept.len();
        let cut = |i: usize| area(&[kept[(i + n - 1) % n], kept[i], kept[(i + 1) % n]]).abs();
        let Some(least) = (0..n).min_by(|&i, &j| cut(i).total_cmp(&cut(j))) else { break };
        kept.remove(least);
    }
    kept
}

/// The smallest rectangle around a convex polygon, clockwise.
#[must_use]
pub fn min_area_rect(hull: &[Pt]) -> Option<[Pt; 4]> {
    let mut best: Option<(f64, [Pt; 4])> = None;
    for (i, a) in hull.iter().enumerate() {
        let way = hull[(i + 1) % hull.len()].minus(*a);
        let length = way.len();
        if length.is_nan() || length <= 0.0 {
            continue;
        }
        let along = way.times(1.0 / length);
        let across = Pt::new(-along.y, along.x);
        let (u0, u1) = span(hull, along);
        let (v0, v1) = span(hull, across);
        let size = (u1 - u0) * (v1 - v0);
        if best.as_ref().is_none_or(|(least, _)| size < *least) {
            let at = |u: f64, v: f64| along.times(u).plus(across, v);
            best = Some((size, [at(u0, v0), at(u1, v0), at(u1, v1), at(u0, v1)]));
        }
    }
    best.map(|(_, rect)| rect)
}

fn span(points: &[Pt], axis: Pt) -> (f64, f64) {
    points.iter().map(|p| p.dot(axis)).fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)))
}

/// The largest quad whose corners are corners of a convex clockwise polygon.
#[must_use]
pub fn largest_quad(polygon: &[Pt]) -> Option<[Pt; 4]> {
    let n = polygon.len();
    let triangle = |i: usize, j: usize, k: usize| area(&[polygon[i], polygon[j], polygon[k]]);
    let mut best: Option<(f64, [usize; 4])> = None;
    for i in 0..n {
        for k in i + 2..n {
            let apex = |between: std::ops::Range<usize>, a: usize, b: usize| {
                between.max_by(|&x, &y| triangle(a, x, b).abs().total_cmp(&triangle(a, y, b).abs()))
            };
            let (Some(j), Some(l)) = (apex(i + 1..k, i, k), apex(k + 1..n, i, k)) else { continue };
            let size = triangle(i, j, k).abs() + triangle(i, k, l).abs();
            if best.as_ref().is_none_or(|(most, _)| size > *most) {
                best = Some((size, [i, j, k, l]));
            }
        }
    }
    best.map(|(_, corners)| corners.map(|c| polygon[c]))
}

#[cfg(test)]
mod tests {
    use super::super::is_convex;
    use super::*;
    use proptest::prelude::*;

    fn turned_rectangle(angle: f64) -> [Pt; 4] {
        let (s, c) = angle.sin_cos();
        [(-30.0, -40.0), (30.0, -40.0), (30.0, 40.0), (-30.0, 40.0)]
            .map(|(x, y): (f64, f64)| Pt::new(c * x - s * y, s * x + c * y))
    }

    proptest! {
        #[test]
        fn a_turned_rectangle_is_found_among_points_inside(angle in 0.0f64..3.2, inside in prop::collection::vec((-1.0f64..1.0, -1.0f64..1.0), 0..40)) {
            let rectangle = turned_rectangle(angle);
            let mut points: Vec<Pt> = inside.iter().map(|(u, v)| {
                Pt::default().plus(rectangle[1].minus(rectangle[0]), 0.49 * u).plus(rectangle[3].minus(rectangle[0]), 0.49 * v)
            }).collect();
            points.extend(rectangle);
            let hull = hull(&points);
            prop_assert!((area(&hull) - 4800.0).abs() < 1e-6);
            for quad in [min_area_rect(&hull).unwrap(), largest_quad(&hull).unwrap()] {
                prop_assert!(is_convex(&quad));
                for corner in rectangle {
                    prop_assert!(quad.iter().any(|p| p.minus(corner).len() < 1e-6));
                }
            }
        }
    }

    #[test]
    fn a_line_has_no_hull() {
        let line: Vec<Pt> = (0..9).map(|i| Pt::new(f64::from(i), f64::from(i))).collect();
        assert!(area(&hull(&line)).abs() < 1e-9);
        assert!(hull(&[]).is_empty());
        assert_eq!(largest_quad(&[]), None);
        assert_eq!(min_area_rect(&[]), None);
    }

    #[test]
    fn simplifying_keeps_the_corners_that_matter() {
        let mut rounded = turned_rectangle(0.0).to_vec();
        rounded.insert(1, Pt::new(0.0, -40.1));
        assert_eq!(simplify(&rounded, 4), turned_rectangle(0.0).to_vec());
    }
}
