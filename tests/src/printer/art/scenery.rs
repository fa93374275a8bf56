//! Backgrounds: a sky and one of ten kinds of scene.

use crate::printer::canvas::{Canvas, Rect, Shape};
use crate::printer::colour::{Palette, Rgb, blend, grey, scale};
use crate::printer::dice::Dice;
use crate::printer::noise::{cells, fractal, lattice, mix, smooth, value};

/// Paints the background; `level` is the height of the ground as a fraction.
pub(crate) fn paint(canvas: &mut Canvas, palette: &Palette, level: f32, dice: &mut Dice) {
    let kind = dice.index(10);
    sky(canvas, palette, dice);
    if dice.chance(0.5) && kind != 5 {
        lamp_in_the_sky(canvas, palette, level, dice);
    }
    match kind {
        0 | 1 => hills(canvas, palette, level, dice),
        2 => sea(canvas, palette, level, dice),
        3 => towers(canvas, palette, level, dice),
        4 => forest(canvas, palette, level, dice),
        5 => rays(canvas, palette, level, dice),
        6 => mosaic(canvas, palette, dice),
        7 => swirl(canvas, palette, dice),
        8 => shards(canvas, palette, level, dice),
        _ => floor(canvas, palette, level, dice),
    }
}

fn sky(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let (seed, height) = (dice.seed() as u32, canvas.height as f32);
    let (cloud, stretch) = (dice.between(0.0, 0.75), dice.between(1.0, 4.0));
    let (stars, size) = (dice.chance(0.35), dice.between(60.0, 150.0));
    canvas.within(canvas.frame(), |x, y, _| {
        let base = blend(palette.sky, palette.horizon, (y / height).powf(0.8));
        let puff = smooth(0.48, 0.75, fractal(seed, x / size / stretch, y / size, 5));
        let colour = blend(base, blend(palette.horizon, grey(1.0), 0.5), puff * cloud);
        let (near, _, id) = cells(seed ^ 3, x / 26.0, y / 26.0);
        let star = if stars && id > 0.6 { smooth(0.09, 0.02, near) * (1.0 - y / height) } else { 0.0 };
        blend(colour, [1.0, 0.98, 0.85], star)
    });
}

fn lamp_in_the_sky(canvas: &mut Canvas, palette: &Palette, level: f32, dice: &mut Dice) {
    let (w, h) = (canvas.width as f32, canvas.height as f32);
    let radius = dice.between(0.06, 0.16) * w;
    let disc = Shape::disc((dice.between(0.1, 0.9) * w, dice.between(0.1, level * 0.6) * h), radius);
    let light = blend(palette.accent, [1.0, 1.0, 0.9], 0.6);
    canvas.glow(&disc, radius * 1.8, 0.55, light);
    let seed = dice.seed() as u32;
    canvas.fill(&disc, 1.0, |x, y| scale(light, 0.85 + 0.3 * fractal(seed, x / 15.0, y / 15.0, 3)));
}

fn hills(canvas: &mut Canvas, palette: &Palette, level: f32, dice: &mut Dice) {
    let (layers, h) = (dice.whole(3, 5), canvas.height as f32);
    let (rough, dotted) = (dice.between(0.4, 1.6), dice.chance(0.5));
    for layer in 0..layers {
        let near = (layer as f32 + 1.0) / layers as f32;
        let seed = dice.seed() as u32;
        let top = h * (level - 0.18 + 0.24 * near);
        let swing = h * 0.28 * (1.1 - near * 0.6);
        let colour = blend(palette.horizon, palette.ground, 0.25 + 0.75 * near);
        canvas.within(canvas.frame(), |x, y, under| {
            let ridge = top + (fractal(seed, x / (140.0 / rough), 0.3, 4) - 0.5) * swing;
            let cover = (y - ridge + 0.5).clamp(0.0, 1.0);
            if cover <= 0.0 {
                return under;
            }
            let depth = (y - ridge) / h;
            let tuft = fractal(seed ^ 9, x / 9.0, y / 22.0, 3) - 0.5;
            let (spot, _, id) = cells(seed ^ 5, x / 30.0, y / 22.0);
            let flower = if dotted && near > 0.9 && id > 0.55 { smooth(0.22, 0.12, spot) } else { 0.0 };
            let lit = scale(colour, 1.15 - depth * 0.9 + tuft * 0.5);
            blend(under, blend(lit, palette.accent, flower), cover)
        });
    }
}

