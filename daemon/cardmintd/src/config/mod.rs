//! The settings.
//!
//! Job: to bring the layers together and to say everything that is wrong with them at once, with file, key and reason.
//!
//! Guarantee: an unknown key, a value of the wrong kind and a value out of range are errors; nothing is ignored and nothing
//! is guessed. A unit stands in every key that has one.
//!
//! Deliberately absent: secrets. A setting may name a file that holds one.

mod check;
mod layers;
mod problem;
mod values;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use layers::{Profile, Sources, load};
pub use problem::{ConfigError, Problem};
pub use values::{AfterAdmission, LogFormat};

/// Every setting of the daemon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where everything durable is kept.
    pub state_dir: PathBuf,
    /// The database.
    pub database: Database,
    /// The watched folder.
    pub watch: Watch,
    /// The way of a photo.
    pub pipeline: Pipeline,
    /// Reading photos.
    pub ocr: Ocr,
    /// Naming cards.
    pub recognition: Recognition,
    /// What a batch declares when nobody says otherwise.
    pub defaults: Defaults,
    /// The catalogue.
    pub catalogue: Catalogue,
    /// Prices.
    pub pricing: Pricing,
    /// The control socket.
    pub control: Control,
    /// The page.
    pub web: Web,
    /// Restarting what fails.
    pub supervision: Supervision,
    /// Logs.
    pub log: Log,
}

/// The database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://USER@HOST/NAME`; empty: a SQLite file in the state directory.
    pub url: String,
    /// Connections that only read.
    #[schemars(range(min = 1))]
    pub reader_connections: u32,
    /// How long a question waits for one of them.
    #[schemars(range(min = 1))]
    pub acquire_timeout_ms: u64,
}

/// The watched folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// Which folder.
    pub folder: PathBuf,
    /// What becomes of a file that was taken.
    pub after_admission: AfterAdmission,
    /// How long a file must stand still.
    pub stable_ms: u32,
    /// The same while it is open for writing.
    pub open_ms: u32,
    /// How often the whole folder is looked through.
    #[schemars(range(min = 1))]
    pub rescan_secs: u32,
    /// Larger files are refused.
    #[schemars(range(min = 1))]
    pub max_file_bytes: u64,
    /// Files known at once.
    #[schemars(range(min = 1))]
    pub max_known_files: u32,
}

/// The way of a photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    /// OCR workers; 0: one for each core.
    #[schemars(range(max = 256))]
    pub workers: u32,
    /// Most time for one attempt.
    #[schemars(range(min = 1))]
    pub attempt_deadline_secs: u32,
    /// How long a claim holds; longer than the deadline.
    #[schemars(range(min = 1))]
    pub lease_secs: u32,
    /// Attempts before a photo becomes a dead letter. A failure that never touched the photo uses up none.
    #[schemars(range(min = 1))]
    pub max_attempts: u32,
    /// Longest wait before the second attempt; doubled for each further one. The wait is drawn evenly from nothing to that.
    pub retry_base_ms: u32,
    /// Longest wait between attempts.
    pub retry_cap_secs: u32,
    /// How long a stop waits for the photos in hand.
    pub drain_grace_secs: u32,
}

/// Reading photos.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ocr {
    /// Most time for one photo.
    #[schemars(range(min = 1))]
    pub deadline_secs: u32,
    /// A photo with more cards is refused.
    #[schemars(range(min = 1))]
    pub max_cards: u32,
    /// Most address space of a worker.
    #[schemars(range(min = 268_435_456_u64))]
    pub memory_bytes: u64,
    /// Language of the text.
    pub language: String,
    /// Folder with language files; empty: the system's.
    pub tessdata_dir: PathBuf,
}

/// What a batch declares when nobody says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// Finish.
    #[schemars(with = "String")]
    pub finish: cardmint_domain::Finish,
    /// Edition.
    #[schemars(with = "String")]
    pub edition: cardmint_domain::Edition,
    /// Condition.
    #[schemars(with = "String")]
    pub condition: cardmint_domain::Condition,
}

