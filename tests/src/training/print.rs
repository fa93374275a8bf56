//! One line of print, as the bottom of a card carries it: numbers, words, letters in boxes, symbols.

use ab_glyph::{Font, FontVec, PxScale, ScaleFont, point};
use cardmint_recognition::strip::alphabet::{OTHER, class};

use super::fonts::TrainingFonts;
use super::window::HEIGHT;
use crate::printer::dice::Dice;

/// Lines are drawn so many times larger than they are seen.
pub(super) const ENLARGED: f32 = 3.0;
/// A sign counts where more of it than this is inside the line.
const SEEN: f32 = 0.6;
/// Words that stand beside numbers on real cards, and others of their kind.
const WORDS: [&str; 24] = [
    "Illus.",
    "Naoki",
    "Saito",
    "Ken",
    "Sugimori",
    "Mitsuhiro",
    "Arita",
    "Graphics",
    "Nintendo,",
    "Creatures,",
    "GAMEFREAK.",
    "Wizards.",
    "©1995,",
    "96,",
    "98,",
    "©1999",
    "©2020",
    "Pokémon",
    "/",
    "LV.",
    "#26",
    "while",
    "Attack",
    "(20×)",
];
/// Letters in front of the figures of numbers without a total; the longest one most often.
const PROMOS: [&str; 15] =
    ["SWSH", "SWSH", "SWSH", "SWSH", "SWSH", "SM", "XY", "BW", "DP", "HGSS", "SVP", "GG", "TG", "RC", "SV"];
/// Letters on both sides of the slash.
const SUBSETS: [&str; 11] = ["TG", "TG", "GG", "GG", "SV", "SV", "RC", "H", "SH", "SL", "AR"];

/// A line, enlarged.
pub(super) struct Line {
    pub(super) width: usize,
    pub(super) height: usize,
    /// How much ink covers each pixel, 0 to 1.
    pub(super) ink: Vec<f32>,
    /// Boxes around letters.
    pub(super) boxes: Vec<LetterBox>,
    /// Where the middle of the figures is, from the top.
    pub(super) middle: f32,
    /// Height of a figure.
    pub(super) figure: f32,
    /// What it reads.
    pub(super) classes: Vec<u8>,
}

/// A box around letters, from left to right.
pub(super) struct LetterBox {
    pub(super) left: f32,
    pub(super) right: f32,
    /// Filled with ink, with the letters left white, or only outlined.
    pub(super) is_filled: bool,
}

/// What stands next on a line.
enum Piece {
    Number(String),
    Word(String),
    Boxed(String),
    Symbol,
}

/// Draws a line whose figures are `figure` pixels high and that is `width` pixels wide; with a number on it where one is
/// wanted and finds room.
pub(super) fn line(dice: &mut Dice, fonts: &TrainingFonts, figure: f32, width: f32, wants_number: bool) -> Line {
    let font = fonts.pick(dice);
    let mut press = Press::new(dice, font, figure, width);
    let mut wants_number = wants_number;
    let mut x = dice.between(-10.0, 20.0) * ENLARGED;
    while x < press.line.width as f32 - 4.0 {
        let is_late = press.line.width as f32 - x < 9.0 * press.figure;
        let piece =
            if wants_number && (is_late || dice.chance(0.5)) { Piece::Number(number(dice)) } else { piece(dice) };
        wants_number &= !matches!(piece, Piece::Number(_));
        x = press.set(dice, &piece, x);
        x += press.figure * if dice.chance(0.6) { dice.between(0.35, 0.8) } else { dice.between(0.8, 3.0) };
    }
    press.line
}

fn piece(dice: &mut Dice) -> Piece {
    match dice.whole(0, 9) {
        0 | 1 => Piece::Number(number(dice)),
        2 => Piece::Boxed(capitals(dice, 1)),
        3 | 4 => {
            let length = dice.whole(2, 3);
            let code = capitals(dice, length);
            Piece::Boxed(if dice.chance(0.5) { code + "EN" } else { code })
        }
        5 | 6 => Piece::Symbol,
        _ => Piece::Word(word(dice)),
    }
}

