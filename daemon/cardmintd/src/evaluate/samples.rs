//! Cards whose printing is known, with everything that they were taken for: what weights are fitted to.
//!
//! Reading photos takes long and fitting does not, and photos of different catalogues cannot be read in one go: so samples can be
//! kept in a file, one JSON document a line. They hold what was gathered under the thresholds of their time.

use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use cardmint_recognition::fuse::calibrate::Sample;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnownCard {
    /// Name of its photo.
    pub photo: String,
    /// What it was taken for, and what it is.
    #[serde(flatten)]
    pub sample: Sample,
}

/// Why samples cannot be kept or used.
#[derive(Debug, Error)]
pub enum SamplesError {
    /// The file itself.
    #[error("{doing} the samples {path}")]
    File {
        /// What was being done.
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// What stands in it.
    #[error("the samples {path}, line {line}")]
    Content {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A truth that is none of the candidates.
    #[error("the samples {path}, line {line}: \"truth\" is {truth}, and there are {clues} candidates")]
    Truth {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What stands there.
        truth: usize,
        /// How many candidates there are.
        clues: usize,
    },
}

/// Writes samples to a file, which is replaced.
///
/// # Errors
/// [`SamplesError`].
pub fn keep(samples: &[KnownCard], path: &Path) -> Result<(), SamplesError> {
    let failed = |source| SamplesError::File { doing: "writing", path: path.to_owned(), source };
    let mut file = BufWriter::new(std::fs::File::create(path).map_err(failed)?);
    for sample in samples {
        serde_json::to_writer(&mut file, sample).map_err(|error| failed(error.into()))?;
        file.write_all(b"\n").map_err(failed)?;
    }
    file.flush().map_err(failed)
}

/// Reads what [`keep`] wrote.
///
/// # Errors
/// [`SamplesError`].
pub fn load(path: &Path) -> Result<Vec<KnownCard>, SamplesError> {
    let failed = |source| SamplesError::File { doing: "reading", path: path.to_owned(), source };
    let file = BufReader::new(std::fs::File::open(path).map_err(failed)?);
    let known = |(line, text): (usize, std::io::Result<String>)| {
        let content = |source| SamplesError::Content { path: path.to_owned(), line, source };
        let known: KnownCard = serde_json::from_str(&text.map_err(failed)?).map_err(content)?;
        let clues = known.sample.clues.len();
        match known.sample.truth {
            Some(truth) if truth >= clues => Err(SamplesError::Truth { path: path.to_owned(), line, truth, clues }),
            _ => Ok(known),
        }
    };
    (1..).zip(file.lines()).map(known).collect()
}

#[cfg(test)]
mod tests {
    use cardmint_domain::Evidence;
    use cardmint_recognition::fuse::Clue;

    use super::*;

    fn known(truth: Option<usize>) -> KnownCard {
        let clue = |printing| Clue {
            printing,
            group: 3,
            evidence: Evidence::SILENT,
            number_chance: 0.25,
            number_read: 0.5,
            number_leeway: 1.0,
            sibling_fit: None,
        };
        KnownCard { photo: "a b.png".to_owned(), sample: Sample { clues: vec![clue(1), clue(2)], truth } }
    }

    #[test]
    fn samples_come_back_as_they_were_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.jsonl");
        let samples = [known(Some(1)), known(None)];
        keep(&samples, &path).unwrap();
        assert_eq!(load(&path).unwrap(), samples);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.jsonl");
        keep(&[known(Some(0)), known(Some(2))], &path).unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("2 candidates"), "{error}");
        std::fs::write(&path, "{}\n").unwrap();
        assert!(load(&path).unwrap_err().to_string().contains("line 1"));
        assert!(matches!(load(&folder.path().join("none")), Err(SamplesError::File { doing: "reading", .. })));
    }
}
