//! Sending every labelled card through the readers and the matcher.

use std::io::Read as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use cardmint_domain::errors::chain;
use cardmint_domain::{CaptureId, CardReading, Identification, ScanId};
use cardmint_ocr::decode::{DecodeLimits, decode};
use cardmint_ocr::{OcrClient, ReadParams};
use cardmint_recognition::Matcher;
use cardmint_recognition::fuse::calibrate::Sample;
use image::RgbImage;

use super::crop::{choose, cut};
use super::labels::{Label, by_image};
use super::whole::{Match, assign};
use crate::reading::{self, Effort};

/// Largest photo file that is read.
const MAX_FILE_BYTES: u64 = 256 << 20;
/// After how many cards a line of progress is due.
const PROGRESS_EVERY: usize = 10;

/// How many times the deadline of one card a photo of many may take.
const WHOLE_DEADLINES: u32 = 10;

/// Everything that the workers share.
pub(super) struct Job<'a> {
    pub(super) labels: &'a [Label],
    pub(super) images: &'a Path,
    pub(super) matcher: &'a Matcher,
    pub(super) program: &'a Path,
    pub(super) read: &'a ReadParams,
    pub(super) deadline: Duration,
    pub(super) workers: usize,
    /// Whether every photo is sent as it is, instead of each labelled card cut out of it.
    pub(super) whole: bool,
    /// Whether everything that each card was taken for is kept, to fit weights to.
    pub(super) samples: bool,
}

impl Job<'_> {
    const fn effort(&self) -> Effort {
        if self.samples { Effort::Sampling } else { Effort::Enough }
    }
}

/// What came of one row.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// A card was found and named, or not.
    Identified {
        identification: Box<Identification>,
        source_width_px: f32,
        took: Duration,
        /// By name; a step that was left out took no time.
        steps_ms: Vec<(String, f64)>,
        /// Intersection over union with the label, in a whole photo whose label says where the card lies.
        overlap: Option<f32>,
        /// Only where samples are wanted.
        sample: Option<Box<Sample>>,
    },
    /// No card was found in the box.
    NoCard { took: Duration },
    /// The photo could not be read.
    Unreadable(String),
}

impl Answer {
    pub(super) fn is_accepted(&self) -> bool {
        matches!(self, Self::Identified { identification, .. } if identification.recommendation.is_accept())
    }
}

/// Cards found in whole photos where no label says that there is one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Surplus {
    pub(super) found: u64,
    pub(super) accepted: u64,
}

/// The answers of all rows and how many readers gave them.
pub(super) struct Answers {
    pub(super) by_row: Vec<Answer>,
    pub(super) workers: usize,
    /// All of them together.
    pub(super) took: Duration,
    /// `None` where the labelled cards were cut out.
    pub(super) surplus: Option<Surplus>,
}

/// Runs all rows.
///
/// # Errors
/// When no reader can be started.
pub(super) fn run(job: &Job<'_>) -> anyhow::Result<Answers> {
    let started = Instant::now();
    let photos = by_image(job.labels);
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let answers: Mutex<Vec<Option<Answer>>> = Mutex::new(vec![None; job.labels.len()]);
    let surplus = Mutex::new(Surplus::default());
    let workers = job.workers.min(photos.len()).max(1);
    let work = || -> anyhow::Result<()> {
        // A reader belongs to the thread that started it, so it is started here.
        let mut reader = OcrClient::start(job.program, job.read).context("starting a reader")?;
        while let Some((image, rows)) = photos.get(next.fetch_add(1, Ordering::SeqCst)) {
            let of_photo = photo(job, &mut reader, &job.images.join(image), rows, &surplus);
            let mut answers = answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            for (&row, answer) in rows.iter().zip(of_photo) {
                answers[row] = Some(answer);
            }
            drop(answers);
            progress(done.fetch_add(rows.len(), Ordering::SeqCst), rows.len(), job.labels.len());
        }
        Ok(())
    };
    let ends: Vec<anyhow::Result<()>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let end = |thread: std::thread::ScopedJoinHandle<'_, anyhow::Result<()>>| {
            thread.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a worker of the evaluation panicked")))
        };
        threads.into_iter().map(end).collect()
    });
    ends.into_iter().collect::<anyhow::Result<()>>()?;
    let answers = answers.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let by_row: Option<Vec<Answer>> = answers.into_iter().collect();
    let surplus = surplus.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(Answers {
        by_row: by_row.context("some rows were left without an answer")?,
        workers,
        took: started.elapsed(),
        surplus: job.whole.then_some(surplus),
    })
}

/// Tells of every tenth card.
fn progress(before: usize, more: usize, of: usize) {
    let done = before + more;
    if before / PROGRESS_EVERY != done / PROGRESS_EVERY || done == of {
        eprintln!("evaluate: {done} of {of} cards");
    }
}

