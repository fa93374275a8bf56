use cardmint_domain::Evidence;
use cardmint_domain::identification::{PictureEvidence, TextEvidence};

use super::*;
use crate::fuse::posterior::posterior;
use crate::fuse::twins::{Twin, unresolved};
use crate::params::Params;

fn clue(printing: u32, picture: Option<(f32, f32, f32)>, text: (f32, f32), number: NumberEvidence) -> Clue {
    let picture = picture.map(|(alignment, artwork, text_box)| PictureEvidence {
        similarity: 0.9,
        alignment: Some(alignment),
        artwork: Some(artwork),
        text_box: Some(text_box),
        title: Some(alignment),
        weakest: Some(text_box - 0.1),
        imprint: None,
    });
    let text = Some(TextEvidence { score: 100.0, margin: text.0, coverage: text.1, words: 0 });
    Clue {
        printing,
        group: printing,
        evidence: Evidence { picture, text, number, ..Evidence::SILENT },
        number_chance: 0.0,
        number_read: 0.9,
        number_leeway: 0.0,
        sibling_fit: None,
    }
}

fn agrees() -> NumberEvidence {
    NumberEvidence::Agrees { read: "4/102".to_owned(), probability: 0.6 }
}

fn sure() -> NumberEvidence {
    NumberEvidence::Agrees { read: "4/102".to_owned(), probability: 0.8 }
}

fn contradicts() -> NumberEvidence {
    NumberEvidence::Contradicts { read: "5/102".to_owned() }
}

/// What the rule says when the first clue is the best candidate.
fn judge(clues: &[Clue], twins: &[Twin], source_width_px: f32) -> Vec<Objection> {
    let params = Params::default();
    let posterior = posterior(clues, &params.weights, &params.accept);
    let second = posterior.of.iter().skip(1).copied().fold(0.0, f64::max);
    let twins = unresolved(&clues[0], twins, clues, &params.accept);
    let case = Case {
        best: &clues[0],
        clues,
        twins: &twins,
        posterior: posterior.of[0],
        gap: posterior.of[0] - second,
        source_width_px,
    };
    objections(&case, &params.accept)
}

#[test]
fn each_route_accepts_what_it_should() {
    let not_read = || NumberEvidence::NotRead;
    for (what, clue, expected) in [
        ("picture and text", clue(0, Some((0.70, 0.75, 0.70)), (12.0, 0.4), not_read()), true),
        ("an excellent picture alone", clue(0, Some((0.88, 0.90, 0.88)), (0.0, 0.0), not_read()), true),
        ("a fair picture alone", clue(0, Some((0.70, 0.75, 0.70)), (0.0, 0.0), not_read()), false),
        ("a poor picture", clue(0, Some((0.45, 0.5, 0.5)), (12.0, 0.4), not_read()), false),
        ("text and number", clue(0, None, (20.0, 0.5), agrees()), true),
        ("text alone, however good", clue(0, None, (90.0, 1.0), not_read()), false),
        ("a number alone", clue(0, None, (3.0, 0.5), agrees()), false),
        ("text that covers too little", clue(0, None, (20.0, 0.2), agrees()), false),
        ("number and some text on a spoilt picture", clue(0, Some((0.55, 0.55, 0.47)), (12.0, 0.5), agrees()), true),
        ("number and some text without a picture", clue(0, None, (12.0, 0.5), agrees()), false),
        ("text and number, but another picture", clue(0, Some((0.40, 0.4, 0.4)), (20.0, 0.5), agrees()), false),
    ] {
        let objections = judge(std::slice::from_ref(&clue), &[], 400.0);
        assert_eq!(objections.is_empty(), expected, "{what}: {objections:?}");
    }
}

#[test]
fn a_frame_and_a_text_box_that_fit_are_nothing_without_the_artwork() {
    let framed = |artwork| clue(0, Some((0.85, artwork, 0.91)), (12.0, 0.4), NumberEvidence::NotRead);
    assert!(judge(&[framed(0.80)], &[], 400.0).is_empty());
    let objections = judge(&[framed(0.29)], &[], 400.0);
    assert!(objections.contains(&Objection::LowConfidence), "{objections:?}");
    // Nor do they keep the right card out.
    let right = clue(1, None, (30.0, 0.6), sure());
    assert!(judge(&[right.clone(), framed(0.29)], &[], 400.0).is_empty());
    assert!(!judge(&[right, framed(0.80)], &[], 400.0).is_empty());
}

