//! Sending every labelled card through the readers and the matcher.

use std::io::Read as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use cardmint_domain::errors::chain;
use cardmint_domain::{CaptureId, Identification, ScanId};
use cardmint_ocr::decode::{DecodeLimits, decode};
use cardmint_ocr::{OcrClient, ReadParams};
use cardmint_recognition::Matcher;
use image::RgbImage;

use super::crop::{choose, cut};
use super::labels::{Label, by_image};
use crate::reading;

/// Largest photo file that is read.
const MAX_FILE_BYTES: u64 = 256 << 20;
/// After how many cards a line of progress is due.
const PROGRESS_EVERY: usize = 10;

/// Everything that the workers share.
pub(super) struct Job<'a> {
    pub(super) labels: &'a [Label],
    pub(super) images: &'a Path,
    pub(super) matcher: &'a Matcher,
    pub(super) program: &'a Path,
    pub(super) read: &'a ReadParams,
    pub(super) deadline: Duration,
    pub(super) workers: usize,
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
    },
    /// No card was found in the box.
    NoCard { took: Duration },
    /// The photo could not be read.
    Unreadable(String),
}

/// The answers of all rows and how many readers gave them.
pub(super) struct Answers {
    pub(super) by_row: Vec<Answer>,
    pub(super) workers: usize,
}

/// Runs all rows.
///
/// # Errors
/// When no reader can be started.
pub(super) fn run(job: &Job<'_>) -> anyhow::Result<Answers> {
    let photos = by_image(job.labels);
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let answers: Mutex<Vec<Option<Answer>>> = Mutex::new(vec![None; job.labels.len()]);
    let workers = job.workers.min(photos.len()).max(1);
    let work = || -> anyhow::Result<()> {
        // A reader belongs to the thread that started it, so it is started here.
        let mut reader = OcrClient::start(job.program, job.read).context("starting a reader")?;
        while let Some((image, rows)) = photos.get(next.fetch_add(1, Ordering::SeqCst)) {
            let photo = open(&job.images.join(image));
            for &row in rows {
                let answer = match &photo {
                    Ok(photo) => one(job, &mut reader, row, photo),
                    Err(error) => Answer::Unreadable(format!("{error:#}")),
                };
                answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[row] = Some(answer);
                progress(done.fetch_add(1, Ordering::SeqCst) + 1, job.labels.len());
            }
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
    Ok(Answers { by_row: by_row.context("some rows were left without an answer")?, workers })
}

fn progress(done: usize, of: usize) {
    if done.is_multiple_of(PROGRESS_EVERY) || done == of {
        eprintln!("evaluate: {done} of {of} cards");
    }
}

/// Reads a photo as the reader process would: same decoders, same limits, orientation applied.
pub(super) fn open(path: &Path) -> anyhow::Result<RgbImage> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(|| format!("opening {}", path.display()))?;
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).with_context(|| format!("reading {}", path.display()))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        bail!("{} is larger than {MAX_FILE_BYTES} bytes", path.display());
    }
    let pages = decode(&bytes, &DecodeLimits::default()).with_context(|| format!("decoding {}", path.display()))?;
    pages.into_iter().next().with_context(|| format!("{} has no page", path.display()))
}

fn one(job: &Job<'_>, reader: &mut OcrClient, row: usize, photo: &RgbImage) -> Answer {
    let cut = match cut(photo, job.labels[row].bounds) {
        Ok(cut) => cut,
        Err(error) => return Answer::Unreadable(chain(&error)),
    };
    let capture = CaptureId::new(blake3::hash(&cut.png).to_hex().as_str());
    let started = Instant::now();
    let reading = match reading::read(reader, job.matcher, &capture, &cut.png, started + job.deadline) {
        Ok(reading) => reading,
        Err(error) => return Answer::Unreadable(chain(&error)),
    };
    let Some(card) = choose(reading.cards, &cut) else { return Answer::NoCard { took: started.elapsed() } };
    let begun = Instant::now();
    let identification = Box::new(job.matcher.identify(ScanId::of(&capture, card.index), &card));
    let mut steps_ms = reading.timings_ms;
    steps_ms.push(("match".to_owned(), begun.elapsed().as_secs_f64() * 1e3));
    Answer::Identified { identification, source_width_px: card.source_width_px, took: started.elapsed(), steps_ms }
}
