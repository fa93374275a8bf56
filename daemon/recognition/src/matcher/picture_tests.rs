use cardmint_domain::identification::Feature;
use cardmint_domain::reading::{NumberReading, RectifiedImage};
use cardmint_domain::{CardReading, Identification, PrintingId, Recommendation, ReviewReason, ScanId};
use image::{Rgb, RgbImage, imageops};

use super::{Catalogue, Matcher};
use crate::index::{Entry, PictureIndex, Thumbnails, entry};
use crate::params::Params;
use crate::strip::StripReader;
use crate::testing::{CREATURES, best, card, codes, number, printing, set};

const WIDTH: u32 = 360;
const HEIGHT: u32 = 504;

/// A generator whose numbers depend on the seed alone.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap() % limit
    }
}

fn fill(picture: &mut RgbImage, (x, y): (u32, u32), (width, height): (u32, u32), colour: Rgb<u8>) {
    for py in y..(y + height).min(HEIGHT) {
        for px in x..(x + width).min(WIDTH) {
            picture.put_pixel(px, py, colour);
        }
    }
}

/// A card: a frame, a title, an artwork of coloured rectangles, and words as dark bars, each from a seed of its own.
fn draw(artwork: u64, words: u64) -> RgbImage {
    let mut picture = RgbImage::from_pixel(WIDTH, HEIGHT, Rgb([224, 206, 120]));
    fill(&mut picture, (24, 56), (312, 214), Rgb([150, 180, 150]));
    fill(&mut picture, (24, 284), (312, 190), Rgb([244, 240, 226]));
    let mut dice = Dice(artwork.wrapping_mul(7919) + 1);
    for _ in 0..90 {
        let at = (30 + dice.below(270), 60 + dice.below(180));
        let size = (8 + dice.below(50), 6 + dice.below(34));
        let colour = Rgb([0; 3].map(|_: u8| u8::try_from(dice.below(256)).unwrap()));
        let size = (size.0.min(334 - at.0), size.1.min(268 - at.1));
        fill(&mut picture, at, size, colour);
    }
    let mut dice = Dice(words.wrapping_mul(104_729) + 3);
    let mut x = 48;
    while x < 220 {
        let width = 3 + dice.below(9);
        fill(&mut picture, (x, 16 + dice.below(8)), (width, 14 + dice.below(8)), Rgb([30, 26, 24]));
        x += width + 3 + dice.below(6);
    }
    for line in 0..13 {
        let mut x = 32;
        while x < 300 {
            let length = 5 + dice.below(30);
            for stroke in (0..length).step_by(3) {
                let height = 5 + dice.below(5);
                fill(&mut picture, (x + stroke, 290 + line * 14), (2, height), Rgb([30, 26, 24]));
            }
            x += length + 5 + dice.below(9);
        }
    }
    picture
}

struct InMemory(Vec<Entry>);

impl Thumbnails for InMemory {
    fn thumbnail(&self, slot: usize) -> Option<Vec<u8>> {
        self.0.get(slot).map(|entry| entry.thumbnail.clone())
    }
}

/// Eight creatures with pictures in `dawn`; the first again in `dusk`, with the same picture; the second again in
/// `dusk`, with an artwork of its own; the third again in `dusk`, without a reference. And the back of them all.
fn matcher() -> Matcher {
    let mut printings: Vec<_> = (1..)
        .zip(CREATURES)
        .map(|(number, (name, artist, attack))| printing("dawn", &number.to_string(), name, Some(artist), &[attack]))
        .collect();
    for (number, creature) in (31..).zip(&CREATURES[..3]) {
        printings.push(printing("dusk", &number.to_string(), creature.0, Some(creature.1), &[creature.2]));
    }
    let mut entries: Vec<Entry> =
        (1..=8).map(|seed| entry(PrintingId::new(format!("dawn-{seed}")), &draw(seed, seed), [0; 32])).collect();
    entries.push(entry(PrintingId::new("dusk-31"), &draw(1, 1), [0; 32]));
    entries.push(entry(PrintingId::new("dusk-32"), &draw(52, 2), [0; 32]));
    entries.push(entry(PrintingId::new("back"), &draw(77, 78), [0; 32]));
    let index = PictureIndex::from_entries(&entries);
    let sets = vec![set("dawn", 8), set("dusk", 40)];
    let catalogue = Catalogue { printings, sets, digest: "invented".to_owned() };
    Matcher::new(catalogue, Some((index, Box::new(InMemory(entries)))), StripReader::new().unwrap(), Params::default())
}