#[test]
fn a_number_that_is_just_believed_says_less_than_a_sure_one() {
    let number = |probability| NumberEvidence::Agrees { read: "4/102".to_owned(), probability };
    let weigh = |number_read, verdict: NumberEvidence| {
        let one = Clue { number_read, ..clue(0, None, (10.0, 0.3), verdict) };
        let params = Params::default();
        posterior(&[one], &params.weights, &params.accept).of[0]
    };
    let silent = weigh(0.0, NumberEvidence::NotRead);
    assert!(weigh(0.9, number(0.9)) > weigh(0.6, number(0.6)) && weigh(0.6, number(0.6)) > silent);
    assert!(weigh(0.9, contradicts()) < weigh(0.6, contradicts()) && weigh(0.6, contradicts()) < silent);
}

#[test]
fn what_text_and_a_sure_number_say_stands_against_a_picture_that_could_not_be_laid_over() {
    let misfit = |number| clue(0, Some((0.41, 0.52, 0.45)), (31.0, 0.45), number);
    assert!(judge(&[misfit(sure())], &[], 900.0).is_empty());
    assert!(!judge(&[misfit(agrees())], &[], 900.0).is_empty());
}

#[test]
fn a_picture_alone_must_fit_in_its_title_and_in_every_line() {
    let good = clue(0, Some((0.80, 0.80, 0.78)), (0.0, 0.0), NumberEvidence::NotRead);
    let with = |title, weakest| {
        let mut other = good.clone();
        if let Some(picture) = &mut other.evidence.picture {
            (picture.title, picture.weakest) = (title, weakest);
        }
        judge(&[other], &[], 200.0).is_empty()
    };
    assert!(with(Some(0.72), Some(0.50)));
    for (title, weakest) in [(Some(0.61), Some(0.50)), (Some(0.72), Some(0.32)), (None, Some(0.5)), (Some(0.72), None)]
    {
        assert!(!with(title, weakest), "{title:?}, {weakest:?}");
    }
}

#[test]
fn a_sure_number_and_words_of_its_language_make_up_for_a_poor_text() {
    let with = |margin, coverage, words, number| {
        let mut other = clue(0, None, (margin, coverage), number);
        other.evidence.text = other.evidence.text.map(|text| TextEvidence { words, ..text });
        judge(&[other], &[], 700.0).is_empty()
    };
    assert!(with(0.5, 0.45, 0, sure()), "the text that reads best, and the number");
    assert!(!with(-0.5, 0.45, 0, sure()), "another text reads better");
    assert!(!with(0.5, 0.45, 0, agrees()), "the number is not that sure");
    assert!(with(5.0, 0.2, 3, sure()) && !with(5.0, 0.2, 2, sure()), "three words tell the language");
    assert!(!with(5.0, 0.05, 3, sure()), "next to nothing was read");
}

#[test]
fn a_hint_of_the_number_confirms_a_text_whose_language_is_told() {
    let with = |coverage, words, number_chance| {
        let mut hinted = Clue { number_chance, ..clue(0, None, (30.0, coverage), NumberEvidence::NotRead) };
        hinted.evidence.text = hinted.evidence.text.map(|text| TextEvidence { words, ..text });
        judge(&[hinted], &[], 700.0).is_empty()
    };
    assert!(with(0.7, 0, 0.2), "it was read nearly whole");
    assert!(with(0.5, 3, 0.2) && !with(0.5, 2, 0.2), "words of it were read");
    assert!(with(0.7, 3, 0.03) && !with(0.7, 3, 0.02), "it may be any number");
}

