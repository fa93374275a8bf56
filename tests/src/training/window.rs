//! What the network learns from: a part of a bottom strip, photographed, with the text of the line in its middle.

use cardmint_recognition::strip::net::{FIELD_HEIGHT, Map};
use cardmint_recognition::strip::view::even;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder as _, ImageFormat};

use super::fonts::TrainingFonts;
use super::print::{ENLARGED, Line, line};
use crate::printer::dice::Dice;
use crate::printer::noise;

/// Height of a window in pixels.
pub(super) const HEIGHT: usize = FIELD_HEIGHT;
/// Share of the windows that have a line in their middle; the others have it so far off that nothing is to be read.
const CENTRED: f32 = 0.85;

/// A window with what is to be read in it.
pub(super) struct Window {
    /// As the network takes it.
    pub(super) picture: Map,
    /// The line in the middle, sign by sign; empty where there is none.
    pub(super) classes: Vec<u8>,
}

/// How all lines of a window lie and are cut.
struct Pose {
    shear: f32,
    stretch: f32,
    sin: f32,
    cos: f32,
}

/// A picture of brightness 0 to 1.
struct Scene {
    width: usize,
    pixels: Vec<f32>,
}

/// Draws a window.
pub(super) fn draw(dice: &mut Dice, fonts: &TrainingFonts) -> Window {
    let width = dice.whole(90, 240) as usize;
    let mut scene = Scene::background(dice, width);
    let figure = match dice.whole(0, 9) {
        0..6 => dice.between(9.5, 15.0),
        6..9 => dice.between(7.5, 11.0),
        _ => dice.between(8.0, 18.0),
    };
    let shear = match dice.whole(0, 3) {
        0 => 0.0,
        1 | 2 => dice.between(0.08, 0.35),
        _ => dice.between(-0.05, 0.25),
    };
    let (sin, cos) = dice.between(-0.03, 0.03).sin_cos();
    let pose = Pose { shear, stretch: dice.between(0.8, 1.2), sin, cos };
    let is_centred = dice.chance(CENTRED);
    let side = if dice.chance(0.5) { 1.0 } else { -1.0 };
    let offset = if is_centred { dice.between(-3.0, 3.0) } else { side * dice.between(9.0, 16.0) };
    let length = width as f32 / pose.stretch + 12.0;
    for (direction, share, size) in [(-1.0, 0.7, (0.7, 1.1)), (1.0, 0.6, (0.6, 1.1))] {
        if dice.chance(share) {
            let other = figure * dice.between(size.0, size.1);
            let gap = figure * dice.between(1.35, 2.4);
            let other = line(dice, fonts, other, length, false);
            scene.print(dice, &other, &pose, offset + direction * gap);
        }
    }
    let wants_number = dice.chance(0.75);
    let main = line(dice, fonts, figure, length, wants_number);
    scene.print(dice, &main, &pose, offset);
    scene.photograph(dice);
    Window { picture: even(scene.pixels, width), classes: if is_centred { main.classes } else { Vec::new() } }
}

impl Scene {
    /// Plain, shaded, grained or full of edges, as the ground under a number is.
    fn background(dice: &mut Dice, width: usize) -> Self {
        let ground = dice.between(0.1, 0.95);
        let coarse = if dice.chance(0.5) { dice.between(0.0, 0.08) } else { dice.between(0.05, 0.5) };
        let fine = if dice.chance(0.5) { 0.0 } else { dice.between(0.0, 0.15) };
        let cell = dice.between(3.0, 40.0);
        let slope = dice.between(-0.3, 0.3) / width as f32;
        let seeds = [dice.seed() as u32, dice.seed() as u32];
        let pixel = |at: usize| {
            let (x, y) = ((at % width) as f32, (at / width) as f32);
            let grain = |seed, cell: f32| noise::value(seed, x / cell, y / cell) - 0.5;
            ground + coarse * grain(seeds[0], cell) + fine * grain(seeds[1], 2.0) + slope * (x - width as f32 / 2.0)
        };
        let mut scene = Self { width, pixels: (0..width * HEIGHT).map(pixel).collect() };
        let edges = if dice.chance(0.4) { dice.whole(1, 5) } else { 0 };
        (0..edges).for_each(|_| scene.cross(dice));
        scene
    }

