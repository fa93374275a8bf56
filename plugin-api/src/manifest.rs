//! What a source says about itself before it is ever asked for a price.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How a source can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A few printings, a few HTTP steps, now.
    Quote,
    /// Everything at once, once a day or so, in bulk.
    Sync,
}

/// How often a host may be asked. The daemon never asks faster; it may ask more slowly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RateLimit {
    /// At least this long between two requests on average, in milliseconds; 1 or more.
    pub period_ms: u64,
    /// How many may be sent at once after a pause; 1 or more.
    pub burst: u32,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { period_ms: 1000, burst: 1 }
    }
}

/// A setting that the administrator may give the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ConfigKey {
    /// Its name in the configuration, for example `token`.
    pub name: String,
    /// Whether it is a secret. The source never sees a secret: it writes `${secret.NAME}` in a request.
    pub secret: bool,
    /// Whether the source is of no use without it.
    pub required: bool,
    /// What it is, for the administrator.
    pub description: String,
}

/// What a source says about itself. The administrator approves it; the daemon holds the source to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// Short stable name: lower-case letters, digits, `_`; for example `tcgcsv`. Quotes are stored under it.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// The plugin's own version.
    pub version: String,
    /// Who makes the prices, for example `tcgplayer`. A quote with any other upstream is refused.
    pub upstreams: Vec<String>,
    /// The only hosts the source may be answered from, without scheme or port. HTTPS is used.
    pub hosts: Vec<String>,
    /// How it can be asked; at least one.
    pub shapes: Vec<Shape>,
    /// What may be done with its quotes: `open`, `own_use`, `no_redistribution` or `display_only`.
    pub licence: String,
    /// What must be shown with its prices; empty for nothing.
    pub attribution: String,
    /// How long a quote may be used without asking again, in seconds; 1 or more.
    pub ttl_secs: u64,
    /// At least this long between two syncs, in seconds.
    pub min_sync_interval_secs: u64,
    /// Rate of each host; hosts not named here get [`RateLimit::default`].
    pub rate_limits: BTreeMap<String, RateLimit>,
    /// How long to leave a host alone after a 429 that does not say, in seconds.
    pub rate_limited_pause_secs: u64,
    /// Longest time for one HTTP answer, in seconds; 1 or more.
    pub timeout_secs: u64,
    /// Largest HTTP answer, in bytes after decompression; 1 or more.
    pub max_body_bytes: u64,
    /// Whether the source insists on a User-Agent by which the operator can be reached.
    pub contact_required: bool,
    /// Settings it understands.
    pub config_keys: Vec<ConfigKey>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            version: String::new(),
            upstreams: Vec::new(),
            hosts: Vec::new(),
            shapes: vec![Shape::Quote],
            licence: "own_use".to_owned(),
            attribution: String::new(),
            ttl_secs: 86_400,
            min_sync_interval_secs: 86_400,
            rate_limits: BTreeMap::new(),
            rate_limited_pause_secs: 60,
            timeout_secs: 5,
            max_body_bytes: 16 << 20,
            contact_required: false,
            config_keys: Vec::new(),
        }
    }
}

/// Why a manifest cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ManifestError {
    /// The id is not usable as a stable name.
    #[error("the id {0:?} is not 1 to 32 lower-case letters, digits or '_' starting with a letter")]
    Id(String),
    /// A field that must say something says nothing.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A number that must be 1 or more is 0.
    #[error("{0} must be at least 1")]
    Zero(&'static str),
    /// Not a bare host name.
    #[error("the host {0:?} is not a plain lower-case host name")]
    Host(String),
    /// A rate limit for a host that is not in `hosts`.
    #[error("there is a rate limit for {0:?}, which is not among the hosts")]
    UnknownHost(String),
    /// Not one of the four licence classes.
    #[error("the licence {0:?} is none of open, own_use, no_redistribution, display_only")]
    Licence(String),
    /// A setting whose name cannot stand in a placeholder.
    #[error("the setting {0:?} is not 1 to 32 lower-case letters, digits or '_' starting with a letter")]
    ConfigKey(String),
}

const LICENCES: [&str; 4] = ["open", "own_use", "no_redistribution", "display_only"];

