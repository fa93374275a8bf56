//! `cardmintctl`: exit codes and streams.

use std::process::Output;

use cardmint_tests::daemon::Home;
use serde_json::Value;

use crate::fixture::samples;

fn run(home: &Home, arguments: &[&str]) -> Output {
    home.cardmintctl().args(arguments).output().unwrap()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

#[tokio::test]
async fn exit_codes_tell_failed_from_misused_from_unreachable() {
    let home = Home::new().unwrap();
    assert_eq!(code(&run(&home, &["status"])), Some(3), "nobody answers");
    let daemon = home.start().await.unwrap();
    for (arguments, expected) in [
        (&["status"][..], 0),
        (&["tree"], 0),
        (&["scan", "list"], 0),
        (&["scan", "show", "none"], 1),
        (&["review", "accept", "17"], 1),
        (&["no-such-command"], 2),
        (&["scan", "show"], 2),
    ] {
        let output = run(&home, arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(code(&output), Some(expected), "{arguments:?}: {said}");
        assert_eq!(said.is_empty(), expected == 0, "{arguments:?} said {said:?}");
    }
    drop(daemon);
}

#[tokio::test]
async fn json_is_one_document_and_nothing_else() {
    let (samples, home) = (samples(), Home::new().unwrap());
    let daemon = home.start().await.unwrap();
    let (catalogue, references) = (samples.path("catalogue"), samples.path("references"));
    let imported = home
        .cardmintctl()
        .args(["catalogue", "import"])
        .arg(&catalogue)
        .arg("--references")
        .arg(&references)
        .output()
        .unwrap();
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    home.drop_photo(&samples.photo(samples.easy().next().unwrap())).unwrap();
    daemon.settled(1).await;
    for arguments in [
        &["status"][..],
        &["tree"],
        &["scan", "list"],
        &["review", "list"],
        &["inventory", "list"],
        &["catalogue", "status"],
        &["plugin", "list"],
        &["dead-letter", "list"],
    ] {
        let output = home.cardmintctl().arg("--json").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", String::from_utf8_lossy(&output.stdout)));
    }
    let list = run(&home, &["--json", "scan", "list"]);
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let shown = run(&home, &["scan", "list"]);
    let name = list["items"][0]["best"]["name"].as_str().unwrap();
    assert!(String::from_utf8_lossy(&shown.stdout).contains(name));
}
