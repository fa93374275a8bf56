//! The back every card shares.

use super::{HEIGHT, WIDTH, parts, round_corners};
use crate::printer::canvas::{Canvas, Rect, Shape};
use crate::printer::colour::{blend, grey, hsv, scale};
use crate::printer::noise::{fractal, smooth};
use crate::printer::text::{Face, Fonts, Pen};

/// Draws the card back: a lantern in a ring of rays on night blue.
pub(crate) fn card_back(fonts: &Fonts) -> Canvas {
    let mut canvas = Canvas::new(WIDTH, HEIGHT, grey(1.0));
    let rim = parts::metal(hsv(0.1, 0.6, 0.62), hsv(0.08, 0.75, 0.34));
    canvas.within(canvas.frame(), |x, y, _| rim(x, y));
    let (cx, cy) = canvas.frame().centre();
    let inner = Shape::Cut { rect: Rect::new(30.0, 30.0, 570.0, 808.0), cut: 34.0 };
    canvas.fill(&inner, 1.0, |x, y| {
        let (dx, dy) = (x - cx, y - cy);
        let turn = dy.atan2(dx) / std::f32::consts::TAU * 24.0;
        let ray = smooth(0.2, 0.5, (turn.rem_euclid(1.0) - 0.5).abs());
        let mist = fractal(90, x / 90.0, y / 90.0, 5);
        let night = blend(hsv(0.62, 0.8, 0.22), hsv(0.55, 0.7, 0.5), mist * 0.8 + ray * 0.15);
        blend(night, hsv(0.12, 0.5, 1.0), (1.0 - dx.hypot(dy) / 260.0).clamp(0.0, 1.0).powi(2))
    });
    canvas.outline(&inner, 4.0, 1.0, hsv(0.12, 0.5, 0.9));
    for radius in [196.0, 210.0] {
        canvas.outline(&Shape::disc((cx, cy), radius), 5.0, 1.0, hsv(0.12, 0.55, 0.85));
    }
    let brass = parts::metal(hsv(0.12, 0.5, 0.95), hsv(0.09, 0.75, 0.5));
    canvas.outline(&Shape::disc((cx, cy - 118.0), 30.0), 9.0, 1.0, hsv(0.1, 0.7, 0.5));
    canvas.fill(&Shape::Cut { rect: Rect::new(cx - 78.0, cy - 100.0, cx + 78.0, cy + 122.0), cut: 30.0 }, 1.0, brass);
    let pane = Shape::Cut { rect: Rect::new(cx - 56.0, cy - 72.0, cx + 56.0, cy + 94.0), cut: 20.0 };
    canvas.fill(&pane, 1.0, |x, y| scale([1.0, 0.93, 0.62], 1.1 - (x - cx).hypot(y - cy - 20.0) / 320.0));
    canvas.flat(&Shape::Ellipse { centre: (cx, cy + 30.0), radii: (22.0, 46.0), angle: 0.0 }, 1.0, [0.93, 0.45, 0.1]);
    canvas.flat(&Shape::Ellipse { centre: (cx, cy + 44.0), radii: (11.0, 26.0), angle: 0.0 }, 1.0, [1.0, 0.95, 0.7]);
    let pen = Pen::new(fonts, Face::SerifBold, 62.0, hsv(0.12, 0.35, 1.0)).stroked(3.0, hsv(0.62, 0.9, 0.12));
    pen.draw_centred(&mut canvas, cx, 146.0, "Lanternfall");
    pen.sized(26.0).draw_centred(&mut canvas, cx, 736.0, "the trading card game");
    round_corners(&mut canvas);
    canvas
}
