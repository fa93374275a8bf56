//! What the type of a setting cannot say.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;

use cardmint_domain::errors::chain;
use cardmint_sources::Url;
use cardmint_store::Location;

use super::Config;
use crate::policy;
use crate::telemetry::logs;

/// Everything that is wrong, as `(key, reason)`.
pub(super) fn problems(config: &Config) -> Vec<(String, String)> {
    let mut found = Found(Vec::new());
    numbers(config, &mut found);
    relations(config, &mut found);
    texts(config, &mut found);
    found.0
}

struct Found(Vec<(String, String)>);

impl Found {
    fn unless(&mut self, fine: bool, key: &str, reason: impl Into<String>) {
        if !fine {
            self.0.push((key.to_owned(), reason.into()));
        }
    }

    fn at_least(&mut self, key: &str, value: u64, least: u64) {
        self.unless(value >= least, key, format!("must be at least {least}, not {value}"));
    }
}

fn numbers(config: &Config, found: &mut Found) {
    let Config { database, watch, pipeline, ocr, pricing, control, supervision, .. } = config;
    found.at_least("database.reader_connections", database.reader_connections.into(), 1);
    found.at_least("database.acquire_timeout_ms", database.acquire_timeout_ms, 1);
    found.at_least("watch.rescan_secs", watch.rescan_secs.into(), 1);
    found.at_least("watch.max_file_bytes", watch.max_file_bytes, 1);
    found.at_least("watch.max_known_files", watch.max_known_files.into(), 1);
    found.unless(pipeline.workers <= 256, "pipeline.workers", format!("must be at most 256, not {}", pipeline.workers));
    found.at_least("pipeline.attempt_deadline_secs", pipeline.attempt_deadline_secs.into(), 1);
    found.at_least("pipeline.lease_secs", pipeline.lease_secs.into(), 1);
    found.at_least("pipeline.max_attempts", pipeline.max_attempts.into(), 1);
    found.at_least("ocr.deadline_secs", ocr.deadline_secs.into(), 1);
    found.at_least("ocr.max_cards", ocr.max_cards.into(), 1);
    found.at_least("ocr.memory_bytes", ocr.memory_bytes, 256 << 20);
    found.at_least("pricing.look_secs", pricing.look_secs.into(), 1);
    found.at_least("pricing.ask_timeout_ms", pricing.ask_timeout_ms.into(), 1);
    found.at_least("pricing.refresh_secs", pricing.refresh_secs.into(), 60);
    found.at_least("control.max_upload_bytes", control.max_upload_bytes, 1);
    found.at_least("supervision.period_secs", supervision.period_secs.into(), 1);
    found.at_least("supervision.backoff_base_ms", supervision.backoff_base_ms.into(), 1);
    found.at_least("supervision.stable_secs", supervision.stable_secs.into(), 1);
    found.at_least("supervision.hang_after_secs", supervision.hang_after_secs.into(), 1);
    found.at_least("supervision.start_deadline_secs", supervision.start_deadline_secs.into(), 1);
    found.at_least("supervision.stop_timeout_secs", supervision.stop_timeout_secs.into(), 1);
    let rate = config.catalogue.fetch_per_second;
    found.unless(rate.is_finite() && rate > 0.0, "catalogue.fetch_per_second", format!("must be above 0, not {rate}"));
}

fn relations(config: &Config, found: &mut Found) {
    let Config { pipeline, ocr, supervision, .. } = config;
    found.unless(
        pipeline.lease_secs > pipeline.attempt_deadline_secs,
        "pipeline.lease_secs",
        format!(
            "must be longer than pipeline.attempt_deadline_secs ({}), or a photo is taken twice at once",
            pipeline.attempt_deadline_secs
        ),
    );
    found.unless(
        ocr.deadline_secs <= pipeline.attempt_deadline_secs,
        "ocr.deadline_secs",
        format!("must be at most pipeline.attempt_deadline_secs ({})", pipeline.attempt_deadline_secs),
    );
    found.unless(
        supervision.backoff_cap_ms >= supervision.backoff_base_ms,
        "supervision.backoff_cap_ms",
        format!("must be at least supervision.backoff_base_ms ({})", supervision.backoff_base_ms),
    );
}

fn texts(config: &Config, found: &mut Found) {
    let named = |path: &Path| !path.as_os_str().is_empty();
    found.unless(named(&config.state_dir), "state_dir", "must not be empty");
    found.unless(named(&config.watch.folder), "watch.folder", "must not be empty");
    found.unless(named(&config.control.socket_path), "control.socket_path", "must not be empty");
    // The kernel's limit is 107 for the name under which the socket is made, in a folder beside its own.
    let length = config.control.socket_path.as_os_str().len();
    found.unless(length <= 96, "control.socket_path", format!("must have at most 96 bytes, not {length}"));
    let mode = &config.control.socket_mode;
    let octal = (3..=4).contains(&mode.len()) && u32::from_str_radix(mode, 8).is_ok_and(|mode| mode <= 0o777);
    found.unless(octal, "control.socket_mode", format!("must be octal as in \"0660\", not {mode:?}"));
    if let Err(error) = Location::parse(&config.database_url()) {
        found.unless(false, "database.url", chain(&error));
    }
    if let Err(error) = policy::load(Some(&config.recognition.policy_file)) {
        found.unless(false, "recognition.policy_file", chain(&error));
    }
    found.unless(
        (0.0..=1.0).contains(&config.recognition.valuable_posterior),
        "recognition.valuable_posterior",
        "must lie between 0 and 1",
    );
    if let Err(error) = logs::filter(&config.log.filter) {
        found.unless(false, "log.filter", chain(&error));
    }
    let listen = &config.web.listen;
    found.unless(
        listen.is_empty() || is_loopback(listen),
        "web.listen",
        "must be a loopback address with a port, or empty",
    );
    for (name, address) in &config.pricing.base_urls {
        let fine = Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        found.unless(fine, &format!("pricing.base_urls.{name}"), format!("{address:?} is no http or https address"));
    }
    let region = config.pricing.home_region.as_str();
    let regions = ["US", "EU", "JP", "UK"];
    found.unless(
        regions.contains(&region),
        "pricing.home_region",
        format!("{region:?} is none of {}", regions.join(", ")),
    );
}

/// Whether an address to listen on is reachable from this machine alone. Only numbers and `localhost` are looked at, so that
/// no name server is asked.
fn is_loopback(address: &str) -> bool {
    if address.strip_prefix("localhost:").is_some() {
        return address.to_socket_addrs().is_ok_and(|mut all| all.all(|one| one.ip().is_loopback()));
    }
    address.parse::<SocketAddr>().is_ok_and(|address| address.ip().is_loopback())
}
