//! What may be typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands::{
    audit, batch, catalogue, control, dead_letter, generate, inventory, plugin, price, review, scan,
};

/// Operates a running CardMint daemon.
#[derive(Debug, Parser)]
#[command(
    name = "cardmintctl",
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the daemon cannot be reached."
)]
pub(crate) struct Cli {
    /// The daemon's control socket.
    #[arg(
        long,
        global = true,
        value_name = "PATH",
        env = "CARDMINT_SOCKET",
        default_value = "/run/cardmint/control.sock"
    )]
    pub(crate) socket: PathBuf,
    /// Print one JSON document, as the control API gives it.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The families of commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Counts, catalogue, price sources.
    Status,
    /// The supervision tree.
    Tree,
    /// Whether a photo that arrives now is taken; fails where not.
    Health,
    /// Photos and the cards found in them.
    #[command(subcommand)]
    Scan(scan::Command),
    /// What waits for a person.
    #[command(subcommand)]
    Review(review::Command),
    /// Photos that were given up.
    #[command(subcommand)]
    DeadLetter(dead_letter::Command),
    /// What is in stock.
    #[command(subcommand)]
    Inventory(inventory::Command),
    /// What a printing is worth.
    #[command(subcommand)]
    Price(price::Command),
    /// The sets and printings that exist.
    #[command(subcommand)]
    Catalogue(catalogue::Command),
    /// Price sources.
    #[command(subcommand)]
    Plugin(plugin::Command),
    /// Runs of photos that share defaults.
    #[command(subcommand)]
    Batch(batch::Command),
    /// The log of every change.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Take no more photos; files are still admitted.
    Pause,
    /// Take photos again.
    Resume,
    /// Finish what is under way, then stop the daemon.
    Drain(control::Ending),
    /// Stop the daemon now; what is under way is taken again at the next start.
    Stop(control::Ending),
    /// Print the completions for a shell.
    Completions(generate::Completions),
    /// Write the manual pages into a folder.
    Man(generate::Man),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }
}
