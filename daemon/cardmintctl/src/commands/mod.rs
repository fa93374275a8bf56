//! One file per family of commands.

pub(crate) mod audit;
pub(crate) mod batch;
pub(crate) mod catalogue;
pub(crate) mod control;
pub(crate) mod dead_letter;
pub(crate) mod generate;
pub(crate) mod inventory;
pub(crate) mod plugin;
pub(crate) mod price;
pub(crate) mod review;
pub(crate) mod scan;
mod status;
mod submit;

use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::Value;

use crate::cli::{Cli, Command};
use crate::client::Api;
use crate::failure::{Failure, complain};
use crate::output::Output;
use crate::words::items;

/// Time between two looks at something that is waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// What every command works with.
pub(crate) struct Session {
    pub(crate) api: Api,
    pub(crate) output: Output,
}

/// Does what was asked.
pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    let session = Session { api: Api::new(&cli.socket)?, output: Output { json: cli.json } };
    match cli.command {
        Command::Status => status::status(&session).await,
        Command::Tree => status::tree(&session).await,
        Command::Health => status::health(&session).await,
        Command::Scan(command) => scan::run(command, &session).await,
        Command::Review(command) => review::run(command, &session).await,
        Command::DeadLetter(command) => dead_letter::run(command, &session).await,
        Command::Inventory(command) => inventory::run(command, &session).await,
        Command::Price(command) => price::run(command, &session).await,
        Command::Catalogue(command) => catalogue::run(command, &session).await,
        Command::Plugin(command) => plugin::run(command, &session).await,
        Command::Batch(command) => batch::run(command, &session).await,
        Command::Audit(command) => audit::run(command, &session).await,
        Command::Pause => control::pause(&session).await,
        Command::Resume => control::resume(&session).await,
        Command::Drain(ending) => control::drain(ending, &session).await,
        Command::Stop(ending) => control::stop(ending, &session).await,
        Command::Completions(completions) => generate::completions(&completions),
        Command::Man(man) => generate::man(&man),
    }
}

/// Which part of a list.
#[derive(Debug, Args)]
pub(crate) struct Paging {
    /// Most rows to show.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Rows to skip.
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: u64,
}

impl Paging {
    /// What the API is asked for, besides `own`.
    fn with(&self, own: Vec<(&'static str, Option<String>)>) -> Vec<(&'static str, Option<String>)> {
        let paging = [("limit", Some(self.limit.to_string())), ("offset", Some(self.offset.to_string()))];
        own.into_iter().chain(paging).collect()
    }
}

impl Session {
    /// Asks for a list and shows it; says on standard error when there is more.
    async fn list(
        &self,
        path: &[&str],
        paging: &Paging,
        own: Vec<(&'static str, Option<String>)>,
        human: impl FnOnce(&Value) -> String,
    ) -> Result<(), Failure> {
        let listing = self.api.get(path, &paging.with(own)).await?;
        self.output.show(&listing, human)?;
        let (shown, total) = (items(&listing).len() as u64, crate::words::number(&listing, "/total"));
        if paging.offset + shown < total {
            complain(&format!(
                "rows {} to {} of {total}; see --limit and --offset",
                paging.offset + 1,
                paging.offset + shown
            ));
        }
        Ok(())
    }
}

/// The words that a closed set of values knows, for the parser.
macro_rules! words_of {
    ($name:ident) => {
        PossibleValuesParser::new(cardmint_domain::$name::ALL.iter().map(|value| value.as_str()))
    };
}

fn finishes() -> PossibleValuesParser {
    words_of!(Finish)
}

fn editions() -> PossibleValuesParser {
    words_of!(Edition)
}

fn conditions() -> PossibleValuesParser {
    words_of!(Condition)
}
