//! The control API: HTTP and JSON, the same handlers on the Unix socket and, for what only reads, on loopback TCP.
//!
//! Job: to show what the store holds and to hand an operator's wish to whoever can fulfil it.
//!
//! Guarantee: a change is answered only after it is durable; every error is `{"error":{"code","message"}}` with a
//! fitting status; nothing here blocks the thread that serves requests.
//!
//! Deliberately absent: state. Everything shown is asked of the store or of the actor that owns it.

pub mod audit;
pub mod batches;
pub mod captures;
pub mod catalogue;
pub mod control;
pub mod dead_letters;
pub mod deadline;
pub mod error;
pub mod health;
pub mod inventory;
pub mod peer;
pub mod plugins;
pub mod prices;
pub mod query;
pub mod reviews;
pub mod scans;
pub mod server;
pub mod state;
pub mod uploads;

use actix_web::web::{ServiceConfig, get, post, resource};

/// What only reads: served on the socket and on the page's address.
pub fn reading(config: &mut ServiceConfig) {
    config
        .route("/livez", get().to(health::livez))
        .route("/readyz", get().to(health::readyz))
        .route("/metrics", get().to(health::metrics))
        .route("/v1/status", get().to(health::status))
        .route("/v1/tree", get().to(health::tree))
        .route("/v1/captures", get().to(captures::list))
        .route("/v1/captures/{id}", get().to(captures::show))
        .route("/v1/scans", get().to(scans::list))
        .route("/v1/scans/{id}", get().to(scans::show))
        .route("/v1/scans/{id}/picture", get().to(scans::picture))
        .route("/v1/reviews", get().to(reviews::list))
        .route("/v1/reviews/{id}", get().to(reviews::show))
        .route("/v1/dead-letters", get().to(dead_letters::list))
        .route("/v1/dead-letters/{id}", get().to(dead_letters::show))
        .route("/v1/inventory", get().to(inventory::list))
        .route("/v1/inventory/export", get().to(inventory::export))
        .route("/v1/inventory/{id}", get().to(inventory::show))
        .route("/v1/prices/{printing}", get().to(prices::show))
        .route("/v1/catalogue", get().to(catalogue::status))
        .route("/v1/catalogue/imports/{id}", get().to(catalogue::import_status))
        .route("/v1/plugins", get().to(plugins::list))
        .route("/v1/batches", get().to(batches::list))
        .route("/v1/audit", get().to(audit::list))
        .route("/v1/audit/verify", get().to(audit::verify));
}

/// What changes something: served on the Unix socket only, where the kernel says who is asking.
pub fn changing(config: &mut ServiceConfig) {
    // Whole paths and no scope: a scope answers 404 to everything below it that it does not have itself.
    config
        .service(resource("/v1/captures").route(get().to(captures::list)).route(post().to(captures::submit)))
        .service(resource("/v1/batches").route(get().to(batches::list)).route(post().to(batches::open)))
        .route("/v1/reviews/{id}/accept", post().to(reviews::accept))
        .route("/v1/reviews/{id}/correct", post().to(reviews::correct))
        .route("/v1/reviews/{id}/reject", post().to(reviews::reject))
        .route("/v1/reviews/{id}/undo", post().to(reviews::undo))
        .route("/v1/dead-letters/{id}/retry", post().to(dead_letters::retry))
        .route("/v1/dead-letters/{id}/discard", post().to(dead_letters::discard))
        .route("/v1/inventory/{id}/adjust", post().to(inventory::adjust))
        .route("/v1/prices/{printing}/refresh", post().to(prices::refresh))
        .route("/v1/catalogue/import", post().to(catalogue::import))
        .route("/v1/plugins/reload", post().to(plugins::reload))
        .route("/v1/plugins/{id}/enable", post().to(plugins::enable))
        .route("/v1/plugins/{id}/disable", post().to(plugins::disable))
        .route("/v1/batches/{name}/close", post().to(batches::close))
        .route("/v1/pause", post().to(control::pause))
        .route("/v1/resume", post().to(control::resume))
        .route("/v1/drain", post().to(control::drain))
        .route("/v1/stop", post().to(control::stop));
}
