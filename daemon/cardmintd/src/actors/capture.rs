//! The capture stage: from the watched folder to the first durable point.
//!
//! Job: to listen to the folder and look through it every minute, to let each finished file in, and to put it away.
//!
//! Guarantee: a file is touched only after its row is durable (or its refusal certain). A file that could not be let in
//! stays and is tried again: later and later where it is the file's fault, while a fault of ours (no room, no database)
//! stops the intake as a whole until one file, tried every second, gets in. Whatever this actor knew when it died, its successor finds in the folder; the
//! same bytes twice are one capture.
//!
//! Deliberately absent: judging pictures beyond their first bytes, and files in more than one hand: the pipeline behind is
//! slower than any disk.

use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, StreamHandler, WrapFuture};
use cardmint_domain::errors::chain;
use cardmint_domain::{CaptureState, Timestamp};
use cardmint_store::Admission;
use futures_util::stream;

use crate::admission::{AdmitError, Admitted, Admitter, Offer};
use crate::clock::Clock;
use crate::intake::events::SignalReceiver;
use crate::intake::names::shown;
use crate::intake::{Due, Intake, IntakeSettings, Settled, Signal, Taken, signals};
use crate::supervisor::ChildContext;

/// How often it is checked whether a file has become due. Nothing is looked at in between.
const CHECK_EVERY: Duration = Duration::from_millis(100);

/// A declared stay in the file system: a full look through a large folder on a network share, or one large file.
const DISK_BUSY: Duration = Duration::from_secs(300);

/// At least this long between two full looks, whatever events say.
const RESCAN_GAP_MS: i64 = 500;

/// Look through the whole folder now.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Rescan;

/// The actor that owns the watched folder.
pub struct CaptureActor {
    child: ChildContext,
    intake: Intake,
    receiver: Option<SignalReceiver>,
    admitter: Admitter,
    clock: Clock,
    rescan_at: Timestamp,
    rescanned_at: Timestamp,
    rescan_ms: i64,
    in_hand: bool,
    /// Why nothing can be let in, so that the same trouble is logged once.
    trouble: Option<String>,
}

impl CaptureActor {
    /// An actor that looks through the folder when it is started.
    #[must_use]
    pub fn new(child: ChildContext, settings: IntakeSettings, admitter: Admitter, clock: Clock) -> Self {
        let (sender, receiver) = signals();
        let (rescan_ms, now) = (settings.rescan_ms, clock.now());
        Self {
            child,
            intake: Intake::new(settings, sender),
            receiver: Some(receiver),
            admitter,
            clock,
            rescan_at: now,
            rescanned_at: now,
            rescan_ms,
            in_hand: false,
            trouble: None,
        }
    }

    fn rescan(&mut self) {
        let _busy = self.child.busy(DISK_BUSY);
        self.rescanned_at = self.clock.now();
        self.rescan_at = self.intake.rescan(self.rescanned_at);
    }

    /// Takes the next file if one is due and none is in hand.
    fn check(&mut self, ctx: &mut Context<Self>) {
        let now = self.clock.now();
        // A clock that was set back must not put the next look off.
        if now >= self.rescan_at || self.rescan_at.millis_since(now) > self.rescan_ms {
            self.rescan();
        }
        while !self.in_hand
            && let Some(due) = self.intake.next(self.clock.now())
        {
            self.begin(due, ctx);
        }
    }

    fn begin(&mut self, due: Due, ctx: &mut Context<Self>) {
        let taken = {
            let _busy = self.child.busy(DISK_BUSY);
            self.intake.take(&due)
        };
        let settled = match taken {
            Taken::Bytes(bytes) => return self.offer(due, bytes, ctx),
            Taken::TooLarge { limit_bytes } => {
                let why = format!("It is larger than {limit_bytes} bytes.");
                return self.intake.refused(&due, &why, self.clock.now());
            }
            Taken::Changed(stamp) => Settled::Changed(stamp),
            Taken::StillOpen => {
                tracing::info!(file = %due.path, "a file in the watched folder is still open for writing; waiting for its close");
                Settled::StillOpen
            }
            Taken::Gone => Settled::Gone,
            Taken::NotNow(why) => return self.not_now(&due, why),
            Taken::Unreadable(why) => {
                tracing::warn!(file = %due.path, why, "a file in the watched folder cannot be read; will try again");
                Settled::Failed
            }
        };
        self.intake.settle(&due, settled, self.clock.now());
    }