/// Naming cards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recognition {
    /// Thresholds and weights, as `cardmintd calibrate` writes them; empty: the built-in ones.
    pub policy_file: PathBuf,
    /// Lowest price of a valuable card, in the smallest unit of `pricing.output_currency`; 0: no card is.
    pub valuable_from_minor: u32,
    /// Lowest posterior of a valuable card that is booked without a person.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub valuable_posterior: f64,
}

/// The catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Reference pictures fetched in a second, at the most.
    pub fetch_per_second: f64,
}

/// Prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pricing {
    /// Folder of the plugins.
    pub plugin_dir: PathBuf,
    /// How often it is looked into.
    #[schemars(range(min = 1))]
    pub look_secs: u32,
    /// Longest wait for the sources.
    #[schemars(range(min = 1))]
    pub ask_timeout_ms: u32,
    /// How old a price may become before it is asked for again.
    #[schemars(range(min = 60))]
    pub refresh_secs: u32,
    /// The market that decides.
    pub home_region: String,
    /// The currency of the result.
    #[schemars(with = "String")]
    pub output_currency: cardmint_domain::Currency,
    /// How the operator can be reached.
    pub contact: String,
    /// Memory for each source's answers.
    pub cache_bytes: u64,
    /// Other base addresses, by source or by host.
    pub base_urls: BTreeMap<String, String>,
    /// Settings of single plugins, by file name without its ending.
    pub settings: BTreeMap<String, BTreeMap<String, String>>,
    /// Files that hold secret settings, likewise.
    pub secret_files: BTreeMap<String, BTreeMap<String, PathBuf>>,
}

/// The control socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Where it is.
    pub socket_path: PathBuf,
    /// Who may connect, in octal.
    #[schemars(regex(pattern = "^0?[0-7]{3}$"))]
    pub socket_mode: String,
    /// Largest photo that may be sent.
    #[schemars(range(min = 1))]
    pub max_upload_bytes: u64,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Web {
    /// Loopback address; empty: off.
    pub listen: String,
}

/// Restarting what fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Supervision {
    /// Most restarts within the period.
    pub max_restarts: u32,
    /// The period.
    #[schemars(range(min = 1))]
    pub period_secs: u32,
    /// Wait before the first restart in a row.
    #[schemars(range(min = 1))]
    pub backoff_base_ms: u32,
    /// Longest wait.
    #[schemars(range(min = 1))]
    pub backoff_cap_ms: u32,
    /// A run this long ends a row.
    #[schemars(range(min = 1))]
    pub stable_secs: u32,
    /// Longest silence that is no hang.
    #[schemars(range(min = 1))]
    pub hang_after_secs: u32,
    /// Most time for coming up.
    #[schemars(range(min = 1))]
    pub start_deadline_secs: u32,
    /// Most time for ending.
    #[schemars(range(min = 1))]
    pub stop_timeout_secs: u32,
}

/// Logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// What is logged.
    pub filter: String,
    /// How a line looks.
    pub format: LogFormat,
}

/// The keys in which two configurations differ.
#[must_use]
pub fn differences(one: &Config, other: &Config) -> Vec<String> {
    let value = |config| serde_json::to_value(config).unwrap_or_default();
    let mut keys = Vec::new();
    layers::differ("", &value(one), &value(other), &mut keys);
    keys
}

impl Config {
    /// The database's address.
    #[must_use]
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            return format!("sqlite:{}", self.state_dir.join("cardmint.db").display());
        }
        self.database.url.clone()
    }

    /// How many OCR workers there are: as configured, or one for each core.
    #[must_use]
    pub fn workers(&self) -> usize {
        match self.pipeline.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            workers => workers as usize,
        }
    }

    /// The control socket's mode; checked when the configuration was loaded.
    #[must_use]
    pub fn socket_mode(&self) -> u32 {
        u32::from_str_radix(&self.control.socket_mode, 8).unwrap_or(0o600)
    }
}