/// A collector number in any of the forms in which they are printed.
fn number(dice: &mut Dice) -> String {
    match dice.whole(0, 99) {
        0..58 => {
            let places = if dice.chance(0.6) { 3 } else { dice.whole(1, 3) };
            let total_places = if dice.chance(0.25) { 2 } else { 3 };
            let slash = *dice.pick(&["/", "/", "/", "/", "/", "/", "/", "/", "/", "/", " / ", "/ "]);
            format!("{}{slash}{}", figures(dice, places), figures(dice, total_places))
        }
        58..80 => {
            let places = dice.whole(2, 3);
            format!("{}{}", dice.word(&PROMOS), figures(dice, places))
        }
        80..93 => {
            let letters = dice.word(&SUBSETS);
            let places = [dice.whole(1, 3), dice.whole(1, 3)];
            format!("{letters}{}/{letters}{}", figures(dice, places[0]), figures(dice, places[1]))
        }
        93..97 => {
            let (letters, places, total_places) = (dice.whole(1, 4), dice.whole(1, 3), dice.whole(2, 3));
            format!("{}{}/{}", capitals(dice, letters), figures(dice, places), figures(dice, total_places))
        }
        _ => {
            let places = dice.whole(1, 3);
            format!("{}{}/{}", figures(dice, places), dice.word(&["a", "b", "A", "B", "c"]), figures(dice, 3))
        }
    }
}

/// Figures; equal ones in a row, which are hard to count, more often than by chance.
fn figures(dice: &mut Dice, places: u32) -> String {
    // A 1 is the hardest to see and the commonest on cards.
    let figure = |dice: &mut Dice| if dice.chance(0.15) { '1' } else { char::from(b'0' + dice.whole(0, 9) as u8) };
    if dice.chance(0.2) {
        return figure(dice).to_string().repeat(places as usize);
    }
    (0..places).map(|_| figure(dice)).collect()
}

fn capitals(dice: &mut Dice, count: u32) -> String {
    (0..count).map(|_| char::from(b'A' + dice.whole(0, 25) as u8)).collect()
}

fn word(dice: &mut Dice) -> String {
    if dice.chance(0.6) {
        return dice.word(&WORDS).to_owned();
    }
    let length = dice.whole(2, 7);
    let mut word: String = (0..length).map(|_| char::from(b'a' + dice.whole(0, 25) as u8)).collect();
    if dice.chance(0.1) {
        word.make_ascii_uppercase();
    } else if dice.chance(0.4) {
        word[..1].make_ascii_uppercase();
    }
    if dice.chance(0.15) {
        word.push(*dice.pick(&['.', ',', ':', '-', '!']));
    }
    word
}

/// Sets the pieces of one line in one font.
struct Press<'f> {
    font: &'f FontVec,
    scale: PxScale,
    /// Space between signs beyond the font's own.
    tracking: f32,
    /// Height of a figure, enlarged.
    figure: f32,
    baseline: f32,
    /// Whether a 1 is a mere bar, as in Gill's sans serif, of which free fonts have only the other form.
    has_plain_one: bool,
    /// How far a slash leans and how thick it is, where it is not the font's own.
    slash: Option<(f32, f32)>,
    line: Line,
}

impl<'f> Press<'f> {
    fn new(dice: &mut Dice, font: &'f FontVec, figure: f32, width: f32) -> Self {
        let figure = figure * ENLARGED;
        let probe = font.glyph_id('8').with_scale(100.0);
        let high = font.outline_glyph(probe).map_or(70.0, |glyph| -glyph.px_bounds().min.y).max(20.0);
        let (width, height) = ((width * ENLARGED).max(1.0) as usize, HEIGHT * ENLARGED as usize);
        let middle = height as f32 / 2.0;
        let ink = vec![0.0; width * height];
        Self {
            font,
            scale: PxScale::from(100.0 * figure / high),
            tracking: dice.between(-0.10, 0.12) * figure,
            figure,
            baseline: middle + figure / 2.0,
            has_plain_one: dice.chance(0.45),
            slash: dice.chance(0.35).then(|| (figure * dice.between(0.1, 0.6), figure * dice.between(0.07, 0.17))),
            line: Line { width, height, ink, boxes: Vec::new(), middle, figure, classes: Vec::new() },
        }
    }

    /// Sets a piece from `x` on; gives where it ends.
    fn set(&mut self, dice: &mut Dice, piece: &Piece, x: f32) -> f32 {
        match piece {
            Piece::Number(text) | Piece::Word(text) => self.text(dice, text, x, 1.0),
            Piece::Boxed(text) => {
                let margin = self.figure * 0.25;
                let size = dice.between(0.75, 1.0);
                let end = self.text(dice, text, x, size);
                let is_filled = dice.chance(0.6);
                self.line.boxes.push(LetterBox { left: x - margin, right: end + margin, is_filled });
                end + margin
            }
            Piece::Symbol => self.symbol(dice, x),
        }
    }

