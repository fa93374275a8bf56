use proptest::prelude::*;

use super::*;
use crate::testing::{CREATURES, full, printing};

fn catalogue() -> Vec<Printing> {
    CREATURES
        .iter()
        .enumerate()
        .map(|(at, (name, artist, attack))| printing("dawn", &(at + 1).to_string(), name, Some(artist), &[attack]))
        .collect()
}

fn index() -> TextIndex {
    TextIndex::new(&catalogue(), &TextParams::default())
}

fn best(scores: &Scores) -> usize {
    (0..scores.all().len()).max_by(|a, b| scores.all()[*a].total_cmp(&scores.all()[*b])).unwrap()
}

#[test]
fn every_printing_finds_itself_and_covers_itself() {
    let index = index();
    for (at, printing) in catalogue().iter().enumerate() {
        let scores = index.score(&[full(&printing.full_text())]);
        assert_eq!(best(&scores), at);
        let own = scores.of(u32::try_from(at).unwrap());
        assert!(index.coverage(u32::try_from(at).unwrap(), own) > 0.85, "{at}: {own}");
    }
}

#[test]
fn a_spoilt_reading_still_finds_its_printing() {
    let scores = index().score(&[full("T1decal1er\nUndert0w Your opponemt retums a benched fi9hter")]);
    assert_eq!(best(&scores), 1);
}

#[test]
fn passes_add_up_but_repeating_one_is_capped() {
    let index = index();
    let one = index.score(&[full("Mossback")]);
    let both = index.score(&[full("Mossback"), full("Thick Bark")]);
    assert!(both.of(2) > one.of(2));
    let repeated = |times: usize| index.score(&vec![full("Mossback"); times]).of(2);
    assert!(repeated(8) > repeated(1));
    assert!((repeated(8) - repeated(80)).abs() < 1e-3);
}

#[test]
fn words_that_tell_the_language_are_counted_once_and_only_as_they_stand() {
    let index = index();
    let words = |text: &str| index.own_words(0, &index.score(&[full(text)]));
    assert_eq!(words("coin tails discard flame from this creature"), 7);
    assert_eq!(words("Cinder Gale Emberwing Flip"), 0, "names and headings survive a translation");
    assert_eq!(words("discard discard dlscard tai1s one"), 1);
    assert_eq!(words("benched fighter"), 0, "another printing's");
}

#[test]
fn nothing_read_scores_nothing() {
    let index = index();
    assert!(index.score(&[]).all().iter().all(|score| *score == 0.0));
    assert!(TextIndex::new(&[], &TextParams::default()).score(&[full("Mossback")]).all().is_empty());
}

proptest! {
    #[test]
    fn the_order_of_the_passes_changes_nothing(mut texts in prop::collection::vec("[a-z ]{0,40}", 1..5)) {
        let index = index();
        texts.push("Voltkit Static Purr".to_owned());
        let passes = |texts: &[String]| texts.iter().map(|text| full(text)).collect::<Vec<_>>();
        let forwards = index.score(&passes(&texts));
        texts.reverse();
        prop_assert_eq!(forwards, index.score(&passes(&texts)));
    }

    #[test]
    fn any_text_has_a_score(text in "\\PC{0,200}", confidence in prop::num::f32::ANY) {
        let mut pass = full(&text);
        pass.confidence = confidence;
        prop_assert!(index().score(&[pass]).all().iter().all(|score| score.is_finite() && *score >= 0.0));
    }
}
