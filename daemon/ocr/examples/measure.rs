//! Measures how much of real cards is read, and at what cost.
//!
//! `cargo run --release -p cardmint-ocr --example measure -- photos|turns [PARAMS [STEP]]`, with parameters as JSON where they
//! are not the default ones, with STEP only every so many-th card, and with the folder of real data in `CARDMINT_REAL_DATA`:
//! `photos.csv` and `photos/` (cards by their boxes), `catalog/pokemon-tcg-data/cards/en/*.json` (what should be read).
//!
//! `photos` prints, by width of the card, the share of the catalogue's words that each pass recalls and all together, and the
//! time. `turns` reads every card both ways up and prints how many end upright; the photos show upright cards.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a tool for developers: it ends where data is missing

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cardmint_domain::reading::{CardReading, Quad};
use cardmint_domain::{CaptureId, Reading};
use cardmint_ocr::{Locate, Located, OcrClient, ReadParams, run_worker};
use image::imageops::{self, FilterType};
use image::{ImageFormat, RgbImage};

/// Takes every picture for a card, brought to the width that the daemon's rectifier gives.
struct Whole;

impl Locate for Whole {
    fn locate(&self, picture: &RgbImage) -> Vec<Located> {
        let width = picture.width().clamp(360, 744);
        let image = imageops::resize(picture, width, width * 88 / 63, FilterType::Triangle);
        vec![Located { quad: Quad::WHOLE, quality: 1.0, source_width_px: picture.width() as f32, image }]
    }
}

/// A card with what should be read on it.
struct Sample {
    picture: RgbImage,
    words: BTreeSet<String>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "ocr-worker") {
        return run_worker(&Whole).unwrap();
    }
    let Some(data) = std::env::var_os("CARDMINT_REAL_DATA").map(PathBuf::from) else {
        println!("skipped: CARDMINT_REAL_DATA names no folder");
        return;
    };
    let params: ReadParams = arguments.get(1).map(|json| serde_json::from_str(json).unwrap()).unwrap_or_default();
    let step = arguments.get(2).map_or(1, |step| step.parse().unwrap());
    let some = |samples: Vec<Sample>| samples.into_iter().step_by(step).collect::<Vec<_>>();
    match arguments.first().map(String::as_str) {
        Some("photos") => measure_photos(&some(photos(&data)), &params),
        Some("turns") => measure_turns(&some(photos(&data)), &params),
        _ => println!("usage: measure photos|turns [PARAMS [STEP]]"),
    }
}

fn read(client: &mut OcrClient, sample: &Sample) -> Reading {
    let mut bytes = std::io::Cursor::new(Vec::new());
    sample.picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    let (capture, patience) = (CaptureId::new("sample"), Duration::from_secs(60));
    let mut reading = client.find(&capture, bytes.get_ref(), patience).unwrap();
    for card in &mut reading.cards {
        let begun = Instant::now();
        for pass in client.passes(card.source_width_px) {
            let words = client.text(&capture, &card.image, pass > 0, pass, patience).unwrap();
            card.text.extend(words.text);
            if words.is_turned {
                card.turn();
            }
        }
        reading.timings_ms.push(("text".to_owned(), begun.elapsed().as_secs_f64() * 1000.0));
    }
    reading
}

fn start(params: &ReadParams) -> OcrClient {
    OcrClient::start(&std::env::current_exe().unwrap(), params).unwrap()
}

/// Sums over the cards of one width.
#[derive(Default)]
struct Sums {
    cards: usize,
    recall: BTreeMap<String, f64>,
    turned: usize,
    millis: BTreeMap<String, f64>,
}

fn measure_photos(samples: &[Sample], params: &ReadParams) {
    let mut client = start(params);
    let mut by_width: BTreeMap<&str, Sums> = BTreeMap::new();
    for sample in samples {
        let reading = read(&mut client, sample);
        let card = &reading.cards[0];
        let sums = by_width.entry(width_class(sample.picture.width())).or_default();
        sums.cards += 1;
        sums.turned += usize::from(card.quad != Quad::WHOLE);
        let full: Vec<&str> = texts(card);
        for (pass, text) in full.iter().enumerate() {
            *sums.recall.entry(format!("pass {}", pass + 1)).or_default() += recall(&sample.words, text);
        }
        *sums.recall.entry("together".to_owned()).or_default() += recall(&sample.words, &full.join("\n"));
        for (step, spent) in &reading.timings_ms {
            *sums.millis.entry(step.clone()).or_default() += spent;
        }
    }
    for (class, sums) in by_width {
        let mean = |sum: &f64| sum / sums.cards as f64;
        let shares: Vec<String> = sums.recall.iter().map(|(pass, sum)| format!("{pass} {:.3}", mean(sum))).collect();
        let times: Vec<String> = sums.millis.iter().map(|(step, sum)| format!("{step} {:.0}", mean(sum))).collect();
        println!("{class:>8}: n {}, turned {}; words: {}", sums.cards, sums.turned, shares.join(", "));
        println!("          ms: {}", times.join(", "));
    }
    println!("CPU of the worker: {:.0} ms a card", cpu_ms(&client) / samples.len() as f64);
}