    /// Lays a band of another tone across, or everything beyond a line.
    fn cross(&mut self, dice: &mut Dice) {
        let (sin, cos) = dice.between(0.0, std::f32::consts::PI).sin_cos();
        let (start, tone) = (dice.between(0.0, self.width as f32), dice.between(0.0, 1.0));
        let breadth = if dice.chance(0.5) { f32::INFINITY } else { dice.between(1.0, 8.0) };
        let cover = dice.between(0.2, 0.9);
        for (at, pixel) in self.pixels.iter_mut().enumerate() {
            let (x, y) = ((at % self.width) as f32 - start, (at / self.width) as f32 - HEIGHT as f32 / 2.0);
            let beyond = x * cos + y * sin;
            if beyond > 0.0 && beyond < breadth {
                *pixel = noise::mix(*pixel, tone, cover);
            }
        }
    }

    /// Prints a line, its middle `offset` pixels below that of the window.
    fn print(&mut self, dice: &mut Dice, line: &Line, pose: &Pose, offset: f32) {
        let ground = self.pixels.iter().sum::<f32>() / self.pixels.len() as f32;
        let has_rim = dice.chance(0.45);
        // A rim makes print readable on any ground, and is nearly always white around black.
        let is_dark = dice.chance(match ground {
            _ if has_rim => 0.85,
            0.6.. => 0.85,
            0.35.. => 0.5,
            _ => 0.15,
        });
        let contrast = dice.between(0.12, 0.9);
        let tone = match (has_rim, is_dark) {
            (true, true) => dice.between(0.0, 0.35),
            (true, false) => dice.between(0.65, 1.0),
            (false, true) => (ground - contrast).max(0.0),
            (false, false) => (ground + contrast).min(1.0),
        };
        let other_tone = if is_dark { dice.between(0.7, 1.0) } else { dice.between(0.0, 0.3) };
        let size = (line.width, line.height);
        let is_bold = dice.chance(if has_rim { 0.5 } else { 0.3 });
        let ink = softened(&if is_bold { spread(&line.ink, size, 1) } else { line.ink.clone() }, size);
        let reach = dice.whole(2, 6) as usize;
        let rim = has_rim.then(|| softened(&spread(&line.ink, size, reach), size));
        let half_height = 0.75 * line.figure;
        for (at, pixel) in self.pixels.iter_mut().enumerate() {
            let dx = (at % self.width) as f32 - self.width as f32 / 2.0;
            let dy = (at / self.width) as f32 - HEIGHT as f32 / 2.0 - offset;
            let (across, down) = (dx * pose.cos + dy * pose.sin, dy * pose.cos - dx * pose.sin);
            let x = (across / pose.stretch + down * pose.shear) * ENLARGED + line.width as f32 / 2.0;
            let y = down * ENLARGED + line.height as f32 / 2.0;
            let boxed = line.boxes.iter().find(|b| x > b.left && x < b.right && (y - line.middle).abs() < half_height);
            let is_filled = boxed.is_some_and(|b| b.is_filled);
            let border = 1.5 * ENLARGED;
            if boxed.is_some_and(|b| {
                b.is_filled
                    || x < b.left + border
                    || x > b.right - border
                    || (y - line.middle).abs() > half_height - border
            }) {
                *pixel = tone;
            }
            if let Some(rim) = rim.as_ref().filter(|_| !is_filled) {
                *pixel = noise::mix(*pixel, other_tone, between(rim, size, x, y));
            }
            *pixel = noise::mix(*pixel, if is_filled { other_tone } else { tone }, between(&ink, size, x, y));
        }
    }

