//! How fast a SQLite store takes captures through their two durable points, and a whole catalogue in and out.
//!
//! The catalogue is the real one where `CARDMINT_REAL_DATA` names the folder that holds it, else one of its size.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)] // a measurement, though the compiler cannot see it

use std::fs;
use std::path::Path;
use std::time::Duration;

use cardmint_domain::catalogue::TextBlock;
use cardmint_domain::identification::DecisionVersions;
use cardmint_domain::{
    BatchId, Candidate, Capture, CaptureId, CardSet, CollectorNumber, Condition, CorrelationId, Edition, Evidence,
    Finish, Identification, Outcome, Printing, PrintingId, Quad, Recommendation, ScanId, ScanRecord, SetId, Timestamp,
};
use cardmint_store::{
    CaptureCommit, CatalogueRow, Claim, Committed, Reader, ReaderOptions, ScanCommit, Writer, migrate,
};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::Value;

const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// As many printings as the real catalogue has.
const PRINTINGS: usize = 20_202;

/// Writes that share one commit.
const GROUP: u64 = 16;

struct Open {
    writer: Writer,
    reader: Reader,
    _dir: tempfile::TempDir,
}

fn open() -> Open {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("cards.db").display());
    migrate::up(&url).unwrap();
    let reader = Reader::open(&url, ReaderOptions::default()).unwrap();
    Open { writer: Writer::open(&url).unwrap(), reader, _dir: dir }
}

fn capture(number: u64) -> Capture {
    Capture {
        id: CaptureId::new(blake3::hash(&number.to_le_bytes()).to_hex().to_string()),
        correlation: CorrelationId::new(format!("c-{number}")),
        batch: BatchId::default_batch(),
        file_name: format!("IMG_{number}.jpg"),
        media_type: "image/jpeg".to_owned(),
        size_bytes: 4_000_000,
        admitted_at: NOW,
    }
}

fn commit(claim: &Claim) -> CaptureCommit {
    let id = ScanId::of(&claim.capture.id, 0);
    let evidence = Evidence::SILENT;
    let candidate = |number| Candidate {
        printing: PrintingId::new(format!("p-{number}")),
        posterior: 0.2,
        evidence: evidence.clone(),
    };
    let identification = Identification {
        scan: id.clone(),
        candidates: (0..5).map(candidate).collect(),
        gap: 0.9,
        not_in_catalogue: 0.01,
        recommendation: Recommendation::Accept,
        sentence: "found by picture, text and number".to_owned(),
        versions: DecisionVersions { catalogue: "c".to_owned(), index: "i".to_owned(), policy: "p".to_owned() },
    };
    let outcome = Outcome::Booked {
        printing: PrintingId::new("p-0"),
        finish: Finish::Normal,
        edition: Edition::Unlimited,
        condition: Condition::NearMint,
    };
    let record = ScanRecord { id, index: 0, page: 0, quad: Quad::WHOLE, picture: Vec::new(), identification, outcome };
    let scans = vec![ScanCommit { record, quotes: Vec::new(), valuation: None }];
    CaptureCommit { capture: claim.capture.id.clone(), token: claim.token, scans, at: NOW }
}

/// Admit, claim and commit `many` captures: three transactions for all of them together.
fn journey(writer: &mut Writer, next: &mut u64, many: u64) {
    let numbers = *next..*next + many;
    *next += many;
    let admit = |tx: &mut cardmint_store::Tx<'_>| {
        numbers.clone().try_for_each(|number| tx.savepoint(|tx| tx.admit(&capture(number))).map(drop))
    };
    writer.group(admit).unwrap();
    let limit = u32::try_from(many).unwrap();
    let claims = writer.group(|tx| tx.claim(NOW, 60_000, limit)).unwrap();
    writer
        .group(|tx| {
            for claim in &claims {
                assert_eq!(tx.savepoint(|tx| tx.commit_capture(&commit(claim)))?, Committed::Done);
            }
            Ok(())
        })
        .unwrap();
}

