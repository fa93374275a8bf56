//! Foil as a flat scan shows it: a faint rainbow with a pattern, over the artwork (holo) or around it (reverse).
//! What foil does under a moving lamp belongs to the simulator.

use cardmint_domain::Finish;

use super::canvas::{Canvas, Shape};
use super::colour::{blend, hsv, scale};
use super::noise::{cells, smooth};

/// Lays foil over a card; a normal finish leaves it as it is.
pub(crate) fn lay(canvas: &mut Canvas, art: &Shape, finish: Finish, seed: u32) {
    let inside = match finish {
        Finish::Normal => return,
        Finish::Holo => true,
        Finish::Reverse => false,
    };
    let pattern = seed % 3;
    canvas.within(canvas.frame(), |x, y, under| {
        let edge = (0.5 - art.distance(x, y)).clamp(0.0, 1.0);
        let cover = if inside { edge } else { 1.0 - edge };
        if cover <= 0.0 {
            return under;
        }
        let shine = match pattern {
            0 => {
                let (near, _, id) = cells(seed, x / 27.0, y / 27.0);
                smooth(0.42 * id + 0.06, 0.02, near)
            }
            1 => smooth(0.6, 1.0, ((x + y) * 0.2).sin() * ((x - y) * 0.2).sin()),
            _ => smooth(0.75, 1.0, (x * 0.13 + (y * 0.03).sin() * 4.0).sin()),
        };
        let rainbow = hsv((x + 0.6 * y) / 420.0 + shine * 0.15, 0.55, 1.0);
        // Dark ink stays dark on foil, so words keep their contrast.
        let light = (under[0] + under[1] + under[2]) / 3.0;
        let tinted = blend(under, scale(rainbow, 0.35 + 0.75 * light), 0.16 + 0.3 * shine);
        blend(under, tinted, cover * smooth(0.08, 0.4, light))
    });
}
