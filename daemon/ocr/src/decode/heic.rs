//! HEIC, the photo format of newer telephones.
//!
//! The container's own rotation is applied by the decoder; EXIF orientation repeats it and is rightly ignored.

use image::{DynamicImage, RgbImage, RgbaImage};

use super::{DecodeError, DecodeLimits, raster};

/// What the decoder holds per pixel at its peak: planes of 32-bit samples, twice, and the result.
const BYTES_PER_PIXEL: u64 = 16;

/// Decodes the primary picture.
pub(super) fn decode(bytes: &[u8], limits: &DecodeLimits) -> Result<RgbImage, DecodeError> {
    let info = heic_decoder::probe(bytes).map_err(DecodeError::Heic)?;
    let (width, height) = (info.width.max(info.coded_width) as u64, info.height.max(info.coded_height) as u64);
    limits.check(1, width, height, BYTES_PER_PIXEL)?;
    let picture = heic_decoder::decode(bytes).map_err(DecodeError::Heic)?;
    if picture.alpha.is_some() {
        let rgba = picture.to_rgba8().map_err(DecodeError::Heic)?;
        let (width, height) = (to_u32(rgba.width)?, to_u32(rgba.height)?);
        let buffer = RgbaImage::from_raw(width, height, rgba.data).ok_or(SHORT)?;
        return Ok(raster::flatten(DynamicImage::ImageRgba8(buffer)));
    }
    let rgb = picture.to_rgb8().map_err(DecodeError::Heic)?;
    RgbImage::from_raw(to_u32(rgb.width)?, to_u32(rgb.height)?, rgb.data).ok_or(SHORT)
}

/// The decoder delivered fewer pixels than it announced.
const SHORT: DecodeError = DecodeError::Heic(heic_decoder::HeifError::MalformedHevc("fewer pixels than announced"));

fn to_u32(length: usize) -> Result<u32, DecodeError> {
    u32::try_from(length).map_err(|_| DecodeError::Heic(heic_decoder::HeifError::LimitExceeded("side of the picture")))
}
