//! Full art: the picture covers the card, words stand on it with strokes and thin panels. Gold for secret rares.

use super::{Face as Drawn, HEIGHT, Sheet, WIDTH, body, parts};
use crate::printer::canvas::{Canvas, Rect, Shape};
use crate::printer::card::PLAIN;
use crate::printer::colour::{Rgb, blend, grey, hsv, scale};
use crate::printer::text::Face;

const WHITE: Rgb = [0.99, 0.99, 0.99];
const DARK: Rgb = [0.05, 0.05, 0.08];

pub(super) fn draw(sheet: &Sheet<'_>) -> Drawn {
    let mut canvas = Canvas::new(WIDTH, HEIGHT, grey(1.0));
    let rim = if sheet.printing.gilded {
        parts::metal(hsv(0.13, 0.45, 1.0), hsv(0.115, 0.8, 0.68))
    } else {
        parts::metal(grey(0.9), sheet.tint(0.2, 0.66))
    };
    canvas.within(canvas.frame(), |x, y, _| rim(x, y));
    let area = Rect::new(15.0, 15.0, 585.0, 823.0);
    let art = Shape::Round { rect: area, radius: 16.0 };
    let mut painting = sheet.art(area, 0.52);
    etch(&mut painting);
    canvas.place(&painting, area.x0, area.y0, |x, y| (0.5 - art.distance(x, y)).clamp(0.0, 1.0));
    head(&mut canvas, sheet);
    let panel = Rect::new(30.0, 484.0, 570.0, 738.0);
    veil(&mut canvas, panel, 0.62);
    let faces = (Face::SansBold, Face::Sans, Face::SansItalic);
    let style = body::Style::new(sheet, faces, grey(0.02), sheet.tint(0.85, 0.4));
    body::draw(&mut canvas, sheet, Rect::new(panel.x0 + 18.0, panel.y0 + 8.0, panel.x1 - 18.0, panel.y1 - 6.0), &style);
    stats(&mut canvas, sheet);
    foot(&mut canvas, sheet);
    Drawn { canvas, art }
}

/// Fine relief lines that follow the picture's brightness, as textured cards have.
fn etch(painting: &mut Canvas) {
    painting.within(painting.frame(), |x, y, under| {
        let light = under[0] + under[1] + under[2];
        let line = ((x * 0.6 + y * 0.8) * 0.9 + light * 9.0).sin();
        scale(under, 1.0 + 0.045 * line)
    });
}

/// Lightens an area so that dark words can be read on any picture.
fn veil(canvas: &mut Canvas, rect: Rect, strength: f32) {
    let shape = Shape::Cut { rect, cut: 16.0 };
    canvas.within(rect.inset(-6.0), |x, y, under| {
        let cover = (1.0 - shape.distance(x, y) / 4.0).clamp(0.0, 1.0) * strength;
        let soft = blend(under, grey((under[0] + under[1] + under[2]) / 3.0), 0.4 * cover);
        blend(soft, grey(1.0), cover)
    });
}

fn head(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    veil(canvas, Rect::new(26.0, 28.0, 574.0, 80.0), 0.28);
    parts::emblem(canvas, sheet.design.element, (544.0, 55.0), 18.0);
    let big = sheet.pen(Face::SansBold, 35.0, WHITE).stroked(2.4, DARK);
    let hp = sheet.design.hp.unwrap_or_default().to_string();
    let left = big.draw_right(canvas, 516.0, 67.0, &hp);
    let left = big.sized(17.0).draw_right(canvas, left - 6.0, 67.0, "HP");
    big.fitting(&sheet.design.name, left - 60.0).draw(canvas, 44.0, 67.0, &sheet.design.name);
    let line = sheet.kind_line();
    let small = sheet.pen(Face::SansItalic, 15.5, WHITE).stroked(1.7, DARK).fitting(&line, 500.0);
    small.draw(canvas, 46.0, 95.0, &line);
}

fn stats(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    veil(canvas, Rect::new(30.0, 745.0, 570.0, 771.0), 0.6);
    let ink = grey(0.03);
    let label = sheet.pen(Face::Sans, 13.5, ink);
    let value = sheet.pen(Face::SansBold, 16.0, ink);
    let mut x = label.draw(canvas, 48.0, 763.0, &sheet.word("frailty")) + 15.0;
    parts::emblem(canvas, sheet.design.weakness, (x, 758.0), 10.0);
    value.draw(canvas, x + 14.0, 764.0, "×2");
    x = label.draw(canvas, 404.0, 763.0, &sheet.word("withdrawal")) + 15.0;
    for nth in 0..sheet.design.retreat {
        parts::emblem(canvas, PLAIN, (x + nth as f32 * 20.0, 758.0), 9.0);
    }
}

fn foot(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    veil(canvas, Rect::new(30.0, 777.0, 570.0, 802.0), 0.72);
    let ink = grey(0.03);
    parts::set_symbol(canvas, sheet.set().symbol, (54.0, 789.0), 10.0);
    let pen = sheet.pen(Face::SansBold, 19.0, ink);
    let x = pen.sized(15.0).draw(canvas, 74.0, 795.0, sheet.set().code) + 10.0;
    let end = pen.draw(canvas, x, 796.0, &sheet.printing.printed);
    parts::rarity_mark(canvas, sheet.printing.rarity, (end + 10.0, 790.0), ink);
    let artist = format!("{} {}", sheet.word("Illus."), sheet.design.artist);
    sheet.pen(Face::SansItalic, 16.0, ink).draw_right(canvas, 556.0, 795.0, &artist);
    sheet.pen(Face::Sans, 10.5, WHITE).stroked(1.2, DARK).draw_centred(canvas, 300.0, 815.0, &sheet.copyright());
}
