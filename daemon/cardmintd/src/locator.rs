//! The adapter between the two crates that must not know each other: how the reader in the worker process finds cards with
//! `cardmint-recognition`.

use cardmint_ocr::{Locate, Located};
use cardmint_recognition::locate::{LocateParams, locate};
use cardmint_recognition::rectify::{natural_width, rectify};
use image::RgbImage;

/// Finds cards and rectifies each from the original pixels.
#[derive(Debug, Default)]
pub struct Locator {
    params: LocateParams,
}

impl Locate for Locator {
    fn locate(&self, picture: &RgbImage) -> Vec<Located> {
        let found = locate(picture, &self.params).into_iter();
        found
            .map(|outline| Located {
                image: rectify(picture, &outline.quad, natural_width(outline.source_width_px)),
                quad: outline.quad,
                quality: outline.quality,
                source_width_px: outline.source_width_px,
            })
            .collect()
    }
}
