//! The matcher stage.
//!
//! Job: to own the catalogue's indexes and to name the printing of every card of a reading.
//!
//! Guarantee: a picture without any card still gives one scan, so that the photo ends in front of a person instead of
//! nowhere. The indexes are replaced as a whole when the catalogue changes; a reading is named by one of them, never by
//! a mixture.
//!
//! Deliberately absent: how cards are recognised; that is `cardmint-recognition`.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Context, Handler, Message};
use cardmint_domain::errors::chain;
use cardmint_domain::identification::DecisionVersions;
use cardmint_domain::reading::RectifiedImage;
use cardmint_domain::{CardReading, Fault, Identification, Quad, Reading, Recommendation, ReviewReason, ScanId};
use cardmint_recognition::Matcher;

use super::hops::{IdentifiedCard, Identify};
use crate::current::CurrentMatcher;
use crate::gate::Gate;
use crate::supervisor::ChildContext;

/// A declared stay in building the indexes: 20,000 printings take a second or two.
const LOAD_BUSY: Duration = Duration::from_secs(120);

/// Makes the indexes anew from what the store holds now; `None` while there is no catalogue.
pub type LoadMatcher = Arc<dyn Fn() -> anyhow::Result<Option<Matcher>> + Send + Sync>;

/// The catalogue or the references have changed: make the indexes anew.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "Result<(), Fault>")]
pub struct Reload;

/// The actor that owns the indexes.
pub struct MatcherActor {
    child: ChildContext,
    load: LoadMatcher,
    gate: Arc<Gate>,
    current: CurrentMatcher,
}

impl MatcherActor {
    /// An actor that loads its indexes when it is started.
    #[must_use]
    pub fn new(child: ChildContext, load: LoadMatcher, gate: Arc<Gate>, current: CurrentMatcher) -> Self {
        Self { child, load, gate, current }
    }

    fn reload(&mut self) -> Result<(), Fault> {
        let _busy = self.child.busy(LOAD_BUSY);
        match (self.load)() {
            Ok(matcher) => {
                let has_catalogue = matcher.is_some();
                self.current.set(matcher);
                self.gate.set_catalogue(has_catalogue);
                Ok(())
            }
            Err(error) => {
                let fault =
                    Fault::ours_transient(format!("loading the catalogue's indexes: {}", chain(error.as_ref())));
                tracing::error!(%fault, "the matcher keeps what it had");
                Err(fault)
            }
        }
    }

    fn identify(&self, reading: Reading) -> Result<Vec<IdentifiedCard>, Fault> {
        let matcher = self.current.get()?;
        if reading.cards.is_empty() {
            return Ok(vec![no_card(&reading, matcher.versions())]);
        }
        let name = |card: CardReading| {
            let scan = ScanId::of(&reading.capture, card.index);
            IdentifiedCard { identification: matcher.identify(scan, &card), reading: card }
        };
        Ok(reading.cards.into_iter().map(name).collect())
    }
}

/// The one scan of a picture in which no card was found.
fn no_card(reading: &Reading, versions: DecisionVersions) -> IdentifiedCard {
    let identification = Identification {
        scan: ScanId::of(&reading.capture, 0),
        candidates: Vec::new(),
        gap: 0.0,
        not_in_catalogue: 1.0,
        recommendation: Recommendation::Review { reasons: vec![ReviewReason::NoCardFound] },
        sentence: "No card was found in the picture.".to_owned(),
        versions,
    };
    let reading = CardReading {
        index: 0,
        page: 0,
        quad: Quad::WHOLE,
        quality: 0.0,
        source_width_px: 0.0,
        image: RectifiedImage { width: 0, height: 0, rgb: Vec::new() },
        text: Vec::new(),
        numbers: Vec::new(),
    };
    IdentifiedCard { reading, identification }
}

impl Actor for MatcherActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(4);
        // A failure is logged and kept as "no catalogue yet": captures wait instead of failing.
        self.reload().unwrap_or_default();
    }
}

impl Handler<Reload> for MatcherActor {
    type Result = Result<(), Fault>;

    fn handle(&mut self, _: Reload, _: &mut Self::Context) -> Self::Result {
        self.reload()
    }
}

impl Handler<Identify> for MatcherActor {
    type Result = Result<Vec<IdentifiedCard>, Fault>;

    fn handle(&mut self, message: Identify, _: &mut Self::Context) -> Self::Result {
        let left = message.job.deadline.saturating_duration_since(std::time::Instant::now());
        let _busy = self.child.busy(left);
        crate::faults::point("matcher");
        self.identify(message.reading)
    }
}
