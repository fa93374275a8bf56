//! Speed of recognition, stage by stage, on the invented game; with `CARDMINT_REAL_DATA` against the real catalogue too.

// A benchmark that cannot go on has nothing to say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cardmint_domain::reading::RectifiedImage;
use cardmint_domain::{CaptureId, CardReading, CardSet, Printing, PrintingId, ScanId};
use cardmint_ocr::{OcrClient, ReadParams};
use cardmint_recognition::index::{Entry, PictureIndex};
use cardmint_recognition::locate::{LocateParams, locate};
use cardmint_recognition::rectify::{natural_width, rectify};
use cardmint_recognition::strip::StripReader;
use cardmint_recognition::text::TextIndex;
use cardmint_recognition::{Catalogue, Matcher, Params, align, descriptor};
use cardmint_tests::programs::Programs;
use cardmint_tests::samples;
use cardmint_tests::simulator::{Arrangement, Level, Model, photograph};
use cardmintd::catalogue;
use cardmintd::upkeep::index::{self, FileThumbnails};
use criterion::{Criterion, criterion_group, criterion_main};
use image::RgbImage;

/// Reading takes long enough for a busy machine to need patience.
const DEADLINE: Duration = Duration::from_secs(120);

/// Photos of the same cards: one card, and a page of nine.
struct Photos {
    single: Vec<u8>,
    page: Vec<u8>,
}

impl Photos {
    fn take(references: &Path) -> Self {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(references).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let model = |path: &PathBuf| Model {
            picture: image::open(path).unwrap().to_rgb8(),
            finish: cardmint_domain::Finish::Normal,
        };
        let models: Vec<Model> = paths.iter().step_by(paths.len() / 9).take(9).map(model).collect();
        let shoot =
            |count: usize, arrangement| photograph(&models[..count], arrangement, Level::Station, 1).unwrap().jpeg;
        Self { single: shoot(1, Arrangement::Single), page: shoot(9, Arrangement::Page) }
    }
}

/// A catalogue with its index, as the daemon has it.
struct World {
    sets: Vec<CardSet>,
    printings: Vec<Printing>,
    index_file: PathBuf,
}

impl World {
    fn load(folder: &Path, references: &Path, index_file: PathBuf) -> Self {
        let (sets, printings) = catalogue::load_directory(folder).unwrap();
        index::make(references, &index_file, &printings, &|_, _| {}).unwrap();
        Self { sets, printings, index_file }
    }

    fn pictures(&self) -> (PictureIndex, std::fs::File) {
        index::open(&self.index_file).unwrap().unwrap()
    }

    fn matcher(&self) -> Matcher {
        let (pictures, file) = self.pictures();
        let thumbnails = FileThumbnails::new(&pictures, file);
        let catalogue = Catalogue {
            printings: self.printings.clone(),
            sets: self.sets.clone(),
            digest: cardmint_store::catalogue_digest(&self.sets, &self.printings),
        };
        let strips = StripReader::new().unwrap();
        Matcher::new(catalogue, Some((pictures, Box::new(thumbnails))), strips, Params::default())
    }
}

fn decoded(jpeg: &[u8]) -> RgbImage {
    image::load_from_memory(jpeg).unwrap().into_rgb8()
}

fn pixels(c: &mut Criterion, photos: &Photos) {
    let (single, page) = (decoded(&photos.single), decoded(&photos.page));
    let params = LocateParams::default();
    c.bench_function("locate/one card", |b| b.iter(|| locate(black_box(&single), &params)));
    c.bench_function("locate/page of nine", |b| b.iter(|| locate(black_box(&page), &params)));
    let outline = locate(&single, &params).into_iter().next().expect("the card is found");
    let width = natural_width(outline.source_width_px);
    c.bench_function("rectify", |b| b.iter(|| rectify(black_box(&single), &outline.quad, width)));
    let upright = rectify(&single, &outline.quad, width);
    c.bench_function("describe", |b| b.iter(|| descriptor::describe(black_box(&upright))));
    let reference = align::thumbnail(&upright);
    c.bench_function("align", |b| b.iter(|| align::align(&align::Photo::new(black_box(&upright)), &reference)));
}

