//! The CardMint daemon.

use std::process::ExitCode;

fn main() -> ExitCode {
    cardmintd::cli::main(std::env::args_os())
}
