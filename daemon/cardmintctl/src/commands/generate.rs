//! `completions`, `man`: what is made from the definitions of the commands.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::failure::Failure;
use crate::output::raw;

/// Print the completions for a shell.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

/// Write the manual pages into a folder.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder; made where it is not there.
    dir: PathBuf,
}

pub(super) fn completions(wanted: &Completions) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(wanted.shell, &mut Cli::command(), "cardmintctl", &mut text);
    raw(&text)
}

pub(super) fn man(wanted: &Man) -> Result<(), Failure> {
    let failed = |error| Failure::failed(format!("writing manual pages to {}: {error}", wanted.dir.display()));
    std::fs::create_dir_all(&wanted.dir).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), &wanted.dir).map_err(failed)
}
