//! Artwork: one picture per seed. A scene behind, a subject in front, a few things before it, then paint texture.

mod creature;
mod limbs;
mod object;
mod scenery;

use super::canvas::Canvas;
use super::card::Kind;
use super::colour::{Palette, blend, grey, scale};
use super::dice::Dice;
use super::noise::{fractal, lattice};

/// What to paint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Brief {
    pub(crate) seed: u64,
    pub(crate) kind: Kind,
    /// The subject's hue in turns.
    pub(crate) hue: f32,
    pub(crate) gilded: bool,
    /// Where the subject stands, as a fraction of the height; full-art cards hide their lower half behind text.
    pub(crate) level: f32,
}

/// Paints a picture of the given size in pixels.
pub(crate) fn paint(width: u32, height: u32, brief: &Brief) -> Canvas {
    let mut dice = Dice::new(brief.seed, "art");
    let mut palette = Palette::new(brief.hue, &mut dice);
    if brief.gilded {
        palette = palette.gilded();
    }
    let mut canvas = Canvas::new(width, height, palette.sky);
    scenery::paint(&mut canvas, &palette, brief.level, &mut dice);
    match brief.kind {
        Kind::Creature => creature::paint(&mut canvas, &palette, brief.level, &mut dice),
        Kind::Action => object::paint(&mut canvas, &palette, brief.level, &mut dice),
    }
    varnish(&mut canvas, &mut dice);
    canvas
}

/// Brush strokes, grain and a darker rim, so that no area is a flat computer fill.
fn varnish(canvas: &mut Canvas, dice: &mut Dice) {
    let seed = dice.seed() as u32;
    let (slant, depth) = (dice.between(-0.5, 0.5), dice.between(0.1, 0.22));
    let ((cx, cy), diagonal) = (canvas.frame().centre(), (canvas.width as f32).hypot(canvas.height as f32));
    canvas.within(canvas.frame(), |x, y, under| {
        let stroke = fractal(seed, (x + y * slant) / 34.0, (y - x * slant) / 7.0, 3) - 0.5;
        let grain = lattice(seed ^ 77, x as i32, y as i32) - 0.5;
        let rim = ((x - cx).hypot(y - cy) / diagonal).powi(2) * 0.9;
        let lit = scale(under, 1.0 + stroke * depth * 2.0 + grain * 0.06 - rim * 0.6);
        blend(lit, grey(0.5 + stroke), depth * 0.12)
    });
}
