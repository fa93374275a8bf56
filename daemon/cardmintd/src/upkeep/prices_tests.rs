//! With a real store and a real tree; the source is one that answers what the test says.

use cardmint_domain::booking;
use cardmint_domain::inventory::BatchDefaults;
use cardmint_domain::price::{Policy, ValuationState};
use cardmint_store::reader::ItemFilter;
use cardmint_store::{Page, Reader};

use super::*;
use crate::actors::pricing::testing::{self, Fake, NOW};
use crate::actors::pricing::{Pricer, PricingSettings};
use crate::actors::testing::{Running, Scratch, group, timing};
use crate::supervisor::ChildSpec;

struct Place {
    scratch: Scratch,
    tools: RefreshTools,
    _running: Running,
}

impl Place {
    /// One item in stock without a price, and one source.
    fn new() -> Self {
        let scratch = Scratch::new();
        testing::book_one(&scratch);
        let board = testing::board(vec![Fake::with("shop", vec![testing::quote("shop", 1_800)])]);
        let settings = PricingSettings { ask: Duration::from_secs(60), policy: Policy::default(), fx: Vec::new() };
        let later = Clock::Fixed(NOW.plus_millis(3_600_000));
        let pricer = Arc::new(Pricer { reader: scratch.reader.clone(), board: board.clone(), settings, clock: later });
        let (storage, pricing) = (Ref::new("storage"), Ref::new("pricing"));
        let prices = ChildSpec::actor(&pricing, timing(), move |_| Ok(PricingActor::new(pricer.clone())));
        let running = Running::start(group().child(scratch.storage(&storage)).child(prices));
        let tools = RefreshTools { reader: scratch.reader.clone(), pricing, board, storage, clock: later };
        Self { scratch, tools, _running: running }
    }
}

fn price(reader: &Reader) -> (ValuationState, Option<i64>) {
    let item = reader.inventory(&ItemFilter::default(), Page::default()).unwrap().items.remove(0);
    let price = item.price.unwrap();
    (price.state, price.amount.map(|amount| amount.amount_minor))
}

#[tokio::test]
async fn a_missing_price_is_filled_in_once_and_kept_until_it_is_old() {
    let place = Place::new();
    assert_eq!(price(&place.scratch.reader), (ValuationState::Missing, None));
    let settings = RefreshSettings::default();
    assert_eq!(round(&place.tools, settings).await.unwrap(), 1);
    assert_eq!(price(&place.scratch.reader), (ValuationState::Fresh, Some(1_800)));
    assert_eq!(round(&place.tools, settings).await.unwrap(), 0);
    let target = booking::target(&testing::printing(), &BatchDefaults::default());
    assert_eq!(place.scratch.reader.last_value(&target).unwrap().map(|money| money.amount_minor), Some(1_800));
}

#[tokio::test]
async fn a_missing_price_is_not_looked_for_again_at_once() {
    let place = Place::new();
    let patient = RefreshSettings { missing_for: Duration::from_secs(7_200), ..RefreshSettings::default() };
    assert_eq!(round(&place.tools, patient).await.unwrap(), 0);
}
