//! What light, lens and sensor do to the whole picture.

use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use crate::printer::canvas::Canvas;
use crate::printer::dice::Dice;
use crate::printer::noise::{fractal, smooth};

use super::level::Range;

/// Shade, colour cast, vignette and exposure.
pub(super) fn expose(canvas: &mut Canvas, range: &Range, dice: &mut Dice) {
    let (w, h) = (canvas.width as f32, canvas.height as f32);
    let shade = dice.between(range.shade.0, range.shade.1);
    let (sin, cos) = dice.between(0.0, std::f32::consts::TAU).sin_cos();
    let (seed, hand) = (dice.seed() as u32, dice.chance(0.4));
    let gains = [0, 1, 2].map(|_| 1.0 + dice.bell() * 0.4 * range.cast);
    let exposure = dice.between(range.exposure.0, range.exposure.1);
    let vignette = dice.between(range.vignette.0, range.vignette.1);
    canvas.within(canvas.frame(), |x, y, under| {
        let (u, v) = (x / w - 0.5, y / h - 0.5);
        let slope = 1.0 - shade * (0.5 + u * cos + v * sin).clamp(0.0, 1.0);
        let edge = if hand { smooth(0.45, 0.65, fractal(seed, u * 1.5 + 3.0, v * 1.5, 2)) } else { 0.0 };
        let light = exposure * slope * (1.0 - shade * 0.7 * edge) * (1.0 - vignette * (u * u + v * v) * 2.0);
        [0, 1, 2].map(|channel| under[channel] * gains[channel] * light)
    });
}

/// Defocus, or a moving hand. `card_px` is the width of a card in pixels.
pub(super) fn blur(canvas: &mut Canvas, range: &Range, card_px: f32, dice: &mut Dice) {
    let deviation = dice.between(range.blur.0, range.blur.1) * card_px / 1000.0;
    let moved = dice.chance(range.moved).then(|| (dice.between(0.0, 3.1), dice.between(1.5, 3.5) * deviation));
    let taps = gauss(deviation);
    smear(canvas, &taps, (1.0, 0.0));
    smear(canvas, &taps, (0.0, 1.0));
    if let Some((angle, length)) = moved {
        let count = (length.ceil() as i32).max(1);
        let taps: Vec<(f32, f32)> =
            (-count..=count).map(|n| (n as f32 * length / 2.0 / count as f32, 1.0 / (2 * count + 1) as f32)).collect();
        let (sin, cos) = angle.sin_cos();
        smear(canvas, &taps, (cos, sin));
    }
}

/// Offsets and weights of a bell curve.
fn gauss(deviation: f32) -> Vec<(f32, f32)> {
    let reach = (deviation * 3.0).ceil() as i32;
    let weight = |n: i32| (-0.5 * (n as f32 / deviation.max(0.05)).powi(2)).exp();
    let sum: f32 = (-reach..=reach).map(weight).sum();
    (-reach..=reach).map(|n| (n as f32, weight(n) / sum)).collect()
}

/// Weighted sum of each pixel's neighbours along one direction.
fn smear(canvas: &mut Canvas, taps: &[(f32, f32)], (dx, dy): (f32, f32)) {
    if taps.len() < 2 {
        return;
    }
    let source = canvas.clone();
    let (w, h) = (source.width as i32, source.height as i32);
    let straight = dx == 0.0 || dy == 0.0;
    canvas.within(canvas.frame(), |x, y, _| {
        let mut sum = [0.0; 3];
        for &(offset, weight) in taps {
            let seen = if straight {
                let at = |v: f32, top: i32| (v as i32).clamp(0, top - 1) as usize;
                source.pixels[at(y + dy * offset, h) * w as usize + at(x + dx * offset, w)]
            } else {
                source.sample(x + dx * offset, y + dy * offset)
            };
            (0..3).for_each(|channel| sum[channel] += seen[channel] * weight);
        }
        sum
    });
}

/// Noise of the sensor: each pixel's own, and a little of it in colour.
pub(super) fn noise(canvas: &mut Canvas, range: &Range, dice: &mut Dice) {
    let strength = dice.between(range.noise.0, range.noise.1) / 255.0;
    // xorshift: a generator for passwords would take longer than all the rest.
    let mut state = dice.seed() | 1;
    let mut bell = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let sum: u32 = (0..4).map(|n| (state >> (n * 16)) as u32 & 0xffff).sum();
        (sum as f32 / 65_535.0 - 2.0) * 1.732
    };
    for pixel in &mut canvas.pixels {
        let grain = bell() * strength;
        // Dark pixels show more of it.
        let dark = 1.25 - 0.5 * pixel[1].clamp(0.0, 1.0);
        for channel in pixel {
            *channel += (grain + bell() * strength * 0.45) * dark;
        }
    }
}

/// The picture as a camera stores it.
pub(super) fn develop(picture: &RgbImage, range: &Range, dice: &mut Dice) -> Result<Vec<u8>, image::ImageError> {
    let quality = u8::try_from(dice.whole(range.quality.0, range.quality.1)).unwrap_or(90);
    let mut bytes = Vec::with_capacity(600_000);
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))?;
    Ok(bytes)
}