    /// Foil and glare, blur, too few pixels, sharpening, noise, and a curve of its own.
    fn photograph(&mut self, dice: &mut Dice) {
        if dice.chance(0.2) {
            self.sparkle(dice);
        }
        if dice.chance(0.15) {
            self.glare(dice);
        }
        let coarser = if dice.chance(0.45) { 1.0 } else { dice.between(1.0, 2.4) };
        self.blur(dice.between(0.0, 0.8).max(0.6 * (coarser - 1.0)));
        let quality = dice.chance(0.4).then(|| dice.whole(30, 90) as u8);
        self.resample(coarser, quality);
        if dice.chance(0.3) {
            let sharpness = dice.between(0.2, 1.6);
            let mut soft = Self { width: self.width, pixels: self.pixels.clone() };
            soft.blur(1.0);
            self.pixels.iter_mut().zip(&soft.pixels).for_each(|(pixel, soft)| *pixel += sharpness * (*pixel - soft));
        }
        let noise = if dice.chance(0.5) { dice.between(0.0, 0.02) } else { dice.between(0.0, 0.08) };
        let gamma = dice.between(0.7, 1.4);
        for pixel in &mut self.pixels {
            *pixel = pixel.clamp(0.0, 1.0).powf(gamma) + noise * dice.bell();
        }
    }

    /// Foil, which glitters through the print.
    fn sparkle(&mut self, dice: &mut Dice) {
        let (seed, cell, strength) = (dice.seed() as u32, dice.between(1.5, 4.0), dice.between(0.1, 0.5));
        for (at, pixel) in self.pixels.iter_mut().enumerate() {
            let (x, y) = ((at % self.width) as f32 / cell, (at / self.width) as f32 / cell);
            *pixel += strength * (noise::value(seed, x, y).powi(2) - 0.33);
        }
    }

    /// A soft bright spot.
    fn glare(&mut self, dice: &mut Dice) {
        let (x, y) = (dice.between(0.0, self.width as f32), dice.between(0.0, HEIGHT as f32));
        let (reach, strength) = (dice.between(20.0, 80.0), dice.between(0.2, 0.7));
        for (at, pixel) in self.pixels.iter_mut().enumerate() {
            let far = ((at % self.width) as f32 - x).hypot((at / self.width) as f32 - y) / reach;
            *pixel += strength * (-0.5 * far * far).exp();
        }
    }

    /// As taken with fewer pixels, stored as a JPEG file of this quality, if any, and enlarged again.
    fn resample(&mut self, coarser: f32, quality: Option<u8>) {
        if coarser < 1.05 {
            if let Some(quality) = quality {
                store(&mut self.pixels, self.width, quality);
            }
            return;
        }
        let (width, height) = ((self.width as f32 / coarser) as usize, (HEIGHT as f32 / coarser) as usize);
        let inside = |at: f32, size: usize| at.clamp(0.0, size as f32 - 1.001);
        let pick = |pixels: &[f32], size: (usize, usize), x: f32, y: f32| {
            between(pixels, size, inside(x, size.0), inside(y, size.1))
        };
        let centre = |at: usize| at as f32 + 0.5;
        let own = (self.width, HEIGHT);
        let mut small: Vec<f32> = (0..width * height)
            .map(|at| pick(&self.pixels, own, centre(at % width) * coarser - 0.5, centre(at / width) * coarser - 0.5))
            .collect();
        if let Some(quality) = quality {
            store(&mut small, width, quality);
        }
        for (at, pixel) in self.pixels.iter_mut().enumerate() {
            let (x, y) = (centre(at % own.0) / coarser - 0.5, centre(at / own.0) / coarser - 0.5);
            *pixel = pick(&small, (width, height), x, y);
        }
    }

