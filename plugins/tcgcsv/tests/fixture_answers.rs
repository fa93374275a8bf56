//! The source against the invented world of the fixtures; see the fixtures' own README for what each one stands for.

use cardmint_plugin_api::{
    Config, ErrorClass, NoQuote, PrintingQuery, Query, Shape, SourceRef,
    testkit::{Bench, Canned, Fixture},
};
use cardmint_plugin_tcgcsv::TcgCsv;

const OBSERVED_MS: i64 = 1_791_317_157_000;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("fixtures/", $name))
    };
}

fn world() -> Fixture {
    let url = |path: &str| format!("https://tcgcsv.com/{path}");
    [
        (url("last-updated.txt"), fixture!("last-updated.txt")),
        (url("tcgplayer/3/groups"), fixture!("groups.json")),
        (url("tcgplayer/3/99001/products"), fixture!("99001_products.json")),
        (url("tcgplayer/3/99001/prices"), fixture!("99001_prices.json")),
        (url("tcgplayer/3/99002/products"), fixture!("99002_products.json")),
        (url("tcgplayer/3/99002/prices"), fixture!("99002_prices.json")),
        (url("tcgplayer/3/99003/products"), fixture!("99003_products.json")),
        (url("tcgplayer/3/99003/prices"), fixture!("99003_prices_null_market.json")),
    ]
    .map(|(url, body)| (url, Canned::ok(body)))
    .into()
}

fn with(path: &str, canned: Canned) -> Fixture {
    let mut world = world();
    world.insert(format!("https://tcgcsv.com/{path}"), canned);
    world
}

fn bench() -> Bench {
    Bench::new(|| Box::new(TcgCsv), &Config::new())
}

fn printing(id: &str, set: &str, number: &str, name: &str) -> PrintingQuery {
    PrintingQuery {
        printing: id.to_owned(),
        set_name: set.to_owned(),
        number: number.to_owned(),
        name: name.to_owned(),
        language: "en".to_owned(),
        ..PrintingQuery::default()
    }
}

fn emberfox() -> PrintingQuery {
    printing("tmi-7", "Testmere Isles", "7/120", "Emberfox ex")
}

fn quote(printings: Vec<PrintingQuery>) -> Query {
    Query { printings, now_ms: OBSERVED_MS + 1000, ..Query::default() }
}

/// (printing, source key, finish, edition, kind, cents, score) of every quote.
type Short = (String, String, String, Option<String>, String, i64, u16);

fn shorts(query: &Query, fixture: &Fixture) -> Vec<Short> {
    let run = bench().run(query, fixture);
    let quotes = run.answer().quotes.iter().cloned();
    quotes.map(|q| (q.printing, q.source_ref, q.finish, q.edition, q.kind, q.amount_minor, q.match_score)).collect()
}

fn short(
    printing: &str,
    source_ref: &str,
    finish: &str,
    edition: Option<&str>,
    kind: &str,
    cents: i64,
    score: u16,
) -> Short {
    (printing.into(), source_ref.into(), finish.into(), edition.map(Into::into), kind.into(), cents, score)
}

fn reasons(query: &Query, fixture: &Fixture) -> Vec<(String, Option<String>, String)> {
    let run = bench().run(query, fixture);
    run.answer().no_quotes.iter().cloned().map(|none| (none.source_ref, none.kind, none.reason)).collect()
}

#[test]
fn one_printing_gets_all_its_numbers_in_cents() {
    let expected = [("market", 1812), ("low_ask", 1350), ("mid_ask", 1925), ("high_ask", 9999)];
    let expected = expected.map(|(kind, cents)| short("tmi-7", "9900107:Holofoil", "holo", None, kind, cents, 950));
    assert_eq!(shorts(&quote(vec![emberfox()]), &world()), expected);
}

#[test]
fn every_quote_says_when_where_and_from_which_row() {
    let run = bench().run(&quote(vec![emberfox()]), &world());
    for quote in &run.answer().quotes {
        assert_eq!(quote.observed_at_ms, Some(OBSERVED_MS));
        assert_eq!(
            (quote.upstream.as_str(), quote.region.as_str(), quote.currency.as_str()),
            ("tcgplayer", "US", "USD")
        );
        assert_eq!(quote.language.as_deref(), Some("en"));
        assert!(quote.raw.contains("9900107") && quote.raw.contains("18.12"), "{}", quote.raw);
        let answered = run.requests.iter().find(|request| request.id == quote.request).unwrap();
        assert!(answered.url.ends_with("/99001/prices"), "{}", answered.url);
    }
    assert_eq!(run.answer().version.as_deref(), Some("2026-10-06T20:05:57+0000"));
}

