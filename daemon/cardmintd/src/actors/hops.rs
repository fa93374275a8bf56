//! What travels from stage to stage: one message type per hop, forward only, each carrying all that later stages need.

use std::sync::Arc;
use std::time::Instant;

use actix::Message;
use cardmint_domain::{CardReading, Fault, Identification, Quote, Reading, Valuation};
use cardmint_store::Claim;

/// A capture under way, and until when its answer is of use.
#[derive(Debug, Clone)]
pub struct Job {
    /// The claim whose token the commit will be checked against.
    pub claim: Arc<Claim>,
    /// No stage works on it past this point.
    pub deadline: Instant,
}

/// To OCR: find the cards and read them.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<Reading, Fault>")]
pub struct Read {
    /// The capture.
    pub job: Job,
}

/// To the matcher: name the printing of every card.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<Vec<IdentifiedCard>, Fault>")]
pub struct Identify {
    /// The capture.
    pub job: Job,
    /// What was seen in it.
    pub reading: Reading,
}

/// A card with its name.
#[derive(Debug, Clone)]
pub struct IdentifiedCard {
    /// What was seen.
    pub reading: CardReading,
    /// What it is.
    pub identification: Identification,
}

/// To pricing: find what every card is worth.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<Vec<ValuedCard>, Fault>")]
pub struct Value {
    /// The capture.
    pub job: Job,
    /// Its cards.
    pub cards: Vec<IdentifiedCard>,
}

/// A card with its name and its price, if it has one.
#[derive(Debug, Clone)]
pub struct ValuedCard {
    /// The card.
    pub card: IdentifiedCard,
    /// The finish, edition and condition that were priced, and the price. `None` when there is no candidate to price.
    pub valuation: Option<Valuation>,
    /// The quotes it was made from, used and refused.
    pub quotes: Vec<Quote>,
}
