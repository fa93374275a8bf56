//! Erlang/OTP's own suite for its supervisor (`supervisor_SUITE`, OTP 25), group by group, as far as a group means something
//! here. What is left out, and why, stands in `docs/TESTING.md`; what needs real threads is tested with the daemon.

#![allow(clippy::unwrap_used, reason = "tests")]

mod significant;
mod start_and_stop;
mod strategies;
mod termination;
mod world;
