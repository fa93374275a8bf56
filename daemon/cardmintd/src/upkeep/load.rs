//! Making the matcher from what is stored.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use cardmint_domain::errors::chain;
use cardmint_recognition::strip::StripReader;
use cardmint_recognition::{Catalogue, Matcher, Params, Thumbnails};
use cardmint_store::Reader;

use super::index::{self, FileThumbnails};
use crate::actors::matcher::LoadMatcher;

/// How the matcher actor makes its indexes anew: from the catalogue in the store and the picture index in `index_file`. A
/// catalogue without pictures is searched by its text alone; an index that cannot be used counts as none.
#[must_use]
pub fn load_matcher(reader: Reader, index_file: PathBuf, params: Params) -> LoadMatcher {
    Arc::new(move || {
        let status = reader.catalogue_status().context("asking about the catalogue")?;
        let Some(import) = status.last_import.filter(|_| status.printings > 0) else { return Ok(None) };
        let printings = reader.printings().context("reading the printings")?;
        let sets = reader.sets().context("reading the sets")?;
        let pictures = index::open(&index_file).unwrap_or_else(|error| {
            tracing::error!(error = %chain(&error), "cards are named by their text alone until the picture index is made anew");
            None
        });
        let pictures = pictures.map(|(index, file)| {
            let thumbnails: Box<dyn Thumbnails> = Box::new(FileThumbnails::new(&index, file));
            (index, thumbnails)
        });
        let references = pictures.as_ref().map_or(0, |(index, _)| index.len());
        tracing::info!(printings = printings.len(), sets = sets.len(), references, "making the matcher");
        let catalogue = Catalogue { printings, sets, digest: import.digest };
        let strips = StripReader::new().context("loading the reader of collector numbers")?;
        Ok(Some(Matcher::new(catalogue, pictures, strips, params.clone())))
    })
}
