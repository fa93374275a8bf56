use serde_json::{Value, json};

use super::*;
use crate::simulator::write_labels;

/// The bytes of the one photo; only their digest matters.
const BYTES: &[u8] = b"a photo";

fn label(card_id: &str, kind: &str, quad: &Quad) -> Label {
    let mut label: Label =
        serde_json::from_value(json!({ "image": "a.jpg", "bbox": "", "card_id": card_id, "kind": kind })).unwrap();
    label.set_outline(quad);
    label
}

fn scan(best: Option<&str>, outcome: &str, quad: &Quad) -> Value {
    json!({
        "capture": blake3::hash(BYTES).to_hex().to_string(), "quad": quad, "outcome": outcome,
        "best": best.map(|id| json!({ "id": id, "name": "Emberfox", "set": null })),
        "posterior": best.map(|_| 0.75), "gap": 0.5, "sentence": "why",
        "price": best.map(|_| json!({ "state": "fresh", "amount": { "amount_minor": 1205, "currency": "USD" } })),
    })
}

fn run(labels: &[Label], scans: Vec<Value>) -> Comparison {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.jpg"), BYTES).unwrap();
    let path = folder.path().join("labels.csv");
    write_labels(&path, labels).unwrap();
    let scans = serde_json::from_value(json!({ "total": scans.len(), "items": scans })).unwrap();
    compare(&path, folder.path(), scans).unwrap()
}

const LEFT: Quad = Quad::rectangle(0.1, 0.1, 0.4, 0.9);
const RIGHT: Quad = Quad::rectangle(0.6, 0.1, 0.9, 0.9);

#[test]
fn scans_are_paired_with_the_labels_they_cover() {
    let labels = [label("s-1", "card", &LEFT), label("s-2", "card", &RIGHT)];
    let near = Quad::rectangle(0.58, 0.08, 0.92, 0.93);
    let found = run(&labels, vec![scan(Some("s-2"), "booked", &near.turned(2)), scan(Some("s-1"), "review", &LEFT)]);
    let totals = found.totals();
    assert_eq!(totals, Totals { cards: 2, correct: 2, accepted: 1, ..Totals::default() });
    assert!(totals.is_good());
    let text = found.lines.iter().map(Line::to_string).collect::<Vec<_>>();
    assert!(
        text[0].contains("s-1 Emberfox") && text[0].contains("75.0 %") && text[0].contains("12.05 USD"),
        "{text:?}"
    );
    assert!(text[0].ends_with("why") && text[1].contains("booked"), "{text:?}");
}

#[test]
fn every_kind_of_wrong_acceptance_is_counted() {
    let labels = [label("s-1", "card", &LEFT), label("", "back", &RIGHT)];
    for (scans, wrong, negatives) in [
        (vec![scan(Some("s-9"), "booked", &LEFT)], 1, 0),
        (vec![scan(Some("s-9"), "booked", &RIGHT)], 1, 1),
        (vec![scan(Some("s-1"), "booked", &Quad::rectangle(0.45, 0.1, 0.55, 0.2))], 1, 1),
        (vec![scan(Some("s-1"), "booked", &LEFT), scan(Some("s-1"), "booked", &LEFT)], 1, 1),
    ] {
        let totals = run(&labels, scans).totals();
        assert_eq!((totals.accepted_wrongly, totals.negatives_accepted), (wrong, negatives), "{totals:?}");
        assert!(!totals.is_good());
    }
}

#[test]
fn what_is_not_found_is_missed_and_counts_against() {
    let labels = [label("s-1", "card", &LEFT), label("s-2", "card", &RIGHT)];
    let totals = run(&labels, vec![scan(None, "review", &LEFT)]).totals();
    assert_eq!((totals.cards, totals.correct, totals.missed), (2, 0, 1));
    assert!(!totals.is_good());
}

#[test]
fn five_in_a_hundred_may_be_named_wrongly_but_not_six() {
    let totals = |correct| Totals { cards: 100, correct, ..Totals::default() };
    assert!(totals(95).is_good() && !totals(94).is_good());
    assert!(!Totals { accepted_wrongly: 1, ..totals(100) }.is_good());
}
