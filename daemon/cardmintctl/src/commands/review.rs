//! `review`: what waits for a person, and what the person decides.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Paging, Session, conditions, editions, finishes};
use crate::failure::Failure;
use crate::table::{Table, pairs};
use crate::words::{items, percent, price, printing, reasons, text, time};

/// What waits for a person.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List review tasks.
    List(List),
    /// Show one task.
    Show {
        /// The task's number.
        review: u64,
    },
    /// Book the best candidate.
    Accept {
        /// The task's number.
        review: u64,
    },
    /// Book another printing.
    Correct(Correct),
    /// Book nothing.
    Reject {
        /// The task's number.
        review: u64,
    },
    /// Open a task again and take back what it booked.
    Undo {
        /// The task's number.
        review: u64,
    },
}

/// Which tasks.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Open ones, closed ones, or all.
    #[arg(long, value_parser = ["open", "closed", "all"], default_value = "open")]
    state: String,
    /// Only those for this reason, for example `low_confidence`.
    #[arg(long, value_name = "REASON")]
    reason: Option<String>,
    /// Only those of this batch.
    #[arg(long, value_name = "NAME")]
    batch: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

/// What the card really is. What is left out is as the batch declares.
#[derive(Debug, Args)]
pub(crate) struct Correct {
    /// The task's number.
    review: u64,
    /// The printing that it really is.
    #[arg(long, value_name = "PRINTING")]
    printing: String,
    /// Its finish.
    #[arg(long, value_parser = finishes())]
    finish: Option<String>,
    /// Its edition.
    #[arg(long, value_parser = editions())]
    edition: Option<String>,
    /// Its condition.
    #[arg(long, value_parser = conditions())]
    condition: Option<String>,
}

pub(super) async fn run(command: Command, session: &Session) -> Result<(), Failure> {
    match command {
        Command::List(List { state, reason, batch, paging }) => {
            let own = vec![("state", Some(state)), ("reason", reason), ("batch", batch)];
            session.list(&["v1", "reviews"], &paging, own, table).await
        }
        Command::Show { review } => {
            let task = session.api.get(&["v1", "reviews", &review.to_string()], &[]).await?;
            session.output.show(&task, task_in_words)
        }
        Command::Accept { review } => decide(session, review, "accept").await,
        Command::Reject { review } => decide(session, review, "reject").await,
        Command::Undo { review } => decide(session, review, "undo").await,
        Command::Correct(correction) => correct(session, correction).await,
    }
}

async fn decide(session: &Session, review: u64, verb: &str) -> Result<(), Failure> {
    let answer = session.api.post(&["v1", "reviews", &review.to_string(), verb]).await?;
    session.output.show(&answer, outcome_in_words)
}

async fn correct(session: &Session, correction: Correct) -> Result<(), Failure> {
    let Correct { review, printing, finish, edition, condition } = correction;
    let number = review.to_string();
    let task = session.api.get(&["v1", "reviews", &number], &[]).await?;
    let or_declared =
        |given: Option<String>, name: &str| given.unwrap_or_else(|| text(&task, &format!("/defaults/{name}")));
    let body = json!({
        "printing": printing,
        "finish": or_declared(finish, "finish"),
        "edition": or_declared(edition, "edition"),
        "condition": or_declared(condition, "condition"),
    });
    let answer = session.api.post_json(&["v1", "reviews", &number, "correct"], &body).await?;
    session.output.show(&answer, outcome_in_words)
}

fn outcome_in_words(answer: &Value) -> String {
    let review = text(answer, "/review");
    match text(answer, "/item").as_str() {
        "" if text(answer, "/state") == "open" => format!("review {review} is open again"),
        "" => format!("review {review} is closed, nothing was booked"),
        item => format!("review {review} is closed, booked as item {item}"),
    }
}

fn table(listing: &Value) -> String {
    let mut table = Table::new(&[">REVIEW", "STATUS", "CARD", ">SURE", ">PRICE", "WHY", "SCAN"]);
    for task in items(listing) {
        table.row([
            text(task, "/id"),
            text(task, "/status"),
            printing(task, "/scan/best"),
            percent(task, "/scan/posterior"),
            price(task, "/scan/price"),
            reasons(task, "/reasons"),
            text(task, "/scan/id"),
        ]);
    }
    table.render("nothing to review")
}

fn task_in_words(task: &Value) -> String {
    pairs(&[
        ("review", text(task, "/id")),
        ("status", text(task, "/status")),
        ("why", reasons(task, "/reasons")),
        ("card", printing(task, "/scan/best")),
        ("printing", text(task, "/scan/best/id")),
        ("sure", percent(task, "/scan/posterior")),
        ("gap", percent(task, "/scan/gap")),
        ("price", price(task, "/scan/price")),
        ("scan", text(task, "/scan/id")),
        ("photo", text(task, "/scan/capture")),
        ("batch", text(task, "/scan/batch")),
        (
            "accepted as",
            ["finish", "edition", "condition"].map(|name| text(task, &format!("/defaults/{name}"))).join(", "),
        ),
        ("opened", time(task, "/opened_at")),
        ("closed", time(task, "/closed_at")),
        ("closed by", text(task, "/closed_by")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_told_in_words() {
        assert_eq!(outcome_in_words(&json!({ "review": 7, "item": 3 })), "review 7 is closed, booked as item 3");
        assert_eq!(outcome_in_words(&json!({ "review": 7, "item": null })), "review 7 is closed, nothing was booked");
        assert_eq!(outcome_in_words(&json!({ "review": 7, "state": "open" })), "review 7 is open again");
    }

    #[test]
    fn a_task_is_listed_with_its_reasons() {
        let listing = json!({ "total": 1, "items": [{
            "id": 4, "status": "open", "reasons": [{ "reason": "small_gap", "other": "base4-4" }, { "reason": "too_small" }],
            "scan": { "id": "ab-0", "posterior": 0.5, "price": null,
                      "best": { "id": "base1-4", "name": "Cinder", "set_name": "Base", "number": "4/102" } },
        }]});
        let text = table(&listing);
        assert!(text.contains("Cinder (Base 4/102)") && text.contains("50.0 %"), "{text}");
        assert!(text.contains("base4-4 is almost as likely; too small in the photo"), "{text}");
    }
}
