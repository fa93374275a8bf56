//! Files for tests: cards written with a real font, documents as scanners write them.

#![allow(dead_code, unreachable_pub)] // every test program uses its own part of this

use std::io::Cursor;

use ab_glyph::{Font, FontVec, PxScale, ScaleFont, point};
use image::{ImageFormat, Rgb, RgbImage};

const FONT: &str = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";

/// Width and height of a test card.
pub const CARD: (u32, u32) = (693, 968);

/// A card with a name, rules and a number at its bottom left.
pub fn card(name: &str, lines: &[&str], number: &str) -> RgbImage {
    let font = FontVec::try_from_vec(std::fs::read(FONT).expect("Debian's fonts-dejavu-core")).unwrap();
    let mut card = RgbImage::from_pixel(CARD.0, CARD.1, Rgb([250, 244, 224]));
    write(&mut card, &font, name, (48.0, 40.0), 46.0);
    for (row, line) in lines.iter().enumerate() {
        write(&mut card, &font, line, (60.0, 520.0 + 52.0 * row as f32), 30.0);
    }
    write(&mut card, &font, number, (44.0, CARD.1 as f32 * 0.932), 22.0);
    card
}

fn write(picture: &mut RgbImage, font: &FontVec, text: &str, at: (f32, f32), size: f32) {
    let scaled = font.as_scaled(PxScale::from(size));
    let mut x = at.0;
    for letter in text.chars() {
        let glyph = scaled.scaled_glyph(letter);
        let advance = scaled.h_advance(glyph.id);
        let placed = font.glyph_id(letter).with_scale_and_position(size, point(x, at.1 + scaled.ascent()));
        if let Some(outline) = font.outline_glyph(placed) {
            let bounds = outline.px_bounds();
            outline.draw(|dx, dy, coverage| {
                let (px, py) = (bounds.min.x as u32 + dx, bounds.min.y as u32 + dy);
                if let Some(pixel) = picture.get_pixel_mut_checked(px, py) {
                    pixel.0 = pixel.0.map(|channel| (f32::from(channel) * (1.0 - coverage.min(1.0))) as u8);
                }
            });
        }
        x += advance;
    }
}

/// The picture as a file.
pub fn file(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A document as scanners write it: one JPEG a page, on A7 paper, which is near the size of a card.
pub fn pdf(pages: &[RgbImage]) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len()).map(|page| format!("{} 0 R", 3 + page * 3)).collect();
    let mut objects: Vec<Vec<u8>> = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Count {} /Kids [{}] >>", pages.len(), kids.join(" ")).into_bytes(),
    ];
    for (page, picture) in pages.iter().enumerate() {
        let (first, size) = (3 + page * 3, picture.dimensions());
        let drawing = b"q 210 0 0 298 0 0 cm /Im0 Do Q";
        let jpeg = file(picture, ImageFormat::Jpeg);
        objects.push(
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 210 298] /Contents {} 0 R \
                 /Resources << /XObject << /Im0 {} 0 R >> >> >>",
                first + 1,
                first + 2
            )
            .into_bytes(),
        );
        objects.push(stream(&format!("/Length {}", drawing.len()), drawing));
        let about = format!(
            "/Type /XObject /Subtype /Image /Width {} /Height {} /ColorSpace /DeviceRGB /BitsPerComponent 8 \
             /Filter /DCTDecode /Length {}",
            size.0,
            size.1,
            jpeg.len()
        );
        objects.push(stream(&about, &jpeg));
    }
    assemble(&objects)
}

fn stream(about: &str, content: &[u8]) -> Vec<u8> {
    [format!("<< {about} >>\nstream\n").as_bytes(), content, b"\nendstream"].concat()
}

/// Objects with their numbers, the table of where they stand, and the trailer.
fn assemble(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        file.extend_from_slice(object);
        file.extend_from_slice(b"\nendobj\n");
    }
    let start = file.len();
    file.extend_from_slice(table.as_bytes());
    let trailer = format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1);
    file.extend_from_slice(trailer.as_bytes());
    file
}
