//! With a real store.

use std::time::{Duration, Instant};

use cardmint_domain::inventory::BatchDefaults;
use cardmint_domain::price::{Confidence, Policy, ValuationState};
use cardmint_domain::reading::RectifiedImage;
use cardmint_domain::{CardReading, Finish, Quad, Quote, Valuation};
use cardmint_store::Claim;

use super::testing::{Fake, NOW, board, capture, commit, identification, printing_with, quote, set};
use super::*;
use crate::actors::hops::{IdentifiedCard, Job};
use crate::actors::testing::Scratch;
use crate::clock::Clock;

fn pricer(scratch: &Scratch, sources: Vec<Arc<dyn ask::Source>>) -> Pricer {
    let board = board(sources);
    let settings = PricingSettings { ask: Duration::from_millis(100), policy: Policy::default(), fx: Vec::new() };
    Pricer { reader: scratch.reader.clone(), board, settings, clock: Clock::Fixed(NOW) }
}

fn card(index: u32, best: Option<&str>) -> IdentifiedCard {
    let reading = CardReading {
        index,
        page: 0,
        quad: Quad::WHOLE,
        quality: 1.0,
        source_width_px: 700.0,
        image: RectifiedImage { width: 0, height: 0, rgb: Vec::new() },
        text: Vec::new(),
        numbers: Vec::new(),
    };
    IdentifiedCard { reading, identification: identification(&format!("s-{index}"), best) }
}

fn message(cards: Vec<IdentifiedCard>, left: Duration) -> Value {
    let claim = Claim {
        capture: capture(),
        defaults: BatchDefaults { finish: Finish::Reverse, ..BatchDefaults::default() },
        attempt: 1,
        token: 1,
        lease_until: NOW,
    };
    Value { job: Job { claim: Arc::new(claim), deadline: Instant::now() + left }, cards }
}

fn amount(valuation: Option<&Valuation>) -> Option<i64> {
    valuation.and_then(|valuation| valuation.amount).map(|amount| amount.amount_minor)
}

#[tokio::test]
async fn every_card_is_valued_as_its_batch_declares_it_and_none_fails_for_want_of_a_price() {
    let scratch = Scratch::new();
    let both = [Finish::Normal, Finish::Reverse];
    scratch.catalogue(vec![set()], vec![printing_with("tmi-7", &both), printing_with("tmi-8", &[Finish::Holo])]);
    let reverse = Quote { finish: Finish::Reverse, ..quote("shop", 250) };
    let pricer = pricer(&scratch, vec![Fake::with("shop", vec![quote("shop", 18), reverse]), Fake::silent("dead")]);
    let cards = vec![card(0, Some("tmi-7")), card(1, Some("tmi-8")), card(2, None), card(3, Some("gone-1"))];
    let started = Instant::now();
    let valued = pricer.value(message(cards, Duration::from_secs(600))).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(60), "a dead source was waited for");
    let amounts: Vec<_> = valued.iter().map(|card| amount(card.valuation.as_ref())).collect();
    assert_eq!(amounts, [Some(250), None, None, None]);
    let finishes: Vec<_> = valued.iter().map(|card| card.valuation.as_ref().map(|v| v.target.finish)).collect();
    assert_eq!(finishes, [Some(Finish::Reverse), Some(Finish::Holo), None, None]);
    assert_eq!(valued[1].valuation.as_ref().unwrap().state, ValuationState::Missing);
    assert_eq!(valued[0].quotes.len(), 2);
}

#[tokio::test]
async fn a_job_without_time_left_still_gets_what_is_stored() {
    let scratch = Scratch::new();
    scratch.catalogue(vec![set()], vec![printing_with("tmi-7", &[])]);
    let pricer = pricer(&scratch, vec![Fake::silent("dead")]);
    let valued = pricer.value(message(vec![card(0, Some("tmi-7"))], Duration::ZERO)).await.unwrap();
    assert_eq!(valued[0].valuation.as_ref().unwrap().confidence, Confidence::None);
}

#[tokio::test]
async fn a_stored_quote_speaks_on_while_its_source_is_silent_and_a_jump_is_noticed() {
    let scratch = Scratch::new();
    scratch.catalogue(vec![set()], vec![printing_with("tmi-7", &[])]);
    let target = cardmint_domain::booking::target(&printing_with("tmi-7", &[]), &BatchDefaults::default());
    let first = pricer(&scratch, vec![Fake::with("shop", vec![quote("shop", 1_800)])]);
    let priced = first.price(target.clone(), true).await.unwrap();
    assert_eq!((amount(Some(&priced.valuation)), priced.sources.len()), (Some(1_800), 1));
    commit(&scratch, priced.valuation, priced.quotes);

    let silent = pricer(&scratch, vec![Fake::failing("shop", "it is down")]);
    let priced = silent.price(target.clone(), true).await.unwrap();
    assert_eq!(amount(Some(&priced.valuation)), Some(1_800));
    assert_eq!(priced.sources[0].error.as_deref(), Some("it is down"));
    let stored = silent.price(target.clone(), false).await.unwrap();
    assert_eq!((amount(Some(&stored.valuation)), stored.sources.len()), (Some(1_800), 0));

    let dearer = pricer(&scratch, vec![Fake::with("shop", vec![quote("shop", 9_000)])]);
    let priced = dearer.price(target, true).await.unwrap();
    assert_eq!(amount(Some(&priced.valuation)), Some(9_000));
    assert!(priced.valuation.flags.iter().any(|flag| flag == "price_jump"), "{:?}", priced.valuation);
}

#[test]
fn a_question_carries_what_the_catalogue_knows() {
    let asked = question::question(&printing_with("tmi-7", &[]), Some(&set()), Finish::Holo);
    assert_eq!((asked.printing.as_str(), asked.number.as_str(), asked.set_total), ("tmi-7", "7", 120));
    assert_eq!((asked.set_name.as_str(), asked.set_code.as_deref()), ("The Mint Isles", Some("TMI")));
    assert_eq!(asked.finishes, ["holo"]);
}
