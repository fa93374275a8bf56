//! Measures how well collector numbers are read on photos of fanned-out cards, of which only the bottom strips show.
//!
//! `cargo run --release -p cardmint-recognition --example measure_strips [WEIGHTS]`, with the folder of real data in
//! `CARDMINT_REAL_DATA`: `strips.csv` and `strips/`. The photo is read at several sizes, for it does not say how large its
//! cards are; the two sizes at which most is read count, and a number is believed where they give it a mean probability of
//! one half. Prints how many numbers are read right, wrong and not at all.

// A measurement that cannot go on has nothing to say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use cardmint_domain::CollectorNumber;
use cardmint_recognition::strip::net::{ROW_STEP, STRIDE};
use cardmint_recognition::strip::view::CARD_WIDTH_PX;
use cardmint_recognition::strip::{Net, StripReader};
use image::GrayImage;
use image::imageops::{FilterType, resize};

/// Shares of the photo's width that a card may take.
const SHARES: [f32; 4] = [0.9, 0.75, 0.6, 0.5];
/// Lines this near are one, in fractions of the photo's height and width.
const SAME: (f32, f32) = (0.012, 0.08);
/// Mean probability from which a number is believed.
const BELIEVED: f32 = 0.5;

/// A line that reads like a number, with what it may read.
struct Line {
    x: f32,
    y: f32,
    texts: BTreeMap<String, f32>,
}

fn main() {
    let Some(root) = std::env::var_os("CARDMINT_REAL_DATA").map(PathBuf::from) else {
        println!("skipped: CARDMINT_REAL_DATA does not name a folder with real data");
        return;
    };
    let reader = match std::env::args().nth(1) {
        Some(weights) => StripReader::with(Net::from_bytes(&std::fs::read(weights).unwrap()).unwrap()),
        None => StripReader::new().unwrap(),
    };
    let mut truth: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in csv::Reader::from_path(root.join("strips.csv")).unwrap().records().map(Result::unwrap) {
        truth.entry(row[0].to_owned()).or_default().push(row[3].to_owned());
    }
    let (mut right, mut wrong, mut all) = (0, 0, 0);
    for (name, numbers) in truth {
        let photo = image::open(root.join("strips").join(&name)).unwrap().into_luma8();
        let read = believed(&reader, &photo);
        // In the order of the cards: what was read must be a part of what is there.
        let mut rest = numbers.iter();
        let hits = read
            .iter()
            .filter(|text| rest.clone().any(|truth| is(text, truth)) && { rest.by_ref().any(|truth| is(text, truth)) });
        let hits = hits.count();
        println!("{name}: {} of {} right, read {}", hits, numbers.len(), read.join(" "));
        (right, wrong, all) = (right + hits, wrong + read.len() - hits, all + numbers.len());
    }
    println!("{all} strips: right {right}, wrong {wrong}, not read {}", all - right);
}

/// The numbers that are believed, from top to bottom.
fn believed(reader: &StripReader, photo: &GrayImage) -> Vec<String> {
    let mut sizes: Vec<Vec<Line>> = SHARES.iter().map(|share| lines(reader, photo, *share)).collect();
    let sum =
        |lines: &Vec<Line>| lines.iter().map(|line| line.texts.values().copied().fold(0.0, f32::max)).sum::<f32>();
    sizes.sort_by(|a, b| sum(b).total_cmp(&sum(a)));
    sizes.truncate(2);
    let mut joined: Vec<Line> = Vec::new();
    for line in sizes.into_iter().flatten() {
        let known = joined.iter_mut().find(|l| (l.y - line.y).abs() < SAME.0 && (l.x - line.x).abs() < SAME.1);
        match known {
            Some(known) => line.texts.into_iter().for_each(|(text, p)| *known.texts.entry(text).or_default() += p),
            None => joined.push(line),
        }
    }
    joined.sort_by(|a, b| a.y.total_cmp(&b.y));
    let best = |line: &Line| {
        let (text, sum) = line.texts.iter().max_by(|a, b| a.1.total_cmp(b.1))?;
        (sum / 2.0 >= BELIEVED).then(|| text.clone())
    };
    joined.iter().filter_map(best).collect()
}

fn lines(reader: &StripReader, photo: &GrayImage, share: f32) -> Vec<Line> {
    let width = CARD_WIDTH_PX as f32 / share;
    let height = photo.height() as f32 * width / photo.width() as f32;
    let sized = resize(photo, width as u32, height as u32, FilterType::Triangle);
    let line = |line: cardmint_recognition::strip::Line| Line {
        x: (line.columns.0 * STRIDE) as f32 / width,
        y: (line.rows.0 * ROW_STEP) as f32 / height,
        texts: line.readings.iter().fold(BTreeMap::new(), |mut texts, reading| {
            if let Some(text) = repaired(&reading.text) {
                *texts.entry(text).or_default() += reading.probability;
            }
            texts
        }),
    };
    reader.look_everywhere(&sized).lines().into_iter().map(line).collect()
}

/// A number with a total of three figures, letters that look like figures repaired; `None` for anything else.
fn repaired(text: &str) -> Option<String> {
    let (number, total) = text.split_once('/')?;
    let digits = |side: &str| -> Option<String> {
        let digit = |c| match c {
            'O' | 'Q' | 'D' => Some('0'),
            'I' => Some('1'),
            'S' => Some('5'),
            'B' => Some('8'),
            'Z' => Some('2'),
            c => c.is_ascii_digit().then_some(c),
        };
        side.chars().map(digit).collect()
    };
    let (number, total) = (digits(number)?, digits(total)?);
    (number.len() == 3 && total.len() == 3).then(|| format!("{number}/{total}"))
}

fn is(text: &str, truth: &str) -> bool {
    let number = |text: &str| CollectorNumber::parse(text).map(|number| number.normalised()).ok();
    number(text.split('/').next().unwrap_or_default()) == number(truth)
}
