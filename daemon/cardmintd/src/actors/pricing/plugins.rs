//! Who runs the plugins.
//!
//! Job: to look into the plugin folder every few seconds and to keep one supervised child for each file in it.
//!
//! Guarantee: a new file becomes a source without a restart of the daemon, a removed one stops being one, a replaced one is
//! loaded anew. A file that cannot be loaded is shown with its reason, and nothing else happens.
//!
//! Deliberately absent: loading (each child does that in its own host process) and asking.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, AsyncContext, Context, Handler, Message};
use cardmint_domain::errors::chain;
use cardmint_sources::PluginFile;

use super::board::{Board, PluginStatus};
use super::shelf::{self, Shelf};
use super::source::{MakeParams, SourceActor, SourceFile};
use crate::clock::Clock;
use crate::supervisor::{ChildContext, Ref};

/// A declared stay in reading plugins and stopping children.
const LOOK_BUSY: Duration = Duration::from_secs(120);

/// Makes a source's actor for a fresh life.
pub type MakeSource = Arc<dyn Fn(ChildContext) -> SourceActor + Send + Sync>;

/// Runs children that come and go. The supervisor does; this is all that is needed of it.
pub trait Nursery: Send + Sync {
    /// Starts a supervised child under the name of `address`.
    ///
    /// # Errors
    /// A sentence for people.
    fn start(&self, address: Ref<SourceActor>, make: MakeSource) -> Result<(), String>;

    /// Ends the child of this name for good; one that is not there is ended already.
    fn stop(&self, name: &str);

    /// Ends all of them.
    fn clear(&self);
}

/// Where plugins are and how they are run.
#[derive(Clone)]
pub struct PluginsSettings {
    /// The folder into which an administrator puts them.
    pub folder: PathBuf,
    /// The daemon's own folder for the copies that are loaded.
    pub kept: PathBuf,
    /// How often the folder is looked into.
    pub look_every: Duration,
    /// How a plugin is run.
    pub params: MakeParams,
}

/// Looks into the folder now and tries refused files again.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Reload;

/// Switches a source on or off; answers whether there is such a source.
#[derive(Debug, Clone, Message)]
#[rtype(result = "bool")]
pub struct Switch {
    /// The source's stable name.
    pub id: String,
    /// On or off.
    pub enabled: bool,
}

/// The actor that keeps one child for each plugin.
pub struct PluginsActor {
    child: ChildContext,
    settings: PluginsSettings,
    nursery: Arc<dyn Nursery>,
    board: Arc<Board>,
    clock: Clock,
    shelf: Shelf,
    taken: BTreeMap<String, Taken>,
    /// Numbers the children, so that a replaced one never bears the name of one that is still ending.
    children: u64,
    /// The trouble with the folder itself, so that it is logged once.
    trouble: Option<String>,
}

/// A file that was taken from the folder.
struct Taken {
    plugin: PluginFile,
    child: Option<String>,
    /// Whether an operator has switched it off.
    off: bool,
}

impl PluginsActor {
    /// An actor that looks into the folder when it is started.
    #[must_use]
    pub fn new(
        child: ChildContext,
        settings: PluginsSettings,
        nursery: Arc<dyn Nursery>,
        board: Arc<Board>,
        clock: Clock,
    ) -> Self {
        Self {
            child,
            settings,
            nursery,
            board,
            clock,
            shelf: Shelf::default(),
            taken: BTreeMap::new(),
            children: 0,
            trouble: None,
        }
    }

    fn look(&mut self, at_once: bool) {
        let _busy = self.child.busy(LOOK_BUSY);
        let found = match shelf::list(&self.settings.folder) {
            Ok(found) => found,
            Err(error) => {
                let why = chain(&error);
                if self.trouble.as_ref() != Some(&why) {
                    tracing::error!(error = why, "plugins stay as they are");
                }
                self.trouble = Some(why);
                return;
            }
        };
        self.trouble = None;
        let plan = self.shelf.look(found, at_once);
        let changed = !plan.gone.is_empty() || !plan.take.is_empty();
        for file in &plan.gone {
            tracing::info!(plugin = file, "the plugin's file is gone");
            self.retire(file);
            self.board.remove(file);
        }
        for file in &plan.take {
            self.take(file);
        }
        if changed {
            self.second_chance(&plan.take);
            let in_use: BTreeSet<String> = self.taken.values().map(|taken| taken.plugin.digest.clone()).collect();
            shelf::sweep(&self.settings.kept, &in_use);
        }
    }

