//! The contract of the command line: what goes where, and what the shell is told.

#![allow(clippy::unwrap_used, unreachable_pub)] // a test program with helpers of its own

mod support;

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use support::{Answer, Fake, ctl, err, json, ok, out, refuse};

fn scan(id: &str) -> serde_json::Value {
    json!({
        "id": id, "outcome": "booked", "batch": "default", "posterior": 0.9971, "gap": 0.9,
        "best": { "id": "base1-4", "name": "Cinderwing", "set": "base1", "set_name": "Base", "number": "4/102" },
        "price": { "state": "stale", "amount": { "amount_minor": 120_599, "currency": "EUR" }, "confidence": "low" },
    })
}

#[test]
fn a_list_is_a_table_for_people_and_the_answer_itself_in_json() {
    let listing = json!({ "total": 3, "items": [scan("aa-0"), scan("aa-1")] });
    let answer = listing.clone();
    let fake = Fake::answering(move |_| ok(answer.clone()));
    let words = fake.ctl(&["scan", "list", "--outcome", "booked", "--limit", "2"]);
    assert!(words.status.success(), "{}", err(&words));
    let table = out(&words);
    let second = table.lines().nth(2).unwrap();
    for part in ["aa-1", "booked", "base1-4", "Cinderwing (Base 4/102)", "99.7 %", "1205.99 EUR (stale)"] {
        assert!(second.contains(part), "{part} in {table}");
    }
    assert!(err(&words).contains("rows 1 to 2 of 3"), "{}", err(&words));
    let document = fake.ctl(&["--json", "scan", "list"]);
    assert_eq!((json(&document), document.status.code()), (listing, Some(0)));
    assert_eq!(fake.questions(), ["GET /v1/scans?outcome=booked&limit=2&offset=0", "GET /v1/scans?limit=100&offset=0"]);
}

#[test]
fn a_dead_letter_is_shown_with_its_history() {
    let attempt = |attempt, ended_at, end, why| {
        json!({
            "attempt": attempt, "token": 1, "started_at": 1_764_019_805_000_i64, "ended_at": ended_at, "end": end,
            "stage": "ocr", "fault": { "origin": "ours", "permanence": "transient", "message": why },
        })
    };
    let history = [
        attempt(1, 1_764_019_806_250_i64, "given_back", "the worker was killed"),
        attempt(2, 1_764_019_885_000_i64, "dead", "the worker was killed again"),
    ];
    let letter = json!({ "id": 2, "state": "open", "attempts": 2, "history": history });
    let answer = letter.clone();
    let fake = Fake::answering(move |_| ok(answer.clone()));
    let shown = out(&fake.ctl(&["dead-letter", "show", "2"]));
    let lines: Vec<&str> = shown.lines().rev().take(2).collect();
    for (line, parts) in [
        (lines[1], ["1", "2025-11-24 21:30:05Z", "1.250 s", "given_back", "ocr", "the worker was killed"]),
        (lines[0], ["2", "2025-11-24 21:30:05Z", "80.000 s", "dead", "ocr", "the worker was killed again"]),
    ] {
        assert_eq!(line.trim().split("  ").filter(|cell| !cell.is_empty()).map(str::trim).collect::<Vec<_>>(), parts);
    }
    assert_eq!(json(&fake.ctl(&["--json", "dead-letter", "show", "2"])), letter);
}

#[test]
fn what_the_daemon_refuses_is_a_failure_with_its_words() {
    let fake = Fake::answering(|_| refuse(409, "review task 7 is closed"));
    for arguments in [&["review", "accept", "7"][..], &["--json", "review", "accept", "7"]] {
        let refused = fake.ctl(arguments);
        assert_eq!((refused.status.code(), out(&refused)), (Some(1), String::new()));
        assert_eq!(err(&refused), "cardmintctl: review task 7 is closed\n");
    }
}

