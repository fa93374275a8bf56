//! Catalogue imports, one at a time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture};
use cardmint_domain::errors::chain;
use cardmint_store::CatalogueChange;
use serde::{Deserialize, Serialize};

use super::steps::{self, Tools};

/// Finished imports that are remembered; older ones are forgotten.
const REMEMBERED: usize = 32;

/// What an operator wants imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportRequest {
    /// A directory, a `.zip` or `.tar.gz`, or an http(s) address of one.
    pub source: String,
    /// Imports even what has fewer than 98 % of the printings there were.
    #[serde(default)]
    pub force: bool,
    /// A directory of reference pictures named by printing, to be taken over.
    #[serde(default)]
    pub references: Option<PathBuf>,
    /// Fetches missing reference pictures from the catalogue's addresses.
    #[serde(default)]
    pub fetch_images: bool,
}

/// Where an import stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ImportStatus {
    /// Under way.
    Running {
        /// Which step.
        step: &'static str,
        /// How much of it is done ...
        done: u64,
        /// ... of how much; 0 when not known.
        total: u64,
    },
    /// Everything is in place and the matcher uses it.
    Done {
        /// What became of the catalogue.
        change: CatalogueChange,
        /// Reference pictures in the folder now.
        references: u64,
        /// Reference pictures in the index now.
        indexed: u64,
        /// What went wrong without stopping the import, in words.
        warnings: Vec<String>,
    },
    /// Nothing was replaced, or not everything: the message says which step failed.
    Failed {
        /// The whole chain of causes.
        message: String,
    },
}

/// The imports since the daemon was started, by number. Shared by the actor, which writes, and the API, which reads.
#[derive(Debug, Default)]
pub struct Imports {
    inner: Mutex<Ledger>,
}

#[derive(Debug, Default)]
struct Ledger {
    last: u64,
    by_id: BTreeMap<u64, ImportStatus>,
}

impl Imports {
    /// A number for a new import.
    ///
    /// # Errors
    /// Says which import is still running.
    pub fn begin(&self) -> Result<u64, String> {
        let mut ledger = self.lock();
        if let Some((id, _)) = ledger.by_id.iter().find(|(_, status)| matches!(status, ImportStatus::Running { .. })) {
            return Err(format!("import {id} is still running"));
        }
        ledger.last += 1;
        let id = ledger.last;
        ledger.by_id.insert(id, ImportStatus::Running { step: "starting", done: 0, total: 0 });
        while ledger.by_id.len() > REMEMBERED {
            ledger.by_id.pop_first();
        }
        Ok(id)
    }

    /// Notes where an import stands.
    pub fn set(&self, id: u64, status: ImportStatus) {
        self.lock().by_id.insert(id, status);
    }

    /// Where an import stands.
    #[must_use]
    pub fn get(&self, id: u64) -> Option<ImportStatus> {
        self.lock().by_id.get(&id).cloned()
    }

    /// Declares every running import failed: the actor that ran it is gone.
    pub fn abandon(&self) {
        for status in self.lock().by_id.values_mut() {
            if matches!(status, ImportStatus::Running { .. }) {
                *status = ImportStatus::Failed { message: "the import was interrupted; start it again".to_owned() };
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs the import with this number.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Import {
    /// From [`Imports::begin`].
    pub id: u64,
    /// What to do.
    pub request: ImportRequest,
    /// Who wants it, for the audit log.
    pub who: String,
}

/// The actor that runs imports. When it is started it makes a picture index that cannot be used anew.
pub struct ImportActor {
    tools: Arc<Tools>,
    imports: Arc<Imports>,
}

impl ImportActor {
    /// An actor with nothing to do.
    #[must_use]
    pub fn new(tools: Arc<Tools>, imports: Arc<Imports>) -> Self {
        Self { tools, imports }
    }
}

impl Actor for ImportActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.imports.abandon();
        // After an upgrade the index may be of another version; the pictures are still there.
        let tools = self.tools.clone();
        let mend = async move { steps::mend_index(&tools).await };
        ctx.spawn(mend.into_actor(self).map(|outcome, _, _| {
            if let Err(error) = outcome {
                tracing::error!(error = chain(error.as_ref()), "the picture index could not be made anew");
            }
        }));
    }
}

impl Handler<Import> for ImportActor {
    type Result = ();

    fn handle(&mut self, message: Import, ctx: &mut Self::Context) {
        let (tools, imports) = (self.tools.clone(), self.imports.clone());
        let Import { id, request, who } = message;
        let progress = move |step, done, total| imports.set(id, ImportStatus::Running { step, done, total });
        let work = async move { steps::run(&tools, request, who, &progress).await };
        ctx.spawn(work.into_actor(self).map(move |outcome, actor, _| {
            let status = outcome.unwrap_or_else(|error| {
                let message = chain(error.as_ref());
                tracing::error!(import = id, error = message, "the import failed");
                ImportStatus::Failed { message }
            });
            actor.imports.set(id, status);
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_import_runs_and_an_interrupted_one_makes_room() {
        let imports = Imports::default();
        let first = imports.begin().unwrap();
        assert!(imports.begin().unwrap_err().contains(&first.to_string()));
        imports.abandon();
        assert!(matches!(imports.get(first), Some(ImportStatus::Failed { .. })));
        assert_ne!(imports.begin().unwrap(), first);
    }

    #[test]
    fn old_imports_are_forgotten() {
        let imports = Imports::default();
        let first = imports.begin().unwrap();
        for _ in 0..REMEMBERED {
            imports.abandon();
            imports.begin().unwrap();
        }
        assert_eq!(imports.get(first), None);
    }
}
