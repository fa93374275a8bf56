//! What the daemon tells about itself: logs and metrics.
//!
//! Guarantee: log lines go to stderr and nowhere else; every line of a capture's way carries its correlation id. A metric
//! has one name, one help text and one place in the code.
//!
//! Deliberately absent: traces to other machines.

pub mod logs;
pub mod metrics;
