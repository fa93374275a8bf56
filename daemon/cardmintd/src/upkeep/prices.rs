//! Prices that come later than the commit.
//!
//! Job: to look regularly for items in stock whose price is missing or old, a few at a time, and to write what is found.
//!
//! Guarantee: work takes no input but the store's, so a restart forgets nothing; a source that is down costs one round and
//! no price that is stored. At most one round runs at a time.
//!
//! Deliberately absent: which price is right.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture};
use anyhow::{Context as _, anyhow};
use cardmint_domain::errors::chain;
use cardmint_domain::price::PriceTarget;
use cardmint_store::Reader;
use cardmint_store::views::PriceDue;

use crate::actors::pricing::{Board, Price, PricingActor};
use crate::actors::storage::{StorageActor, Write};
use crate::clock::Clock;
use crate::supervisor::Ref;

/// Under which name the audit log keeps these prices.
const WHO: &str = "price-refresher";

/// Most time to wait for one price and for its writing.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// When prices are looked for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshSettings {
    /// How often it is looked whether something is due.
    pub every: Duration,
    /// A price is looked for again after this time.
    pub priced_for: Duration,
    /// A missing price is looked for again after this time.
    pub missing_for: Duration,
    /// Most prices looked for in one round: sources limit how often they are asked, and scans come first.
    pub at_once: u32,
}

impl Default for RefreshSettings {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(60),
            priced_for: Duration::from_secs(24 * 60 * 60),
            missing_for: Duration::from_secs(15 * 60),
            at_once: 20,
        }
    }
}

/// Whom the refresher needs.
pub struct RefreshTools {
    /// Knows what is due.
    pub reader: Reader,
    /// Finds prices.
    pub pricing: Ref<PricingActor>,
    /// The sources; without any there is nothing to look for.
    pub board: Arc<Board>,
    /// Writes.
    pub storage: Ref<StorageActor>,
    /// Tells the time.
    pub clock: Clock,
}

/// Looks now.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Refresh;

/// The actor that refreshes prices.
pub struct PriceRefresher {
    tools: Arc<RefreshTools>,
    settings: RefreshSettings,
    under_way: bool,
}

impl PriceRefresher {
    /// An actor with nothing under way.
    #[must_use]
    pub fn new(tools: Arc<RefreshTools>, settings: RefreshSettings) -> Self {
        Self { tools, settings, under_way: false }
    }

    fn look(&mut self, ctx: &mut Context<Self>) {
        if self.under_way || self.tools.board.sources().is_empty() {
            return;
        }
        self.under_way = true;
        let (tools, settings) = (self.tools.clone(), self.settings);
        let round = async move { round(&tools, settings).await };
        ctx.spawn(round.into_actor(self).map(|outcome, actor, _| {
            actor.under_way = false;
            match outcome {
                Ok(0) => {}
                Ok(prices) => tracing::debug!(prices, "prices were looked for again"),
                Err(error) => tracing::warn!(error = chain(error.as_ref()), "refreshing prices; will try again"),
            }
        }));
    }
}

/// One round: how many prices were written.
async fn round(tools: &RefreshTools, settings: RefreshSettings) -> anyhow::Result<usize> {
    let now = tools.clock.now();
    let before = |age: Duration| now.plus_millis(-i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
    let (priced, missing) = (before(settings.priced_for), before(settings.missing_for));
    let (reader, limit) = (tools.reader.clone(), settings.at_once);
    let due = tokio::task::spawn_blocking(move || reader.prices_due(priced, missing, limit)).await;
    let due = due.context("asking what is due")?.context("asking what is due")?;
    let count = due.len();
    for item in due {
        let scan = item.scan.clone();
        refresh(tools, item).await.with_context(|| format!("refreshing the price of scan {scan}"))?;
    }
    Ok(count)
}

async fn refresh(tools: &RefreshTools, item: PriceDue) -> anyhow::Result<()> {
    let PriceDue { scan, printing, language, finish, edition, condition, .. } = item;
    let target = PriceTarget { printing, finish, edition, language, condition, grade: None };
    let asked = tools.pricing.send(Price { target, again: true }, ANSWER_TIMEOUT).await;
    let priced = asked.map_err(|error| anyhow!(chain(&error)))??;
    let write = Write::new(move |tx| tx.add_valuation(&scan, &priced.quotes, &priced.valuation, WHO));
    tools.storage.send(write, ANSWER_TIMEOUT).await.map_err(|error| anyhow!(chain(&error)))??;
    Ok(())
}

impl Actor for PriceRefresher {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(self.settings.every, Self::look);
    }
}

impl Handler<Refresh> for PriceRefresher {
    type Result = ();

    fn handle(&mut self, _: Refresh, ctx: &mut Self::Context) {
        self.look(ctx);
    }
}

#[cfg(test)]
#[path = "prices_tests.rs"]
mod tests;
