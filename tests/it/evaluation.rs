//! Measuring and fitting, as an administrator does it: `cardmintd evaluate` and `cardmintd calibrate`.

use std::path::Path;
use std::process::Command;

use cardmint_tests::programs::Programs;
use cardmint_tests::simulator::{Label, write_labels};
use serde_json::Value;

use crate::fixture::{Samples, samples};

/// Some of the samples: single cards, one page of nine, and what must not be accepted.
fn some(samples: &Samples) -> Vec<Label> {
    let of = |arrangement: &'static str| samples.labels.iter().filter(move |label| label.arrangement == arrangement);
    let page = of("page").next().map(|label| &label.image);
    let singles = of("single").filter(|label| label.kind == "card").take(3);
    let refused = samples.labels.iter().filter(|label| label.card_id.is_empty()).take(2);
    singles.chain(of("page").filter(|label| Some(&label.image) == page)).chain(refused).cloned().collect()
}

/// On the samples that the labels in `out` name, in that folder.
fn run(samples: &Samples, out: &Path, arguments: &[&str]) -> String {
    let (catalogue, references) = (samples.path("catalogue"), samples.path("references"));
    let of_samples = [
        [Path::new("--catalogue"), &catalogue, Path::new("--images"), &samples.path("photos")],
        [Path::new("--references"), &references, Path::new("--cache"), Path::new("index")],
    ];
    let arguments = arguments.iter().map(Path::new).chain(of_samples.into_iter().flatten());
    let labels = [Path::new("--labels"), Path::new("labels.csv")];
    run_alone(out, &arguments.chain(labels).collect::<Vec<_>>())
}

fn run_alone(folder: &Path, arguments: &[&Path]) -> String {
    let cardmintd = Programs::get().unwrap().cardmintd();
    let done = Command::new(cardmintd).current_dir(folder).args(arguments).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn whole_photos_are_measured_and_weights_are_fitted_and_put_to_use() {
    let (samples, out) = (samples(), tempfile::tempdir().unwrap());
    let labels = some(samples);
    write_labels(&out.path().join("labels.csv"), &labels).unwrap();
    let report: Value = serde_json::from_str(&run(samples, out.path(), &["evaluate", "--whole", "--json"])).unwrap();
    assert_eq!((labels.len(), &report["n"]), (14, &14.into()));
    assert_eq!((&report["accepted_wrong"], &report["negatives_accepted"]), (&0.into(), &0.into()), "{report:#}");
    let finding = &report["finding"];
    assert!(finding["found_80"]["of"].as_u64() >= Some(12), "{finding}");
    assert_eq!(finding["found_80"]["count"], finding["found_80"]["of"], "{finding}");
    assert_eq!(finding["surplus"]["count"], 0, "{finding}");

    write_labels(&out.path().join("labels.csv"), &labels[..3]).unwrap();
    let policy = out.path().join("policy.json");
    std::fs::write(out.path().join("strict.json"), r#"{"accept": {"posterior": 0.9}}"#).unwrap();
    let to = ["calibrate", "--policy", "strict.json", "--out", "policy.json", "--keep", "samples.jsonl"];
    let told = run(samples, out.path(), &to);
    assert!(told.contains("loss, unseen photos") && told.contains("at most 0.1 % wrong"), "{told}");
    let with_it = run(samples, out.path(), &["evaluate", "--json", "--policy", policy.to_str().unwrap()]);
    let with_it: Value = serde_json::from_str(&with_it).unwrap();
    assert!(with_it["finding"].is_null(), "cut out by its label, no card is found");
    assert_ne!(with_it["versions"]["policy"], report["versions"]["policy"]);
    let kept: Value = serde_json::from_slice(&std::fs::read(&policy).unwrap()).unwrap();
    assert_eq!(kept["accept"]["posterior"], 0.9, "only weights are fitted");
    assert_eq!(with_it["versions"]["catalogue"], report["versions"]["catalogue"]);

    let again = ["calibrate", "--policy", "strict.json", "--out", "again.json", "--samples", "samples.jsonl"];
    assert_eq!(run_alone(out.path(), &again.map(Path::new)), told, "what was kept is as good as the photos");
    assert_eq!(std::fs::read(out.path().join("again.json")).unwrap(), std::fs::read(&policy).unwrap());
}
