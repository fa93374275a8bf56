//! The steps of an import, in order.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use cardmint_domain::Printing;
use cardmint_domain::errors::chain;
use cardmint_store::{CatalogueChange, CatalogueRow, Reader, StoreError, Tx};

use super::import::{ImportRequest, ImportStatus};
use super::index;
use crate::actors::matcher::{MatcherActor, Reload};
use crate::actors::storage::{StorageActor, Write};
use crate::catalogue::fetch::{FetchParams, fetch_missing};
use crate::catalogue::source::{SourceLocation, http_client, obtain};
use crate::catalogue::{Archive, CatalogueError, Counts, Limits, Obtained, gate, pokemon_tcg_data, references};
use crate::clock::Clock;
use crate::supervisor::Ref;

/// Most time for reading all files of a catalogue. One on a share that does not answer ends the import, nothing else.
const READ_TIMEOUT: Duration = Duration::from_secs(600);

/// Most time for writing a whole catalogue.
const WRITE_TIMEOUT: Duration = Duration::from_secs(600);

/// Most time for the matcher to take the new indexes.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(300);

/// Whom the steps need.
pub struct Tools {
    /// Answers questions about the store.
    pub reader: Reader,
    /// The one writer.
    pub storage: Ref<StorageActor>,
    /// Takes the new indexes.
    pub matcher: Ref<MatcherActor>,
    /// The daemon's own folder of reference pictures.
    pub references_dir: PathBuf,
    /// The picture index.
    pub index_file: PathBuf,
    /// Where downloads are kept while they are read.
    pub temporary_dir: PathBuf,
    /// How politely pictures are fetched.
    pub fetch: FetchParams,
    /// How this daemon calls itself to servers.
    pub user_agent: String,
    /// Tells the time.
    pub clock: Clock,
}

