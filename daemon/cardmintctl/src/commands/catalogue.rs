//! `catalogue`: the sets and printings that exist.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{LOOK_AGAIN, Session};
use crate::failure::{Failure, complain};
use crate::progress::{Progress, share};
use crate::table::pairs;
use crate::words::{items, number, text, time};

/// The sets and printings that exist.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Import a catalogue.
    Import(Import),
    /// Show how much there is, and where it comes from.
    Status,
}

/// Import a catalogue.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// A folder, a .zip or .tar.gz, or an http(s) address of one. The daemon reads it, so it must be able to.
    source: String,
    /// Import even what has fewer than 98 % of the printings there were.
    #[arg(long)]
    force: bool,
    /// A folder of reference pictures named by printing.
    #[arg(long, value_name = "DIR")]
    references: Option<PathBuf>,
    /// Fetch missing reference pictures from the catalogue's addresses.
    #[arg(long)]
    fetch_images: bool,
    /// Come back at once instead of waiting for the end.
    #[arg(long)]
    no_wait: bool,
}

pub(super) async fn run(command: Command, session: &Session) -> Result<(), Failure> {
    match command {
        Command::Import(wanted) => import(wanted, session).await,
        Command::Status => {
            let status = session.api.get(&["v1", "catalogue"], &[]).await?;
            session.output.show(&status, status_in_words)
        }
    }
}

async fn import(wanted: Import, session: &Session) -> Result<(), Failure> {
    let is_address = ["http://", "https://"].iter().any(|scheme| wanted.source.starts_with(scheme));
    let source = if is_address { wanted.source } else { absolute(Path::new(&wanted.source))? };
    let references = wanted.references.as_deref().map(absolute).transpose()?;
    let request = json!({
        "source": source,
        "force": wanted.force,
        "references": references,
        "fetch_images": wanted.fetch_images,
    });
    let started = session.api.post_json(&["v1", "catalogue", "import"], &request).await?;
    if wanted.no_wait {
        return session.output.show(&started, |started| format!("import {} is under way", text(started, "/import_id")));
    }
    let outcome = follow(&text(&started, "/import_id"), session).await?;
    session.output.show(&outcome, outcome_in_words)?;
    match text(&outcome, "/state").as_str() {
        "done" => Ok(()),
        _ => Err(Failure::failed(format!("the import failed: {}", text(&outcome, "/message")))),
    }
}

/// The daemon works in another folder, so a path must be whole.
fn absolute(path: &Path) -> Result<String, Failure> {
    let whole = std::fs::canonicalize(path)
        .map_err(|error| Failure::failed(format!("looking at {}: {error}", path.display())))?;
    let text = whole.into_os_string().into_string();
    text.map_err(|path| Failure::failed(format!("{} is not a name in UTF-8", path.display())))
}

/// Looks until the import has ended.
async fn follow(id: &str, session: &Session) -> Result<Value, Failure> {
    let mut progress = Progress::new();
    loop {
        let status = session.api.get(&["v1", "catalogue", "imports", id], &[]).await?;
        if text(&status, "/state") != "running" {
            return Ok(status);
        }
        let share = share(number(&status, "/done"), number(&status, "/total"));
        progress.say(format!("{}: {share}", text(&status, "/step")));
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

fn outcome_in_words(outcome: &Value) -> String {
    for warning in outcome.get("warnings").map(items).unwrap_or_default() {
        complain(&text(warning, ""));
    }
    if text(outcome, "/state") != "done" {
        return String::new();
    }
    let change = outcome.get("change").cloned().unwrap_or_default();
    let change = change.as_object().map(|fields| {
        let words = fields.iter().filter(|(_, value)| value.is_number()).map(|(name, value)| format!("{value} {name}"));
        words.collect::<Vec<_>>().join(", ")
    });
    pairs(&[
        ("catalogue", change.unwrap_or_default()),
        ("reference pictures", text(outcome, "/references")),
        ("in the index", text(outcome, "/indexed")),
    ])
}

fn status_in_words(status: &Value) -> String {
    pairs(&[
        ("sets", text(status, "/sets")),
        ("printings", text(status, "/printings")),
        ("from", text(status, "/last_import/source")),
        ("imported", time(status, "/last_import/at")),
        ("digest", text(status, "/last_import/digest")),
    ])
}
