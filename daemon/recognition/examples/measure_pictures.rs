//! Measures the picture half on labelled photos: how many cards are located and how exactly, how many are found again
//! among the references, and what each step costs.
//!
//! `measure_pictures LABELS.csv PHOTOS REFERENCES [OVERLAYS]`, or without arguments the real photos in the folder that
//! CARDMINT_REAL_DATA names. With a last folder given, a copy of every photo with what was found drawn on it is put there.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use cardmint_domain::reading::Point;
use cardmint_domain::{PrintingId, Quad};
use cardmint_recognition::align::{self, Photo};
use cardmint_recognition::descriptor::describe;
use cardmint_recognition::index::{self, Entry, GRAY_LEN, PictureIndex};
use cardmint_recognition::locate::{LocateParams, Outline, locate};
use cardmint_recognition::rectify::{natural_width, rectify};
use image::{Rgb, RgbImage, imageops};

type Outcome<T> = Result<T, Box<dyn Error>>;

struct Label {
    bounds: (f32, f32, f32, f32),
    card: String,
    whole: bool,
    quad: Option<Quad>,
}

/// Where everything lies.
struct Places {
    labels: PathBuf,
    photos: PathBuf,
    references: PathBuf,
    overlays: Option<PathBuf>,
}

impl Places {
    fn given() -> Option<Self> {
        let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
        if let (Some(labels), Some(photos), Some(references)) = (arguments.next(), arguments.next(), arguments.next()) {
            return Some(Self { labels, photos, references, overlays: arguments.next() });
        }
        let data = std::env::var_os("CARDMINT_REAL_DATA").map(PathBuf::from)?;
        let (labels, photos) = (data.join("photos.csv"), data.join("photos"));
        Some(Self { labels, photos, references: data.join("reference"), overlays: None })
    }
}

fn main() -> Outcome<()> {
    let mut out = std::io::stdout();
    let Some(places) = Places::given() else {
        writeln!(out, "skipped: no arguments, and CARDMINT_REAL_DATA names no folder")?;
        return Ok(());
    };
    let mut times = Times::default();
    let entries = references(&places.references, &mut times)?;
    let index = PictureIndex::from_entries(&entries);
    writeln!(out, "references: {}", index.len())?;
    let mut tally = Tally::default();
    for (name, labels) in labels(&places.labels)? {
        let picture = image::open(places.photos.join(&name))?.to_rgb8();
        let found = times.of("locate", || locate(&picture, &LocateParams::default()));
        tally.located(&name, &picture, &labels, &found, &mut out)?;
        for label in labels.iter().filter(|l| index.slot(&PrintingId::new(l.card.as_str())).is_some()) {
            let outline = best_for(label, &found);
            let line = identify(&picture, outline, label, &index, &entries, &mut times, &mut tally);
            writeln!(out, "{name} {line}")?;
        }
        if let Some(folder) = &places.overlays {
            draw(&picture, &found).save(folder.join(&name).with_extension("png"))?;
        }
    }
    let mut errors = std::mem::take(&mut tally.corner_errors);
    errors.sort_by(f32::total_cmp);
    if let Some(last) = errors.len().checked_sub(1) {
        let at = |q: usize| 100.0 * errors[last * q / 100];
        writeln!(
            out,
            "corners: n {} p50 {:.2} % p90 {:.2} p95 {:.2} p99 {:.2}",
            last + 1,
            at(50),
            at(90),
            at(95),
            at(99)
        )?;
    }
    writeln!(out, "{tally:#?}")?;
    times.print(&mut out)
}

fn references(folder: &Path, times: &mut Times) -> Outcome<Vec<Entry>> {
    let mut entries = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let picture = image::open(&path)?.to_rgb8();
        entries.push(times.of("entry", || index::entry(PrintingId::new(id), &picture, [0; 32])));
    }
    entries.sort_by(|a, b| a.printing.cmp(&b.printing));
    Ok(entries)
}

fn numbers(text: &str) -> Vec<f32> {
    text.split_whitespace().filter_map(|n| n.parse().ok()).collect()
}

fn labels(file: &Path) -> Outcome<BTreeMap<String, Vec<Label>>> {
    let mut labels: BTreeMap<String, Vec<Label>> = BTreeMap::new();
    let mut rows = csv::Reader::from_path(file)?;
    let quad_column = rows.headers()?.iter().position(|name| name == "quad");
    for row in rows.records() {
        let row = row?;
        let (bounds, whole) = match numbers(row.get(1).unwrap_or_default())[..] {
            [a, b, c, d] => ((a, b, c, d), false),
            _ => ((0.0, 0.0, 1.0, 1.0), true),
        };
        let card = row.get(2).unwrap_or_default().to_owned();
        let quad = match numbers(quad_column.and_then(|c| row.get(c)).unwrap_or_default())[..] {
            [a, b, c, d, e, f, g, h] => {
                Some(Quad { corners: [(a, b), (c, d), (e, f), (g, h)].map(|(x, y)| Point { x, y }) })
            }
            _ => None,
        };
        labels.entry(row.get(0).unwrap_or_default().to_owned()).or_default().push(Label { bounds, card, whole, quad });
    }
    Ok(labels)
}