    fn text(&mut self, dice: &mut Dice, text: &str, mut x: f32, size: f32) -> f32 {
        let scale = PxScale { x: self.scale.x * size, y: self.scale.y * size };
        let scaled = self.font.as_scaled(scale);
        let baseline = self.baseline - (1.0 - size) * self.figure / 2.0;
        for sign in text.chars() {
            if sign == ' ' {
                x += self.figure * dice.between(0.15, 0.4);
                continue;
            }
            if let Some((lean, thickness)) = self.slash.filter(|_| sign == '/') {
                x = self.own_slash(x, baseline, lean, thickness);
                continue;
            }
            let id = self.font.glyph_id(if sign == '1' && self.has_plain_one { 'I' } else { sign });
            if let Some(glyph) = self.font.outline_glyph(id.with_scale_and_position(scale, point(x, baseline))) {
                let bounds = glyph.px_bounds();
                glyph.draw(|dx, dy, cover| {
                    self.line.stain(bounds.min.x as i64 + i64::from(dx), bounds.min.y as i64 + i64::from(dy), cover);
                });
                let seen = bounds.max.x.min(self.line.width as f32) - bounds.min.x.max(0.0);
                if seen > SEEN * (bounds.max.x - bounds.min.x) {
                    self.line.classes.push(class(sign));
                }
            }
            x += scaled.h_advance(id) + self.tracking;
        }
        x
    }

    /// A straight stroke from the baseline to the top of the figures.
    fn own_slash(&mut self, x: f32, baseline: f32, lean: f32, thickness: f32) -> f32 {
        let end = x + lean + thickness;
        for row in 0..=self.figure as i64 {
            let left = x + lean * row as f32 / self.figure;
            for column in left.floor() as i64..=(left + thickness).ceil() as i64 {
                let cover = (left + thickness - column as f32).min(column as f32 + 1.0 - left).clamp(0.0, 1.0);
                self.line.stain(column, baseline as i64 - row, cover);
            }
        }
        if x >= 0.0 && end < self.line.width as f32 {
            self.line.classes.push(class('/'));
        }
        end + 0.06 * self.figure + self.tracking
    }

    /// A disc, a lozenge, or a star with any number of points.
    fn symbol(&mut self, dice: &mut Dice, x: f32) -> f32 {
        let size = self.figure * dice.between(0.6, 1.5);
        let (shape, points, is_hollow) = (dice.whole(0, 3), dice.whole(3, 7) as f32, dice.chance(0.3));
        if x < 0.0 || x + size >= self.line.width as f32 {
            return x + size;
        }
        let (centre_x, centre_y, reach) = (x + size / 2.0, self.line.middle, size / 2.0);
        for y in 0..self.line.height {
            for column in x as usize..(x + size).ceil() as usize {
                let (dx, dy) = (column as f32 + 0.5 - centre_x, y as f32 + 0.5 - centre_y);
                let far = match shape {
                    0 => dx.hypot(dy),
                    1 => dx.abs() + dy.abs(),
                    _ => dx.hypot(dy) / (0.65 + 0.35 * (dy.atan2(dx) * points).sin()),
                } / reach;
                if far < 1.0 && !(is_hollow && far < 0.6) {
                    self.line.stain(column as i64, y as i64, 1.0);
                }
            }
        }
        self.line.classes.push(OTHER);
        x + size
    }
}

impl Line {
    fn stain(&mut self, x: i64, y: i64, cover: f32) {
        let inside = |at: i64, size: usize| usize::try_from(at).ok().filter(|at| *at < size);
        if let Some((x, y)) = inside(x, self.width).zip(inside(y, self.height)) {
            let pixel = &mut self.ink[y * self.width + x];
            *pixel = pixel.max(cover);
        }
    }
}

#[cfg(test)]
mod tests {
    use cardmint_domain::CollectorNumber;

    use super::*;

    #[test]
    fn numbers_of_every_kind_are_printed_and_all_can_be_parsed() {
        let mut dice = Dice::new(3, "numbers");
        let numbers: Vec<String> = (0..300).map(|_| number(&mut dice).replace(' ', "")).collect();
        for number in &numbers {
            assert!(CollectorNumber::parse(number).is_ok(), "{number}");
        }
        let count = |kind: fn(&&String) -> bool| numbers.iter().filter(kind).count();
        assert!(count(|number| !number.contains('/')) > 20);
        assert!(count(|number| number.contains("/TG")) > 0);
        assert!(count(|number| number.starts_with(|sign: char| sign.is_ascii_digit())) > 120);
    }
}