    fn offer(&mut self, due: Due, bytes: Vec<u8>, ctx: &mut Context<Self>) {
        self.in_hand = true;
        let offer = Offer { bytes, file_name: shown(&due.path.name), batch: due.path.batch() };
        let (admitter, busy) = (self.admitter.clone(), self.child.busy(DISK_BUSY));
        let admitted = async move {
            let answer = admitter.admit(offer).await;
            drop(busy);
            answer
        };
        ctx.spawn(admitted.into_actor(self).map(move |answer, actor, ctx| {
            crate::faults::point("capture");
            actor.in_hand = false;
            actor.put_away(&due, answer);
            actor.check(ctx);
        }));
    }

    fn put_away(&mut self, due: &Due, answer: Result<Admitted, AdmitError>) {
        let _busy = self.child.busy(DISK_BUSY);
        let now = self.clock.now();
        match answer {
            // A life that was taken for dead keeps its hands off: its successor has the folder now.
            _ if !self.child.is_current() => {}
            Ok(admitted) => {
                if self.trouble.take().is_some() {
                    tracing::info!("files are let in again");
                }
                warn_of_dead_letter(due, &admitted);
                self.intake.admitted(due, now);
            }
            Err(error @ AdmitError::NotAPicture { .. }) => self.intake.refused(due, &format!("{error}."), now),
            Err(error) if error.is_ours() => self.not_now(due, chain(&error)),
            Err(error) => {
                tracing::error!(file = %due.path, error = %chain(&error), "a file could not be let in; will try again");
                self.intake.settle(due, Settled::Failed, now);
            }
        }
    }

    fn not_now(&mut self, due: &Due, why: String) {
        self.intake.settle(due, Settled::NotNow, self.clock.now());
        if self.trouble.is_none() {
            tracing::error!(file = %due.path, error = why, "no file can be let in; will try one every second");
        }
        self.trouble = Some(why);
    }
}

/// The file is put away like any other that is known, and nothing will come of it.
fn warn_of_dead_letter(due: &Due, admitted: &Admitted) {
    if admitted.admission == (Admission::Known { state: CaptureState::Dead }) {
        let (file, capture) = (&due.path, &admitted.id);
        tracing::warn!(%file, %capture, "the same bytes are a dead letter; `cardmintctl dead-letter list` says why");
    }
}

impl Actor for CaptureActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.rescan();
        if let Some(receiver) = self.receiver.take() {
            let listen = |mut receiver: SignalReceiver| async move {
                let signal = receiver.recv().await?;
                Some((signal, receiver))
            };
            ctx.add_stream(stream::unfold(receiver, listen));
        }
        ctx.run_interval(CHECK_EVERY, Self::check);
    }
}

impl StreamHandler<Signal> for CaptureActor {
    fn handle(&mut self, signal: Signal, _: &mut Self::Context) {
        if self.intake.on_signal(&signal, self.clock.now()) {
            // Not at once: a flood of events would then cause a flood of full looks.
            self.rescan_at = self.rescan_at.min(self.rescanned_at.plus_millis(RESCAN_GAP_MS));
        }
    }

    fn finished(&mut self, _: &mut Self::Context) {
        // The intake holds a sender for as long as this actor lives; without events the rescans go on.
        tracing::debug!("no more events of the watched folder");
    }
}

impl Handler<Rescan> for CaptureActor {
    type Result = ();

    fn handle(&mut self, _: Rescan, ctx: &mut Self::Context) {
        self.rescan();
        self.check(ctx);
    }
}

#[cfg(test)]
#[path = "capture_tests.rs"]
mod tests;
