//! Where an identified and valued card goes: into the inventory or before a person.

use crate::inventory::BatchDefaults;
use crate::price::{PriceTarget, Valuation};
use crate::{Finish, Identification, Outcome, Printing, ReviewReason};

/// Exactly what is to be priced and booked when a card of `printing` lies in a batch with these defaults.
///
/// The batch's finish counts where the printing exists in it. A printing that exists in one finish only has that one,
/// whatever the batch says.
#[must_use]
pub fn target(printing: &Printing, defaults: &BatchDefaults) -> PriceTarget {
    PriceTarget {
        printing: printing.id.clone(),
        finish: finish(&printing.finishes, defaults.finish),
        edition: defaults.edition,
        language: printing.language.clone(),
        condition: defaults.condition,
        grade: None,
    }
}

fn finish(existing: &[Finish], declared: Finish) -> Finish {
    match existing.first() {
        Some(first) if !existing.contains(&declared) => *first,
        _ => declared,
    }
}

/// From when on a card is so valuable that more is asked of its name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValuableTier {
    /// Lowest price, in the currency's smallest unit; 0 where no card is.
    pub from_minor: i64,
    /// Lowest posterior that is booked without a person, 0 to 1.
    pub posterior: f64,
}

impl ValuableTier {
    fn asks_for_more(&self, identification: &Identification, valuation: &Valuation) -> bool {
        let is_valuable = self.from_minor > 0 && valuation.amount.is_some_and(|a| a.amount_minor >= self.from_minor);
        is_valuable && identification.best().is_some_and(|best| best.posterior < self.posterior)
    }
}

