//! `cardmintd evaluate`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::say;
use crate::evaluate::{EvaluateOptions, run};

/// What to evaluate.
#[derive(Debug, Clone, Args)]
pub(super) struct EvaluateArgs {
    /// Folder with the catalogue.
    #[arg(long, value_name = "DIR")]
    catalogue: PathBuf,
    /// CSV with the columns image, bbox, card_id; others are tags.
    #[arg(long, value_name = "FILE")]
    labels: PathBuf,
    /// Folder with the photos.
    #[arg(long, value_name = "DIR")]
    images: PathBuf,
    /// Folder with reference pictures.
    #[arg(long, value_name = "DIR")]
    references: Option<PathBuf>,
    /// Where the index of the reference pictures is kept, so that a second run finds it.
    #[arg(long, value_name = "FILE")]
    cache: Option<PathBuf>,
    /// How many readers run at once; one for each core unless given.
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Prints one JSON document.
    #[arg(long)]
    json: bool,
}

/// Evaluates and prints the report.
pub(super) fn evaluate(arguments: EvaluateArgs) -> anyhow::Result<()> {
    let EvaluateArgs { catalogue, labels, images, references, cache, workers, json } = arguments;
    let options = EvaluateOptions { references, cache, workers, ..EvaluateOptions::new(catalogue, labels, images) };
    let report = run(options)?;
    if json { say(&report.to_json().context("writing the report")?) } else { say(&report.to_string()) }
}
