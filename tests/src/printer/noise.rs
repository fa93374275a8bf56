//! Value noise: cheap, seedable, the same on every machine up to rounding.

/// Number in 0..1 for a lattice point.
pub(crate) fn lattice(seed: u32, x: i32, y: i32) -> f32 {
    let mut h = seed ^ (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca77);
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    h ^= h >> 15;
    (h >> 8) as f32 / 16_777_216.0
}

/// Smooth noise in 0..1 with features about 1 unit wide.
pub(crate) fn value(seed: u32, x: f32, y: f32) -> f32 {
    let (fx, fy) = (x.floor(), y.floor());
    let (ix, iy) = (fx as i32, fy as i32);
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (u, v) = (ease(x - fx), ease(y - fy));
    let top = mix(lattice(seed, ix, iy), lattice(seed, ix.wrapping_add(1), iy), u);
    let bottom = mix(lattice(seed, ix, iy.wrapping_add(1)), lattice(seed, ix.wrapping_add(1), iy.wrapping_add(1)), u);
    mix(top, bottom, v)
}

/// Several octaves of [`value`], each half as strong and twice as fine; about 0..1, mean 0.5.
pub(crate) fn fractal(seed: u32, x: f32, y: f32, octaves: u32) -> f32 {
    let (mut sum, mut weight, mut total, mut scale) = (0.0, 1.0, 0.0, 1.0);
    for octave in 0..octaves {
        sum += weight * value(seed.wrapping_add(octave * 7919), x * scale, y * scale);
        total += weight;
        weight *= 0.5;
        scale *= 2.03;
    }
    sum / total
}

/// Distance to the nearest and second nearest of jittered lattice points, and the nearest one's own number in 0..1.
pub(crate) fn cells(seed: u32, x: f32, y: f32) -> (f32, f32, f32) {
    let (ix, iy) = (x.floor() as i32, y.floor() as i32);
    let (mut first, mut second, mut id) = (f32::MAX, f32::MAX, 0.0);
    for cy in iy - 1..=iy + 1 {
        for cx in ix - 1..=ix + 1 {
            let px = cx as f32 + lattice(seed, cx, cy);
            let py = cy as f32 + lattice(seed ^ 0x5bd1, cx, cy);
            let d = (px - x).hypot(py - y);
            if d < first {
                (second, first, id) = (first, d, lattice(seed ^ 0x1234, cx, cy));
            } else if d < second {
                second = d;
            }
        }
    }
    (first, second, id)
}

/// Linear blend from `a` to `b`.
pub(crate) fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// 0 below `low`, 1 above `high`, smooth between.
pub(crate) fn smooth(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
