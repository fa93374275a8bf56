//! Products and prices made up for a catalogue, the same in every run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};

use super::world::{Page, World};

/// Identifiers of groups and products start here, so that they are never taken for real ones.
const FIRST_GROUP: u64 = 900_000;
const FIRST_PRODUCT: u64 = 9_000_000;
/// Sets released from this year on print their numbers with three digits.
const PADDED_FROM_YEAR: &str = "2020";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Set {
    id: String,
    name: String,
    printed_total: u32,
    ptcgo_code: Option<String>,
    #[serde(default)]
    release_date: String,
}

#[derive(Deserialize)]
struct Card {
    id: String,
    name: String,
    number: String,
    rarity: Option<String>,
    hp: Option<String>,
    tcgplayer: Option<Marketplace>,
}

#[derive(Deserialize)]
struct Marketplace {
    #[serde(default)]
    prices: BTreeMap<String, Value>,
}

pub(super) fn world(catalogue: &Path, built: SystemTime) -> anyhow::Result<World> {
    let mut sets: Vec<Set> = read(&catalogue.join("sets/en.json"))?;
    sets.sort_by(|a, b| a.id.cmp(&b.id));
    let group_ids = numbers(sets.iter().map(|set| set.id.as_str()), FIRST_GROUP, 90_000);
    let mut world = World::default();
    let mut groups = Vec::new();
    let mut used = BTreeSet::new();
    for set in &sets {
        let path = catalogue.join(format!("cards/en/{}.json", set.id));
        if !path.try_exists()? {
            continue;
        }
        let cards: Vec<Card> = read(&path)?;
        let group = *group_ids.get(set.id.as_str()).context("every set has a number")?;
        let products = Products::make(set, group, &cards, &mut used);
        let at = format!("/tcgplayer/3/{group}");
        world.put(&format!("{at}/products"), envelope(products.products, true)?);
        world.put(&format!("{at}/prices"), envelope(products.prices, false)?);
        for card in &cards {
            world.put(&format!("/printings/{}.json", card.id), second_page(card)?);
        }
        groups.push(group_row(set, group));
    }
    world.put("/tcgplayer/3/groups", envelope(groups, true)?);
    world.put("/tcgplayer/categories", envelope(vec![category()], true)?);
    world.set_built(built);
    Ok(world)
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> anyhow::Result<T> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("parsing {}", path.display()))
}

/// The answers' frame; the one around prices has no count.
fn envelope(results: Vec<Value>, counted: bool) -> anyhow::Result<Page> {
    let mut frame = json!({ "success": true, "errors": [], "results": results });
    if counted && let Some(frame) = frame.as_object_mut() {
        let count = frame.get("results").and_then(Value::as_array).map_or(0, Vec::len);
        frame.insert("totalItems".to_owned(), json!(count));
    }
    Ok(Page::json(serde_json::to_vec(&frame)?))
}

fn category() -> Value {
    json!({ "categoryId": 3, "name": "Pokemon", "displayName": "Pokemon", "modifiedOn": "2026-10-01T15:58:35.27" })
}

fn group_row(set: &Set, group: u64) -> Value {
    json!({
        "groupId": group, "name": set.name, "abbreviation": set.ptcgo_code.as_deref().unwrap_or_default(),
        "isSupplemental": false, "publishedOn": format!("{}T00:00:00", set.release_date.replace('/', "-")),
        "modifiedOn": "2026-10-01T22:37:34.34", "categoryId": 3,
    })
}

/// What the second source, which is made for tests, reads: the prices of one card by finish.
fn second_page(card: &Card) -> anyhow::Result<Page> {
    let price = |key: String| {
        let finish = match &*key {
            "holofoil" => "holo",
            "reverseHolofoil" => "reverse",
            _ => "normal",
        };
        Some(json!({ "finish": finish, "amount": invented_minor(&card.id, &key)? as f64 / 100.0 }))
    };
    let prices: Vec<Value> = finish_keys(card).into_iter().filter_map(price).collect();
    Ok(Page::json(serde_json::to_vec(&json!({ "prices": prices }))?))
}

struct Products {
    products: Vec<Value>,
    prices: Vec<Value>,
}

impl Products {
    fn make(set: &Set, group: u64, cards: &[Card], used: &mut BTreeSet<u64>) -> Self {
        let mut made = Self { products: Vec::new(), prices: Vec::new() };
        let shared_prefix = shared_prefix(cards);
        for card in cards {
            let product = free_number(&card.id, FIRST_PRODUCT, 90_000_000, used);
            made.products.push(card_row(set, group, card, product, shared_prefix));
            for key in finish_keys(card) {
                let market = invented_minor(&card.id, &key);
                made.prices.push(price_row(product, sub_type_name(&key), market));
            }
        }
        // A product that is no card: it has neither number nor rarity.
        let sealed = free_number(&format!("{}/sealed", set.id), FIRST_PRODUCT, 90_000_000, used);
        made.products.push(product_row(group, sealed, &format!("{} Booster Box", set.name), &json!([])));
        made.prices.push(price_row(sealed, "Normal", Some(15_230)));
        made
    }
}

fn card_row(set: &Set, group: u64, card: &Card, product: u64, shared_prefix: Option<&str>) -> Value {
    let field = |name: &str, value: &str| json!({ "name": name, "displayName": name, "value": value });
    let mut extended = vec![field("Number", &printed_number(set, &card.number, shared_prefix))];
    extended.push(field("Rarity", card.rarity.as_deref().unwrap_or("Promo")));
    extended.extend(card.hp.as_deref().map(|hp| field("HP", hp)));
    product_row(group, product, &card.name, &json!(extended))
}

