//! Fonts and lines of text.
//!
//! The fonts are Debian's package `fonts-liberation2`, found at run time; nothing is shipped.
//! Text is set in one left-to-right line or wrapped at spaces; there is no kerning beyond the font's own pairs, no
//! hyphenation and no right-to-left script.

use std::path::{Path, PathBuf};

use ab_glyph::{Font, FontVec, Glyph, PxScale, PxScaleFont, ScaleFont, point};
use thiserror::Error;

use super::canvas::Canvas;
use super::colour::Rgb;

/// Where Debian and Ubuntu install TrueType fonts.
const FONT_ROOT: &str = "/usr/share/fonts/truetype";

/// Why the fonts cannot be used.
#[derive(Debug, Error)]
pub enum FontError {
    /// The file is not there.
    #[error("font {path} cannot be read; install the Debian package {package}")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
        /// The package that holds it.
        package: &'static str,
        /// What reading said.
        #[source]
        source: std::io::Error,
    },
    /// The file is no font.
    #[error("font {path} is damaged; reinstall the Debian package {package}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The package that holds it.
        package: &'static str,
        /// What parsing said.
        #[source]
        source: ab_glyph::InvalidFont,
    },
}

/// A typeface the cards are set in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    Sans,
    SansBold,
    SansItalic,
    Serif,
    SerifBold,
    SerifItalic,
}

const LIBERATION: &str = "fonts-liberation2";

/// Face, folder below [`FONT_ROOT`] with the package, file. In the order of [`Face`].
const FILES: [(&str, &str, &str); 6] = [
    ("liberation2", LIBERATION, "LiberationSans-Regular.ttf"),
    ("liberation2", LIBERATION, "LiberationSans-Bold.ttf"),
    ("liberation2", LIBERATION, "LiberationSans-Italic.ttf"),
    ("liberation2", LIBERATION, "LiberationSerif-Regular.ttf"),
    ("liberation2", LIBERATION, "LiberationSerif-Bold.ttf"),
    ("liberation2", LIBERATION, "LiberationSerif-Italic.ttf"),
];

/// Every typeface, loaded.
#[derive(Debug)]
pub struct Fonts(Vec<FontVec>);

impl Fonts {
    /// Loads every typeface from the system's font folder.
    ///
    /// # Errors
    /// [`FontError`], which names the missing package.
    pub fn load() -> Result<Self, FontError> {
        Self::load_from(Path::new(FONT_ROOT))
    }

    fn load_from(root: &Path) -> Result<Self, FontError> {
        let load = |&(folder, package, file): &(&str, &'static str, &str)| {
            let path = root.join(folder).join(file);
            let bytes =
                std::fs::read(&path).map_err(|source| FontError::Missing { path: path.clone(), package, source })?;
            FontVec::try_from_vec(bytes).map_err(|source| FontError::Damaged { path, package, source })
        };
        FILES.iter().map(load).collect::<Result<_, _>>().map(Self)
    }

    /// The face at a size in pixels per em.
    fn at(&self, face: Face, size: f32) -> PxScaleFont<&FontVec> {
        let font = &self.0[face as usize];
        let em = font.units_per_em().unwrap_or(2048.0);
        font.as_scaled(PxScale::from(size * font.height_unscaled() / em))
    }
}

/// A way to set text: face, size in pixels per em, colour.
#[derive(Clone, Copy)]
pub(crate) struct Pen<'a> {
    pub(crate) fonts: &'a Fonts,
    pub(crate) face: Face,
    pub(crate) size: f32,
    pub(crate) colour: Rgb,
    /// Width and colour of a stroke around the letters.
    pub(crate) stroke: Option<(f32, Rgb)>,
}

impl<'a> Pen<'a> {
    pub(crate) const fn new(fonts: &'a Fonts, face: Face, size: f32, colour: Rgb) -> Self {
        Self { fonts, face, size, colour, stroke: None }
    }

    pub(crate) const fn stroked(mut self, width: f32, colour: Rgb) -> Self {
        self.stroke = Some((width, colour));
        self
    }

