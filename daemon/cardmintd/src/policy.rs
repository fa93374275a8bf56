//! The file with the thresholds and weights of the decision, as `cardmintd calibrate` writes it.
//!
//! Guarantee: what is missing in the file keeps its built-in value; an unknown name, a value of the wrong kind and a weight
//! of the wrong sign are errors that name the file.

use std::io;
use std::path::{Path, PathBuf};

use cardmint_recognition::Params;
use thiserror::Error;

/// Why a policy cannot be used or kept.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// The file itself.
    #[error("{doing} the policy {path}")]
    File {
        /// What was being done.
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What stands in it.
    #[error("reading the policy {path}")]
    Content {
        /// Which file.
        path: PathBuf,
        /// What is wrong, and where.
        #[source]
        source: serde_json::Error,
    },
    /// A value that makes no sense.
    #[error("the policy {path}: {flaw}")]
    Flaw {
        /// Which file.
        path: PathBuf,
        /// Which value.
        flaw: &'static str,
    },
}

/// The policy of a file; the built-in one where none is named.
///
/// # Errors
/// [`PolicyError`].
pub fn load(path: Option<&Path>) -> Result<Params, PolicyError> {
    let Some(path) = path.filter(|path| !path.as_os_str().is_empty()) else { return Ok(Params::default()) };
    let file = |source| PolicyError::File { doing: "reading", path: path.to_owned(), source };
    let bytes = std::fs::read(path).map_err(file)?;
    let content = |source| PolicyError::Content { path: path.to_owned(), source };
    let params: Params = serde_json::from_slice(&bytes).map_err(content)?;
    match params.flaw() {
        None => Ok(params),
        Some(flaw) => Err(PolicyError::Flaw { path: path.to_owned(), flaw }),
    }
}

/// Writes a policy.
///
/// # Errors
/// [`PolicyError`].
pub fn save(params: &Params, path: &Path) -> Result<(), PolicyError> {
    let content = |source| PolicyError::Content { path: path.to_owned(), source };
    let file = |source| PolicyError::File { doing: "writing", path: path.to_owned(), source };
    let text = serde_json::to_string_pretty(params).map_err(content)?;
    std::fs::write(path, text + "\n").map_err(file)
}

#[cfg(test)]
mod tests {
    use cardmint_domain::errors::chain;

    use super::*;

    fn read(text: &str) -> Result<Params, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.json");
        std::fs::write(&path, text).unwrap();
        load(Some(&path)).map_err(|error| chain(&error))
    }

    #[test]
    fn a_policy_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.json");
        let mut params = Params::default();
        params.weights.margin *= 1.1;
        save(&params, &path).unwrap();
        let back = load(Some(&path)).unwrap();
        assert_eq!(back.version("w"), params.version("w"));
        assert_ne!(back.version("w"), load(None).unwrap().version("w"));
    }

    #[test]
    fn what_is_not_said_keeps_its_value() {
        let params = read(r#"{"accept": {"posterior": 0.9}}"#).unwrap();
        let mut expected = Params::default();
        expected.accept.posterior = 0.9;
        assert_eq!(params, expected);
        assert_eq!(load(Some(Path::new(""))).unwrap(), Params::default());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, part) in [
            (r#"{"accept": {"posterio": 0.9}}"#, "posterio"),
            (r#"{"accept": {"posterior": "high"}}"#, "high"),
            (r#"{"weights": {"language": -3.0}}"#, "weights.language"),
            ("{", "EOF"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains("policy.json") && error.contains(part), "{error}");
        }
        let missing = load(Some(Path::new("/nowhere/policy.json"))).unwrap_err();
        assert!(missing.to_string().contains("/nowhere/policy.json"), "{missing}");
    }
}
