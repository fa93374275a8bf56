//! The tree of one import without the daemon.
//!
//! Guarantee: it ends by itself once the import has, whatever came of it. An import that panics is begun again, one whose source
//! cannot be read is not.

use std::sync::{Arc, Mutex, PoisonError};

use cardmint_domain::supervision::{AutoShutdown, Restart, Strategy};

use super::tree::{Names, Shared};
use crate::current::CurrentMatcher;
use crate::supervisor::{ChildSpec, Group};
use crate::upkeep::steps;
use crate::upkeep::{ImportRequest, ImportStatus};

/// Describes the tree; what came of the import is left in `outcome`.
pub(super) fn plant(shared: &Shared<'_>, request: &ImportRequest, outcome: &Outcome) -> Group {
    let names = Names::new(0);
    let (tools, request, outcome) = (shared.tools(&names), request.clone(), outcome.clone());
    let import = ChildSpec::task("import", shared.timing(), move |child| {
        let (tools, request, outcome) = (tools.clone(), request.clone(), outcome.clone());
        async move {
            child.mark_started();
            let said = |step: &'static str, done: u64, total: u64| {
                if done == 0 {
                    tracing::info!(total, "{step}");
                }
            };
            let came = steps::run(&tools, request, "cardmintd import".to_owned(), &said).await;
            outcome.set(came);
            Ok(())
        }
    });
    Group::new("root", shared.policy(Strategy::OneForOne))
        .ending_with(AutoShutdown::AllSignificant)
        .child(shared.storage(&names))
        .child(shared.matcher(&names, CurrentMatcher::default()))
        .child(import.restarted(Restart::Transient).significant())
}

/// What came of an import.
#[derive(Clone, Default)]
pub(super) struct Outcome(Arc<Mutex<Option<anyhow::Result<ImportStatus>>>>);

impl Outcome {
    fn set(&self, came: anyhow::Result<ImportStatus>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(came);
    }

    pub(super) fn take(&self) -> Option<anyhow::Result<ImportStatus>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
