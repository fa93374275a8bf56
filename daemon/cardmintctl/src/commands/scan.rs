//! `scan`: photos and the cards found in them.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::{Paging, Session, submit};
use crate::failure::Failure;
use crate::table::{Table, pairs};
use crate::words::{items, money, percent, price, printing, reasons, text, time};

/// Photos and the cards found in them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Hand photos to the daemon.
    Submit(Submit),
    /// List cards found, newest first.
    List(List),
    /// Show one card with its candidates and prices.
    Show {
        /// The scan's name, as lists show it.
        scan: String,
    },
}

/// Hand photos to the daemon.
#[derive(Debug, Args)]
pub(crate) struct Submit {
    /// The photos: JPEG, PNG, WebP, TIFF, HEIC or PDF.
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// The batch they belong to.
    #[arg(long, value_name = "NAME")]
    pub(super) batch: Option<String>,
    /// Wait until every photo is done, and show what was found.
    #[arg(long)]
    pub(super) wait: bool,
    /// Longest wait, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 600, requires = "wait")]
    pub(super) timeout_secs: u64,
}

/// Which cards.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only those of this photo.
    #[arg(long, value_name = "CAPTURE")]
    capture: Option<String>,
    /// Only those of this batch.
    #[arg(long, value_name = "NAME")]
    batch: Option<String>,
    /// Only those that ended like this.
    #[arg(long, value_parser = ["booked", "review", "rejected"])]
    outcome: Option<String>,
    /// Only those whose best candidate is this.
    #[arg(long, value_name = "PRINTING")]
    printing: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

pub(super) async fn run(command: Command, session: &Session) -> Result<(), Failure> {
    match command {
        Command::Submit(submit) => submit::run(submit, session).await,
        Command::List(List { capture, batch, outcome, printing, paging }) => {
            let own = vec![("capture", capture), ("batch", batch), ("outcome", outcome), ("printing", printing)];
            session.list(&["v1", "scans"], &paging, own, |listing| table(items(listing))).await
        }
        Command::Show { scan } => {
            let detail = session.api.get(&["v1", "scans", &scan], &[]).await?;
            session.output.show(&detail, detail_in_words)
        }
    }
}

/// A table of scans.
pub(super) fn table(scans: &[Value]) -> String {
    let mut table = Table::new(&["SCAN", "OUTCOME", "PRINTING", "CARD", ">SURE", ">PRICE", "BATCH"]);
    for scan in scans {
        table.row([
            text(scan, "/id"),
            text(scan, "/outcome"),
            text(scan, "/best/id"),
            printing(scan, "/best"),
            percent(scan, "/posterior"),
            price(scan, "/price"),
            text(scan, "/batch"),
        ]);
    }
    table.render("no cards")
}

fn detail_in_words(scan: &Value) -> String {
    let mut words = pairs(&[
        ("scan", text(scan, "/id")),
        ("photo", text(scan, "/capture")),
        ("batch", text(scan, "/batch")),
        ("outcome", text(scan, "/outcome")),
        ("card", printing(scan, "/best")),
        ("sure", percent(scan, "/posterior")),
        ("gap", percent(scan, "/gap")),
        ("why", text(scan, "/sentence")),
        ("price", price(scan, "/price")),
        ("confidence", text(scan, "/price/confidence")),
        ("item", text(scan, "/item")),
        ("review", text(scan, "/review/id")),
        ("status", text(scan, "/review/status")),
        ("reasons", reasons(scan, "/review/reasons")),
        ("committed", time(scan, "/committed_at")),
    ]);
    let mut candidates = Table::new(&[">SURE", "PRINTING", "CARD"]);
    for candidate in scan.get("candidates").map(items).unwrap_or_default() {
        candidates.row([percent(candidate, "/posterior"), text(candidate, "/printing"), printing(candidate, "/label")]);
    }
    words.push_str(&format!("\n{}", candidates.render("no candidates")));
    words.push_str(&format!("\n{}", quotes(scan.get("quotes").map(items).unwrap_or_default())));
    words
}

/// A table of quotes.
pub(super) fn quotes(quotes: &[Value]) -> String {
    let mut table = Table::new(&["SOURCE", "MARKET", "REGION", "KIND", "FINISH", ">AMOUNT", "SEEN"]);
    for quote in quotes {
        table.row([
            text(quote, "/source"),
            text(quote, "/upstream"),
            text(quote, "/region"),
            text(quote, "/kind"),
            text(quote, "/finish"),
            money(quote, "/amount"),
            time(quote, "/observed_at"),
        ]);
    }
    table.render("no quotes")
}
