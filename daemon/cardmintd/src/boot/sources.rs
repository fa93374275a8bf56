//! How price sources are run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cardmint_sources::{DriverParams, Url};
use secrecy::SecretString;

use crate::actors::pricing::{MakeParams, MakeSource, Nursery, SourceActor};
use crate::config::Pricing;
use crate::supervisor::{ChildSpec, Children, Ref, Timing};

/// Runs each source as a supervised child.
pub(super) struct SourceChildren {
    pub(super) children: Children,
    pub(super) timing: Timing,
}

impl Nursery for SourceChildren {
    fn start(&self, address: Ref<SourceActor>, make: MakeSource) -> Result<(), String> {
        let spec = ChildSpec::actor(&address, self.timing, move |child| Ok(make(child)));
        self.children.add(spec).map_err(|error| error.to_string())
    }

    fn stop(&self, name: &str) {
        let _was_there = self.children.remove(name);
    }

    fn clear(&self) {
        self.children.clear();
    }
}

/// The parameters of a plugin, by the name of its file. Secrets are read each time, so that a replaced one takes effect with
/// the source's next start.
pub(super) fn driver_params(program: &Path, pricing: &Pricing) -> MakeParams {
    let (program, pricing) = (program.to_owned(), pricing.clone());
    let base_urls: BTreeMap<String, Url> = pricing
        .base_urls
        .iter()
        .filter_map(|(name, address)| Some((name.clone(), Url::parse(address).ok()?)))
        .collect();
    Arc::new(move |file| {
        let name = file.strip_suffix(".so").unwrap_or(file);
        DriverParams {
            base_urls: base_urls.clone(),
            contact: Some(pricing.contact.clone()).filter(|contact| !contact.is_empty()),
            config: pricing.settings.get(name).cloned().unwrap_or_default(),
            secrets: pricing.secret_files.get(name).map(secrets).unwrap_or_default(),
            cache_bytes: pricing.cache_bytes,
            seed: rand::random(),
            ..DriverParams::new(&program)
        }
    })
}

/// What the files hold, without the line break at the end. One that cannot be read is missing, and the source says so.
fn secrets(files: &BTreeMap<String, PathBuf>) -> BTreeMap<String, SecretString> {
    let read = |(key, path): (&String, &PathBuf)| match std::fs::read_to_string(path) {
        Ok(text) => Some((key.clone(), SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned()))),
        Err(error) => {
            tracing::error!(key, path = %path.display(), %error, "a secret cannot be read");
            None
        }
    };
    files.iter().filter_map(read).collect()
}
