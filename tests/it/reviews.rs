//! A person's part: accepting, correcting, rejecting, and taking it back.

use cardmint_tests::daemon::{Daemon, Home};
use serde_json::{Value, json};

use crate::fixture::samples;

async fn post(daemon: &Daemon, path: &str, body: &Value) -> u16 {
    let request = daemon.client().post(format!("http://daemon{path}")).json(body);
    request.send().await.unwrap().status().as_u16()
}

async fn count(daemon: &Daemon, path: &str) -> u64 {
    daemon.get(path).await.unwrap()["total"].as_u64().unwrap()
}

#[tokio::test]
async fn a_review_is_accepted_taken_back_corrected_and_rejected() {
    let (samples, home) = (samples(), Home::new().unwrap());
    let daemon = samples.start(&home).await;
    // A foreign printing has the picture of a listed one: there is a candidate, and it must not be booked.
    let foreign: Vec<_> = samples.labels.iter().filter(|label| label.kind == "foreign").collect();
    for label in &foreign {
        home.drop_photo(&samples.photo(label)).unwrap();
    }
    daemon.settled(foreign.len() as u64).await;
    assert_eq!(count(&daemon, "/v1/inventory").await, 0);
    let reviews = daemon.get("/v1/reviews").await.unwrap();
    let tasks = reviews["items"].as_array().unwrap();
    assert_eq!(tasks.len(), foreign.len());
    let with_candidate =
        tasks.iter().find(|task| !task["scan"]["best"].is_null()).expect("a candidate for some foreign card");
    let id = &with_candidate["id"];
    assert!(!with_candidate["reasons"].as_array().unwrap().is_empty());

    daemon.post(&format!("/v1/reviews/{id}/accept"), &Value::Null).await.unwrap();
    let inventory = daemon.get("/v1/inventory").await.unwrap();
    assert_eq!(inventory["items"][0]["printing"]["id"], with_candidate["scan"]["best"]["id"]);
    assert_eq!(post(&daemon, &format!("/v1/reviews/{id}/accept"), &Value::Null).await, 409, "accepted twice");
    assert_eq!(count(&daemon, "/v1/inventory").await, 1);

    daemon.post(&format!("/v1/reviews/{id}/undo"), &Value::Null).await.unwrap();
    assert_eq!(count(&daemon, "/v1/inventory").await, 0);
    assert_eq!(count(&daemon, "/v1/reviews").await, foreign.len() as u64);

    let correction = json!({ "printing": "lf1-3", "finish": "normal", "condition": "LP" });
    daemon.post(&format!("/v1/reviews/{id}/correct"), &correction).await.unwrap();
    let item = daemon.get("/v1/inventory").await.unwrap()["items"][0].clone();
    assert_eq!((&item["printing"]["id"], &item["condition"]), (&"lf1-3".into(), &"LP".into()));
    daemon.post(&format!("/v1/reviews/{id}/undo"), &Value::Null).await.unwrap();

    daemon.post(&format!("/v1/reviews/{id}/reject"), &Value::Null).await.unwrap();
    assert_eq!(count(&daemon, "/v1/inventory").await, 0);
    assert_eq!(count(&daemon, "/v1/reviews").await, foreign.len() as u64 - 1);
    assert_eq!(post(&daemon, "/v1/reviews/99999/accept", &Value::Null).await, 404);
    assert_eq!(daemon.get("/v1/audit/verify").await.unwrap()["broken_at"], Value::Null);
}
