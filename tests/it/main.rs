//! Tests of the whole: a real daemon in a process of its own, driven from outside as its users drive it.

// Everything here is a test, also what stands outside of a test function.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod browser;
mod config;
mod control;
mod ctl;
mod drain;
mod evaluation;
mod faults;
mod first_photo;
mod fixture;
mod import;
mod kill;
mod outage;
mod plugins;
mod postgres;
mod real_data;
mod reviews;
mod samples;
mod unit;

// The store's tests start a cluster of their own; it is the same one here.
#[path = "../../daemon/store/tests/postgres/cluster.rs"]
mod cluster;
