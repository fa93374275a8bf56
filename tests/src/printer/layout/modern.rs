//! The frame of the newer sets: metal border, chamfered picture, one light text panel, set code and number at the
//! bottom left. Actions carry a coloured head band and a wider text panel.

use super::{Face as Drawn, HEIGHT, Sheet, WIDTH, body, parts};
use crate::printer::canvas::{Canvas, Rect, Shape};
use crate::printer::card::{Kind, PLAIN};
use crate::printer::colour::{blend, grey, scale};
use crate::printer::noise::cells;
use crate::printer::text::Face;

const CREATURE_ART: Rect = Rect::new(34.0, 90.0, 566.0, 440.0);
const ACTION_ART: Rect = Rect::new(34.0, 122.0, 566.0, 410.0);

pub(super) fn draw(sheet: &Sheet<'_>) -> Drawn {
    let creature = sheet.design.kind == Kind::Creature;
    let mut canvas = Canvas::new(WIDTH, HEIGHT, grey(1.0));
    let rim = parts::metal(sheet.tint(0.25, 0.82), sheet.tint(0.45, 0.5));
    canvas.within(canvas.frame(), |x, y, _| rim(x, y));
    let inner = Shape::Cut { rect: Rect::new(20.0, 20.0, 580.0, 818.0), cut: 20.0 };
    let ground = if creature { sheet.element(0.62, 0.8) } else { blend(sheet.tint(0.3, 0.6), grey(0.6), 0.3) };
    canvas.fill(&inner, 1.0, |x, y| {
        let (near, second, id) = cells(21, x / 38.0, y / 38.0);
        let facet = 0.86 + 0.16 * id + if second - near < 0.06 { 0.12 } else { 0.0 };
        scale(blend(ground, grey(0.15), y / 1900.0), facet)
    });
    canvas.outline(&inner, 2.5, 1.0, scale(ground, 0.35));
    let area = if creature { CREATURE_ART } else { ACTION_ART };
    let art = Shape::Cut { rect: area, cut: if creature { 26.0 } else { 70.0 } };
    canvas.glow(&art, 7.0, 0.6, grey(0.05));
    let painting = sheet.art(area, 0.84);
    canvas.place(&painting, area.x0, area.y0, |x, y| (0.5 - art.distance(x, y)).clamp(0.0, 1.0));
    canvas.outline(&art, 4.0, 1.0, sheet.tint(0.3, 0.9));
    canvas.outline(&art, 1.2, 1.0, grey(0.1));
    if creature {
        creature_head(&mut canvas, sheet);
        creature_panel(&mut canvas, sheet);
        stats(&mut canvas, sheet);
    } else {
        action_head(&mut canvas, sheet);
        panel(&mut canvas, sheet, Rect::new(34.0, 434.0, 566.0, 764.0));
    }
    foot(&mut canvas, sheet);
    Drawn { canvas, art }
}

fn creature_head(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    let plate = Shape::Cut { rect: Rect::new(32.0, 32.0, 568.0, 82.0), cut: 14.0 };
    canvas.fill(&plate, 1.0, parts::metal(grey(0.98), sheet.element(0.16, 0.92)));
    canvas.outline(&plate, 1.6, 1.0, grey(0.15));
    parts::emblem(canvas, sheet.design.element, (542.0, 57.0), 18.0);
    let hp = sheet.design.hp.unwrap_or_default().to_string();
    let left = sheet.pen(Face::SansBold, 32.0, grey(0.08)).draw_right(canvas, 516.0, 68.0, &hp);
    let left = sheet.pen(Face::SansBold, 15.0, grey(0.08)).draw_right(canvas, left - 5.0, 68.0, "HP");
    let name = sheet.pen(Face::SansBold, 33.0, grey(0.05)).fitting(&sheet.design.name, left - 62.0);
    name.draw(canvas, 50.0, 69.0, &sheet.design.name);
}

fn action_head(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    let band = Shape::Cut { rect: Rect::new(32.0, 30.0, 568.0, 62.0), cut: 12.0 };
    canvas.fill(&band, 1.0, parts::metal(sheet.tint(0.8, 0.42), sheet.tint(0.9, 0.28)));
    sheet.pen(Face::SansBold, 20.0, grey(0.98)).draw(canvas, 52.0, 53.0, &sheet.word("ACTION"));
    sheet.pen(Face::Sans, 18.0, grey(0.98)).draw_right(canvas, 548.0, 53.0, &sheet.word(sheet.design.stage));
    let plate = Shape::Cut { rect: Rect::new(32.0, 66.0, 568.0, 114.0), cut: 10.0 };
    canvas.fill(&plate, 1.0, parts::metal(grey(0.98), sheet.tint(0.1, 0.92)));
    canvas.outline(&plate, 1.6, 1.0, grey(0.15));
    let name = sheet.pen(Face::SansBold, 32.0, grey(0.05)).fitting(&sheet.design.name, 490.0);
    name.draw(canvas, 50.0, 101.0, &sheet.design.name);
}

