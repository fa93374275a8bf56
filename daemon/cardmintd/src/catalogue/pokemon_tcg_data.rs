//! The layout of the public pokemon-tcg-data: `sets/LANGUAGE.json` lists the sets, `cards/LANGUAGE/SET.json` the cards
//! of one set. A folder around both, as code hosts put into their archives, is accepted.
//!
//! A card's set is the name of its file and its language the name of the folder; neither stands in the card. The
//! number is kept as the catalogue gives it, without the total: that stands in the set, once.

use std::collections::HashSet;

use cardmint_domain::catalogue::TextBlock;
use cardmint_domain::{CardSet, CollectorNumber, Finish, Printing, PrintingId, SetId};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::archive::{Archive, Entry};
use super::fields::Fields;
use super::{CatalogueError, Counts};

/// Longest identifier of a set or card; real ones have up to 14 characters.
const MAX_ID_CHARS: usize = 48;

/// Where a file stands in the layout.
#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    Sets,
    Cards { language: &'a str, set: &'a str },
}

/// The sets of a catalogue, and where in the source it was found.
#[derive(Debug)]
pub struct Sets {
    /// In the order of the files.
    pub sets: Vec<CardSet>,
    root: String,
}

/// Reads the list of sets.
///
/// # Errors
/// [`CatalogueError`].
pub fn sets(archive: &Archive) -> Result<Sets, CatalogueError> {
    let mut found: Option<Sets> = None;
    let mut seen = HashSet::new();
    archive.visit(&|name| matches!(place(name), Some((_, Place::Sets))), &CatalogueError::Archive, &mut |entry| {
        let root = place(&entry.name).map(|(root, _)| root.to_owned()).unwrap_or_default();
        let found = found.get_or_insert_with(|| Sets { sets: Vec::new(), root: root.clone() });
        if found.root != root {
            return Err(CatalogueError::TwoRoots { first: found.root.clone(), second: root });
        }
        for set in each_record(&entry, "set", card_set) {
            let set = set?;
            if !seen.insert(set.id.clone()) {
                return Err(duplicate(&entry, format!("set {:?}", set.id.as_str())));
            }
            found.sets.push(set);
        }
        Ok(())
    })?;
    found.filter(|found| !found.sets.is_empty()).ok_or(CatalogueError::NoSets)
}

/// Reads the cards file by file and passes on each file's printings; never more than one file is in memory. Returns how
/// much there was.
///
/// # Errors
/// What `on` returns, or [`CatalogueError`] made into it.
pub fn printings<E: From<CatalogueError>>(
    archive: &Archive,
    sets: &Sets,
    mut on: impl FnMut(Vec<Printing>) -> Result<(), E>,
) -> Result<Counts, E> {
    let known: HashSet<&str> = sets.sets.iter().map(|set| set.id.as_str()).collect();
    let mut seen: HashSet<PrintingId> = HashSet::new();
    archive.visit(
        &|name| matches!(place(name), Some((root, Place::Cards { .. })) if root == sets.root),
        &|error| E::from(CatalogueError::Archive(error)),
        &mut |entry| {
            let Some((_, Place::Cards { language, set })) = place(&entry.name) else { return Ok(()) };
            if !known.contains(set) {
                let (entry, set) = (entry.name.clone(), set.to_owned());
                return Err(CatalogueError::UnknownSet { entry, set }.into());
            }
            let set = SetId::new(set);
            let mut page = Vec::new();
            for card in each_record(&entry, "card", |fields, id| printing(fields, id, &set, language)) {
                let card = card?;
                if !seen.insert(card.id.clone()) {
                    return Err(duplicate(&entry, format!("card {:?}", card.id.as_str())).into());
                }
                page.push(card);
            }
            on(page)
        },
    )?;
    if seen.is_empty() {
        return Err(CatalogueError::NoCards.into());
    }
    Ok(Counts { sets: sets.sets.len(), printings: seen.len() })
}

/// Reads everything into memory: about 40 MB for 20,000 printings.
///
/// # Errors
/// [`CatalogueError`].
pub fn load(archive: &Archive) -> Result<(Vec<CardSet>, Vec<Printing>), CatalogueError> {
    let sets = sets(archive)?;
    let mut all = Vec::new();
    printings(archive, &sets, |page| {
        all.extend(page);
        Ok::<(), CatalogueError>(())
    })?;
    Ok((sets.sets, all))
}

/// Splits a name into the folder around the layout (empty for none) and the place inside it.
fn place(name: &str) -> Option<(&str, Place<'_>)> {
    let parts: Vec<&str> = name.strip_suffix(".json")?.split('/').collect();
    match parts.as_slice() {
        ["sets", language] if is_language(language) => Some(("", Place::Sets)),
        ["cards", language, set] if is_language(language) => Some(("", Place::Cards { language, set })),
        [top, "sets", language] if is_language(language) => Some((top, Place::Sets)),
        [top, "cards", language, set] if is_language(language) => Some((top, Place::Cards { language, set })),
        _ => None,
    }
}

