//! One capture's way through the stages.
//!
//! Job: read, identify, value, commit, in this order, one message each, and what follows when one of them fails.
//!
//! Guarantee: ends within the job's deadline and settles the claim exactly once; if even that fails the lease passes and the
//! capture is claimed again.
//!
//! Deliberately absent: the decision what follows a fault; that is `domain::route`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cardmint_domain::booking::ValuableTier;
use cardmint_domain::errors::chain;
use cardmint_domain::route::{Next, Stage, Tries, route};
use cardmint_domain::{Fault, Outcome, Timestamp};
use cardmint_store::{Blobs, CaptureCommit, Claim, Committed};
use tracing::Instrument;

use super::dispatcher::DispatchSettings;
use super::hops::{Identify, Job, Read, Value, ValuedCard};
use super::matcher::MatcherActor;
use super::ocr::OcrActor;
use super::pool::Pool;
use super::pricing::PricingActor;
use super::record::scan_commit;
use super::storage::{StorageActor, Write, WriteError};
use crate::clock::Clock;
use crate::in_hand::held;
use crate::leases;
use crate::supervisor::{Ref, SendError};
use crate::telemetry::metrics;

/// Most time to wait for the writer when a claim is given back.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(30);

/// The stages a capture passes, as one life of the dispatcher knows them: a worker that is lent to a life which hangs is not
/// missing for the next one.
pub struct Stages {
    /// The OCR workers, each of which takes one capture at a time.
    pub ocr: Pool<Ref<OcrActor>>,
    /// Names printings.
    pub matcher: Ref<MatcherActor>,
    /// Finds prices.
    pub pricing: Ref<PricingActor>,
    /// Writes.
    pub storage: Ref<StorageActor>,
    /// Keeps the cards' pictures.
    pub blobs: Blobs,
}

impl Stages {
    /// How many captures can be read at once.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.ocr.size()
    }
}

/// A fault and the stage it happened in.
struct Failure {
    stage: Stage,
    fault: Fault,
}

/// Carries the capture of `job` to its end or settles what stopped it.
pub async fn carry(stages: Arc<Stages>, settings: Arc<DispatchSettings>, clock: Clock, job: Job) {
    let capture = &job.claim.capture;
    let span = tracing::info_span!(
        "capture",
        correlation = %capture.correlation,
        capture = %capture.id,
        file = %capture.file_name.escape_debug(),
        attempt = job.claim.attempt
    );
    async {
        let attempts = settings.route.max_attempts;
        if job.claim.attempt > attempts {
            // Each of the attempts before this one ended without an answer: the capture takes the daemon down with it.
            let fault = Fault::ours_transient(format!("{attempts} attempts ended without an answer"));
            return settle(&stages, &settings, &job, clock, Failure { stage: Stage::Ocr, fault }).await;
        }
        match through(&stages, &settings, &job, clock).await {
            Ok(Committed::Done) => tracing::info!("committed"),
            Ok(Committed::StaleLease) => tracing::warn!("another attempt holds the lease; this answer is dropped"),
            Err(failure) => settle(&stages, &settings, &job, clock, failure).await,
        }
    }
    .instrument(span)
    .await;
}

async fn through(stages: &Stages, settings: &DispatchSettings, job: &Job, clock: Clock) -> Result<Committed, Failure> {
    let reading = {
        let none = |why| Failure { stage: Stage::Ocr, fault: Fault::ours_untried(why) };
        let worker = tokio::time::timeout(left(job), stages.ocr.acquire()).await;
        let worker = worker.map_err(|_| none("no OCR worker became free in time"))?;
        let worker = worker.ok_or_else(|| none("there is no OCR worker"))?;
        hop(Stage::Ocr, job, worker.send(Read { job: job.clone() }, left(job))).await?
    };
    tracing::info!(cards = reading.cards.len(), "read");
    let identify = Identify { job: job.clone(), reading };
    let cards = hop(Stage::Matcher, job, stages.matcher.send(identify, left(job))).await?;
    let value = Value { job: job.clone(), cards };
    let valued = hop(Stage::Pricing, job, stages.pricing.send(value, left(job))).await?;
    let (claim, blobs, tier, at) = (job.claim.clone(), stages.blobs.clone(), settings.valuable, clock.now());
    // Encodes and waits for the disk; the conductor's thread carries other captures meanwhile.
    let preparing = tokio::task::spawn_blocking(move || prepare(valued, &claim, &blobs, &tier, at));
    let prepared = tokio::time::timeout(left(job), preparing).await;
    let failed = |fault| Failure { stage: Stage::Storage, fault };
    let ours = |why: String| failed(Fault::ours_transient(why));
    let prepared = prepared.map_err(|_| ours("the disk did not take the cards' pictures in time".to_owned()))?;
    let interrupted = |error| ours(format!("keeping the cards' pictures was interrupted: {error}"));
    commit(stages, job, prepared.map_err(interrupted)?.map_err(failed)?).await
}

