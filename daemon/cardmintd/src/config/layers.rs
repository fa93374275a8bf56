//! Bringing the layers together.

use std::collections::BTreeMap;
use std::path::PathBuf;

use figment::providers::{Format, Serialized, Toml};
use figment::value::Value as FigmentValue;
use figment::{Figment, Provider, error::Kind};
use serde_json::{Map, Value};

use super::problem::{ConfigError, Problem};
use super::{Config, check};

/// Every variable that begins with this is a setting; `__` stands for the dot between section and key.
const ENVIRONMENT_PREFIX: &str = "CARDMINT__";

/// Most errors that are looked for one after another.
const MOST_ERRORS: usize = 200;

/// A named set of settings that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// For working on CardMint itself.
    Development,
    /// Like production, with photos that stay.
    Staging,
    /// Under systemd.
    Production,
}

impl Profile {
    const fn file(self) -> (&'static str, &'static str) {
        match self {
            Self::Development => ("development.toml", include_str!("../../../../config/development.toml")),
            Self::Staging => ("staging.toml", include_str!("../../../../config/staging.toml")),
            Self::Production => ("production.toml", include_str!("../../../../config/production.toml")),
        }
    }
}

/// Where settings come from, besides the program itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// A profile.
    pub profile: Option<Profile>,
    /// The administrator's file.
    pub file: Option<PathBuf>,
    /// Variables as `(NAME, VALUE)`; those that are no settings are passed over.
    pub environment: Vec<(String, String)>,
    /// `section.key=value`.
    pub flags: Vec<String>,
}

/// One layer: its name for messages, and its keys.
struct Layer {
    name: String,
    tree: Map<String, Value>,
    /// Values of the environment and of flags as they were written, by key.
    raw: BTreeMap<String, String>,
}

/// Brings the layers together.
///
/// # Errors
/// [`ConfigError`] with everything that is wrong.
pub fn load(sources: &Sources) -> Result<Config, ConfigError> {
    let mut problems = Vec::new();
    let layers = layers(sources, &mut problems);
    let config = extract(&layers, &mut problems);
    let wrong = config.as_ref().map(check::problems).unwrap_or_default();
    let by_layer = |(key, reason): (String, String)| Problem { layer: layer_of(&layers, &key), key, reason };
    problems.extend(wrong.into_iter().map(by_layer));
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(ConfigError { problems }),
    }
}

fn layers(sources: &Sources, problems: &mut Vec<Problem>) -> Vec<Layer> {
    let mut layers = Vec::new();
    let mut take = |name: &str, text: &str| match toml_tree(text) {
        Ok(tree) => layers.push(Layer { name: name.to_owned(), tree, raw: BTreeMap::new() }),
        Err(reason) => problems.push(Problem { layer: name.to_owned(), key: String::new(), reason }),
    };
    take("default.toml", include_str!("../../../../config/default.toml"));
    if let Some(profile) = sources.profile {
        let (name, text) = profile.file();
        take(name, text);
    }
    let mut unread = None;
    if let Some(path) = &sources.file {
        match std::fs::read_to_string(path) {
            Ok(text) => take(&path.display().to_string(), &text),
            Err(error) => unread = Some((path.display().to_string(), format!("cannot be read: {error}"))),
        }
    }
    problems.extend(unread.map(|(layer, reason)| Problem { layer, key: String::new(), reason }));
    layers.push(environment(&sources.environment));
    layers.push(flags(&sources.flags, problems));
    layers
}

