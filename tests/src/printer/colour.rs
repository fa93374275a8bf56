//! Colours as three numbers in 0..1 (sRGB), and the palettes artwork is painted with.

use super::dice::Dice;
use super::noise::mix;

/// Red, green and blue in 0..1, sRGB.
pub(crate) type Rgb = [f32; 3];

/// A grey.
pub(crate) const fn grey(v: f32) -> Rgb {
    [v, v, v]
}

/// From hue (in turns), saturation and value, each 0..1.
pub(crate) fn hsv(hue: f32, saturation: f32, value: f32) -> Rgb {
    let h = hue.rem_euclid(1.0) * 6.0;
    let channel = |n: f32| {
        let k = (n + h) % 6.0;
        value - value * saturation * k.min(4.0 - k).clamp(0.0, 1.0)
    };
    [channel(5.0), channel(3.0), channel(1.0)]
}

/// Blend from `a` to `b`.
pub(crate) fn blend(a: Rgb, b: Rgb, t: f32) -> Rgb {
    [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)]
}

/// Every channel times `factor`.
pub(crate) fn scale(c: Rgb, factor: f32) -> Rgb {
    [c[0] * factor, c[1] * factor, c[2] * factor]
}

/// The palette of one picture: a family of hues with a light and a dark end.
#[derive(Debug, Clone)]
pub(crate) struct Palette {
    /// Upper background.
    pub(crate) sky: Rgb,
    /// Lower background, usually lighter.
    pub(crate) horizon: Rgb,
    /// Ground and scenery.
    pub(crate) ground: Rgb,
    /// Scenery's contrasting colour.
    pub(crate) accent: Rgb,
    /// The subject's main colour.
    pub(crate) body: Rgb,
    /// The subject's markings.
    pub(crate) marking: Rgb,
    /// Outlines.
    pub(crate) line: Rgb,
}

impl Palette {
    /// Draws a palette. `hue` is the subject's; the surroundings take a hue of their own so that cards of one element
    /// do not all look alike.
    pub(crate) fn new(hue: f32, dice: &mut Dice) -> Self {
        let offsets = [0.08, 0.2, 0.33, 0.42, 0.5, 0.58, 0.67, 0.85];
        let around = hue + *dice.pick(&offsets) + dice.between(-0.05, 0.05);
        let night = dice.chance(0.35);
        let (high, low) = if night { (0.28, 0.6) } else { (0.78, 0.97) };
        let second = around + *dice.pick(&[-0.16, -0.09, 0.09, 0.16, 0.3]);
        let own = hue + dice.between(-0.05, 0.05);
        Self {
            sky: hsv(around, dice.between(0.35, 0.85), high * dice.between(0.85, 1.1)),
            horizon: hsv(second, dice.between(0.15, 0.6), low),
            ground: hsv(second + dice.between(-0.1, 0.1), dice.between(0.3, 0.8), dice.between(0.3, 0.65)),
            accent: hsv(around + 0.5, dice.between(0.4, 0.9), dice.between(0.55, 1.0)),
            body: hsv(own, dice.between(0.45, 0.9), dice.between(0.65, 0.98)),
            marking: hsv(own + *dice.pick(&[0.08, 0.15, 0.5, -0.12]), dice.between(0.3, 0.95), dice.between(0.35, 1.0)),
            line: hsv(own, 0.6, 0.12),
        }
    }

    /// The same pictures in gold, for cards numbered beyond their set's total.
    pub(crate) fn gilded(mut self) -> Self {
        for colour in [&mut self.sky, &mut self.horizon, &mut self.ground, &mut self.accent, &mut self.body] {
            let light = 0.3 * colour[0] + 0.55 * colour[1] + 0.15 * colour[2];
            *colour = blend(*colour, hsv(0.125, 0.62, 0.25 + 0.75 * light), 0.78);
        }
        self
    }
}
