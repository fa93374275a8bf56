//! One sentence for people: what was found, what spoke for it, what did not.

use cardmint_domain::identification::{NumberEvidence, SymbolEvidence};
use cardmint_domain::{Evidence, Recommendation, ReviewReason};

/// Says what was found. `title` names the best candidate as people do; `None` means that there is none.
#[must_use]
pub fn sentence(best: Option<(&str, &Evidence)>, recommendation: &Recommendation) -> String {
    let is_back =
        matches!(recommendation, Recommendation::Review { reasons } if reasons.contains(&ReviewReason::CardBack));
    let found = match best {
        None if is_back => "No face of a card is to be seen".to_owned(),
        None => "No printing of the catalogue resembles this card".to_owned(),
        Some((title, evidence)) => {
            let opening = if recommendation.is_accept() { "" } else { "Perhaps " };
            let signals = signals(evidence);
            let signals = if signals.is_empty() { "no signal spoke for it".to_owned() } else { signals.join(", ") };
            format!("{opening}{title}: {signals}")
        }
    };
    match recommendation {
        Recommendation::Accept => format!("{found}."),
        Recommendation::Review { reasons } => {
            let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            format!("{found}. For review: {}.", reasons.join("; "))
        }
    }
}

fn signals(evidence: &Evidence) -> Vec<String> {
    let mut signals = Vec::new();
    if let Some(alignment) = evidence.picture.and_then(|picture| picture.alignment) {
        signals.push(format!("the picture fits the reference to {alignment:.2}"));
    }
    if let Some(imprint) = evidence.picture.and_then(|picture| picture.imprint) {
        signals.push(format!("its bottom lines fit to {imprint:.2}"));
    }
    if let Some(text) = evidence.text {
        let place = if text.margin > 0.0 { "ahead of" } else { "behind" };
        signals.push(format!("its text is {:.0} points {place} the next one's", text.margin.abs()));
    }
    match &evidence.number {
        NumberEvidence::NotRead => {}
        NumberEvidence::Agrees { read, .. } => signals.push(format!("the number read is its own ({read})")),
        NumberEvidence::Contradicts { read } => signals.push(format!("the number read is another one ({read})")),
    }
    match evidence.symbol {
        SymbolEvidence::NotSeen => {}
        SymbolEvidence::Agrees { correlation } => signals.push(format!("its set's symbol is there ({correlation:.2})")),
        SymbolEvidence::Contradicts { .. } => signals.push("its set's symbol is not there".to_owned()),
    }
    signals
}

#[cfg(test)]
mod tests {
    use cardmint_domain::identification::{PictureEvidence, TextEvidence};

    use super::*;

    #[test]
    fn every_signal_has_its_word_and_a_review_its_reasons() {
        let evidence = Evidence {
            picture: Some(PictureEvidence {
                similarity: 0.9,
                alignment: Some(0.876),
                artwork: None,
                text_box: None,
                title: None,
                weakest: None,
                imprint: Some(0.83),
            }),
            text: Some(TextEvidence { score: 90.0, margin: -3.2, coverage: 0.5, words: 4 }),
            number: NumberEvidence::Agrees { read: "4/102".to_owned(), probability: 0.9 },
            symbol: SymbolEvidence::Agrees { correlation: 0.914 },
        };
        assert_eq!(
            sentence(Some(("Ember (Dawn 4)", &evidence)), &Recommendation::Accept),
            "Ember (Dawn 4): the picture fits the reference to 0.88, its bottom lines fit to 0.83, its text is 3 points \
             behind the next one's, the number read is its own (4/102), its set's symbol is there (0.91)."
        );
        let review = Recommendation::Review { reasons: vec![ReviewReason::Language, ReviewReason::TooSmall] };
        let told = sentence(Some(("Ember (Dawn 4)", &evidence)), &review);
        assert!(told.starts_with("Perhaps Ember"), "{told}");
        assert!(told.contains("another language") && told.ends_with("to be sure of the printing."), "{told}");
    }

    #[test]
    fn silence_is_said_too() {
        let review = Recommendation::Review { reasons: vec![ReviewReason::NoCandidate] };
        assert!(sentence(None, &review).starts_with("No printing of the catalogue"));
        let silent = Evidence::SILENT;
        assert!(sentence(Some(("Ember", &silent)), &review).contains("no signal spoke for it"));
    }
}