fn sea(canvas: &mut Canvas, palette: &Palette, level: f32, dice: &mut Dice) {
    let (seed, h) = (dice.seed() as u32, canvas.height as f32);
    let (line, choppy) = (h * (level - dice.between(0.05, 0.25)), dice.between(0.6, 1.8));
    let deep = scale(palette.sky, 0.55);
    canvas.within(canvas.frame(), |x, y, under| {
        if y < line {
            return under;
        }
        let t = (y - line) / (h - line);
        let size = 8.0 + 60.0 * t;
        let wave = fractal(seed, x / size / 2.0, (y - line).sqrt() * 1.3 * choppy, 3);
        let foam = smooth(0.62, 0.75, wave);
        blend(blend(palette.horizon, deep, 0.3 + 0.7 * t * wave * 1.6), grey(0.97), foam * 0.7)
    });
}

fn towers(canvas: &mut Canvas, palette: &Palette, level: f32, dice: &mut Dice) {
    let (w, h) = (canvas.width as f32, canvas.height as f32);
    for layer in 0..3_u32 {
        let colour = blend(palette.horizon, scale(palette.ground, 0.6), 0.35 + 0.3 * layer as f32);
        let mut x = dice.between(-40.0, 0.0);
        while x < w {
            let width = dice.between(30.0, 80.0);
            let top = h * (level - dice.between(0.08, 0.55) + 0.1 * layer as f32);
            let (window, seed) = (dice.between(9.0, 14.0), dice.seed() as u32);
            canvas.fill(&Shape::Cut { rect: Rect::new(x, top, x + width, h + 30.0), cut: 6.0 }, 1.0, |px, py| {
                let (u, v) = (px / window, py / window / 1.4);
                let pane = u.fract() > 0.35 && v.fract() > 0.4;
                let alight = lattice(seed, u as i32, v as i32) > 0.55;
                if pane && alight { palette.accent } else { scale(colour, 1.0 - (px - x) / width * 0.3) }
            });
            if dice.chance(0.5) {
                let peak = dice.between(15.0, 50.0);
                let roof = vec![(x - 5.0, top + 1.0), (x + width / 2.0, top - peak), (x + width + 5.0, top + 1.0)];
                canvas.flat(&Shape::Polygon(roof), 1.0, scale(palette.accent, 0.7));
            }
            x += width + dice.between(0.0, 26.0);
        }
    }
    let street = scale(palette.ground, 0.7);
    let seed = dice.seed() as u32;
    canvas.within(Rect::new(0.0, h * (level + 0.12), w, h), |x, y, _| {
        let (edge, other, id) = cells(seed, x / 22.0, y / 11.0);
        scale(street, if other - edge < 0.12 { 0.6 } else { 0.85 + 0.4 * id })
    });
}

fn forest(canvas: &mut Canvas, palette: &Palette, level: f32, dice: &mut Dice) {
    let (w, h) = (canvas.width as f32, canvas.height as f32);
    hills(canvas, palette, level + 0.05, dice);
    let count = dice.whole(5, 10);
    for nth in 0..count {
        let near = nth as f32 / count as f32;
        let (x, foot) = (dice.between(-0.05, 1.05) * w, h * (level + 0.1 + near * 0.15));
        let (tall, wide) = (h * dice.between(0.4, 0.8), dice.between(9.0, 20.0) * (0.6 + near));
        let bark = blend(palette.horizon, [0.3, 0.2, 0.14], 0.45 + near * 0.5);
        let seed = dice.seed() as u32;
        let trunk =
            Shape::Capsule { a: (x, foot), b: (x + dice.between(-20.0, 20.0), foot - tall), ra: wide, rb: wide * 0.4 };
        canvas.fill(&trunk, 1.0, |px, py| scale(bark, 0.7 + 0.6 * value(seed, px / 4.0, py / 25.0)));
        let leaf = blend(palette.ground, palette.accent, dice.between(0.0, 0.6));
        for _ in 0..dice.whole(4, 8) {
            let at = (x + dice.between(-70.0, 70.0), foot - tall + dice.between(-40.0, 60.0));
            let crown =
                Shape::Ellipse { centre: at, radii: (dice.between(30.0, 60.0), dice.between(22.0, 45.0)), angle: 0.0 };
            canvas.fill(&crown, 1.0, |px, py| {
                let (spot, _, id) = cells(seed ^ 8, px / 11.0, py / 11.0);
                scale(leaf, (0.55 + near * 0.3) * (1.25 - spot * 0.6) + id * 0.25)
            });
        }
    }
}

