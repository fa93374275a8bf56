use std::time::Duration;

use cardmint_domain::{Candidate, CollectorNumber, Evidence, ReviewReason, ScanId, SetId};

use super::*;

fn printing(id: &str, name: &str) -> Printing {
    Printing {
        id: PrintingId::new(id),
        set: SetId::new("dawn"),
        number: CollectorNumber::parse("1").unwrap(),
        language: "en".to_owned(),
        name: name.to_owned(),
        kinds: Vec::new(),
        hit_points: None,
        rarity: None,
        artist: None,
        blocks: Vec::new(),
        flavour: None,
        finishes: Vec::new(),
        image_urls: Vec::new(),
    }
}

fn label(card: &str, tag: &str) -> Label {
    Label {
        image: "a.jpg".to_owned(),
        bounds: None,
        outline: None,
        card: (!card.is_empty()).then(|| PrintingId::new(card)),
        tags: [tag.to_owned()].into(),
    }
}

fn versions() -> DecisionVersions {
    DecisionVersions { catalogue: "c".to_owned(), index: "i".to_owned(), policy: "p".to_owned() }
}

fn answer(candidates: &[(&str, f64)], accepted: bool) -> Answer {
    let silent = || Evidence::SILENT;
    let candidate = |(id, posterior): &(&str, f64)| Candidate {
        printing: PrintingId::new(*id),
        posterior: *posterior,
        evidence: silent(),
    };
    let review = || Recommendation::Review { reasons: vec![ReviewReason::LowConfidence] };
    let identification = Identification {
        scan: ScanId::new("s"),
        candidates: candidates.iter().map(candidate).collect(),
        gap: 0.0,
        not_in_catalogue: 0.0,
        recommendation: if accepted { Recommendation::Accept } else { review() },
        sentence: String::new(),
        versions: versions(),
    };
    Answer::Identified {
        identification: Box::new(identification),
        source_width_px: 400.0,
        took: Duration::from_millis(20),
        steps_ms: vec![("look".to_owned(), 15.0), ("text".to_owned(), 0.0)],
        overlap: None,
        sample: None,
    }
}

/// Two printings of one card, one of another; eight rows of every kind.
fn example() -> Report {
    let printings =
        [printing("dawn-1", "Emberwing"), printing("dusk-1", "Emberwing"), printing("dawn-2", "Tidecaller")];
    let rows = [
        (label("dawn-1", "level=easy"), answer(&[("dawn-1", 0.9995), ("dusk-1", 0.0)], true)),
        (label("dawn-1", "level=easy"), answer(&[("dusk-1", 0.6), ("dawn-1", 0.3)], false)),
        (label("dawn-2", "level=hard"), answer(&[("dawn-1", 0.97)], true)),
        (label("", "level=hard"), answer(&[("dawn-1", 0.9)], true)),
        (label("", "level=hard"), answer(&[("dawn-1", 0.2)], false)),
        (label("dawn-2", "level=hard"), Answer::NoCard { took: Duration::from_millis(5) }),
        (label("gone-9", "level=hard"), Answer::Unreadable("no such file".to_owned())),
        (label("dawn-2", "level=hard"), answer(&[("dawn-2", 0.8)], false)),
    ];
    let (labels, by_row): (Vec<Label>, Vec<Answer>) = rows.into_iter().unzip();
    let answers = Answers { by_row, workers: 2, took: Duration::from_secs(2), surplus: None };
    report(&labels, &answers, &Truth::new(&printings, None), versions())
}

#[test]
fn every_row_is_counted_once_and_where_it_belongs() {
    let report = example();
    let expected = Tally {
        n: 8,
        positives: 6,
        negatives: 2,
        top1_printing: 2,
        top1_card: 3,
        top5_printing: 3,
        accepted: 3,
        accepted_wrong: 1,
        negatives_accepted: 1,
    };
    assert_eq!(report.all, expected);
    assert_eq!((report.no_card_found, report.unreadable), (1, 1));
    assert_eq!((report.precision_accepted.count, report.precision_accepted.of), (1, 3));
    assert_eq!((report.coverage.count, report.coverage.of), (2, 6));
    assert_eq!(report.by_tag["level=easy"].n + report.by_tag["level=hard"].n, 8);
    assert_eq!(report.by_tag["width=300 to 599"].n, 6);
    assert_eq!(report.by_tag["reference=no"].n, 6);
    assert!((report.cards_per_second - 4.0).abs() < 1e-9);
}

#[test]
fn bands_say_what_claims_were_worth() {
    let bands = example().calibration;
    let worth: Vec<(f64, u64, u64)> = bands.iter().map(|band| (band.from, band.right.count, band.right.of)).collect();
    assert_eq!(worth, [(0.0, 0, 1), (0.5, 0, 1), (0.7, 1, 1), (0.85, 0, 1), (0.95, 0, 1), (0.99, 0, 0), (0.999, 1, 1)]);
}

#[test]
fn confusions_name_what_happened() {
    let report = example();
    let told: Vec<(&str, &str, bool)> = report
        .confusions
        .iter()
        .map(|confusion| (confusion.truth.as_str(), confusion.answer.as_str(), confusion.accepted))
        .collect();
    assert_eq!(
        told,
        [
            ("dawn-1", "dusk-1", false),
            ("dawn-2", "dawn-1", true),
            ("", "dawn-1", true),
            ("dawn-2", "", false),
            ("gone-9", "", false)
        ]
    );
    assert_eq!(report.confusions[4].reason, "no such file");
    let left: Vec<&str> = report.right_but_reviewed.iter().map(|told| told.answer.as_str()).collect();
    assert_eq!(left, ["dawn-2"]);
    assert_eq!(report.accepted_without_text, 3, "no evidence of text in this example");
}

