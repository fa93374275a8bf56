//! Small drawn parts that several layouts share: element emblems, set symbols, rarity marks, stamps, paper.

use super::Sheet;
use crate::printer::canvas::{Canvas, Point, Rect, Shape};
use crate::printer::card::PLAIN;
use crate::printer::colour::{Rgb, blend, grey, hsv, scale};
use crate::printer::noise::fractal;
use crate::printer::text::Face;
use crate::printer::words::ELEMENTS;

/// Corners of a star or regular polygon around a point.
fn star(centre: Point, outer: f32, inner: f32, points: usize, turn: f32) -> Shape {
    let corner = |n: usize| {
        let r = if n.is_multiple_of(2) { outer } else { inner };
        let (sin, cos) = (turn + n as f32 * std::f32::consts::PI / points as f32).sin_cos();
        (centre.0 + r * sin, centre.1 - r * cos)
    };
    Shape::Polygon((0..points * 2).map(corner).collect())
}

/// The mark inside an element's emblem.
fn element_mark(element: usize, (x, y): Point, r: f32) -> Vec<Shape> {
    let ellipse = |dx: f32, dy: f32, rx: f32, ry: f32, angle: f32| Shape::Ellipse {
        centre: (x + dx * r, y + dy * r),
        radii: (rx * r, ry * r),
        angle,
    };
    let bar = |ax: f32, ay: f32, bx: f32, by: f32, w: f32| Shape::Capsule {
        a: (x + ax * r, y + ay * r),
        b: (x + bx * r, y + by * r),
        ra: w * r,
        rb: w * r,
    };
    match element {
        0 => vec![star((x, y), r * 0.62, r * 0.26, 3, 0.0), ellipse(0.0, 0.15, 0.3, 0.3, 0.0)],
        1 => [-0.3, 0.0, 0.3].map(|dy| bar(-0.4, dy + 0.08, 0.4, dy - 0.08, 0.08)).into(),
        2 => vec![ellipse(-0.15, -0.05, 0.24, 0.5, 0.6), ellipse(0.2, 0.1, 0.2, 0.42, -0.6)],
        3 => vec![bar(0.2, -0.55, -0.2, 0.02, 0.1), bar(-0.2, 0.02, 0.2, 0.0, 0.1), bar(0.2, 0.0, -0.15, 0.55, 0.1)],
        4 => vec![
            bar(-0.45, -0.2, 0.25, -0.2, 0.09),
            ellipse(0.28, -0.32, 0.16, 0.16, 0.0),
            bar(-0.3, 0.15, 0.45, 0.15, 0.09),
        ],
        5 => vec![star((x, y), r * 0.58, r * 0.5, 3, 0.5)],
        6 => vec![ellipse(-0.1, 0.0, 0.5, 0.5, 0.0)],
        7 => vec![star((x, y), r * 0.62, r * 0.22, 8, 0.0)],
        _ => vec![star((x, y), r * 0.5, r * 0.32, 4, 0.0)],
    }
}

/// An element's emblem: a faceted gem, so that eight small icons stay apart when a card is 300 pixels wide.
pub(super) fn emblem(canvas: &mut Canvas, element: usize, centre: Point, r: f32) {
    let colour = if element == PLAIN { grey(0.82) } else { hsv(ELEMENTS[element].1, 0.78, 0.86) };
    let gem = Shape::Cut { rect: Rect::new(centre.0 - r, centre.1 - r, centre.0 + r, centre.1 + r), cut: r * 0.58 };
    canvas.fill_grown(&gem, r * 0.1, 1.0, |_, _| scale(colour, 0.3));
    canvas.fill(&gem, 1.0, |x, y| scale(colour, 1.1 - 0.35 * ((x - centre.0) + (y - centre.1)) / r / 2.0));
    for mark in element_mark(element, centre, r) {
        canvas.flat(&mark, 0.95, if element == PLAIN { grey(0.25) } else { grey(0.99) });
    }
    if element == 6 {
        canvas.flat(&Shape::disc((centre.0 + r * 0.15, centre.1 - r * 0.08), r * 0.4), 1.0, colour);
    }
}

