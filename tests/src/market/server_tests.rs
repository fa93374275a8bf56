use std::io::{Read, Write};
use std::net::TcpStream;

use super::*;

/// Status, headers in lower case, and body as far as it came.
fn ask(market: &Market, method: &str, path: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(market.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: tester\r\nConnection: close\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    // A broken connection is one of the answers.
    let _outcome = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, head.to_ascii_lowercase(), body.to_owned())
}

fn get(market: &Market, path: &str) -> (u16, String, String) {
    ask(market, "GET", path)
}

#[test]
fn the_hand_written_fixtures_are_served_as_the_source_serves_them() {
    let market = Market::start(World::hand_written().unwrap()).unwrap();
    let paths = [
        "/last-updated.txt",
        "/tcgplayer/categories",
        "/tcgplayer/3/groups",
        "/tcgplayer/3/99001/products",
        "/tcgplayer/3/99001/prices",
        "/tcgplayer/3/99003/prices",
        "/tcgplayer/3/99001/ProductsAndPrices.csv",
    ];
    for path in paths {
        let (status, _, body) = get(&market, path);
        assert_eq!((status, body.is_empty()), (200, false), "{path}");
    }
    let (status, head, body) = get(&market, "/tcgplayer/3/12345/prices");
    assert_eq!((status, head.contains("application/xml"), body.contains("AccessDenied")), (403, true, true));
    let seen = market.requests();
    assert_eq!(seen.len(), paths.len() + 1);
    assert!(seen.iter().zip(paths).all(|(seen, path)| seen.path == path && seen.user_agent == "tester"));
    assert_eq!(market.count("/prices"), 3);
}

#[test]
fn faults_can_be_switched_on_and_off() {
    let market = Market::start(World::hand_written().unwrap()).unwrap();
    let path = "/tcgplayer/3/groups";
    market.break_with("/groups", Fault::ServerError, Times::Next(1));
    market.break_with("/groups", Fault::TooManyRequests { retry_after_secs: Some(30) }, Times::Next(1));
    market.break_with("/groups", Fault::Html, Times::Next(1));
    market.break_with("/groups", Fault::Reset, Times::Next(1));
    market.break_with("/groups", Fault::Cut, Times::Next(1));
    assert_eq!(get(&market, path).0, 500);
    let (status, head, _) = get(&market, path);
    assert_eq!((status, head.contains("retry-after: 30")), (429, true));
    let (status, head, _) = get(&market, path);
    assert_eq!((status, head.contains("text/html")), (200, true));
    assert_eq!(get(&market, path), (0, String::new(), String::new()));
    let (_, head, body) = get(&market, path);
    assert!(head.contains("content-length: 100000") && body.len() < 1000, "{head}");
    assert_eq!(get(&market, path).0, 200);
    market.break_with("", Fault::ServerError, Times::Always);
    assert_eq!((get(&market, path).0, get(&market, "/last-updated.txt").0), (500, 500));
    market.heal();
    assert_eq!(get(&market, path).0, 200);
    let begin = Instant::now();
    market.break_with("", Fault::Slow(Duration::from_millis(60)), Times::Always);
    assert_eq!(get(&market, path).0, 200);
    assert!(begin.elapsed() >= Duration::from_millis(60));
}

#[test]
fn the_program_is_controlled_over_http_and_control_is_not_logged() {
    let market = Market::start(World::hand_written().unwrap()).unwrap();
    assert_eq!(ask(&market, "POST", "/__faults?kind=429:7&path=/groups&times=1").0, 204);
    assert_eq!(ask(&market, "POST", "/__faults?kind=nonsense").0, 400);
    assert_eq!(get(&market, "/tcgplayer/3/groups").0, 429);
    assert_eq!(ask(&market, "POST", "/__faults?kind=500").0, 204);
    assert_eq!(ask(&market, "DELETE", "/__faults").0, 204);
    assert_eq!(get(&market, "/tcgplayer/3/groups").0, 200);
    let (_, _, log) = get(&market, "/__requests");
    assert_eq!((log.matches("/tcgplayer/3/groups").count(), market.requests().len()), (2, 2));
}

#[test]
fn a_new_day_replaces_what_is_said_and_dropping_frees_the_port() {
    let market = Market::start(World::hand_written().unwrap()).unwrap();
    market.put("/last-updated.txt", Page::text("2026-10-07T20:05:57+0000"));
    assert_eq!(get(&market, "/last-updated.txt").2, "2026-10-07T20:05:57+0000");
    market.replace(World::default());
    assert_eq!(get(&market, "/last-updated.txt").0, 403);
    let address = market.address;
    drop(market);
    assert!(TcpStream::connect(address).is_err());
}
