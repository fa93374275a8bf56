use cardmint_domain::identification::NumberEvidence;
use proptest::prelude::*;

use super::*;
use crate::strip::Answer;
use crate::testing::{printing, set};

/// Numbers of every kind: plain, secret beyond the total, with letters on both sides, a promo's, with a letter behind.
fn numbers() -> Numbers {
    let printings: Vec<_> = [
        ("dawn", "4"),
        ("dawn", "104"),
        ("dawn", "15"),
        ("gate", "TG05/TG30"),
        ("star", "STAR044"),
        ("dusk", "65a"),
        ("dusk", "65"),
        ("tiny", "4"),
    ]
    .map(|(set, number)| printing(set, number, "Emberwing", None, &[]))
    .into();
    Numbers::new(&printings, &[set("dawn", 102), set("gate", 30), set("star", 300), set("dusk", 181), set("tiny", 10)])
}

fn read(texts: &[(&str, f32)]) -> Reading {
    let text =
        |(text, probability): &(&str, f32)| NumberReading { text: (*text).to_owned(), probability: *probability };
    Reading::of(&texts.iter().map(text).collect::<Vec<_>>(), &numbers(), &NumberParams::default())
}

fn only(text: &str) -> Option<String> {
    read(&[(text, 0.99)]).best().map(ToOwned::to_owned)
}

#[test]
fn no_second_look_is_taken_where_nothing_looks_like_a_number() {
    let mut taken = 0;
    let looks = std::iter::repeat_with(|| {
        taken += 1;
        Answer::default()
    });
    assert!(numbers().read(looks.take(3), &NumberParams::default()).is_empty());
    assert_eq!(taken, 1);
}

#[test]
fn real_forms_are_found_wherever_they_stand() {
    for (text, form) in [
        ("4/102", "4/102"),
        ("Illus. Mika Orlov   104/102 *", "104/102"),
        ("x\n015 / 102\n", "15/102"),
        ("TG05/TG30", "TG5/30"),
        ("STAR044", "STAR44"),
        ("65a/181", "65A/181"),
        ("065/181", "65/181"),
    ] {
        assert_eq!(only(text).as_deref(), Some(form), "{text:?}");
    }
}

#[test]
fn look_alikes_are_repaired_only_into_numbers_that_exist() {
    for (text, form) in [
        ("l5/1O2", Some("15/102")),
        ("1S/l02", Some("15/102")),
        ("TGO5/TG3O", Some("TG5/30")),
        ("STARO44", Some("STAR44")),
        ("G4/102", Some("4/102")),
        ("l6/1O2", None),
        ("44/102", None),
        ("4/103", None),
        ("star", None),
        ("1999/2001", None),
    ] {
        assert_eq!(only(text).as_deref(), form, "{text:?}");
    }
}

#[test]
fn digits_are_never_cut_off() {
    assert_eq!(only("94/102"), None);
    assert_eq!(only("4/1024"), None);
    assert_eq!(only("4/010"), None, "the total is filled up, the number would be too");
    assert_eq!(only("004/010").as_deref(), Some("4/10"));
}

#[test]
fn a_number_is_believed_when_all_that_it_may_be_is_one_number() {
    assert_eq!(read(&[("4/102", 0.95)]).believed(), Some("4/102"));
    assert_eq!(read(&[("4/102", 0.45)]).believed(), None);
    assert_eq!(read(&[("4/102", 0.5), ("004/102", 0.3), ("G4/102", 0.15)]).believed(), Some("4/102"));
}

