//! The catalogue, replaced as a whole.

use std::collections::{BTreeMap, HashSet};

use cardmint_domain::{CardSet, Printing, Timestamp};
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use serde::Serialize;
use serde_json::json;

use super::audit::Change;
use super::next_id;
use crate::conn::{ROWS_AT_ONCE, insert_all};
use crate::error::Cause;
use crate::names::to_i64;
use crate::rows::{ImportRow, NewPrintingRow, SetRow};
use crate::schema::{card_sets, catalogue_imports, printings};
use crate::{StoreError, Tx};

/// One row of a catalogue, in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatalogueRow {
    /// A set.
    Set(CardSet),
    /// A printing. Its set must come somewhere in the same catalogue.
    Printing(Box<Printing>),
}

/// What a replacement did: numbers for the caller's regression gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatalogueChange {
    /// Sets before.
    pub sets_before: u64,
    /// Sets after.
    pub sets_after: u64,
    /// Printings before.
    pub printings_before: u64,
    /// Printings after.
    pub printings_after: u64,
    /// Printings that were not there before.
    pub printings_added: u64,
    /// Printings that are there no more.
    pub printings_removed: u64,
    /// Digest before; empty for an empty catalogue.
    pub digest_before: String,
    /// BLAKE3 over the content, independent of the order of its rows.
    pub digest: String,
}

impl Tx<'_> {
    /// Replaces the whole catalogue, taking `rows` one by one. Readers see the old one until the group commits. A caller
    /// that does not like the [`CatalogueChange`] returns [`StoreError::Refused`] from the group's closure, and
    /// everything stays as it was.
    ///
    /// # Errors
    /// [`StoreError::CatalogueSource`] for an error among `rows`; [`StoreError::CatalogueContent`] for a printing whose
    /// set does not come, or a name that comes twice; [`StoreError::Query`].
    pub fn replace_catalogue(
        &mut self,
        source: &str,
        rows: impl IntoIterator<Item = Result<CatalogueRow, Cause>>,
        who: &str,
        at: Timestamp,
    ) -> Result<CatalogueChange, StoreError> {
        // What was written before an error is undone, whatever the caller does with the error.
        self.savepoint(|tx| {
            let before = tx.catalogue_before(source)?;
            tx.run("cannot clear the catalogue for", source, |conn| {
                diesel::delete(printings::table).execute(conn)?;
                diesel::delete(card_sets::table).execute(conn)
            })?;
            let content = tx.write_rows(source, rows)?;
            let change = content.change(before);
            tx.note_import(source, &change, who, at)?;
            Ok(change)
        })
    }

    fn catalogue_before(&mut self, source: &str) -> Result<Before, StoreError> {
        self.run("cannot read the catalogue before", source, |conn| {
            let sets: i64 = card_sets::table.count().get_result(conn)?;
            let printings: Vec<String> = printings::table.select(printings::id).load(conn)?;
            let last = catalogue_imports::table.order(catalogue_imports::id.desc()).select(catalogue_imports::digest);
            let digest: Option<String> = last.first(conn).optional()?;
            Ok(Before {
                sets: u64::try_from(sets).unwrap_or_default(),
                digest: digest.filter(|_| sets > 0 || !printings.is_empty()).unwrap_or_default(),
                printings: printings.into_iter().collect(),
            })
        })
    }

    fn write_rows(
        &mut self,
        source: &str,
        rows: impl IntoIterator<Item = Result<CatalogueRow, Cause>>,
    ) -> Result<Content, StoreError> {
        let mut content = Content::default();
        let (mut sets, mut printings) = (Vec::new(), Vec::new());
        for row in rows {
            let row = row.map_err(|cause| StoreError::CatalogueSource { from: source.to_owned(), source: cause })?;
            content.add(&row).map_err(|why| contradiction(source, why))?;
            match row {
                CatalogueRow::Set(set) => sets.push(SetRow::new(set)),
                CatalogueRow::Printing(printing) => printings.push(NewPrintingRow::new(*printing)?),
            }
            // Only so many at a time in memory, whatever the catalogue's size.
            if printings.len() >= ROWS_AT_ONCE {
                self.write_printings(source, &mut printings)?;
            }
        }
        self.write_printings(source, &mut printings)?;
        self.run("cannot write the sets of", source, |conn| insert_all!(conn, card_sets::table, sets))?;
        content.check_sets().map_err(|why| contradiction(source, why))?;
        Ok(content)
    }

    fn write_printings(&mut self, source: &str, rows: &mut Vec<NewPrintingRow>) -> Result<(), StoreError> {
        self.run("cannot write the printings of", source, |conn| insert_all!(conn, printings::table, rows))?;
        rows.clear();
        Ok(())
    }

    fn note_import(
        &mut self,
        source: &str,
        change: &CatalogueChange,
        who: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let import = ImportRow {
            id: next_id!(self, catalogue_imports)?,
            source: source.to_owned(),
            at: at.0,
            sets: to_i64("the number of sets", source, change.sets_after)?,
            printings: to_i64("the number of printings", source, change.printings_after)?,
            digest: change.digest.clone(),
        };
        self.run("cannot note the import of", source, |conn| {
            diesel::insert_into(catalogue_imports::table).values(&import).execute(conn)
        })?;
        let state = |digest: &str, sets, printings| json!({ "digest": digest, "sets": sets, "printings": printings });
        self.audit(&Change {
            at,
            actor: who,
            action: "catalogue.replace",
            subject: source,
            before: state(&change.digest_before, change.sets_before, change.printings_before),
            after: state(&change.digest, change.sets_after, change.printings_after),
            correlation: None,
        })
    }
}