fn photo(picture: &RgbImage, numbers: Vec<NumberReading>) -> CardReading {
    // A photo is never the reference itself: softer, and darker on one side.
    let soft = imageops::blur(picture, 0.8);
    let shaded = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let light = 0.75 + 0.25 * x as f32 / WIDTH as f32;
        Rgb(soft.get_pixel(x, y).0.map(|v| (f32::from(v) * light) as u8))
    });
    let image = RectifiedImage { width: WIDTH, height: HEIGHT, rgb: shaded.into_raw() };
    // Too small for its number: larger ones need a word of it.
    CardReading { image, source_width_px: 400.0, numbers, ..card(Vec::new()) }
}

fn identify(picture: &RgbImage, numbers: Vec<NumberReading>) -> Identification {
    matcher().identify(ScanId::new("scan"), &photo(picture, numbers))
}

#[test]
fn a_picture_alone_names_its_printing_either_way_up() {
    for seed in 4..=8 {
        for picture in [draw(seed, seed), imageops::rotate180(&draw(seed, seed))] {
            let answer = identify(&picture, Vec::new());
            assert_eq!(best(&answer), format!("dawn-{seed}"));
            assert!(answer.recommendation.is_accept(), "{}", answer.sentence);
        }
    }
}

/// The same card with other bottom lines: a print that the catalogue lacks, or has no reference of.
fn reprinted(mut picture: RgbImage) -> RgbImage {
    fill(&mut picture, (14, 452), (332, 40), Rgb([244, 240, 226]));
    let mut dice = Dice(77);
    for _ in 0..160 {
        let at = (16 + dice.below(320), 453 + dice.below(30));
        fill(&mut picture, at, (2, 5), Rgb([30, 26, 24]));
    }
    picture
}

#[test]
fn a_large_picture_with_its_own_imprint_needs_no_number() {
    let card = CardReading { source_width_px: 700.0, ..photo(&draw(4, 4), Vec::new()) };
    let answer = matcher().identify(ScanId::new("scan"), &card);
    assert_eq!(best(&answer), "dawn-4");
    assert!(answer.recommendation.is_accept(), "{}", answer.sentence);
}

#[test]
fn a_card_too_small_for_figures_shows_no_imprint() {
    for (source_width_px, is_seen) in [(239.0, false), (0.0, false), (f32::NAN, false), (240.0, true)] {
        let card = CardReading { source_width_px, ..photo(&draw(4, 4), Vec::new()) };
        let answer = matcher().identify(ScanId::new("scan"), &card);
        let picture = answer.best().unwrap().evidence.picture.unwrap();
        assert_eq!(picture.imprint.is_some(), is_seen, "{source_width_px}");
    }
}

#[test]
fn a_large_picture_without_a_word_of_its_number_goes_before_a_person() {
    let large = |numbers| CardReading { source_width_px: 700.0, ..photo(&reprinted(draw(4, 4)), numbers) };
    let hint = NumberReading { text: "6/8".to_owned(), probability: 0.3 };
    let answer = matcher().identify(ScanId::new("scan"), &large(vec![hint]));
    assert_eq!(best(&answer), "dawn-4");
    assert_eq!(codes(&answer), ["low_confidence"], "{}", answer.sentence);
    let silent = matcher().identify(ScanId::new("scan"), &large(Vec::new()));
    assert_eq!(codes(&silent), ["low_confidence"], "{}", silent.sentence);
}