#[test]
fn where_the_number_could_be_read_an_excellent_picture_needs_a_word_of_it() {
    let silent = clue(0, Some((0.98, 0.99, 0.98)), (180.0, 1.0), NumberEvidence::NotRead);
    let hinted = Clue { number_chance: 0.2, ..silent.clone() };
    let agreeing = clue(0, Some((0.98, 0.99, 0.98)), (180.0, 1.0), agrees());
    for (clue, width_px, expected) in
        [(&silent, 499.0, true), (&silent, 500.0, false), (&hinted, 500.0, true), (&agreeing, 500.0, true)]
    {
        let objections = judge(std::slice::from_ref(clue), &[], width_px);
        assert_eq!(objections.is_empty(), expected, "{width_px} px: {objections:?}");
    }
    let mut legible = silent;
    legible.evidence.text = legible.evidence.text.map(|text| TextEvidence { words: 3, ..text });
    assert!(!judge(&[legible], &[], 300.0).is_empty(), "whose words are read, its number can be read");
}

#[test]
fn a_large_picture_whose_text_was_not_read_must_fit_in_every_line() {
    let with = |weakest, words, width_px| {
        let mut other = clue(0, Some((0.86, 0.86, 0.86)), (0.0, 0.2), NumberEvidence::NotRead);
        other.number_chance = 0.2;
        other.evidence.text = other.evidence.text.map(|text| TextEvidence { words, ..text });
        if let Some(picture) = &mut other.evidence.picture {
            picture.weakest = Some(weakest);
        }
        judge(&[other], &[], width_px).is_empty()
    };
    assert!(!with(0.70, 2, 400.0), "it may be another language's");
    assert!(with(0.70, 2, 200.0), "too small to be read");
    assert!(with(0.70, 3, 400.0) && with(0.80, 0, 400.0));
}

#[test]
fn a_contradicting_number_blocks_the_best_picture() {
    let objections = judge(&[clue(0, Some((0.95, 0.95, 0.95)), (60.0, 0.9), contradicts())], &[], 700.0);
    assert!(objections.iter().any(|objection| matches!(objection, Objection::Contradiction(_))), "{objections:?}");
}

#[test]
fn the_text_of_another_card_blocks_the_best_picture() {
    let clues = [
        clue(0, Some((0.90, 0.92, 0.90)), (-20.0, 0.1), NumberEvidence::NotRead),
        clue(1, None, (20.0, 0.6), NumberEvidence::NotRead),
    ];
    let objections = judge(&clues, &[], 700.0);
    assert!(objections.contains(&Objection::Contradiction("the text is another card's".to_owned())), "{objections:?}");
}

#[test]
fn another_language_is_vetoed_even_with_text_and_number() {
    let clues = [clue(0, Some((0.78, 0.92, 0.60)), (30.0, 0.8), agrees())];
    let objections = judge(&clues, &[], 700.0);
    assert!(objections.contains(&Objection::Language), "{objections:?}");
}

#[test]
fn a_card_back_fits_nothing() {
    let clues = [clue(0, Some((0.37, 0.4, 0.3)), (1.0, 0.02), NumberEvidence::NotRead)];
    assert!(judge(&clues, &[], 700.0).contains(&Objection::LowConfidence));
}

#[test]
fn twins_need_a_number_or_different_artworks() {
    let same = |distinct_artwork| [Twin { printing: 1, distinct_artwork, other_set: false }];
    let best = |number| clue(0, Some((0.88, 0.9, 0.88)), (30.0, 0.8), number);
    let twin = |alignment, number| Clue { group: 0, ..clue(1, Some((alignment, 0.9, 0.88)), (30.0, 0.8), number) };
    let not_read = || NumberEvidence::NotRead;
    let clear = |clues: &[Clue], twins: &[Twin]| !judge(clues, twins, 700.0).contains(&Objection::Twins(vec![1]));

    assert!(clear(&[best(agrees()), twin(0.88, contradicts())], &same(false)), "the number tells them apart");
    assert!(!clear(&[best(agrees()), twin(0.88, agrees())], &same(false)), "both carry the number");
    assert!(!clear(&[best(agrees()), twin(0.88, not_read())], &same(false)), "its number may have been read in part");
    assert!(
        !clear(&[best(not_read()), twin(0.45, not_read())], &same(false)),
        "one artwork: a worse scan decides nothing"
    );
    assert!(clear(&[best(not_read()), twin(0.60, not_read())], &same(true)), "another artwork that fits worse");
    assert!(!clear(&[best(not_read()), twin(0.85, not_read())], &same(true)), "two artworks that fit alike");
    assert!(!clear(&[best(not_read())], &same(false)), "a twin that nobody has looked at");
    let blind = Clue { group: 0, ..clue(1, None, (30.0, 0.8), not_read()) };
    assert!(!clear(&[best(not_read()), blind], &same(false)), "a twin without a reference");
}

