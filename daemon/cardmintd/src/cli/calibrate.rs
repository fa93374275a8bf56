//! `cardmintd calibrate`.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::say;
use crate::evaluate::{EvaluateOptions, calibrate as fit, samples};
use crate::policy;

/// What to fit to.
#[derive(Debug, Clone, Args)]
pub(super) struct CalibrateArgs {
    /// Folder with the catalogue.
    #[arg(long, value_name = "DIR")]
    catalogue: PathBuf,
    /// CSV with the columns image, bbox, card_id, as for `evaluate`; may be given several times, each with its `--images`.
    #[arg(long, value_name = "FILE", required = true)]
    labels: Vec<PathBuf>,
    /// Folder with the photos.
    #[arg(long, value_name = "DIR", required = true)]
    images: Vec<PathBuf>,
    /// Folder with reference pictures.
    #[arg(long, value_name = "DIR")]
    references: Option<PathBuf>,
    /// Where the index of the reference pictures is kept, so that a second run finds it.
    #[arg(long, value_name = "FILE")]
    cache: Option<PathBuf>,
    /// Thresholds and weights to begin with; the built-in ones unless given.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Where thresholds and fitted weights are written, for `recognition.policy_file`.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Fits, writes the policy and says what the fit is worth.
pub(super) fn calibrate(arguments: CalibrateArgs) -> anyhow::Result<()> {
    let CalibrateArgs { catalogue, labels, images, references, cache, policy, out } = arguments;
    if labels.len() != images.len() {
        bail!("there are {} --labels and {} --images; each needs the other", labels.len(), images.len());
    }
    let params = policy::load(policy.as_deref())?;
    let mut known = Vec::new();
    for (labels, images) in labels.into_iter().zip(images) {
        let usual = EvaluateOptions::new(catalogue.clone(), labels, images);
        let (references, cache, params) = (references.clone(), cache.clone(), params.clone());
        known.extend(samples(EvaluateOptions { references, cache, params, ..usual })?);
    }
    let calibration = fit(&known, &params);
    policy::save(&calibration.params, &out).context("keeping what was fitted")?;
    say(&calibration.to_string())
}