#[test]
fn finishes_are_apart_and_only_the_wanted_ones_are_given() {
    let mut pebblet = printing("tmi-14", "Testmere Isles", "014/120", "Pebblet");
    let market: Vec<_> =
        shorts(&quote(vec![pebblet.clone()]), &world()).into_iter().filter(|q| q.4 == "market").collect();
    assert_eq!(
        market,
        [
            short("tmi-14", "9900114:Normal", "normal", None, "market", 9, 950),
            short("tmi-14", "9900114:Reverse Holofoil", "reverse", None, "market", 27, 950),
        ]
    );
    pebblet.finishes = vec!["reverse".to_owned()];
    assert!(shorts(&quote(vec![pebblet]), &world()).iter().all(|q| q.2 == "reverse"));
}

#[test]
fn editions_are_apart() {
    let drake = printing("fdr-4", "Founders", "4", "Old Drake");
    let market: Vec<_> = shorts(&quote(vec![drake]), &world()).into_iter().filter(|q| q.4 == "market").collect();
    assert_eq!(
        market,
        [
            short("fdr-4", "9900204:1st Edition Holofoil", "holo", Some("first"), "market", 24_731, 950),
            short("fdr-4", "9900204:Unlimited Holofoil", "holo", Some("unlimited"), "market", 5877, 950),
        ]
    );
}

#[test]
fn same_name_with_another_number_is_another_card() {
    let rare = printing("tmi-119", "Testmere Isles", "119/120", "Emberfox ex");
    assert!(shorts(&quote(vec![rare]), &world()).iter().all(|q| q.1 == "9900119:Holofoil"));
}

#[test]
fn null_is_a_reason_and_never_a_number() {
    let promo = printing("pp-21", "Prize Pack Series Cards (test)", "021/199", "Sproutling Prize Pack");
    let promo = PrintingQuery { name: "Sproutling (Prize Pack)".to_owned(), ..promo };
    assert!(shorts(&quote(vec![promo.clone()]), &world()).iter().all(|q| q.4 != "market"));
    let reasons = reasons(&quote(vec![promo]), &world());
    assert!(reasons.contains(&("9900321:Holofoil".into(), Some("market".into()), NoQuote::NULL_PRICE.into())));
}

#[test]
fn a_stamped_product_does_not_price_the_plain_printing() {
    let plain = printing("pp-21", "Prize Pack Series Cards (test)", "021/199", "Sproutling");
    assert_eq!(
        reasons(&quote(vec![plain.clone()]), &world()),
        [(String::new(), None, NoQuote::OTHER_VARIANT.to_owned())]
    );
    assert!(shorts(&quote(vec![plain]), &world()).is_empty());
}

#[test]
fn what_cannot_be_found_has_a_reason_each() {
    for (query, reason) in [
        (printing("x", "Unheard Of", "1/2", "Nobody"), NoQuote::NOT_COVERED),
        (printing("x", "Testmere Isles", "50/120", "Nobody"), NoQuote::NOT_LISTED),
        (printing("x", "Testmere Isles", "7/99", "Emberfox ex"), NoQuote::NOT_LISTED),
        (printing("x", "Testmere Isles", "7/120", "Pebblet"), NoQuote::CONTRADICTION),
        (PrintingQuery { language: "de".into(), ..emberfox() }, NoQuote::NOT_COVERED),
    ] {
        assert_eq!(reasons(&quote(vec![query.clone()]), &world())[0].2, reason, "{query:?}");
        assert!(shorts(&quote(vec![query]), &world()).is_empty());
    }
}

#[test]
fn the_crosswalk_beats_names_and_contradictions_give_nothing() {
    let known = |id: &str| SourceRef { namespace: "tcgplayer".into(), id: id.into(), ..SourceRef::default() };
    let by_ref = PrintingQuery { refs: vec![known("9900107")], name: "Feuerfuchs ex".into(), ..emberfox() };
    assert!(shorts(&quote(vec![by_ref]), &world()).iter().all(|q| q.6 == 990 && q.1 == "9900107:Holofoil"));
    for wrong in ["9900114", "1"] {
        let contradiction = PrintingQuery { refs: vec![known(wrong)], ..emberfox() };
        assert_eq!(reasons(&quote(vec![contradiction]), &world())[0].2, NoQuote::CONTRADICTION);
    }
}

#[test]
fn an_unknown_label_prices_nothing_and_is_reported() {
    let prices = fixture!("99001_prices.json").replacen("\"Holofoil\"", "\"Glitter Holofoil\"", 1);
    let world = with("tcgplayer/3/99001/prices", Canned::ok(prices));
    assert!(shorts(&quote(vec![emberfox()]), &world).is_empty());
    let run = bench().run(&quote(vec![emberfox()]), &world);
    let none = &run.answer().no_quotes[0];
    assert_eq!((none.reason.as_str(), none.detail.as_str()), (NoQuote::UNMAPPED_FINISH, "Glitter Holofoil"));
}