#[test]
fn a_back_is_told_whichever_way_up_and_its_text_need_not_be_read() {
    let matcher = matcher();
    for picture in [draw(77, 78), imageops::rotate180(&draw(77, 78))] {
        let mut back = photo(&picture, Vec::new());
        assert!(matcher.inspect(&mut back).glance().is_sure);
        let answer = matcher.identify(ScanId::new("scan"), &back);
        assert_eq!((codes(&answer), answer.best()), (vec!["card_back"], None), "{}", answer.sentence);
        assert!(answer.sentence.contains("the back of a card"), "{}", answer.sentence);
    }
    let face = matcher.identify(ScanId::new("scan"), &photo(&draw(3, 3), Vec::new()));
    assert!(!codes(&face).contains(&"card_back"));
}

#[test]
fn the_artwork_of_a_reference_with_other_words_is_another_language() {
    for seed in 4..=8 {
        let answer = identify(&draw(seed, seed + 300), Vec::new());
        assert_eq!(best(&answer), format!("dawn-{seed}"));
        assert!(codes(&answer).contains(&"language"), "{}", answer.sentence);
    }
}

#[test]
fn an_artwork_that_no_reference_shows_is_refused() {
    for seed in 100..106 {
        let answer = identify(&draw(seed, seed), Vec::new());
        assert!(codes(&answer).contains(&"no_candidate"), "{}", answer.sentence);
    }
}

#[test]
fn reprints_of_one_artwork_need_their_number() {
    let answer = identify(&draw(1, 1), Vec::new());
    assert!(codes(&answer).contains(&"twins"), "{}", answer.sentence);
    for (read, expected) in [("1/8", "dawn-1"), ("31/40", "dusk-31")] {
        let answer = identify(&draw(1, 1), number(read));
        assert_eq!(best(&answer), expected);
        assert!(answer.recommendation.is_accept(), "{}", answer.sentence);
    }
}

/// Two sets of five cards with the same pictures and texts; every card of each bears the mark of its set.
fn marked_matcher() -> Matcher {
    let reprint = |set: &str, at: usize, (name, artist, attack): (&str, &str, &str)| {
        printing(set, &(at + 1).to_string(), name, Some(artist), &[attack])
    };
    let creatures = || CREATURES.into_iter().take(5).enumerate();
    let printings: Vec<_> =
        ["dawn", "dusk"].iter().flat_map(|set| creatures().map(|(at, creature)| reprint(set, at, creature))).collect();
    let entries: Vec<Entry> = ["dawn", "dusk"]
        .iter()
        .flat_map(|set| (1..=5).map(move |seed| (set, seed)))
        .map(|(set, seed)| entry(PrintingId::new(format!("{set}-{seed}")), &marked(seed, Some(set)), [0; 32]))
        .collect();
    let index = PictureIndex::from_entries(&entries);
    let sets = vec![set("dawn", 5), set("dusk", 5)];
    let catalogue = Catalogue { printings, sets, digest: "invented".to_owned() };
    Matcher::new(catalogue, Some((index, Box::new(InMemory(entries)))), StripReader::new().unwrap(), Params::default())
}

/// A card with its set's mark below the picture: a square, or two bars.
fn marked(seed: u64, set: Option<&str>) -> RgbImage {
    let mut picture = draw(seed, seed);
    fill(&mut picture, (300, 270), (44, 29), Rgb([224, 206, 120]));
    let ink = Rgb([30, 26, 24]);
    match set {
        Some("dawn") => fill(&mut picture, (314, 276), (16, 16), ink),
        Some(_) => {
            fill(&mut picture, (308, 275), (6, 19), ink);
            fill(&mut picture, (330, 275), (6, 19), ink);
        }
        None => {}
    }
    picture
}

#[test]
fn reprints_of_one_artwork_are_told_apart_by_the_symbol_of_their_set() {
    let matcher = marked_matcher();
    let identify = |picture: &RgbImage| matcher.identify(ScanId::new("scan"), &photo(picture, Vec::new()));
    for set in ["dawn", "dusk"] {
        for seed in 1..=5 {
            let answer = identify(&marked(seed, Some(set)));
            assert_eq!(best(&answer), format!("{set}-{seed}"));
            assert!(answer.recommendation.is_accept(), "{}", answer.sentence);
            assert!(answer.sentence.contains("its set's symbol is there"), "{}", answer.sentence);
        }
    }
    let without = identify(&marked(3, None));
    assert!(!without.recommendation.is_accept(), "{}", without.sentence);
}

