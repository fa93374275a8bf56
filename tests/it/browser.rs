//! The page in a real browser.

use std::process::Command;

use cardmint_tests::daemon::Home;

use crate::fixture::samples;

#[tokio::test]
async fn the_page_shows_a_scan_to_a_real_browser() {
    let (samples, mut home) = (samples(), Home::new().unwrap());
    let page = home.use_page().unwrap();
    let daemon = samples.start(&home).await;
    home.drop_photo(&samples.photo(samples.easy().next().unwrap())).unwrap();
    daemon.settled(1).await;
    let name = daemon.scans().await.unwrap()[0]["best"]["name"].as_str().unwrap().to_owned();

    let html = reqwest::get(&page).await.unwrap();
    let policy = html.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    let shown = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--virtual-time-budget=5000"])
        .arg(format!("--user-data-dir={}", home.path("browser").display()))
        .args(["--dump-dom", &page])
        .output()
        .expect("chromium is needed for this test: run `make setup`");
    let dom = String::from_utf8_lossy(&shown.stdout);
    assert!(
        dom.contains(&name),
        "{name} does not stand on the page:\n{dom}\n{}",
        String::from_utf8_lossy(&shown.stderr)
    );
    assert!(dom.contains("/picture"), "the page shows no picture:\n{dom}");
}
