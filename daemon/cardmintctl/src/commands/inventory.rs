//! `inventory`: what is in stock.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::{Paging, Session, conditions, editions, finishes};
use crate::failure::{Failure, complain};
use crate::output::raw;
use crate::table::{Table, pairs};
use crate::words::{items, price, printing, text, time};

/// What is in stock.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List items.
    List(List),
    /// List the items whose card, set, number or remark has these words.
    Find {
        /// What to look for.
        text: String,
        /// How much of it.
        #[command(flatten)]
        list: List,
    },
    /// Show one item.
    Show {
        /// Its number.
        item: u64,
    },
    /// Change what is known about an item.
    Adjust(Adjust),
    /// Write everything into one document.
    Export(Export),
}

/// Which items.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Those in stock, those gone, or those whose booking was taken back.
    #[arg(long, value_parser = ["in_stock", "removed", "undone"], default_value = "in_stock")]
    state: String,
    /// Only this printing.
    #[arg(long, value_name = "PRINTING")]
    printing: Option<String>,
    /// Only those of this batch.
    #[arg(long, value_name = "NAME")]
    batch: Option<String>,
}

impl Which {
    fn query(self, text: Option<String>) -> Vec<(&'static str, Option<String>)> {
        vec![("state", Some(self.state)), ("printing", self.printing), ("batch", self.batch), ("q", text)]
    }
}

/// Which part of which items.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    paging: Paging,
}

/// What to change; what is left out stays.
#[derive(Debug, Args)]
#[group(id = "change", required = true, multiple = true)]
pub(crate) struct Change {
    /// It is another printing.
    #[arg(long, value_name = "PRINTING")]
    printing: Option<String>,
    /// It has another finish.
    #[arg(long, value_parser = finishes())]
    finish: Option<String>,
    /// It is of another edition.
    #[arg(long, value_parser = editions())]
    edition: Option<String>,
    /// It is in another condition.
    #[arg(long, value_parser = conditions())]
    condition: Option<String>,
    /// It lies elsewhere; empty for nowhere in particular.
    #[arg(long, value_name = "TEXT")]
    location: Option<String>,
    /// Another remark.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// It is gone, or back.
    #[arg(long, value_parser = ["in_stock", "removed"])]
    state: Option<String>,
}

/// Change what is known about an item.
#[derive(Debug, Args)]
pub(crate) struct Adjust {
    /// Its number.
    item: u64,
    #[command(flatten)]
    change: Change,
}

/// Write everything into one document.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The document's format; JSON with `--json`, else CSV where not given.
    #[arg(long, value_parser = ["csv", "json"])]
    format: Option<String>,
    /// The file to write; standard output where not given.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    which: Which,
}

pub(super) async fn run(command: Command, session: &Session) -> Result<(), Failure> {
    match command {
        Command::List(list) => show_list(session, list, None).await,
        Command::Find { text, list } => show_list(session, list, Some(text)).await,
        Command::Show { item } => {
            let item = session.api.get(&["v1", "inventory", &item.to_string()], &[]).await?;
            session.output.show(&item, item_in_words)
        }
        Command::Adjust(Adjust { item, change }) => {
            let path = ["v1", "inventory", &item.to_string(), "adjust"];
            let answer = session.api.post_json(&path, &change.into_json()).await?;
            session.output.show(&answer, |_| format!("item {item} is changed"))
        }
        Command::Export(export) => write_export(session, export).await,
    }
}

impl Change {
    fn into_json(self) -> Map<String, Value> {
        let Self { printing, finish, edition, condition, location, note, state } = self;
        let fields = [
            ("printing", printing),
            ("finish", finish),
            ("edition", edition),
            ("condition", condition),
            ("location", location),
            ("note", note),
            ("state", state),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect()
    }
}

async fn show_list(session: &Session, list: List, text: Option<String>) -> Result<(), Failure> {
    session.list(&["v1", "inventory"], &list.paging, list.which.query(text), table).await
}

async fn write_export(session: &Session, export: Export) -> Result<(), Failure> {
    let Export { format, output, which } = export;
    let format = match (format.as_deref(), session.output.json, &output) {
        (Some("csv"), true, None) => {
            return Err(Failure::Usage("--json and --format csv contradict each other".to_owned()));
        }
        (Some(format), _, _) => format.to_owned(),
        (None, json, _) => if json { "json" } else { "csv" }.to_owned(),
    };
    let mut query = which.query(None);
    query.push(("format", Some(format)));
    let document = session.api.get_bytes(&["v1", "inventory", "export"], &query).await?;
    let Some(file) = output else { return raw(&document) };
    std::fs::write(&file, &document)
        .map_err(|error| Failure::failed(format!("writing {}: {error}", file.display())))?;
    if session.output.json {
        let about = serde_json::json!({ "file": file.display().to_string(), "bytes": document.len() });
        return session.output.show(&about, |_| String::new());
    }
    complain(&format!("{} bytes written to {}", document.len(), file.display()));
    Ok(())
}

fn table(listing: &Value) -> String {
    let mut table = Table::new(&[">ITEM", "PRINTING", "CARD", "FINISH", "EDITION", "COND", ">PRICE", "LOCATION"]);
    for item in items(listing) {
        table.row([
            text(item, "/id"),
            text(item, "/printing/id"),
            printing(item, "/printing"),
            text(item, "/finish"),
            text(item, "/edition"),
            text(item, "/condition"),
            price(item, "/price"),
            text(item, "/location"),
        ]);
    }
    table.render("no items")
}

fn item_in_words(item: &Value) -> String {
    pairs(&[
        ("item", text(item, "/id")),
        ("state", text(item, "/state")),
        ("card", printing(item, "/printing")),
        ("printing", text(item, "/printing/id")),
        ("finish", text(item, "/finish")),
        ("edition", text(item, "/edition")),
        ("condition", text(item, "/condition")),
        ("price", price(item, "/price")),
        ("confidence", text(item, "/price/confidence")),
        ("location", text(item, "/location")),
        ("note", text(item, "/note")),
        ("batch", text(item, "/batch")),
        ("scan", text(item, "/scan")),
        ("booked", time(item, "/booked_at")),
        ("booked by", text(item, "/booked_by")),
    ])
}
