//! What the daemon stands on goes away and comes back: nothing is acknowledged falsely, nothing is lost, and it goes on by itself.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use cardmint_tests::daemon::{Daemon, Home};
use cardmint_tests::wait::until;
use serde_json::Value;

use crate::cluster;
use crate::fixture::{digest, samples};

const PATIENCE: Duration = Duration::from_secs(60);

/// What `/readyz` says is wrong.
async fn problems(daemon: &Daemon) -> Option<String> {
    let answer = daemon.client().get("http://daemon/readyz").send().await.ok()?;
    let body: Value = answer.json().await.ok()?;
    Some(body["problems"].as_array()?.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "))
}

/// How long it takes until the trouble that is named is seen, or none is.
async fn sees(daemon: &Daemon, trouble: &str) -> Duration {
    let begun = Instant::now();
    until(&format!("{trouble:?} to be seen"), PATIENCE, async || {
        let problems = problems(daemon).await?;
        (problems.is_empty() == trouble.is_empty() && problems.contains(trouble)).then_some(())
    })
    .await;
    begun.elapsed()
}

/// The photo is in, once.
async fn is_done_once(daemon: &Daemon, photo: &Path) {
    daemon.settled(1).await;
    let capture = daemon.get(&format!("/v1/captures/{}", digest(photo))).await.unwrap();
    assert_eq!((&capture["state"], &capture["scans"]), (&"done".into(), &1.into()), "{}", daemon.log());
    assert_eq!(daemon.get("/v1/audit/verify").await.unwrap()["broken_at"], Value::Null);
}

/// A photo that is sent meanwhile must not be acknowledged.
async fn is_not_acknowledged(daemon: &Daemon, photo: &Path) {
    let sent =
        daemon.client().post("http://daemon/v1/captures").body(std::fs::read(photo).unwrap()).send().await.unwrap();
    assert_eq!(sent.status(), 503, "{:?}", sent.text().await);
}

#[tokio::test]
async fn the_watched_folder_goes_away_and_comes_back() {
    let (samples, home) = (samples(), Home::new().unwrap());
    let daemon = samples.start(&home).await;
    sees(&daemon, "").await;
    std::fs::rename(home.path("watch"), home.path("elsewhere")).unwrap();
    println!("seen within {:?}", sees(&daemon, "the watched folder").await);
    let photo = samples.photo(samples.easy().next().unwrap());
    std::fs::copy(&photo, home.path("elsewhere").join("late.jpg")).unwrap();
    std::fs::rename(home.path("elsewhere"), home.path("watch")).unwrap();
    println!("ready within {:?}", sees(&daemon, "").await);
    is_done_once(&daemon, &photo).await;
}

#[tokio::test]
async fn a_full_disk_is_seen_and_nothing_is_lost() {
    let (samples, home) = (samples(), Home::new().unwrap());
    let state = home.path("state");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=256m", "tmpfs"]).arg(&state).status();
    if !mounted.is_ok_and(|status| status.success()) {
        println!("skipped: nothing may be mounted here");
        return;
    }
    let _unmounted = Unmounted(&state);
    let daemon = samples.start(&home).await;
    sees(&daemon, "").await;
    let filler = state.join("filler");
    let mut file = File::create(&filler).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    drop(file);
    println!("seen within {:?}", sees(&daemon, "the state directory").await);
    let photo = samples.photo(samples.easy().next().unwrap());
    is_not_acknowledged(&daemon, &photo).await;
    home.drop_photo(&photo).unwrap();
    std::fs::remove_file(&filler).unwrap();
    println!("ready within {:?}", sees(&daemon, "").await);
    is_done_once(&daemon, &photo).await;
}

/// Takes a mount away, however the test ends. The daemon has been killed by then: it was made later.
struct Unmounted<'p>(&'p Path);

impl Drop for Unmounted<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(self.0).status());
    }
}

#[tokio::test]
async fn a_database_server_goes_away_and_comes_back() {
    let (samples, mut home) = (samples(), Home::new().unwrap());
    let there = cluster::shared().own("outage");
    let (host, rest) = there.strip_prefix("postgres://cardmint@").unwrap().split_once('/').unwrap();
    let (server, socket) = (host.replace("%2F", "/"), home.path("server"));
    symlink(&server, &socket).unwrap();
    let url = format!("postgres://cardmint@{}/{rest}", socket.display().to_string().replace('/', "%2F"));
    home.set("CARDMINT__DATABASE__URL", &url);
    let daemon = samples.start(&home).await;
    sees(&daemon, "").await;
    std::fs::remove_file(&socket).unwrap();
    cluster::shared().hang_up("outage");
    println!("seen within {:?}", sees(&daemon, "the database").await);
    let photo = samples.photo(samples.easy().next().unwrap());
    is_not_acknowledged(&daemon, &photo).await;
    home.drop_photo(&photo).unwrap();
    symlink(&server, &socket).unwrap();
    println!("ready within {:?}", sees(&daemon, "").await);
    is_done_once(&daemon, &photo).await;
}
