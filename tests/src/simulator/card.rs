//! Putting a card into the picture: shadow, card, sleeve, foil and glare.

use image::RgbImage;

use crate::printer::canvas::{Canvas, Rect, Shape};
use crate::printer::colour::{Rgb, blend, grey, hsv};
use crate::printer::dice::Dice;
use crate::printer::noise::{fractal, smooth};

use super::geometry::{At, CARD_HEIGHT, CARD_WIDTH, Homography, Placement, bounds, corners};

/// How far a sleeve stands out beyond the card, in millimetres.
const SLEEVE: f64 = 1.6;
/// Radius of a card's corners in millimetres.
const CORNER: f32 = 3.0;

/// What covers one card.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cover {
    pub(super) sleeve: bool,
    /// Brightness of a lamp's reflection; 0 for none.
    pub(super) glare: f32,
    /// Whether the surface throws the lamp back in colours.
    pub(super) foil: bool,
    /// Direction and strength of the shadow that the card casts, in millimetres.
    pub(super) shadow: (f32, f32),
}

/// A card's way into the picture.
pub(super) struct Press<'a> {
    pub(super) canvas: &'a mut Canvas,
    /// From the card's millimetres to pixels.
    map: Homography,
    back: Homography,
    /// Pixels per millimetre in the middle of the card.
    scale: f32,
}

impl<'a> Press<'a> {
    pub(super) fn new(canvas: &'a mut Canvas, placement: &Placement, camera: &Homography) -> Self {
        let map = placement.map().then(camera);
        let (left, right) = (map.apply((0.0, CARD_HEIGHT / 2.0)), map.apply((CARD_WIDTH, CARD_HEIGHT / 2.0)));
        let scale = ((right.0 - left.0).hypot(right.1 - left.1) / CARD_WIDTH) as f32;
        Self { canvas, map, back: map.inverse(), scale }
    }

    /// The card's corners in pixels.
    pub(super) fn outline(&self) -> [At; 4] {
        corners(0.0).map(|corner| self.map.apply(corner))
    }

    /// Draws everything, from the table upwards.
    pub(super) fn draw(&mut self, picture: &RgbImage, cover: &Cover, dice: &mut Dice) {
        self.shadow(cover);
        if cover.sleeve {
            self.film(dice);
        }
        self.print(picture);
        if cover.foil {
            self.foil(dice);
        }
        if cover.sleeve {
            self.haze(dice);
        }
        if cover.glare > 0.0 {
            self.glare(cover, dice);
        }
    }

    /// Replaces pixels around the card by what `shader` makes of their place on the card and their present colour.
    fn around(&mut self, grow: f64, shader: impl Fn(f32, f32, Rgb) -> Rgb) {
        let (x0, y0, x1, y1) = bounds(corners(grow).map(|corner| self.map.apply(corner)));
        let back = self.back;
        self.canvas.within(Rect::new(x0 as f32, y0 as f32, x1 as f32, y1 as f32), |x, y, under| {
            let (u, v) = back.apply((f64::from(x), f64::from(y)));
            shader(u as f32, v as f32, under)
        });
    }

    /// How much of a pixel a shape in the card's millimetres covers.
    fn cover(shape: &Shape, scale: f32) -> impl Fn(f32, f32) -> f32 {
        move |u, v| (0.5 - shape.distance(u, v) * scale).clamp(0.0, 1.0)
    }

    fn shadow(&mut self, cover: &Cover) {
        let (dx, dy) = cover.shadow;
        let soft = dx.hypot(dy) + 1.0;
        let shape = face(0.0);
        self.around(f64::from(soft) * 2.5, |u, v, under| {
            let t = 1.0 - smooth(-soft * 0.3, soft, shape.distance(u - dx, v - dy));
            blend(under, grey(0.0), 0.55 * t)
        });
    }

    fn print(&mut self, picture: &RgbImage) {
        let (shape, scale) = (face(0.0), self.scale);
        let cover = Self::cover(&shape, scale);
        let (kx, ky) = (picture.width() as f32 / CARD_WIDTH as f32, picture.height() as f32 / CARD_HEIGHT as f32);
        // As many samples across a photo's pixel as it covers pixels of the picture, so that fine print is not aliased.
        let samples = (kx / scale).ceil().clamp(1.0, 4.0) as u32;
        let step = 1.0 / (samples as f32 * scale);
        self.around(0.5, |u, v, under| {
            let cover = cover(u, v);
            if cover <= 0.0 {
                return under;
            }
            let mut sum = [0.0; 3];
            for nth in 0..samples * samples {
                let off = |n: u32| (n as f32 + 0.5) * step - 0.5 / scale;
                let seen = sample(picture, (u + off(nth % samples)) * kx, (v + off(nth / samples)) * ky);
                (0..3).for_each(|channel| sum[channel] += seen[channel]);
            }
            blend(under, sum.map(|v| v / (255 * samples * samples) as f32), cover)
        });
    }

