//! What the cards lie on.

use crate::printer::canvas::Canvas;
use crate::printer::colour::{Rgb, blend, grey, hsv, scale};
use crate::printer::dice::Dice;
use crate::printer::noise::{cells, fractal, lattice, smooth, value};

use super::geometry::Homography;

/// Kinds of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Background {
    /// One colour: a mat, a sheet of paper.
    Plain,
    /// A weave.
    Cloth,
    /// Boards.
    Wood,
    /// Something with edges everywhere: a patterned blanket, a newspaper.
    Noisy,
    /// The colour of the card's own border.
    LikeTheCard,
}

impl Background {
    /// As labels spell it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Cloth => "cloth",
            Self::Wood => "wood",
            Self::Noisy => "noisy",
            Self::LikeTheCard => "like_the_card",
        }
    }
}

/// Fills the picture with a table seen through `camera`; `border` is the colour of the card's border.
pub(super) fn paint(canvas: &mut Canvas, kind: Background, camera: &Homography, border: Rgb, dice: &mut Dice) {
    let to_table = camera.inverse();
    let shader = shader(kind, border, dice);
    canvas.within(canvas.frame(), |x, y, _| {
        let (u, v) = to_table.apply((f64::from(x), f64::from(y)));
        shader(u as f32, v as f32)
    });
}

/// Colour by place in millimetres.
fn shader(kind: Background, border: Rgb, dice: &mut Dice) -> Box<dyn Fn(f32, f32) -> Rgb> {
    let seed = dice.seed() as u32;
    let colour = mat(dice);
    match kind {
        Background::Plain => {
            let rough = dice.between(0.01, 0.05);
            Box::new(move |x, y| {
                let stain = fractal(seed, x / 60.0, y / 60.0, 2) - 0.5;
                let grain = value(seed ^ 1, x * 2.2, y * 2.2) - 0.5;
                scale(colour, 1.0 + stain * 0.1 + grain * rough)
            })
        }
        Background::Cloth => {
            let (thread, depth) = (dice.between(0.9, 2.4), dice.between(0.1, 0.3));
            Box::new(move |x, y| {
                let (u, v) = (x / thread, y / thread);
                let over = (u.floor() as i32 + v.floor() as i32).rem_euclid(2) == 0;
                let along = if over { v.fract().abs() } else { u.fract().abs() };
                let slub = lattice(seed, u.floor() as i32, 0) + lattice(seed ^ 7, 0, v.floor() as i32) - 1.0;
                let fold = fractal(seed ^ 3, x / 90.0, y / 90.0, 3) - 0.5;
                scale(colour, 1.0 + depth * ((along - 0.5).abs() * -2.0 + 0.5) + slub * 0.08 + fold * 0.35)
            })
        }
        Background::Wood => {
            let (board, turn) = (dice.between(45.0, 140.0), dice.between(-0.2, 0.2));
            let light = hsv(dice.between(0.06, 0.1), dice.between(0.35, 0.65), dice.between(0.4, 0.85));
            Box::new(move |x, y| wood((x - y * turn, y + x * turn), board, light, seed))
        }
        Background::Noisy => {
            let size = dice.between(5.0, 22.0);
            let colours = [mat(dice), mat(dice), hsv(dice.between(0.0, 1.0), 0.6, 0.7), grey(0.92), grey(0.12)];
            let print = dice.chance(0.5);
            Box::new(move |x, y| {
                let (near, second, id) = cells(seed, x / size, y / size);
                let base = colours[(id * 4.999) as usize];
                let line = print
                    && (y * 0.55).fract().abs() > 0.45
                    && lattice(seed, (x * 0.9) as i32, (y * 0.55) as i32) > 0.35;
                let lit = if line { scale(base, 0.45) } else { base };
                scale(lit, if second - near < 0.07 { 0.5 } else { 0.9 + 0.25 * value(seed ^ 2, x / 3.0, y / 3.0) })
            })
        }
        Background::LikeTheCard => {
            let near = blend(border, colour, dice.between(0.02, 0.1));
            Box::new(move |x, y| scale(near, 1.0 + (fractal(seed, x / 25.0, y / 25.0, 4) - 0.5) * 0.12))
        }
    }
}

/// A colour that mats and cloths have: mostly dark, grey or muted.
fn mat(dice: &mut Dice) -> Rgb {
    match dice.index(5) {
        0 => grey(dice.between(0.05, 0.16)),
        1 => grey(dice.between(0.82, 0.95)),
        2 => grey(dice.between(0.3, 0.55)),
        3 => hsv(dice.between(0.55, 0.66), dice.between(0.4, 0.8), dice.between(0.2, 0.5)),
        _ => hsv(dice.between(0.0, 1.0), dice.between(0.25, 0.7), dice.between(0.25, 0.75)),
    }
}

fn wood((x, y): (f32, f32), board: f32, light: Rgb, seed: u32) -> Rgb {
    let plank = (y / board).floor();
    let own = lattice(seed, plank as i32, 3);
    let (along, across) = (x / 160.0 + own * 40.0, y / 9.0);
    let bend = fractal(seed ^ plank as u32, along * 2.0, y / 40.0, 3) * 7.0;
    let ring = ((across + bend).sin() * 0.5 + 0.5).powi(2);
    let fibre = fractal(seed ^ 5, x / 30.0, y * 1.4, 3) - 0.5;
    let gap = smooth(0.0, 0.6, (y - plank * board).min(board - (y - plank * board)));
    scale(blend(light, scale(light, 0.55), ring), (0.85 + 0.3 * own + fibre * 0.35) * (0.35 + 0.65 * gap))
}