    pub(crate) const fn sized(mut self, size: f32) -> Self {
        self.size = size;
        self
    }

    fn glyphs(&self, text: &str) -> (Vec<Glyph>, f32) {
        let font = self.fonts.at(self.face, self.size);
        let (mut x, mut previous, mut glyphs) = (0.0, None, Vec::with_capacity(text.len()));
        for c in text.chars() {
            let id = font.glyph_id(c);
            if let Some(previous) = previous {
                x += font.kern(previous, id);
            }
            glyphs.push(id.with_scale_and_position(font.scale(), point(x, 0.0)));
            x += font.h_advance(id);
            previous = Some(id);
        }
        (glyphs, x)
    }

    /// Width of a line in pixels.
    pub(crate) fn width(&self, text: &str) -> f32 {
        self.glyphs(text).1
    }

    /// Draws a line that starts at `x` and stands on `baseline`; returns where it ends.
    pub(crate) fn draw(&self, canvas: &mut Canvas, x: f32, baseline: f32, text: &str) -> f32 {
        let (glyphs, width) = self.glyphs(text);
        if let Some((reach, colour)) = self.stroke {
            for step in 0..12 {
                let (sin, cos) = (step as f32 * std::f32::consts::TAU / 12.0).sin_cos();
                self.stamp(canvas, &glyphs, (x + cos * reach, baseline + sin * reach), colour);
            }
        }
        self.stamp(canvas, &glyphs, (x, baseline), self.colour);
        x + width
    }

    fn stamp(&self, canvas: &mut Canvas, glyphs: &[Glyph], (x, y): (f32, f32), colour: Rgb) {
        let font = self.fonts.at(self.face, self.size);
        for glyph in glyphs {
            let mut glyph = glyph.clone();
            glyph.position = point(glyph.position.x + x, y);
            if let Some(outline) = font.outline_glyph(glyph) {
                let bounds = outline.px_bounds();
                let (left, top) = (bounds.min.x as i32, bounds.min.y as i32);
                outline.draw(|dx, dy, cover| canvas.dot(left + dx as i32, top + dy as i32, cover.min(1.0), colour));
            }
        }
    }

    /// Draws a line that ends at `right`; returns where it starts.
    pub(crate) fn draw_right(&self, canvas: &mut Canvas, right: f32, baseline: f32, text: &str) -> f32 {
        let x = right - self.width(text);
        self.draw(canvas, x, baseline, text);
        x
    }

    /// Draws a line around `centre`.
    pub(crate) fn draw_centred(&self, canvas: &mut Canvas, centre: f32, baseline: f32, text: &str) {
        self.draw(canvas, centre - self.width(text) * 0.5, baseline, text);
    }

    /// The same pen, made smaller until `text` is at most `width` wide.
    pub(crate) fn fitting(self, text: &str, width: f32) -> Self {
        let needed = self.width(text);
        if needed > width { self.sized(self.size * width / needed) } else { self }
    }

    /// Breaks `text` at spaces into lines of at most `width`.
    pub(crate) fn wrap(&self, text: &str, width: f32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            let longer = lines.last().map(|line| format!("{line} {word}")).filter(|line| self.width(line) <= width);
            match (longer, lines.last_mut()) {
                (Some(longer), Some(last)) => *last = longer,
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_font_names_its_package() {
        let error = Fonts::load_from(Path::new("/nonexistent")).unwrap_err();
        assert!(error.to_string().contains("install the Debian package fonts-liberation2"), "{error}");
    }

    #[test]
    fn wrapped_lines_fit_and_lose_no_word() {
        let fonts = Fonts::load().unwrap();
        let pen = Pen::new(&fonts, Face::Serif, 20.0, [0.0; 3]);
        let text = "Toss a token. If it lands bright, the defending creature is Dazed until your next turn.";
        let lines = pen.wrap(text, 200.0);
        assert!(lines.len() > 2 && lines.iter().all(|line| pen.width(line) <= 200.0), "{lines:?}");
        assert_eq!(lines.join(" "), text);
    }
}
