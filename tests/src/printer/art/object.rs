//! Still lifes for action cards: a flask, a lantern, a book, a gear, an hourglass, a key or a parcel.

use super::limbs::{Coat, Hide, draw};
use crate::printer::canvas::{Canvas, Point, Rect, Shape};
use crate::printer::colour::{Palette, grey, scale};
use crate::printer::dice::Dice;

/// Draws one large thing and perhaps a small second one.
pub(crate) fn paint(canvas: &mut Canvas, palette: &Palette, level: f32, dice: &mut Dice) {
    let (w, h) = (canvas.width as f32, canvas.height as f32);
    let size = (h * level).min(w) * dice.between(0.4, 0.5);
    let middle = (w * dice.between(0.4, 0.6), h * level * 0.68);
    if dice.chance(0.7) {
        let side = if dice.chance(0.5) { 0.3 } else { -0.3 };
        thing(canvas, palette, (middle.0 + w * side, middle.1 + size * 0.25), size * 0.5, dice);
    }
    thing(canvas, palette, middle, size, dice);
}

fn thing(canvas: &mut Canvas, palette: &Palette, (cx, cy): Point, size: f32, dice: &mut Dice) {
    let coat = Coat::new(palette.body, palette.marking, palette.line, size * 1.5, dice);
    let metal = coat.tinted(palette.accent, Hide::Plain);
    let spot = Shape::Ellipse { centre: (cx, cy + size * 0.78), radii: (size * 0.7, size * 0.1), angle: 0.0 };
    canvas.glow(&spot, size * 0.2, 0.5, [0.02, 0.02, 0.05]);
    let at = |x: f32, y: f32| (cx + x * size, cy + y * size);
    let rect =
        |x0: f32, y0: f32, x1: f32, y1: f32| Rect::new(cx + x0 * size, cy + y0 * size, cx + x1 * size, cy + y1 * size);
    match dice.index(7) {
        0 => {
            let body = [
                Shape::disc(at(0.0, 0.28), size * 0.5),
                Shape::Round { rect: rect(-0.14, -0.7, 0.14, 0.2), radius: 8.0 },
            ];
            draw(canvas, &body, &metal.tinted([0.85, 0.93, 0.95], Hide::Plain));
            let fill = dice.between(0.05, 0.4);
            canvas.fill(&Shape::disc(at(0.0, 0.28), size * 0.42), 1.0, |x, y| {
                if y > cy + fill * size {
                    scale(coat.body, 0.8 + 0.4 * ((x - cx) / size).cos())
                } else {
                    [0.9, 0.96, 0.97]
                }
            });
            draw(canvas, &[Shape::Round { rect: rect(-0.2, -0.8, 0.2, -0.64), radius: 6.0 }], &metal);
        }
        1 => {
            canvas.outline(&Shape::disc(at(0.0, -0.62), size * 0.24), size * 0.07, 1.0, palette.line);
            canvas.glow(&Shape::disc(at(0.0, 0.1), size * 0.4), size * 0.8, 0.7, [1.0, 0.92, 0.6]);
            draw(canvas, &[Shape::Cut { rect: rect(-0.42, -0.4, 0.42, 0.75), cut: size * 0.15 }], &metal);
            canvas.flat(&Shape::Cut { rect: rect(-0.3, -0.25, 0.3, 0.55), cut: size * 0.1 }, 1.0, [1.0, 0.9, 0.55]);
            draw(
                canvas,
                &[Shape::Ellipse { centre: at(0.0, 0.22), radii: (size * 0.12, size * 0.24), angle: 0.0 }],
                &coat,
            );
        }
        2 => {
            draw(canvas, &[Shape::Round { rect: rect(-0.68, -0.48, 0.68, 0.7), radius: 10.0 }], &coat);
            canvas.fill(&Shape::Round { rect: rect(-0.58, 0.5, 0.62, 0.64), radius: 2.0 }, 1.0, |_, y| {
                grey(0.75 + 0.2 * (y * 1.3).sin())
            });
            canvas.outline(&Shape::Cut { rect: rect(-0.5, -0.34, 0.52, 0.4), cut: 14.0 }, 4.0, 1.0, palette.accent);
            draw(canvas, &[Shape::disc(at(0.0, 0.02), size * 0.18)], &metal);
        }
        3 => {
            let teeth = dice.whole(7, 12);
            let mut parts = vec![Shape::disc(at(0.0, 0.1), size * 0.48)];
            for nth in 0..teeth {
                let (sin, cos) = (nth as f32 * std::f32::consts::TAU / teeth as f32).sin_cos();
                parts.push(Shape::Capsule {
                    a: at(cos * 0.4, 0.1 + sin * 0.4),
                    b: at(cos * 0.6, 0.1 + sin * 0.6),
                    ra: size * 0.1,
                    rb: size * 0.08,
                });
            }
            draw(canvas, &parts, &metal);
            draw(canvas, &[Shape::disc(at(0.0, 0.1), size * 0.2)], &coat);
        }
        4 => {
            let glass = Shape::Polygon(vec![
                at(-0.4, -0.6),
                at(0.4, -0.6),
                at(0.06, 0.05),
                at(0.4, 0.7),
                at(-0.4, 0.7),
                at(-0.06, 0.05),
            ]);
            draw(canvas, &[glass], &coat.tinted([0.82, 0.9, 0.93], Hide::Plain));
            draw(canvas, &[Shape::Polygon(vec![at(-0.3, 0.68), at(0.0, 0.3), at(0.3, 0.68)])], &coat);
            let plates = [rect(-0.52, -0.72, 0.52, -0.58), rect(-0.52, 0.66, 0.52, 0.8)];
            draw(canvas, &plates.map(|rect| Shape::Round { rect, radius: 6.0 }), &metal);
        }
        5 => {
            let stem = Shape::Capsule { a: at(-0.2, -0.2), b: at(0.6, 0.6), ra: size * 0.08, rb: size * 0.08 };
            let bits = [(0.42, 0.42), (0.56, 0.56)].map(|(x, y)| Shape::Capsule {
                a: at(x, y),
                b: at(x + 0.2, y - 0.2),
                ra: size * 0.06,
                rb: size * 0.05,
            });
            let ring = Shape::disc(at(-0.36, -0.36), size * 0.32);
            draw(canvas, &[bits[0].clone(), bits[1].clone(), stem, ring], &metal);
            draw(canvas, &[Shape::disc(at(-0.36, -0.36), size * 0.15)], &coat);
        }
        _ => {
            draw(canvas, &[Shape::Round { rect: rect(-0.6, -0.3, 0.6, 0.72), radius: 6.0 }], &coat);
            let ribbon = [rect(-0.09, -0.3, 0.09, 0.72), rect(-0.6, 0.12, 0.6, 0.28)];
            draw(canvas, &ribbon.map(|rect| Shape::Round { rect, radius: 2.0 }), &metal);
            let bows = [-0.2, 0.2].map(|x| Shape::Ellipse {
                centre: at(x, -0.42),
                radii: (size * 0.22, size * 0.13),
                angle: x * 2.0,
            });
            draw(canvas, &bows, &metal);
        }
    }
}
