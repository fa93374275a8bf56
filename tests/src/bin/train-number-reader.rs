//! Trains the reader of collector numbers: `train-number-reader --out FILE [--steps N] [--seed N] [--from FILE]`.
//!
//! Draws all that it learns from itself; needs the fonts that it names where they are missing. Writes the weights every
//! few minutes, so that a run may be cut short; `measure_numbers` says what they are worth.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use cardmint_recognition::strip::Net;
use cardmint_tests::training::fonts::TrainingFonts;
use cardmint_tests::training::{Training, mean};
use clap::Parser;

/// How often the weights are written and the loss is said.
const REPORT: Duration = Duration::from_secs(60);

#[derive(Debug, Parser)]
#[command(about = "Trains the reader of collector numbers on lines of print that it draws itself")]
struct Arguments {
    /// Where the weights are written.
    #[arg(long)]
    out: PathBuf,
    /// How many steps, of 32 windows each.
    #[arg(long, default_value_t = 12_000)]
    steps: u64,
    /// Which windows are drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Weights to go on from.
    #[arg(long)]
    from: Option<PathBuf>,
    /// Other weights; in the end the mean of these and what was learnt is written.
    #[arg(long)]
    mean_with: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let from = arguments.from.as_deref().map(read).transpose()?;
    // Read before the hours of training, not after.
    let other = arguments.mean_with.as_deref().map(read).transpose()?;
    let mut training = Training::new(from, TrainingFonts::load()?, arguments.seed, arguments.steps);
    let (begun, mut reported, mut step) = (Instant::now(), Instant::now(), 0_u64);
    let mut recent: Option<f32> = None;
    while let Some(loss) = training.step() {
        step += 1;
        let mean = recent.map_or(loss, |mean| 0.98 * mean + 0.02 * loss);
        recent = Some(mean);
        if reported.elapsed() >= REPORT {
            reported = Instant::now();
            let seconds = begun.elapsed().as_secs();
            writeln!(std::io::stdout(), "{seconds} s, step {step} of {}: loss {mean:.4} a sign", arguments.steps)?;
            write(&arguments.out, training.net())?;
        }
    }
    match other {
        Some(other) => write(&arguments.out, &mean(training.net(), &other)),
        None => write(&arguments.out, training.net()),
    }
}

fn read(file: &Path) -> anyhow::Result<Net> {
    let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    Net::from_bytes(&bytes).with_context(|| format!("reading weights from {}", file.display()))
}

fn write(file: &Path, net: &Net) -> anyhow::Result<()> {
    std::fs::write(file, net.to_bytes()).with_context(|| format!("writing {}", file.display()))
}