#[test]
fn zero_negative_and_nonsense_numbers_are_no_quotes() {
    for (token, reason) in [
        ("0", NoQuote::NULL_PRICE),
        ("-1.5", NoQuote::NULL_PRICE),
        ("{}", NoQuote::BAD_PRICE),
        ("1e999", NoQuote::BAD_PRICE),
    ] {
        let prices = fixture!("99001_prices.json").replacen("18.12", token, 1);
        let world = with("tcgplayer/3/99001/prices", Canned::ok(prices));
        assert!(shorts(&quote(vec![emberfox()]), &world).iter().all(|q| q.4 != "market"), "{token}");
        assert_eq!(reasons(&quote(vec![emberfox()]), &world)[0].2, reason, "{token}");
    }
}

#[test]
fn products_without_any_price_row_are_reported() {
    let world = with("tcgplayer/3/99001/prices", Canned::ok(fixture!("empty_prices.json")));
    assert_eq!(reasons(&quote(vec![emberfox()]), &world), [("9900107".into(), None, NoQuote::NULL_PRICE.into())]);
}

#[test]
fn each_kind_of_trouble_has_its_class() {
    let missing = Canned::http(fixture!("403_missing_or_archive.http"));
    let throttled = Canned::http(fixture!("429_throttled.http"));
    let html = Canned::ok("<html><body>maintenance</body></html>");
    let prices = "tcgplayer/3/99001/prices";
    for (path, canned, class) in [
        (prices, missing.clone(), ErrorClass::MissingFile),
        ("last-updated.txt", missing, ErrorClass::MissingFile),
        (prices, throttled.clone(), ErrorClass::RateLimited),
        ("tcgplayer/3/groups", throttled, ErrorClass::RateLimited),
        (prices, html.clone(), ErrorClass::Malformed),
        ("last-updated.txt", html, ErrorClass::Malformed),
        (prices, Canned { status: 500, ..Canned::default() }, ErrorClass::Transient),
        (prices, Canned::ok(""), ErrorClass::Transient),
        (prices, Canned::ok("{\"success\":true,\"results\":["), ErrorClass::Malformed),
    ] {
        let run = bench().run(&quote(vec![emberfox()]), &with(path, canned.clone()));
        assert_eq!(run.failure().class, class, "{path} {canned:?}");
    }
}

fn sync(last_version: Option<&str>) -> Query {
    let printings = vec![
        emberfox(),
        printing("tmi-14", "Testmere Isles", "14/120", "Pebblet"),
        printing("fdr-4", "Founders", "4/62", "Old Drake"),
    ];
    Query { shape: Shape::Sync, printings, last_version: last_version.map(str::to_owned), now_ms: OBSERVED_MS }
}

#[test]
fn a_sync_asks_each_file_of_each_needed_set_once() {
    let run = bench().run(&sync(None), &world());
    let mut paths: Vec<&str> =
        run.requests.iter().map(|request| request.url.trim_start_matches("https://tcgcsv.com/")).collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "last-updated.txt",
            "tcgplayer/3/99001/prices",
            "tcgplayer/3/99001/products",
            "tcgplayer/3/99002/prices",
            "tcgplayer/3/99002/products",
            "tcgplayer/3/groups",
        ]
    );
    let market = run.answer().quotes.iter().filter(|quote| quote.kind == "market").count();
    assert_eq!(market, 5);
    assert_eq!(run.answer().version.as_deref(), Some("2026-10-06T20:05:57+0000"));
}

#[test]
fn an_unchanged_build_costs_one_request() {
    let run = bench().run(&sync(Some("2026-10-06T20:05:57+0000")), &world());
    assert_eq!(run.requests.len(), 1);
    assert!(run.answer().unchanged && run.answer().quotes.is_empty());
    let run = bench().run(&sync(Some("2026-10-05T20:05:57+0000")), &world());
    assert!(!run.answer().unchanged && !run.answer().quotes.is_empty());
}

#[test]
fn one_missing_set_does_not_spoil_a_sync() {
    let missing = Canned::http(fixture!("403_missing_or_archive.http"));
    let run = bench().run(&sync(None), &with("tcgplayer/3/99001/prices", missing));
    assert!(run.answer().quotes.iter().all(|quote| quote.printing == "fdr-4"));
    assert_eq!(run.answer().no_quotes.iter().filter(|none| none.reason == NoQuote::NOT_COVERED).count(), 2);
}

#[test]
fn presale_is_a_doubt() {
    let products = fixture!("99001_products.json").replacen("\"isPresale\": false", "\"isPresale\": true", 1);
    let run = bench().run(&quote(vec![emberfox()]), &with("tcgplayer/3/99001/products", Canned::ok(products)));
    assert!(run.answer().quotes.iter().all(|quote| quote.flags == ["presale"]));
}
