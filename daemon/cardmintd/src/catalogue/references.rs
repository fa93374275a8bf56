//! The folder of reference pictures: one file for a printing, named by its identifier.

use std::io;
use std::path::{Path, PathBuf};

use cardmint_domain::PrintingId;
use thiserror::Error;

/// Endings of picture files, the preferred one first where a printing has several.
const ENDINGS: [&str; 4] = ["png", "webp", "jpg", "jpeg"];

/// Why the folder could not be listed.
#[derive(Debug, Error)]
#[error("cannot list the reference pictures in {folder}")]
pub struct ReferencesError {
    /// Which folder.
    pub folder: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// One reference picture.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Of which printing.
    pub printing: PrintingId,
    /// Where it lies.
    pub path: PathBuf,
}

/// Lists the pictures of a folder, sorted by printing, one for each. Other files, unfinished downloads and sub-folders
/// are passed over; whether the catalogue knows the printing is for the caller to see.
///
/// # Errors
/// [`ReferencesError`] when the folder cannot be read.
pub fn list(folder: &Path) -> Result<Vec<Reference>, ReferencesError> {
    let failed = |source| ReferencesError { folder: folder.to_owned(), source };
    let mut found: Vec<(PrintingId, usize, PathBuf)> = Vec::new();
    for child in std::fs::read_dir(folder).map_err(failed)? {
        let path = child.map_err(failed)?.path();
        let (Some(stem), Some(rank)) = (path.file_stem().and_then(|stem| stem.to_str()), rank(&path)) else { continue };
        // Following links here: an operator may well keep the pictures elsewhere. An unreadable one is not a picture.
        if !stem.starts_with('.') && path.is_file() {
            found.push((PrintingId::new(stem), rank, path));
        }
    }
    found.sort();
    found.dedup_by(|later, first| later.0 == first.0);
    Ok(found.into_iter().map(|(printing, _, path)| Reference { printing, path }).collect())
}

fn rank(path: &Path) -> Option<usize> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    ENDINGS.iter().position(|known| *known == ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_printing_is_listed_once_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["b-2.jpg", "a-1.JPG", "b-2.png", "c-!.webp", "notes.txt", ".a-9.jpg", "part.jpg.part", "ex10-?.jpeg"]
        {
            std::fs::write(folder.path().join(name), b"x").unwrap();
        }
        std::fs::create_dir(folder.path().join("d-4.jpg")).unwrap();
        let found = list(folder.path()).unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|reference| (reference.printing.as_str(), reference.path.extension().unwrap().to_str().unwrap()))
            .collect();
        assert_eq!(names, [("a-1", "JPG"), ("b-2", "png"), ("c-!", "webp"), ("ex10-?", "jpeg")]);
    }

    #[test]
    fn a_missing_folder_is_an_error_that_names_it() {
        let error = list(Path::new("/nonexistent/pictures")).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/pictures"), "{error}");
    }
}