/// Where the card goes. A missing price keeps nothing out of the inventory; a price that needs a person does, and so does one so
/// high that the name is not sure enough for it.
#[must_use]
pub fn outcome(identification: &Identification, valuation: Option<&Valuation>, tier: &ValuableTier) -> Outcome {
    let mut reasons = match &identification.recommendation {
        crate::Recommendation::Accept => Vec::new(),
        crate::Recommendation::Review { reasons } => reasons.clone(),
    };
    if let Some(why) = valuation.filter(|v| v.amount.is_some()).and_then(|v| v.review.clone()) {
        reasons.push(ReviewReason::Price { why });
    }
    if valuation.is_some_and(|valuation| tier.asks_for_more(identification, valuation)) {
        reasons.push(ReviewReason::Valuable);
    }
    match (identification.best(), valuation) {
        (Some(_), Some(valuation)) if reasons.is_empty() && identification.recommendation.is_accept() => {
            Outcome::Booked {
                printing: valuation.target.printing.clone(),
                finish: valuation.target.finish,
                edition: valuation.target.edition,
                condition: valuation.target.condition,
            }
        }
        _ => {
            if reasons.is_empty() {
                reasons.push(ReviewReason::NoCandidate);
            }
            Outcome::Review { reasons }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identification::DecisionVersions;
    use crate::price::{Confidence, ValuationState};
    use crate::{
        Candidate, CollectorNumber, Condition, Currency, Edition, Evidence, Money, PrintingId, Recommendation, ScanId,
        SetId, Timestamp,
    };

    fn printing(finishes: &[Finish]) -> Printing {
        Printing {
            id: PrintingId::new("tmi-7"),
            set: SetId::new("tmi"),
            number: CollectorNumber::parse("7").unwrap(),
            language: "en".to_owned(),
            name: "Emberfox".to_owned(),
            kinds: Vec::new(),
            hit_points: None,
            rarity: None,
            artist: None,
            blocks: Vec::new(),
            flavour: None,
            finishes: finishes.to_vec(),
            image_urls: Vec::new(),
        }
    }

    fn identification(recommendation: Recommendation, found: bool) -> Identification {
        let evidence = Evidence::SILENT;
        let candidate = Candidate { printing: PrintingId::new("tmi-7"), posterior: 0.99, evidence };
        Identification {
            scan: ScanId::new("s-0"),
            candidates: found.then_some(candidate).into_iter().collect(),
            gap: 0.9,
            not_in_catalogue: 0.0,
            recommendation,
            sentence: String::new(),
            versions: DecisionVersions { catalogue: String::new(), index: String::new(), policy: String::new() },
        }
    }

    fn valuation(amount: Option<i64>, review: Option<&str>) -> Valuation {
        Valuation {
            target: target(&printing(&[]), &BatchDefaults::default()),
            state: if amount.is_some() { ValuationState::Fresh } else { ValuationState::Missing },
            amount: amount.map(|amount_minor| Money { amount_minor, currency: Currency::USD }),
            confidence: Confidence::Medium,
            flags: Vec::new(),
            used: Vec::new(),
            rejected: Vec::new(),
            review: review.map(str::to_owned),
            policy: String::new(),
            decided_at: Timestamp(0),
        }
    }

    fn reasons(outcome: &Outcome) -> Vec<&'static str> {
        match outcome {
            Outcome::Booked { .. } => Vec::new(),
            Outcome::Review { reasons } => reasons.iter().map(ReviewReason::code).collect(),
        }
    }

    #[test]
    fn the_batch_decides_the_finish_only_where_the_printing_exists_in_it() {
        let declared = BatchDefaults { finish: Finish::Reverse, ..BatchDefaults::default() };
        for (existing, expected) in [
            (&[][..], Finish::Reverse),
            (&[Finish::Holo], Finish::Holo),
            (&[Finish::Normal, Finish::Reverse], Finish::Reverse),
        ] {
            assert_eq!(target(&printing(existing), &declared).finish, expected, "exists in {existing:?}");
        }
    }

    fn booked(identification: &Identification, valuation: Option<&Valuation>) -> Outcome {
        outcome(identification, valuation, &ValuableTier { from_minor: 50_00, posterior: 0.995 })
    }

    #[test]
    fn an_accepted_card_is_booked_with_or_without_a_price() {
        for amount in [Some(18), None] {
            let outcome = booked(&identification(Recommendation::Accept, true), Some(&valuation(amount, None)));
            let expected = Outcome::Booked {
                printing: PrintingId::new("tmi-7"),
                finish: Finish::Normal,
                edition: Edition::Unlimited,
                condition: Condition::NearMint,
            };
            assert_eq!(outcome, expected);
        }
        let unpriceable = valuation(None, Some("no_price"));
        assert_eq!(reasons(&booked(&identification(Recommendation::Accept, true), Some(&unpriceable))), [""; 0]);
    }

    #[test]
    fn a_doubtful_price_or_a_doubtful_name_goes_before_a_person() {
        let doubtful = valuation(Some(9_00), Some("price_jump"));
        assert_eq!(reasons(&booked(&identification(Recommendation::Accept, true), Some(&doubtful))), ["price"]);
        let unsure = Recommendation::Review { reasons: vec![ReviewReason::LowConfidence] };
        assert_eq!(reasons(&booked(&identification(unsure, true), Some(&doubtful))), ["low_confidence", "price"]);
    }

    #[test]
    fn of_a_valuable_card_more_is_asked() {
        let with = |amount, posterior| {
            let mut sure = identification(Recommendation::Accept, true);
            sure.candidates[0].posterior = posterior;
            reasons(&booked(&sure, Some(&valuation(amount, None))))
        };
        assert_eq!(with(Some(50_00), 0.994), ["valuable"]);
        assert_eq!(with(Some(50_00), 0.995), [""; 0]);
        assert_eq!(with(Some(49_99), 0.90), [""; 0]);
        assert_eq!(with(None, 0.90), [""; 0]);
        let none_is = ValuableTier { from_minor: 0, posterior: 1.0 };
        let sure = identification(Recommendation::Accept, true);
        assert_eq!(reasons(&outcome(&sure, Some(&valuation(Some(50_00), None)), &none_is)), [""; 0]);
    }

    #[test]
    fn nothing_is_booked_without_a_candidate_or_a_target() {
        assert_eq!(reasons(&booked(&identification(Recommendation::Accept, false), None)), ["no_candidate"]);
        assert_eq!(reasons(&booked(&identification(Recommendation::Accept, true), None)), ["no_candidate"]);
    }
}
