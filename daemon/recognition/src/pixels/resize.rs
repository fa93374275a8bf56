//! Changing the size of a picture without aliasing.

use image::RgbImage;

use crate::wide::wide;

/// Which source pixels make one target pixel, and how much each counts.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

/// The picture in another size: the mean of the covered pixels when it shrinks, bilinear when it grows.
#[must_use]
pub fn resize(picture: &RgbImage, width: u32, height: u32) -> RgbImage {
    if (width, height) == picture.dimensions() {
        return picture.clone();
    }
    resize_part(picture, (0, 0), picture.dimensions(), width, height)
}

/// Like [`resize`], for the part of a picture that begins at (x, y) and has this width and height; cut where it leaves the
/// picture.
#[must_use]
pub fn resize_part(picture: &RgbImage, (x, y): (u32, u32), (w, h): (u32, u32), width: u32, height: u32) -> RgbImage {
    let (w, h) =
        (w.min(picture.width().saturating_sub(x)) as usize, h.min(picture.height().saturating_sub(y)) as usize);
    if w == 0 || h == 0 || width == 0 || height == 0 {
        return RgbImage::new(width, height);
    }
    let stride = 3 * picture.width() as usize;
    let part = &picture.as_raw()[stride * y as usize + 3 * x as usize..];
    let mut out = RgbImage::new(width, height);
    wide!(fill(&mut out, part, stride, &taps(w, width as usize), &taps(h, height as usize), w));
    out
}

/// A picture in another size of which only a few pixels are asked for: they are made then, each as [`resize`] makes it.
pub struct Resized<'a> {
    picture: &'a RgbImage,
    columns: Vec<Taps>,
    rows: Vec<Taps>,
}

impl<'a> Resized<'a> {
    /// The picture, which has at least one pixel, in this size.
    #[must_use]
    pub fn new(picture: &'a RgbImage, width: u32, height: u32) -> Self {
        let columns = taps(picture.width() as usize, width as usize);
        Self { picture, columns, rows: taps(picture.height() as usize, height as usize) }
    }

    /// Columns and rows.
    #[must_use]
    pub const fn dimensions(&self) -> (usize, usize) {
        (self.columns.len(), self.rows.len())
    }

    /// A pixel that lies in the picture.
    #[must_use]
    pub fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let (columns, rows) = (&self.columns[x], &self.rows[y]);
        let (pixels, width) = (self.picture.as_raw(), self.picture.width() as usize);
        let mut sum = [0.5f32; 3];
        for (x, share) in (columns.first..).zip(&columns.weights) {
            let mut down = [0.0f32; 3];
            for (y, weight) in (rows.first..).zip(&rows.weights) {
                let pixel = &pixels[3 * (y * width + x)..][..3];
                down.iter_mut().zip(pixel).for_each(|(sum, byte)| *sum += weight * f32::from(*byte));
            }
            sum.iter_mut().zip(down).for_each(|(sum, value)| *sum += share * value);
        }
        sum.map(|value| value as u8)
    }
}

/// Fills a picture from a part of another, `w` pixels wide, whose rows are `stride` bytes apart.
#[inline(always)]
fn fill(out: &mut RgbImage, part: &[u8], stride: usize, columns: &[Taps], rows: &[Taps], w: usize) {
    let mut sums = vec![0.0f32; 3 * w + 1];
    let mut line = vec![[0.0f32; 4]; columns.len()];
    for (target, taps) in out.chunks_exact_mut(3 * columns.len()).zip(rows) {
        // Down first, over whole rows, because that runs over consecutive bytes.
        sums.fill(0.0);
        for (row, weight) in part[stride * taps.first..].chunks(stride).zip(&taps.weights) {
            for (sum, byte) in sums.iter_mut().zip(&row[..3 * w]) {
                *sum += weight * f32::from(*byte);
            }
        }
        squeeze(&sums, columns, &mut line);
        for (pixel, sums) in target.chunks_exact_mut(3).zip(&line) {
            pixel.iter_mut().zip(sums).for_each(|(byte, sum)| *byte = *sum as u8);
        }
    }
}

/// Resizes one row along x, and half a step up, so that cutting off rounds. Pixels of three values are taken as four, because that is one
/// vector; the row has one value more than its pixels for that.
#[inline(always)]
fn squeeze(row: &[f32], columns: &[Taps], out: &mut [[f32; 4]]) {
    for (target, taps) in out.iter_mut().zip(columns) {
        let mut sum = [0.5f32; 4];
        for (pixel, weight) in row[3 * taps.first..].windows(4).step_by(3).zip(&taps.weights) {
            for (sum, value) in sum.iter_mut().zip(pixel) {
                *sum += weight * value;
            }
        }
        *target = sum;
    }
}

