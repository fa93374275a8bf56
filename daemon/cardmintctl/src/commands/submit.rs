//! `scan submit`: photos into the daemon, and on request the wait for what becomes of them.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::scan::{self, Submit};
use super::{LOOK_AGAIN, Session};
use crate::failure::{Failure, complain};
use crate::progress::{Progress, share};
use crate::table::Table;
use crate::words::{items, text};

pub(super) async fn run(submit: Submit, session: &Session) -> Result<(), Failure> {
    let mut photos = send_all(&submit, session).await?;
    if submit.wait {
        wait_for_all(&mut photos, Duration::from_secs(submit.timeout_secs), session).await?;
    }
    let failed = photos.iter().filter(|photo| photo.get("error").is_some()).count();
    let answer = json!({ "captures": photos });
    session.output.show(&answer, |_| in_words(&photos, submit.wait))?;
    if failed == 0 { Ok(()) } else { Err(Failure::failed(format!("{failed} of {} photos failed", photos.len()))) }
}

/// Sends every photo. One that is refused does not keep the others out; a daemon that is gone does.
async fn send_all(submit: &Submit, session: &Session) -> Result<Vec<Value>, Failure> {
    let mut progress = Progress::new();
    let mut photos = Vec::new();
    for (done, file) in submit.files.iter().enumerate() {
        progress.say(format!("sending {}", share(done as u64, submit.files.len() as u64)));
        let shown = file.display().to_string();
        match send(file, submit.batch.as_deref(), session).await {
            Ok(answer) => {
                photos.push(json!({ "file": shown, "capture_id": answer["capture_id"], "new": answer["new"] }));
            }
            Err(Failure::Failed(error)) => {
                complain(&format!("{shown}: {error}"));
                photos.push(json!({ "file": shown, "error": error }));
            }
            Err(other) => return Err(other),
        }
    }
    Ok(photos)
}

async fn send(file: &Path, batch: Option<&str>, session: &Session) -> Result<Value, Failure> {
    let bytes = std::fs::read(file).map_err(|error| Failure::failed(format!("reading it: {error}")))?;
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    // What may not stand in a header may not stand in a name that people are shown either.
    let name: String = name.chars().map(|c| if c.is_control() { '_' } else { c }).collect();
    let mut headers = vec![("X-File-Name", name.as_str())];
    headers.extend(batch.map(|batch| ("X-Batch", batch)));
    session.api.post_file(&["v1", "captures"], &headers, bytes).await
}

/// Looks at every photo until it is done or given up, and adds how it ended.
async fn wait_for_all(photos: &mut [Value], timeout: Duration, session: &Session) -> Result<(), Failure> {
    let begin = Instant::now();
    let mut progress = Progress::new();
    let total = photos.len() as u64;
    for (done, photo) in (0..).zip(photos) {
        let id = text(photo, "/capture_id");
        if id.is_empty() {
            continue;
        }
        loop {
            progress.say(format!("waiting, {} done", share(done, total)));
            let capture = session.api.get(&["v1", "captures", &id], &[]).await?;
            let state = text(&capture, "/state");
            photo["state"] = capture["state"].clone();
            photo["scans"] = capture["scan_list"].clone();
            if state == "done" {
                break;
            }
            if state == "dead" {
                photo["error"] = "it was given up; see `cardmintctl dead-letter list`".into();
                break;
            }
            if begin.elapsed() >= timeout {
                photo["error"] = format!("it is not done after {} seconds", timeout.as_secs()).into();
                break;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
    Ok(())
}

fn in_words(photos: &[Value], waited: bool) -> String {
    if waited {
        let scans = photos.iter().flat_map(|photo| photo.get("scans").map(items).unwrap_or_default());
        return scan::table(&scans.cloned().collect::<Vec<_>>());
    }
    let mut table = Table::new(&["CAPTURE", "NEW", "FILE"]);
    for photo in photos.iter().filter(|photo| photo.get("error").is_none()) {
        table.row([text(photo, "/capture_id"), text(photo, "/new"), text(photo, "/file")]);
    }
    table.render("nothing was taken")
}