fn product_row(group: u64, product: u64, name: &str, extended: &Value) -> Value {
    json!({
        "productId": product, "name": name, "cleanName": name, "categoryId": 3, "groupId": group,
        "imageUrl": format!("https://cdn.example/product/{product}_200w.jpg"),
        "url": format!("https://shop.example/product/{product}/x"),
        "modifiedOn": "2026-09-04T15:00:29.8", "imageCount": 1,
        "presaleInfo": { "isPresale": false, "releasedOn": null, "note": null },
        "extendedData": extended,
    })
}

fn price_row(product: u64, sub_type: &str, market_minor: Option<i64>) -> Value {
    // Listings exist where there are too few sales for a market price.
    let around = market_minor.unwrap_or(250);
    let dollars = |minor: i64| json!(minor as f64 / 100.0);
    json!({
        "productId": product, "subTypeName": sub_type,
        "lowPrice": dollars((around * 3 / 4).max(1)), "midPrice": dollars(around * 11 / 10 + 1),
        "highPrice": dollars(around * 4 + 500), "marketPrice": market_minor.map(dollars),
        "directLowPrice": if around % 2 == 0 { dollars(around) } else { Value::Null },
    })
}

/// The market price of a card in US cents; `key` names the finish the way the catalogue does. About one in forty has
/// none. Most cards cost little, a few a lot: 0.05 to about 650.
#[must_use]
pub fn invented_minor(card_id: &str, key: &str) -> Option<i64> {
    let seed = hash(&format!("{card_id}/{key}"));
    if seed.is_multiple_of(41) {
        return None;
    }
    let size = 5_i64 << (seed >> 8).trailing_zeros().min(13);
    Some(size + i64::try_from((seed >> 40) % 60).unwrap_or(0) * size / 60)
}

/// How the marketplace names a finish of the catalogue.
#[must_use]
pub fn sub_type_name(key: &str) -> &'static str {
    match key {
        "holofoil" => "Holofoil",
        "reverseHolofoil" => "Reverse Holofoil",
        "1stEditionHolofoil" => "1st Edition Holofoil",
        "1stEdition" | "1stEditionNormal" => "1st Edition",
        "unlimitedHolofoil" => "Unlimited Holofoil",
        "unlimited" => "Unlimited",
        _ => "Normal",
    }
}

/// The catalogue's keys where it has them, else what the rarity suggests.
fn finish_keys(card: &Card) -> Vec<String> {
    let known: Vec<String> = card.tcgplayer.iter().flat_map(|market| market.prices.keys().cloned()).collect();
    if !known.is_empty() {
        return known;
    }
    let keys: &[&str] = match card.rarity.as_deref() {
        Some("Common" | "Uncommon" | "Rare") => &["normal", "reverseHolofoil"],
        Some("Rare Holo") => &["holofoil", "reverseHolofoil"],
        Some(_) => &["holofoil"],
        None => &["normal"],
    };
    keys.iter().map(|key| (*key).to_owned()).collect()
}

/// The letters that all numbers of a set begin with, as in a subset numbered TG01 to TG30.
fn shared_prefix(cards: &[Card]) -> Option<&str> {
    let letters = |card: &'_ Card| card.number.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(card.number.len());
    let first = cards.first()?;
    let prefix = first.number.get(..letters(first))?;
    let all = cards.iter().all(|card| card.number.get(..letters(card)) == Some(prefix));
    (all && !prefix.is_empty()).then_some(prefix)
}

/// The number as it stands on the card. Promotional cards, whose letters are long, print no total.
fn printed_number(set: &Set, number: &str, shared_prefix: Option<&str>) -> String {
    let total = set.printed_total;
    match shared_prefix {
        Some(prefix) if prefix.len() <= 2 => format!("{number}/{prefix}{total:02}"),
        None if number.starts_with(|c: char| c.is_ascii_digit()) => {
            let padded = set.release_date.as_str() >= PADDED_FROM_YEAR;
            if padded { format!("{number:0>3}/{total:03}") } else { format!("{number}/{total}") }
        }
        _ => number.to_owned(),
    }
}

fn numbers<'a>(ids: impl Iterator<Item = &'a str>, first: u64, range: u64) -> BTreeMap<&'a str, u64> {
    let mut used = BTreeSet::new();
    ids.map(|id| (id, free_number(id, first, range, &mut used))).collect()
}

/// A number that follows from the name, or the next free one.
fn free_number(name: &str, first: u64, range: u64, used: &mut BTreeSet<u64>) -> u64 {
    let mut number = first + hash(name) % range;
    while !used.insert(number) {
        number += 1;
    }
    number
}

/// FNV-1a with a final mix: the same on every machine and in every version, which the standard library's is not.
fn hash(text: &str) -> u64 {
    let mut state = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    state = (state ^ (state >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    state ^ (state >> 33)
}

/// `2026-10-06T20:05:57+0000`.
pub(super) fn stamp(at: SystemTime) -> String {
    let secs = at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, of_day) = (secs / 86_400, secs % 86_400);
    // Civil date from days since 1970-01-01, counted from March so that the leap day comes last.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+0000")
}

#[cfg(test)]
#[path = "generated_tests.rs"]
mod tests;