impl Manifest {
    /// A manifest with one host and cautious defaults: shape `quote`, one request a second, own use only.
    pub fn new(id: &str, name: &str, version: &str, host: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
            hosts: vec![host.to_owned()],
            ..Self::default()
        }
    }

    /// Whether the manifest makes sense. The host calls this after loading, the test kit before.
    ///
    /// # Errors
    /// The first [`ManifestError`] found.
    pub fn check(&self) -> Result<(), ManifestError> {
        if !is_name(&self.id) {
            return Err(ManifestError::Id(self.id.clone()));
        }
        let texts = [("name", &self.name), ("version", &self.version)];
        if let Some((field, _)) = texts.into_iter().find(|(_, text)| text.trim().is_empty()) {
            return Err(ManifestError::Empty(field));
        }
        let lists = [
            ("upstreams", self.upstreams.is_empty()),
            ("hosts", self.hosts.is_empty()),
            ("shapes", self.shapes.is_empty()),
        ];
        if let Some((field, _)) = lists.into_iter().find(|(_, empty)| *empty) {
            return Err(ManifestError::Empty(field));
        }
        let numbers =
            [("ttl_secs", self.ttl_secs), ("timeout_secs", self.timeout_secs), ("max_body_bytes", self.max_body_bytes)];
        if let Some((field, _)) = numbers.into_iter().find(|(_, number)| *number == 0) {
            return Err(ManifestError::Zero(field));
        }
        if !LICENCES.contains(&self.licence.as_str()) {
            return Err(ManifestError::Licence(self.licence.clone()));
        }
        self.check_hosts()?;
        match self.config_keys.iter().find(|key| !is_name(&key.name)) {
            Some(key) => Err(ManifestError::ConfigKey(key.name.clone())),
            None => Ok(()),
        }
    }

    fn check_hosts(&self) -> Result<(), ManifestError> {
        if let Some(host) = self.hosts.iter().find(|host| !is_host(host)) {
            return Err(ManifestError::Host(host.clone()));
        }
        for (host, limit) in &self.rate_limits {
            if !self.hosts.contains(host) {
                return Err(ManifestError::UnknownHost(host.clone()));
            }
            if limit.period_ms == 0 {
                return Err(ManifestError::Zero("rate_limits.period_ms"));
            }
            if limit.burst == 0 {
                return Err(ManifestError::Zero("rate_limits.burst"));
            }
        }
        Ok(())
    }
}

fn is_name(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// A name of two or more labels. Addresses and single labels (`localhost`) are refused: a source talks to the public
/// network; tests and mirrors are reached by the daemon's base-URL override.
fn is_host(text: &str) -> bool {
    let label = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    text.len() <= 253
        && text.contains('.')
        && text.split('.').all(label)
        && text.rsplit('.').next().is_some_and(|top| top.contains(|c: char| c.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Manifest {
        Manifest { upstreams: vec!["x".to_owned()], ..Manifest::new("good", "Good", "1.0.0", "api.example.org") }
    }

    #[test]
    fn a_plain_manifest_is_accepted() {
        assert_eq!(good().check(), Ok(()));
    }

    #[test]
    fn each_broken_field_is_named() {
        let broken = [
            (Manifest { id: "Bad Id".into(), ..good() }, "Bad Id"),
            (Manifest { name: " ".into(), ..good() }, "name"),
            (Manifest { upstreams: vec![], ..good() }, "upstreams"),
            (Manifest { shapes: vec![], ..good() }, "shapes"),
            (Manifest { ttl_secs: 0, ..good() }, "ttl_secs"),
            (Manifest { licence: "free".into(), ..good() }, "free"),
            (Manifest { rate_limits: [("other.org".into(), RateLimit::default())].into(), ..good() }, "other.org"),
        ];
        for (manifest, word) in broken {
            let error = manifest.check().unwrap_err().to_string();
            assert!(error.contains(word), "{error:?} does not name {word:?}");
        }
    }

    #[test]
    fn only_plain_public_host_names_are_hosts() {
        for host in
            ["", "localhost", "127.0.0.1", "a b.org", "https://x.org", "x.org:80", "x.org/", "X.org", ".org", "[::1]"]
        {
            let manifest = Manifest { hosts: vec![host.to_owned()], ..good() };
            assert_eq!(manifest.check(), Err(ManifestError::Host(host.to_owned())));
        }
        assert_eq!(Manifest { hosts: vec!["cdn-1.a.co.uk".to_owned()], ..good() }.check(), Ok(()));
    }
}