fn overlap(a: (f32, f32, f32, f32), b: (f32, f32, f32, f32)) -> f32 {
    let shared = (a.2.min(b.2) - a.0.max(b.0)).max(0.0) * (a.3.min(b.3) - a.1.max(b.1)).max(0.0);
    let size = |r: (f32, f32, f32, f32)| (r.2 - r.0) * (r.3 - r.1);
    shared / (size(a) + size(b) - shared)
}

/// Largest distance of a corner from where it should be, as a part of the card's width; either half turn is right.
fn corner_error(truth: &Quad, found: &Quad, picture: &RgbImage) -> f32 {
    let (w, h) = (picture.width() as f32, picture.height() as f32);
    let apart = |a: Point, b: Point| ((a.x - b.x) * w).hypot((a.y - b.y) * h);
    let width = apart(truth.corners[0], truth.corners[1]).max(1.0);
    let worst = |q: Quad| q.corners.iter().zip(truth.corners).map(|(a, b)| apart(*a, b) / width).fold(0.0, f32::max);
    worst(*found).min(worst(found.turned(2)))
}

/// The outline that lies on a label; of a whole picture, the largest.
fn best_for(label: &Label, found: &[Outline]) -> Option<Outline> {
    let fit = |o: &Outline| overlap(o.quad.bounds(), label.bounds);
    let best = found.iter().copied().max_by(|a, b| fit(a).total_cmp(&fit(b)))?;
    (label.whole || fit(&best) > 0.5).then_some(best)
}

fn identify(
    picture: &RgbImage,
    outline: Option<Outline>,
    label: &Label,
    index: &PictureIndex,
    entries: &[Entry],
    times: &mut Times,
    tally: &mut Tally,
) -> String {
    tally.with_reference += 1;
    let Some(outline) = outline else { return format!("{}: not located", label.card) };
    let upright = times.of("rectify", || rectify(picture, &outline.quad, natural_width(outline.source_width_px)));
    let mut ranked: Vec<(f32, usize, f32, f32)> = Vec::new();
    let mut nearest: Vec<(f32, usize)> = Vec::new();
    for view in [upright.clone(), imageops::rotate180(&upright)] {
        let query = times.of("describe", || describe(&view));
        let hits = times.of("search", || index.search(&query, 25));
        nearest.extend(hits.iter().map(|h| (h.similarity, h.slot)));
        let photo = times.of("photo", || Photo::new(&view));
        for hit in hits {
            let aligned = times.of("align", || align::align(&photo, &entries[hit.slot].thumbnail[..GRAY_LEN]));
            if let Some(a) = aligned {
                ranked.push((a.score, hit.slot, a.artwork, a.text_box));
            }
        }
    }
    nearest.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let id = |slot: usize| index.printing(slot).map_or("", |p| p.as_str());
    // The same artwork under another id counts as right: only text tells them apart.
    let truth = index
        .slot(&PrintingId::new(label.card.as_str()))
        .map(|slot| Photo::of_reference(&entries[slot].thumbnail[..GRAY_LEN]));
    let mut known: BTreeMap<usize, bool> = BTreeMap::new();
    let mut same_art = |slot: usize| {
        *known.entry(slot).or_insert_with(|| {
            let aligned = truth.as_ref().and_then(|t| align::align(t, &entries[slot].thumbnail[..GRAY_LEN]));
            id(slot) == label.card || aligned.is_some_and(|a| a.artwork > 0.75)
        })
    };
    let rank = nearest.iter().position(|(_, slot)| same_art(*slot));
    tally.top1 += usize::from(rank == Some(0));
    tally.top10 += usize::from(rank.is_some_and(|r| r < 10));
    let (score, slot, artwork, text_box) = ranked.first().copied().unwrap_or_default();
    tally.aligned_art += usize::from(!ranked.is_empty() && same_art(slot));
    tally.aligned_exact += usize::from(!ranked.is_empty() && id(slot) == label.card);
    let other = ranked.iter().find(|r| !same_art(r.1)).map_or(0.0, |r| r.0);
    format!(
        "{}: rank {rank:?} -> {} score {score:.2} art {artwork:.2} text {text_box:.2}, other art {other:.2}, width {:.0}{}",
        label.card,
        id(slot),
        outline.source_width_px,
        if same_art(slot) { "" } else { " WRONG" },
    )
}

