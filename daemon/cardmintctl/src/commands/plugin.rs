//! `plugin`: price sources.

use clap::Subcommand;
use serde_json::Value;

use super::Session;
use crate::failure::Failure;
use crate::table::Table;
use crate::words::{items, text};

/// Price sources.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List every file of the plugin folder with what became of it.
    List,
    /// Look into the plugin folder now.
    Reload,
    /// Use a source again.
    Enable {
        /// Its name.
        plugin: String,
    },
    /// Use a source no more until it is enabled or the daemon is started again.
    Disable {
        /// Its name.
        plugin: String,
    },
}

pub(super) async fn run(command: Command, session: &Session) -> Result<(), Failure> {
    match command {
        Command::List => session.output.show(&session.api.get(&["v1", "plugins"], &[]).await?, table),
        Command::Reload => session.output.show(&session.api.post(&["v1", "plugins", "reload"]).await?, table),
        Command::Enable { plugin } => switch(session, &plugin, "enable").await,
        Command::Disable { plugin } => switch(session, &plugin, "disable").await,
    }
}

async fn switch(session: &Session, plugin: &str, verb: &str) -> Result<(), Failure> {
    let answer = session.api.post(&["v1", "plugins", plugin, verb]).await?;
    session.output.show(&answer, |_| format!("{plugin} is {verb}d"))
}

fn table(listing: &Value) -> String {
    let mut table = Table::new(&["FILE", "SOURCE", "VERSION", "STATUS", ">ASKED", ">ANSWERED", ">QUOTES", "TROUBLE"]);
    for plugin in items(listing) {
        let refused = text(plugin, "/reason");
        table.row([
            text(plugin, "/file"),
            text(plugin, "/about/id"),
            text(plugin, "/about/version"),
            text(plugin, "/status"),
            text(plugin, "/tally/asked"),
            text(plugin, "/tally/answered"),
            text(plugin, "/tally/quotes"),
            if refused.is_empty() { text(plugin, "/tally/last_error") } else { refused },
        ]);
    }
    table.render("no plugins")
}