    /// The sleeve's rim outside the card.
    fn film(&mut self, dice: &mut Dice) {
        let rim = Shape::Round { rect: rect(SLEEVE as f32), radius: 1.0 };
        let (scale, light) = (self.scale, dice.between(0.35, 0.8));
        self.around(SLEEVE + 0.5, |u, v, under| {
            let distance = rim.distance(u, v);
            let edge = (1.0 - (distance.abs() * scale - 0.4).max(0.0)).clamp(0.0, 1.0);
            let inside = (0.5 - distance * scale).clamp(0.0, 1.0);
            blend(blend(under, grey(light), 0.16 * inside), grey(light), 0.45 * edge)
        });
    }

    /// What a sleeve does to the card in it: a little less contrast, and folds.
    fn haze(&mut self, dice: &mut Dice) {
        let (seed, strength) = (dice.seed() as u32, dice.between(0.02, 0.07));
        let shape = face(SLEEVE as f32);
        let cover = Self::cover(&shape, self.scale);
        self.around(SLEEVE, |u, v, under| {
            let fold = smooth(0.6, 0.8, fractal(seed, u / 30.0 + v / 90.0, v / 60.0, 2));
            blend(under, grey(0.92), cover(u, v) * (strength + 0.1 * fold))
        });
    }

    /// Foil under a lamp: bands of colour on what is light.
    fn foil(&mut self, dice: &mut Dice) {
        let (angle, phase, width) = (dice.between(0.0, 6.3), dice.between(0.0, 1.0), dice.between(25.0, 60.0));
        let (sin, cos) = angle.sin_cos();
        let shape = face(0.0);
        let cover = Self::cover(&shape, self.scale);
        self.around(0.0, |u, v, under| {
            let along = (u * cos + v * sin) / width + phase;
            let light = (under[0] + under[1] + under[2]) / 3.0;
            let band = smooth(0.2, 0.8, (along * 2.3).sin().abs());
            let shine = hsv(along, 0.5, 1.0);
            blend(under, shine, cover(u, v) * 0.18 * band * smooth(0.15, 0.6, light))
        });
    }

    fn glare(&mut self, cover: &Cover, dice: &mut Dice) {
        let grow = if cover.sleeve { SLEEVE as f32 } else { 0.0 };
        let spot = Shape::Ellipse {
            centre: (dice.between(5.0, 58.0), dice.between(5.0, 62.0)),
            radii: (dice.between(6.0, 13.0), dice.between(10.0, 26.0)),
            angle: dice.between(0.0, 3.1),
        };
        let soft = dice.between(8.0, 18.0);
        let shape = face(grow);
        let inside = Self::cover(&shape, self.scale);
        self.around(f64::from(grow), |u, v, under| {
            let t = 1.0 - (spot.distance(u, v) / soft + 0.5).clamp(0.0, 1.0);
            blend(under, [1.0, 0.99, 0.96], inside(u, v) * cover.glare * t * t)
        });
    }
}

fn rect(grow: f32) -> Rect {
    Rect::new(0.0, 0.0, CARD_WIDTH as f32, CARD_HEIGHT as f32).inset(-grow)
}

fn face(grow: f32) -> Shape {
    Shape::Round { rect: rect(grow), radius: CORNER }
}

/// Colour between pixels, 0 to 255; the rim continues outwards.
fn sample(picture: &RgbImage, x: f32, y: f32) -> Rgb {
    let (x, y) =
        ((x - 0.5).clamp(0.0, picture.width() as f32 - 1.0), (y - 0.5).clamp(0.0, picture.height() as f32 - 1.0));
    let (ix, iy) = (x as u32, y as u32);
    let (jx, jy) = ((ix + 1).min(picture.width() - 1), (iy + 1).min(picture.height() - 1));
    let at = |x: u32, y: u32| picture.get_pixel(x, y).0.map(f32::from);
    let (u, v) = (x - ix as f32, y - iy as f32);
    blend(blend(at(ix, iy), at(jx, iy), u), blend(at(ix, jy), at(jx, jy), u), v)
}