/// The answers of a photo's rows, in their order.
fn photo(job: &Job<'_>, reader: &mut OcrClient, path: &Path, rows: &[usize], surplus: &Mutex<Surplus>) -> Vec<Answer> {
    let answers = if job.whole {
        whole(job, reader, path, rows, surplus)
    } else {
        open(path).map(|photo| rows.iter().map(|&row| one(job, reader, row, &photo)).collect())
    };
    answers.unwrap_or_else(|error| vec![Answer::Unreadable(format!("{error:#}")); rows.len()])
}

/// Sends the photo as it is, as a user would, and asks for each label which of the cards found lies there. What the
/// reading took is shared among the cards.
fn whole(
    job: &Job<'_>,
    reader: &mut OcrClient,
    path: &Path,
    rows: &[usize],
    surplus: &Mutex<Surplus>,
) -> anyhow::Result<Vec<Answer>> {
    let bytes = bytes(path)?;
    let capture = CaptureId::new(blake3::hash(&bytes).to_hex().as_str());
    let started = Instant::now();
    let deadline = job.deadline.saturating_mul(WHOLE_DEADLINES);
    let reading = reading::read(reader, job.matcher, &capture, &bytes, started + deadline, job.effort())
        .with_context(|| format!("reading {}", path.display()))?;
    let share = 1.0 / reading.cards.len().max(1) as f64;
    let read = Read {
        capture: &capture,
        took: started.elapsed().mul_f64(share),
        steps_ms: reading.timings_ms.iter().map(|(step, ms)| (step.clone(), ms * share)).collect(),
    };
    let labels: Vec<&Label> = rows.iter().map(|&row| &job.labels[row]).collect();
    let matches = assign(&labels, &reading.cards);
    let is_labelled = |card: usize| matches.iter().flatten().any(|found| found.card == card);
    let others = (0..reading.cards.len()).filter(|card| !is_labelled(*card));
    let others: Vec<Answer> = others.map(|card| identify(job, &read, &reading.cards[card], None, None)).collect();
    let mut surplus = surplus.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    surplus.found += others.len() as u64;
    surplus.accepted += others.iter().filter(|answer| answer.is_accepted()).count() as u64;
    drop(surplus);
    let answer = |(label, found): (&&Label, &Option<Match>)| match found {
        Some(found) => identify(job, &read, &reading.cards[found.card], Some(*label), found.overlap),
        None => Answer::NoCard { took: read.took },
    };
    Ok(labels.iter().zip(&matches).map(answer).collect())
}

/// What the cards of one reading share.
struct Read<'a> {
    capture: &'a CaptureId,
    took: Duration,
    steps_ms: Vec<(String, f64)>,
}

fn identify(job: &Job<'_>, read: &Read<'_>, card: &CardReading, label: Option<&Label>, overlap: Option<f32>) -> Answer {
    let begun = Instant::now();
    let identification = Box::new(job.matcher.identify(ScanId::of(read.capture, card.index), card));
    let took = begun.elapsed();
    let mut steps_ms = read.steps_ms.clone();
    steps_ms.push(("match".to_owned(), took.as_secs_f64() * 1e3));
    Answer::Identified {
        identification,
        source_width_px: card.source_width_px,
        took: read.took + took,
        steps_ms,
        overlap,
        sample: label.filter(|_| job.samples).map(|label| Box::new(job.matcher.sample(card, label.card.as_ref()))),
    }
}

/// Reads a photo as the reader process would: same decoders, same limits, orientation applied.
pub(super) fn open(path: &Path) -> anyhow::Result<RgbImage> {
    let pages =
        decode(&bytes(path)?, &DecodeLimits::default()).with_context(|| format!("decoding {}", path.display()))?;
    pages.into_iter().next().with_context(|| format!("{} has no page", path.display()))
}

fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(|| format!("opening {}", path.display()))?;
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).with_context(|| format!("reading {}", path.display()))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        bail!("{} is larger than {MAX_FILE_BYTES} bytes", path.display());
    }
    Ok(bytes)
}

/// Cuts a labelled card out of the photo and has it read.
fn one(job: &Job<'_>, reader: &mut OcrClient, row: usize, photo: &RgbImage) -> Answer {
    let cut = match cut(photo, job.labels[row].bounds) {
        Ok(cut) => cut,
        Err(error) => return Answer::Unreadable(chain(&error)),
    };
    let capture = CaptureId::new(blake3::hash(&cut.png).to_hex().as_str());
    let started = Instant::now();
    let reading = match reading::read(reader, job.matcher, &capture, &cut.png, started + job.deadline, job.effort()) {
        Ok(reading) => reading,
        Err(error) => return Answer::Unreadable(chain(&error)),
    };
    let Some(card) = choose(reading.cards, &cut) else { return Answer::NoCard { took: started.elapsed() } };
    let read = Read { capture: &capture, took: started.elapsed(), steps_ms: reading.timings_ms };
    identify(job, &read, &card, Some(&job.labels[row]), None)
}