#[test]
fn a_number_that_is_not_believed_still_has_a_chance() {
    let numbers = numbers();
    let chance = |texts: &[(&str, f32)], printing| numbers.chance(printing, &read(texts));
    assert_eq!(chance(&[("4/102", 0.4)], 0), 0.4);
    assert_eq!(chance(&[("4/102", 0.2), ("004/102", 0.1)], 0), 0.3, "two ways to print one number");
    assert_eq!(chance(&[("15/102", 0.4), ("4/102", 0.2)], 0), 0.2);
    assert_eq!(chance(&[("15/102", 0.45), ("4/102", 0.1)], 0), 0.0, "another one is far likelier");
    assert_eq!(chance(&[("9/64", 0.45), ("4/102", 0.1)], 0), 0.0, "one that the catalogue lacks, too");
    assert_eq!(chance(&[], 0), 0.0);
    let leeway = |texts: &[(&str, f32)], printing| numbers.leeway(printing, &read(texts));
    assert_eq!(leeway(&[("4/102", 0.4)], 0), 0.4);
    assert_eq!(leeway(&[("4/10", 0.4)], 1), 0.4, "4/10 may be what is left of 104/102");
    assert_eq!(leeway(&[("15/102", 0.4)], 1), 0.0);
}

#[test]
fn a_believed_number_agrees_or_contradicts() {
    let numbers = numbers();
    let reading = read(&[("4/102", 0.97)]);
    assert_eq!(numbers.verdict(0, &reading), NumberEvidence::Agrees { read: "4/102".to_owned(), probability: 0.97 });
    assert_eq!(numbers.verdict(2, &reading), NumberEvidence::Contradicts { read: "4/102".to_owned() });
    let cut = read(&[("4/10", 0.97)]);
    assert_eq!(cut.believed(), Some("4/10"));
    assert_eq!(numbers.verdict(1, &cut), NumberEvidence::NotRead, "4/10 is a part of 104/102");
    assert!(matches!(numbers.verdict(3, &cut), NumberEvidence::Contradicts { .. }));
    assert_eq!(numbers.verdict(2, &read(&[("4/102", 0.4)])), NumberEvidence::NotRead);
}

#[test]
fn a_number_that_the_catalogue_lacks_speaks_against_all_but_its_likes() {
    let numbers = numbers();
    let verdicts = |texts: &[(&str, f32)]| [0, 1].map(|printing| numbers.verdict(printing, &read(texts)));
    let against = |read: &str| NumberEvidence::Contradicts { read: read.to_owned() };
    let silent = [NumberEvidence::NotRead, NumberEvidence::NotRead];
    assert_eq!(verdicts(&[("27/77", 0.3), ("x027/77", 0.35)]), silent, "the second is no number");
    assert_eq!(verdicts(&[("27/77", 0.3), ("027/77", 0.35)]), [against("27/77"), against("27/77")]);
    assert_eq!(verdicts(&[("27/77", 0.4)]), silent);
    assert_eq!(verdicts(&[("184/102", 0.95)]), [against("184/102"), NumberEvidence::NotRead], "104/102 misread");
    assert_eq!(verdicts(&[("904/102", 0.95)]), silent, "004/102 and 104/102 misread");
    assert_eq!(verdicts(&[("2001/1999", 0.95)]), silent, "years");
    let outvoted = verdicts(&[("27/77", 0.04), ("4/102", 0.95)]);
    assert_eq!(outvoted[0], NumberEvidence::Agrees { read: "4/102".to_owned(), probability: 0.95 });
}

#[test]
fn a_set_with_one_number_on_two_cards_says_nothing_of_totals() {
    let cards = [("dawn", "4"), ("gala", "4"), ("gala", "15"), ("gala", "15")];
    let printings: Vec<_> = cards.map(|(set, number)| printing(set, number, "Emberwing", None, &[])).into();
    let numbers = Numbers::new(&printings, &[set("dawn", 102), set("gala", 25)]);
    assert!(numbers.knows("4/102") && !numbers.knows("4/25"));
    let text = NumberReading { text: "4/102".to_owned(), probability: 0.97 };
    let reading = Reading::of(&[text], &numbers, &NumberParams::default());
    assert!(matches!(numbers.verdict(0, &reading), NumberEvidence::Agrees { .. }));
    assert_eq!(numbers.verdict(1, &reading), NumberEvidence::NotRead, "it may be printed as it was first");
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in "[0-9A-Za-z/| !\\n\u{e9}\u{2044}]{0,60}") {
        let found = read(&[(&text, 0.9)]);
        if let Some(form) = found.best() {
            prop_assert!(numbers().knows(form));
        }
    }
}