#[test]
fn a_number_that_is_far_likelier_than_a_twins_rules_it_out() {
    let of = |printing, number_chance| Clue {
        group: 0,
        number_chance,
        number_leeway: number_chance,
        sibling_fit: None,
        ..clue(printing, Some((0.88, 0.9, 0.88)), (30.0, 0.8), NumberEvidence::NotRead)
    };
    let twin = Twin { printing: 1, distinct_artwork: false, other_set: false };
    let clear = |own, other| !judge(&[of(0, own), of(1, other)], &[twin], 700.0).contains(&Objection::Twins(vec![1]));
    assert!(clear(0.3, 0.0) && clear(0.3, 0.03));
    assert!(!clear(0.3, 0.05), "not so much likelier");
    assert!(!clear(0.02, 0.0), "too unlikely itself");
}

fn with_imprint(mut clue: Clue, imprint: Option<f32>) -> Clue {
    clue.evidence.picture = clue.evidence.picture.map(|picture| PictureEvidence { imprint, ..picture });
    clue
}

#[test]
fn an_imprint_that_is_there_stands_for_the_number() {
    let of = |imprint, width, number| {
        let best = with_imprint(clue(0, Some((0.88, 0.9, 0.88)), (20.0, 0.5), number), imprint);
        judge(&[best], &[], width).is_empty()
    };
    let not_read = || NumberEvidence::NotRead;
    assert!(of(Some(0.8), 700.0, not_read()));
    assert!(!of(Some(0.7), 700.0, not_read()), "the number could be read and was not");
    assert!(!of(None, 700.0, not_read()));
    assert!(of(Some(0.45), 400.0, not_read()), "too small for the number");
    assert!(!of(Some(0.2), 400.0, not_read()), "another card's imprint");
    assert!(of(Some(0.2), 700.0, agrees()), "glare, and the number and much text were read");
    let glared = |words| {
        let mut best = with_imprint(clue(0, Some((0.88, 0.9, 0.88)), (0.0, 0.2), agrees()), Some(0.2));
        best.evidence.text = best.evidence.text.map(|text| TextEvidence { words, ..text });
        judge(&[best], &[], 700.0).is_empty()
    };
    assert!(glared(3) && !glared(2), "the number is another language's too");
}

#[test]
fn an_imprint_rules_out_twins_unless_theirs_fits_as_well() {
    let best = |imprint| with_imprint(clue(0, Some((0.88, 0.9, 0.88)), (30.0, 0.8), NumberEvidence::NotRead), imprint);
    let clear_of = |other_set, clues: &[Clue]| {
        let twins = [Twin { printing: 1, distinct_artwork: false, other_set }];
        !judge(clues, &twins, 700.0).contains(&Objection::Twins(vec![1]))
    };
    let clear = |clues: &[Clue]| clear_of(true, clues);
    let twin = |imprint| Clue { printing: 1, ..best(imprint) };
    assert!(clear(&[best(Some(0.9)), twin(Some(0.5))]));
    assert!(clear(&[best(Some(0.9))]), "a twin without a reference");
    assert!(!clear_of(false, &[best(Some(0.9))]), "one of the same set: its imprint may be the same but for a figure");
    assert!(clear_of(false, &[best(Some(0.9)), twin(Some(0.5))]));
    assert!(!clear(&[best(Some(0.9)), twin(Some(0.85))]), "both fit");
    assert!(!clear(&[best(Some(0.6)), twin(Some(-0.2))]), "not seen well enough itself");
}

