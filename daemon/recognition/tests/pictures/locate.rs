//! Cards are found where they were laid, at any angle, alone and in company.

use crate::drawing::{card, corner_error, lay, lying, noise, seen, table};
use cardmint_domain::Quad;
use cardmint_recognition::geometry::Pt;
use cardmint_recognition::locate::{LocateParams, Outline, locate};
use image::{Rgb, RgbImage};

fn find(picture: &RgbImage) -> Vec<Outline> {
    locate(picture, &LocateParams::default())
}

/// Every card laid was found within `most` of its width, in the order given, and nothing else.
fn assert_found(picture: &RgbImage, laid: &[[Pt; 4]], most: f64) {
    let found = find(picture);
    assert_eq!(found.len(), laid.len(), "{found:?}");
    for (truth, outline) in laid.iter().zip(&found) {
        let error = corner_error(truth, &outline.quad, picture);
        assert!(error < most, "off by {error:.4}: {outline:?}, laid at {truth:?}");
        assert!(outline.quality > 0.5 && outline.quality <= 1.0, "{outline:?}");
    }
}

#[test]
fn one_card_at_any_angle_is_found_to_half_a_percent() {
    for (seed, degrees) in (0..12).map(|i| (i, 31.0 * i as f64)) {
        let mut picture = table(900, 800, [70, 90, 80], seed);
        let corners = lying((440.0, 410.0), 340.0, degrees);
        lay(&mut picture, &card(seed), &corners);
        noise(&mut picture, 6.0, seed);
        assert_found(&picture, &[corners], 0.005);
    }
}

#[test]
fn a_card_seen_at_a_slant_is_found() {
    for (seed, tilt) in (20..).zip([(12.0, 0.0), (0.0, -15.0), (-10.0, 10.0)]) {
        for turn in [0.0, 90.0, 180.0, 270.0] {
            let mut picture = table(1000, 1000, [180, 170, 160], seed);
            let corners = seen((500.0, 490.0), 420.0, turn + 7.0, tilt, 1000.0);
            lay(&mut picture, &card(seed), &corners);
            assert_found(&picture, &[corners], 0.006);
        }
    }
}

#[test]
fn the_first_side_is_a_short_one_whichever_way_the_card_lies() {
    for turn in [0.0, 90.0, 180.0, 270.0] {
        let mut picture = table(900, 900, [40, 40, 60], 3);
        lay(&mut picture, &card(3), &lying((450.0, 450.0), 400.0, turn));
        let [outline] = find(&picture)[..] else { panic!("one card") };
        let [a, b, c, _] = outline.quad.corners;
        assert!((a.x - b.x).hypot(a.y - b.y) < 0.8 * (b.x - c.x).hypot(b.y - c.y), "{outline:?}");
        assert!((outline.source_width_px - 400.0).abs() < 3.0, "{outline:?}");
    }
}

#[test]
fn several_cards_on_a_table_come_in_reading_order() {
    let mut picture = table(1400, 1200, [120, 85, 60], 4);
    let laid = [
        lying((330.0, 320.0), 300.0, 8.0),
        lying((1020.0, 330.0), 300.0, -15.0),
        lying((350.0, 880.0), 300.0, 95.0),
        lying((1010.0, 890.0), 300.0, 175.0),
    ];
    for (seed, corners) in (40..).zip(&laid) {
        lay(&mut picture, &card(seed), corners);
    }
    noise(&mut picture, 6.0, 4);
    assert_found(&picture, &laid, 0.01);
}

#[test]
fn a_page_of_nine_is_nine_cards_not_one() {
    let mut picture = table(1050, 1400, [30, 30, 35], 5);
    let mut laid = Vec::new();
    for i in 0..9u32 {
        let middle = (195.0 + 330.0 * f64::from(i % 3), 240.0 + 460.0 * f64::from(i / 3));
        let corners = lying(middle, 300.0, 0.7);
        lay(&mut picture, &card(60 + u64::from(i)), &corners);
        laid.push(corners);
    }
    assert_found(&picture, &laid, 0.01);
}

#[test]
fn a_card_that_only_colour_shows_is_found_beside_one_that_lightness_shows() {
    // Lab lightness 50 both.
    let (gray, red) = ([119, 119, 119], [206, 71, 71]);
    let mut picture = table(1000, 700, gray, 9);
    let laid = [lying((250.0, 350.0), 340.0, 3.0), lying((740.0, 350.0), 340.0, -4.0)];
    lay(&mut picture, &card(9), &laid[0]);
    lay(&mut picture, &RgbImage::from_pixel(630, 880, Rgb(red)), &laid[1]);
    assert_found(&picture, &laid, 0.01);
}

#[test]
fn a_large_photo_is_located_like_its_small_copy() {
    let mut picture = table(3000, 2400, [90, 110, 140], 6);
    let corners = lying((1500.0, 1200.0), 1100.0, 12.0);
    lay(&mut picture, &card(6), &corners);
    assert_found(&picture, &[corners], 0.003);
}

#[test]
fn an_empty_table_has_no_cards() {
    assert_eq!(find(&table(900, 500, [90, 110, 140], 7)), []);
}

#[test]
fn a_picture_that_is_just_the_card_is_one_of_low_quality() {
    let smooth = RgbImage::from_fn(360, 503, |x, y| Rgb([(x / 3) as u8, (y / 4) as u8, 90]));
    let [outline] = find(&smooth)[..] else { panic!("one card") };
    assert_eq!(outline.quad, Quad::WHOLE);
    assert!(outline.quality < 0.3);
    let sideways = RgbImage::from_fn(503, 360, |x, y| Rgb([(x / 4) as u8, (y / 3) as u8, 90]));
    assert_eq!(find(&sideways)[0].quad, Quad::WHOLE.turned(1));
    assert_eq!(find(&RgbImage::new(500, 100)), []);
}

#[test]
fn limits_are_kept() {
    let mut picture = table(1000, 600, [60, 90, 60], 8);
    for (x, seed) in [(180.0, 1), (500.0, 2), (820.0, 3)] {
        lay(&mut picture, &card(seed), &lying((x, 300.0), 250.0, 3.0));
    }
    assert_eq!(find(&picture).len(), 3);
    assert_eq!(locate(&picture, &LocateParams { max_cards: 2, ..LocateParams::default() }).len(), 2);
    assert_eq!(locate(&picture, &LocateParams { max_cards: 0, ..LocateParams::default() }).len(), 0);
    assert_eq!(find(&picture), find(&picture));
}

#[test]
fn odd_sizes_are_survived() {
    for (w, h) in [(0, 0), (1, 1), (1, 900), (5000, 3), (49, 48), (60, 4000), (64, 64)] {
        let mut picture = table(w, h, [128, 128, 128], 9);
        noise(&mut picture, 120.0, 9);
        assert!(find(&picture).len() <= 32, "{w}x{h}");
    }
}
