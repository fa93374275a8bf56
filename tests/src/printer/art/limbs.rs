//! Body parts: shapes with a colour, drawn in groups that share one outline and lit as if they were round.

use crate::printer::canvas::{Canvas, Point, Shape};
use crate::printer::colour::{Rgb, blend, grey, scale};
use crate::printer::dice::Dice;
use crate::printer::noise::{cells, fractal, smooth};

/// Markings on a hide.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hide {
    Plain,
    Spots,
    Stripes,
    Scales,
    Fur,
}

/// How a creature is coloured.
#[derive(Debug, Clone)]
pub(crate) struct Coat {
    pub(crate) body: Rgb,
    pub(crate) marking: Rgb,
    pub(crate) line: Rgb,
    pub(crate) hide: Hide,
    pub(crate) seed: u32,
    /// Size of the markings in pixels.
    pub(crate) grain: f32,
    /// Width of the outline in pixels.
    pub(crate) stroke: f32,
}

impl Coat {
    pub(crate) fn new(body: Rgb, marking: Rgb, line: Rgb, size: f32, dice: &mut Dice) -> Self {
        let hide = *dice.pick(&[Hide::Plain, Hide::Spots, Hide::Stripes, Hide::Scales, Hide::Fur, Hide::Fur]);
        let grain = size * dice.between(0.05, 0.13);
        Self { body, marking, line, hide, seed: dice.seed() as u32, grain, stroke: (size * 0.012).max(1.4) }
    }

    /// The hide's own colour at a place.
    fn at(&self, x: f32, y: f32) -> Rgb {
        let (u, v) = (x / self.grain, y / self.grain);
        let mark = match self.hide {
            Hide::Plain => smooth(0.55, 0.7, fractal(self.seed, u * 0.3, v * 0.3, 3)) * 0.5,
            Hide::Spots => {
                let (near, _, id) = cells(self.seed, u, v);
                smooth(0.4, 0.28, near) * if id > 0.3 { 1.0 } else { 0.0 }
            }
            Hide::Stripes => {
                let bend = fractal(self.seed, u * 0.4, v * 0.4, 2) * 4.0;
                smooth(0.25, 0.5, ((u + v * 0.3) * 0.55 + bend).sin())
            }
            Hide::Scales => {
                let (near, second, _) = cells(self.seed, u * 1.8, v * 1.8);
                smooth(0.2, 0.05, second - near)
            }
            Hide::Fur => smooth(0.5, 0.7, fractal(self.seed, u * 2.6 + v * 0.5, v * 0.5, 3)) * 0.7,
        };
        blend(self.body, self.marking, mark)
    }

    /// Another coat of the same animal with other colours (belly, horn, wing).
    pub(crate) fn tinted(&self, body: Rgb, hide: Hide) -> Self {
        Self { body, hide, ..self.clone() }
    }
}

/// Draws a group of shapes: one outline around all of them, then each one lit from the upper left.
pub(crate) fn draw(canvas: &mut Canvas, shapes: &[Shape], coat: &Coat) {
    for shape in shapes {
        canvas.fill_grown(shape, coat.stroke, 1.0, |_, _| coat.line);
    }
    for shape in shapes {
        let bounds = shape.bounds();
        let rim = (bounds.width().min(bounds.height()) * 0.32).max(2.0);
        canvas.fill(shape, 1.0, |x, y| {
            let d = shape.distance(x, y);
            let flat = (-d / rim).clamp(0.0, 1.0);
            let (gx, gy) = (shape.distance(x + 1.0, y) - d, shape.distance(x, y + 1.0) - d);
            let light = (1.0 - flat) * (-0.55 * gx - 0.75 * gy) + 0.45 * flat;
            let lit = scale(coat.at(x, y), 0.72 + 0.55 * light);
            blend(lit, grey(1.0), smooth(0.62, 0.95, light) * 0.45)
        });
    }
}

/// A chain of discs along a curve: tails, necks, serpents. `bend` is the turn per step in radians.
pub(crate) fn chain(from: Point, angle: f32, bend: f32, length: f32, (r0, r1): (f32, f32)) -> Vec<Shape> {
    const STEPS: usize = 9;
    let (mut at, mut angle, step) = (from, angle, length / STEPS as f32);
    (0..STEPS)
        .map(|nth| {
            let next = (at.0 + angle.cos() * step, at.1 + angle.sin() * step);
            let radius = |n: usize| r0 + (r1 - r0) * n as f32 / STEPS as f32;
            let part = Shape::Capsule { a: at, b: next, ra: radius(nth), rb: radius(nth + 1) };
            at = next;
            angle += bend;
            part
        })
        .collect()
}

/// The end of a [`chain`] and its direction there.
pub(crate) fn chain_end(shapes: &[Shape]) -> (Point, f32) {
    match shapes.last() {
        Some(Shape::Capsule { a, b, .. }) => (*b, (b.1 - a.1).atan2(b.0 - a.0)),
        _ => ((0.0, 0.0), 0.0),
    }
}