fn journeys(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("admit, claim and commit");
    for many in [1, GROUP] {
        let (mut open, mut next) = (open(), 0);
        group.throughput(Throughput::Elements(many));
        group.bench_function(format!("{many} at once"), |b| b.iter(|| journey(&mut open.writer, &mut next, many)));
    }
    group.finish();
}

fn catalogues(criterion: &mut Criterion) {
    let rows = std::env::var_os("CARDMINT_REAL_DATA").map_or_else(invented, |data| real(Path::new(&data)));
    println!("a catalogue of {} rows", rows.len());
    let mut open = open();
    open.writer.group(|tx| tx.replace_catalogue("bench", rows.iter().cloned().map(Ok), "bench", NOW)).unwrap();
    let mut group = criterion.benchmark_group("a whole catalogue");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.bench_function("replace", |b| {
        let replace = |rows: Vec<CatalogueRow>| {
            let rows = rows.into_iter().map(Ok);
            open.writer.group(|tx| tx.replace_catalogue("bench", rows, "bench", NOW)).unwrap()
        };
        b.iter_batched(|| rows.clone(), replace, BatchSize::PerIteration);
    });
    group.bench_function("load", |b| b.iter(|| (open.reader.sets().unwrap(), open.reader.printings().unwrap())));
    group.finish();
}

fn invented() -> Vec<CatalogueRow> {
    let set = |number: usize| CatalogueRow::Set(card_set(&format!("s{number}")));
    let text = "Once during your turn, you may search your deck for a card and put it into your hand. ".repeat(3);
    let printing = |number: usize| {
        let blocks = (0..3).map(|block| (format!("Heading {block}"), text.clone())).collect();
        row(
            &format!("s{}", number % 150),
            &format!("s{}-{number}", number % 150),
            &number.to_string(),
            "A name",
            blocks,
        )
    };
    (0..150).map(set).chain((0..PRINTINGS).map(printing)).collect()
}

/// The catalogue's own files, read as far as the size of its rows goes.
fn real(data: &Path) -> Vec<CatalogueRow> {
    let mut rows = Vec::new();
    for file in fs::read_dir(data.join("catalog/pokemon-tcg-data/cards/en")).unwrap() {
        let path = file.unwrap().path();
        let set = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let cards: Vec<Value> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        rows.push(CatalogueRow::Set(card_set(&set)));
        for card in &cards {
            let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
            let blocks = ["abilities", "attacks"].iter().filter_map(|key| card[*key].as_array()).flatten();
            let mut blocks: Vec<_> = blocks.map(|block| (text(block, "name"), text(block, "text"))).collect();
            let rules = card["rules"].as_array().into_iter().flatten();
            blocks.extend(rules.map(|rule| (String::new(), rule.as_str().unwrap_or_default().to_owned())));
            rows.push(row(&set, &text(card, "id"), &text(card, "number"), &text(card, "name"), blocks));
        }
    }
    rows
}

fn card_set(id: &str) -> CardSet {
    CardSet {
        id: SetId::new(id),
        name: format!("The set {id}"),
        series: "A series".to_owned(),
        code: None,
        printed_total: 100,
        total: 120,
        release_date: "2026-01-01".to_owned(),
    }
}

fn row(set: &str, id: &str, number: &str, name: &str, blocks: Vec<(String, String)>) -> CatalogueRow {
    CatalogueRow::Printing(Box::new(Printing {
        id: PrintingId::new(id),
        set: SetId::new(set),
        number: CollectorNumber::parse(number).unwrap(),
        language: "en".to_owned(),
        name: name.to_owned(),
        kinds: vec!["A kind".to_owned(), "Another kind".to_owned()],
        hit_points: Some("120".to_owned()),
        rarity: Some("Rare Holo".to_owned()),
        artist: Some("Somebody".to_owned()),
        blocks: blocks.into_iter().map(|(name, text)| TextBlock { name, text }).collect(),
        flavour: Some("It is said to live where nobody has ever looked for it.".to_owned()),
        finishes: vec![Finish::Normal, Finish::Reverse],
        image_urls: vec![format!("https://images.invalid/{id}_large.png"), format!("https://images.invalid/{id}.png")],
    }))
}

criterion_group!(benches, journeys, catalogues);
criterion_main!(benches);
