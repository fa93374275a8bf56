//! `audit`: the log of every change.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::{Paging, Session};
use crate::failure::Failure;
use crate::table::Table;
use crate::words::{items, text, time};

/// The log of every change.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List rows in the order they were written.
    List(List),
    /// Walk the whole chain of hashes; fails where it is broken.
    Verify,
}

/// Which rows.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those about this capture, scan, item or review.
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
    /// Only those by this stage or person.
    #[arg(long, value_name = "WHO")]
    actor: Option<String>,
    /// Only this verb, for example `review.accept`.
    #[arg(long, value_name = "VERB")]
    action: Option<String>,
    /// Only those of one photo's way.
    #[arg(long, value_name = "ID")]
    correlation: Option<String>,
    /// Only those after this row.
    #[arg(long, value_name = "N")]
    after_seq: Option<u64>,
    #[command(flatten)]
    paging: Paging,
}

pub(super) async fn run(command: Command, session: &Session) -> Result<(), Failure> {
    match command {
        Command::List(List { subject, actor, action, correlation, after_seq, paging }) => {
            let own = vec![
                ("subject", subject),
                ("actor", actor),
                ("action", action),
                ("correlation", correlation),
                ("after_seq", after_seq.map(|seq| seq.to_string())),
            ];
            session.list(&["v1", "audit"], &paging, own, table).await
        }
        Command::Verify => {
            let report = session.api.get(&["v1", "audit", "verify"], &[]).await?;
            session.output.show(&report, verdict)?;
            if broken(&report) { Err(Failure::Shown) } else { Ok(()) }
        }
    }
}

fn broken(report: &Value) -> bool {
    report.get("broken_at").is_none_or(|at| !at.is_null())
}

fn verdict(report: &Value) -> String {
    let (rows, head) = (text(report, "/rows"), text(report, "/head"));
    if broken(report) {
        return format!("broken at row {}: {}", text(report, "/broken_at/seq"), text(report, "/broken_at/why"));
    }
    format!("{rows} rows, unbroken; the last one's hash is {head}")
}

fn table(listing: &Value) -> String {
    let mut table = Table::new(&[">ROW", "WHEN", "WHO", "DID", "TO"]);
    for row in items(listing) {
        table.row([
            text(row, "/seq"),
            time(row, "/at"),
            text(row, "/actor"),
            text(row, "/action"),
            text(row, "/subject"),
        ]);
    }
    table.render("no rows")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_report_without_a_break_is_good_news() {
        let whole = json!({ "rows": 9, "head": "ab", "broken_at": null });
        assert_eq!(verdict(&whole), "9 rows, unbroken; the last one's hash is ab");
        let cut = json!({ "rows": 9, "head": "ab", "broken_at": { "seq": 4, "why": "its hash does not fit" } });
        assert_eq!(verdict(&cut), "broken at row 4: its hash does not fit");
        assert!(broken(&cut) && !broken(&whole) && broken(&json!({})));
    }
}
