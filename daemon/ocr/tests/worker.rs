//! A real worker process: this very program, started again as `ocr-worker`.
//!
//! Without the test harness, because the worker must be a process with one thread that runs nothing else. Instead of
//! finding cards, its locator takes orders from the size of the picture.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)] // a test, though the compiler cannot see it

mod support;

use std::time::{Duration, Instant};

use cardmint_domain::reading::{CardReading, Quad, RectifiedImage, TextPass};
use cardmint_domain::{CaptureId, Origin, Permanence, Reading};
use cardmint_ocr::{Locate, Located, OcrClient, OcrError, ReadParams, run_worker};
use image::{ImageFormat, RgbImage, imageops};

/// Long enough for any read that ends at all, on a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(60);

/// Orders to the locator: widths of the picture that comes with them.
const LOOP_FOR_EVER: u32 = 101;
const PANIC: u32 = 102;
const ABORT: u32 = 103;
const REACH_OUT: u32 = 104;
const TOO_MANY: u32 = 105;

struct Obedient;

impl Locate for Obedient {
    fn locate(&self, picture: &RgbImage) -> Vec<Located> {
        let whole = || Located {
            quad: Quad::WHOLE,
            quality: 0.9,
            source_width_px: picture.width() as f32,
            image: picture.clone(),
        };
        match picture.width() {
            LOOP_FOR_EVER => loop {
                std::hint::spin_loop();
            },
            PANIC => panic!("ordered to"),
            ABORT => std::process::abort(),
            REACH_OUT => reach_out().into_iter().map(|()| whole()).collect(),
            TOO_MANY => vec![whole(); ReadParams::default().max_cards + 1],
            _ => vec![whole()],
        }
    }
}

/// The file that a worker without a lock would leave.
fn trace() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("cardmint-ocr-was-here-{}", std::os::unix::process::parent_id()))
}

/// Tries what a hijacked worker would try, and answers once for everything that worked.
fn reach_out() -> Vec<()> {
    let attempts = [
        std::fs::read("/etc/passwd").is_ok(),
        std::fs::read("/proc/self/environ").is_ok(),
        std::fs::write(trace(), b"x").is_ok(),
        std::net::TcpStream::connect(("127.0.0.1", 9)).is_ok(),
        std::net::UdpSocket::bind(("127.0.0.1", 0)).is_ok(),
        std::process::Command::new("/bin/true").spawn().is_ok(),
    ];
    attempts.into_iter().filter(|worked| *worked).map(|_| ()).collect()
}

fn client() -> OcrClient {
    OcrClient::start(&std::env::current_exe().unwrap(), &ReadParams::default()).unwrap()
}

/// Finds the cards of a file and reads the text of each, as the daemon does.
fn read(client: &mut OcrClient, bytes: &[u8]) -> Result<Reading, OcrError> {
    let capture = CaptureId::new("capture");
    let mut reading = client.find(&capture, bytes, PATIENCE)?;
    for card in &mut reading.cards {
        for pass in client.passes(card.source_width_px) {
            let words = client.text(&capture, &card.image, pass > 0, pass, PATIENCE)?;
            card.text.extend(words.text);
            if words.is_turned {
                card.turn();
            }
        }
    }
    Ok(reading)
}

fn order(width: u32) -> Vec<u8> {
    support::file(&RgbImage::new(width, 140), ImageFormat::Png)
}

fn sample() -> RgbImage {
    let rules =
        ["Ember Storm deals forty damage", "Discard two energy cards attached", "to this creature before attacking"];
    support::card("Cinderwing", &rules, "042/165")
}

fn full_text(card: &CardReading) -> Vec<&str> {
    card.text.iter().map(|pass| pass.text.as_str()).collect()
}

fn assert_reads_the_sample(card: &CardReading) {
    let full = full_text(card);
    assert_eq!(full.len(), ReadParams::default().passes.len(), "{full:?}");
    for (text, pass) in full.into_iter().zip(ReadParams::default().passes) {
        for word in ["Ember", "Storm", "damage", "Discard", "attached", "creature"] {
            assert!(text.contains(word), "{word} in {text:?}");
        }
        assert_eq!(text.contains("Cinderwing"), pass.part.is_none(), "the name stands above the rules: {text:?}");
    }
    assert!(card.text.iter().all(|region| (0.0..=1.0).contains(&region.confidence)));
}

