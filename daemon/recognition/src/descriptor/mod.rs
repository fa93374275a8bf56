//! What a card's picture looks like, in under 2 KB.
//!
//! Two halves that fail on different things: directions of edges (robust to colour casts) and coarse local contrast and
//! colour (robust to blur). Chosen by measurement over perceptual hashes, whose answers collapse when the outline is 3 %
//! off. The cosine is a good ranking and a bad verdict: with thousands of references the best wrong one exceeds 0.8.

pub(crate) mod coarse;
mod colour;
mod shape;

use image::RgbImage;

/// Changes whenever descriptors of the same picture would come out differently; an index of another version is rebuilt.
pub const VERSION: u32 = 1;

/// Numbers that describe shape: 8 x 11 cells of 8 directions.
pub const SHAPE_LEN: usize = 704;
/// Numbers that describe colour: 16 x 22 cells of 3 channels.
pub const COLOUR_LEN: usize = 1056;
/// Bytes of a descriptor, scales not counted.
pub const LEN: usize = SHAPE_LEN + COLOUR_LEN;

/// Weight of the colour half beside the shape half.
const COLOUR_WEIGHT: f32 = 0.8;
/// The cosine is a mean of those of the halves with these weights.
const SHARES: (f32, f32) = (
    1.0 / (1.0 + COLOUR_WEIGHT * COLOUR_WEIGHT),
    COLOUR_WEIGHT * COLOUR_WEIGHT / (1.0 + COLOUR_WEIGHT * COLOUR_WEIGHT),
);

/// What a card's picture looks like: two unit vectors, each as bytes and a scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Descriptor {
    pub(crate) values: Box<[i8]>,
    pub(crate) shape_scale: f32,
    pub(crate) colour_scale: f32,
}

/// A descriptor by reference, so that an index can keep thousands in one piece.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) values: &'a [i8],
    pub(crate) shape_scale: f32,
    pub(crate) colour_scale: f32,
}

impl View<'_> {
    pub(crate) fn similarity(self, other: View<'_>) -> f32 {
        SHARES.0 * self.shape_similarity(other) + SHARES.1 * self.colour_similarity(other)
    }

    fn shape_similarity(self, other: View<'_>) -> f32 {
        let dot = dot(&self.values[..SHAPE_LEN], &other.values[..SHAPE_LEN]);
        dot as f32 * self.shape_scale * other.shape_scale
    }

    fn colour_similarity(self, other: View<'_>) -> f32 {
        let dot = dot(&self.values[SHAPE_LEN..], &other.values[SHAPE_LEN..]);
        dot as f32 * self.colour_scale * other.colour_scale
    }
}

impl Descriptor {
    /// Cosine of both halves together, 1 for the same picture.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f32 {
        self.view().similarity(other.view())
    }

    /// Cosine of the shape half alone. Like the whole it ranks and does not judge: whether two references share their
    /// artwork is for [`crate::align`] to say.
    #[must_use]
    pub fn shape_similarity(&self, other: &Self) -> f32 {
        self.view().shape_similarity(other.view())
    }

    pub(crate) fn view(&self) -> View<'_> {
        View { values: &self.values, shape_scale: self.shape_scale, colour_scale: self.colour_scale }
    }
}

/// Describes the picture of one card, upright, nothing but the card in it.
#[must_use]
pub fn describe(upright: &RgbImage) -> Descriptor {
    let mut values = Vec::with_capacity(LEN);
    let shape_scale = quantise(&shape::shape(upright), &mut values);
    let colour_scale = quantise(&colour::colour(upright), &mut values);
    Descriptor { values: values.into_boxed_slice(), shape_scale, colour_scale }
}

/// Appends a vector as bytes; the answer is what to multiply them by so that the vector has length 1 again.
fn quantise(vector: &[f32], values: &mut Vec<i8>) -> f32 {
    let most = vector.iter().fold(0.0f32, |most, v| most.max(v.abs()));
    let from = values.len();
    // In a unit vector something exceeds this; what does not is the rounding noise of a flat picture.
    let factor = if most > 0.01 { 127.0 / most } else { 0.0 };
    values.extend(vector.iter().map(|v| (v * factor).round() as i8));
    let squares: f32 = values[from..].iter().map(|v| f32::from(*v) * f32::from(*v)).sum();
    if squares > 0.0 { 1.0 / squares.sqrt() } else { 0.0 }
}

/// Scalar product; lengths are multiples of 16 and small enough for 32 bits.
fn dot(a: &[i8], b: &[i8]) -> i32 {
    let mut lanes = [0i32; 4];
    for (a, b) in a.chunks_exact(16).zip(b.chunks_exact(16)) {
        let a: [i16; 16] = std::array::from_fn(|i| i16::from(a[i]));
        let b: [i16; 16] = std::array::from_fn(|i| i16::from(b[i]));
        add_products(&mut lanes, &a[..8], &b[..8]);
        add_products(&mut lanes, &a[8..], &b[8..]);
    }
    lanes.iter().sum()
}

/// Adds eight products to four sums, a pair to each: the shape that compilers turn into one instruction.
fn add_products(lanes: &mut [i32; 4], a: &[i16], b: &[i16]) {
    for (lane, sum) in lanes.iter_mut().enumerate() {
        let i = 2 * lane;
        *sum += i32::from(a[i]) * i32::from(b[i]) + i32::from(a[i + 1]) * i32::from(b[i + 1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn painting(seed: u32) -> RgbImage {
        RgbImage::from_fn(126, 176, |x, y| {
            let wave = |k: u32| (((x * (k + seed) + y * (k * seed + 3)) as f32 / 40.0).sin() * 100.0 + 128.0) as u8;
            Rgb([wave(1), wave(2), wave(3)])
        })
    }

    #[test]
    fn the_same_picture_in_other_sizes_and_light_is_the_most_similar() {
        let one = describe(&painting(1));
        let enlarged = describe(&crate::pixels::resize(&painting(1), 300, 420));
        let mut dim = painting(1);
        dim.pixels_mut().for_each(|p| p.0 = p.0.map(|v| v / 2 + 30));
        assert!((one.similarity(&one) - 1.0).abs() < 1e-3);
        assert!(one.similarity(&enlarged) > 0.95);
        assert!(one.similarity(&describe(&dim)) > 0.9);
        assert!(one.similarity(&describe(&painting(5))) < 0.6);
    }

    #[test]
    fn bytes_say_what_the_numbers_said() {
        let (a, b) = (painting(1), painting(2));
        let exact = |f: fn(&RgbImage) -> Vec<f32>| {
            let (x, y) = (f(&a), f(&b));
            let dot = |p: &[f32], q: &[f32]| p.iter().zip(q).map(|(p, q)| p * q).sum::<f32>();
            dot(&x, &y) / (dot(&x, &x) * dot(&y, &y)).sqrt()
        };
        let expected = SHARES.0 * exact(shape::shape) + SHARES.1 * exact(colour::colour);
        assert!((describe(&a).similarity(&describe(&b)) - expected).abs() < 0.01);
    }

    #[test]
    fn pictures_without_content_are_similar_to_nothing() {
        let flat = describe(&RgbImage::from_pixel(50, 70, Rgb([90; 3])));
        assert!(flat.similarity(&describe(&painting(1))).abs() < 1e-6);
        for (w, h) in [(0, 0), (1, 1), (1, 500), (900, 2)] {
            assert!(describe(&RgbImage::new(w, h)).similarity(&flat).abs() < 1e-6);
        }
    }
}
