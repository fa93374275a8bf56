//! Real plugins in real host processes, against a real web server on this machine.
// Clippy takes only what stands in a `#[test]` for a test; this is all helpers of tests.
#![allow(clippy::unwrap_used)]

mod built;
mod fetching;
mod misbehaving;
mod refused;
mod server;
mod sources;

use std::sync::Arc;

use cardmint_domain::Timestamp;
use cardmint_domain::errors::chain;
use cardmint_sources::{AskError, Driver, DriverParams, PrintingQuery, Quoted, clock::ManualClock};

use built::{host_program, plugin};

/// When the tests' clocks start: after the fixtures were made.
const NOW: Timestamp = Timestamp(1_791_400_000_000);

fn params() -> DriverParams {
    DriverParams { contact: Some("tests@example.org".to_owned()), ..DriverParams::new(&host_program()) }
}

/// A driver for one of the test plugins, on a clock that is turned by hand.
fn driver(name: &str, params: DriverParams) -> (Driver, ManualClock) {
    let clock = ManualClock::at(NOW);
    let loaded = Driver::load(&plugin(name), params, Arc::new(clock.clone()));
    (loaded.unwrap_or_else(|error| panic!("{}", chain(&error))), clock)
}

fn printing(name: &str) -> PrintingQuery {
    PrintingQuery { printing: "p".to_owned(), name: name.to_owned(), ..PrintingQuery::default() }
}

async fn ask(driver: &mut Driver, name: &str) -> Result<Quoted, AskError> {
    driver.quotes(vec![printing(name)]).await
}
