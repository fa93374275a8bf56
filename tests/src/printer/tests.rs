use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Mean difference of two pictures' middles, in 8-bit steps.
fn difference(a: &RgbImage, b: &RgbImage) -> f64 {
    let (w, h) = a.dimensions();
    let middle = (w / 5..w * 4 / 5).flat_map(|x| (h / 5..h * 2 / 5).map(move |y| (x, y)));
    let (sum, count) = middle.fold((0.0, 0.0), |(sum, count), (x, y)| {
        let (p, q) = (a.get_pixel(x, y).0, b.get_pixel(x, y).0);
        (sum + (0..3).map(|c| f64::from(p[c].abs_diff(q[c]))).sum::<f64>() / 3.0, count + 1.0)
    });
    sum / count
}

#[test]
fn the_game_has_every_peculiarity_of_real_ones() {
    let press = Press::new(1).unwrap();
    let (game, ids) = (&press.game, press.card_ids());
    assert!(ids.len() >= 120, "only {} cards", ids.len());
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "an identifier stands twice");
    let listed: Vec<&Printing> = game.listed().collect();
    assert!(listed.iter().map(|p| p.set).collect::<BTreeSet<_>>().len() >= 3);
    let mut sets_of_design: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for printing in listed.iter().filter(|p| !p.other_art) {
        sets_of_design.entry(printing.design).or_default().insert(printing.set);
    }
    let reprints = sets_of_design.values().filter(|sets| sets.len() > 1).count();
    assert!(reprints >= 10, "only {reprints} reprints with the same artwork");
    let printed = |wanted: &dyn Fn(&str) -> bool| listed.iter().filter(|p| wanted(&p.printed)).count();
    assert!(printed(&|n| n.starts_with("CMP")) >= 5, "promos have letters in their number");
    assert!(printed(&|n| n.starts_with("TG")) >= 5, "a gallery has letters in number and total");
    assert_eq!(printed(&|n| n == "12a/60"), 1);
    assert!(printed(&|n| n.starts_with("007/")) == 1, "some set pads its numbers");
    let beyond =
        |n: &str| n.split_once('/').and_then(|(a, b)| Some(a.parse::<u32>().ok()? > b.parse().ok()?)) == Some(true);
    assert!(printed(&beyond) >= 2, "some numbers lie beyond the total");
    let finishes: BTreeSet<&str> = listed.iter().flat_map(|p| &p.finishes).map(|f| f.as_str()).collect();
    assert_eq!(finishes.len(), 3);
    let names: Vec<&str> = listed.iter().map(|p| game.designs[p.design].name.as_str()).collect();
    for part in [" ex", " V", " δ", "'", "é", "û", "Ñ"] {
        assert!(names.iter().any(|name| name.contains(part)), "no name with {part:?}");
    }
    assert!(listed.iter().map(|p| p.frame as u8).collect::<BTreeSet<_>>().len() >= 3, "there are too few layouts");
}

#[test]
fn the_catalogue_and_the_pictures_belong_together() {
    let folder = tempfile::tempdir().unwrap();
    let options = PrintOptions { seed: 1, sets: vec!["lf4".to_owned(), "lfp".to_owned()] };
    let done = print(folder.path(), &options).unwrap();
    let sets = read(&folder.path().join("catalogue/sets/en.json"));
    assert_eq!((done.sets, sets.as_array().unwrap().len()), (2, 2));
    let mut cards = 0;
    for set in sets.as_array().unwrap() {
        let id = set["id"].as_str().unwrap();
        let list = read(&folder.path().join(format!("catalogue/cards/en/{id}.json")));
        assert_eq!(Some(list.as_array().unwrap().len() as u64), set["total"].as_u64());
        for card in list.as_array().unwrap() {
            let picture = image::open(folder.path().join(format!("references/{}.jpg", card["id"].as_str().unwrap())));
            assert_eq!(picture.unwrap().to_rgb8().dimensions(), (layout::WIDTH, layout::HEIGHT));
            assert!(!card["name"].as_str().unwrap().is_empty() && !card["number"].as_str().unwrap().is_empty());
            cards += 1;
        }
    }
    assert_eq!(done.cards, cards);
    assert_eq!(fs::read_dir(folder.path().join("variants")).unwrap().count(), done.variants);
    assert_eq!(fs::read_dir(folder.path().join("negatives")).unwrap().count(), done.negatives);
}

#[test]
fn the_same_seed_prints_the_same_card_and_another_seed_another() {
    let card = |seed| Press::new(seed).unwrap().card("lf1-3", Finish::Normal).unwrap();
    let first = card(1);
    assert!(first == card(1));
    assert!(first != card(2));
}

#[test]
fn reprints_share_the_artwork_and_other_cards_do_not() {
    let press = Press::new(1).unwrap();
    let game = &press.game;
    let plain = |p: &&Printing| !p.other_art && !p.stamped && p.frame == sets::Frame::Modern;
    let modern: Vec<&Printing> = game.listed().filter(plain).collect();
    let (first, second) = modern
        .iter()
        .find_map(|a| Some((*a, *modern.iter().find(|b| b.design == a.design && b.set != a.set)?)))
        .expect("a design stands in two modern sets");
    let other = modern.iter().find(|p| p.design != first.design).unwrap();
    let [a, b, c] = [first, second, other].map(|p| press.face(p, Finish::Normal));
    assert!(difference(&a, &b) < 4.0, "{} and {}: {}", first.id, second.id, difference(&a, &b));
    assert!(difference(&a, &c) > 20.0, "{} and {}: {}", first.id, other.id, difference(&a, &c));
}

#[test]
fn an_unknown_set_or_card_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let options = PrintOptions { seed: 1, sets: vec!["lf9".to_owned()] };
    assert!(matches!(print(folder.path(), &options), Err(PrinterError::UnknownSet(_))));
    let press = Press::new(1).unwrap();
    assert!(matches!(press.card("lf1-2", Finish::Holo), Err(PrinterError::UnknownCard { .. })));
    assert_eq!(press.printed_number("lf4-7"), Some("007/018"));
}
