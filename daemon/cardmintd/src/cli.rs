//! The command line of the daemon.
//!
//! Guarantee: `ocr-worker` and `plugin-host` run before any thread or runtime is started, because they give up their rights
//! for good and threads would keep theirs.
//!
//! How each command ends is [`Exit`].

mod calibrate;
mod evaluate;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use cardmint_domain::errors::chain;
use cardmint_store::migrate;
use clap::{Args, Parser, Subcommand};

use crate::boot;
use crate::config::{self, Config, Profile, Sources};
use crate::exit::Exit;
use crate::lifecycle::{self, LifeError};
use crate::locator::Locator;
use crate::telemetry::logs;
use crate::upkeep::ImportRequest;

/// Recognises photographed trading cards, prices them and books them into an inventory.
#[derive(Debug, Parser)]
#[command(name = "cardmintd", version)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Where settings come from.
#[derive(Debug, Args)]
struct Settings {
    /// A file of settings; see config/default.toml for all of them.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A set of settings that comes with the program.
    #[arg(long, global = true, env = "CARDMINT_PROFILE")]
    profile: Option<Profile>,
    /// One setting, as section.key=value; may be given several times.
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the daemon (the default).
    Run,
    /// Says everything that is wrong with the settings.
    CheckConfig,
    /// Replaces the catalogue without the daemon, which must not be running, and ends.
    Import(Import),
    /// Changes the database's schema.
    Migrate {
        #[command(subcommand)]
        step: Migrate,
    },
    /// Reads a labelled folder of photos and reports accuracy and speed; needs no daemon.
    Evaluate(evaluate::EvaluateArgs),
    /// Fits the weights of the decision to labelled photos; needs no daemon.
    Calibrate(calibrate::CalibrateArgs),
    /// The sandboxed reader of photos; started by the daemon.
    #[command(hide = true)]
    OcrWorker,
    /// The sandboxed host of a plugin; started by the daemon.
    #[command(hide = true)]
    PluginHost,
}

/// What is imported; as with `cardmintctl catalogue import`.
#[derive(Debug, Args)]
struct Import {
    /// A directory, a .zip or .tar.gz, or an http(s) address of one.
    source: String,
    /// A folder of reference pictures named by printing, to be taken over.
    #[arg(long, value_name = "DIR")]
    references: Option<PathBuf>,
    /// Fetches missing reference pictures from the catalogue's addresses.
    #[arg(long)]
    fetch_images: bool,
    /// Imports even what has fewer than 98 % of the printings there were.
    #[arg(long)]
    force: bool,
}

/// A step of the schema.
#[derive(Debug, Subcommand)]
enum Migrate {
    /// Applies what is missing.
    Up,
    /// Takes the last migrations back.
    Down {
        /// How many.
        #[arg(default_value_t = 1)]
        count: usize,
    },
    /// Lists all migrations.
    Status,
}

/// Does what the arguments say.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are errors to the parser, too; it knows the stream and the code.
            let printed = error.print();
            let code = u8::try_from(error.exit_code()).unwrap_or(Exit::Usage.code());
            return ExitCode::from(if printed.is_ok() { code } else { Exit::Failed.code() });
        }
    };
    match cli.command {
        Some(Command::OcrWorker) => finish(cardmint_ocr::run_worker(&Locator::default())),
        Some(Command::PluginHost) => finish(cardmint_sources::run_plugin_host()),
        Some(Command::Evaluate(arguments)) => ended(evaluate::evaluate(arguments)),
        Some(Command::Calibrate(arguments)) => ended(calibrate::calibrate(arguments)),
        Some(Command::CheckConfig) => with_config(&cli.settings.sources(), |_| {
            say("The settings are fine.")?;
            Ok(())
        }),
        Some(Command::Import(wanted)) => with_config(&cli.settings.sources(), |config| import(config, wanted)),
        Some(Command::Migrate { step }) => with_config(&cli.settings.sources(), |config| migrate(config, &step)),
        Some(Command::Run) | None => run(&cli.settings.sources()),
    }
}

fn ended(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&chain(error.as_ref()), Exit::Failed),
    }
}

impl Settings {
    fn sources(&self) -> Sources {
        let utf8 = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        Sources {
            profile: self.profile,
            file: self.config.clone(),
            environment: std::env::vars_os().filter_map(utf8).collect(),
            flags: self.set.clone(),
        }
    }
}

fn run(sources: &Sources) -> ExitCode {
    let config = match config::load(sources) {
        Ok(config) => config,
        Err(error) => return complain(&error.to_string(), Exit::Settings),
    };
    let log = match logs::init(&config.log) {
        Ok(log) => log,
        Err(error) => return complain(&chain(&error), Exit::Failed),
    };
    let prepared = match boot::prepare_patiently(&config) {
        Ok(prepared) => prepared,
        Err(error) => {
            tracing::error!(error = %chain(&error), "the daemon cannot start");
            return ExitCode::from(error.exit().code());
        }
    };
    match lifecycle::run(prepared, &config, sources, &log) {
        Ok(()) => {
            tracing::info!("ended");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(error = %chain(&error), "ended");
            let exit = match error {
                LifeError::GaveUp(_) => Exit::GaveUp,
                LifeError::Hung { .. } => Exit::Hung,
                LifeError::System { .. } => Exit::Failed,
            };
            ExitCode::from(exit.code())
        }
    }
}

fn with_config(sources: &Sources, work: impl FnOnce(&Config) -> anyhow::Result<()>) -> ExitCode {
    match config::load(sources) {
        Ok(config) => match work(&config) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => complain(&chain(error.as_ref()), Exit::Failed),
        },
        Err(error) => complain(&error.to_string(), Exit::Settings),
    }
}

fn import(config: &Config, wanted: Import) -> anyhow::Result<()> {
    let _log = logs::init(&config.log).context("setting up the log")?;
    let Import { source, references, fetch_images, force } = wanted;
    let status = boot::import(config, &ImportRequest { source, force, references, fetch_images })?;
    say(&serde_json::to_string(&status).context("saying what came of it")?)
}

fn migrate(config: &Config, step: &Migrate) -> anyhow::Result<()> {
    let url = config.database_url();
    match step {
        Migrate::Up => {
            let applied = migrate::up(&url).context("migrating the database")?;
            say(&format!("applied: {}", list(&applied)))
        }
        Migrate::Down { count } => {
            let undone = migrate::down(&url, *count).context("migrating the database back")?;
            say(&format!("taken back: {}", list(&undone)))
        }
        Migrate::Status => {
            for one in migrate::status(&url).context("asking the database for its migrations")? {
                let state = match (one.applied, one.known) {
                    (true, true) => "applied",
                    (true, false) => "applied, not known to this program",
                    (false, _) => "missing",
                };
                say(&format!("{}  {}  {state}", one.version, one.name))?;
            }
            Ok(())
        }
    }
}

fn list(versions: &[String]) -> String {
    if versions.is_empty() { "nothing".to_owned() } else { versions.join(", ") }
}

fn finish(outcome: Result<(), impl std::error::Error>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&chain(&error), Exit::Failed),
    }
}

fn say(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{line}").context("writing to the standard output")
}

fn complain(message: &str, exit: Exit) -> ExitCode {
    // Nowhere else to complain to when even this fails.
    drop(writeln!(std::io::stderr(), "cardmintd: {message}"));
    ExitCode::from(exit.code())
}