fn contradiction(source: &str, why: String) -> StoreError {
    StoreError::CatalogueContent { from: source.to_owned(), why }
}

struct Before {
    sets: u64,
    printings: HashSet<String>,
    digest: String,
}

/// One name for a catalogue's content, so that a decision can say which catalogue it was made with: 64 lower-case
/// hexadecimal digits. Two catalogues have one digest exactly when they hold the same sets and printings, in whatever
/// order and from whatever files.
#[must_use]
pub fn catalogue_digest(sets: &[CardSet], printings: &[Printing]) -> String {
    let mut content = Content::default();
    content.sets.extend(sets.iter().map(|set| (set.id.to_string(), hash(set))));
    content.printings.extend(printings.iter().map(|printing| (printing.id.to_string(), hash(printing))));
    content.digest()
}

/// What has come so far: names and hashes only.
#[derive(Default)]
struct Content {
    sets: BTreeMap<String, blake3::Hash>,
    printings: BTreeMap<String, blake3::Hash>,
    /// Sets that printings belong to, each with one of them.
    wanted: BTreeMap<String, String>,
}

/// Changes whenever the way of hashing changes, so that two ways never give one name.
const DOMAIN: &str = "cardmint catalogue content 1";

impl Content {
    fn add(&mut self, row: &CatalogueRow) -> Result<(), String> {
        let (kind, id, known) = match row {
            CatalogueRow::Set(set) => ("set", set.id.as_str(), self.sets.insert(set.id.to_string(), hash(set))),
            CatalogueRow::Printing(printing) => {
                let id = printing.id.as_str();
                self.wanted.entry(printing.set.to_string()).or_insert_with(|| id.to_owned());
                ("printing", id, self.printings.insert(id.to_owned(), hash(printing)))
            }
        };
        known.map_or(Ok(()), |_| Err(format!("the {kind} {id:?} comes twice")))
    }

    fn check_sets(&self) -> Result<(), String> {
        match self.wanted.iter().find(|(set, _)| !self.sets.contains_key(*set)) {
            None => Ok(()),
            Some((set, printing)) => Err(format!("the set {set:?} of printing {printing:?} does not come")),
        }
    }

    fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new_derive_key(DOMAIN);
        for (kind, rows) in [(b"p", &self.printings), (b"s", &self.sets)] {
            for row in rows.values() {
                // Fixed widths: no two lists of rows run together to the same bytes. The identifier is part of the row.
                hasher.update(kind);
                hasher.update(row.as_bytes());
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    fn change(&self, before: Before) -> CatalogueChange {
        let kept = self.printings.keys().filter(|id| before.printings.contains(*id)).count();
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        CatalogueChange {
            sets_before: before.sets,
            sets_after: number(self.sets.len()),
            printings_before: number(before.printings.len()),
            printings_after: number(self.printings.len()),
            printings_added: number(self.printings.len() - kept),
            printings_removed: number(before.printings.len() - kept),
            digest_before: before.digest,
            digest: self.digest(),
        }
    }
}

/// JSON with the fields in the order of the type is canonical: the values hold no maps and no floats.
fn hash(value: &impl Serialize) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    // Writing into a hasher cannot fail, and neither type has anything that JSON cannot say.
    if let Err(error) = serde_json::to_writer(&mut hasher, value) {
        hasher.update(error.to_string().as_bytes());
    }
    hasher.finalize()
}
