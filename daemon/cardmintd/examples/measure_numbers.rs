//! Measures how well collector numbers are read on clean bottom strips.
//!
//! `cargo run --release -p cardmintd --example measure_numbers [WEIGHTS]`, with the folder of real data in
//! `CARDMINT_REAL_DATA`: `number_strips.csv`, `number_strips/` and `catalog/pokemon-tcg-data`. Prints how many are read
//! right, wrong and not at all by the probability that is asked for, and which are wrong.

// A measurement that cannot go on has nothing to say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::path::PathBuf;
use std::time::Instant;

use cardmint_recognition::number::{Numbers, Reading};
use cardmint_recognition::params::NumberParams;
use cardmint_recognition::strip::{Net, StripReader};
use cardmintd::catalogue::load_directory;

fn main() {
    let Some(root) = std::env::var_os("CARDMINT_REAL_DATA").map(PathBuf::from) else {
        println!("skipped: CARDMINT_REAL_DATA does not name a folder with real data");
        return;
    };
    let reader = match std::env::args().nth(1) {
        Some(weights) => StripReader::with(Net::from_bytes(&std::fs::read(weights).unwrap()).unwrap()),
        None => StripReader::new().unwrap(),
    };
    let (sets, printings) = load_directory(&root.join("catalog/pokemon-tcg-data")).unwrap();
    let numbers = Numbers::new(&printings, &sets);
    let row_of = |id: &str| printings.iter().position(|printing| printing.id.as_str() == id);
    let mut rows = csv::Reader::from_path(root.join("number_strips.csv")).unwrap();
    let begun = Instant::now();
    let mut read = Vec::new();
    for row in rows.records().map(Result::unwrap) {
        let Some(truth) = row_of(&row[1]) else { continue };
        let strip = image::open(root.join("number_strips").join(&row[0])).unwrap().into_luma8();
        let texts = numbers.read(reader.looks_at_part(&strip), &NumberParams::default());
        read.push((u32::try_from(truth).unwrap(), row[1].to_owned(), texts));
    }
    let took = begun.elapsed().as_secs_f64() * 1000.0 / read.len() as f64;
    println!("{} strips, {took:.1} ms each with reading the file", read.len());
    for believed in [0.5, 0.7, 0.8, 0.9, 0.95, 0.99] {
        let params = NumberParams { believed, ..NumberParams::default() };
        let (mut right, mut wrong, mut strange) = (0, Vec::new(), 0);
        for (truth, id, texts) in &read {
            let reading = Reading::of(texts, &numbers, &params);
            match reading.believed() {
                Some(form) if numbers.carries(*truth, form) => right += 1,
                Some(form) => wrong.push(format!("{id} as {form}")),
                None => strange += usize::from(reading.unlisted().is_some()),
            }
        }
        println!(
            "at {believed}: right {right}, wrong {}, not in the catalogue {strange}, not read {}: {}",
            wrong.len(),
            read.len() - right - wrong.len() - strange,
            wrong.join(", ")
        );
    }
}
