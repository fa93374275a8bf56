//! Pictures that the `image` crate decodes: JPEG, PNG, WebP, one page of a TIFF.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

use super::{DecodeError, DecodeLimits, Kind};

/// Decodes the (first) picture of a file to upright RGB.
pub(super) fn decode(kind: Kind, bytes: &[u8], page: u32, limits: &DecodeLimits) -> Result<RgbImage, DecodeError> {
    let format = match kind {
        Kind::Png => ImageFormat::Png,
        Kind::WebP => ImageFormat::WebP,
        Kind::Tiff => ImageFormat::Tiff,
        Kind::Jpeg | Kind::Heic | Kind::Pdf => ImageFormat::Jpeg,
    };
    let wrong = |source| DecodeError::Image { kind, source };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(decoder_limits(limits));
    let mut decoder = reader.into_decoder().map_err(wrong)?;
    let (width, height) = decoder.dimensions();
    let bytes_per_pixel = decoder.color_type().bytes_per_pixel();
    limits.check(page, width.into(), height.into(), bytes_per_pixel.into())?;
    // A damaged EXIF block is no reason to refuse the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(wrong)?;
    let mut flat = DynamicImage::ImageRgb8(flatten(picture));
    flat.apply_orientation(orientation);
    Ok(flat.into_rgb8())
}

/// The decoder's own limits: only what it needs beside the result, so that ours are the ones that speak.
fn decoder_limits(limits: &DecodeLimits) -> Limits {
    let mut own = Limits::no_limits();
    own.max_alloc = Some(limits.max_page_bytes.saturating_mul(2));
    own
}

/// Eight bits a channel, transparency over white.
pub(super) fn flatten(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    let mut flat = RgbImage::new(rgba.width(), rgba.height());
    for (to, from) in flat.pixels_mut().zip(rgba.pixels()) {
        let [r, g, b, alpha] = from.0;
        *to = Rgb([r, g, b].map(|channel| over_white(channel, alpha)));
    }
    flat
}

fn over_white(channel: u8, alpha: u8) -> u8 {
    let (channel, alpha) = (u32::from(channel), u32::from(alpha));
    let mixed = (channel * alpha + 255 * (255 - alpha) + 127) / 255;
    u8::try_from(mixed).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparent_is_white_and_opaque_is_itself() {
        assert_eq!(over_white(0, 0), 255);
        assert_eq!(over_white(17, 255), 17);
        assert_eq!(over_white(0, 128), 127);
    }
}
