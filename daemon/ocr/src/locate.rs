//! What the reader needs to know about where cards lie; found by the daemon's locator.

use cardmint_domain::Quad;
use image::RgbImage;

/// Finds cards in a picture; implemented by the daemon with its recognition crate.
pub trait Locate {
    /// The cards, ordered from top to bottom and left to right.
    fn locate(&self, picture: &RgbImage) -> Vec<Located>;
}

/// One card in a picture.
#[derive(Debug, Clone)]
pub struct Located {
    /// Its outline, short side on top. Which of the two half-turns is upright is not known yet.
    pub quad: Quad,
    /// How sure the locator is that this is the outline of a card, 0 to 1.
    pub quality: f32,
    /// Width of the card in the picture, in pixels.
    pub source_width_px: f32,
    /// The card, rectified from the original pixels.
    pub image: RgbImage,
}
