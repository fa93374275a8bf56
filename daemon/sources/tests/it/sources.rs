//! The well-behaved sources, from the library on disk to quotes of the domain.

use cardmint_domain::{Finish, PrintingId};
use cardmint_sources::{DriverParams, NoQuote, PrintingQuery};

use crate::{
    NOW, driver, params,
    server::{Reply, Server},
};

/// The plugin's own fixtures, served over HTTP.
fn tcgcsv_server() -> Server {
    let fixture = |name: &str| {
        let path = format!("{}/../../plugins/tcgcsv/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
        Reply::ok(std::fs::read(path).unwrap())
    };
    let server = Server::start();
    for (path, name) in [
        ("/last-updated.txt", "last-updated.txt"),
        ("/tcgplayer/3/groups", "groups.json"),
        ("/tcgplayer/3/99001/products", "99001_products.json"),
        ("/tcgplayer/3/99001/prices", "99001_prices.json"),
    ] {
        server.script(path, [fixture(name)]);
    }
    server
}

fn emberfox() -> PrintingQuery {
    PrintingQuery {
        printing: "tmi-7".to_owned(),
        set_name: "Testmere Isles".to_owned(),
        number: "7/120".to_owned(),
        name: "Emberfox ex".to_owned(),
        language: "en".to_owned(),
        ..PrintingQuery::default()
    }
}

#[tokio::test]
async fn tcgcsv_prices_a_printing_from_its_library_on_disk() {
    let server = tcgcsv_server();
    let base_urls = [("tcgcsv.com".to_owned(), server.url())].into();
    let (mut driver, _) = driver("tcgcsv", DriverParams { base_urls, ..params() });
    let quoted = driver.quotes(vec![emberfox()]).await.unwrap();
    assert!(quoted.refused.is_empty(), "{:?}", quoted.refused);
    assert!(!quoted.quotes.is_empty());
    for quote in &quoted.quotes {
        assert_eq!((quote.printing.clone(), quote.source.as_str()), (PrintingId::new("tmi-7"), "tcgcsv"));
        assert_eq!((quote.upstream.as_str(), quote.match_score), ("tcgplayer", 950));
        assert!(quote.observed_at < NOW && quote.fetched_at >= NOW && quote.expires_at > quote.fetched_at);
    }
    let asked = server.seen().len();
    driver.quotes(vec![emberfox()]).await.unwrap();
    assert_eq!(server.seen().len(), asked, "the second question is answered from the cache");
}

#[tokio::test]
async fn the_second_source_prices_what_it_lists() {
    let server = Server::start();
    server.script("/printings/a%2f1.json", [Reply::ok(r#"{"prices":[{"finish":"holo","amount":0.57}]}"#)]);
    let base_urls = [("second".to_owned(), server.url())].into();
    let (mut driver, _) = driver("second", DriverParams { base_urls, ..params() });
    let printing = |id: &str| PrintingQuery { printing: id.to_owned(), ..PrintingQuery::default() };
    let quoted = driver.quotes(vec![printing("a/1"), printing("b")]).await.unwrap();
    let [quote] = &quoted.quotes[..] else { panic!("{quoted:?}") };
    assert_eq!((quote.finish, quote.amount.amount_minor, quote.source.as_str()), (Finish::Holo, 57, "second"));
    let [none] = &quoted.no_quotes[..] else { panic!("{quoted:?}") };
    assert_eq!((none.printing.as_str(), none.reason.as_str()), ("b", NoQuote::NOT_LISTED));
}
