//! The control socket and the page's address: who may do what.

use std::os::unix::fs::PermissionsExt;

use cardmint_tests::daemon::Home;
use serde_json::{Value, json};

#[tokio::test]
async fn the_socket_is_for_owner_and_group_and_gone_after_the_end() {
    let home = Home::new().unwrap();
    let daemon = home.start().await.unwrap();
    let socket = home.path("control.sock");
    let mode = std::fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660, "{mode:o}");
    assert!(daemon.terminate().await.unwrap().success());
    // A socket that a killed daemon leaves does not keep the next one from starting.
    home.start().await.unwrap().kill().unwrap();
    assert!(socket.symlink_metadata().is_ok());
    drop(home.start().await.unwrap());
}

#[tokio::test]
async fn a_second_daemon_on_the_same_state_is_refused() {
    let home = Home::new().unwrap();
    let daemon = home.start().await.unwrap();
    let second = home.cardmintd().output().unwrap();
    assert!(!second.status.success());
    let said = format!("{}{}", String::from_utf8_lossy(&second.stdout), String::from_utf8_lossy(&second.stderr));
    assert!(said.contains("another daemon"), "{said}");
    assert_eq!(daemon.get("/v1/status").await.unwrap()["counts"]["items"], 0);
}

#[tokio::test]
async fn the_audit_log_names_the_peer_and_the_page_changes_nothing() {
    let mut home = Home::new().unwrap();
    let page = home.use_page().unwrap();
    let daemon = home.start().await.unwrap();
    daemon.post("/v1/batches", &json!({ "name": "monday", "condition": "LP" })).await.unwrap();
    let audit = daemon.get("/v1/audit?subject=batch:monday").await.unwrap();
    let audit = if audit["total"] == 0 { daemon.get("/v1/audit").await.unwrap() } else { audit };
    let uid = nix::unistd::getuid();
    let by_us = audit["items"].as_array().unwrap().iter().any(|row| row["actor"] == format!("uid:{uid}"));
    assert!(by_us, "{audit:#}");

    let client = reqwest::Client::new();
    let post = client.post(format!("{page}/v1/pause")).send().await.unwrap();
    assert_eq!(post.status(), 405);
    let elsewhere = client.get(format!("{page}/v1/status")).header("Host", "evil.example").send().await.unwrap();
    assert_eq!(elsewhere.status(), 421);
    let status: Value = client.get(format!("{page}/v1/status")).send().await.unwrap().json().await.unwrap();
    assert_eq!(status["paused"], false);
}

#[tokio::test]
async fn errors_have_a_status_a_code_and_a_message() {
    let home = Home::new().unwrap();
    let daemon = home.start().await.unwrap();
    for (path, status, code) in [
        ("/v1/scans/none", 404, "not_found"),
        ("/v1/reviews?state=sideways", 400, "bad_request"),
        ("/v1/inventory/12", 404, "not_found"),
        ("/v1/captures/00", 404, "not_found"),
    ] {
        let answer = daemon.client().get(format!("http://daemon{path}")).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["code"], code, "{path}: {body}");
        assert!(!body["error"]["message"].as_str().unwrap().is_empty(), "{path}");
    }
    let not_json = daemon.client().post("http://daemon/v1/batches").body("{").send().await.unwrap();
    assert_eq!(not_json.status(), 400);
    let ready = daemon.client().get("http://daemon/readyz").send().await.unwrap();
    assert_eq!(ready.status(), 503);
    assert!(ready.text().await.unwrap().contains("no catalogue"));
}

#[tokio::test]
async fn a_photo_can_be_sent_over_the_socket_and_waits_while_paused() {
    let (samples, home) = (crate::fixture::samples(), Home::new().unwrap());
    let daemon = samples.start(&home).await;
    daemon.post("/v1/pause", &Value::Null).await.unwrap();
    let photo = samples.photo(samples.easy().next().unwrap());
    let send = async || {
        let request = daemon.client().post("http://daemon/v1/captures").header("X-File-Name", "sent.jpg");
        let answer = request.body(std::fs::read(&photo).unwrap()).send().await.unwrap();
        assert!(answer.status().is_success());
        answer.json::<Value>().await.unwrap()
    };
    let first = send().await;
    assert_eq!((&first["capture_id"], &first["new"]), (&crate::fixture::digest(&photo).into(), &true.into()));
    assert_eq!(send().await["new"], false);
    assert_eq!(daemon.get("/v1/status").await.unwrap()["counts"]["captures"]["admitted"], 1);
    daemon.post("/v1/resume", &Value::Null).await.unwrap();
    daemon.settled(1).await;
    assert_eq!(daemon.scans().await.unwrap().len(), 1);
    let refused = daemon.client().post("http://daemon/v1/captures").body("no picture").send().await.unwrap();
    assert_eq!(refused.status(), 400);
}
