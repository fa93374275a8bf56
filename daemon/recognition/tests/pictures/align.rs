//! A photo is laid over its reference, and no other picture passes for it.

use crate::drawing::{card, corner_error, noise, quad};
use cardmint_domain::Quad;
use cardmint_recognition::align::{Photo, align, thumbnail};
use cardmint_recognition::geometry::Pt;
use cardmint_recognition::rectify::rectify;
use image::{Rgb, RgbImage};

/// Corners of a 630 by 880 picture, moved by parts of its width.
fn off(moves: [(f64, f64); 4]) -> [Pt; 4] {
    let corners = [(0.0, 0.0), (630.0, 0.0), (630.0, 880.0), (0.0, 880.0)];
    std::array::from_fn(|i| Pt::new(corners[i].0 + 630.0 * moves[i].0, corners[i].1 + 630.0 * moves[i].1))
}

/// The card as cut out with these corners instead of its own.
fn cut(reference: &RgbImage, corners: &[Pt; 4]) -> RgbImage {
    let mut photo = rectify(reference, &quad(corners, reference), 400);
    noise(&mut photo, 8.0, 5);
    photo
}

#[test]
fn a_known_homography_is_found_again() {
    let cases = [
        [(0.0, 0.0); 4],
        [(0.03, 0.02); 4],
        [(-0.04, -0.03), (0.04, -0.03), (0.04, 0.03), (-0.04, 0.03)],
        [(0.03, 0.03), (-0.03, 0.03), (-0.03, -0.03), (0.03, -0.03)],
        [(0.03, -0.02), (0.01, 0.03), (-0.03, 0.01), (0.02, -0.03)],
    ];
    for moves in cases {
        let reference = card(1);
        let corners = off(moves);
        let photo = cut(&reference, &corners);
        let found = align(&Photo::new(&photo), &thumbnail(&reference)).unwrap();
        assert!(found.score > 0.85, "{moves:?}: {found:?}");
        // The corners of the reference, cut out once more from the reference, are its own corners.
        let back = rectified_corners(&corners, &found.quad());
        let whole = off([(0.0, 0.0); 4]);
        let error = corner_error(&whole, &quad(&back, &reference), &reference);
        assert!(error < 0.008, "{moves:?}: off by {error}");
    }
}

/// Where fractions of a photo cut out with `corners` lie in the reference.
fn rectified_corners(corners: &[Pt; 4], found: &Quad) -> [Pt; 4] {
    use cardmint_recognition::geometry::Homography;
    let unit = [Pt::new(0.0, 0.0), Pt::new(1.0, 0.0), Pt::new(1.0, 1.0), Pt::new(0.0, 1.0)];
    let map = Homography::between(&unit, corners).unwrap();
    found.corners.map(|c| map.apply(Pt::new(f64::from(c.x), f64::from(c.y))))
}

#[test]
fn other_pictures_do_not_pass() {
    let photo = Photo::new(&cut(&card(1), &off([(0.02, 0.01); 4])));
    for seed in 2..8 {
        let other = align(&photo, &thumbnail(&card(seed)));
        // All drawn cards share their frame, so that the whole fits better than the artwork; a picture alone needs 0.70.
        assert!(other.is_none_or(|a| a.score < 0.67 && a.artwork < 0.6), "{seed}: {other:?}");
    }
}

#[test]
fn the_same_artwork_with_other_text_differs_in_the_text_box_only() {
    let reference = card(1);
    let mut foreign = reference.clone();
    for (x, y, pixel) in card(2).enumerate_pixels() {
        if y > 470 {
            foreign.put_pixel(x, y, *pixel);
        }
    }
    let found = align(&Photo::new(&cut(&foreign, &off([(0.01, 0.0); 4]))), &thumbnail(&reference)).unwrap();
    assert!(found.artwork > 0.8 && found.text_box < found.artwork - 0.2, "{found:?}");
}

#[test]
fn a_title_and_a_line_that_differ_are_noticed() {
    let reference = card(1);
    let photo = cut(&reference, &off([(0.01, 0.0); 4]));
    let same = align(&Photo::new(&photo), &thumbnail(&reference)).unwrap();
    assert!(same.title > 0.7 && same.weakest > 0.7, "{same:?}");
    let mut other = reference.clone();
    let (width, height) = (reference.width() as f32, reference.height() as f32);
    for (x, y, pixel) in other.enumerate_pixels_mut() {
        let (across, down) = (x as f32 / width, y as f32 / height);
        let is_other = (down < 0.11 && (0.12..0.64).contains(&across)) || (0.60..0.70).contains(&down);
        if is_other && (x / 14 + y / 18) % 2 == 0 {
            *pixel = Rgb([30, 40, 50]);
        }
    }
    let found = align(&Photo::new(&cut(&other, &off([(0.01, 0.0); 4]))), &thumbnail(&reference)).unwrap();
    assert!(found.title < same.title - 0.2 && found.weakest < same.weakest - 0.3, "{found:?}");
    assert!(found.artwork > 0.8, "{found:?}");
}

#[test]
fn glare_takes_patches_away_but_not_the_score() {
    let reference = card(3);
    let mut photo = cut(&reference, &off([(0.0, 0.0); 4]));
    for y in 0..200 {
        for x in 100..350 {
            photo.put_pixel(x, y, Rgb([255, 255, 255]));
        }
    }
    let found = align(&Photo::new(&photo), &thumbnail(&reference)).unwrap();
    assert!(found.score > 0.8 && found.patches < 80, "{found:?}");
}

#[test]
fn hopeless_input_gives_none() {
    let photo = Photo::new(&card(1));
    assert_eq!(align(&photo, &[0; 10]), None);
    assert_eq!(align(&photo, &vec![77; 180 * 252]), None);
    for (w, h) in [(0, 0), (1, 1), (3, 900)] {
        assert_eq!(align(&Photo::new(&RgbImage::new(w, h)), &thumbnail(&card(1))), None);
    }
}
