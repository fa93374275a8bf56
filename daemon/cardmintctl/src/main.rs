//! The command line of CardMint: a thin client of the control API.
//!
//! Job: to show what the API says and to hand it an operator's wish.
//!
//! Guarantee: with `--json` standard output holds one JSON document and nothing else; messages go to standard error; the
//! exit code is 0 done, 1 failed, 2 wrong usage, 3 the daemon cannot be reached.
//!
//! Deliberately absent: decisions. Whatever can be refused is refused by the daemon.

mod cli;
mod client;
mod commands;
mod failure;
mod output;
mod progress;
mod table;
mod words;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::failure::Failure;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(commands::run(cli)),
        Err(error) => Err(Failure::failed(format!("starting the runtime: {error}"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.complain();
            failure.exit_code()
        }
    }
}
