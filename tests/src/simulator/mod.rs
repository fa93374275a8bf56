//! Photo simulator: turns pictures of cards into photos of them.
//!
//! Job: perspective, rotation, background, several cards, sleeve, glare, shadow, blur, noise, colour, JPEG, at three
//! levels of difficulty; and labels that say exactly what lies where.
//!
//! Guarantee: the same pictures, level, arrangement and seed give the same bytes. The outline of every card lies wholly
//! in the photo, and no two cards touch.
//!
//! Deliberately absent: worn cards, toploaders and slabs, hands in the picture.

mod album;
mod arrange;
mod background;
mod card;
mod geometry;
mod labels;
mod lens;
mod level;

use cardmint_domain::Finish;
use cardmint_domain::reading::Quad;
use image::RgbImage;

use crate::printer::canvas::Canvas;
use crate::printer::colour::Rgb;
use crate::printer::dice::Dice;

pub use album::{Album, AlbumError, Shot, Subject, develop};
pub use arrange::Arrangement;
use geometry::Homography;
pub use geometry::overlap;
pub use labels::{Label, LabelError, read_labels, write_labels};
pub use level::Level;

/// A camera has no more pixels than these along a side.
const MOST_PX: f64 = 4200.0;

/// A card to photograph.
#[derive(Debug, Clone)]
pub struct Model {
    /// Its picture, upright, corners and all.
    pub picture: RgbImage,
    /// How its surface is printed.
    pub finish: Finish,
}

/// A card in a photo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// Where it lies, its corners as it is read.
    pub quad: Quad,
    /// Nearest quarter turn in degrees, clockwise.
    pub turn: u16,
    /// Whether it is in a sleeve.
    pub sleeve: bool,
}

/// A photo.
#[derive(Debug, Clone)]
pub struct Photo {
    /// The file.
    pub jpeg: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The cards in the order they were given.
    pub cards: Vec<Placed>,
    /// What they lie on.
    pub background: &'static str,
}

/// Takes a photo of `models`; of the bare table where there are none.
///
/// # Errors
/// When the picture cannot be encoded.
pub fn photograph(
    models: &[Model],
    arrangement: Arrangement,
    level: Level,
    seed: u64,
) -> Result<Photo, image::ImageError> {
    let (range, mut dice) = (level.range(), Dice::new(seed, "photo"));
    let placements = arrange::lay(arrangement, models.len(), range, &mut dice);
    let frame = Frame::new(&placements, arrangement, range, &mut dice);
    let mut canvas = Canvas::new(frame.width, frame.height, [0.5; 3]);
    let kind = *dice.pick(range.backgrounds);
    let border = models.first().map_or([0.5; 3], |model| border(&model.picture));
    background::paint(&mut canvas, kind, &frame.camera, border, &mut Dice::new(dice.seed(), "background"));
    let cards = lay_cards(&mut canvas, models, &placements, &frame, arrangement, range, &mut dice);
    lens::expose(&mut canvas, range, &mut dice);
    lens::blur(&mut canvas, range, frame.card_px, &mut dice);
    lens::noise(&mut canvas, range, &mut dice);
    let jpeg = lens::develop(&canvas.to_image(), range, &mut dice)?;
    Ok(Photo { jpeg, width: frame.width, height: frame.height, cards, background: kind.as_str() })
}

fn lay_cards(
    canvas: &mut Canvas,
    models: &[Model],
    placements: &[geometry::Placement],
    frame: &Frame,
    arrangement: Arrangement,
    range: &level::Range,
    dice: &mut Dice,
) -> Vec<Placed> {
    let all_sleeved = arrangement == Arrangement::Page;
    let shadow = (dice.between(-1.2, 1.2), dice.between(-1.2, 1.2));
    let mut cards = Vec::with_capacity(models.len());
    for (model, placement) in models.iter().zip(placements) {
        let sleeve = all_sleeved || dice.chance(range.sleeve);
        let glare = if dice.chance(range.glare.0) { dice.between(0.25, range.glare.1) } else { 0.0 };
        // The lamp stays where it is when a card is turned.
        let (sin, cos) = (-placement.angle as f32).to_radians().sin_cos();
        let cover = card::Cover {
            sleeve,
            glare,
            foil: model.finish != Finish::Normal,
            shadow: (shadow.0 * cos - shadow.1 * sin, shadow.0 * sin + shadow.1 * cos),
        };
        let mut press = card::Press::new(canvas, placement, &frame.camera);
        press.draw(&model.picture, &cover, &mut Dice::new(dice.seed(), "card"));
        let turn = ((placement.angle / 90.0).round() as i32).rem_euclid(4) as u16 * 90;
        cards.push(Placed { quad: geometry::quad(press.outline(), frame.width, frame.height), turn, sleeve });
    }
    cards
}

/// What the camera sees.
struct Frame {
    width: u32,
    height: u32,
    /// From millimetres on the table to pixels.
    camera: Homography,
    /// Width of a card in pixels, about.
    card_px: f32,
}

impl Frame {
    fn new(
        placements: &[geometry::Placement],
        arrangement: Arrangement,
        range: &level::Range,
        dice: &mut Dice,
    ) -> Self {
        let on_table: Vec<geometry::At> = match placements {
            [] => vec![(-60.0, -80.0), (60.0, 80.0)],
            some => some.iter().flat_map(arrange::outline).collect(),
        };
        let (x0, y0, x1, y1) = geometry::bounds(on_table.iter().copied());
        let size = (x1 - x0).hypot(y1 - y0);
        let tilt = f64::from(dice.between(range.tilt.0, range.tilt.1));
        let camera =
            Homography::camera(tilt, f64::from(dice.between(0.0, 360.0)), size * f64::from(dice.between(1.6, 2.6)));
        let (x0, y0, x1, y1) = geometry::bounds(on_table.iter().map(|&at| camera.apply(at)));
        let mut margin = || f64::from(dice.between(range.margin.0, range.margin.1));
        let (left, top) = (x0 - margin(), y0 - margin());
        let (right, bottom) = (x1 + margin(), y1 + margin());
        let card_px = dice.between(range.card_px.0, range.card_px.1) * arrangement.shrink();
        let longest = (right - left).max(bottom - top);
        let scale = (f64::from(card_px) / geometry::CARD_WIDTH).min(MOST_PX / longest);
        Self {
            width: ((right - left) * scale).ceil() as u32,
            height: ((bottom - top) * scale).ceil() as u32,
            camera: camera.then(&Homography::shift(-left, -top)).then(&Homography::scale(scale)),
            card_px: (scale * geometry::CARD_WIDTH) as f32,
        }
    }
}

/// Mean colour of a card's border.
fn border(picture: &RgbImage) -> Rgb {
    let (w, h) = picture.dimensions();
    let along = (0..32).map(|n| (w / 8 + n * (w * 3 / 4) / 32, (h / 60).min(h - 1)));
    let seen: Vec<[u8; 3]> = along.map(|(x, y)| picture.get_pixel(x.min(w - 1), y).0).collect();
    [0, 1, 2].map(|channel| seen.iter().map(|c| f32::from(c[channel])).sum::<f32>() / (255.0 * seen.len() as f32))
}

#[cfg(test)]
mod tests;
