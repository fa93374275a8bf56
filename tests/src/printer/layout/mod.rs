//! From a printing to its picture: 600 by 838 pixels, the proportion of a 63 by 88 mm card.
//!
//! Guarantee: all words of the catalogue entry stand on the card, at the sizes real cards use (body text about 1.5 mm).

mod back;
mod body;
mod full_art;
mod modern;
mod parts;
mod vintage;

pub(crate) use back::card_back;

use super::art;
use super::canvas::{Canvas, Rect, Shape};
use super::card::{Design, Kind};
use super::colour::{Rgb, hsv};
use super::sets::{Frame, Printing, SETS, Set};
use super::text::{Fonts, Pen};
use super::words::ELEMENTS;

/// Width of a reference picture in pixels.
pub(crate) const WIDTH: u32 = 600;
/// Height of a reference picture in pixels.
pub(crate) const HEIGHT: u32 = 838;
/// Radius of the corners: 3 mm of 63.
pub(crate) const CORNER: f32 = 28.5;

/// Everything a layout needs.
pub(crate) struct Sheet<'a> {
    pub(crate) fonts: &'a Fonts,
    pub(crate) design: &'a Design,
    pub(crate) printing: &'a Printing,
}

/// A finished face before foil: the picture and the shape of the artwork in it.
pub(crate) struct Face {
    pub(crate) canvas: Canvas,
    pub(crate) art: Shape,
}

impl<'a> Sheet<'a> {
    /// Draws the card without foil.
    pub(crate) fn draw(&self) -> Face {
        let mut face = match self.printing.frame {
            Frame::Vintage => vintage::draw(self),
            Frame::Modern => modern::draw(self),
            Frame::FullArt => full_art::draw(self),
        };
        if self.printing.stamped {
            parts::stamp(&mut face.canvas, self, face.art.bounds());
        }
        face
    }

    fn set(&self) -> &'static Set {
        &SETS[self.printing.set]
    }

    fn hue(&self) -> f32 {
        ELEMENTS[self.design.element].1
    }

    /// A colour in the hue of the card's element.
    fn element(&self, saturation: f32, value: f32) -> Rgb {
        hsv(self.hue(), saturation, value)
    }

    /// A colour in the hue of the set's border.
    fn tint(&self, saturation: f32, value: f32) -> Rgb {
        hsv(self.set().tint, saturation, value)
    }

    fn pen(&self, face: super::text::Face, size: f32, colour: Rgb) -> Pen<'a> {
        Pen::new(self.fonts, face, size, colour)
    }

    /// The artwork at a size.
    fn art(&self, area: Rect, level: f32) -> Canvas {
        let brief = art::Brief {
            seed: self.design.art_seed,
            kind: self.design.kind,
            hue: self.hue(),
            gilded: self.printing.gilded,
            level,
        };
        art::paint(area.width() as u32, area.height() as u32, &brief)
    }

    /// What stands below the artwork: kind, stage and origin.
    fn kind_line(&self) -> String {
        let kind = if self.design.kind == Kind::Creature { "creature" } else { "action" };
        match (&self.design.evolves_from, self.printing.foreign) {
            (Some(from), false) => format!("{} {kind}, grown from {from}", self.design.stage),
            (Some(from), true) => super::words::foreign(&format!("{} {kind}, grown from {from}", self.design.stage)),
            (None, false) => format!("{} {kind}", self.design.stage),
            (None, true) => super::words::foreign(&format!("{} {kind}", self.design.stage)),
        }
    }

    /// A word of the frame, in the card's language.
    fn word(&self, english: &str) -> String {
        if self.printing.foreign { super::words::foreign(english) } else { english.to_owned() }
    }

    fn copyright(&self) -> String {
        format!("©{} Lanternfall Works. {}", self.set().year(), self.word("An invented game for tests."))
    }
}

/// Leaves white what lies outside the rounded corners.
pub(crate) fn round_corners(canvas: &mut Canvas) {
    let card = Shape::Round { rect: canvas.frame(), radius: CORNER };
    canvas.within(canvas.frame(), |x, y, under| {
        let cover = (0.5 - card.distance(x, y)).clamp(0.0, 1.0);
        super::colour::blend([1.0; 3], under, cover)
    });
}
