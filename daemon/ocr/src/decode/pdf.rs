//! PDF documents, as document scanners and telephones write them: in essence one picture a page.
//!
//! Pages are drawn, not torn apart, because a page may be cut into strips, turned or masked. They are drawn at the
//! resolution of the largest picture on them, so that nothing that the scanner saw is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hayro::hayro_interpret::{InterpreterSettings, InterpreterWarning};
use hayro::hayro_syntax::object::Stream;
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::RgbImage;

use super::{DecodeError, DecodeLimits, Kind};

/// PDF's unit of length.
const POINTS_PER_INCH: f32 = 72.0;
/// What drawing holds per pixel: the canvas and the result, four bytes each, and RGB.
const BYTES_PER_PIXEL: u64 = 11;

/// An open document.
pub(super) struct Document {
    pdf: Pdf,
}

impl Document {
    /// Reads the structure of a document.
    pub(super) fn open(bytes: &[u8], limits: &DecodeLimits) -> Result<Self, DecodeError> {
        let pdf = Pdf::new(bytes.to_vec()).map_err(|error| match error {
            LoadPdfError::Decryption(_) => DecodeError::Pdf("it is encrypted; save it without a password"),
            LoadPdfError::Invalid => DecodeError::Pdf("its structure is damaged"),
        })?;
        let pages = pdf.pages().len();
        if pages == 0 {
            return Err(DecodeError::NoPage { kind: Kind::Pdf });
        }
        if pages > limits.max_pages as usize {
            return Err(DecodeError::TooManyPages { pages, limit: limits.max_pages });
        }
        Ok(Self { pdf })
    }

    /// How many pages there are.
    pub(super) fn pages(&self) -> usize {
        self.pdf.pages().len()
    }

    /// Draws one page, counted from 0, over white.
    pub(super) fn draw(&self, index: usize, limits: &DecodeLimits) -> Result<RgbImage, DecodeError> {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let pages = self.pdf.pages();
        let page = pages.get(index).ok_or(DecodeError::NoPage { kind: Kind::Pdf })?;
        let native = largest_picture(page, number, limits)?;
        let (width, height) = page.render_dimensions();
        let long = width.max(height);
        if !(long.is_finite() && width.min(height) > 0.0) {
            return Err(DecodeError::Pdf("a page has no area"));
        }
        let scale = scale_of(long, native, limits);
        limits.check(number, (width * scale) as u64, (height * scale) as u64, BYTES_PER_PIXEL)?;
        let (settings, undecodable) = interpreter_settings();
        let canvas = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
        let drawn = hayro::render(page, &RenderCache::new(), &settings, &RenderSettings::default(), &canvas);
        if undecodable.load(Ordering::Relaxed) {
            return Err(DecodeError::Pdf("a picture in it cannot be decoded"));
        }
        let rgba = drawn.data_as_u8_slice();
        let rgb = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        RgbImage::from_raw(drawn.width().into(), drawn.height().into(), rgb)
            .ok_or(DecodeError::Pdf("a page was not drawn whole"))
    }
}

/// Pixels per point, so that the page's largest picture keeps its pixels.
fn scale_of(long_points: f32, native_px: Option<u32>, limits: &DecodeLimits) -> f32 {
    let by_resolution = limits.pdf_dpi as f32 / POINTS_PER_INCH;
    let by_picture = native_px.map_or(0.0, |px| px as f32 / long_points);
    let most = limits.pdf_long_side_px.min(u16::MAX.into()) as f32 / long_points;
    by_resolution.max(by_picture).min(most)
}

/// The long side of the largest picture on a page; refuses pictures that are too large to unpack.
fn largest_picture(page: &Page<'_>, number: u32, limits: &DecodeLimits) -> Result<Option<u32>, DecodeError> {
    let pictures = &page.resources().x_objects;
    let mut largest = None;
    for name in pictures.keys() {
        let Some(picture) = pictures.get::<Stream<'_>>(&*name) else { continue };
        let side = |key: &[u8]| picture.dict().get::<u32>(key);
        let (Some(width), Some(height)) = (side(b"Width"), side(b"Height")) else { continue };
        limits.check(number, width.into(), height.into(), 4)?;
        largest = largest.max(Some(width.max(height)));
    }
    Ok(largest)
}

/// Settings that note when a picture cannot be decoded: by default it would silently be left out of the page.
fn interpreter_settings() -> (InterpreterSettings, Arc<AtomicBool>) {
    let undecodable = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&undecodable);
    let warning_sink = Arc::new(move |warning| {
        if matches!(warning, InterpreterWarning::ImageDecodeFailure) {
            noted.store(true, Ordering::Relaxed);
        }
    });
    (InterpreterSettings { warning_sink, ..InterpreterSettings::default() }, undecodable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_drawn_at_the_resolution_of_its_picture_within_limits() {
        let limits = DecodeLimits::default();
        let a4 = 842.0;
        assert!((scale_of(a4, None, &limits) * 72.0 - 300.0).abs() < 0.01, "300 dpi without a picture");
        assert!((scale_of(a4, Some(4_677), &limits) * a4 - 4_677.0).abs() < 0.5, "400 dpi scan as it is");
        assert!((scale_of(a4, Some(7_016), &limits) * a4 - 5_000.0).abs() < 0.5, "600 dpi scan at the limit");
        assert!((scale_of(4_000.0, Some(4_000), &limits) * 4_000.0 - 5_000.0).abs() < 0.5, "one point per pixel");
    }
}
