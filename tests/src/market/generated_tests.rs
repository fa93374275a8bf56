use std::time::Duration;

use super::*;

const SETS: &str = r#"[
 {"id":"tmi","name":"Testmere Isles","printedTotal":120,"ptcgoCode":"TMI","releaseDate":"2026/03/27"},
 {"id":"fdr","name":"Founders","printedTotal":62,"releaseDate":"1999/06/16"},
 {"id":"tmg","name":"Testmere Gallery","printedTotal":30,"releaseDate":"2026/03/27"},
 {"id":"tmp","name":"Testmere Promos","printedTotal":200,"releaseDate":"2026/03/27"},
 {"id":"new","name":"Announced","printedTotal":1,"releaseDate":"2027/03/27"}
]"#;

fn catalogue() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("sets/en.json", SETS);
    write(
        "cards/en/tmi.json",
        r#"[{"id":"tmi-7","name":"Emberfox ex","number":"7","rarity":"Double Rare","hp":"220"},
            {"id":"tmi-14","name":"Pebblet","number":"14","rarity":"Common"}]"#,
    );
    write(
        "cards/en/fdr.json",
        r#"[{"id":"fdr-4","name":"Old Drake","number":"4","rarity":"Rare Holo",
             "tcgplayer":{"prices":{"1stEditionHolofoil":{"market":1},"unlimitedHolofoil":{}}}}]"#,
    );
    write(
        "cards/en/tmg.json",
        r#"[{"id":"tmg-TG05","name":"Pebblet","number":"TG05"},{"id":"tmg-TG06","name":"Rune","number":"TG06"}]"#,
    );
    write("cards/en/tmp.json", r#"[{"id":"tmp-TMP044","name":"Pebblet","number":"TMP044"}]"#);
    folder
}

fn results(world: &World, path: &str) -> Vec<Value> {
    let page: Value = serde_json::from_slice(&world.page(path).unwrap().body).unwrap();
    assert_eq!(page["success"], true);
    page["results"].as_array().unwrap().clone()
}

fn made() -> World {
    world(catalogue().path(), UNIX_EPOCH + Duration::from_secs(1_791_317_157)).unwrap()
}

#[test]
fn numbers_are_printed_as_on_the_cards() {
    let world = made();
    let mut numbers = Vec::new();
    for group in results(&world, "/tcgplayer/3/groups") {
        let id = &group["groupId"];
        for product in results(&world, &format!("/tcgplayer/3/{id}/products")) {
            let number = product["extendedData"].as_array().unwrap().iter().find(|field| field["name"] == "Number");
            numbers.extend(number.map(|field| field["value"].as_str().unwrap().to_owned()));
        }
    }
    numbers.sort();
    assert_eq!(numbers, ["007/120", "014/120", "4/62", "TG05/TG30", "TG06/TG30", "TMP044"]);
}

#[test]
fn every_finish_of_a_card_has_its_expected_price() {
    let world = made();
    let groups = results(&world, "/tcgplayer/3/groups");
    let founders = groups.iter().find(|group| group["name"] == "Founders").unwrap();
    assert_eq!((founders["publishedOn"].as_str(), groups.len()), (Some("1999-06-16T00:00:00"), 4));
    let at = format!("/tcgplayer/3/{}", founders["groupId"]);
    let products = results(&world, &format!("{at}/products"));
    let drake = &products.iter().find(|product| product["name"] == "Old Drake").unwrap()["productId"];
    let prices = results(&world, &format!("{at}/prices"));
    let mine: Vec<_> = prices.iter().filter(|price| price["productId"] == *drake).collect();
    assert_eq!(mine.len(), 2);
    for key in ["1stEditionHolofoil", "unlimitedHolofoil"] {
        let row = mine.iter().find(|price| price["subTypeName"] == sub_type_name(key)).unwrap();
        let cents = row["marketPrice"].as_f64().map(|dollars| (dollars * 100.0).round() as i64);
        assert_eq!(cents, invented_minor("fdr-4", key));
    }
}

#[test]
fn prices_are_the_same_in_every_run_and_spread_widely() {
    assert_eq!(made().page("/tcgplayer/3/groups"), made().page("/tcgplayer/3/groups"));
    let prices: Vec<_> = (0..5000).map(|n| invented_minor(&format!("x-{n}"), "normal")).collect();
    let known: Vec<i64> = prices.iter().flatten().copied().collect();
    let missing = prices.len() - known.len();
    assert!((80..180).contains(&missing), "{missing} of 5000 have no price");
    assert!(known.iter().all(|price| (5..100_000).contains(price)));
    assert!(known.iter().filter(|price| **price < 100).count() > 4000);
    assert!(known.iter().any(|price| *price > 5000));
}

#[test]
fn the_time_of_the_build_is_written_as_the_source_does() {
    let text = String::from_utf8(made().page("/last-updated.txt").unwrap().body.clone()).unwrap();
    assert_eq!(text, "2026-10-06T20:05:57+0000");
    assert_eq!(stamp(UNIX_EPOCH + Duration::from_secs(951_782_400)), "2000-02-29T00:00:00+0000");
}

#[test]
fn the_real_catalogue_gets_a_product_for_every_card() {
    let Some(root) = std::env::var_os("CARDMINT_REAL_DATA") else {
        println!("skipped: CARDMINT_REAL_DATA does not name a folder with real data");
        return;
    };
    let world = world(&Path::new(&root).join("catalog/pokemon-tcg-data"), UNIX_EPOCH).unwrap();
    let groups = results(&world, "/tcgplayer/3/groups");
    let products: usize =
        groups.iter().map(|group| results(&world, &format!("/tcgplayer/3/{}/products", group["groupId"])).len()).sum();
    // Every set has one product that is no card.
    assert_eq!((groups.len(), products), (172, 20_202 + 172));
}
