//! Gray pictures as Tesseract likes them.

use image::GrayImage;
use image::imageops::{self, FilterType};

use crate::letters::letters;
use crate::params::Tone;

/// Half the side of the neighbourhood whose contrast is made equal, as a fraction of the card's width.
const NEIGHBOURHOOD: f32 = 1.0 / 24.0;
/// Gray levels that a standard deviation of the neighbourhood becomes.
const LEVELS_PER_DEVIATION: f32 = 56.0;
/// Deviation that is added, so that flat areas do not turn into noise.
pub(crate) const QUIET: f32 = 6.0;
/// Share of the pixels that may be clipped at each end when contrast is stretched.
const CLIPPED: f32 = 0.02;

/// The picture brought to a width, its shape kept.
pub(crate) fn to_width(gray: &GrayImage, width: u32) -> GrayImage {
    if gray.width() == width || gray.width() == 0 {
        return gray.clone();
    }
    let height = (f64::from(gray.height()) * f64::from(width) / f64::from(gray.width())).round().max(1.0);
    imageops::resize(gray, width, height as u32, FilterType::CatmullRom)
}

/// The gray prepared as asked. `card_width` is the width that the whole card has at this scale.
pub(crate) fn prepare(gray: GrayImage, tone: Tone, card_width: u32) -> GrayImage {
    match tone {
        Tone::Raw => gray,
        Tone::LocalContrast => local_contrast(&gray, (card_width as f32 * NEIGHBOURHOOD) as u32),
        Tone::Stretched => stretch(&gray, false),
        Tone::Inverted => stretch(&gray, true),
        Tone::Letters => letters(&gray, card_width),
    }
}

/// Makes mean and contrast the same everywhere, as seen through a square of side `2 * radius + 1`.
fn local_contrast(gray: &GrayImage, radius: u32) -> GrayImage {
    let mut even = gray.clone();
    for (pixel, (beyond, deviation)) in even.iter_mut().zip(surroundings(gray, radius)) {
        *pixel = even_level(beyond / (deviation + QUIET), LEVELS_PER_DEVIATION);
    }
    even
}

/// The gray of so many standard deviations above the mean.
pub(crate) fn even_level(deviations: f32, levels_per_deviation: f32) -> u8 {
    (128.0 + levels_per_deviation * deviations).clamp(0.0, 255.0) as u8
}

/// For every pixel, row by row: how far it is above the mean of the square of side `2 * radius + 1` around it, and the standard
/// deviation there.
pub(crate) fn surroundings(gray: &GrayImage, radius: u32) -> impl Iterator<Item = (f32, f32)> + '_ {
    let (width, height) = gray.dimensions();
    let sums = Sums::of(gray);
    gray.enumerate_pixels().map(move |(x, y, value)| {
        let (x0, y0) = (x.saturating_sub(radius), y.saturating_sub(radius));
        let (x1, y1) = ((x + radius + 1).min(width), (y + radius + 1).min(height));
        let (mean, deviation) = sums.within(x0, y0, x1, y1);
        (f32::from(value.0[0]) - mean, deviation)
    })
}

/// Sums of values and of their squares over every rectangle that starts in the corner.
struct Sums {
    stride: usize,
    values: Vec<u32>,
    squares: Vec<u64>,
}

impl Sums {
    fn of(gray: &GrayImage) -> Self {
        let stride = gray.width() as usize + 1;
        let rows = gray.height() as usize + 1;
        let mut sums = Self { stride, values: vec![0; stride * rows], squares: vec![0; stride * rows] };
        for (y, row) in (1..).zip(gray.as_raw().chunks_exact((stride - 1).max(1))) {
            let (mut value, mut square) = (0_u32, 0_u64);
            for (x, &pixel) in (1..).zip(row) {
                value = value.wrapping_add(u32::from(pixel));
                square += u64::from(pixel) * u64::from(pixel);
                let at = y * stride + x;
                sums.values[at] = sums.values[at - stride].wrapping_add(value);
                sums.squares[at] = sums.squares[at - stride] + square;
            }
        }
        sums
    }

