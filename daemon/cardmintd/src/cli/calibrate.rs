//! `cardmintd calibrate`.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::say;
use crate::evaluate::{EvaluateOptions, USUAL_LACKING, calibrate as fit, known_cards, samples};
use crate::policy;

/// What to fit to: labelled photos, samples kept from others, or both.
#[derive(Debug, Clone, Args)]
pub(super) struct CalibrateArgs {
    /// Folder with the catalogue.
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// CSV with the columns image, bbox, card_id, as for `evaluate`; may be given several times, each with its `--images`.
    #[arg(long, value_name = "FILE", requires = "catalogue", required_unless_present = "samples")]
    labels: Vec<PathBuf>,
    /// Folder with the photos.
    #[arg(long, value_name = "DIR")]
    images: Vec<PathBuf>,
    /// Samples that an earlier run kept; may be given several times.
    #[arg(long, value_name = "FILE")]
    samples: Vec<PathBuf>,
    /// Where what the photos were taken for is kept, to be fitted to again together with other samples.
    #[arg(long, value_name = "FILE", requires = "labels")]
    keep: Option<PathBuf>,
    /// Folder with reference pictures.
    #[arg(long, value_name = "DIR")]
    references: Option<PathBuf>,
    /// Where the index of the reference pictures is kept, so that a second run finds it.
    #[arg(long, value_name = "FILE")]
    cache: Option<PathBuf>,
    /// Share of the cards to be scanned that the catalogue lacks, reprints and cards in other languages included.
    #[arg(long, value_name = "SHARE", default_value_t = USUAL_LACKING, value_parser = share)]
    lacking: f64,
    /// Thresholds and weights to begin with; the built-in ones unless given.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Where thresholds and fitted weights are written, for `recognition.policy_file`.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// A share above 0 and below 1.
fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err("a share lies above 0 and below 1".to_owned()),
    }
}

/// Fits, writes the policy and says what the fit is worth.
pub(super) fn calibrate(arguments: CalibrateArgs) -> anyhow::Result<()> {
    let CalibrateArgs { catalogue, labels, images, samples: kept, keep, references, cache, lacking, policy, out } =
        arguments;
    if labels.len() != images.len() {
        bail!("there are {} --labels and {} --images; each needs the other", labels.len(), images.len());
    }
    let params = policy::load(policy.as_deref())?;
    let mut known = Vec::new();
    for (labels, images) in labels.into_iter().zip(images) {
        let catalogue = catalogue.clone().context("photos are read with a --catalogue")?;
        let usual = EvaluateOptions::new(catalogue, labels, images);
        let (references, cache, params) = (references.clone(), cache.clone(), params.clone());
        known.extend(known_cards(EvaluateOptions { references, cache, params, ..usual })?);
    }
    if let Some(keep) = keep {
        samples::keep(&known, &keep)?;
    }
    for file in kept {
        known.extend(samples::load(&file)?);
    }
    let calibration = fit(&known, &params, lacking);
    policy::save(&calibration.params, &out).context("keeping what was fitted")?;
    say(&calibration.to_string())
}
