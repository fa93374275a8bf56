//! The game's catalogue in the layout of the public `pokemon-tcg-data`: `sets/en.json` and `cards/en/<set>.json`.

use std::path::Path;

use cardmint_domain::Finish;
use serde_json::{Map, Value, json};

use super::card::{Kind, PLAIN};
use super::dice::Dice;
use super::sets::{Game, Printing, SETS, Set};
use super::words::ELEMENTS;
use super::{PrinterError, write};

/// Host that never resolves (RFC 2606): pictures are on disk, their addresses only need the right shape.
const IMAGE_HOST: &str = "https://images.example.invalid";

/// Writes `sets/en.json` and one card file for each set that `wanted` lets through.
pub(super) fn save(out: &Path, game: &Game, wanted: &dyn Fn(&Set) -> bool) -> Result<(), PrinterError> {
    let chosen: Vec<(usize, &Set)> = SETS.iter().enumerate().filter(|(_, set)| set.listed && wanted(set)).collect();
    let sets: Vec<Value> = chosen.iter().map(|&(index, set)| set_entry(game, index, set)).collect();
    write(&out.join("sets/en.json"), pretty(&Value::Array(sets)).as_bytes())?;
    for (index, set) in chosen {
        let cards = game.listed().filter(|p| p.set == index).map(|p| card_entry(game, p)).collect();
        write(&out.join(format!("cards/en/{}.json", set.id)), pretty(&Value::Array(cards)).as_bytes())?;
    }
    Ok(())
}

/// Indented, with a final line feed; the layout this follows is indented too.
fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn set_entry(game: &Game, index: usize, set: &Set) -> Value {
    json!({
        "id": set.id,
        "name": set.name,
        "series": "Lanternfall",
        "printedTotal": set.printed_total,
        "total": game.listed().filter(|p| p.set == index).count(),
        "legalities": {"unlimited": "Legal"},
        "ptcgoCode": set.code,
        "releaseDate": set.release,
        "updatedAt": format!("{} 12:00:00", set.release),
        "images": {
            "symbol": format!("{IMAGE_HOST}/{}/symbol.png", set.id),
            "logo": format!("{IMAGE_HOST}/{}/logo.png", set.id),
        },
    })
}

fn element(index: usize) -> &'static str {
    if index == PLAIN { "Plain" } else { ELEMENTS[index].0 }
}

fn card_entry(game: &Game, printing: &Printing) -> Value {
    let design = game.design_of(printing);
    let mut card = Map::new();
    let mut put = |key: &str, value: Value| card.insert(key.to_owned(), value);
    put("id", json!(printing.id));
    put("name", json!(design.name));
    put("supertype", json!(if design.kind == Kind::Creature { "Creature" } else { "Action" }));
    put("subtypes", json!([design.stage]));
    if let Some(hp) = design.hp {
        put("hp", json!(hp.to_string()));
        put("types", json!([element(design.element)]));
        put("weaknesses", json!([{"type": element(design.weakness), "value": "×2"}]));
        put("retreatCost", json!(vec!["Plain"; design.retreat]));
        put("convertedRetreatCost", json!(design.retreat));
    }
    if let Some(from) = &design.evolves_from {
        put("evolvesFrom", json!(from));
    }
    if let Some((name, text)) = &design.ability {
        put("abilities", json!([{"name": name, "text": text, "type": "Gift"}]));
    }
    if !design.attacks.is_empty() {
        put("attacks", design.attacks.iter().map(attack_entry).collect());
    }
    if let Some(resistance) = design.resistance {
        put("resistances", json!([{"type": element(resistance), "value": "-30"}]));
    }
    if !design.rules.is_empty() {
        put("rules", json!(design.rules));
    }
    put("number", json!(printing.number));
    put("artist", json!(design.artist));
    put("rarity", json!(printing.rarity));
    if let Some(flavour) = &design.flavour {
        put("flavorText", json!(flavour));
    }
    put("legalities", json!({"unlimited": "Legal"}));
    let picture = format!("{IMAGE_HOST}/{}/{}", SETS[printing.set].id, printing.number);
    put("images", json!({"small": format!("{picture}.png"), "large": format!("{picture}_hires.png")}));
    put("tcgplayer", market_entry(printing));
    Value::Object(card)
}

fn attack_entry(attack: &super::card::Attack) -> Value {
    json!({
        "name": attack.name,
        "cost": attack.cost.iter().map(|&index| element(index)).collect::<Vec<_>>(),
        "convertedEnergyCost": attack.cost.len(),
        "damage": attack.damage,
        "text": attack.text,
    })
}

/// Prices: invented, but the keys tell which finishes exist, which is what importers read.
fn market_entry(printing: &Printing) -> Value {
    let mut dice = Dice::new(7, &printing.id);
    let mut prices = Map::new();
    for finish in &printing.finishes {
        let key = match finish {
            Finish::Normal => "normal",
            Finish::Holo => "holofoil",
            Finish::Reverse => "reverseHolofoil",
        };
        let market = dice.whole(10, if *finish == Finish::Holo { 9000 } else { 400 });
        let dollars = |percent: u32| f64::from(market * percent / 100) / 100.0;
        let price = json!({"low": dollars(70), "mid": dollars(110), "high": dollars(300), "market": dollars(100), "directLow": null});
        prices.insert(key.to_owned(), price);
    }
    json!({"url": format!("https://market.example.invalid/{}", printing.id), "updatedAt": "2026/11/01", "prices": prices})
}
