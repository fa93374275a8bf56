//! Gray pictures as Tesseract likes them.

use fast_image_resize::{FilterType, ResizeAlg, ResizeError, ResizeOptions, Resizer};
use image::{DynamicImage, GrayImage};

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
pub(crate) fn to_width(gray: GrayImage, width: u32) -> Result<GrayImage, ResizeError> {
    if gray.width() == width || gray.is_empty() {
        return Ok(gray);
    }
    let height = (f64::from(gray.height()) * f64::from(width) / f64::from(gray.width())).round().max(1.0);
    let mut sized = DynamicImage::from(GrayImage::new(width, height as u32));
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize(&DynamicImage::from(gray), &mut sized, &options)?;
    Ok(sized.into_luma8())
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
    let levels: &mut [u8] = &mut even;
    each_surroundings(gray, radius, |at, beyond, deviation| {
        levels[at] = even_level(beyond / (deviation + QUIET), LEVELS_PER_DEVIATION);
    });
    even
}

/// The gray of so many standard deviations above the mean.
pub(crate) fn even_level(deviations: f32, levels_per_deviation: f32) -> u8 {
    (128.0 + levels_per_deviation * deviations).clamp(0.0, 255.0) as u8
}

/// Tells of every pixel, in rows from the top left: its place in that order, how far it is above the mean of the square of side
/// `2 * radius + 1` around it, and the standard deviation there. What lies outside the picture does not count.
pub(crate) fn each_surroundings(gray: &GrayImage, radius: u32, mut tell: impl FnMut(usize, f32, f32)) {
    let (width, height, radius) = (gray.width() as usize, gray.height() as usize, radius as usize);
    if width == 0 {
        return;
    }
    let rows: Vec<&[u8]> = gray.chunks_exact(width).collect();
    let mut columns = vec![Sums::default(); width];
    rows.iter().take(radius).for_each(|row| add_row(&mut columns, row));
    for (y, row) in rows.iter().enumerate() {
        if let Some(next) = rows.get(y + radius) {
            add_row(&mut columns, next);
        }
        if let Some(last) = y.checked_sub(radius + 1) {
            take_row(&mut columns, rows[last]);
        }
        let high = (y + radius + 1).min(height) - y.saturating_sub(radius);
        let mut around = Sums::default();
        columns.iter().take(radius).for_each(|column| around.add(*column));
        for (x, &pixel) in row.iter().enumerate() {
            if let Some(next) = columns.get(x + radius) {
                around.add(*next);
            }
            if let Some(last) = x.checked_sub(radius + 1) {
                around.take(columns[last]);
            }
            let wide = (x + radius + 1).min(width) - x.saturating_sub(radius);
            let (mean, deviation) = around.spread(high * wide);
            tell(y * width + x, f32::from(pixel) - mean, deviation);
        }
    }
}

fn add_row(columns: &mut [Sums], row: &[u8]) {
    columns.iter_mut().zip(row).for_each(|(column, &pixel)| column.add(Sums::of(pixel)));
}

fn take_row(columns: &mut [Sums], row: &[u8]) {
    columns.iter_mut().zip(row).for_each(|(column, &pixel)| column.take(Sums::of(pixel)));
}

/// Sums of pixels and of their squares; there is room for those of any picture.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    values: i64,
    squares: i64,
}

impl Sums {
    fn of(pixel: u8) -> Self {
        let value = i64::from(pixel);
        Self { values: value, squares: value * value }
    }

    const fn add(&mut self, other: Self) {
        self.values += other.values;
        self.squares += other.squares;
    }

    const fn take(&mut self, other: Self) {
        self.values -= other.values;
        self.squares -= other.squares;
    }

    /// Mean and standard deviation of so many pixels, at least one.
    fn spread(self, pixels: usize) -> (f32, f32) {
        let share = 1.0 / pixels as f64;
        let mean = self.values as f64 * share;
        let variance = (self.squares as f64 * share - mean * mean).max(0.0);
        (mean as f32, (variance as f32).sqrt())
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
    fn surroundings_agree_with_counting_in_the_middle_and_at_the_edges() {
        let gray = faint();
        let mut seen = Vec::new();
        each_surroundings(&gray, 10, |at, beyond, deviation| {
            assert_eq!(at, seen.len(), "in order");
            seen.push((beyond, deviation));
        });
        for (x, y) in [(60, 30), (0, 0), (119, 59), (5, 58)] {
            let around = |at: u32, end: u32| at.saturating_sub(10)..(at + 11).min(end);
            let values: Vec<f32> = around(x, 120)
                .flat_map(|x| around(y, 60).map(move |y| (x, y)))
                .map(|(x, y)| f32::from(gray.get_pixel(x, y).0[0]))
                .collect();
            let mean = values.iter().sum::<f32>() / values.len() as f32;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len() as f32;
            let (beyond, deviation) = seen[(y * 120 + x) as usize];
            let expected = f32::from(gray.get_pixel(x, y).0[0]) - mean;
            assert!((beyond - expected).abs() < 0.01 && (deviation - variance.sqrt()).abs() < 0.01, "{x} {y}");
        }
    }

    #[test]
    fn any_picture_has_surroundings() {
        for (width, height, radius) in [(0, 0, 3), (1, 1, 3), (1, 40, 9), (40, 1, 0)] {
            let mut told = 0;
            each_surroundings(&GrayImage::from_pixel(width, height, Luma([9])), radius, |_, beyond, deviation| {
                assert_eq!((beyond, deviation), (0.0, 0.0));
                told += 1;
            });
            assert_eq!(told, width * height);
        }
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
        assert_eq!(to_width(faint(), 60).unwrap().dimensions(), (60, 30));
        assert_eq!(to_width(GrayImage::new(9, 0), 60).unwrap().dimensions(), (9, 0));
    }
}
