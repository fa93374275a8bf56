//! Finds the outlines of cards in a picture.
//!
//! Edges and two-tone masks of a small copy propose quads, of its lightness first; each is pulled onto the strongest straight
//! edges near its sides and judged by how much of its sides are edges and by its shape. Where none stands out, long straight lines
//! propose more.
//! Pages of cards are told from cards by the several alike quads inside them; what is chosen is refined on a larger copy. A
//! picture in which nothing is found but whose own shape is that of a card is proposed as a whole, with low quality.
//!
//! Guarantee: any picture, also an empty one, gives an answer in bounded time. Deliberately absent: knowing what is
//! printed on a card, and which way up it lies.

mod choose;
mod lines;
mod propose;
mod scene;
mod score;
mod side;

use cardmint_domain::Quad;
use cardmint_domain::reading::Point;
use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::geometry::{self, Pt};
use propose::Proposals;
use scene::{Coarse, Fine, Level as _};
use score::Found;

/// What the locator looks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocateParams {
    /// At most this many outlines are returned, the best ones.
    pub max_cards: usize,
    /// Outlines below this quality are dropped, except the whole picture when nothing better is found.
    pub min_quality: f32,
}

impl Default for LocateParams {
    fn default() -> Self {
        Self { max_cards: 32, min_quality: 0.4 }
    }
}

/// The outline of one card, portrait-wise: the side between the first two corners is a short one. Which of the two half
/// turns is upright is not known here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outline {
    /// Corners in fractions of the picture; they may lie a little outside it.
    pub quad: Quad,
    /// How much it looks like a card's outline, 0 to 1.
    pub quality: f32,
    /// Width of the card in the picture, in pixels.
    pub source_width_px: f32,
}

/// Longest side of the copy that proposals are made on, and of the one that outlines are refined on.
const COARSE: u32 = 480;
const FINE: u32 = 1600;

/// Quality of the whole picture as a card: never mistaken for an outline that was seen.
const WHOLE_QUALITY: f32 = 0.2;

/// Smallest picture that is searched.
const LEAST_SIDE: u32 = 48;

/// Every card in `picture`, from top to bottom and left to right.
#[must_use]
pub fn locate(picture: &RgbImage, params: &LocateParams) -> Vec<Outline> {
    let (w, h) = picture.dimensions();
    let mut found = if w.min(h) >= LEAST_SIDE { search(picture) } else { Vec::new() };
    found.retain(|f| f.quality >= params.min_quality);
    found.sort_by(|a, b| b.quality.total_cmp(&a.quality));
    found.truncate(params.max_cards);
    reading_order(&mut found);
    let mut outlines: Vec<Outline> = found.iter().map(|f| outline(f, w, h)).collect();
    if outlines.is_empty() && params.max_cards > 0 {
        outlines.extend(whole(w, h));
    }
    outlines
}

/// The outlines in pixels of the picture.
fn search(picture: &RgbImage) -> Vec<Found> {
    let (coarse, fine) = (Coarse::new(picture, COARSE), Fine::new(picture, FINE));
    let chosen = chosen(&coarse);
    let (source, fine_width, coarse_width) = (f64::from(picture.width()), fine.size().0 as f64, coarse.size().0 as f64);
    let (to_fine, to_source) = (fine_width / coarse_width, source / fine_width);
    let refined = chosen.into_iter().map(|f| score::refined(&f.scaled(to_fine), &fine).scaled(to_source));
    refined.collect()
}

/// The outlines in the small copy: in its lightness alone where that shows one card for sure and no room for another; else in all
/// its channels; and where nothing is plain in them, among long straight lines besides.
fn chosen(coarse: &Coarse) -> Vec<Found> {
    let mut proposals = Proposals::new(coarse);
    let [lightness, colours @ ..] = coarse.channels();
    let mut candidates = score::judged(proposals.of_channel(lightness), coarse);
    if let Some(card) = choose::alone(&candidates, coarse.size()) {
        return vec![card];
    }
    for channel in colours {
        candidates.extend(score::judged(proposals.of_channel(channel), coarse));
    }
    let chosen = choose::cards(candidates.clone());
    if chosen.iter().any(Found::is_plain) {
        return chosen;
    }
    candidates.extend(score::judged(&Proposals::new(coarse).of_lines(), coarse));
    let others = choose::cards(candidates);
    if others.iter().any(Found::is_plain) { others } else { chosen }
}

/// From the top to the bottom, and from left to right among cards whose middles lie within half a card's height.
fn reading_order(found: &mut Vec<Found>) {
    found.sort_by(|a, b| geometry::centre(&a.quad).y.total_cmp(&geometry::centre(&b.quad).y));
    let mut rest = std::mem::take(found);
    while let Some(top) = rest.first() {
        let line = geometry::centre(&top.quad).y + 0.5 * geometry::sides(&top.quad)[0];
        let (mut row, below): (Vec<_>, Vec<_>) = rest.into_iter().partition(|f| geometry::centre(&f.quad).y <= line);
        row.sort_by(|a, b| geometry::centre(&a.quad).x.total_cmp(&geometry::centre(&b.quad).x));
        found.append(&mut row);
        rest = below;
    }
}

fn outline(found: &Found, width: u32, height: u32) -> Outline {
    let [top, _, bottom, _] = geometry::sides(&found.quad);
    let corner = |p: Pt| Point { x: (p.x / f64::from(width)) as f32, y: (p.y / f64::from(height)) as f32 };
    Outline {
        quad: Quad { corners: found.quad.map(corner) },
        quality: found.quality,
        source_width_px: ((top + bottom) / 2.0) as f32,
    }
}

/// The whole picture as one card, when it has a card's shape.
fn whole(width: u32, height: u32) -> Option<Outline> {
    let (short, long) = (width.min(height), width.max(height));
    let aspect = f64::from(short) / f64::from(long.max(1));
    let quad = if width <= height { Quad::WHOLE } else { Quad::WHOLE.turned(1) };
    score::ASPECTS.contains(&aspect).then_some(Outline { quad, quality: WHOLE_QUALITY, source_width_px: short as f32 })
}