#[test]
fn a_set_symbol_rules_out_twins_of_other_sets() {
    let twins = |other_set| [Twin { printing: 1, distinct_artwork: false, other_set }];
    let best = |symbol| {
        let mut best = clue(0, Some((0.88, 0.9, 0.88)), (30.0, 0.8), NumberEvidence::NotRead);
        best.evidence.symbol = symbol;
        best
    };
    let clear =
        |clues: &[Clue], other_set| !judge(clues, &twins(other_set), 200.0).contains(&Objection::Twins(vec![1]));
    let seen = SymbolEvidence::Agrees { correlation: 0.9 };
    assert!(clear(&[best(seen)], true), "a set that nobody has looked at has another symbol");
    assert!(!clear(&[best(seen)], false), "one set, one symbol");
    assert!(!clear(&[best(SymbolEvidence::NotSeen)], true));
    let twin = Clue { printing: 1, ..best(SymbolEvidence::Contradicts { correlation: 0.2 }) };
    assert!(clear(&[best(SymbolEvidence::NotSeen), twin], true), "its symbol is not there");
}

#[test]
fn a_symbol_that_is_not_there_blocks_the_best_picture() {
    let mut best = clue(0, Some((0.95, 0.95, 0.95)), (60.0, 0.9), agrees());
    best.evidence.symbol = SymbolEvidence::Contradicts { correlation: 0.3 };
    let objections = judge(&[best], &[], 700.0);
    assert!(objections.iter().any(|objection| matches!(objection, Objection::Contradiction(_))), "{objections:?}");
}

#[test]
fn a_card_without_a_reference_is_not_contradicted_by_a_picture_that_another_artwork_may_reach() {
    let best = || clue(0, None, (60.0, 0.9), agrees());
    let other = |fit: f32| clue(1, Some((fit, fit, fit)), (-60.0, 0.1), contradicts());
    assert!(judge(&[best(), other(0.66)], &[], 700.0).is_empty());
    assert!(!judge(&[best(), other(0.75)], &[], 700.0).is_empty());
}

#[test]
fn small_cards_are_called_small_only_when_something_else_is_wrong() {
    let good = clue(0, Some((0.88, 0.90, 0.88)), (20.0, 0.5), NumberEvidence::NotRead);
    assert!(judge(std::slice::from_ref(&good), &[], 200.0).is_empty());
    let poor = clue(0, Some((0.50, 0.5, 0.5)), (2.0, 0.1), NumberEvidence::NotRead);
    assert!(judge(std::slice::from_ref(&poor), &[], 200.0).contains(&Objection::TooSmall));
    assert!(!judge(std::slice::from_ref(&poor), &[], 700.0).contains(&Objection::TooSmall));
}

#[test]
fn better_evidence_never_lowers_a_probability() {
    let params = Params::default();
    let of = |clue: Clue| {
        let rival = Clue { printing: 1, ..clue_without_evidence() };
        posterior(&[clue, rival], &params.weights, &params.accept).of[0]
    };
    let steps = |values: [f64; 5]| assert!(values.windows(2).all(|pair| pair[0] <= pair[1]), "{values:?}");
    let not_read = || NumberEvidence::NotRead;
    steps([0.2, 0.5, 0.6, 0.8, 0.95].map(|fit| of(clue(0, Some((fit, fit, fit)), (0.0, 0.0), not_read()))));
    steps([-50.0, -3.0, 0.0, 9.0, 80.0].map(|margin| of(clue(0, None, (margin, 0.3), not_read()))));
    steps([0.0, 0.2, 0.4, 0.8, 1.0].map(|coverage| of(clue(0, None, (9.0, coverage), not_read()))));
    let fitting = || clue(0, Some((0.7, 0.7, 0.7)), (0.0, 0.0), not_read());
    steps([-0.4, 0.3, 0.6, 0.8, 1.0].map(|imprint| of(with_imprint(fitting(), Some(imprint)))));
    let numbers = [contradicts(), not_read(), agrees()].map(|number| of(clue(0, None, (9.0, 0.3), number)));
    assert!(numbers[0] < numbers[1] && numbers[1] < numbers[2], "{numbers:?}");
}

fn clue_without_evidence() -> Clue {
    let evidence = Evidence::SILENT;
    Clue {
        printing: 0,
        group: 0,
        evidence,
        number_read: 0.0,
        number_chance: 0.0,
        number_leeway: 0.0,
        sibling_fit: None,
    }
}
