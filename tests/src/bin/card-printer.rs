//! `card-printer`: prints the invented trading card game, photographs cards, and compares what the daemon made of them.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use cardmint_tests::compare::{Scans, compare};
use cardmint_tests::printer::{self, PrintOptions};
use cardmint_tests::samples;
use cardmint_tests::simulator::{Album, Arrangement, Level, develop};
use clap::{Args, Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(about = "Prints an invented trading card game, photographs cards, and compares what became of them")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints the game: catalogue, reference pictures, further finishes, cards that must not be accepted.
    Print(Print),
    /// Takes photos of reference pictures, with labels.
    Photos(Photos),
    /// Makes a sample set: catalogue, references, photos and labels.
    Samples(Samples),
    /// Says for every labelled card what the daemon made of it. Fails when anything was accepted wrongly or too little
    /// was named rightly.
    Compare(Compare),
}

#[derive(Debug, Args)]
struct Print {
    /// Folder to print into; made when missing.
    #[arg(long)]
    out: PathBuf,
    /// Decides every name and picture.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only these sets, separated by commas.
    #[arg(long, value_delimiter = ',')]
    sets: Vec<String>,
}

#[derive(Debug, Args)]
struct Photos {
    /// Folder of pictures named CARD_ID.jpg.
    #[arg(long)]
    references: PathBuf,
    /// Folder of the catalogue; cards that are not in it are labelled as what must not be accepted.
    #[arg(long)]
    catalogue: Option<PathBuf>,
    /// Folder of pictures named CARD_ID.FINISH.jpg.
    #[arg(long)]
    variants: Option<PathBuf>,
    /// Folder of pictures of what must not be accepted.
    #[arg(long)]
    negatives: Option<PathBuf>,
    /// Folder to write `photos` and `labels.csv` into; made when missing.
    #[arg(long)]
    out: PathBuf,
    /// How hard: station, phone or hard.
    #[arg(long, default_value = "phone")]
    level: Level,
    /// single, pair, scattered or page; a mixture without.
    #[arg(long)]
    arrangement: Option<Arrangement>,
    /// How many photos of cards.
    #[arg(long, default_value_t = 20)]
    count: usize,
    /// How many photos of what must not be accepted, the last of an empty table.
    #[arg(long, default_value_t = 0)]
    count_negatives: usize,
    /// Decides everything that is left to chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Args)]
struct Samples {
    /// Folder to write into; made when missing.
    #[arg(long)]
    out: PathBuf,
    /// Decides everything that is left to chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Args)]
struct Compare {
    /// The labels.
    #[arg(long)]
    labels: PathBuf,
    /// Where the labelled photos lie; `photos` beside the labels without.
    #[arg(long)]
    photos: Option<PathBuf>,
    /// The answer of `cardmintctl --json scan list`.
    #[arg(long)]
    scans: PathBuf,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Print(arguments) => print(arguments),
        Command::Photos(arguments) => photos(&arguments),
        Command::Samples(arguments) => sample_set(&arguments),
        Command::Compare(arguments) => comparison(&arguments),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("card-printer: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn print(Print { out, seed, sets }: Print) -> anyhow::Result<ExitCode> {
    let done = printer::print(&out, &PrintOptions { seed, sets })?;
    eprintln!(
        "{}: {} cards of {} sets, {} further finishes, {} pictures of what is in no catalogue",
        out.display(),
        done.cards,
        done.sets,
        done.variants,
        done.negatives
    );
    Ok(ExitCode::SUCCESS)
}

fn photos(arguments: &Photos) -> anyhow::Result<ExitCode> {
    let listed = arguments.catalogue.as_deref().map(card_ids).transpose()?;
    let mut album = Album::of_references(&arguments.references, listed.as_ref(), arguments.seed)?;
    if let Some(folder) = &arguments.variants {
        album = album.with_variants(folder)?;
    }
    if let Some(folder) = &arguments.negatives {
        album = album.with_negatives(folder)?;
    }
    let Photos { level, seed, .. } = *arguments;
    let mut shots = album.plan(arguments.count, arguments.arrangement, level, seed);
    shots.extend(album.plan_negatives(arguments.count_negatives, level, seed));
    let labels = develop(&shots, &arguments.out)?;
    eprintln!("{}: {} photos, {labels} labels", arguments.out.display(), shots.len());
    Ok(ExitCode::SUCCESS)
}

/// Identifiers of all cards of a catalogue in the pokemon-tcg-data layout.
fn card_ids(catalogue: &Path) -> anyhow::Result<BTreeSet<String>> {
    let folder = catalogue.join("cards/en");
    let mut ids = BTreeSet::new();
    for file in std::fs::read_dir(&folder).with_context(|| format!("listing {}", folder.display()))? {
        let path = file?.path();
        let bytes = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let cards: Vec<serde_json::Value> =
            serde_json::from_slice(&bytes).with_context(|| format!("parsing {}", path.display()))?;
        ids.extend(cards.iter().filter_map(|card| card["id"].as_str()).map(str::to_owned));
    }
    Ok(ids)
}

fn sample_set(Samples { out, seed }: &Samples) -> anyhow::Result<ExitCode> {
    let done = samples::make(out, *seed)?;
    eprintln!("{}: {} cards, {} photos, {} labels", out.display(), done.cards, done.photos, done.labels);
    Ok(ExitCode::SUCCESS)
}

fn comparison(Compare { labels, photos, scans }: &Compare) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(scans).with_context(|| format!("reading {}", scans.display()))?;
    let scans: Scans = serde_json::from_str(&text).with_context(|| format!("parsing {}", scans.display()))?;
    let beside = labels.parent().unwrap_or(Path::new(".")).join("photos");
    let comparison = compare(labels, photos.as_ref().unwrap_or(&beside), scans)?;
    let mut out = std::io::stdout().lock();
    for line in &comparison.lines {
        writeln!(out, "{line}")?;
    }
    let totals = comparison.totals();
    writeln!(out, "\n{totals}")?;
    Ok(if totals.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
