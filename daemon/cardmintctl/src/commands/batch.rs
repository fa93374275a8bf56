//! `batch`: runs of photos that share defaults.

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::{Session, conditions, editions, finishes};
use crate::failure::Failure;
use crate::table::Table;
use crate::words::{items, text, time};

/// Runs of photos that share defaults.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Open a batch, or change what an open one declares.
    Open(Open),
    /// Close a batch.
    Close {
        /// Its name.
        batch: String,
    },
    /// List batches.
    List,
}

/// Open a batch; what is left out is as the configuration says.
#[derive(Debug, Args)]
pub(crate) struct Open {
    /// Its name, which is also that of its folder.
    batch: String,
    /// Finish of its cards.
    #[arg(long, value_parser = finishes())]
    finish: Option<String>,
    /// Edition of its cards.
    #[arg(long, value_parser = editions())]
    edition: Option<String>,
    /// Condition of its cards.
    #[arg(long, value_parser = conditions())]
    condition: Option<String>,
    /// Where its cards are put, for example "box 4, row 2".
    #[arg(long, value_name = "TEXT")]
    location: Option<String>,
}

pub(super) async fn run(command: Command, session: &Session) -> Result<(), Failure> {
    match command {
        Command::Open(open) => {
            let opened = session.api.post_json(&["v1", "batches"], &open.into_json()).await?;
            session.output.show(&opened, |opened| format!("batch {} is open", text(opened, "/id")))
        }
        Command::Close { batch } => {
            let closed = session.api.post(&["v1", "batches", &batch, "close"]).await?;
            session.output.show(&closed, |_| format!("batch {batch} is closed"))
        }
        Command::List => session.output.show(&session.api.get(&["v1", "batches"], &[]).await?, table),
    }
}

impl Open {
    fn into_json(self) -> Map<String, Value> {
        let Self { batch, finish, edition, condition, location } = self;
        let fields = [
            ("name", Some(batch)),
            ("finish", finish),
            ("edition", edition),
            ("condition", condition),
            ("location", location),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect()
    }
}

fn table(listing: &Value) -> String {
    let mut table = Table::new(&[
        "BATCH", "FINISH", "EDITION", "COND", ">PHOTOS", ">DONE", ">CARDS", "LOCATION", "OPENED", "CLOSED",
    ]);
    for batch in items(listing) {
        table.row([
            text(batch, "/id"),
            text(batch, "/defaults/finish"),
            text(batch, "/defaults/edition"),
            text(batch, "/defaults/condition"),
            text(batch, "/captures"),
            text(batch, "/done"),
            text(batch, "/scans"),
            text(batch, "/location"),
            time(batch, "/opened_at"),
            time(batch, "/closed_at"),
        ]);
    }
    table.render("no batches")
}