/// A set's symbol in black with a light rim, about `2 r` large.
pub(super) fn set_symbol(canvas: &mut Canvas, symbol: usize, (x, y): Point, r: f32) {
    let ellipse = |dx: f32, dy: f32, rx: f32, ry: f32, angle: f32| Shape::Ellipse {
        centre: (x + dx * r, y + dy * r),
        radii: (rx * r, ry * r),
        angle,
    };
    let shapes = match symbol {
        0 => vec![
            ellipse(0.0, 0.15, 0.5, 0.65, 0.0),
            Shape::Polygon(vec![(x - r * 0.45, y - r * 0.1), (x, y - r), (x + r * 0.45, y - r * 0.1)]),
        ],
        1 => [-0.5, 0.0, 0.5].map(|dy| ellipse(dy * 0.3, dy, 0.95, 0.18, 0.12)).into(),
        2 => vec![star((x, y), r, r * 0.72, 3, 0.0), ellipse(0.0, 0.75, 0.12, 0.4, 0.0)],
        3 => vec![
            ellipse(-0.1, 0.1, 0.7, 0.6, 0.0),
            ellipse(0.75, 0.0, 0.28, 0.3, 0.0),
            ellipse(-0.1, 0.85, 0.95, 0.12, 0.0),
        ],
        4 => vec![star((x, y), r, r * 0.35, 5, 0.3)],
        5 => vec![
            Shape::Cut { rect: Rect::new(x - r * 0.8, y - r * 0.8, x + r * 0.8, y + r * 0.8), cut: r * 0.75 },
            ellipse(0.0, -0.8, 0.3, 0.3, 0.0),
        ],
        _ => vec![Shape::Polygon(vec![
            (x - r, y),
            (x, y - r * 0.7),
            (x + r, y - r * 0.2),
            (x, y + r * 0.1),
            (x + r * 0.2, y + r),
        ])],
    };
    for (grow, colour) in [(2.2, grey(0.98)), (0.0, grey(0.08))] {
        for shape in &shapes {
            canvas.fill_grown(shape, grow, 1.0, |_, _| colour);
        }
    }
    if symbol == 3 {
        canvas.flat(&ellipse(0.75, 0.0, 0.13, 0.15, 0.0), 1.0, grey(0.98));
    }
}

/// Rarity: one to four strokes, as on a tally.
pub(super) fn rarity_mark(canvas: &mut Canvas, rarity: &str, (x, y): Point, colour: Rgb) {
    let strokes = match rarity {
        "Common" => 1,
        "Uncommon" => 2,
        "Rare" | "Rare Holo" => 3,
        _ => 4,
    };
    for nth in 0..strokes {
        let at = x + nth as f32 * 6.0;
        canvas.flat(&Shape::Capsule { a: (at, y + 5.0), b: (at + 3.0, y - 6.0), ra: 1.7, rb: 1.7 }, 1.0, colour);
    }
}

/// The promotional stamp: a gold seal in the artwork's lower right corner.
pub(super) fn stamp(canvas: &mut Canvas, sheet: &Sheet<'_>, art: Rect) {
    let centre = (art.x1.min(560.0) - 52.0, art.y1.min(436.0) - 50.0);
    let seal = star(centre, 40.0, 34.0, 16, 0.0);
    canvas.glow(&seal, 8.0, 0.5, grey(0.0));
    canvas.fill(&seal, 1.0, |x, y| hsv(0.125, 0.65, 0.8 + 0.2 * ((x - y) * 0.09).sin()));
    canvas.outline(&Shape::disc(centre, 30.0), 1.6, 1.0, [0.35, 0.2, 0.02]);
    let pen = sheet.pen(Face::SansBold, 14.0, [0.3, 0.15, 0.0]);
    pen.draw_centred(canvas, centre.0, centre.1 - 1.0, "LAMP");
    pen.draw_centred(canvas, centre.0, centre.1 + 14.0, "LEAGUE");
}

/// Paper: a colour with fibres and slow stains.
pub(super) fn paper(colour: Rgb, seed: u32, strength: f32) -> impl Fn(f32, f32) -> Rgb {
    move |x, y| {
        let fibre = fractal(seed, x / 5.0, y / 2.5, 2) - 0.5;
        let stain = fractal(seed ^ 4, x / 70.0, y / 70.0, 3) - 0.5;
        scale(colour, 1.0 + strength * (0.5 * fibre + 1.2 * stain))
    }
}

/// Brushed metal that changes from `a` to `b` and back down the card.
pub(super) fn metal(a: Rgb, b: Rgb) -> impl Fn(f32, f32) -> Rgb {
    move |x, y| {
        let wave = 0.5 + 0.5 * ((x * 0.35 + y) * 0.011).sin();
        let brush = fractal(11, x / 90.0, y / 1.6, 2) - 0.5;
        scale(blend(a, b, wave), 1.0 + brush * 0.16)
    }
}
