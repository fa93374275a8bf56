//! Price source: TCGplayer's catalogue and prices as published daily by TCGCSV.
//!
//! Job: find each printing's set among the groups of its language, its product by collector number and name, and its
//! prices by finish. One request for a sync's many printings or a quote's one: the session is the same, group by group.
//!
//! Guarantee: amounts go from the JSON token to cents without a float; where number and name disagree, or two products
//! fit, there is no quote but a reason.
//!
//! Deliberately absent: the CSV form of the same data, and any other category than Pokémon's two languages.

mod find;
mod names;
mod parse;
mod quotes;
mod request;
mod session;

use cardmint_plugin_api::{Manifest, Query, RateLimit, Session, Shape, Source, export_source};

/// The source: nothing to keep.
pub struct TcgCsv;

impl Source for TcgCsv {
    fn manifest(&self) -> Manifest {
        // The rules of the site: one full pull a day after 20:00 UTC, at least 100 ms between requests or a pause of ten
        // minutes, a User-Agent of one's own.
        let limit = RateLimit { period_ms: 150, burst: 1 };
        Manifest {
            upstreams: vec![request::UPSTREAM.to_owned()],
            shapes: vec![Shape::Quote, Shape::Sync],
            attribution: "Prices: TCGplayer, published by TCGCSV".to_owned(),
            rate_limits: [(request::HOST.to_owned(), limit)].into(),
            rate_limited_pause_secs: 600,
            timeout_secs: 30,
            max_body_bytes: 64 << 20,
            contact_required: true,
            ..Manifest::new("tcgcsv", "TCGCSV", env!("CARGO_PKG_VERSION"), request::HOST)
        }
    }

    fn begin(&self, query: &Query) -> Box<dyn Session> {
        Box::new(session::Asking::new(query))
    }
}

export_source!(TcgCsv);
