//! One name for a catalogue's content, so that a decision can say which catalogue it was made with.

use std::collections::BTreeMap;

use cardmint_domain::{CardSet, Printing};

/// Changes whenever the way of hashing changes, so that two ways never give one name.
const DOMAIN: &str = "cardmint catalogue content 1";

/// Collects sets and printings in any order. Two catalogues have one digest exactly when they hold the same sets and
/// printings, whatever files they came from.
#[derive(Debug, Default)]
pub struct Digester {
    // Kept sorted by kind and identifier; 32 bytes each, so that the rows themselves need not be kept.
    rows: BTreeMap<(char, String), blake3::Hash>,
}

impl Digester {
    /// Takes in a set.
    pub fn add_set(&mut self, set: &CardSet) {
        self.rows.insert(('s', set.id.as_str().to_owned()), row(set));
    }

    /// Takes in a printing.
    pub fn add_printing(&mut self, printing: &Printing) {
        self.rows.insert(('p', printing.id.as_str().to_owned()), row(printing));
    }

    /// 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn finish(&self) -> String {
        let mut hasher = blake3::Hasher::new_derive_key(DOMAIN);
        for ((kind, _id), hash) in &self.rows {
            // Fixed widths: no two lists of rows run together to the same bytes. The identifier is part of the row.
            hasher.update(&[u8::try_from(*kind).unwrap_or(0)]);
            hasher.update(hash.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// JSON with the fields in the order of the type is canonical: the values hold no maps and no floats.
fn row(value: &impl serde::Serialize) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    // Writing into a hasher cannot fail, and neither type has anything that JSON cannot say.
    if let Err(error) = serde_json::to_writer(&mut hasher, value) {
        hasher.update(error.to_string().as_bytes());
    }
    hasher.finalize()
}

/// The digest of a whole catalogue in memory.
#[must_use]
pub fn digest(sets: &[CardSet], printings: &[Printing]) -> String {
    let mut digester = Digester::default();
    sets.iter().for_each(|set| digester.add_set(set));
    printings.iter().for_each(|printing| digester.add_printing(printing));
    digester.finish()
}