fn rays(canvas: &mut Canvas, palette: &Palette, level: f32, dice: &mut Dice) {
    let (w, h) = (canvas.width as f32, canvas.height as f32);
    let (cx, cy) = (w * dice.between(0.3, 0.7), h * level * dice.between(0.5, 0.9));
    let (count, twist, seed) = (dice.whole(7, 20) as f32, dice.between(-0.006, 0.006), dice.seed() as u32);
    canvas.within(canvas.frame(), |x, y, under| {
        let (dx, dy) = (x - cx, y - cy);
        let r = dx.hypot(dy);
        let turn = (dy.atan2(dx) / std::f32::consts::TAU + 0.5 + r * twist * 0.1) * count;
        let band = smooth(0.45, 0.55, (turn.fract() - 0.5).abs() * 2.0);
        let colour = blend(palette.accent, palette.ground, band);
        let flame = fractal(seed, turn * 2.0, r / 60.0, 3);
        blend(under, scale(colour, 0.7 + 0.6 * flame), smooth(0.03, 0.2, r / w))
    });
}

fn mosaic(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let (seed, size) = (dice.seed() as u32, dice.between(26.0, 75.0));
    let choices: [Rgb; 5] = [palette.sky, palette.horizon, palette.ground, palette.accent, palette.marking];
    canvas.within(canvas.frame(), |x, y, _| {
        let (near, second, id) = cells(seed, x / size, y / size);
        let colour = choices[(id * 4.999) as usize];
        let lead = smooth(0.03, 0.07, second - near);
        scale(colour, lead * (1.05 - near * 0.5) + 0.08)
    });
}

fn swirl(canvas: &mut Canvas, palette: &Palette, dice: &mut Dice) {
    let (seed, size, bands) = (dice.seed() as u32, dice.between(90.0, 220.0), dice.between(3.0, 9.0));
    canvas.within(canvas.frame(), |x, y, _| {
        let u = fractal(seed, x / size, y / size, 3);
        let v = fractal(seed ^ 1, x / size + 4.0 * u, y / size, 3);
        let t = ((v * bands).fract() - 0.5).abs() * 2.0;
        let first = blend(palette.sky, palette.accent, smooth(0.3, 0.7, t));
        blend(first, palette.ground, smooth(0.45, 0.7, u) * 0.7)
    });
}

fn shards(canvas: &mut Canvas, palette: &Palette, level: f32, dice: &mut Dice) {
    let (w, h) = (canvas.width as f32, canvas.height as f32);
    hills(canvas, palette, level + 0.08, dice);
    for nth in 0..dice.whole(8, 16) {
        let (x, foot) = (dice.between(0.0, 1.0) * w, h * (level + dice.between(0.0, 0.3)));
        let (tall, wide, lean) = (h * dice.between(0.12, 0.5), dice.between(12.0, 36.0), dice.between(-0.35, 0.35));
        let tip = (x + lean * tall, foot - tall);
        let waist = foot - tall * 0.75;
        let (left, right) = ((x - wide + lean * tall * 0.7, waist), (x + wide + lean * tall * 0.7, waist));
        let colour = blend(palette.accent, palette.body, mix(0.0, 0.8, nth as f32 / 16.0));
        canvas.flat(&Shape::Polygon(vec![(x, foot), left, tip]), 1.0, scale(colour, 1.15));
        canvas.flat(&Shape::Polygon(vec![(x, foot), tip, right]), 1.0, scale(colour, 0.65));
        canvas.flat(&Shape::Capsule { a: left, b: tip, ra: 1.2, rb: 0.6 }, 0.8, grey(1.0));
    }
}

fn floor(canvas: &mut Canvas, palette: &Palette, level: f32, dice: &mut Dice) {
    let (w, h) = (canvas.width as f32, canvas.height as f32);
    let (line, tile, seed) = (h * (level - 0.12), dice.between(0.5, 1.6), dice.seed() as u32);
    let skew = dice.between(-1.0, 1.0);
    canvas.within(canvas.frame(), |x, y, under| {
        if y < line {
            let post = ((x / w * 7.0 * tile).fract() - 0.5).abs();
            return blend(under, scale(palette.ground, 0.8), smooth(0.3, 0.36, post) * 0.85);
        }
        let depth = 60.0 / (y - line + 3.0);
        let (u, v) = (((x - w * 0.5) * depth / 30.0 + skew * depth) * tile, depth * 6.0 * tile);
        let dark = (u.floor() as i32 + v.floor() as i32).rem_euclid(2) == 0;
        let marble = fractal(seed, u * 3.0, v * 3.0, 3);
        scale(if dark { palette.ground } else { palette.horizon }, 0.7 + 0.6 * marble)
    });
}
