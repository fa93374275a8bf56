//! Sets and printings.
//!
//! The daemon's start waits for all of these rows, so their lists are the cheapest text that keeps them whole: JSON
//! where the text is free, words where it is one of ours, and nothing at all for an empty list.

use cardmint_domain::catalogue::TextBlock;
use cardmint_domain::{CardSet, CollectorNumber, Finish, Printing, PrintingId, SetId, Timestamp};
use diesel::prelude::{Insertable, Queryable, Selectable};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;
use crate::names::{Cells, Name, searchable, to_json};
use crate::schema::{card_sets, catalogue_imports, printings};
use crate::views::{ImportView, PrintingLabel};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = card_sets, treat_none_as_default_value = false)]
pub(crate) struct SetRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) series: String,
    pub(crate) code: Option<String>,
    pub(crate) printed_total: i64,
    pub(crate) total: i64,
    pub(crate) release_date: String,
    pub(crate) search: String,
}

impl SetRow {
    pub(crate) fn new(set: CardSet) -> Self {
        let code = set.code.as_deref().unwrap_or_default();
        Self {
            search: searchable([set.name.as_str(), code, set.id.as_str(), set.series.as_str()]),
            id: set.id.as_str().to_owned(),
            name: set.name,
            series: set.series,
            code: set.code,
            printed_total: i64::from(set.printed_total),
            total: i64::from(set.total),
            release_date: set.release_date,
        }
    }

    pub(crate) fn into_set(self) -> Result<CardSet, StoreError> {
        let cells = Cells { table: "card_sets", id: &self.id };
        Ok(CardSet {
            printed_total: cells.number("printed_total", self.printed_total)?,
            total: cells.number("total", self.total)?,
            id: SetId::new(self.id),
            name: self.name,
            series: self.series,
            code: self.code,
            release_date: self.release_date,
        })
    }
}

#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = printings, treat_none_as_default_value = false)]
pub(crate) struct NewPrintingRow {
    #[diesel(embed)]
    row: PrintingRow,
    search: String,
}

/// All of a printing but its search text, which nobody reads back.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = printings, treat_none_as_default_value = false)]
pub(crate) struct PrintingRow {
    pub(crate) id: String,
    pub(crate) set_id: String,
    pub(crate) number: String,
    pub(crate) language: String,
    pub(crate) name: String,
    pub(crate) kinds: String,
    pub(crate) hit_points: Option<String>,
    pub(crate) rarity: Option<String>,
    pub(crate) artist: Option<String>,
    pub(crate) blocks: String,
    pub(crate) flavour: Option<String>,
    pub(crate) finishes: String,
    pub(crate) image_urls: String,
}

impl NewPrintingRow {
    pub(crate) fn new(printing: Printing) -> Result<Self, StoreError> {
        let id = printing.id.as_str();
        let finishes: Vec<&str> = printing.finishes.iter().map(|finish| finish.name()).collect();
        // As pairs, because the names of the two fields would be a third of the text.
        let blocks: Vec<(&str, &str)> = printing.blocks.iter().map(|b| (b.name.as_str(), b.text.as_str())).collect();
        let search = searchable([printing.name.as_str(), printing.number.printed(), id]);
        let row = PrintingRow {
            set_id: printing.set.as_str().to_owned(),
            number: printing.number.printed().to_owned(),
            kinds: list("the kinds", id, &printing.kinds)?,
            blocks: list("the texts", id, &blocks)?,
            finishes: finishes.join(" "),
            image_urls: list("the image addresses", id, &printing.image_urls)?,
            id: id.to_owned(),
            language: printing.language,
            name: printing.name,
            hit_points: printing.hit_points,
            rarity: printing.rarity,
            artist: printing.artist,
            flavour: printing.flavour,
        };
        Ok(Self { row, search })
    }
}

impl PrintingRow {
    pub(crate) fn into_printing(self) -> Result<Printing, StoreError> {
        let cells = Cells { table: "printings", id: &self.id };
        let blocks: Vec<(String, String)> = read_list(cells, "blocks", &self.blocks)?;
        let finish = |word: &str| cells.name::<Finish>("finishes", word);
        Ok(Printing {
            number: CollectorNumber::parse(&self.number).map_err(|_| cells.corrupt("number", &self.number))?,
            kinds: read_list(cells, "kinds", &self.kinds)?,
            blocks: blocks.into_iter().map(|(name, text)| TextBlock { name, text }).collect(),
            finishes: self.finishes.split_ascii_whitespace().map(finish).collect::<Result<_, _>>()?,
            image_urls: read_list(cells, "image_urls", &self.image_urls)?,
            id: PrintingId::new(self.id),
            set: SetId::new(self.set_id),
            language: self.language,
            name: self.name,
            hit_points: self.hit_points,
            rarity: self.rarity,
            artist: self.artist,
            flavour: self.flavour,
        })
    }
}

fn list<T: Serialize>(what: &'static str, id: &str, values: &[T]) -> Result<String, StoreError> {
    if values.is_empty() { Ok(String::new()) } else { to_json(what, id, &values) }
}

fn read_list<T: DeserializeOwned>(cells: Cells<'_>, column: &'static str, text: &str) -> Result<Vec<T>, StoreError> {
    if text.is_empty() { Ok(Vec::new()) } else { cells.json(column, text) }
}

/// What a list shows of a printing: its columns and its set's name.
pub(crate) type LabelRow = (String, String, String, String, String);

pub(crate) fn label((id, name, set, number, set_name): LabelRow) -> PrintingLabel {
    PrintingLabel { id: PrintingId::new(id), name, set: Some(SetId::new(set)), set_name, number }
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = catalogue_imports)]
pub(crate) struct ImportRow {
    pub(crate) id: i64,
    pub(crate) source: String,
    pub(crate) at: i64,
    pub(crate) sets: i64,
    pub(crate) printings: i64,
    pub(crate) digest: String,
}

impl ImportRow {
    pub(crate) fn view(self) -> Result<ImportView, StoreError> {
        let id = self.id.to_string();
        let cells = Cells { table: "catalogue_imports", id: &id };
        Ok(ImportView {
            source: self.source,
            at: Timestamp(self.at),
            sets: cells.number("sets", self.sets)?,
            printings: cells.number("printings", self.printings)?,
            digest: self.digest,
        })
    }
}
