//! The daemon as a library: `main.rs` is a shell around it, and `boot.rs` is the one place that names every concrete type.

pub mod actors;
pub mod admission;
pub mod api;
pub mod boot;
pub mod catalogue;
pub mod cli;
pub mod clock;
pub mod config;
pub mod current;
pub mod evaluate;
pub mod faults;
pub mod gate;
pub mod in_hand;
pub mod intake;
pub mod leases;
pub mod lifecycle;
pub mod locator;
pub mod operations;
pub mod page;
pub mod policy;
pub mod reading;
pub mod supervisor;
pub mod systemd;
pub mod telemetry;
pub mod upkeep;
