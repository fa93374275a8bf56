//! `cardmintd evaluate`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::say;
use crate::evaluate::{EvaluateOptions, run, write_page};
use crate::policy;

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
    /// Reads every photo as it is, instead of cutting each labelled card out of it, and tells how well cards are found.
    #[arg(long)]
    whole: bool,
    /// How many readers run at once; one for each core unless given.
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Thresholds and weights, as `calibrate` writes them; the built-in ones unless given.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Prints one JSON document.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Prints tables in Markdown under this heading.
    #[arg(long, value_name = "TITLE")]
    markdown: Option<String>,
    /// Also writes a page with pictures of what was taken for what into this folder.
    #[arg(long, value_name = "DIR")]
    html: Option<PathBuf>,
}

/// Evaluates and prints the report.
pub(super) fn evaluate(arguments: EvaluateArgs) -> anyhow::Result<()> {
    let EvaluateArgs { catalogue, labels, images, references, cache, whole, workers, policy, json, markdown, html } =
        arguments;
    let params = policy::load(policy.as_deref())?;
    let usual = EvaluateOptions::new(catalogue, labels, images.clone());
    let report = run(EvaluateOptions { references: references.clone(), cache, whole, workers, params, ..usual })?;
    if let Some(folder) = html {
        write_page(&report, &images, references.as_deref(), &folder).context("writing the page")?;
    }
    match markdown {
        Some(title) => say(&report.to_markdown(&title)),
        None if json => say(&report.to_json().context("writing the report")?),
        None => say(&report.to_string()),
    }
}
