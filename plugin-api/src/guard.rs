//! Between the frozen functions and the author's code: turns bytes into calls and panics into failures.

use std::{
    any::Any,
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;

use crate::{
    Config, ErrorClass, Failure, Query, Session, Source, Step,
    wire::{Begun, Reply, StepReply, WireError, decode_responses, from_json, to_json},
};

/// How many sessions may be open at once. The daemon opens one at a time; more means that it forgets to end them.
const MAX_SESSIONS: usize = 64;

/// Owns the author's source and its open sessions. One per plugin, in a `static` written by [`crate::export_source!`].
pub struct Guard {
    make: fn() -> Box<dyn Source>,
    state: Mutex<Option<State>>,
}

struct State {
    source: Box<dyn Source>,
    sessions: HashMap<u64, Box<dyn Session>>,
    last_session: u64,
}

impl Guard {
    /// A guard that makes its source at the first call.
    #[must_use]
    pub const fn new(make: fn() -> Box<dyn Source>) -> Self {
        Self { make, state: Mutex::new(None) }
    }

    /// `Reply<Manifest>`.
    pub fn manifest(&self) -> Vec<u8> {
        self.with("manifest", |state| Ok(state.source.manifest()))
    }

    /// `Config` to `Reply<()>`.
    pub fn configure(&self, config: &[u8]) -> Vec<u8> {
        self.with("configure", |state| {
            let config: Config = from_json("configuration", config).map_err(unreadable)?;
            state.source.configure(&config).map_err(|message| Failure::new(ErrorClass::Auth, message))
        })
    }

    /// `Query` to `Reply<Begun>`.
    pub fn begin(&self, query: &[u8]) -> Vec<u8> {
        self.with("begin", |state| {
            let query: Query = from_json("query", query).map_err(unreadable)?;
            if state.sessions.len() >= MAX_SESSIONS {
                return Err(Failure::new(ErrorClass::Plugin, format!("{MAX_SESSIONS} sessions are open already")));
            }
            let session = state.source.begin(&query);
            state.last_session += 1;
            state.sessions.insert(state.last_session, session);
            Ok(Begun { session: state.last_session })
        })
    }

    /// A session's number and answers to `Reply<Step>`. A session that ended is forgotten.
    pub fn step(&self, session: u64, responses: &[u8]) -> Vec<u8> {
        let reply = self.with("step", |state| {
            let responses = decode_responses(responses).map_err(unreadable)?;
            // Taken out, so that a session that panics halfway is never asked again.
            let mut open = state
                .sessions
                .remove(&session)
                .ok_or_else(|| Failure::new(ErrorClass::Plugin, format!("there is no session {session}")))?;
            let step = open.step(&responses);
            if matches!(step, Step::Fetch(_) | Step::Partial(_)) {
                state.sessions.insert(session, open);
            }
            Ok(step)
        });
        debug_assert!(from_json::<StepReply>("step", &reply).is_ok(), "a step does not read back");
        reply
    }

    /// Forgets a session.
    pub fn end(&self, session: u64) {
        let dropped = catch_unwind(AssertUnwindSafe(|| {
            if let Some(state) = self.lock().as_mut() {
                state.sessions.remove(&session);
            }
        }));
        // A panic in a destructor has nobody to be told to; the session is out of the table either way.
        drop(dropped);
    }

    fn lock(&self) -> MutexGuard<'_, Option<State>> {
        // Poison says that a call panicked. Its session was taken out first, so what is left is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T: Serialize>(&self, call: &str, run: impl FnOnce(&mut State) -> Result<T, Failure>) -> Vec<u8> {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut state = self.lock();
            let state =
                state.get_or_insert_with(|| State { source: (self.make)(), sessions: HashMap::new(), last_session: 0 });
            run(state)
        }));
        let reply = match outcome {
            Ok(Ok(value)) => Reply::Ok(value),
            Ok(Err(failure)) => Reply::Failed(failure),
            Err(panic) => Reply::Failed(Failure::new(
                ErrorClass::Plugin,
                format!("the plugin panicked in {call}: {}", panic_text(panic.as_ref())),
            )),
        };
        // Messages of this crate always have a JSON form; should one not, the empty reply is refused by the host.
        to_json("reply", &reply).unwrap_or_default()
    }
}