/// The simple BCP 47 forms: `en`, `ja`, `pt-BR`, `zh-Hant`.
fn is_language(text: &str) -> bool {
    let (language, region) = text.split_once('-').unwrap_or((text, "XX"));
    (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_lowercase())
        && (2..=8).contains(&region.len())
        && region.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Parses a file's list and turns each object into something; `kind` names the objects in messages.
fn each_record<'a, T: 'a>(
    entry: &'a Entry,
    kind: &'a str,
    make: impl Fn(&Fields<'_>, String) -> Result<T, CatalogueError> + 'a,
) -> Box<dyn Iterator<Item = Result<T, CatalogueError>> + 'a> {
    let json = |source| CatalogueError::Json { entry: entry.name.clone(), source };
    // Raw first: the parsed form of a file is ten times its text, so only one record at a time takes it.
    let records: Vec<&RawValue> = match serde_json::from_slice(&entry.bytes) {
        Ok(records) => records,
        Err(source) => return Box::new(std::iter::once(Err(json(source)))),
    };
    Box::new(records.into_iter().enumerate().map(move |(index, record)| {
        let map: Map<String, Value> = serde_json::from_str(record.get()).map_err(json)?;
        let unnamed = format!("{kind} number {}", index + 1);
        let id = identifier(&Fields::new(&map, &entry.name, &unnamed))?;
        let subject = format!("{kind} {id:?}");
        make(&Fields::new(&map, &entry.name, &subject), id)
    }))
}

fn duplicate(entry: &Entry, subject: String) -> CatalogueError {
    CatalogueError::Duplicate { entry: entry.name.clone(), subject }
}

/// An identifier becomes part of file names and addresses, so only what is harmless there is accepted.
fn identifier(fields: &Fields<'_>) -> Result<String, CatalogueError> {
    let id = fields.text("id")?;
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_.!?".contains(c);
    if id.chars().count() > MAX_ID_CHARS || id.starts_with('.') || !id.chars().all(harmless) {
        return Err(fields.bad("id", format!("{id:?} is not an identifier of letters, digits and -_.!?")));
    }
    Ok(id)
}

fn card_set(fields: &Fields<'_>, id: String) -> Result<CardSet, CatalogueError> {
    Ok(CardSet {
        id: SetId::new(id),
        name: fields.text("name")?,
        series: fields.maybe_text("series")?.unwrap_or_default(),
        code: fields.maybe_text("ptcgoCode")?,
        printed_total: fields.number("printedTotal")?,
        total: fields.number("total")?,
        release_date: match fields.maybe_text("releaseDate")? {
            Some(text) => date(&text).ok_or_else(|| fields.bad("releaseDate", format!("{text:?} is not a date")))?,
            None => String::new(),
        },
    })
}

/// `1999/01/09` and `1999-01-09` to `1999-01-09`.
fn date(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(['/', '-']).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let number = |part: &str, digits: usize| (part.len() == digits).then(|| part.parse::<u16>().ok()).flatten();
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

fn printing(fields: &Fields<'_>, id: String, set: &SetId, language: &str) -> Result<Printing, CatalogueError> {
    let number = fields.text("number")?;
    let mut kinds = vec![fields.text("supertype")?];
    kinds.extend(fields.texts("subtypes")?);
    kinds.extend(fields.texts("types")?);
    let images = fields.object("images")?;
    let mut image_urls = Vec::new();
    for size in ["large", "small"] {
        image_urls.extend(images.as_ref().map(|images| images.maybe_text(size)).transpose()?.flatten());
    }
    Ok(Printing {
        id: PrintingId::new(id),
        set: set.clone(),
        number: CollectorNumber::parse(&number)
            .map_err(|error| fields.bad("number", format!("is refused: {error}")))?,
        language: language.to_owned(),
        name: fields.text("name")?,
        kinds,
        hit_points: fields.maybe_text("hp")?,
        rarity: fields.maybe_text("rarity")?,
        artist: fields.maybe_text("artist")?,
        blocks: blocks(fields)?,
        flavour: fields.maybe_text("flavorText")?,
        finishes: finishes(fields)?,
        image_urls,
    })
}

/// In the order in which they stand on a card: what the card is, what it can do, what it attacks with, small print.
fn blocks(fields: &Fields<'_>) -> Result<Vec<TextBlock>, CatalogueError> {
    let block = |part: &Fields<'_>| -> Result<TextBlock, CatalogueError> {
        Ok(TextBlock { name: part.text("name")?, text: part.maybe_text("text")?.unwrap_or_default() })
    };
    let mut blocks = Vec::new();
    if let Some(part) = fields.object("ancientTrait")? {
        blocks.push(block(&part)?);
    }
    for field in ["abilities", "attacks"] {
        for part in fields.objects(field)? {
            blocks.push(block(&part)?);
        }
    }
    blocks.extend(fields.texts("rules")?.into_iter().map(|text| TextBlock { name: String::new(), text }));
    Ok(blocks)
}

/// The finishes that the marketplace block of an export names, where there is one. A name that is not known here, such
/// as a later pattern of foil, is none of the three finishes and says nothing about them.
fn finishes(fields: &Fields<'_>) -> Result<Vec<Finish>, CatalogueError> {
    let Some(market) = fields.object("tcgplayer")? else { return Ok(Vec::new()) };
    let Some(prices) = market.object("prices")? else { return Ok(Vec::new()) };
    let mut finishes: Vec<Finish> = prices.names().filter_map(finish).collect();
    finishes.sort_unstable();
    finishes.dedup();
    Ok(finishes)
}

fn finish(name: &str) -> Option<Finish> {
    match name {
        "normal" | "unlimited" | "1stEdition" | "1stEditionNormal" => Some(Finish::Normal),
        "holofoil" | "unlimitedHolofoil" | "1stEditionHolofoil" => Some(Finish::Holo),
        "reverseHolofoil" => Some(Finish::Reverse),
        _ => None,
    }
}

#[cfg(test)]
#[path = "pokemon_tcg_data_tests.rs"]
mod tests;
