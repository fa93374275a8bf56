//! How good the recognition is on a folder of labelled photos: no daemon, no database.
//!
//! Job: to cut every labelled card out of its photo, send it through the same reader processes and the same matcher as
//! the daemon, compare the answer with the label, and report accuracy, what an accepted answer is worth, and speed.
//!
//! Guarantee: every row of the labels is counted exactly once. A row whose photo cannot be read, or in whose box no card
//! is found, counts as not recognised; it is never left out of a rate.
//!
//! Two ways to look: each labelled card cut out of its photo, which measures the naming alone, or the photo as it is,
//! which also measures the finding of cards: what lies where a label says, and what was found elsewhere.
//!
//! Deliberately absent: prices.

mod calibrate;
mod crop;
mod labels;
mod markdown;
mod page;
mod rates;
mod render;
mod report;
pub mod samples;
mod tally;
mod whole;
mod work;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use cardmint_domain::Printing;
use cardmint_domain::identification::DecisionVersions;
use cardmint_ocr::ReadParams;
use cardmint_recognition::index::PictureIndex;
use cardmint_recognition::strip::StripReader;
use cardmint_recognition::{Catalogue, Matcher, Params, Thumbnails};

pub use calibrate::{Calibration, Threshold, USUAL_LACKING, calibrate};
pub use labels::LabelsError;
pub use page::write as write_page;
pub use rates::{Rate, wilson};
pub use report::{Band, Confusion, Finding, Latency, Report, RiskPoint, Tally};
pub use samples::KnownCard;

use crate::catalogue;
use crate::upkeep::index::{self, FileThumbnails};
use labels::Label;
use work::{Answer, Answers, Job};

/// Most time for reading one card. Generous: a busy machine must not change the accuracy.
const CARD_DEADLINE: Duration = Duration::from_secs(60);

/// What to evaluate.
#[derive(Debug, Clone)]
pub struct EvaluateOptions {
    /// Folder or archive with the catalogue.
    pub catalogue: PathBuf,
    /// CSV with the columns `image,bbox,card_id`; others are tags.
    pub labels: PathBuf,
    /// Folder with the photos.
    pub images: PathBuf,
    /// Folder with reference pictures.
    pub references: Option<PathBuf>,
    /// Where the index of the reference pictures is kept, so that a second run finds it; a file in the system's folder
    /// for temporary files where absent.
    pub cache: Option<PathBuf>,
    /// The program whose `ocr-worker` reads the cards; this program where absent.
    pub program: Option<PathBuf>,
    /// Whether photos are read as they are, instead of each labelled card cut out.
    pub whole: bool,
    /// How many readers run at once; one for each core where absent.
    pub workers: Option<usize>,
    /// How cards are read.
    pub read: ReadParams,
    /// How cards are named.
    pub params: Params,
}

impl EvaluateOptions {
    /// The usual way to evaluate these photos.
    #[must_use]
    pub fn new(catalogue: PathBuf, labels: PathBuf, images: PathBuf) -> Self {
        Self {
            catalogue,
            labels,
            images,
            references: None,
            cache: None,
            program: None,
            whole: false,
            workers: None,
            read: ReadParams::default(),
            params: Params::default(),
        }
    }
}

/// Evaluates. Progress goes to stderr.
///
/// # Errors
/// When the catalogue, the labels or the references cannot be read, or no reader process can be started. A photo that
/// cannot be read is no error; it is counted.
pub fn run(options: EvaluateOptions) -> anyhow::Result<Report> {
    let Answered { labels, answers, truth, versions } = answer(options, false)?;
    Ok(tally::report(&labels, &answers, &truth, versions))
}

/// The same, but gives everything that each labelled card was taken for. Cards of which there is nothing to give are named on
/// stderr.
///
/// # Errors
/// As for [`run`].
pub fn known_cards(options: EvaluateOptions) -> anyhow::Result<Vec<KnownCard>> {
    let Answered { labels, answers, .. } = answer(options, true)?;
    let left_out = |label: &Label, why: &str| eprintln!("evaluate: left out: {}: {why}", label.image);
    let known = |(label, answer): (Label, Answer)| match answer {
        Answer::Identified { sample, .. } => sample.map(|sample| KnownCard { photo: label.image, sample: *sample }),
        Answer::NoCard { .. } => {
            left_out(&label, "no card was found");
            None
        }
        Answer::Unreadable(why) => {
            left_out(&label, &why);
            None
        }
    };
    Ok(labels.into_iter().zip(answers.by_row).filter_map(known).collect())
}

/// Every label with its answer, and what both are measured by.
struct Answered {
    labels: Vec<Label>,
    answers: Answers,
    truth: tally::Truth,
    versions: DecisionVersions,
}

fn answer(options: EvaluateOptions, samples: bool) -> anyhow::Result<Answered> {
    let labels = labels::read(&options.labels)?;
    eprintln!("evaluate: {} rows in {}", labels.len(), options.labels.display());
    let (sets, printings) = catalogue::load_directory(&options.catalogue)
        .with_context(|| format!("reading the catalogue {}", options.catalogue.display()))?;
    let digest = cardmint_store::catalogue_digest(&sets, &printings);
    let pictures = match &options.references {
        None => None,
        Some(folder) => Some(pictures(folder, options.cache.as_deref(), &printings)?),
    };
    let truth = tally::Truth::new(&printings, pictures.as_ref().map(|(index, _)| index));
    let strips = StripReader::new().context("loading the reader of collector numbers")?;
    let matcher = Matcher::new(Catalogue { printings, sets, digest }, pictures, strips, options.params);
    let program = match options.program {
        Some(program) => program,
        None => std::env::current_exe().context("finding out which program this is")?,
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let answers = work::run(&Job {
        labels: &labels,
        images: &options.images,
        matcher: &matcher,
        program: &program,
        read: &options.read,
        deadline: CARD_DEADLINE,
        workers: options.workers.unwrap_or(cores).max(1),
        whole: options.whole,
        samples,
    })?;
    Ok(Answered { labels, answers, truth, versions: matcher.versions() })
}

/// Makes or brings up to date the index of the reference pictures, and opens it.
fn pictures(
    folder: &Path,
    cache: Option<&Path>,
    printings: &[Printing],
) -> anyhow::Result<(PictureIndex, Box<dyn Thumbnails>)> {
    let file = match cache {
        Some(file) => file.to_owned(),
        None => std::env::temp_dir().join(cache_name(folder)),
    };
    let progress = |done: u64, of: u64| {
        if done.is_multiple_of(500) || done == of {
            eprintln!("evaluate: {done} of {of} reference pictures");
        }
    };
    let made = index::make(folder, &file, printings, &progress)?;
    for name in &made.unreadable {
        eprintln!("evaluate: left out: {name}");
    }
    let (index, file): (PictureIndex, File) = index::open(&file)
        .with_context(|| format!("opening the picture index {}", file.display()))?
        .with_context(|| format!("the picture index {} has gone", file.display()))?;
    let thumbnails = FileThumbnails::new(&index, file);
    Ok((index, Box::new(thumbnails)))
}

/// One file for each folder of references and each user.
fn cache_name(folder: &Path) -> String {
    let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let digest = blake3::hash(folder.as_os_str().as_encoded_bytes()).to_hex();
    format!("cardmint-evaluate-{}-{}.index", nix::unistd::geteuid(), &digest[..16])
}