#[derive(Debug, Default)]
#[allow(dead_code, reason = "read through Debug")]
struct Tally {
    boxes: usize,
    boxes_70: usize,
    boxes_85: usize,
    surplus: usize,
    singles: usize,
    singles_with_one: usize,
    singles_whole: usize,
    singles_with_more: usize,
    with_reference: usize,
    top1: usize,
    top10: usize,
    aligned_art: usize,
    aligned_exact: usize,
    corner_errors: Vec<f32>,
}

impl Tally {
    fn located(
        &mut self,
        name: &str,
        picture: &RgbImage,
        labels: &[Label],
        found: &[Outline],
        out: &mut impl Write,
    ) -> Outcome<()> {
        let qualities: Vec<String> = found.iter().map(|o| format!("{:.2}", o.quality)).collect();
        writeln!(out, "{name} {:?}: {} labels, found {}", picture.dimensions(), labels.len(), qualities.join(" "))?;
        if labels.iter().any(|l| l.whole) {
            self.singles += 1;
            self.singles_whole += usize::from(found.len() == 1 && found[0].quad.bounds() == Quad::WHOLE.bounds());
            self.singles_with_one += usize::from(found.len() == 1);
            self.singles_with_more += usize::from(found.len() > 1);
            return Ok(());
        }
        for label in labels {
            let fit = found.iter().map(|o| overlap(o.quad.bounds(), label.bounds)).fold(0.0, f32::max);
            if let (Some(quad), Some(outline)) = (&label.quad, best_for(label, found)) {
                let off = corner_error(quad, &outline.quad, picture);
                self.corner_errors.push(off);
                if off > 0.02 {
                    writeln!(out, "{name} {}: corners off by {:.1} % of the width", label.card, 100.0 * off)?;
                }
            }
            self.boxes += 1;
            self.boxes_70 += usize::from(fit >= 0.7);
            self.boxes_85 += usize::from(fit >= 0.85);
            if fit < 0.85 {
                writeln!(out, "{name} {} {:?}: best overlap {fit:.2}", label.card, label.bounds)?;
            }
        }
        let on_label = |o: &&Outline| labels.iter().any(|l| overlap(o.quad.bounds(), l.bounds) >= 0.5);
        self.surplus += found.len() - found.iter().filter(on_label).count();
        Ok(())
    }
}

/// The photo, smaller, with outlines drawn: red their tops, green the other sides.
fn draw(picture: &RgbImage, found: &[Outline]) -> RgbImage {
    let longest = picture.width().max(picture.height()).max(1);
    let scale = (900.0 / longest as f32).min(2.0);
    let size = |side: u32| ((side as f32 * scale) as u32).max(1);
    let (w, h) = (size(picture.width()), size(picture.height()));
    let mut copy = imageops::resize(picture, w, h, imageops::FilterType::Triangle);
    for outline in found {
        for i in 0..4 {
            let (a, b) = (outline.quad.corners[i], outline.quad.corners[(i + 1) % 4]);
            let colour = if i == 0 { Rgb([255, 0, 0]) } else { Rgb([0, 255, 0]) };
            for step in 0..=2000u16 {
                let t = f32::from(step) / 2000.0;
                let (x, y) = ((a.x + t * (b.x - a.x)) * w as f32, (a.y + t * (b.y - a.y)) * h as f32);
                if let Some(pixel) = copy.get_pixel_mut_checked(x as u32, y as u32) {
                    *pixel = colour;
                }
            }
        }
    }
    copy
}

/// Processor time, where Linux tells it, else time on the clock: other work on the machine does not count.
fn now_ms() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let spent = spent.and_then(|s| s.split_whitespace().next()?.parse::<f64>().ok());
    spent.map_or_else(|| START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e3, |ns| ns / 1e6)
}

#[derive(Default)]
struct Times(BTreeMap<&'static str, Vec<f64>>);

impl Times {
    fn of<T>(&mut self, step: &'static str, work: impl FnOnce() -> T) -> T {
        let start = now_ms();
        let result = work();
        self.0.entry(step).or_default().push(now_ms() - start);
        result
    }

    fn print(&mut self, out: &mut impl Write) -> Outcome<()> {
        for (step, times) in &mut self.0 {
            times.sort_by(f64::total_cmp);
            let mean = times.iter().sum::<f64>() / times.len() as f64;
            let at = |q: usize| times[(times.len() - 1) * q / 100];
            writeln!(out, "{step}: n {} mean {mean:.2} ms p95 {:.2} max {:.2}", times.len(), at(95), at(100))?;
        }
        Ok(())
    }
}