#[test]
fn the_json_holds_to_its_contract() {
    let json: serde_json::Value = serde_json::from_str(&example().to_json().unwrap()).unwrap();
    for name in ["n", "positives", "negatives", "top1_printing", "top1_card", "top5_printing", "accepted"] {
        assert!(json[name].is_u64(), "{name}: {json}");
    }
    assert_eq!((&json["accepted_wrong"], &json["negatives_accepted"]), (&1.into(), &1.into()));
    for name in ["precision_accepted", "coverage"] {
        assert!(json[name]["low"].is_f64() && json[name]["high"].is_f64(), "{name}: {json}");
    }
    for name in ["p50", "p95", "p99", "max"] {
        assert!(json["latency_ms"][name].is_f64(), "{name}: {json}");
    }
    assert!(json["by_tag"]["level=hard"]["n"].is_u64() && json["cards_per_second"].is_f64());
}

#[test]
fn the_text_names_every_figure_that_matters() {
    let text = example().to_string();
    for part in
        ["2 of 6 = 33.3 %", "1 of 3 = 33.3 %", "1 printings, 1 to be refused", "dusk-1 instead of dawn-1", "level=hard"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn finding_is_counted_over_the_labels_that_say_where_a_card_lies() {
    let boxed = |bounds| Label { bounds, ..label("dawn-1", "level=hard") };
    let at = |found: Option<f32>| match answer(&[("dawn-1", 0.9)], false) {
        Answer::Identified { identification, source_width_px, took, steps_ms, sample, .. } => {
            Answer::Identified { identification, source_width_px, took, steps_ms, overlap: found, sample }
        }
        other => other,
    };
    let somewhere = Some((0.1, 0.1, 0.5, 0.5));
    let labels = [boxed(somewhere), boxed(somewhere), boxed(somewhere), boxed(None)];
    let missed = Answer::NoCard { took: Duration::from_millis(5) };
    let by_row = vec![at(Some(0.95)), at(Some(0.7)), missed, at(None)];
    let surplus = Some(crate::evaluate::work::Surplus { found: 1, accepted: 1 });
    let answers = Answers { by_row, workers: 1, took: Duration::from_secs(1), surplus };
    let finding = finding(&labels, &answers).unwrap();
    let counts = |rate: Rate| (rate.count, rate.of);
    assert_eq!([finding.found_50, finding.found_80, finding.found_90].map(counts), [(2, 3), (1, 3), (1, 3)]);
    assert_eq!((counts(finding.surplus), finding.surplus_accepted), ((1, 4), 1));
}

#[test]
fn risk_and_coverage_are_counted_over_all_rows() {
    let points = example().risk_coverage;
    let at = |from: f64| points.iter().find(|point| (point.from - from).abs() < 1e-9).unwrap();
    let counts = |from: f64| (at(from).coverage.count, at(from).coverage.of, at(from).risk.count);
    assert_eq!(counts(0.0), (6, 8, 4));
    assert_eq!(counts(0.8), (4, 8, 2));
    assert_eq!(counts(0.999), (1, 8, 0));
}

#[test]
fn a_step_that_was_left_out_took_no_time() {
    let stages = example().stages_ms;
    assert_eq!(stages.keys().collect::<Vec<_>>(), ["look"]);
    assert!((stages["look"].p50 - 15.0).abs() < 1e-9);
}

#[test]
fn the_markdown_has_a_heading_and_whole_tables() {
    let text = example().to_markdown("Real photos");
    assert!(text.starts_with("## Real photos\n\n8 cards, 6 to be named and 2 to be refused."), "{text}");
    for part in ["| **of these wrong** | **2 of 3** |", "| level=hard | 6 |", "| 0.999 | 1 of 8", "Policy `p`"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    for table in text.split("\n\n").filter(|part| part.starts_with('|')) {
        let columns = |line: &str| line.matches('|').count();
        let first = table.lines().next().map(columns);
        assert!(table.lines().all(|line| Some(columns(line)) == first), "{table}");
    }
}

#[test]
fn the_page_shows_what_was_taken_for_what() {
    let dir = tempfile::tempdir().unwrap();
    let (images, references, out) = (dir.path().join("images"), dir.path().join("references"), dir.path().join("page"));
    for folder in [&images, &references] {
        std::fs::create_dir(folder).unwrap();
    }
    image::RgbImage::from_pixel(900, 30, image::Rgb([9, 90, 200])).save(images.join("a.jpg")).unwrap();
    image::RgbImage::from_pixel(63, 88, image::Rgb([200, 90, 9])).save(references.join("dawn-1.jpg")).unwrap();
    let mut report = example();
    report.confusions[1].reason = "<b>\"loud\"</b>".to_owned();
    crate::evaluate::write_page(&report, &images, Some(&references), &out).unwrap();
    let html = std::fs::read_to_string(out.join("index.html")).unwrap();
    assert!(html.contains("taken for dawn-1") && html.contains("label dawn-2 (no reference)"), "{html}");
    assert!(html.contains("&lt;b&gt;&quot;loud&quot;") && !html.contains("<b>"), "{html}");
    assert_eq!(html.matches("<section class=\"wrong\">").count(), 2);
    for name in html.split("src=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let picture = image::open(out.join(name)).unwrap();
        assert!(picture.width() <= 480, "{name}");
    }
}