fn creature_panel(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    let ribbon = Shape::Cut { rect: Rect::new(60.0, 430.0, 540.0, 458.0), cut: 10.0 };
    canvas.fill(&ribbon, 1.0, parts::metal(sheet.tint(0.14, 0.97), sheet.tint(0.3, 0.75)));
    canvas.outline(&ribbon, 1.2, 1.0, grey(0.2));
    let line = sheet.kind_line();
    sheet.pen(Face::SansItalic, 16.0, grey(0.06)).fitting(&line, 440.0).draw_centred(canvas, 300.0, 449.5, &line);
    panel(canvas, sheet, Rect::new(34.0, 466.0, 566.0, 738.0));
}

fn panel(canvas: &mut Canvas, sheet: &Sheet<'_>, rect: Rect) {
    let shape = Shape::Cut { rect, cut: 16.0 };
    let colour = if sheet.design.kind == Kind::Creature { sheet.element(0.1, 0.96) } else { sheet.tint(0.05, 0.96) };
    canvas.fill(&shape, 0.94, parts::paper(colour, 61, 0.12));
    canvas.outline(&shape, 1.4, 0.9, grey(0.2));
    let faces = (Face::SansBold, Face::Sans, Face::SansItalic);
    let style = body::Style::new(sheet, faces, grey(0.05), sheet.tint(0.85, 0.4));
    body::draw(canvas, sheet, Rect::new(rect.x0 + 20.0, rect.y0 + 8.0, rect.x1 - 20.0, rect.y1 - 6.0), &style);
}

fn stats(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    let bar = Shape::Cut { rect: Rect::new(34.0, 744.0, 566.0, 770.0), cut: 9.0 };
    canvas.fill(&bar, 1.0, parts::metal(grey(0.93), sheet.element(0.2, 0.8)));
    let label = sheet.pen(Face::Sans, 13.5, grey(0.08));
    let value = sheet.pen(Face::SansBold, 16.0, grey(0.05));
    let mut x = label.draw(canvas, 50.0, 762.0, &sheet.word("frailty")) + 15.0;
    parts::emblem(canvas, sheet.design.weakness, (x, 757.0), 10.0);
    value.draw(canvas, x + 14.0, 763.0, "×2");
    x = label.draw(canvas, 216.0, 762.0, &sheet.word("resilience")) + 15.0;
    if let Some(element) = sheet.design.resistance {
        parts::emblem(canvas, element, (x, 757.0), 10.0);
        value.draw(canvas, x + 14.0, 763.0, "-30");
    }
    x = label.draw(canvas, 404.0, 762.0, &sheet.word("withdrawal")) + 15.0;
    for nth in 0..sheet.design.retreat {
        parts::emblem(canvas, PLAIN, (x + nth as f32 * 20.0, 757.0), 9.0);
    }
}

fn foot(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    let strip = Shape::Cut { rect: Rect::new(34.0, 776.0, 566.0, 802.0), cut: 9.0 };
    canvas.fill(&strip, 0.94, parts::paper(grey(0.95), 3, 0.06));
    let ink = grey(0.05);
    parts::set_symbol(canvas, sheet.set().symbol, (58.0, 789.0), 10.0);
    let code = Shape::Round { rect: Rect::new(76.0, 780.0, 116.0, 798.0), radius: 4.0 };
    canvas.flat(&code, 1.0, ink);
    sheet.pen(Face::SansBold, 14.0, grey(0.98)).draw_centred(canvas, 96.0, 794.0, sheet.set().code);
    let end = sheet.pen(Face::SansBold, 19.0, ink).draw(canvas, 124.0, 795.5, &sheet.printing.printed);
    parts::rarity_mark(canvas, sheet.printing.rarity, (end + 9.0, 789.0), ink);
    let artist = format!("{} {}", sheet.word("Illus."), sheet.design.artist);
    sheet.pen(Face::SansItalic, 16.0, ink).draw_right(canvas, 550.0, 795.0, &artist);
    sheet.pen(Face::Sans, 10.5, grey(0.97)).draw_centred(canvas, 300.0, 814.0, &sheet.copyright());
}
