//! What the daemon does for a plugin over HTTP: limits, repeats, breaker, cache. The clock is turned by hand.

use cardmint_domain::errors::chain;
use cardmint_sources::{AskError, Driver, DriverParams, ErrorClass, PrintingQuery, Quoted, clock::Clock};

use crate::{
    driver, params, printing,
    server::{Reply, Server},
};

fn at(server: &Server) -> DriverParams {
    DriverParams { base_urls: [("misbehaving".to_owned(), server.url())].into(), ..params() }
}

/// Lets the plugin fetch these pages; any good answer is worth one quote.
async fn fetch(driver: &mut Driver, pages: &str) -> Result<Quoted, AskError> {
    driver.quotes(vec![PrintingQuery { set_name: pages.to_owned(), ..printing("fetch") }]).await
}

fn failed(result: Result<Quoted, AskError>) -> (ErrorClass, String) {
    let error = result.unwrap_err();
    (error.class(), chain(&error))
}

#[tokio::test]
async fn trouble_that_passes_is_waited_out() {
    let server = Server::start();
    server.script("/a", [Reply::new(503, ""), Reply::new(502, "<html>"), Reply::ok("{}")]);
    let (mut driver, _) = driver("misbehaving", at(&server));
    let quoted = fetch(&mut driver, "a").await.unwrap();
    assert_eq!((quoted.quotes.len(), server.seen().len()), (1, 3));
    assert_eq!(driver.health().counters.attempts, 3);
    // The quote is as old as the answer that it came from.
    assert_eq!(quoted.quotes[0].source, "misbehaving");
    assert!(quoted.quotes[0].fetched_at >= crate::NOW);
}

#[tokio::test]
async fn a_short_wait_that_the_server_asks_for_is_waited() {
    let server = Server::start();
    server.script("/a", [Reply::new(429, "").with("Retry-After", "2"), Reply::ok("{}")]);
    let (mut driver, clock) = driver("misbehaving", at(&server));
    assert_eq!(fetch(&mut driver, "a").await.unwrap().quotes.len(), 1);
    assert!(clock.monotonic_ms() >= 2000, "only {} ms", clock.monotonic_ms());
}

#[tokio::test]
async fn a_long_wait_closes_the_source_and_ends() {
    let server = Server::start();
    server.script("/a", [Reply::new(429, "").with("Retry-After", "600"), Reply::ok("{}")]);
    server.script("/b", [Reply::ok("{}")]);
    let (mut driver, clock) = driver("misbehaving", at(&server));
    assert_eq!(failed(fetch(&mut driver, "a").await).0, ErrorClass::RateLimited);
    let error = fetch(&mut driver, "b").await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::RateLimited);
    assert!(error.retry_in_ms().is_some_and(|ms| (590_000..=600_000).contains(&ms)), "{error:?}");
    assert_eq!(server.seen().len(), 1, "nothing is sent while the source is closed");
    clock.advance_ms(600_000);
    assert_eq!(fetch(&mut driver, "b").await.unwrap().quotes.len(), 1);
}

#[tokio::test]
async fn a_host_that_keeps_failing_is_left_alone_and_tried_again() {
    let server = Server::start();
    server.script("/a", [Reply::new(500, "")]);
    let (mut driver, clock) = driver("misbehaving", at(&server));
    assert_eq!(failed(fetch(&mut driver, "a").await).0, ErrorClass::Transient);
    assert!(failed(fetch(&mut driver, "a").await).1.contains("failed too often"));
    assert_eq!(server.seen().len(), 5, "five failures in a row open the breaker");
    assert!(failed(fetch(&mut driver, "a").await).1.contains("failed too often"));
    assert_eq!(server.seen().len(), 5);
    // Half open: one trial, which fails, and it is left alone for twice as long.
    clock.advance_ms(30_000);
    failed(fetch(&mut driver, "a").await);
    assert_eq!(server.seen().len(), 6);
    clock.advance_ms(30_000);
    failed(fetch(&mut driver, "a").await);
    assert_eq!(server.seen().len(), 6);
    server.script("/a", [Reply::ok("{}")]);
    clock.advance_ms(30_000);
    assert_eq!(fetch(&mut driver, "a").await.unwrap().quotes.len(), 1);
}

#[tokio::test]
async fn a_good_answer_is_asked_for_once() {
    let server = Server::start();
    server.script("/a", [Reply::ok("{}")]);
    let (mut driver, clock) = driver("misbehaving", at(&server));
    let first = fetch(&mut driver, "a").await.unwrap();
    clock.advance_ms(59_000);
    let second = fetch(&mut driver, "a").await.unwrap();
    assert_eq!((server.seen().len(), driver.health().counters.saved), (1, 1));
    assert_eq!(first.quotes[0].fetched_at, second.quotes[0].fetched_at, "a cached answer keeps its time");
    clock.advance_ms(1_000);
    fetch(&mut driver, "a").await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn requests_are_spaced_as_the_manifest_says() {
    let server = Server::start();
    let pages: Vec<String> = (0..10).map(|page| format!("page{page}")).collect();
    for page in &pages {
        server.script(&format!("/{page}"), [Reply::ok("[]")]);
    }
    let (mut driver, clock) = driver("misbehaving", at(&server));
    fetch(&mut driver, &pages.join(" ")).await.unwrap();
    assert_eq!(server.seen().len(), 10);
    assert!(clock.monotonic_ms() >= 9 * 50, "ten requests within {} ms", clock.monotonic_ms());
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_not_read() {
    let server = Server::start();
    server.script("/a", [Reply::ok(vec![b'['; (1 << 16) + 1])]);
    let (mut driver, _) = driver("misbehaving", at(&server));
    let (class, text) = failed(fetch(&mut driver, "a").await);
    assert_eq!(class, ErrorClass::Malformed);
    assert!(text.contains("larger than 65536 bytes"), "{text}");
    assert_eq!(server.seen().len(), 1, "asking again would not make it smaller");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let (server, elsewhere) = (Server::start(), Server::start());
    server.script("/a", [Reply::new(302, "").with("Location", elsewhere.url().as_str())]);
    let (mut driver, _) = driver("misbehaving", at(&server));
    assert_eq!(failed(fetch(&mut driver, "a").await).0, ErrorClass::Malformed);
    assert_eq!(elsewhere.seen(), Vec::<String>::new());
}

#[tokio::test]
async fn a_server_that_is_gone_is_trouble_of_the_source() {
    let server = Server::start();
    let params = at(&server);
    drop(server);
    let (mut driver, _) = driver("misbehaving", params);
    let (class, text) = failed(fetch(&mut driver, "a").await);
    assert_eq!(class, ErrorClass::Transient);
    assert!(text.contains("no connection") && text.contains("api.misbehaving.example/a"), "{text}");
}

#[tokio::test]
async fn the_user_agent_says_who_asks() {
    let server = Server::start();
    server.script("/base/a", [Reply::ok("{}")]);
    let base = server.url().join("base").unwrap();
    let base_urls = [("api.misbehaving.example".to_owned(), base)].into();
    let (mut driver, _) = driver("misbehaving", DriverParams { base_urls, ..params() });
    fetch(&mut driver, "a").await.unwrap();
    assert!(server.seen()[0].contains("user-agent: cardmint/0.1.0 (+tests@example.org)"), "{}", server.seen()[0]);
}
