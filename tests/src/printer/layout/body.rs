//! The words of a card: blocks that are set as large as they fit into their area.

use super::{Sheet, parts};
use crate::printer::canvas::{Canvas, Rect, Shape};
use crate::printer::card::Attack;
use crate::printer::colour::Rgb;
use crate::printer::text::{Face, Pen};

/// Largest and smallest size of body text in pixels per em (2.2 and 1.4 mm).
const SIZES: (f32, f32) = (21.0, 13.5);

/// How a layout sets its words.
#[derive(Clone, Copy)]
pub(super) struct Style<'a> {
    pub(super) heading: Pen<'a>,
    pub(super) text: Pen<'a>,
    pub(super) flavour: Pen<'a>,
    /// Colour of an ability's label.
    pub(super) label: Rgb,
}

impl<'a> Style<'a> {
    /// One colour for everything, in the given faces.
    pub(super) fn new(
        sheet: &Sheet<'a>,
        (heading, text, flavour): (Face, Face, Face),
        colour: Rgb,
        label: Rgb,
    ) -> Self {
        let pen = |face| sheet.pen(face, SIZES.0, colour);
        Self { heading: pen(heading), text: pen(text), flavour: pen(flavour), label }
    }
}

enum Block<'a> {
    Ability(&'a str, &'a str),
    Attack(&'a Attack),
    Rule(&'a str),
    Flavour(&'a str),
}

/// Sets all words of the card into `area`.
pub(super) fn draw(canvas: &mut Canvas, sheet: &Sheet<'_>, area: Rect, style: &Style<'_>) {
    let design = sheet.design;
    let ability = design.ability.iter().map(|(name, text)| Block::Ability(name, text));
    let attacks = design.attacks.iter().map(Block::Attack);
    let rules = design.rules.iter().map(|text| Block::Rule(text));
    let flavour = design.flavour.iter().map(|text| Block::Flavour(text));
    let blocks: Vec<Block<'_>> = ability.chain(attacks).chain(rules).chain(flavour).collect();
    let setter = |size: f32| Setter { sheet, area, style, size };
    let mut size = SIZES.0;
    while size > SIZES.1 && setter(size).height(&blocks) > area.height() {
        size -= 0.5;
    }
    let spare = (area.height() - setter(size).height(&blocks)).max(0.0) / (blocks.len() + 1) as f32;
    let mut y = area.y0 + spare * 0.6;
    for block in &blocks {
        y = setter(size).block(Some(canvas), block, y) + spare;
    }
}

/// Sets blocks at one size; measures when there is no canvas.
struct Setter<'a, 'b> {
    sheet: &'b Sheet<'a>,
    area: Rect,
    style: &'b Style<'a>,
    size: f32,
}

impl Setter<'_, '_> {
    fn height(&self, blocks: &[Block<'_>]) -> f32 {
        blocks.iter().fold(0.0, |y, block| self.block(None, block, y))
    }

    /// Returns where the next block may start.
    fn block(&self, canvas: Option<&mut Canvas>, block: &Block<'_>, y: f32) -> f32 {
        let text = self.style.text.sized(self.size);
        match block {
            Block::Rule(words) => self.paragraph(canvas, text, words, y) + self.size * 0.5,
            Block::Flavour(words) => {
                self.paragraph(canvas, self.style.flavour.sized(self.size * 0.88), words, y) + self.size * 0.4
            }
            Block::Ability(name, words) => self.ability(canvas, name, words, y),
            Block::Attack(attack) => self.attack(canvas, attack, y),
        }
    }

    fn paragraph(&self, canvas: Option<&mut Canvas>, pen: Pen<'_>, words: &str, y: f32) -> f32 {
        let lines = pen.wrap(words, self.area.width());
        let step = pen.size * 1.19;
        if let Some(canvas) = canvas {
            for (nth, line) in lines.iter().enumerate() {
                pen.draw(canvas, self.area.x0, y + step * nth as f32 + pen.size * 0.92, line);
            }
        }
        y + step * lines.len() as f32
    }

    fn ability(&self, mut canvas: Option<&mut Canvas>, name: &str, words: &str, y: f32) -> f32 {
        let heading = self.style.heading.sized(self.size * 1.15);
        let (base, label) = (y + self.size * 1.15, self.sheet.word("Gift"));
        if let Some(canvas) = canvas.as_deref_mut() {
            let tag = Pen { colour: [1.0; 3], stroke: None, ..heading.sized(self.size * 0.85) };
            let width = tag.width(&label) + 18.0;
            let rect = Rect::new(self.area.x0, base - self.size * 0.95, self.area.x0 + width, base + self.size * 0.2);
            canvas.flat(&Shape::Cut { rect, cut: 5.0 }, 1.0, self.style.label);
            tag.draw(canvas, self.area.x0 + 9.0, base - self.size * 0.1, &label);
            Pen { colour: if heading.stroke.is_some() { heading.colour } else { self.style.label }, ..heading }.draw(
                canvas,
                self.area.x0 + width + 10.0,
                base,
                name,
            );
        }
        self.paragraph(canvas, self.style.text.sized(self.size), words, y + self.size * 1.55) + self.size * 0.6
    }

    fn attack(&self, mut canvas: Option<&mut Canvas>, attack: &Attack, y: f32) -> f32 {
        let heading = self.style.heading.sized(self.size * 1.22);
        let base = y + self.size * 1.2;
        if let Some(canvas) = canvas.as_deref_mut() {
            let r = self.size * 0.52;
            let mut x = self.area.x0;
            for &element in &attack.cost {
                parts::emblem(canvas, element, (x + r, base - self.size * 0.42), r);
                x += r * 2.3;
            }
            let damage = heading.sized(self.size * 1.4);
            let right = if attack.damage.is_empty() {
                self.area.x1
            } else {
                damage.draw_right(canvas, self.area.x1, base, &attack.damage)
            };
            heading.fitting(&attack.name, right - x - 24.0).draw(canvas, x + 10.0, base, &attack.name);
        }
        let below = y + self.size * 1.62;
        if attack.text.is_empty() {
            return below + self.size * 0.4;
        }
        self.paragraph(canvas, self.style.text.sized(self.size), &attack.text, below) + self.size * 0.6
    }
}
