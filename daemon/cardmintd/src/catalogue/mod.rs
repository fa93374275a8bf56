//! The catalogue of printings: from a directory or a downloaded archive to the domain's nouns.
//!
//! Job: open a source ([`source`]), read its files one at a time ([`archive`]), turn them into sets and printings
//! ([`pokemon_tcg_data`]), refuse an import that would lose a part of what is there ([`gate`]), and keep the folder of reference pictures ([`references`], [`fetch`]).
//!
//! Guarantee: an import is all or nothing. Any file that cannot be read whole and any card that lacks a required field
//! is an error that names the file, the card and the field; nothing is guessed and nothing is skipped. Nothing of an
//! archive is ever written to the disk under a name that the archive chose.
//!
//! Deliberately absent: the database (the caller passes what is read here to the store in one transaction), the
//! picture index, and any price.

use std::path::Path;

use cardmint_domain::{CardSet, Printing};
use thiserror::Error;

pub mod archive;
pub mod fetch;
mod fields;
pub mod gate;
pub mod pokemon_tcg_data;
pub mod references;
pub mod source;
#[cfg(test)]
pub(crate) mod testing;
mod zipped;

pub use archive::{Archive, ArchiveError, Limits};
pub use gate::Counts;
pub use source::{Obtained, SourceError, SourceLocation};

/// Why a catalogue could not be read.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// The directory or archive itself.
    #[error("the catalogue's files cannot be read")]
    Archive(#[source] ArchiveError),
    /// A file that is not JSON of the expected shape.
    #[error("{entry} is not a JSON list of objects")]
    Json {
        /// The file inside the directory or archive.
        entry: String,
        /// What the parser said, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// A field that is missing or of another kind than expected.
    #[error("{entry}: {subject}: field {field:?} {problem}")]
    Field {
        /// The file inside the directory or archive.
        entry: String,
        /// The set or card, by its identifier where it has one, else by its position in the file.
        subject: String,
        /// Name of the field.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Two sets or two cards with one identifier.
    #[error("{entry}: {subject} stands in the catalogue twice")]
    Duplicate {
        /// The file in which the second one stands.
        entry: String,
        /// Which set or card.
        subject: String,
    },
    /// A file of cards whose name is no set's identifier.
    #[error("{entry}: there is no set {set:?} in the catalogue's list of sets")]
    UnknownSet {
        /// The file inside the directory or archive.
        entry: String,
        /// The set that its name claims.
        set: String,
    },
    /// Two catalogues in one archive.
    #[error("the catalogue's files lie in two folders, {first:?} and {second:?}")]
    TwoRoots {
        /// The folder seen first; empty for the archive's top.
        first: String,
        /// The folder seen second.
        second: String,
    },
    /// No `sets/LANGUAGE.json` or no set in it.
    #[error("no set was found: expected sets/en.json and cards/en/SET.json, perhaps in one folder")]
    NoSets,
    /// No `cards/LANGUAGE/SET.json` or no card in them.
    #[error("no card was found: expected cards/en/SET.json beside sets/en.json")]
    NoCards,
}

/// Reads the whole catalogue of a directory in the pokemon-tcg-data layout.
///
/// # Errors
/// [`CatalogueError`] when any part of it cannot be read.
pub fn load_directory(path: &Path) -> Result<(Vec<CardSet>, Vec<Printing>), CatalogueError> {
    let archive = Archive::open(path, Limits::default()).map_err(CatalogueError::Archive)?;
    pokemon_tcg_data::load(&archive)
}