#[test]
fn an_answer_that_is_no_answer_is_a_failure() {
    let fake = Fake::answering(|_| Answer::Say(502, String::new()));
    let failed = fake.ctl(&["status"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(err(&failed).contains("502"), "{}", err(&failed));
}

#[test]
fn wrong_usage_is_told_from_failure() {
    let fake = Fake::answering(|_| ok(json!({})));
    for arguments in [
        &["fly"][..],
        &["scan", "submit"],
        &["scan", "list", "--limit", "0"],
        &["scan", "submit", "--timeout-secs", "5", "x.jpg"],
        &["review", "accept", "seven"],
        &["inventory", "adjust", "3"],
        &["inventory", "adjust", "3", "--finish", "golden"],
        &["--json", "inventory", "export", "--format", "csv"],
    ] {
        let wrong = fake.ctl(arguments);
        assert_eq!((wrong.status.code(), out(&wrong)), (Some(2), String::new()), "{arguments:?}: {}", err(&wrong));
        assert!(!err(&wrong).is_empty());
    }
    assert_eq!(fake.questions(), Vec::<String>::new());
}

#[test]
fn a_daemon_that_is_not_there_has_its_own_code() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    for arguments in [&["status"][..], &["--json", "scan", "list"], &["drain"]] {
        let gone = ctl(&nowhere, arguments);
        assert_eq!((gone.status.code(), out(&gone)), (Some(3), String::new()), "{arguments:?}");
        assert!(err(&gone).contains("nowhere"), "{}", err(&gone));
    }
    let dies = Fake::answering(|_| Answer::Vanish);
    assert_eq!(dies.ctl(&["status"]).status.code(), Some(3), "it hung up without an answer");
}

#[test]
fn health_shows_the_answer_and_fails_with_it() {
    let ill = json!({ "ready": false, "problems": ["no catalogue is loaded"], "paused": false, "catalogue": false });
    let answer = ill.to_string();
    let fake = Fake::answering(move |_| Answer::Say(503, answer.clone()));
    let words = fake.ctl(&["health"]);
    assert_eq!((words.status.code(), out(&words).as_str()), (Some(1), "not ready\n  no catalogue is loaded\n"));
    let document = fake.ctl(&["--json", "health"]);
    assert_eq!((document.status.code(), json(&document)), (Some(1), ill));
}

#[test]
fn photos_are_sent_with_their_name_and_batch_and_waited_for() {
    let looks = AtomicU32::new(0);
    let fake = Fake::answering(move |what| match what {
        "POST /v1/captures" => ok(json!({ "capture_id": "c0ffee", "new": true })),
        _ if looks.fetch_add(1, Ordering::Relaxed) < 2 => ok(json!({ "state": "in_progress", "scan_list": [] })),
        _ => ok(json!({ "state": "done", "scan_list": [scan("c0ffee-0")] })),
    });
    let photo = fake.file("Flabébé.jpg", b"\xff\xd8\xff pixels");
    let photo = photo.to_str().unwrap();
    let sent = fake.ctl(&["--json", "scan", "submit", photo, "--batch", "box 4", "--wait"]);
    assert!(sent.status.success(), "{}", err(&sent));
    let expected = json!({ "captures": [
        { "file": photo, "capture_id": "c0ffee", "new": true, "state": "done", "scans": [scan("c0ffee-0")] },
    ]});
    assert_eq!(json(&sent), expected);
    let asked = fake.asked();
    assert_eq!(asked[0].body, b"\xff\xd8\xff pixels");
    for header in ["x-file-name: Flabébé.jpg", "x-batch: box 4"] {
        let same = |line: &String| line.to_lowercase() == header.to_lowercase();
        assert!(asked[0].headers.iter().any(same), "{header} in {:?}", asked[0].headers);
    }
    assert_eq!(fake.questions()[1..], ["GET /v1/captures/c0ffee"; 3]);
}

#[test]
fn a_photo_that_is_refused_does_not_keep_the_others_out() {
    let first = AtomicU32::new(0);
    let fake = Fake::answering(move |_| match first.fetch_add(1, Ordering::Relaxed) {
        0 => refuse(400, "\"a.txt\" is not a picture"),
        _ => ok(json!({ "capture_id": "beef", "new": false })),
    });
    let (text, photo) = (fake.file("a.txt", b"text"), fake.file("b.jpg", b"jpeg"));
    let sent =
        fake.ctl(&["--json", "scan", "submit", text.to_str().unwrap(), "/no/such/file.jpg", photo.to_str().unwrap()]);
    assert_eq!(sent.status.code(), Some(1));
    let document = json(&sent);
    assert_eq!(document["captures"][0]["error"], "\"a.txt\" is not a picture");
    assert!(document["captures"][1]["error"].as_str().unwrap().starts_with("reading it"), "{document}");
    assert_eq!(document["captures"][2]["capture_id"], "beef");
    assert!(err(&sent).contains("2 of 3 photos failed"), "{}", err(&sent));
}

#[test]
fn an_import_is_followed_to_its_end() {
    let looks = AtomicU32::new(0);
    let fake = Fake::answering(move |what| match what {
        "POST /v1/catalogue/import" => ok(json!({ "import_id": 4 })),
        "GET /v1/catalogue/imports/4" if looks.fetch_add(1, Ordering::Relaxed) == 0 => {
            ok(json!({ "state": "running", "step": "reading", "done": 1, "total": 3 }))
        }
        _ => ok(json!({ "state": "done", "references": 9, "indexed": 8, "warnings": ["one picture is missing"],
                        "change": { "printings": 120, "sets": 3 } })),
    });
    let source = fake.file("catalogue.zip", b"zip");
    let imported = fake.ctl(&["catalogue", "import", source.to_str().unwrap(), "--force"]);
    assert!(imported.status.success(), "{}", err(&imported));
    assert!(out(&imported).contains("120 printings, 3 sets"), "{}", out(&imported));
    assert!(err(&imported).contains("one picture is missing"));
    let body: serde_json::Value = serde_json::from_slice(&fake.asked()[0].body).unwrap();
    let whole = source.canonicalize().unwrap();
    assert_eq!(body, json!({ "source": whole, "force": true, "references": null, "fetch_images": false }));
}

#[test]
fn an_import_that_fails_is_a_failure() {
    let fake = Fake::answering(|what| match what {
        "POST /v1/catalogue/import" => ok(json!({ "import_id": 1 })),
        _ => ok(json!({ "state": "failed", "message": "too few printings" })),
    });
    let failed = fake.ctl(&["--json", "catalogue", "import", "https://example.org/catalogue.zip"]);
    assert_eq!((failed.status.code(), json(&failed)["state"].clone()), (Some(1), "failed".into()));
    assert!(err(&failed).contains("too few printings"));
    let missing = fake.ctl(&["catalogue", "import", "/no/such/folder"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(err(&missing).contains("/no/such/folder"), "{}", err(&missing));
}

#[test]
fn a_correction_takes_what_is_not_said_from_the_batch() {
    let fake = Fake::answering(|what| match what {
        "GET /v1/reviews/7" => {
            ok(json!({ "id": 7, "defaults": { "finish": "holo", "edition": "first", "condition": "LP" } }))
        }
        _ => ok(json!({ "review": 7, "item": 12 })),
    });
    let corrected = fake.ctl(&["review", "correct", "7", "--printing", "base1-58", "--finish", "reverse"]);
    assert_eq!(out(&corrected), "review 7 is closed, booked as item 12\n", "{}", err(&corrected));
    let body: serde_json::Value = serde_json::from_slice(&fake.asked()[1].body).unwrap();
    let expected = json!({ "printing": "base1-58", "finish": "reverse", "edition": "first", "condition": "LP" });
    assert_eq!(body, expected);
}

#[test]
fn an_adjustment_says_only_what_changes() {
    let fake = Fake::answering(|_| ok(json!({ "item": 3 })));
    let adjusted = fake.ctl(&["inventory", "adjust", "3", "--location", "", "--state", "removed"]);
    assert!(adjusted.status.success(), "{}", err(&adjusted));
    let body: serde_json::Value = serde_json::from_slice(&fake.asked()[0].body).unwrap();
    assert_eq!(body, json!({ "location": "", "state": "removed" }));
}

#[test]
fn an_export_is_passed_on_as_it_is() {
    let fake = Fake::answering(|what| match what.contains("format=csv") {
        true => Answer::Say(200, "item,printing\n1,base1-4\n".to_owned()),
        false => ok(json!({ "items": [] })),
    });
    assert_eq!(out(&fake.ctl(&["inventory", "export"])), "item,printing\n1,base1-4\n");
    assert_eq!(json(&fake.ctl(&["--json", "inventory", "export"])), json!({ "items": [] }));
    let file = fake.file("export.csv", b"");
    let written = fake.ctl(&["--json", "inventory", "export", "--format", "csv", "--output", file.to_str().unwrap()]);
    assert_eq!(json(&written)["bytes"], 24);
    assert_eq!(std::fs::read_to_string(file).unwrap(), "item,printing\n1,base1-4\n");
}

#[test]
fn draining_lasts_until_the_daemon_is_gone() {
    let looks = AtomicU32::new(0);
    let fake = Fake::answering(move |what| match what {
        "POST /v1/drain" => Answer::Say(202, json!({ "draining": true }).to_string()),
        _ if looks.fetch_add(1, Ordering::Relaxed) < 2 => ok(json!({ "counts": { "captures": { "in_progress": 2 } } })),
        _ => Answer::Vanish,
    });
    let drained = fake.ctl(&["--json", "drain"]);
    assert_eq!((drained.status.code(), json(&drained)), (Some(0), json!({ "draining": true })));
    assert_eq!(fake.questions().len(), 4);
    let fake = Fake::answering(|_| Answer::Say(202, json!({ "stopping": true }).to_string()));
    assert_eq!(out(&fake.ctl(&["stop", "--no-wait"])), "the daemon is stopping\n");
}

#[test]
fn a_broken_audit_log_is_a_failure() {
    let report = json!({ "rows": 9, "head": "ab", "broken_at": { "seq": 4, "why": "its hash does not fit" } });
    let answer = report.clone();
    let fake = Fake::answering(move |_| ok(answer.clone()));
    let verified = fake.ctl(&["--json", "audit", "verify"]);
    assert_eq!((verified.status.code(), json(&verified)), (Some(1), report));
}

#[test]
fn names_with_any_character_reach_the_daemon_whole() {
    let fake = Fake::answering(|_| ok(json!({ "valuation": { "state": "missing" }, "quotes": [] })));
    let shown = fake.ctl(&["price", "show", "exu-?"]);
    assert!(out(&shown).contains("none"), "{}{}", out(&shown), err(&shown));
    fake.ctl(&["price", "refresh", "a/b"]);
    fake.ctl(&["batch", "close", "böx 1"]);
    let expected = ["GET /v1/prices/exu-%3F", "POST /v1/prices/a%2Fb/refresh", "POST /v1/batches/b%C3%B6x%201/close"];
    assert_eq!(fake.questions(), expected);
}

#[test]
fn every_command_asks_what_it_says() {
    let fake = Fake::answering(|_| ok(json!({ "items": [], "total": 0, "id": 1, "sets": 2 })));
    let cases = [
        (&["status"][..], "GET /v1/status"),
        (&["tree"], "GET /v1/tree"),
        (&["scan", "show", "ab-0"], "GET /v1/scans/ab-0"),
        (&["review", "list"], "GET /v1/reviews?state=open&limit=100&offset=0"),
        (&["review", "show", "7"], "GET /v1/reviews/7"),
        (&["review", "reject", "7"], "POST /v1/reviews/7/reject"),
        (&["review", "undo", "7"], "POST /v1/reviews/7/undo"),
        (&["dead-letter", "list", "--state", "all"], "GET /v1/dead-letters?limit=100&offset=0"),
        (&["dead-letter", "show", "2"], "GET /v1/dead-letters/2"),
        (&["dead-letter", "retry", "2"], "POST /v1/dead-letters/2/retry"),
        (&["dead-letter", "discard", "2"], "POST /v1/dead-letters/2/discard"),
        (&["inventory", "list"], "GET /v1/inventory?state=in_stock&limit=100&offset=0"),
        (&["inventory", "find", "fire"], "GET /v1/inventory?state=in_stock&q=fire&limit=100&offset=0"),
        (&["inventory", "show", "3"], "GET /v1/inventory/3"),
        (&["catalogue", "status"], "GET /v1/catalogue"),
        (&["plugin", "list"], "GET /v1/plugins"),
        (&["plugin", "reload"], "POST /v1/plugins/reload"),
        (&["plugin", "enable", "tcgcsv"], "POST /v1/plugins/tcgcsv/enable"),
        (&["plugin", "disable", "tcgcsv"], "POST /v1/plugins/tcgcsv/disable"),
        (&["batch", "open", "b", "--condition", "LP"], "POST /v1/batches"),
        (&["batch", "list"], "GET /v1/batches"),
        (
            &["audit", "list", "--actor", "uid:0", "--after-seq", "5"],
            "GET /v1/audit?actor=uid%3A0&after_seq=5&limit=100&offset=0",
        ),
        (&["pause"], "POST /v1/pause"),
        (&["resume"], "POST /v1/resume"),
    ];
    for (number, (arguments, question)) in cases.into_iter().enumerate() {
        let done = fake.ctl(arguments);
        assert!(done.status.success(), "{arguments:?}: {}", err(&done));
        assert!(!out(&done).is_empty(), "{arguments:?} shows nothing");
        assert_eq!(fake.questions()[number], question, "{arguments:?}");
    }
}

#[test]
fn completions_and_manual_pages_need_no_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    let bash = ctl(&nowhere, &["completions", "bash"]);
    assert!(bash.status.success() && out(&bash).contains("dead-letter"), "{}", err(&bash));
    let pages = folder.path().join("man");
    assert!(ctl(&nowhere, &["man", pages.to_str().unwrap()]).status.success());
    for page in ["cardmintctl.1", "cardmintctl-review-correct.1"] {
        assert!(std::fs::read_to_string(pages.join(page)).unwrap().contains(".TH"), "{page}");
    }
}