fn measure_turns(samples: &[Sample], params: &ReadParams) {
    let mut client = start(params);
    let mut upright: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for sample in samples {
        let on_its_head = Sample { picture: imageops::rotate180(&sample.picture), words: BTreeSet::new() };
        let kept = read(&mut client, sample).cards[0].quad == Quad::WHOLE;
        let turned = read(&mut client, &on_its_head).cards[0].quad != Quad::WHOLE;
        let counts = upright.entry(width_class(sample.picture.width())).or_default();
        *counts = (counts.0 + 1, counts.1 + usize::from(kept), counts.2 + usize::from(turned));
    }
    for (class, (cards, kept, turned)) in upright {
        println!("{class:>8}: n {cards}, upright ones kept {kept}, others turned {turned}");
    }
    println!("CPU of the worker: {:.0} ms a card", cpu_ms(&client) / (2 * samples.len()) as f64);
}

/// Processor time that the worker has used. A hundred ticks are a second on Linux.
fn cpu_ms(client: &OcrClient) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", client.pid().unwrap())).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) * 10.0
}

fn width_class(width: u32) -> &'static str {
    match width {
        0..300 => "a <300",
        300..600 => "b 300-600",
        _ => "c 600+",
    }
}

fn texts(card: &CardReading) -> Vec<&str> {
    card.text.iter().map(|pass| pass.text.as_str()).collect()
}

/// Share of the words that occur in the text.
fn recall(words: &BTreeSet<String>, text: &str) -> f64 {
    let seen = words_of(text);
    words.intersection(&seen).count() as f64 / words.len().max(1) as f64
}

/// Words of at least four letters in lower case.
fn words_of(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().count() >= 4);
    words.map(str::to_lowercase).collect()
}

fn photos(data: &Path) -> Vec<Sample> {
    let catalogue = catalogue(data);
    let mut samples = Vec::new();
    for row in rows(&data.join("photos.csv")) {
        let Some(words) = catalogue.get(&row["card_id"]) else { continue };
        let picture = image::open(data.join("photos").join(&row["image"])).unwrap().into_rgb8();
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        let edges: Vec<f32> = row["bbox"].split_whitespace().map(|edge| edge.parse().unwrap()).collect();
        let [x0, y0, x1, y1] = edges.try_into().unwrap_or([0.0, 0.0, 1.0, 1.0]);
        let (left, top) = ((x0 * width) as u32, (y0 * height) as u32);
        let (wide, high) = (((x1 - x0) * width) as u32, ((y1 - y0) * height) as u32);
        let picture = imageops::crop_imm(&picture, left, top, wide, high).to_image();
        samples.push(Sample { picture, words: words.clone() });
    }
    samples
}

fn rows(file: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(file).unwrap().deserialize().map(Result::unwrap).collect()
}

/// Words of every card of the catalogue.
fn catalogue(data: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut cards = BTreeMap::new();
    for file in std::fs::read_dir(data.join("catalog/pokemon-tcg-data/cards/en")).unwrap() {
        let list: serde_json::Value = serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap();
        for card in list.as_array().unwrap() {
            let field = |pointer: &str| card.pointer(pointer).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
            let mut text = field("/name");
            for list in ["attacks", "abilities", "rules"] {
                for entry in card.get(list).and_then(|v| v.as_array()).into_iter().flatten() {
                    for part in [entry.get("name"), entry.get("text"), Some(entry)].into_iter().flatten() {
                        text.push(' ');
                        text.push_str(part.as_str().unwrap_or_default());
                    }
                }
            }
            cards.insert(field("/id"), words_of(&text));
        }
    }
    cards
}