    /// Gaussian, borders continued.
    fn blur(&mut self, sigma: f32) {
        if sigma < 0.15 {
            return;
        }
        let reach = (2.5 * sigma).ceil() as isize;
        let weights: Vec<f32> = (-reach..=reach).map(|d| (-((d * d) as f32) / (2.0 * sigma * sigma)).exp()).collect();
        let total: f32 = weights.iter().sum();
        let (width, height) = (self.width as isize, HEIGHT as isize);
        for (step_x, step_y) in [(1, 0), (0, 1)] {
            let before = self.pixels.clone();
            let at = |x: isize, y: isize| before[(y.clamp(0, height - 1) * width + x.clamp(0, width - 1)) as usize];
            for (place, pixel) in self.pixels.iter_mut().enumerate() {
                let (x, y) = (place as isize % width, place as isize / width);
                let sum: f32 =
                    (-reach..=reach).zip(&weights).map(|(d, w)| w * at(x + d * step_x, y + d * step_y)).sum();
                *pixel = sum / total;
            }
        }
    }
}

/// Writes a picture as a JPEG file and reads it again; one that cannot be written stays as it is.
fn store(pixels: &mut [f32], width: usize, quality: u8) {
    let bytes: Vec<u8> = pixels.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0) as u8).collect();
    let (wide, high) = (width as u32, (pixels.len() / width.max(1)) as u32);
    let mut file = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut file, quality);
    if encoder.write_image(&bytes, wide, high, ExtendedColorType::L8).is_err() {
        return;
    }
    if let Ok(read) = image::load_from_memory_with_format(&file, ImageFormat::Jpeg) {
        pixels
            .iter_mut()
            .zip(read.into_luma8().into_raw())
            .for_each(|(pixel, value)| *pixel = f32::from(value) / 255.0);
    }
}

/// Between pixels; 0 outside.
fn between(pixels: &[f32], (width, height): (usize, usize), x: f32, y: f32) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let at = |dx: f32, dy: f32| {
        let (x, y) = (left + dx, top + dy);
        let is_inside = x >= 0.0 && y >= 0.0 && x < width as f32 && y < height as f32;
        if is_inside { pixels[y as usize * width + x as usize] } else { 0.0 }
    };
    let (dx, dy) = (x - left, y - top);
    noise::mix(noise::mix(at(0.0, 0.0), at(1.0, 0.0), dx), noise::mix(at(0.0, 1.0), at(1.0, 1.0), dx), dy)
}

/// The highest value within a square of `reach` pixels around each.
fn spread(pixels: &[f32], (width, height): (usize, usize), reach: usize) -> Vec<f32> {
    let highest = |values: &mut dyn Iterator<Item = f32>| values.fold(0.0, f32::max);
    let rows: Vec<f32> = (0..width * height)
        .map(|at| {
            let (x, row) = (at % width, at / width * width);
            highest(&mut (x.saturating_sub(reach)..=(x + reach).min(width - 1)).map(|x| pixels[row + x]))
        })
        .collect();
    (0..width * height)
        .map(|at| {
            let (x, y) = (at % width, at / width);
            highest(&mut (y.saturating_sub(reach)..=(y + reach).min(height - 1)).map(|y| rows[y * width + x]))
        })
        .collect()
}

/// The mean of three by three pixels, so that one sample of the enlarged line stands for one pixel of the window.
fn softened(pixels: &[f32], (width, height): (usize, usize)) -> Vec<f32> {
    let mut rows = vec![0.0; width * height];
    for (row, source) in rows.chunks_exact_mut(width).zip(pixels.chunks_exact(width)) {
        for x in 1..width.saturating_sub(1) {
            row[x] = (source[x - 1] + source[x] + source[x + 1]) / 3.0;
        }
    }
    let mut out = rows.clone();
    for y in 1..height.saturating_sub(1) {
        for x in 0..width {
            let at = y * width + x;
            out[at] = (rows[at - width] + rows[at] + rows[at + width]) / 3.0;
        }
    }
    out
}