#[test]
fn reprints_with_artworks_of_their_own_are_told_apart_by_them() {
    for (artwork, expected) in [(2, "dawn-2"), (52, "dusk-32")] {
        let answer = identify(&draw(artwork, 2), Vec::new());
        assert_eq!(best(&answer), expected);
        assert!(answer.recommendation.is_accept(), "{}", answer.sentence);
    }
}

#[test]
fn a_reprint_without_a_reference_cannot_be_ruled_out() {
    let answer = identify(&reprinted(draw(3, 3)), Vec::new());
    let Recommendation::Review { reasons } = &answer.recommendation else { panic!("{}", answer.sentence) };
    let unseen = PrintingId::new("dusk-33");
    assert!(
        reasons.iter().any(|r| matches!(r, ReviewReason::Twins { among, decided_by } if among.contains(&unseen) && decided_by.iter().any(|mark| mark.feature == Feature::Number))),
        "{reasons:?}"
    );
}

#[test]
fn its_number_names_a_reprint_without_a_reference_whose_artwork_another_set_shows() {
    for (read, expected) in [("3/8", "dawn-3"), ("33/40", "dusk-33")] {
        let answer = identify(&reprinted(draw(3, 3)), number(read));
        assert_eq!(best(&answer), expected, "{}", answer.sentence);
    }
}

#[test]
fn a_number_that_the_catalogue_lacks_blocks_a_perfect_picture() {
    let answer = identify(&draw(4, 4), number("17/99"));
    assert!(codes(&answer).contains(&"contradiction"), "{}", answer.sentence);
}

#[test]
fn a_glance_turns_a_card_upright_that_a_reference_shows() {
    for (picture, is_sure) in [(draw(4, 4), true), (reprinted(draw(4, 4)), false)] {
        let upright = photo(&picture, Vec::new());
        let mut card = upright.clone();
        card.turn();
        let glance = matcher().inspect(&mut card).glance();
        assert!(glance.is_upright, "{glance:?}");
        assert_eq!(glance.is_sure, is_sure, "its own imprint, and another one");
        assert_eq!((card.quad, card.image), (upright.quad, upright.image));
    }
}

#[test]
fn a_card_that_was_looked_at_is_named_as_one_that_was_not() {
    let (matcher, mut card) = (matcher(), photo(&draw(5, 5), Vec::new()));
    card.turn();
    matcher.inspect(&mut card).glance();
    let remembered = matcher.identify(ScanId::new("scan"), &card);
    assert_eq!(remembered, self::matcher().identify(ScanId::new("scan"), &card));
    assert_eq!(best(&remembered), "dawn-5");
}

#[test]
fn a_glance_leaves_a_card_as_it_lies_that_nothing_is_known_of() {
    let unknown = photo(&draw(104, 104), number("4/8"));
    let mut card = unknown.clone();
    let glance = matcher().inspect(&mut card).glance();
    assert!(!glance.is_upright && !glance.is_sure, "{glance:?}");
    assert_eq!((card.quad, card.image), (unknown.quad, unknown.image));
    assert!(card.numbers.is_empty(), "what was there before was not read on it");
}

#[test]
fn the_same_card_gets_the_same_answer() {
    let (matcher, card) = (matcher(), photo(&draw(5, 5), number("5/8")));
    let answer = || matcher.identify(ScanId::new("scan"), &card);
    assert_eq!(answer(), answer());
}

#[test]
fn pictures_that_are_none_do_not_disturb() {
    let broken = [
        RectifiedImage { width: 400, height: 560, rgb: vec![0; 7] },
        RectifiedImage { width: 1, height: 1, rgb: vec![0; 3] },
        RectifiedImage { width: 64, height: 90, rgb: vec![0; 64 * 90 * 3] },
    ];
    for image in broken {
        let card = CardReading { image, ..card(Vec::new()) };
        assert!(!matcher().identify(ScanId::new("scan"), &card).recommendation.is_accept());
    }
}
