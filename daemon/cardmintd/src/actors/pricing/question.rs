//! From the catalogue's words for a printing to the question a source is asked.

use cardmint_domain::{CardSet, Finish, Printing};
use cardmint_sources::PrintingQuery;

/// The question about `printing`. Without its set the sources have to do with name and number.
#[must_use]
pub(super) fn question(printing: &Printing, set: Option<&CardSet>, finish: Finish) -> PrintingQuery {
    PrintingQuery {
        printing: printing.id.as_str().to_owned(),
        set_name: set.map(|set| set.name.clone()).unwrap_or_default(),
        set_code: set.and_then(|set| set.code.clone()),
        number: printing.number.printed().to_owned(),
        set_total: set.map_or(0, |set| set.printed_total),
        name: printing.name.clone(),
        language: printing.language.clone(),
        finishes: vec![finish.as_str().to_owned()],
        refs: Vec::new(),
    }
}
