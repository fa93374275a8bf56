//! From identified cards to valued ones.
//!
//! Guarantee: a price never fails a scan. What the store or a source does not tell is missing from the table, and the rule
//! says what follows. Only the catalogue itself must answer, for without it there is nothing to price.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cardmint_domain::errors::chain;
use cardmint_domain::inventory::BatchDefaults;
use cardmint_domain::price::{self, FxRate, Policy, PriceTarget, at_hand};
use cardmint_domain::{CardSet, Fault, Money, Printing, PrintingId, Quote, SetId, Valuation, booking};
use cardmint_sources::PrintingQuery;
use cardmint_store::{Reader, StoreError};
use serde::Serialize;

use super::ask::{SourceAnswer, ask_all};
use super::board::Board;
use super::question::question;
use crate::actors::hops::{IdentifiedCard, Value, ValuedCard};
use crate::clock::Clock;

/// What is left of a job's time for committing, whatever the sources do.
const COMMIT_SHARE: Duration = Duration::from_secs(2);

/// How prices are found and decided.
#[derive(Debug, Clone)]
pub struct PricingSettings {
    /// Longest wait for the sources; whoever is late is missing.
    pub ask: Duration,
    /// The parameters of the rule.
    pub policy: Policy,
    /// The exchange rates at hand.
    pub fx: Vec<FxRate>,
}

/// A price with everything that went into it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Priced {
    /// The price, or why there is none.
    pub valuation: Valuation,
    /// The quotes on the table.
    pub quotes: Vec<Quote>,
    /// What each source answered; empty when none was asked.
    pub sources: Vec<SourceAnswer>,
}

/// Finds prices. Cheap to share: each field is a handle.
pub struct Pricer {
    /// Answers questions about the store.
    pub reader: Reader,
    /// The sources.
    pub board: Arc<Board>,
    /// How.
    pub settings: PricingSettings,
    /// Tells the time.
    pub clock: Clock,
}

/// What the store knows about what is to be priced.
#[derive(Default)]
struct Known {
    printings: HashMap<PrintingId, Printing>,
    sets: HashMap<SetId, CardSet>,
    quotes: HashMap<PrintingId, Vec<Quote>>,
}

impl Pricer {
    /// Values every card of a capture as its batch declares it.
    ///
    /// # Errors
    /// A fault when the catalogue cannot be asked.
    pub async fn value(&self, message: Value) -> Result<Vec<ValuedCard>, Fault> {
        let Value { job, cards } = message;
        let mut wanted: Vec<PrintingId> = cards.iter().filter_map(best).cloned().collect();
        wanted.sort();
        wanted.dedup();
        let known = self.look_up(wanted).await?;
        let targets = |card: &IdentifiedCard| self.target(&known, best(card)?, &job.claim.defaults);
        let targets: Vec<Option<PriceTarget>> = cards.iter().map(targets).collect();
        let deadline = job.deadline.checked_sub(COMMIT_SHARE).unwrap_or(job.deadline);
        let answers = self.ask(&known, targets.iter().flatten(), deadline).await;
        let mut valued = Vec::with_capacity(cards.len());
        for (card, target) in cards.into_iter().zip(targets) {
            let (valuation, quotes) = match target {
                Some(target) => {
                    let (valuation, quotes) = self.decide(&known, target, &answers.quotes).await;
                    (Some(valuation), quotes)
                }
                None => (None, Vec::new()),
            };
            valued.push(ValuedCard { card, valuation, quotes });
        }
        Ok(valued)
    }

    /// Values one thing; with `again` the sources are asked first.
    ///
    /// # Errors
    /// A fault when the catalogue cannot be asked.
    pub async fn price(&self, target: PriceTarget, again: bool) -> Result<Priced, Fault> {
        let known = self.look_up(vec![target.printing.clone()]).await?;
        let deadline = Instant::now() + self.settings.ask;
        let wanted = again.then_some(&target);
        let answers = self.ask(&known, wanted.into_iter(), deadline).await;
        let (valuation, quotes) = self.decide(&known, target, &answers.quotes).await;
        Ok(Priced { valuation, quotes, sources: answers.sources })
    }

    fn target(&self, known: &Known, id: &PrintingId, defaults: &BatchDefaults) -> Option<PriceTarget> {
        let printing = known.printings.get(id);
        if printing.is_none() {
            tracing::warn!(printing = %id, "the catalogue has this printing no more; it is not priced");
        }
        printing.map(|printing| booking::target(printing, defaults))
    }

    async fn ask(
        &self,
        known: &Known,
        targets: impl Iterator<Item = &PriceTarget>,
        deadline: Instant,
    ) -> super::ask::Answers {
        let mut questions: BTreeMap<&str, PrintingQuery> = BTreeMap::new();
        for target in targets {
            let Some(printing) = known.printings.get(&target.printing) else { continue };
            let finish = target.finish.as_str().to_owned();
            let asked = questions.entry(target.printing.as_str());
            let asked = asked.or_insert_with(|| question(printing, known.sets.get(&printing.set), target.finish));
            if !asked.finishes.contains(&finish) {
                asked.finishes.push(finish);
            }
        }
        let questions: Vec<PrintingQuery> = questions.into_values().collect();
        let deadline = deadline.min(Instant::now() + self.settings.ask);
        ask_all(self.board.sources(), &questions, deadline).await
    }

    async fn decide(&self, known: &Known, target: PriceTarget, fresh: &[Quote]) -> (Valuation, Vec<Quote>) {
        let stored = known.quotes.get(&target.printing).cloned().unwrap_or_default();
        let quotes = at_hand(&target.printing, fresh, stored);
        let last = self.last_value(target.clone()).await;
        let PricingSettings { policy, fx, .. } = &self.settings;
        (price::value(&target, &quotes, fx, last, policy, self.clock.now()), quotes)
    }

    async fn last_value(&self, target: PriceTarget) -> Option<Money> {
        let last = self.blocking(move |reader| reader.last_value(&target)).await;
        last.unwrap_or_else(|why| {
            tracing::warn!(why, "the last price is not known; a jump will not be noticed");
            None
        })
    }

    async fn look_up(&self, wanted: Vec<PrintingId>) -> Result<Known, Fault> {
        if wanted.is_empty() {
            return Ok(Known::default());
        }
        let oldest = self.clock.now().plus_millis(-i64::from(self.settings.policy.hard_secs) * 1000);
        let looked = self.blocking(move |reader| {
            let sets = reader.sets()?.into_iter().map(|set| (set.id.clone(), set)).collect();
            let mut known = Known { sets, ..Known::default() };
            for id in wanted {
                let Some(printing) = reader.printing(&id)? else { continue };
                known.printings.insert(id.clone(), printing);
                match reader.quotes_of(&id, oldest) {
                    Ok(quotes) => drop(known.quotes.insert(id, quotes)),
                    Err(error) => tracing::warn!(error = %chain(&error), "stored prices cannot be read"),
                }
            }
            Ok(known)
        });
        looked.await.map_err(|why| Fault::ours_transient(format!("looking printings up to price them: {why}")))
    }

    /// Asks the store on a thread that may block.
    async fn blocking<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, String> {
        let reader = self.reader.clone();
        match tokio::task::spawn_blocking(move || question(&reader)).await {
            Ok(answer) => answer.map_err(|error| chain(&error)),
            Err(error) => Err(chain(&error)),
        }
    }
}

fn best(card: &IdentifiedCard) -> Option<&PrintingId> {
    card.identification.best().map(|candidate| &candidate.printing)
}
