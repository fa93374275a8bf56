//! From a valued card to what is written about it.

use std::io::Cursor;

use cardmint_domain::booking::{self, ValuableTier};
use cardmint_domain::reading::RectifiedImage;
use cardmint_domain::{Fault, ScanRecord};
use cardmint_store::{Claim, ScanCommit};
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::hops::ValuedCard;

/// JPEG quality of the kept pictures: enough to read a collector number on, a tenth of the pixels' size.
const PICTURE_QUALITY: u8 = 88;

/// Everything the store keeps about one card of the claimed capture.
///
/// # Errors
/// A fault when the picture cannot be encoded, which means that its size and its bytes disagree.
pub fn scan_commit(valued: ValuedCard, claim: &Claim, tier: &ValuableTier) -> Result<ScanCommit, Fault> {
    let ValuedCard { card, valuation, quotes } = valued;
    let outcome = booking::outcome(&card.identification, valuation.as_ref(), tier);
    let picture = jpeg(&card.reading.image).map_err(|error| {
        Fault::ours_transient(format!("encoding card {} of capture {}: {error}", card.reading.index, claim.capture.id))
    })?;
    let record = ScanRecord {
        id: card.identification.scan.clone(),
        index: card.reading.index,
        page: card.reading.page,
        quad: card.reading.quad,
        picture,
        identification: card.identification,
        outcome,
    };
    Ok(ScanCommit { record, quotes, valuation })
}

/// The picture as JPEG bytes; none for an empty picture.
fn jpeg(picture: &RectifiedImage) -> Result<Vec<u8>, image::ImageError> {
    let mut bytes = Cursor::new(Vec::new());
    if !picture.rgb.is_empty() {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, PICTURE_QUALITY);
        encoder.write_image(&picture.rgb, picture.width, picture.height, ExtendedColorType::Rgb8)?;
    }
    Ok(bytes.into_inner())
}
