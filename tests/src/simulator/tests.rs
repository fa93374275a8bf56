use image::{Rgb as Pixel, RgbImage};

use super::*;
use crate::printer::dice::Dice;

/// A card whose four corners have colours of their own: red, green, blue, yellow from the top left clockwise.
fn chequered() -> Model {
    let picture = RgbImage::from_fn(300, 419, |x, y| match (x < 150, y < 210) {
        (true, true) => Pixel([220, 20, 20]),
        (false, true) => Pixel([20, 200, 20]),
        (false, false) => Pixel([20, 20, 220]),
        (true, false) => Pixel([210, 210, 20]),
    });
    Model { picture, finish: Finish::Normal }
}

fn take(count: usize, arrangement: Arrangement, level: Level, seed: u64) -> (Photo, RgbImage) {
    let models = vec![chequered(); count];
    let photo = photograph(&models, arrangement, level, seed).unwrap();
    let picture = image::load_from_memory(&photo.jpeg).unwrap().to_rgb8();
    assert_eq!(picture.dimensions(), (photo.width, photo.height));
    (photo, picture)
}

/// Which of the four colours a pixel is nearest to, after white balance and shade.
fn corner_of(pixel: Pixel<u8>) -> usize {
    let [r, g, b] = pixel.0.map(i32::from);
    match (r > b + 25, g > b + 25) {
        (true, true) if r * 2 > g && g * 2 > r => 3,
        (false, false) => 2,
        _ if r > g => 0,
        _ => 1,
    }
}

#[test]
fn labels_say_exactly_where_each_corner_of_each_card_lies() {
    for (arrangement, level, seed) in [
        (Arrangement::Single, Level::Station, 1),
        (Arrangement::Single, Level::Phone, 2),
        (Arrangement::Pair, Level::Station, 3),
        (Arrangement::Scattered, Level::Station, 4),
        (Arrangement::Scattered, Level::Phone, 5),
        (Arrangement::Page, Level::Station, 6),
    ] {
        let (photo, picture) = take(arrangement.cards().0 as usize, arrangement, level, seed);
        for placed in &photo.cards {
            let c = placed.quad.corners;
            let middle = (c.iter().map(|p| p.x).sum::<f32>() / 4.0, c.iter().map(|p| p.y).sum::<f32>() / 4.0);
            for (nth, corner) in c.iter().enumerate() {
                // A tenth of the way from the corner to the middle of the card.
                let (x, y) = (corner.x + (middle.0 - corner.x) * 0.1, corner.y + (middle.1 - corner.y) * 0.1);
                let pixel = picture.get_pixel((x * photo.width as f32) as u32, (y * photo.height as f32) as u32);
                assert_eq!(corner_of(*pixel), nth, "{arrangement} {level}: corner {nth} is {pixel:?}");
            }
        }
    }
}

#[test]
fn every_card_lies_wholly_in_the_photo() {
    for level in Level::ALL {
        for arrangement in Arrangement::ALL {
            for seed in 0..20 {
                let mut dice = Dice::new(seed, "photo");
                let count = arrangement.cards().1 as usize;
                let placements = arrange::lay(arrangement, count, level.range(), &mut dice);
                let frame = Frame::new(&placements, arrangement, level.range(), &mut dice);
                assert!(f64::from(frame.width.max(frame.height)) <= MOST_PX + 1.0);
                for corner in placements.iter().flat_map(arrange::outline) {
                    let (x, y) = frame.camera.apply(corner);
                    let inside = x > 0.0 && y > 0.0 && x < f64::from(frame.width) && y < f64::from(frame.height);
                    assert!(inside, "{arrangement} {level} {seed}: {x}, {y}");
                }
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let bytes = |seed| take(1, Arrangement::Single, Level::Hard, seed).0.jpeg;
    let first = bytes(7);
    assert!(first == bytes(7), "the same seed gave two photos");
    assert!(first != bytes(8), "two seeds gave the same photo");
}

#[test]
fn harder_levels_tilt_more_and_show_less_of_the_card() {
    let widest = |level: Level| {
        let (photo, _) = take(1, Arrangement::Single, level, 3);
        let [a, b, ..] = photo.cards[0].quad.corners;
        ((a.x - b.x) * photo.width as f32).hypot((a.y - b.y) * photo.height as f32)
    };
    let [station, phone, hard] = Level::ALL.map(widest);
    assert!(station > hard && phone > hard, "{station} {phone} {hard}");
}

#[test]
fn an_empty_table_has_no_cards() {
    let (photo, _) = take(0, Arrangement::Single, Level::Phone, 1);
    assert!(photo.cards.is_empty() && photo.width > 200);
}

#[test]
fn an_album_labels_cards_negatives_and_the_empty_table() {
    let folder = tempfile::tempdir().unwrap();
    for (name, file) in
        [("references", "a-1.png"), ("references", "a-2.png"), ("references", "b-1.png"), ("negatives", "back.png")]
    {
        std::fs::create_dir_all(folder.path().join(name)).unwrap();
        chequered().picture.save(folder.path().join(name).join(file)).unwrap();
    }
    let listed = ["a-1", "a-2"].map(str::to_owned).into();
    let album = Album::of_references(&folder.path().join("references"), Some(&listed), 1)
        .unwrap()
        .with_negatives(&folder.path().join("negatives"))
        .unwrap();
    let mut shots = album.plan(3, Some(Arrangement::Pair), Level::Station, 1);
    shots.extend(album.plan_negatives(3, Level::Station, 1));
    let out = folder.path().join("out");
    assert_eq!(develop(&shots, &out).unwrap(), 9);
    let labels = read_labels(&out.join("labels.csv")).unwrap();
    let ids: Vec<&str> = labels.iter().map(|label| label.card_id.as_str()).collect();
    assert_eq!(ids.iter().filter(|id| id.starts_with("a-")).count(), 6);
    let mut kinds: Vec<&str> = labels.iter().filter(|l| l.card_id.is_empty()).map(|l| l.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["back", "empty", "unlisted"]);
    for label in &labels {
        assert!(out.join("photos").join(&label.image).is_file(), "{label:?}");
        assert_eq!(label.bbox.is_empty(), label.kind == "empty");
    }
}

#[test]
fn an_empty_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = Album::of_references(folder.path(), None, 1).unwrap_err();
    assert!(refused.to_string().ends_with("holds no pictures named CARD_ID.jpg or CARD_ID.png"), "{refused}");
}
