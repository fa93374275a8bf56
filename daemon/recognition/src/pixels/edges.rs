//! Canny's thin edges; [`super::components`] applies its thresholds.

use crate::wide::wide;

/// Thin edges of a channel.
#[derive(Debug, Clone, Default)]
pub struct ThinEdges {
    /// Strength (|dx| + |dy| of Sobel, as Canny's usual thresholds expect) of every pixel that is a ridge of the gradient; 0
    /// elsewhere and on the border.
    pub strength: Vec<u16>,
    /// The gradient of every pixel, along x and along y; it points across the edge.
    pub gradient: (Vec<i16>, Vec<i16>),
}

/// The thin edges of a channel, which is smoothed a little first; those weaker than `least` are left out.
#[must_use]
pub fn thin_edges(channel: &[u8], width: usize, height: usize, least: u16) -> ThinEdges {
    let mut thin = vec![0u16; width * height];
    if width < 5 || height < 5 || channel.len() != width * height {
        return ThinEdges { strength: thin, gradient: Default::default() };
    }
    let (dx, dy) = wide!(gradient(channel, width, height));
    let strength: Vec<u16> = dx.iter().zip(&dy).map(|(x, y)| x.unsigned_abs() + y.unsigned_abs()).collect();
    for y in 2..height - 2 {
        for i in y * width + 2..(y + 1) * width - 2 {
            if strength[i] >= least.max(1) && is_ridge(&strength, i, width, dx[i], dy[i]) {
                thin[i] = strength[i];
            }
        }
    }
    ThinEdges { strength: thin, gradient: (dx, dy) }
}

/// The gradient of the smoothed channel, along x and along y.
#[inline(always)]
fn gradient(channel: &[u8], width: usize, height: usize) -> (Vec<i16>, Vec<i16>) {
    sobel(&smoothed(channel, width, height), width, height)
}

/// Whether the gradient is at its strongest here along its own direction.
fn is_ridge(strength: &[u16], i: usize, width: usize, dx: i16, dy: i16) -> bool {
    let (ax, ay) = (i32::from(dx).abs(), i32::from(dy).abs());
    let step = if 5 * ay < 2 * ax {
        1
    } else if 5 * ax < 2 * ay {
        width
    } else if (dx < 0) == (dy < 0) {
        width + 1
    } else {
        width - 1
    };
    strength[i] > strength[i - step] && strength[i] >= strength[i + step]
}

/// Binomial 3 x 3 smoothing; the border keeps its values.
#[inline(always)]
fn smoothed(channel: &[u8], width: usize, height: usize) -> Vec<i16> {
    let mut rows = vec![0i16; width * height];
    for (source, target) in channel.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
        target[0] = 4 * i16::from(source[0]);
        target[width - 1] = 4 * i16::from(source[width - 1]);
        for (t, s) in target[1..width - 1].iter_mut().zip(source.windows(3)) {
            *t = i16::from(s[0]) + 2 * i16::from(s[1]) + i16::from(s[2]);
        }
    }
    let mut out: Vec<i16> = rows.iter().map(|v| v / 4).collect();
    for y in 1..height - 1 {
        let (above, rest) = rows[(y - 1) * width..(y + 2) * width].split_at(width);
        let (here, below) = rest.split_at(width);
        let target = &mut out[y * width..(y + 1) * width];
        for (((t, a), h), b) in target.iter_mut().zip(above).zip(here).zip(below) {
            *t = (a + 2 * h + b + 8) / 16;
        }
    }
    out
}

/// Sobel derivatives; 0 on the border.
#[inline(always)]
fn sobel(smooth: &[i16], width: usize, height: usize) -> (Vec<i16>, Vec<i16>) {
    let (mut dx, mut dy) = (vec![0i16; width * height], vec![0i16; width * height]);
    for y in 1..height - 1 {
        let above = &smooth[(y - 1) * width..y * width];
        let here = &smooth[y * width..(y + 1) * width];
        let below = &smooth[(y + 1) * width..(y + 2) * width];
        let out_x = &mut dx[y * width + 1..(y + 1) * width - 1];
        let out_y = &mut dy[y * width + 1..(y + 1) * width - 1];
        let windows = above.windows(3).zip(here.windows(3)).zip(below.windows(3));
        for (((a, h), b), (x, y)) in windows.zip(out_x.iter_mut().zip(out_y)) {
            *x = (a[2] - a[0]) + 2 * (h[2] - h[0]) + (b[2] - b[0]);
            *y = (b[0] - a[0]) + 2 * (b[1] - a[1]) + (b[2] - a[2]);
        }
    }
    (dx, dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_gives_one_thin_edge() {
        let (width, height) = (20, 12);
        let channel: Vec<u8> = (0..width * height).map(|i| if i % width < 10 { 50 } else { 90 }).collect();
        let thin = thin_edges(&channel, width, height, 0).strength;
        for y in 2..height - 2 {
            let row = &thin[y * width..(y + 1) * width];
            assert_eq!(row.iter().filter(|s| **s > 0).count(), 1, "{row:?}");
            assert!(row[9] > 60 || row[10] > 60);
        }
        let strongest = thin.iter().copied().fold(0, u16::max);
        let left = thin_edges(&channel, width, height, strongest).strength;
        assert_eq!(left.iter().filter(|s| **s > 0).count(), height - 4);
        assert!(thin_edges(&channel, width, height, strongest + 1).strength.iter().all(|s| *s == 0));
    }

    #[test]
    fn tiny_and_flat_pictures_have_no_edges() {
        assert!(thin_edges(&[1, 2, 3, 4], 2, 2, 0).strength.iter().all(|s| *s == 0));
        assert!(thin_edges(&[], 0, 0, 0).strength.is_empty());
        assert!(thin_edges(&[9; 400], 20, 20, 0).strength.iter().all(|s| *s == 0));
    }
}
