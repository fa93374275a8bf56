//! Panics are logged once, with their place, and end the child on whose thread they happened, even where a task that
//! nobody awaits swallowed them.

use std::cell::{Cell, RefCell};
use std::panic::PanicHookInfo;
use std::sync::{Arc, Once};

use cardmint_domain::errors::panic_message;

use super::pulse::{Failure, Pulse};

thread_local! {
    /// The child whose thread this is.
    static CHILD: RefCell<Option<Arc<Pulse>>> = const { RefCell::new(None) };

    /// Whether a panic on this thread is caught by somebody who makes good what it left.
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`, which catches panics and undoes what they left behind: they are logged, and do not end the child.
pub fn contained<T>(work: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            CONTAINED.set(self.0);
        }
    }
    let _restore = Restore(CONTAINED.replace(true));
    work()
}

/// Has every panic of the process logged, and those on a child's thread end that child. Once per process; more calls do
/// nothing.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            // While nothing is logged, in tests and before the log is set up, the message would be lost.
            if !tracing::enabled!(tracing::Level::ERROR) {
                before(info);
            }
            note(info);
        }));
    });
}

/// Says that the calling thread is this child's.
pub(super) fn adopt(pulse: Arc<Pulse>) {
    CHILD.with(|child| child.replace(Some(pulse)));
}

fn note(info: &PanicHookInfo<'_>) {
    let message = panic_message(info.payload());
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    // A panic while the thread's own data is being torn down finds no child; it is logged all the same.
    let child = CHILD.try_with(|child| child.try_borrow().ok().and_then(|child| child.clone())).ok().flatten();
    let name = child.as_ref().map(|pulse| pulse.name.as_str());
    tracing::error!(child = name, place, panic = message, "a thread panicked");
    let contained = CONTAINED.try_with(Cell::get).unwrap_or(false);
    if let Some(pulse) = child.filter(|_| !contained) {
        pulse.fail(Failure::Panicked(format!("panicked at {place}: {message}")));
    }
}
