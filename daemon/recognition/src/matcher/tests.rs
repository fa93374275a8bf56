use cardmint_domain::{CardReading, Identification, PrintingId, Recommendation, ReviewReason};
use proptest::prelude::*;

use super::*;
use crate::testing::{CREATURES, best, card, codes, full, number, printing, set};

/// Eight creatures in `dawn`, two of them again in `dusk` (one with its illustrator, one without), one as a promo.
fn catalogue() -> Catalogue {
    let mut printings: Vec<_> = (1..)
        .zip(CREATURES)
        .map(|(number, (name, artist, attack))| printing("dawn", &number.to_string(), name, Some(artist), &[attack]))
        .collect();
    let [ember, tide, moss, ..] = CREATURES;
    printings.push(printing("dusk", "21", ember.0, Some(ember.1), &[ember.2]));
    printings.push(printing("dusk", "22", tide.0, None, &[tide.2]));
    printings.push(printing("star", "STAR07", moss.0, Some("Somebody Else"), &[moss.2]));
    let sets = vec![set("dawn", 8), set("dusk", 40), set("star", 30)];
    Catalogue { printings, sets, digest: "invented".to_owned() }
}

/// Eight creatures give far lower scores than 20,000 cards: rare terms are worth less among few.
fn matcher() -> Matcher {
    let mut params = Params::default();
    params.accept.text_margin = 8.0;
    Matcher::new(catalogue(), None, StripReader::new().unwrap(), params)
}

fn identify(card: &CardReading) -> Identification {
    matcher().identify(ScanId::new("scan"), card)
}

/// What two passes read of a creature, and its number.
fn creature(creature: usize, read: &str) -> CardReading {
    let (name, artist, attack) = CREATURES[creature];
    let text = format!("{name} 70\n{attack}\nIllus. {artist}");
    CardReading { numbers: number(read), ..card(vec![full(&format!("{text} {read}")), full(&text)]) }
}

#[test]
fn text_and_number_together_name_the_printing() {
    for row in 0..CREATURES.len() {
        let answer = identify(&creature(row, &format!("{}/8", row + 1)));
        assert_eq!(best(&answer), format!("dawn-{}", row + 1));
        assert!(answer.recommendation.is_accept(), "{}", answer.sentence);
        assert!(answer.gap > 0.6 && answer.not_in_catalogue < 0.1, "{answer:?}");
    }
}

/// How a card stands after each of some passes over its text.
fn standings(numbers: &str, passes: &[String]) -> Vec<Standing> {
    let matcher = matcher();
    let mut card = CardReading { numbers: number(numbers), ..card(Vec::new()) };
    let mut inspection = matcher.inspect(&mut card);
    let after = |pass: &String| {
        inspection.card().text.push(full(pass));
        inspection.standing()
    };
    passes.iter().map(after).collect()
}

#[test]
fn a_card_is_read_until_text_can_do_no_more_for_it() {
    let [(name, artist, attack), ..] = CREATURES;
    let (part, whole) = (attack[..20].to_owned(), format!("{name} 70\n{attack}\nIllus. {artist}"));
    assert_eq!(standings("1/8", std::slice::from_ref(&whole)), [Standing::Sure]);
    assert_eq!(standings("", &[part.clone(), whole.clone()]), [Standing::Open, Standing::Settled], "reprints");
    assert_eq!(standings("", &[part, "~ .".to_owned()]), [Standing::Open, Standing::Closed], "nothing new");
    assert_eq!(standings("6/8", &[whole]), [Standing::Closed], "another number");
    assert_eq!(standings("", &["169/269 Add G.".to_owned()]), [Standing::Closed], "another game");
}

#[test]
fn the_number_chooses_among_reprints() {
    for (number, expected) in [("1/8", "dawn-1"), ("21/40", "dusk-21")] {
        let answer = identify(&creature(0, number));
        assert_eq!(best(&answer), expected);
        assert!(answer.recommendation.is_accept(), "{}", answer.sentence);
    }
}

#[test]
fn reprints_without_a_number_go_to_review_as_twins() {
    for (row, pair) in [(0, ["dawn-1", "dusk-21"]), (1, ["dawn-2", "dusk-22"])] {
        let answer = identify(&creature(row, ""));
        let Recommendation::Review { reasons } = &answer.recommendation else { panic!("{}", answer.sentence) };
        let twins = reasons.iter().find_map(|reason| match reason {
            ReviewReason::Twins { among, .. } => Some(among.iter().map(PrintingId::as_str).collect::<Vec<_>>()),
            _ => None,
        });
        let mut twins = twins.unwrap_or_default();
        twins.sort_unstable();
        assert_eq!(twins, pair);
    }
}

#[test]
fn a_number_of_another_card_is_a_contradiction() {
    let answer = identify(&creature(4, "6/8"));
    assert!(codes(&answer).contains(&"contradiction"), "{}", answer.sentence);
}

#[test]
fn text_alone_is_not_enough() {
    let answer = identify(&creature(4, ""));
    assert_eq!(best(&answer), "dawn-5");
    assert_eq!(codes(&answer), ["low_confidence"]);
}

#[test]
fn a_card_of_another_game_has_no_candidate() {
    let answer = identify(&CardReading {
        numbers: number("169/269"),
        ..card(vec![full("Llanowar Elves\nCreature 1/1\nT: Add G.")])
    });
    assert!(codes(&answer).contains(&"no_candidate"), "{}", answer.sentence);
    assert!(answer.not_in_catalogue > 0.5, "{answer:?}");
}

#[test]
fn nothing_read_has_no_candidate() {
    let answer = identify(&card(Vec::new()));
    assert!(answer.candidates.is_empty());
    assert_eq!(codes(&answer), ["no_candidate"]);
    assert!((answer.not_in_catalogue - 1.0).abs() < 1e-9);
}

#[test]
fn an_empty_catalogue_answers_too() {
    let matcher = Matcher::new(Catalogue::default(), None, StripReader::new().unwrap(), Params::default());
    let answer = matcher.identify(ScanId::new("scan"), &creature(0, "1/8"));
    assert_eq!(codes(&answer), ["no_candidate"]);
}

#[test]
fn the_answer_says_what_it_was_made_with() {
    let answer = identify(&creature(0, "1/8"));
    assert_eq!(answer.versions.catalogue, "invented");
    assert_eq!(answer.versions.index, "");
    assert!(answer.versions.policy.starts_with("routes-7+"));
}

proptest! {
    #[test]
    fn any_text_gets_an_answer_that_adds_up(texts in prop::collection::vec("\\PC{0,80}", 0..4)) {
        let answer = identify(&card(texts.iter().map(|text| full(text)).collect()));
        let sum: f64 = answer.candidates.iter().map(|candidate| candidate.posterior).sum();
        prop_assert!(sum + answer.not_in_catalogue <= 1.0 + 1e-9);
        prop_assert!((0.0..=1.0).contains(&answer.gap));
        prop_assert!(answer.candidates.len() <= 5);
    }

    #[test]
    fn the_order_of_the_passes_changes_nothing(row in 0..CREATURES.len()) {
        let one = creature(row, "1/8");
        let backwards = CardReading { text: one.text.iter().rev().cloned().collect(), ..one.clone() };
        prop_assert_eq!(identify(&one), identify(&backwards));
    }
}