/// Pictures of a catalogue larger than any game's of today.
const MANY: usize = 25_000;

/// A card of this width is read in every pass.
const WIDE: f32 = 1000.0;

fn read(c: &mut Criterion, photos: &Photos) -> Vec<CardReading> {
    let program = Programs::release().expect("the daemon reads the photos").cardmintd();
    let mut client = OcrClient::start(&program, &ReadParams::default()).unwrap();
    let capture = CaptureId::new("0".repeat(64));
    let mut group = c.benchmark_group("read");
    group.sample_size(10);
    group.bench_function("find one card", |b| b.iter(|| client.find(&capture, &photos.single, DEADLINE).unwrap()));
    group.bench_function("find a page of nine", |b| b.iter(|| client.find(&capture, &photos.page, DEADLINE).unwrap()));
    let mut cards = client.find(&capture, &photos.single, DEADLINE).unwrap().cards;
    let card = cards.first().expect("the card is found").image.clone();
    for pass in client.passes(WIDE) {
        group.bench_function(format!("text of a card, pass {pass}"), |b| {
            b.iter(|| client.text(&capture, &card, true, pass, DEADLINE).unwrap())
        });
    }
    group.finish();
    for card in &mut cards {
        for pass in client.passes(WIDE) {
            card.text.extend(client.text(&capture, &card.image, true, pass, DEADLINE).unwrap().text);
        }
    }
    cards
}

/// An index of [`MANY`] pictures: those of another one again and again.
fn repeated(pictures: &PictureIndex) -> PictureIndex {
    let entry = |i: usize| Entry {
        printing: PrintingId::new(i.to_string()),
        descriptor: pictures.descriptor(i % pictures.len()).unwrap(),
        thumbnail: Vec::new(),
        source_digest: [0; 32],
    };
    PictureIndex::from_entries(&(0..MANY).map(entry).collect::<Vec<_>>())
}

fn search(c: &mut Criterion, name: &str, world: &World, card: &CardReading) {
    let picture = RgbImage::from_raw(card.image.width, card.image.height, card.image.rgb.clone()).unwrap();
    let query = descriptor::describe(&picture);
    let (pictures, _) = world.pictures();
    let many = repeated(&pictures);
    for index in [&pictures, &many] {
        c.bench_function(&format!("search/{name}, {} pictures", index.len()), |b| {
            b.iter(|| index.search(black_box(&query), 20))
        });
    }
    let texts = TextIndex::new(&world.printings, &Params::default().text);
    let printings = world.printings.len();
    c.bench_function(&format!("text search/{name}, {printings} printings"), |b| {
        b.iter(|| texts.score(black_box(&card.text)))
    });
    let (matcher, scan) = (world.matcher(), ScanId::new("bench-0"));
    // A card that was looked at before is remembered; each of these is another one.
    let mut shots = 0.0;
    let mut another = || {
        shots += 0.001;
        CardReading { source_width_px: card.source_width_px + shots, ..card.clone() }
    };
    c.bench_function(&format!("glance/{name}"), |b| b.iter(|| matcher.inspect(&mut black_box(another())).glance()));
    c.bench_function(&format!("identify/{name}"), |b| b.iter(|| matcher.identify(scan.clone(), &black_box(another()))));
    matcher.inspect(&mut card.clone()).glance();
    c.bench_function(&format!("identify once more/{name}"), |b| {
        b.iter(|| matcher.identify(scan.clone(), black_box(card)))
    });
    let mut group = c.benchmark_group("make the matcher");
    group.sample_size(10);
    group.bench_function(name, |b| b.iter(|| world.matcher()));
    group.finish();
}