async fn commit(stages: &Stages, job: &Job, commit: CaptureCommit) -> Result<Committed, Failure> {
    let outcomes: Vec<Outcome> = commit.scans.iter().map(|scan| scan.record.outcome.clone()).collect();
    let write = Write::new(move |tx| {
        crate::faults::point("storage");
        tx.commit_capture(&commit)
    });
    let answer = async {
        let answer = stages.storage.send(write, left(job)).await?;
        Ok(answer.map_err(|error| uncommitted(&error)))
    };
    let committed = hop(Stage::Storage, job, answer).await?;
    if matches!(committed, Committed::Done) {
        // Only now: an attempt that fails before is made again and would be counted twice.
        outcomes.iter().for_each(metrics::scan_outcome);
    }
    Ok(committed)
}

/// A database that takes nothing says nothing about the capture.
fn uncommitted(error: &WriteError) -> Fault {
    let message = format!("committing: {}", chain(error));
    match error {
        WriteError::NotMade { .. } => Fault::ours_untried(message),
        WriteError::Store(_) | WriteError::NotKnown { .. } => Fault::ours_transient(message),
    }
}

/// Everything that is written about the capture, its cards' pictures already kept.
fn prepare(
    cards: Vec<ValuedCard>,
    claim: &Claim,
    blobs: &Blobs,
    tier: &ValuableTier,
    at: Timestamp,
) -> Result<CaptureCommit, Fault> {
    let scans = cards.into_iter().map(|card| scan_commit(card, claim, tier)).collect::<Result<_, _>>()?;
    let commit = CaptureCommit { capture: claim.capture.id.clone(), token: claim.token, scans, at };
    let kept = commit.store_pictures(blobs);
    kept.map_err(|error| Fault::ours_untried(format!("keeping the cards' pictures: {}", chain(&error))))?;
    Ok(commit)
}

/// Awaits one stage's answer, measures it, and says whose fault a missing one is.
async fn hop<T>(
    stage: Stage,
    job: &Job,
    answer: impl Future<Output = Result<Result<T, Fault>, SendError>>,
) -> Result<T, Failure> {
    let started = Instant::now();
    let outcome = answer.await;
    metrics::stage_seconds(stage, started.elapsed());
    let fault = match outcome {
        Ok(Ok(next)) => return Ok(next),
        Ok(Err(fault)) => fault,
        Err(error) => {
            let message = format!("{} of capture {}: {error}", stage.as_str(), job.claim.capture.id);
            // Never handed over.
            let untried = matches!(error, SendError::Down { .. });
            if untried { Fault::ours_untried(message) } else { Fault::ours_transient(message) }
        }
    };
    Err(Failure { stage, fault })
}

/// What is left of the job's time.
fn left(job: &Job) -> Duration {
    job.deadline.saturating_duration_since(Instant::now())
}

/// Gives back a capture that was claimed in vain; no attempt counts.
pub async fn put_back(stages: &Stages, job: &Job, clock: Clock) {
    let (held, now) = (held(&job.claim), clock.now());
    tell(
        stages
            .storage
            .send(Write::new(move |tx| leases::release(tx, std::slice::from_ref(&held), now)), SETTLE_TIMEOUT)
            .await,
    );
}

/// Gives the capture back or buries it, as `domain::route` says.
async fn settle(stages: &Stages, settings: &DispatchSettings, job: &Job, clock: Clock, failure: Failure) {
    let Failure { stage, fault } = failure;
    let now = clock.now();
    let claims = u32::try_from(job.claim.token).unwrap_or(u32::MAX);
    let tries = Tries { attempt: job.claim.attempt, claims };
    let next = route(stage, Err(&fault), tries, now, &settings.route, rand::random());
    tracing::warn!(stage = stage.as_str(), %fault, ?next, "a stage failed");
    metrics::stage_fault(stage, &fault);
    let (capture, token) = (job.claim.capture.id.clone(), job.claim.token);
    let write = Write::new(move |tx| match next {
        Next::RetryAt(at) => tx.give_back(&capture, token, at, stage, &fault, now),
        Next::DeadLetter => tx.dead_letter(&capture, token, stage, &fault, now),
        Next::Forward => Ok(Committed::StaleLease),
    });
    tell(stages.storage.send(write, SETTLE_TIMEOUT).await);
}

/// Says what keeps a claim from being settled; nothing else can be done then.
fn tell<T>(answer: Result<Result<T, WriteError>, SendError>) {
    match answer {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::error!(error = %chain(&error), "settling failed; the lease will pass"),
        Err(error) => tracing::error!(error = %chain(&error), "the writer did not answer; the lease will pass"),
    }
}

#[cfg(test)]
#[path = "carry_tests.rs"]
mod tests;
