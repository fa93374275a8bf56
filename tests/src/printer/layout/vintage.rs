//! The frame of the older sets: a plain coloured border, serif names, a boxed picture with a drop shadow, the set symbol
//! at the picture's lower right corner, the number at the bottom right. Creatures and actions differ in head and foot.

use super::{Face as Drawn, HEIGHT, Sheet, WIDTH, body, parts};
use crate::printer::canvas::{Canvas, Rect, Shape};
use crate::printer::card::Kind;
use crate::printer::colour::{blend, grey, scale};
use crate::printer::text::Face;

const ART: Rect = Rect::new(60.0, 96.0, 540.0, 436.0);

pub(super) fn draw(sheet: &Sheet<'_>) -> Drawn {
    let mut canvas = Canvas::new(WIDTH, HEIGHT, grey(1.0));
    let border = sheet.tint(0.45, 0.66);
    canvas.within(canvas.frame(), |x, y, _| parts::paper(border, 5, 0.1)(x, y));
    let inner = Rect::new(30.0, 30.0, 570.0, 806.0);
    let ground = match sheet.design.kind {
        Kind::Creature => blend(sheet.element(0.38, 0.92), sheet.tint(0.2, 0.95), 0.25),
        Kind::Action => sheet.tint(0.06, 0.88),
    };
    let panel = Shape::Round { rect: inner, radius: 4.0 };
    canvas.fill(&panel, 1.0, parts::paper(ground, sheet.design.element as u32 + 40, 0.34));
    canvas.outline(&panel, 3.0, 1.0, scale(border, 0.45));
    head(&mut canvas, sheet);
    let art = Shape::Round { rect: ART, radius: 0.5 };
    picture(&mut canvas, sheet, &art);
    below_the_picture(&mut canvas, sheet);
    let faces = (Face::SansBold, Face::Serif, Face::SerifItalic);
    let style = body::Style::new(sheet, faces, grey(0.06), sheet.tint(0.8, 0.42));
    let foot = if sheet.design.kind == Kind::Creature { 728.0 } else { 772.0 };
    body::draw(&mut canvas, sheet, Rect::new(58.0, 494.0, 542.0, foot), &style);
    if sheet.design.kind == Kind::Creature {
        stats(&mut canvas, sheet);
    }
    foot_line(&mut canvas, sheet);
    Drawn { canvas, art }
}

fn head(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    let ink = grey(0.07);
    match sheet.design.kind {
        Kind::Creature => {
            let hp = format!("HP {}", sheet.design.hp.unwrap_or_default());
            let left = sheet.pen(Face::SansBold, 27.0, sheet.tint(0.9, 0.5)).draw_right(canvas, 500.0, 80.0, &hp);
            parts::emblem(canvas, sheet.design.element, (526.0, 68.0), 18.0);
            let name = sheet.pen(Face::SerifBold, 35.0, ink).fitting(&sheet.design.name, left - 76.0);
            name.draw(canvas, 58.0, 79.5, &sheet.design.name);
            let stage =
                sheet.word(if sheet.design.evolves_from.is_some() { "Grown creature" } else { "Basic creature" });
            sheet.pen(Face::SerifItalic, 14.0, ink).draw(canvas, 60.0, 47.5, &stage);
        }
        Kind::Action => {
            let band = Rect::new(44.0, 36.0, 556.0, 54.0);
            canvas.flat(&Shape::Cut { rect: band, cut: 9.0 }, 1.0, sheet.tint(0.7, 0.4));
            let label = format!("{}  ·  {}", sheet.word("ACTION"), sheet.word(sheet.design.stage));
            sheet.pen(Face::SansBold, 13.5, grey(0.97)).draw_centred(canvas, 300.0, 49.5, &label);
            let name = sheet.pen(Face::SerifBold, 31.0, ink).fitting(&sheet.design.name, 470.0);
            name.draw_centred(canvas, 300.0, 80.0, &sheet.design.name);
        }
    }
}

fn picture(canvas: &mut Canvas, sheet: &Sheet<'_>, art: &Shape) {
    let rim = Shape::Round { rect: ART.inset(-7.0), radius: 2.0 };
    let shade = Rect::new(ART.x0, ART.y0, ART.x1 + 13.0, ART.y1 + 13.0);
    canvas.glow(&Shape::Round { rect: shade, radius: 2.0 }, 7.0, 0.75, grey(0.1));
    canvas.fill(&rim, 1.0, parts::metal(sheet.tint(0.55, 0.85), sheet.tint(0.75, 0.42)));
    canvas.outline(&rim, 1.2, 1.0, grey(0.1));
    let painting = sheet.art(ART, 0.82);
    canvas.place(&painting, ART.x0, ART.y0, |_, _| 1.0);
    canvas.outline(art, 1.6, 1.0, grey(0.08));
}

fn below_the_picture(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    let band = Rect::new(66.0, 454.0, 496.0, 480.0);
    canvas.fill(&Shape::Cut { rect: band, cut: 8.0 }, 0.9, parts::metal(sheet.tint(0.25, 0.95), sheet.tint(0.4, 0.78)));
    let line = sheet.kind_line();
    let pen = sheet.pen(Face::SerifItalic, 16.5, grey(0.05)).fitting(&line, band.width() - 24.0);
    pen.draw_centred(canvas, band.centre().0, 472.5, &line);
    parts::set_symbol(canvas, sheet.set().symbol, (531.0, 468.0), 15.0);
}

fn stats(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    let ink = grey(0.06);
    canvas.flat(&Shape::Capsule { a: (58.0, 734.0), b: (542.0, 734.0), ra: 1.1, rb: 1.1 }, 0.8, ink);
    let label = sheet.pen(Face::Sans, 13.0, ink);
    let value = sheet.pen(Face::SansBold, 17.0, ink);
    let design = sheet.design;
    let mut x = label.draw(canvas, 60.0, 757.0, &sheet.word("frailty")) + 16.0;
    parts::emblem(canvas, design.weakness, (x, 753.0), 11.0);
    value.draw(canvas, x + 15.0, 759.0, "×2");
    x = label.draw(canvas, 206.0, 757.0, &sheet.word("resilience")) + 16.0;
    if let Some(element) = design.resistance {
        parts::emblem(canvas, element, (x, 753.0), 11.0);
        value.draw(canvas, x + 15.0, 759.0, "-30");
    }
    x = label.draw(canvas, 392.0, 757.0, &sheet.word("withdrawal")) + 16.0;
    for nth in 0..design.retreat {
        parts::emblem(canvas, crate::printer::card::PLAIN, (x + nth as f32 * 22.0, 753.0), 9.5);
    }
}

fn foot_line(canvas: &mut Canvas, sheet: &Sheet<'_>) {
    let ink = grey(0.06);
    let artist = format!("{} {}", sheet.word("Illus."), sheet.design.artist);
    sheet.pen(Face::SerifItalic, 17.0, ink).draw(canvas, 46.0, 796.0, &artist);
    parts::rarity_mark(canvas, sheet.printing.rarity, (536.0, 791.0), ink);
    let number = sheet.pen(Face::SansBold, 19.0, ink);
    number.draw_right(canvas, 528.0, 797.0, &sheet.printing.printed);
    sheet.pen(Face::Sans, 12.0, grey(0.04)).draw_centred(canvas, 300.0, 825.0, &sheet.copyright());
}
