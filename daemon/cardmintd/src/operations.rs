//! What a request may set going beyond one read or one write.
//!
//! Job: imports, plugins, prices, the tree, and the end of the process, each handed to whoever owns it.
//!
//! Guarantee: nothing here blocks.
//!
//! Deliberately absent: state of its own.

use std::sync::Arc;
use std::time::Duration;

use cardmint_domain::errors::chain;
use cardmint_domain::inventory::BatchDefaults;
use cardmint_domain::{Printing, booking};
use tokio::sync::mpsc::UnboundedSender;

pub use crate::upkeep::ImportRequest;

use crate::actors::pricing::{Board, PluginView, PluginsActor, Price, Priced, PricingActor, Reload, Switch};
use crate::gate::Gate;
use crate::health::Health;
use crate::supervisor::{ChildState, Ref, Tree, TreeNode};
use crate::upkeep::import::Import;
use crate::upkeep::{ImportActor, ImportStatus, Imports};

/// Most time to wait for the plugins to be looked at: hosts may have to be stopped and started.
pub const PLUGINS_TIMEOUT: Duration = Duration::from_secs(120);

/// What a price may take beyond the wait for the sources.
const PRICE_GRACE: Duration = Duration::from_secs(10);

/// Children without which no photo is taken.
const NEEDED: [&str; 4] = ["root/storage", "root/intake/dispatcher", "root/intake/capture", "root/recognition/matcher"];

/// How the process is asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopRequest {
    /// Now; what is under way is taken again at the next start.
    Now,
    /// Once nothing is under way.
    WhenIdle,
}

/// Whom the operations are handed to.
pub struct Operations {
    /// The supervision tree.
    pub tree: Tree,
    /// Whether captures are taken.
    pub gate: Arc<Gate>,
    /// How the disk, the database and the watched folder are.
    pub health: Arc<Health>,
    /// Every plugin with what became of it.
    pub board: Arc<Board>,
    /// Runs the plugins.
    pub plugins: Ref<PluginsActor>,
    /// Values cards.
    pub pricing: Ref<PricingActor>,
    /// Longest wait for the price sources.
    pub ask_timeout: Duration,
    /// Imports since the start.
    pub imports: Arc<Imports>,
    /// Runs them.
    pub importer: Ref<ImportActor>,
    /// Ends the process.
    pub stops: UnboundedSender<StopRequest>,
}

impl Operations {
    /// The supervision tree as it stands.
    #[must_use]
    pub fn tree(&self) -> TreeNode {
        self.tree.look()
    }

    /// Every file of the plugin folder with what became of it.
    #[must_use]
    pub fn plugins(&self) -> Vec<PluginView> {
        self.board.views()
    }

    /// Looks into the plugin folder now.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn reload_plugins(&self) -> Result<(), String> {
        self.plugins.send(Reload, PLUGINS_TIMEOUT).await.map_err(|error| chain(&error))
    }

    /// Switches a source on or off; says whether there is one.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn switch_plugin(&self, id: &str, enabled: bool) -> Result<bool, String> {
        let switch = Switch { id: id.to_owned(), enabled };
        self.plugins.send(switch, PLUGINS_TIMEOUT).await.map_err(|error| chain(&error))
    }

    /// Values a printing as a batch with these defaults would; with `again` the sources are asked first.
    ///
    /// # Errors
    /// When nobody answers, or the catalogue cannot be asked.
    pub async fn price(&self, printing: Printing, defaults: BatchDefaults, again: bool) -> Result<Priced, String> {
        let price = Price { target: booking::target(&printing, &defaults), again };
        let answer = self.pricing.send(price, self.ask_timeout + PRICE_GRACE).await;
        answer.map_err(|error| chain(&error))?.map_err(|fault| fault.to_string())
    }

    /// Starts an import and gives its number.
    ///
    /// # Errors
    /// While another one runs, and while nobody is there to run it.
    pub fn start_import(&self, request: ImportRequest, who: String) -> Result<u64, String> {
        let id = self.imports.begin()?;
        if self.importer.offer(Import { id, request, who }) {
            return Ok(id);
        }
        let message = "whoever runs imports is being restarted; try again".to_owned();
        self.imports.set(id, ImportStatus::Failed { message: message.clone() });
        Err(message)
    }

    /// Where an import stands.
    #[must_use]
    pub fn import_status(&self, id: u64) -> Option<ImportStatus> {
        self.imports.get(id)
    }

    /// Ends the process now.
    pub fn stop(&self) {
        self.ask_to_stop(StopRequest::Now);
    }

    /// Ends the process once nothing is under way.
    pub fn stop_when_idle(&self) {
        self.ask_to_stop(StopRequest::WhenIdle);
    }

    fn ask_to_stop(&self, request: StopRequest) {
        if self.stops.send(request).is_err() {
            tracing::debug!("the process is ending already");
        }
    }

    /// Why a photo that arrives now would not be taken; empty when it would.
    #[must_use]
    pub fn readiness_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut readers = 0_usize;
        self.tree().each(&mut |path, node| {
            let running = node.state == ChildState::Running;
            if NEEDED.contains(&path) && !running {
                problems.push(format!("{path} is {}", node.state.as_str()));
            }
            readers += usize::from(running && path.starts_with("root/recognition/ocr-"));
        });
        if readers == 0 {
            problems.push("no OCR worker is running".to_owned());
        }
        if !self.gate.has_catalogue() {
            problems.push("no catalogue is loaded".to_owned());
        }
        problems.extend(self.health.problems());
        problems
    }
}
