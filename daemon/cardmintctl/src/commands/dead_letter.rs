//! `dead-letter`: photos that were given up.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::{Paging, Session};
use crate::failure::Failure;
use crate::table::{Table, pairs};
use crate::words::{items, text, time, took};

/// Photos that were given up.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List dead letters.
    List(List),
    /// Show one dead letter.
    Show {
        /// Its number.
        letter: u64,
    },
    /// Take the photo again, once.
    Retry {
        /// Its number.
        letter: u64,
    },
    /// Give the photo up for good.
    Discard {
        /// Its number.
        letter: u64,
    },
}

/// Which dead letters.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those in this state.
    #[arg(long, value_parser = ["open", "retried", "discarded", "all"], default_value = "open")]
    state: String,
    #[command(flatten)]
    paging: Paging,
}

pub(super) async fn run(command: Command, session: &Session) -> Result<(), Failure> {
    match command {
        Command::List(List { state, paging }) => {
            let state = Some(state).filter(|state| state != "all");
            session.list(&["v1", "dead-letters"], &paging, vec![("state", state)], table).await
        }
        Command::Show { letter } => {
            let shown = session.api.get(&["v1", "dead-letters", &letter.to_string()], &[]).await?;
            session.output.show(&shown, in_words)
        }
        Command::Retry { letter } => decide(session, letter, "retry").await,
        Command::Discard { letter } => decide(session, letter, "discard").await,
    }
}

async fn decide(session: &Session, letter: u64, verb: &str) -> Result<(), Failure> {
    let answer = session.api.post(&["v1", "dead-letters", &letter.to_string(), verb]).await?;
    session.output.show(&answer, |answer| format!("dead letter {letter} is {}", text(answer, "/state")))
}

fn table(listing: &Value) -> String {
    let mut table = Table::new(&[">LETTER", "STATE", "FILE", "STAGE", ">ATTEMPTS", "WHY", "WHEN"]);
    for letter in items(listing) {
        table.row([
            text(letter, "/id"),
            text(letter, "/state"),
            text(letter, "/capture/file_name"),
            text(letter, "/stage"),
            text(letter, "/attempts"),
            text(letter, "/fault/message"),
            time(letter, "/at"),
        ]);
    }
    table.render("no dead letters")
}

fn in_words(letter: &Value) -> String {
    let words = pairs(&[
        ("letter", text(letter, "/id")),
        ("state", text(letter, "/state")),
        ("file", text(letter, "/capture/file_name")),
        ("photo", text(letter, "/capture/id")),
        ("batch", text(letter, "/capture/batch")),
        ("stage", text(letter, "/stage")),
        ("why", text(letter, "/fault/message")),
        ("at fault", text(letter, "/fault/origin")),
        ("attempts", text(letter, "/attempts")),
        ("when", time(letter, "/at")),
        ("closed", time(letter, "/closed_at")),
        ("closed by", text(letter, "/closed_by")),
    ]);
    format!("{words}\n{}", history(letter.get("history").map(items).unwrap_or_default()))
}

/// A table of attempts.
fn history(attempts: &[Value]) -> String {
    let mut table = Table::new(&[">ATTEMPT", "BEGUN", ">TOOK", "END", "STAGE", "WHY"]);
    for attempt in attempts {
        table.row([
            text(attempt, "/attempt"),
            time(attempt, "/started_at"),
            took(attempt, "/started_at", "/ended_at"),
            text(attempt, "/end"),
            text(attempt, "/stage"),
            text(attempt, "/fault/message"),
        ]);
    }
    table.render("no attempts")
}
