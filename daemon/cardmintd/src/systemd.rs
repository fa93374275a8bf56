//! Talking to systemd.
//!
//! Job: READY, STATUS, WATCHDOG, STOPPING and EXTEND_TIMEOUT over the notification socket.
//!
//! Guarantee: without a socket every call does nothing. A message that cannot be sent is logged and stops nothing; but one that
//! nobody reads is waited for, once the socket holds as many as it can (ten, by default).
//!
//! Deliberately absent: when to send what; that is `lifecycle`.

use std::time::Duration;

use sd_notify::NotifyState;

/// The daemon takes photos.
pub fn ready(status: &str) {
    send(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// What `systemctl status` shows.
pub fn status(status: &str) {
    send(&[NotifyState::Status(status)]);
}

/// The daemon cannot be ready yet, and will say so again before `most` has passed.
pub fn waiting(status: &str, most: Duration) {
    let most = u32::try_from(most.as_micros()).unwrap_or(u32::MAX);
    send(&[NotifyState::ExtendTimeoutUsec(most), NotifyState::Status(status), NotifyState::Watchdog]);
}

/// The daemon ends.
pub fn stopping(status: &str) {
    send(&[NotifyState::Stopping, NotifyState::Status(status)]);
}

/// The daemon lives.
pub fn watchdog() {
    send(&[NotifyState::Watchdog]);
}

/// How often [`watchdog`] is to be called: half of what systemd waits. `None` where it does not watch this process.
#[must_use]
pub fn watchdog_every() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|most| most / 2)
}

fn send(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "systemd cannot be told");
    }
}
