//! Draws invented cards into invented scenes under exactly known homographies.

use cardmint_domain::Quad;
use cardmint_domain::reading::Point;
use cardmint_recognition::geometry::{Homography, Pt};
use image::{Rgb, RgbImage};

/// A small generator with a seed: tests draw the same scene every time.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// Between -1 and 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    pub(crate) fn byte(&mut self) -> u8 {
        ((self.unit() + 1.0) * 127.5) as u8
    }
}

/// A card of 630 by 880: a border, a picture of coloured blobs, a light box with rows of dark marks, no two cards' rows in the same places.
pub(crate) fn card(seed: u64) -> RgbImage {
    let mut dice = Dice(seed.wrapping_mul(7919) + 1);
    let colour = |dice: &mut Dice| [dice.byte() / 2 + 60, dice.byte() / 2 + 60, dice.byte() / 2 + 60];
    let (border, paper, art) = (colour(&mut dice), [225, 220, 205], colour(&mut dice));
    let mut card = RgbImage::from_pixel(630, 880, Rgb(border));
    fill(&mut card, (30, 30), (600, 850), paper);
    fill(&mut card, (60, 100), (570, 440), art);
    for _ in 0..40 {
        let (x, y) = (315.0 + 250.0 * dice.unit(), 270.0 + 165.0 * dice.unit());
        let (radius, colour) = (20.0 + 18.0 * dice.unit(), colour(&mut dice));
        for py in 100..440 {
            for px in 60..570 {
                if (f64::from(px) - x).hypot(f64::from(py) - y) < radius {
                    card.put_pixel(px, py, Rgb(colour));
                }
            }
        }
    }
    let mut y = 480 + u32::from(dice.byte()) / 8;
    while y < 800 {
        let mut x = 70;
        while x < 540 {
            let width = 6 + u32::from(dice.byte()) / 8;
            fill(&mut card, (x, y), (x + width, y + 18), [40, 35, 45]);
            x += width + 6 + u32::from(dice.byte()) / 24;
        }
        y += 30 + u32::from(dice.byte()) / 6;
    }
    card
}

fn fill(picture: &mut RgbImage, from: (u32, u32), to: (u32, u32), colour: [u8; 3]) {
    for y in from.1..to.1.min(picture.height()) {
        for x in from.0..to.0.min(picture.width()) {
            picture.put_pixel(x, y, Rgb(colour));
        }
    }
}

/// A table with a soft pattern and noise.
pub(crate) fn table(width: u32, height: u32, colour: [u8; 3], seed: u64) -> RgbImage {
    let mut dice = Dice(seed);
    RgbImage::from_fn(width, height, |x, y| {
        let wave = 6.0 * (f64::from(x) / 37.0).sin() + 6.0 * (f64::from(y) / 53.0).cos();
        Rgb(colour.map(|c| (f64::from(c) + wave + 5.0 * dice.unit()).clamp(0.0, 255.0) as u8))
    })
}

/// Corners, in pixels, of a card lying in a picture seen from above: its middle, width and angle.
pub(crate) fn lying(middle: (f64, f64), width: f64, degrees: f64) -> [Pt; 4] {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let half = (width / 2.0, width * 88.0 / 63.0 / 2.0);
    let corners: [(f64, f64); 4] = [(-half.0, -half.1), (half.0, -half.1), (half.0, half.1), (-half.0, half.1)];
    corners.map(|(x, y)| Pt::new(middle.0 + cos * x - sin * y, middle.1 + sin * x + cos * y))
}

/// Corners, in pixels, of a card on a table that a camera with a lens of `focal` pixels sees at a slant: the table is
/// turned by `degrees`, then tilted away from the camera about the picture's x and y axes.
pub(crate) fn seen(middle: (f64, f64), width: f64, degrees: f64, tilt: (f64, f64), focal: f64) -> [Pt; 4] {
    let flat = lying((0.0, 0.0), width, degrees);
    let ((sx, cx), (sy, cy)) = (tilt.0.to_radians().sin_cos(), tilt.1.to_radians().sin_cos());
    flat.map(|p| {
        let (x, y, z) = (cy * p.x, cx * p.y + sx * sy * p.x, sx * p.y - cx * sy * p.x);
        let nearness = focal / (focal + z);
        Pt::new(middle.0 + nearness * x, middle.1 + nearness * y)
    })
}

/// Lays a card into a picture so that its corners come to lie on `corners`; edges are blended.
pub(crate) fn lay(picture: &mut RgbImage, card: &RgbImage, corners: &[Pt; 4]) {
    let (w, h) = (f64::from(card.width()), f64::from(card.height()));
    let frame = [Pt::new(0.0, 0.0), Pt::new(w, 0.0), Pt::new(w, h), Pt::new(0.0, h)];
    let back = Homography::between(corners, &frame).unwrap();
    let near = |x: u32, y: u32| {
        let (x, y) = (f64::from(x), f64::from(y));
        let inside = |v: f64, least: f64, most: f64| v > least - 2.0 && v < most + 2.0;
        let span = |pick: fn(&Pt) -> f64| {
            corners.iter().map(pick).fold((f64::MAX, f64::MIN), |(least, most), v| (least.min(v), most.max(v)))
        };
        let ((x0, x1), (y0, y1)) = (span(|p| p.x), span(|p| p.y));
        inside(x, x0, x1) && inside(y, y0, y1)
    };
    for (x, y, pixel) in picture.enumerate_pixels_mut().filter(|(x, y, _)| near(*x, *y)) {
        let mut sum = [0.0; 3];
        for i in 0..9 {
            let at =
                Pt::new(f64::from(x) + (f64::from(i % 3) + 0.5) / 3.0, f64::from(y) + (f64::from(i / 3) + 0.5) / 3.0);
            let on = back.apply(at);
            let inside = on.x >= 0.0 && on.y >= 0.0 && on.x < w && on.y < h;
            let colour = if inside { card.get_pixel(on.x as u32, on.y as u32).0 } else { pixel.0 };
            sum.iter_mut().zip(colour).for_each(|(sum, c)| *sum += f64::from(c) / 9.0);
        }
        pixel.0 = sum.map(|v| v.round() as u8);
    }
}

/// Adds sensor noise.
pub(crate) fn noise(picture: &mut RgbImage, strength: f64, seed: u64) {
    let mut dice = Dice(seed);
    for pixel in picture.pixels_mut() {
        pixel.0 = pixel.0.map(|c| (f64::from(c) + strength * dice.unit()).clamp(0.0, 255.0) as u8);
    }
}

/// Corners in pixels as a quad in fractions.
pub(crate) fn quad(corners: &[Pt; 4], picture: &RgbImage) -> Quad {
    let (w, h) = (f64::from(picture.width()), f64::from(picture.height()));
    Quad { corners: corners.map(|p| Point { x: (p.x / w) as f32, y: (p.y / h) as f32 }) }
}

/// Largest distance of a corner from where it should be, as a part of the card's width; either half turn is right.
pub(crate) fn corner_error(truth: &[Pt; 4], found: &Quad, picture: &RgbImage) -> f64 {
    let (w, h) = (f64::from(picture.width()), f64::from(picture.height()));
    let width = truth[1].minus(truth[0]).len();
    let worst = |q: Quad| {
        let corners = q.corners.map(|c| Pt::new(f64::from(c.x) * w, f64::from(c.y) * h));
        corners.iter().zip(truth).map(|(a, b)| a.minus(*b).len() / width).fold(0.0, f64::max)
    };
    worst(*found).min(worst(found.turned(2)))
}