/// Photos of one card each, as large as a phone takes them: their megapixels, and how many there are.
const LARGE_MEGAPIXELS: u32 = 12;
const LARGE_PHOTOS: usize = 20;

/// Processor time of this thread so far, in milliseconds; other work on the machine does not count.
fn spent_ms() -> f64 {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    spent.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e6
}

/// The whole way of a large photo of a card that has a reference, but for the text of those that need it.
fn large(references: &Path, matcher: &Matcher) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(references).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.file_stem().is_some_and(|stem| stem != "back"));
    paths.sort();
    let step = (paths.len() / LARGE_PHOTOS).max(1);
    let (mut sure, mut decoding, mut times) = (0, Vec::new(), Vec::new());
    for (seed, path) in (0..).zip(paths.iter().step_by(step).take(LARGE_PHOTOS)) {
        let model = Model { picture: image::open(path).unwrap().to_rgb8(), finish: cardmint_domain::Finish::Normal };
        let shot = decoded(&photograph(&[model], Arrangement::Single, Level::Station, seed).unwrap().jpeg);
        let grown = (f64::from(LARGE_MEGAPIXELS) * 1e6 / f64::from(shot.width() * shot.height())).sqrt();
        let [width, height] = [shot.width(), shot.height()].map(|side| (f64::from(side) * grown) as u32);
        let photo = image::imageops::resize(&shot, width, height, image::imageops::FilterType::CatmullRom);
        let mut jpeg = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&photo).unwrap();
        let begun = spent_ms();
        let photo = decoded(&jpeg);
        let decoded = spent_ms() - begun;
        let Some(outline) = locate(&photo, &LocateParams::default()).into_iter().next() else { continue };
        let picture = rectify(&photo, &outline.quad, natural_width(outline.source_width_px));
        let image = RectifiedImage { width: picture.width(), height: picture.height(), rgb: picture.into_raw() };
        let mut card = CardReading {
            index: 0,
            page: 0,
            quad: outline.quad,
            quality: outline.quality,
            source_width_px: outline.source_width_px,
            image,
            text: Vec::new(),
            numbers: Vec::new(),
        };
        sure += usize::from(matcher.inspect(&mut card).glance().is_sure);
        black_box(matcher.identify(ScanId::new("bench-0"), &card));
        decoding.push(decoded);
        times.push(spent_ms() - begun);
    }
    let mut rest: Vec<f64> = times.iter().zip(&decoding).map(|(all, decode)| all - decode).collect();
    for times in [&mut decoding, &mut times, &mut rest] {
        times.sort_by(f64::total_cmp);
    }
    let [decode, median, rest] = [&decoding, &times, &rest].map(|times| times[times.len() / 2]);
    let most = times[times.len() - 1];
    println!(
        "photo of one card, {LARGE_MEGAPIXELS} megapixels, n={}: {median:.0} ms of processor time in the median, {most:.0} ms at most; decoding \
         alone {decode:.0} ms, all else {rest:.0}, ratio {:.1}; named for sure without any text: {sure}",
        times.len(),
        median / decode,
    );
}

fn all(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    samples::make(folder.path(), 1).unwrap();
    let references = folder.path().join("references");
    let photos = Photos::take(&references);
    pixels(c, &photos);
    let cards = read(c, &photos);
    let card = cards.first().expect("the card is read");
    let invented = World::load(&folder.path().join("catalogue"), &references, folder.path().join("invented.index"));
    search(c, "invented game", &invented, card);
    large(&references, &invented.matcher());
    let Some(root) = std::env::var_os("CARDMINT_REAL_DATA").map(PathBuf::from) else {
        println!("skipped: the real catalogue, because CARDMINT_REAL_DATA does not name a folder with real data");
        return;
    };
    let real =
        World::load(&root.join("catalog/pokemon-tcg-data"), &root.join("reference"), folder.path().join("real.index"));
    search(c, "real catalogue", &real, card);
    large(&root.join("reference"), &real.matcher());
}

criterion_group!(benches, all);
criterion_main!(benches);
