//! From a file's bytes to pixels, with limits.
//!
//! Job: to recognise the kind of a file by its content and to decode every page of it to upright RGB.
//!
//! Guarantee: what a file claims about its size is checked against the limits before anything of that size is allocated;
//! a decoder that panics is an error of the file. Everything here is safe Rust.
//!
//! Deliberately absent: colour management. Embedded profiles are ignored.

mod heic;
mod pdf;
mod raster;
mod tiff_pages;

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cardmint_domain::errors::panic_message;
use image::RgbImage;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Kinds of files that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
    /// TIFF, with one page or several.
    Tiff,
    /// HEIC, the photo format of newer telephones.
    Heic,
    /// PDF, as document scanners write it.
    Pdf,
}

impl Kind {
    /// The media type.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Tiff => "image/tiff",
            Self::Heic => "image/heic",
            Self::Pdf => "application/pdf",
        }
    }
}

/// What a file may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DecodeLimits {
    /// Most pixels of one page.
    pub max_pixels: u64,
    /// Most bytes of one page in its own pixel format, while it is decoded.
    pub max_page_bytes: u64,
    /// Most pages of one file.
    pub max_pages: u32,
    /// Resolution at which pages of a PDF without pictures are drawn; pages with pictures are drawn at theirs.
    pub pdf_dpi: u32,
    /// Most pixels of the long side of a drawn PDF page.
    pub pdf_long_side_px: u32,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self {
            max_pixels: 120_000_000,
            max_page_bytes: 768 << 20,
            max_pages: 200,
            pdf_dpi: 300,
            pdf_long_side_px: 5_000,
        }
    }
}

/// Why a file cannot be decoded. All of these are properties of the file: trying again would fail the same way.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// Not a kind of file that can be read.
    #[error("the file is none of JPEG, PNG, WebP, TIFF, HEIC and PDF")]
    UnknownKind,
    /// A page is too large.
    #[error("page {page} is {width}x{height} pixels, which is more than the {limit} allowed")]
    TooManyPixels {
        /// Page, from 1.
        page: u32,
        /// Its width.
        width: u64,
        /// Its height.
        height: u64,
        /// The limit.
        limit: u64,
    },
    /// A page would take too much memory.
    #[error("page {page} would take {bytes} bytes to decode, which is more than the {limit} allowed")]
    TooManyBytes {
        /// Page, from 1.
        page: u32,
        /// What it would take.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The file has too many pages.
    #[error("the file has {pages} pages, which is more than the {limit} allowed")]
    TooManyPages {
        /// How many, as far as they were counted.
        pages: usize,
        /// The limit.
        limit: u32,
    },
    /// The file has no page at all.
    #[error("the {} file has no page", kind.as_str())]
    NoPage {
        /// Its kind.
        kind: Kind,
    },
    /// The picture is damaged or of a variant that is not understood.
    #[error("decoding the {} file", kind.as_str())]
    Image {
        /// Its kind.
        kind: Kind,
        /// What the decoder said.
        #[source]
        source: image::ImageError,
    },
    /// The HEIC file is damaged or of a variant that is not understood.
    #[error("decoding the image/heic file")]
    Heic(#[source] heic_decoder::HeifError),
    /// The document is damaged or needs a password.
    #[error("reading the application/pdf file: {0}")]
    Pdf(&'static str),
    /// The decoder failed in a way it should not.
    #[error("the decoder for {} gave up on this file: {message}", kind.as_str())]
    Panicked {
        /// Its kind.
        kind: Kind,
        /// What it said.
        message: String,
    },
}

/// How far into a file its `%PDF-` may stand; some writers put other bytes first.
const PDF_HEADER_WITHIN: usize = 1024;

/// Brands of HEIF files whose pictures are coded with HEVC.
const HEVC_BRANDS: [&[u8]; 6] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"];

/// The kind of a file by its first bytes; `None` if it is none that can be read.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Option<Kind> {
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Some(Kind::Jpeg);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(Kind::Png);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some(Kind::WebP);
    }
    if [&b"II*\0"[..], b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|magic| bytes.starts_with(magic)) {
        return Some(Kind::Tiff);
    }
    if is_heic(bytes) {
        return Some(Kind::Heic);
    }
    let head = bytes.get(..PDF_HEADER_WITHIN).unwrap_or(bytes);
    head.windows(5).any(|window| window == b"%PDF-").then_some(Kind::Pdf)
}

/// Whether the file type box names a brand that is coded with HEVC (AVIF shares the container).
fn is_heic(bytes: &[u8]) -> bool {
    if bytes.get(4..8) != Some(b"ftyp") {
        return false;
    }
    let length = bytes.get(..4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_be_bytes);
    let end = usize::try_from(length).unwrap_or(usize::MAX).min(bytes.len());
    // The major brand, a version number, then the compatible brands.
    let brands = bytes.get(8..end).unwrap_or_default();
    brands.chunks_exact(4).any(|brand| HEVC_BRANDS.contains(&brand))
}

/// Decodes every page of a file, EXIF orientation applied, transparency over white.
///
/// # Errors
/// [`DecodeError`]; nothing is returned of a file of which one page fails.
pub fn decode(bytes: &[u8], limits: &DecodeLimits) -> Result<Vec<RgbImage>, DecodeError> {
    let mut pages = Vec::new();
    each_page(bytes, limits, &mut |page| {
        pages.push(page);
        ControlFlow::Continue(())
    })?;
    Ok(pages)
}

/// Decodes a file page by page, so that only one page is in memory at a time. `sink` gets the pages in order, those
/// before a page that fails included, and may break off.
pub(crate) fn each_page(
    bytes: &[u8],
    limits: &DecodeLimits,
    sink: &mut dyn FnMut(RgbImage) -> ControlFlow<()>,
) -> Result<(), DecodeError> {
    let kind = sniff(bytes).ok_or(DecodeError::UnknownKind)?;
    match kind {
        Kind::Jpeg | Kind::Png | Kind::WebP => {
            let _done = sink(guarded(kind, || raster::decode(kind, bytes, 1, limits))?);
        }
        Kind::Heic => {
            let _done = sink(guarded(kind, || heic::decode(bytes, limits))?);
        }
        Kind::Tiff => {
            for (page, single) in (1..).zip(tiff_pages::split(bytes, limits)?) {
                if sink(guarded(kind, || raster::decode(kind, &single.bytes(bytes), page, limits))?).is_break() {
                    break;
                }
            }
        }
        Kind::Pdf => {
            let document = guarded(kind, || pdf::Document::open(bytes, limits))?;
            for page in 0..document.pages() {
                if sink(guarded(kind, || document.draw(page, limits))?).is_break() {
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Runs a decoder; a panic in it is an error of the file.
fn guarded<T>(kind: Kind, work: impl FnOnce() -> Result<T, DecodeError>) -> Result<T, DecodeError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(outcome) => outcome,
        Err(payload) => Err(DecodeError::Panicked { kind, message: panic_message(&*payload) }),
    }
}

impl DecodeLimits {
    /// Refuses a page that would be too large.
    fn check(&self, page: u32, width: u64, height: u64, bytes_per_pixel: u64) -> Result<(), DecodeError> {
        let pixels = width.saturating_mul(height);
        if pixels > self.max_pixels {
            return Err(DecodeError::TooManyPixels { page, width, height, limit: self.max_pixels });
        }
        let bytes = pixels.saturating_mul(bytes_per_pixel);
        if bytes > self.max_page_bytes {
            return Err(DecodeError::TooManyBytes { page, bytes, limit: self.max_page_bytes });
        }
        Ok(())
    }
}