fn an_upright_card_is_read_in_every_pass() {
    let mut client = client();
    let picture = sample();
    let reading = read(&mut client, &support::file(&picture, ImageFormat::Png)).unwrap();
    assert_eq!(reading.cards.len(), 1);
    let card = &reading.cards[0];
    assert_reads_the_sample(card);
    assert_eq!(card.quad, Quad::WHOLE);
    assert_eq!((card.image.width, card.image.height), picture.dimensions());
    assert_eq!(card.image.rgb, picture.into_raw(), "pixels arrive as they are");
    let steps: Vec<&str> = reading.timings_ms.iter().map(|(step, _)| step.as_str()).collect();
    assert_eq!(steps, ["decode", "locate"]);
}

fn a_card_on_its_head_is_turned() {
    let picture = sample();
    let reading = read(&mut client(), &support::file(&imageops::rotate180(&picture), ImageFormat::Png)).unwrap();
    assert_reads_the_sample(&reading.cards[0]);
    assert_eq!(reading.cards[0].quad, Quad::WHOLE.turned(2));
    assert_eq!(reading.cards[0].image.rgb, picture.into_raw());
}

fn a_card_that_is_known_to_be_upright_is_read_as_it_lies() {
    let mut client = client();
    let picture = imageops::rotate180(&sample());
    let card = client
        .find(&CaptureId::new("c"), &support::file(&picture, ImageFormat::Png), PATIENCE)
        .unwrap()
        .cards
        .remove(0);
    let words = client.text(&CaptureId::new("c"), &card.image, true, 0, PATIENCE).unwrap();
    let is_read = |pass: &TextPass| pass.text.contains("Cinderwing") || pass.text.contains("Ember");
    assert!(!words.is_turned && !words.text.iter().any(is_read), "{words:?}");
}

fn a_card_without_its_pixels_ends_the_worker_and_not_the_client() {
    let mut client = client();
    let broken = RectifiedImage { width: 700, height: 900, rgb: vec![0; 12] };
    let error = client.text(&CaptureId::new("c"), &broken, true, 0, PATIENCE).unwrap_err();
    assert!(error.worker_is_lost() && error.to_string().contains("12 bytes"), "{error}");
    let whole = RectifiedImage { width: 2, height: 2, rgb: vec![0; 12] };
    let error = client.text(&CaptureId::new("c"), &whole, true, 99, PATIENCE).unwrap_err();
    assert!(error.worker_is_lost() && error.to_string().contains("no pass 99"), "{error}");
    assert_eq!(read(&mut client, &order(200)).unwrap().cards.len(), 1);
}

fn the_same_file_gives_the_same_reading_whatever_came_before() {
    let mut client = client();
    let one = support::file(&sample(), ImageFormat::Png);
    let other =
        support::card("Mossback Tortoise", &["Quiet Pond heals thirty", "from each benched friend"], "TG05/TG30");
    let before = read(&mut client, &one).unwrap();
    read(&mut client, &support::file(&other, ImageFormat::Png)).unwrap();
    let after = read(&mut client, &one).unwrap();
    assert_eq!(before.cards, after.cards);
}

fn a_worker_that_hangs_is_killed_at_the_deadline_and_replaced() {
    let mut client = client();
    let hung = client.pid().unwrap();
    let begin = Instant::now();
    let error = client.find(&CaptureId::new("hang"), &order(LOOP_FOR_EVER), Duration::from_millis(400)).unwrap_err();
    assert!(begin.elapsed() < PATIENCE / 2, "the deadline did not hold");
    assert!(error.worker_is_lost());
    let fault = error.to_fault();
    assert_eq!((fault.origin, fault.permanence), (Origin::Ours, Permanence::Transient));
    assert!(fault.message.contains("capture hang") && fault.message.contains("deadline"), "{fault}");
    assert_eq!(client.pid(), None);
    assert!(!std::path::Path::new(&format!("/proc/{hung}")).try_exists().unwrap(), "the process is still there");
    assert_eq!(read(&mut client, &support::file(&sample(), ImageFormat::Png)).unwrap().cards.len(), 1);
    assert!(client.pid().is_some_and(|pid| pid != hung));
}