/// The taps of every target pixel along one axis.
fn taps(from: usize, to: usize) -> Vec<Taps> {
    let scale = from as f64 / to as f64;
    (0..to).map(|i| if scale > 1.0 { covered(i, scale, from) } else { neighbours(i, scale, from) }).collect()
}

/// Shrinking: the pixels that target pixel `i` covers, by how much it covers them.
fn covered(i: usize, scale: f64, from: usize) -> Taps {
    let (start, end) = (i as f64 * scale, ((i + 1) as f64 * scale).min(from as f64));
    let first = (start as usize).min(from - 1);
    let last = ((end - 1e-9).max(0.0) as usize).clamp(first, from - 1);
    let overlap = |x: usize| (end.min((x + 1) as f64) - start.max(x as f64)) / (end - start);
    Taps { first, weights: (first..=last).map(|x| overlap(x) as f32).collect() }
}

/// Growing: the two pixels around the centre of target pixel `i`.
fn neighbours(i: usize, scale: f64, from: usize) -> Taps {
    let centre = ((i as f64 + 0.5) * scale - 0.5).clamp(0.0, (from - 1) as f64);
    let first = centre as usize;
    let share = (centre - first as f64) as f32;
    if first + 1 < from {
        Taps { first, weights: vec![1.0 - share, share] }
    } else {
        Taps { first, weights: vec![1.0] }
    }
}

#[cfg(test)]
mod tests {
    use fearless_simd::{Level, dispatch};
    use image::Rgb;

    use super::*;

    #[test]
    fn shrinking_takes_the_mean() {
        let picture = RgbImage::from_fn(4, 2, |x, _| Rgb([if x < 2 { 10 } else { 200 }, 0, (x * 10) as u8]));
        let half = resize(&picture, 2, 1);
        assert_eq!(half.as_raw(), &[10, 0, 5, 200, 0, 25]);
        assert_eq!(resize(&picture, 1, 1).as_raw(), &[105, 0, 15]);
    }

    #[test]
    fn a_part_is_what_the_cut_out_part_is() {
        let picture = RgbImage::from_fn(9, 7, |x, y| Rgb([(x * 25) as u8, (y * 30) as u8, (x * y) as u8]));
        let part = image::imageops::crop_imm(&picture, 2, 1, 6, 6).to_image();
        assert_eq!(resize_part(&picture, (2, 1), (6, 6), 3, 2), resize(&part, 3, 2));
        assert_eq!(resize_part(&picture, (2, 1), (100, 6), 5, 9), resize_part(&picture, (2, 1), (7, 6), 5, 9));
        assert_eq!(resize_part(&picture, (9, 0), (1, 1), 5, 9), RgbImage::new(5, 9));
    }

    #[test]
    fn the_oldest_processor_gives_the_same_bytes() {
        let picture = RgbImage::from_fn(301, 200, |x, y| Rgb([(x * y) as u8, (x * 7 + y) as u8, (y * 31) as u8]));
        let mut oldest = RgbImage::new(97, 61);
        let (columns, rows) = (taps(301, 97), taps(200, 61));
        dispatch!(Level::baseline(), _ => fill(&mut oldest, &picture, 3 * 301, &columns, &rows, 301));
        assert_eq!(oldest, resize(&picture, 97, 61));
    }

    #[test]
    fn a_few_pixels_are_those_of_the_whole() {
        let picture = RgbImage::from_fn(9, 7, |x, y| Rgb([(x * 25) as u8, (y * 30) as u8, (x * y) as u8]));
        for (width, height) in [(4, 3), (9, 7), (8, 2), (12, 20)] {
            let (whole, few) = (resize(&picture, width, height), Resized::new(&picture, width, height));
            assert_eq!(few.dimensions(), (width as usize, height as usize));
            assert!(whole.enumerate_pixels().all(|(x, y, pixel)| few.pixel(x as usize, y as usize) == pixel.0));
        }
    }

    #[test]
    fn any_size_to_any_size_keeps_a_flat_colour() {
        for (w, h, tw, th) in [(1, 1, 5, 7), (7, 3, 2, 9), (100, 1, 33, 4), (3, 50, 3, 7), (5, 5, 1, 1)] {
            let out = resize(&RgbImage::from_pixel(w, h, Rgb([9, 99, 200])), tw, th);
            assert_eq!(out.dimensions(), (tw, th));
            assert!(out.pixels().all(|p| p.0 == [9, 99, 200]), "{w}x{h} to {tw}x{th}");
        }
        assert_eq!(resize(&RgbImage::new(0, 0), 2, 2).dimensions(), (2, 2));
    }

    #[test]
    fn growing_is_smooth() {
        let picture = RgbImage::from_fn(2, 1, |x, _| Rgb([(x * 100) as u8; 3]));
        let wide: Vec<u8> = resize(&picture, 4, 1).pixels().map(|p| p.0[0]).collect();
        assert_eq!(wide, [0, 25, 75, 100]);
    }
}
