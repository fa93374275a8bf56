//! Lays a photo over a reference picture, patch by patch, and says how well they agree.
//!
//! The reference is cut into 8 x 11 patches; each is searched for in the photo by normalised correlation, first widely,
//! then closer around a robust affine map, then closer still around a homography. What remains is the proof that the two
//! show the same print: the mean correlation, also of the artwork and of the text box alone, which part the same artwork
//! with text in another language. Patches that glare or flat colour have emptied do not count.

mod fit;
mod patch;
mod view;

use std::ops::Range;

use cardmint_domain::Quad;
use cardmint_domain::reading::Point;
use image::RgbImage;

use crate::geometry::{Homography, Pt};
use crate::index::{GRAY_LEN, THUMBNAIL_HEIGHT, THUMBNAIL_WIDTH};
use crate::pixels::{gray, resize};
use patch::{Match, Patches};
use view::View;

const WIDTH: usize = THUMBNAIL_WIDTH as usize;
const HEIGHT: usize = THUMBNAIL_HEIGHT as usize;

/// How far each round searches, in pixels of the thumbnail: 12 of 180 allow an outline that is 6 % off.
const REACHES: [usize; 3] = [12, 6, 3];

/// Where the artwork lies on a card: x0, y0, x1, y1 in fractions of its width and height.
pub const ARTWORK: (f32, f32, f32, f32) = (0.0, 0.12, 1.0, 0.50);

/// Patches that must be comparable for a verdict.
const LEAST_PATCHES: usize = 24;

/// A rectified photo, prepared once for any number of references.
#[derive(Debug, Clone)]
pub struct Photo {
    gray: Vec<u8>,
    wide: View,
}

impl Photo {
    /// Prepares an upright, rectified picture of a card of any size.
    #[must_use]
    pub fn new(upright: &RgbImage) -> Self {
        Self::of_gray(thumbnail(upright))
    }

    /// Takes a reference's gray picture for a photo: two references can be compared this way. Bytes that are missing are
    /// black.
    #[must_use]
    pub fn of_reference(gray: &[u8]) -> Self {
        let mut gray = gray.to_vec();
        gray.resize(GRAY_LEN, 0);
        Self::of_gray(gray)
    }

    fn of_gray(gray: Vec<u8>) -> Self {
        let wide = View::new(&gray, &Homography::IDENTITY, REACHES[0]);
        Self { gray, wide }
    }

    /// The gray picture as it is compared: 180 x 252 bytes.
    #[must_use]
    pub fn gray(&self) -> &[u8] {
        &self.gray
    }
}

/// The gray thumbnail of a picture of a card: what photos and references are compared as.
#[must_use]
pub fn thumbnail(upright: &RgbImage) -> Vec<u8> {
    let small = resize(upright, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT);
    small.pixels().map(|p| gray(p.0)).collect()
}

/// How well a photo and a reference agree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    /// Mean correlation of all patches, -1 to 1.
    pub score: f32,
    /// Mean correlation of the patches in the artwork (.12 < y < .50); 0 when none is comparable.
    pub artwork: f32,
    /// Mean correlation of the patches in the text box (.56 < y < .93): low on the same card in another language; 0 when
    /// none is comparable.
    pub text_box: f32,
    /// Mean correlation of the patches in the title (y < .11, .12 < x < .64); 0 when none is comparable.
    pub title: f32,
    /// Mean correlation of the worst quarter of the patches in the text box; 0 when none is comparable.
    pub weakest: f32,
    /// Patches that could be compared, of 88: glare and flat areas leave fewer.
    pub patches: usize,
    /// From reference to photo, both as fractions of width and height: row by row, the last entry is 1.
    pub homography: [f64; 9],
}

impl Alignment {
    /// Where the card's corners lie in the photo: rectifying the photo with this quad lays it exactly over the reference.
    #[must_use]
    pub fn quad(&self) -> Quad {
        let map = Homography(self.homography);
        let corners = Quad::WHOLE.corners.map(|c| map.apply(Pt::new(f64::from(c.x), f64::from(c.y))));
        Quad { corners: corners.map(|p| Point { x: p.x as f32, y: p.y as f32 }) }
    }
}

/// Lays `photo` over a reference's gray picture (`GRAY_LEN` bytes). None when the reference has another size or
/// too little of the photo can be compared.
#[must_use]
pub fn align(photo: &Photo, reference: &[u8]) -> Option<Alignment> {
    if reference.len() != GRAY_LEN {
        return None;
    }
    let patches = Patches::of(reference);
    let mut map = Homography::IDENTITY;
    let mut matches = patches.search(&photo.wide, REACHES[0]);
    map = fit::affine(&matches, map);
    matches = patches.search(&View::new(&photo.gray, &map, REACHES[1]), REACHES[1]);
    map = fit::homography(&matches, map);
    matches = patches.search(&View::new(&photo.gray, &map, REACHES[2]), REACHES[2]);
    map = fit::homography(&matches, map);
    verdict(&matches, &map)
}

fn mean(correlations: &[f32]) -> f32 {
    if correlations.is_empty() { 0.0 } else { correlations.iter().sum::<f32>() / correlations.len() as f32 }
}

fn verdict(matches: &[Match], map: &Homography) -> Option<Alignment> {
    let (w, h) = (WIDTH as f64, HEIGHT as f64);
    let inside = |x: Range<f64>, y: Range<f64>| -> Vec<f32> {
        let inside = matches.iter().filter(|m| x.contains(&(m.at.x / w)) && y.contains(&(m.at.y / h)));
        inside.map(|m| m.correlation).collect()
    };
    let all = 0.0..1.0;
    let mut text_box = inside(all.clone(), 0.56..0.93);
    text_box.sort_by(f32::total_cmp);
    let fractions = Homography::scale(w, h).then(map).then(&Homography::scale(1.0 / w, 1.0 / h));
    let homography = fractions.0.map(|v| v / fractions.0[8]);
    let usable = matches.len() >= LEAST_PATCHES && homography.iter().all(|v| v.is_finite());
    usable.then(|| Alignment {
        score: mean(&inside(all.clone(), all.clone())),
        artwork: mean(&inside(all, f64::from(ARTWORK.1)..f64::from(ARTWORK.3))),
        text_box: mean(&text_box),
        title: mean(&inside(0.12..0.64, 0.0..0.11)),
        weakest: mean(&text_box[..text_box.len().div_ceil(4)]),
        patches: matches.len(),
        homography,
    })
}