fn a_worker_that_panics_or_aborts_is_replaced() {
    let mut client = client();
    for (width, said) in [(PANIC, "ordered to"), (ABORT, "SIGABRT")] {
        let before = client.pid();
        let error = read(&mut client, &order(width)).unwrap_err();
        let fault = error.to_fault();
        assert!(error.worker_is_lost() && fault.message.contains(said), "{fault}");
        assert_eq!((fault.origin, fault.permanence), (Origin::Ours, Permanence::Transient));
        assert_eq!(read(&mut client, &order(200)).unwrap().cards.len(), 1);
        assert_ne!(client.pid(), before);
    }
}

fn what_cannot_be_read_is_the_pictures_fault_and_costs_no_worker() {
    let mut client = client();
    let before = client.pid();
    let mut cut_off = support::file(&sample(), ImageFormat::Png);
    cut_off.truncate(cut_off.len() / 2);
    let garbage: Vec<u8> = (0..5_000_u32).map(|i| (i * i % 251) as u8).collect();
    let cases = [
        (garbage, "none of JPEG"),
        (cut_off, "image/png"),
        (order(TOO_MANY), "more than 64 cards"),
        (Vec::new(), "none of"),
    ];
    for (bytes, said) in cases {
        let error = read(&mut client, &bytes).unwrap_err();
        let fault = error.to_fault();
        assert!(!error.worker_is_lost() && fault.message.contains(said), "{fault}");
        assert_eq!((fault.origin, fault.permanence), (Origin::Card, Permanence::Permanent));
    }
    assert_eq!(client.pid(), before);
}

fn a_worker_reaches_no_file_no_network_and_no_program() {
    assert!(!reach_out().is_empty(), "this test would pass even without a lock");
    std::fs::remove_file(trace()).unwrap();
    let reading = read(&mut client(), &order(REACH_OUT)).unwrap();
    assert_eq!(reading.cards.len(), 0, "so many of the attempts succeeded");
}

fn every_kind_of_file_is_read_under_the_lock() {
    let heic = include_bytes!("fixtures/quadrants.heic");
    let mut client = client();
    assert_eq!(read(&mut client, heic).unwrap().cards.len(), 1, "HEIC");
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff] {
        assert_eq!(read(&mut client, &support::file(&sample(), format)).unwrap().cards.len(), 1, "{format:?}");
    }
    let pdf = support::pdf(&[sample(), sample()]);
    let reading = read(&mut client, &pdf).unwrap();
    let places: Vec<(u32, u32)> = reading.cards.iter().map(|card| (card.page, card.index)).collect();
    assert_eq!(places, [(0, 0), (1, 1)]);
    reading.cards.iter().for_each(assert_reads_the_sample);
}

fn a_language_that_is_not_there_is_said_at_the_start() {
    let empty = tempfile::tempdir().unwrap();
    let params = ReadParams { tessdata: Some(empty.path().to_owned()), ..ReadParams::default() };
    let error = OcrClient::start(&std::env::current_exe().unwrap(), &params).unwrap_err();
    let fault = error.to_fault();
    assert!(fault.message.contains("eng") && fault.message.contains(&empty.path().display().to_string()), "{fault}");
    let nowhere = OcrClient::start(&empty.path().join("no-program"), &ReadParams::default()).unwrap_err();
    assert!(nowhere.to_fault().message.contains("no-program"), "{nowhere}");
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("ocr-worker") {
        return run_worker(&Obedient).expect("serving");
    }
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let mut passed = 0;
    macro_rules! run {
        ($($test:ident),* $(,)?) => {
            $(if stringify!($test).contains(&filter) {
                $test();
                passed += 1;
                println!("test {} ... ok", stringify!($test));
            })*
        };
    }
    run!(
        an_upright_card_is_read_in_every_pass,
        a_card_on_its_head_is_turned,
        a_card_that_is_known_to_be_upright_is_read_as_it_lies,
        a_card_without_its_pixels_ends_the_worker_and_not_the_client,
        the_same_file_gives_the_same_reading_whatever_came_before,
        a_worker_that_hangs_is_killed_at_the_deadline_and_replaced,
        a_worker_that_panics_or_aborts_is_replaced,
        what_cannot_be_read_is_the_pictures_fault_and_costs_no_worker,
        a_worker_reaches_no_file_no_network_and_no_program,
        every_kind_of_file_is_read_under_the_lock,
        a_language_that_is_not_there_is_said_at_the_start,
    );
    // In cargo's own words, so that whoever adds up what `cargo test` prints counts these too. A failure panics above.
    println!("\ntest result: ok. {passed} passed; 0 failed; 0 ignored");
}
