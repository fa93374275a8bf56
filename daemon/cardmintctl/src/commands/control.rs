//! `pause`, `resume`, `drain`, `stop`: the daemon as a whole.

use clap::Args;

use super::{LOOK_AGAIN, Session};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::words::number;

/// How to end.
#[derive(Debug, Args)]
pub(crate) struct Ending {
    /// Come back at once instead of waiting for the daemon's end.
    #[arg(long)]
    no_wait: bool,
}

pub(super) async fn pause(session: &Session) -> Result<(), Failure> {
    let answer = session.api.post(&["v1", "pause"]).await?;
    session.output.show(&answer, |_| "paused".to_owned())
}

pub(super) async fn resume(session: &Session) -> Result<(), Failure> {
    let answer = session.api.post(&["v1", "resume"]).await?;
    session.output.show(&answer, |_| "resumed".to_owned())
}

pub(super) async fn drain(ending: Ending, session: &Session) -> Result<(), Failure> {
    end(ending, session, "drain").await
}

pub(super) async fn stop(ending: Ending, session: &Session) -> Result<(), Failure> {
    end(ending, session, "stop").await
}

async fn end(ending: Ending, session: &Session, verb: &str) -> Result<(), Failure> {
    let answer = session.api.post(&["v1", verb]).await?;
    if !ending.no_wait {
        wait_for_end(session).await?;
    }
    let word = if ending.no_wait { "is stopping" } else { "has stopped" };
    session.output.show(&answer, |_| format!("the daemon {word}"))
}

/// Looks until nobody answers any more.
async fn wait_for_end(session: &Session) -> Result<(), Failure> {
    let mut progress = Progress::new();
    loop {
        match session.api.look(&["v1", "status"]).await {
            Ok(answer) => {
                let left = number(&answer.body, "/counts/captures/in_progress");
                progress.say(format!("waiting for {left} photos under way"));
            }
            Err(Failure::Unreachable { .. }) => return Ok(()),
            Err(other) => return Err(other),
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
