//! The pricing stage.
//!
//! Job: to find out what every card of a capture is worth: [`plugins`] keeps the sources running, [`ask`] asks all of them
//! at once, and [`pricer`] lays what they say, and what is stored from earlier, before the rule (`domain::price`).
//!
//! Guarantee: a dead, slow or lying source delays a scan by no more than the configured wait and never fails it; a price that
//! is missing now is filled in later by `upkeep::prices`. No plugin's code runs in this process.
//!
//! Deliberately absent: which price is right, and HTTP.

pub mod ask;
pub mod board;
pub mod plugins;
pub mod pricer;
mod question;
mod shelf;
pub mod source;
#[cfg(test)]
pub(crate) mod testing;

use std::sync::Arc;

use actix::{Actor, Context, Handler, Message, ResponseActFuture, WrapFuture};
use cardmint_domain::Fault;
use cardmint_domain::price::PriceTarget;

pub use ask::SourceAnswer;
pub use board::{Board, PluginStatus, PluginView};
pub use plugins::{MakeSource, Nursery, PluginsActor, PluginsSettings, Reload, Switch};
pub use pricer::{Priced, Pricer, PricingSettings};
pub use source::{MakeParams, SourceActor};

use super::hops::{Value, ValuedCard};

/// Captures that may wait to be priced; far more than there are workers in front of it.
const MAILBOX: usize = 64;

/// What is one thing worth?
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<Priced, Fault>")]
pub struct Price {
    /// The thing.
    pub target: PriceTarget,
    /// Whether to ask the sources first, instead of using only what is stored.
    pub again: bool,
}

/// The actor that values cards. Keeps nothing; several captures are priced side by side.
pub struct PricingActor {
    pricer: Arc<Pricer>,
}

impl PricingActor {
    /// An actor that finds prices with `pricer`.
    #[must_use]
    pub fn new(pricer: Arc<Pricer>) -> Self {
        Self { pricer }
    }
}

impl Actor for PricingActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

impl Handler<Value> for PricingActor {
    type Result = ResponseActFuture<Self, Result<Vec<ValuedCard>, Fault>>;

    fn handle(&mut self, message: Value, _: &mut Self::Context) -> Self::Result {
        crate::faults::point("pricing");
        let pricer = self.pricer.clone();
        Box::pin(async move { pricer.value(message).await }.into_actor(self))
    }
}

impl Handler<Price> for PricingActor {
    type Result = ResponseActFuture<Self, Result<Priced, Fault>>;

    fn handle(&mut self, message: Price, _: &mut Self::Context) -> Self::Result {
        let pricer = self.pricer.clone();
        Box::pin(async move { pricer.price(message.target, message.again).await }.into_actor(self))
    }
}

#[cfg(test)]
mod tests;
