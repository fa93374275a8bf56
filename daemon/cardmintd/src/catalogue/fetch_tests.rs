use cardmint_domain::{CollectorNumber, SetId};

use super::super::source::http_client;
use super::super::testing::{Answer, Server};
use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest of an invented picture";
const FAST: FetchParams = FetchParams {
    requests_per_second: 500.0,
    max_bytes: 1000,
    timeout_secs: 10,
    give_up_after: 3,
    longest_wait_secs: 5,
};

fn printing(id: &str, urls: &[String]) -> Printing {
    Printing {
        id: PrintingId::new(id),
        set: SetId::new("tmi"),
        number: CollectorNumber::parse("1").unwrap(),
        language: "en".into(),
        name: "Pebblet".into(),
        kinds: vec![],
        hit_points: None,
        rarity: None,
        artist: None,
        blocks: vec![],
        flavour: None,
        finishes: vec![],
        image_urls: urls.to_vec(),
    }
}

async fn fetch(printings: &[Printing], folder: &Path) -> FetchReport {
    fetch_missing(printings, folder, &http_client("test").unwrap(), &FAST, |_| ()).await.unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|child| child.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn only_what_is_missing_is_asked_for_and_a_second_run_asks_nothing() {
    let server = Server::start(|_, _| Answer::ok(PNG));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tmi-1.jpg"), b"here").unwrap();
    let url = |n: u8| vec![format!("{}/{n}.png", server.url)];
    let all =
        [printing("tmi-1", &url(1)), printing("tmi-2", &url(2)), printing("tmi-3", &[]), printing("tmi-4", &url(4))];
    let report = fetch(&all, folder.path()).await;
    assert_eq!((report.fetched, report.present, report.without_url, report.failed.len()), (2, 1, 1, 0));
    assert_eq!(names(folder.path()), ["tmi-1.jpg", "tmi-2.png", "tmi-4.png"]);
    let again = fetch(&all, folder.path()).await;
    assert_eq!((again.fetched, again.present), (0, 3));
    assert_eq!(server.seen(), ["/2.png", "/4.png"]);
}

#[tokio::test]
async fn single_failures_are_reported_and_leave_no_file_behind() {
    let server = Server::start(|path, _| match path {
        "/missing" => Answer::status("404 Not Found"),
        "/page" => Answer::ok("<html>sorry</html>"),
        "/huge" => Answer::ok([PNG, &[0; 5000]].concat()),
        _ => Answer::ok(PNG),
    });
    let url = |name: &str| format!("{}/{name}", server.url);
    let folder = tempfile::tempdir().unwrap();
    let all = [
        printing("a-1", &[url("missing")]),
        printing("a-2", &[url("page")]),
        printing("a-3", &[url("missing"), url("good")]),
        printing("a-4", &[url("huge")]),
        printing("a-5", &["not an address".into()]),
        printing("../a-6", &[url("good")]),
    ];
    let report = fetch(&all, folder.path()).await;
    let failed: Vec<_> = report.failed.iter().map(|failure| failure.printing.as_str()).collect();
    assert_eq!((report.fetched, failed, report.gave_up), (2, vec!["a-1", "a-2", "a-4", "a-5"], false));
    assert!(matches!(report.failed[0].error, PictureError::Status(404)));
    assert!(matches!(report.failed[1].error, PictureError::NotAPicture));
    assert!(matches!(report.failed[2].error, PictureError::TooLarge(1000)));
    assert_eq!(names(folder.path()), ["_a-6.png", "a-3.png"]);
}

#[tokio::test]
async fn a_server_that_asks_for_a_short_pause_gets_it_and_for_a_long_one_ends_the_run() {
    let server = Server::start(|path, before| match (path, before) {
        ("/busy", 0) => Answer { status: "429 Too Many Requests", headers: "Retry-After: 0\r\n", body: vec![] },
        ("/tomorrow", _) => Answer { status: "503 Unavailable", headers: "Retry-After: 86400\r\n", body: vec![] },
        _ => Answer::ok(PNG),
    });
    let url = |name: &str| vec![format!("{}/{name}", server.url)];
    let folder = tempfile::tempdir().unwrap();
    let all = [printing("a-1", &url("busy")), printing("a-2", &url("tomorrow")), printing("a-3", &url("good"))];
    let report = fetch(&all, folder.path()).await;
    assert_eq!((report.fetched, report.failed.len(), report.gave_up), (1, 1, true));
    assert_eq!(server.seen(), ["/busy", "/busy", "/tomorrow"]);
}

#[tokio::test]
async fn failures_in_a_row_end_the_run() {
    let server = Server::start(|_, _| Answer::status("500 Oops"));
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<_> = (0..9).map(|n| printing(&format!("a-{n}"), &[format!("{}/{n}", server.url)])).collect();
    let mut calls = 0;
    let client = http_client("test").unwrap();
    let report = fetch_missing(&all, folder.path(), &client, &FAST, |_| calls += 1).await.unwrap();
    assert_eq!((report.failed.len(), report.gave_up, calls, server.seen().len()), (3, true, 3, 3));
}

#[tokio::test]
async fn the_asked_for_rate_is_kept() {
    let server = Server::start(|_, _| Answer::ok(PNG));
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<_> = (0..4).map(|n| printing(&format!("a-{n}"), &[format!("{}/{n}", server.url)])).collect();
    let params = FetchParams { requests_per_second: 20.0, ..FAST };
    let client = http_client("test").unwrap();
    let begin = std::time::Instant::now();
    fetch_missing(&all, folder.path(), &client, &params, |_| ()).await.unwrap();
    // Four requests have three pauses of 50 ms between them; slower is fine, faster is not.
    assert!(begin.elapsed() >= Duration::from_millis(145), "{:?}", begin.elapsed());
}