fn unreadable(error: WireError) -> Failure {
    let mut message = error.to_string();
    if let Some(source) = std::error::Error::source(&error) {
        message.push_str(": ");
        message.push_str(&source.to_string());
    }
    Failure::new(ErrorClass::Plugin, message)
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answer, HttpRequest, HttpResponse, Manifest, wire::encode_responses};

    struct Moody;
    struct Asking {
        panics: bool,
        asked: bool,
    }

    impl Source for Moody {
        fn manifest(&self) -> Manifest {
            Manifest::new("moody", "Moody", "1.0.0", "moody.example.org")
        }

        fn begin(&self, query: &Query) -> Box<dyn Session> {
            assert!(query.now_ms >= 0, "before 1970");
            Box::new(Asking { panics: query.now_ms == 1, asked: false })
        }
    }

    impl Session for Asking {
        fn step(&mut self, _responses: &[HttpResponse]) -> Step {
            assert!(!self.panics, "bad mood");
            if self.asked {
                return Step::Done(Answer::default());
            }
            self.asked = true;
            Step::Fetch(vec![HttpRequest::get(1, "https://moody.example.org/")])
        }
    }

    fn guard() -> Guard {
        Guard::new(|| Box::new(Moody))
    }

    fn begin(guard: &Guard, now_ms: i64) -> Reply<Begun> {
        let query = to_json("query", &Query { now_ms, ..Query::default() }).unwrap();
        from_json("begun", &guard.begin(&query)).unwrap()
    }

    fn step(guard: &Guard, session: u64) -> StepReply {
        from_json("step", &guard.step(session, &encode_responses(&[]).unwrap())).unwrap()
    }

    fn failure<T: std::fmt::Debug>(reply: Reply<T>) -> Failure {
        match reply {
            Reply::Failed(failure) => failure,
            Reply::Ok(value) => panic!("it worked: {value:?}"),
        }
    }

    #[test]
    fn a_session_lives_from_begin_to_done() {
        let guard = guard();
        let Reply::Ok(Begun { session }) = begin(&guard, 0) else { panic!("no session") };
        assert!(matches!(step(&guard, session), Reply::Ok(Step::Fetch(_))));
        assert!(matches!(step(&guard, session), Reply::Ok(Step::Done(_))));
        assert!(failure(step(&guard, session)).message.contains("no session"));
    }

    #[test]
    fn a_panic_is_a_failure_and_the_plugin_goes_on() {
        let guard = guard();
        let Reply::Ok(Begun { session }) = begin(&guard, 1) else { panic!("no session") };
        let failed = failure(step(&guard, session));
        assert_eq!(failed.class, ErrorClass::Plugin);
        assert!(failed.message.contains("bad mood"), "{failed}");
        assert!(failure(begin(&guard, -1)).message.contains("before 1970"));
        assert!(matches!(begin(&guard, 0), Reply::Ok(_)));
    }

    #[test]
    fn two_sessions_do_not_know_of_each_other() {
        let guard = guard();
        let (Reply::Ok(a), Reply::Ok(b)) = (begin(&guard, 0), begin(&guard, 0)) else { panic!("no sessions") };
        assert!(matches!(step(&guard, a.session), Reply::Ok(Step::Fetch(_))));
        assert!(matches!(step(&guard, b.session), Reply::Ok(Step::Fetch(_))));
        assert!(matches!(step(&guard, a.session), Reply::Ok(Step::Done(_))));
    }

    #[test]
    fn nonsense_is_a_failure_too() {
        let guard = guard();
        let reply: Reply<Begun> = from_json("begun", &guard.begin(b"nonsense")).unwrap();
        assert!(failure(reply).message.contains("query"));
        let reply: StepReply = from_json("step", &guard.step(1, b"\x01")).unwrap();
        assert_eq!(failure(reply).class, ErrorClass::Plugin);
    }

    #[test]
    fn sessions_that_nobody_ends_are_limited() {
        let guard = guard();
        for _ in 0..MAX_SESSIONS {
            assert!(matches!(begin(&guard, 0), Reply::Ok(_)));
        }
        assert!(failure(begin(&guard, 0)).message.contains("open already"));
        guard.end(1);
        assert!(matches!(begin(&guard, 0), Reply::Ok(_)));
    }
}