fn toml_tree(text: &str) -> Result<Map<String, Value>, String> {
    let data = Toml::string(text).data().map_err(|error| error.to_string())?;
    let dict = data.into_values().next().unwrap_or_default();
    match serde_json::to_value(dict) {
        Ok(Value::Object(tree)) => Ok(tree),
        Ok(_) => Err("is not a table".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn environment(variables: &[(String, String)]) -> Layer {
    let mut layer = Layer { name: "environment".to_owned(), tree: Map::new(), raw: BTreeMap::new() };
    for (name, value) in variables {
        if let Some(key) = name.strip_prefix(ENVIRONMENT_PREFIX) {
            layer.put(&key.to_lowercase().replace("__", "."), value);
        }
    }
    layer
}

fn flags(flags: &[String], problems: &mut Vec<Problem>) -> Layer {
    let mut layer = Layer { name: "flags".to_owned(), tree: Map::new(), raw: BTreeMap::new() };
    for flag in flags {
        match flag.split_once('=') {
            Some((key, value)) if !key.is_empty() => layer.put(key, value),
            _ => problems.push(Problem {
                layer: layer.name.clone(),
                key: flag.clone(),
                reason: "expected section.key=value".to_owned(),
            }),
        }
    }
    layer
}

impl Layer {
    /// Notes a value that is written as text.
    fn put(&mut self, key: &str, text: &str) {
        self.raw.insert(key.to_owned(), text.to_owned());
        let typed = text.parse::<FigmentValue>().ok().and_then(|value| serde_json::to_value(value).ok());
        let value = typed.filter(|value| !value.is_null()).unwrap_or_else(|| Value::String(text.to_owned()));
        set(&mut self.tree, key, value);
    }
}

fn set(tree: &mut Map<String, Value>, key: &str, value: Value) {
    match key.split_once('.') {
        None => drop(tree.insert(key.to_owned(), value)),
        Some((section, rest)) => {
            let below = tree.entry(section.to_owned()).or_insert_with(|| Value::Object(Map::new()));
            if !below.is_object() {
                *below = Value::Object(Map::new());
            }
            if let Value::Object(below) = below {
                set(below, rest, value);
            }
        }
    }
}

fn get<'t>(tree: &'t Map<String, Value>, key: &str) -> Option<&'t Value> {
    match key.split_once('.') {
        None => tree.get(key),
        Some((section, rest)) => tree.get(section)?.as_object().and_then(|below| get(below, rest)),
    }
}

fn remove(tree: &mut Map<String, Value>, key: &str) -> bool {
    match key.split_once('.') {
        None => tree.remove(key).is_some(),
        Some((section, rest)) => {
            tree.get_mut(section).and_then(Value::as_object_mut).is_some_and(|below| remove(below, rest))
        }
    }
}

fn merge(into: &mut Map<String, Value>, from: &Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(key), value) {
            (Some(Value::Object(into)), Value::Object(from)) => merge(into, from),
            _ => drop(into.insert(key.clone(), value.clone())),
        }
    }
}

/// Notes the keys below `key` in which two trees differ.
pub(super) fn differ(key: &str, one: &Value, other: &Value, keys: &mut Vec<String>) {
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                let value = |tree: &Map<String, Value>| tree.get(name).cloned().unwrap_or_default();
                differ(&below(name), &value(one), &value(other), keys);
            }
        }
        _ if one != other => keys.push(key.to_owned()),
        _ => {}
    }
}

/// The name of the last layer that has the key, or anything below or around it.
fn layer_of(layers: &[Layer], key: &str) -> String {
    let found = layers.iter().rev().find(|layer| get(&layer.tree, key).is_some());
    // An error of a whole section belongs to whoever wrote the section.
    let found = found.or_else(|| {
        let (section, _) = key.rsplit_once('.')?;
        layers.iter().rev().find(|layer| get(&layer.tree, section).is_some())
    });
    found.map_or_else(|| "default.toml".to_owned(), |layer| layer.name.clone())
}

/// Reads the merged tree. Each error is noted and what caused it taken back, so that the next one comes to light.
fn extract(layers: &[Layer], problems: &mut Vec<Problem>) -> Option<Config> {
    let mut tree = Map::new();
    layers.iter().for_each(|layer| merge(&mut tree, &layer.tree));
    for _ in 0..MOST_ERRORS {
        let error = match Figment::from(Serialized::defaults(&tree)).extract::<Config>() {
            Ok(config) => return Some(config),
            Err(error) => error,
        };
        let key = key_of(&error);
        let layer = layers.iter().rev().find(|layer| get(&layer.tree, &key).is_some());
        let raw = layer.and_then(|layer| layer.raw.get(&key));
        if let Some(text) = raw.filter(|_| get(&tree, &key).is_some_and(|value| !value.is_string())) {
            // Text that happens to look like a number or a list may be meant as text.
            set(&mut tree, &key, Value::String(text.clone()));
            continue;
        }
        let shown = raw.map(|text| format!(", not {text:?}")).unwrap_or_default();
        let reason = format!("{}{shown}", reason(&error.kind, raw.is_some()));
        problems.push(Problem { layer: layer_of(layers, &key), key: key.clone(), reason });
        let standard = layers.first().and_then(|layer| get(&layer.tree, &key)).cloned();
        let healed = match standard {
            Some(value) if get(&tree, &key) != Some(&value) => {
                set(&mut tree, &key, value);
                true
            }
            _ => remove(&mut tree, &key),
        };
        if !healed {
            return None;
        }
    }
    None
}

fn key_of(error: &figment::Error) -> String {
    let mut path = error.path.clone();
    // An unknown key stands in the path already, a missing one does not.
    if let Kind::MissingField(field) = &error.kind {
        path.push(field.to_string());
    }
    path.join(".")
}

fn reason(kind: &Kind, written_as_text: bool) -> String {
    match kind {
        Kind::UnknownField(_, []) => "there is no such setting".to_owned(),
        Kind::UnknownField(_, known) => format!("there is no such setting; there are {}", known.join(", ")),
        Kind::InvalidType(_, expected) if written_as_text => format!("expected {expected}"),
        Kind::InvalidType(found, expected) => format!("expected {expected}, not {found}"),
        Kind::UnknownVariant(found, known) => format!("{found:?} is none of {}", known.join(", ")),
        other => other.to_string(),
    }
}