    /// What was refused may have been so because of a file that is gone or replaced now.
    fn second_chance(&mut self, just_taken: &[String]) {
        let refused = |status: &PluginStatus| matches!(status, PluginStatus::Refused { .. });
        for view in self.board.views() {
            if refused(&view.status) && self.taken.contains_key(&view.file) && !just_taken.contains(&view.file) {
                self.start(&view.file);
            }
        }
    }

    /// Takes a new or replaced file.
    fn take(&mut self, file: &str) {
        match shelf::keep(&self.settings.folder.join(file), &self.settings.kept) {
            Ok(plugin) => {
                let known = self.taken.get(file);
                if known.is_some_and(|known| known.plugin == plugin && known.child.is_some()) {
                    return; // Touched, not changed.
                }
                let off = known.is_some_and(|known| known.off);
                self.retire(file);
                self.taken.insert(file.to_owned(), Taken { plugin, child: None, off });
                if !off {
                    self.start(file);
                }
            }
            Err(error) => {
                self.retire(file);
                self.board.refuse(file, "", chain(&error));
            }
        }
    }

    /// Starts the child of a file that was taken, in place of the one that it may have.
    fn start(&mut self, file: &str) {
        let Some(taken) = self.taken.get_mut(file) else { return };
        if let Some(child) = taken.child.take() {
            self.nursery.stop(&child);
        }
        self.children += 1;
        let name = format!("source-{}-{}", file.trim_end_matches(".so"), self.children);
        let address = Ref::new(name.clone());
        let source = SourceFile { file: file.to_owned(), plugin: taken.plugin.clone() };
        let (params, board, clock) = (self.settings.params.clone(), self.board.clone(), self.clock);
        let own = address.clone();
        let make: MakeSource = Arc::new(move |child| {
            SourceActor::new(child, source.clone(), params.clone(), board.clone(), own.clone(), clock)
        });
        self.board.starting(file, &taken.plugin);
        match self.nursery.start(address, make) {
            Ok(()) => taken.child = Some(name),
            Err(reason) => self.board.refuse(file, &taken.plugin.digest, reason),
        }
    }

    /// Ends the child of a file and forgets the file.
    fn retire(&mut self, file: &str) {
        if let Some(child) = self.taken.remove(file).and_then(|taken| taken.child) {
            self.nursery.stop(&child);
        }
    }
}

impl Actor for PluginsActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        // What an earlier life of this actor started is not known to this one.
        let _busy = self.child.busy(LOOK_BUSY);
        self.nursery.clear();
        self.board.clear();
        self.look(true);
        ctx.run_interval(self.settings.look_every, |actor, _| actor.look(false));
    }
}

impl Handler<Reload> for PluginsActor {
    type Result = ();

    fn handle(&mut self, _: Reload, _: &mut Self::Context) {
        let _busy = self.child.busy(LOOK_BUSY);
        for view in self.board.views() {
            if matches!(view.status, PluginStatus::Refused { .. }) {
                self.shelf.forget(&view.file);
                self.retire(&view.file);
            }
        }
        self.look(true);
    }
}

impl Handler<Switch> for PluginsActor {
    type Result = bool;

    fn handle(&mut self, switch: Switch, _: &mut Self::Context) -> bool {
        let _busy = self.child.busy(LOOK_BUSY);
        let Some(file) = self.board.file_of(&switch.id) else { return false };
        let Some(taken) = self.taken.get_mut(&file) else { return false };
        match (std::mem::replace(&mut taken.off, !switch.enabled), switch.enabled) {
            (false, false) => {
                if let Some(child) = taken.child.take() {
                    self.nursery.stop(&child);
                }
                self.board.disable(&file);
            }
            (true, true) => self.start(&file),
            _ => {}
        }
        true
    }
}

#[cfg(test)]
#[path = "plugins_tests.rs"]
mod tests;