/// Says which step an import is in and how far.
pub type Progress<'a> = &'a (dyn Fn(&'static str, u64, u64) + Send + Sync);

/// Runs a whole import.
///
/// # Errors
/// What stopped it, with the step in the chain.
pub async fn run(
    tools: &Tools,
    request: ImportRequest,
    who: String,
    progress: &(impl Fn(&'static str, u64, u64) + Clone + Send + Sync + 'static),
) -> anyhow::Result<ImportStatus> {
    progress("opening the source", 0, 0);
    let location = SourceLocation::parse(&request.source)?;
    let client = http_client(&tools.user_agent)?;
    let obtained = obtain(&location, &client, &tools.temporary_dir, Limits::default()).await?;
    let change = replace(tools, obtained, &request, who, progress).await.context("replacing the catalogue")?;
    tracing::info!(?change, "the catalogue is replaced");

    let mut warnings = Vec::new();
    if let Some(folder) = request.references.clone() {
        take_over(tools, folder, progress).await.context("taking over reference pictures")?;
    }
    if request.fetch_images {
        warnings.extend(fetch(tools, &client, progress).await.context("fetching reference pictures")?);
    }
    let (references, indexed) = reindex(tools, progress, &mut warnings).await.context("making the picture index")?;
    progress("loading the indexes", 0, 0);
    reload(tools).await?;
    Ok(ImportStatus::Done { change, references, indexed, warnings })
}

async fn reload(tools: &Tools) -> anyhow::Result<()> {
    tools.matcher.send(Reload, RELOAD_TIMEOUT).await.map_err(|error| anyhow!(chain(&error)))??;
    Ok(())
}

/// Makes the picture index anew when the one that is there cannot be used.
///
/// # Errors
/// What stopped it.
pub async fn mend_index(tools: &Tools) -> anyhow::Result<()> {
    let file = tools.index_file.clone();
    let looked =
        tokio::task::spawn_blocking(move || index::open(&file)).await.context("looking at the picture index")?;
    let Err(error) = looked else { return Ok(()) };
    tracing::warn!(error = %chain(&error), "making the picture index anew");
    let mut warnings = Vec::new();
    let (_, indexed) = reindex(tools, &|_, _, _| {}, &mut warnings).await.context("making the picture index")?;
    tracing::info!(indexed, unreadable = warnings.len(), "the picture index was made anew");
    reload(tools).await
}

/// Reads every file to its end and only then has the rows written: the writer waits for no file, and a catalogue that was
/// not read whole never reaches it.
async fn replace(
    tools: &Tools,
    obtained: Obtained,
    request: &ImportRequest,
    who: String,
    progress: &(impl Fn(&'static str, u64, u64) + Clone + Send + Sync + 'static),
) -> anyhow::Result<CatalogueChange> {
    progress("reading the catalogue", 0, 0);
    let rows = gather(move || rows_of(obtained.archive()), READ_TIMEOUT).await?;
    progress("replacing the catalogue", 0, rows.len() as u64);
    let (source, force, at) = (request.source.clone(), request.force, tools.clock.now());
    let write = Write::new(move |tx| write_rows(tx, &source, &rows, force, &who, at));
    let written = tools.storage.send(write, WRITE_TIMEOUT).await;
    Ok(written.map_err(|error| anyhow!(chain(&error)))??)
}

/// Has `read` run on a thread of its own; what panics or takes longer than `most` brought nothing.
async fn gather(
    read: impl FnOnce() -> Result<Vec<CatalogueRow>, CatalogueError> + Send + 'static,
    most: Duration,
) -> anyhow::Result<Vec<CatalogueRow>> {
    let reading = tokio::time::timeout(most, tokio::task::spawn_blocking(read)).await;
    let read = reading.with_context(|| format!("the files were not read within {} s", most.as_secs()))?;
    Ok(read.context("reading the files")??)
}

fn rows_of(archive: &Archive) -> Result<Vec<CatalogueRow>, CatalogueError> {
    let sets = pokemon_tcg_data::sets(archive)?;
    let mut rows: Vec<_> = sets.sets.iter().cloned().map(CatalogueRow::Set).collect();
    pokemon_tcg_data::printings(archive, &sets, |page| {
        rows.extend(page.into_iter().map(|printing| CatalogueRow::Printing(Box::new(printing))));
        Ok::<_, CatalogueError>(())
    })?;
    Ok(rows)
}

fn write_rows(
    tx: &mut Tx<'_>,
    source: &str,
    rows: &[CatalogueRow],
    force: bool,
    who: &str,
    at: cardmint_domain::Timestamp,
) -> Result<CatalogueChange, StoreError> {
    let change = tx.replace_catalogue(source, rows.iter().cloned().map(Ok), who, at)?;
    let size = |sets: u64, printings: u64| Counts {
        sets: usize::try_from(sets).unwrap_or(usize::MAX),
        printings: usize::try_from(printings).unwrap_or(usize::MAX),
    };
    let before = size(change.sets_before, change.printings_before);
    gate::check(before, size(change.sets_after, change.printings_after), force)
        .map_err(|refused| StoreError::Refused(refused.to_string()))?;
    Ok(change)
}

/// Copies the pictures of a folder into the daemon's own, those that are not there yet or have another size.
async fn take_over(
    tools: &Tools,
    folder: PathBuf,
    progress: &(impl Fn(&'static str, u64, u64) + Clone + Send + Sync + 'static),
) -> anyhow::Result<()> {
    let (target, progress) = (tools.references_dir.clone(), progress.clone());
    tokio::task::spawn_blocking(move || -> anyhow::Result<()> {
        std::fs::create_dir_all(&target).with_context(|| format!("making {}", target.display()))?;
        let pictures = references::list(&folder)?;
        let total = pictures.len() as u64;
        for (done, picture) in pictures.into_iter().enumerate() {
            progress("taking over reference pictures", done as u64, total);
            copy_if_changed(&picture.path, &target)?;
        }
        Ok(())
    })
    .await
    .context("copying")?
}

fn copy_if_changed(picture: &Path, target: &Path) -> anyhow::Result<()> {
    let name = picture.file_name().ok_or_else(|| anyhow!("{} has no name", picture.display()))?;
    let kept = target.join(name);
    let size = std::fs::metadata(picture).with_context(|| format!("looking at {}", picture.display()))?.len();
    if std::fs::metadata(&kept).is_ok_and(|there| there.len() == size) {
        return Ok(());
    }
    // Under another name first: a crash in the middle must not leave half a picture under a printing's name.
    let partial = kept.with_extension("part");
    std::fs::copy(picture, &partial).with_context(|| format!("copying {}", picture.display()))?;
    std::fs::rename(&partial, &kept).with_context(|| format!("keeping {}", kept.display()))
}

async fn fetch(
    tools: &Tools,
    client: &reqwest::Client,
    progress: &(impl Fn(&'static str, u64, u64) + Clone + Send + Sync + 'static),
) -> anyhow::Result<Vec<String>> {
    let reader = tools.reader.clone();
    let printings: Vec<Printing> =
        tokio::task::spawn_blocking(move || reader.printings()).await.context("asking")??;
    let total = printings.len() as u64;
    let report = fetch_missing(&printings, &tools.references_dir, client, &tools.fetch, |so_far| {
        progress("fetching reference pictures", (so_far.fetched + so_far.present) as u64, total);
    })
    .await?;
    let mut warnings: Vec<String> =
        report.failed.iter().map(|failure| format!("{}: {}", failure.printing, chain(&failure.error))).collect();
    if report.gave_up {
        warnings.push("fetching stopped early; import again to go on".to_owned());
    }
    Ok(warnings)
}

/// Makes the index anew for what changed, and says how many pictures there are and how many of them are in it.
async fn reindex(
    tools: &Tools,
    progress: &(impl Fn(&'static str, u64, u64) + Clone + Send + Sync + 'static),
    warnings: &mut Vec<String>,
) -> anyhow::Result<(u64, u64)> {
    let (folder, file, reader) = (tools.references_dir.clone(), tools.index_file.clone(), tools.reader.clone());
    let progress = progress.clone();
    let made = tokio::task::spawn_blocking(move || {
        let printings = reader.printings()?;
        let report = |done, total| progress("making the picture index", done, total);
        anyhow::Ok(index::make(&folder, &file, &printings, &report)?)
    })
    .await
    .context("indexing")??;
    warnings.extend(made.unreadable);
    Ok((made.pictures, made.indexed))
}

#[cfg(test)]
#[path = "steps_tests.rs"]
mod tests;