    /// Mean and standard deviation within a rectangle that is not empty.
    fn within(&self, x0: u32, y0: u32, x1: u32, y1: u32) -> (f32, f32) {
        let at = |x: u32, y: u32| y as usize * self.stride + x as usize;
        let corners = [at(x1, y1), at(x0, y0), at(x0, y1), at(x1, y0)];
        let [a, b, c, d] = corners.map(|i| self.values[i]);
        let value = a.wrapping_add(b).wrapping_sub(c).wrapping_sub(d);
        let [a, b, c, d] = corners.map(|i| self.squares[i]);
        let square = a + b - c - d;
        let area = f64::from(x1 - x0) * f64::from(y1 - y0);
        let mean = f64::from(value) / area;
        let variance = (square as f64 / area - mean * mean).max(0.0);
        (mean as f32, variance.sqrt() as f32)
    }
}

/// Uses the whole range of gray, but for a few outliers.
fn stretch(gray: &GrayImage, invert: bool) -> GrayImage {
    let mut histogram = [0_u32; 256];
    for &pixel in gray.as_raw() {
        histogram[usize::from(pixel)] += 1;
    }
    let clipped = (gray.as_raw().len() as f32 * CLIPPED) as u32;
    let low = level_of_rank(histogram.iter().enumerate(), clipped);
    let high = level_of_rank(histogram.iter().enumerate().rev(), clipped).max(low + 1);
    let mut stretched = gray.clone();
    for pixel in stretched.iter_mut() {
        let level = usize::from(*pixel).clamp(low, high) - low;
        let full = u8::try_from(level * 255 / (high - low)).unwrap_or(u8::MAX);
        *pixel = if invert { 255 - full } else { full };
    }
    stretched
}

fn level_of_rank<'a>(levels: impl Iterator<Item = (usize, &'a u32)>, rank: u32) -> usize {
    let mut seen = 0;
    for (level, count) in levels {
        seen += count;
        if seen > rank {
            return level;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    /// A dark and a bright half, each with a faint pattern.
    fn faint() -> GrayImage {
        GrayImage::from_fn(120, 60, |x, y| {
            let ground = if x < 60 { 40 } else { 200 };
            Luma([if (x / 3 + y / 3) % 2 == 0 { ground } else { ground + 12 }])
        })
    }

    fn spread(gray: &GrayImage, columns: std::ops::Range<u32>) -> u8 {
        let inside = || columns.clone().flat_map(|x| (20..40).map(move |y| gray.get_pixel(x, y).0[0]));
        inside().max().unwrap() - inside().min().unwrap()
    }

    #[test]
    fn faint_patterns_become_strong_on_dark_and_on_bright_ground_alike() {
        let even = local_contrast(&faint(), 8);
        let (dark, bright) = (spread(&even, 15..45), spread(&even, 75..105));
        assert!(dark > 48 && bright > 48, "{dark} {bright}");
        assert!(dark.abs_diff(bright) < 8, "{dark} {bright}");
    }

    #[test]
    fn sums_agree_with_counting() {
        let gray = faint();
        let (mean, deviation) = Sums::of(&gray).within(50, 10, 70, 30);
        let values: Vec<f32> = (50..70)
            .flat_map(|x| (10..30).map(move |y| (x, y)))
            .map(|(x, y)| f32::from(gray.get_pixel(x, y).0[0]))
            .collect();
        let expected = values.iter().sum::<f32>() / values.len() as f32;
        let variance = values.iter().map(|v| (v - expected).powi(2)).sum::<f32>() / values.len() as f32;
        assert!((mean - expected).abs() < 0.01 && (deviation - variance.sqrt()).abs() < 0.01, "{mean} {deviation}");
    }

    #[test]
    fn stretching_uses_the_whole_range_and_a_flat_picture_survives_it() {
        let wide = stretch(&faint(), false);
        assert_eq!((wide.get_pixel(0, 0).0[0], wide.get_pixel(119, 0).0[0] > 240), (0, true));
        assert_eq!(stretch(&faint(), true).get_pixel(0, 0).0[0], 255);
        stretch(&GrayImage::from_pixel(9, 9, Luma([255])), false);
    }

    #[test]
    fn the_shape_is_kept() {
        assert_eq!(to_width(&faint(), 60).dimensions(), (60, 30));
    }
}
