//! With a real folder and real hosts' failures. A plugin that loads needs a built library; the tests of the whole system
//! have one.

use std::path::Path;
use std::sync::Mutex;

use cardmint_sources::DriverParams;

use super::*;
use crate::actors::pricing::PluginView;
use crate::actors::testing::{Running, Scratch, eventually, group, timing};
use crate::supervisor::{ChildSpec, Children};

/// Starts the children as the daemon does, and keeps a list of those that are there.
struct Listed {
    children: Children,
    names: Mutex<BTreeSet<String>>,
}

impl Nursery for Listed {
    fn start(&self, address: Ref<SourceActor>, make: MakeSource) -> Result<(), String> {
        self.names.lock().unwrap().insert(address.name().to_owned());
        let spec = ChildSpec::actor(&address, timing(), move |child| Ok(make(child)));
        self.children.add(spec).map_err(|error| error.to_string())
    }

    fn stop(&self, name: &str) {
        assert!(self.children.remove(name), "{name} was not there");
        assert!(self.names.lock().unwrap().remove(name));
    }

    fn clear(&self) {
        self.children.clear();
        self.names.lock().unwrap().clear();
    }
}

struct Place {
    _scratch: Scratch,
    folder: PathBuf,
    board: Arc<Board>,
    nursery: Arc<Listed>,
    plugins: Ref<PluginsActor>,
    _running: Running,
}

impl Place {
    /// Hosts are started as `program`, which is none.
    fn new(program: &'static str) -> Self {
        let scratch = Scratch::new();
        let (folder, kept) = (scratch.folder("plugins"), scratch.folder("state/plugins"));
        let sources = crate::supervisor::Group::new("sources", group_policy());
        let nursery = Arc::new(Listed { children: sources.children(), names: Mutex::default() });
        let settings = PluginsSettings {
            folder: folder.clone(),
            kept,
            look_every: Duration::from_millis(20),
            params: Arc::new(move |_| DriverParams::new(Path::new(program))),
        };
        let (board, plugins) = (Arc::new(Board::default()), Ref::new("plugins"));
        let (shared, shown) = (nursery.clone(), board.clone());
        let keeper = ChildSpec::actor(&plugins, timing(), move |child| {
            Ok(PluginsActor::new(child, settings.clone(), shared.clone(), shown.clone(), Clock::System))
        });
        let running = Running::start(group().child(sources.into_child()).child(keeper));
        Self { _scratch: scratch, folder, board, nursery, plugins, _running: running }
    }

    fn refused(&self) -> Vec<(String, String)> {
        let reason = |view: PluginView| match view.status {
            PluginStatus::Refused { reason } => Some((view.file, reason)),
            _ => None,
        };
        self.board.views().into_iter().filter_map(reason).collect()
    }

    fn reload(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(self.plugins.send(Reload, Duration::from_secs(60))).unwrap();
    }

    fn children(&self) -> usize {
        self.nursery.names.lock().unwrap().len()
    }
}

fn group_policy() -> cardmint_domain::supervision::Policy {
    use cardmint_domain::supervision::{AutoShutdown, Backoff, Exhausted, Policy, Strategy};
    let backoff = Backoff { base_ms: 1, cap_ms: 10, stable_ms: 60_000 };
    Policy {
        strategy: Strategy::OneForOne,
        max_restarts: 3,
        period_ms: 1_000,
        exhausted: Exhausted::LeaveDown,
        auto_shutdown: AutoShutdown::Never,
        backoff,
    }
}

#[test]
fn files_that_are_no_plugins_are_listed_with_a_reason_and_go_when_they_go() {
    let place = Place::new("/bin/false");
    std::fs::write(place.folder.join("text.so"), b"just text").unwrap();
    std::fs::write(place.folder.join("empty.so"), b"").unwrap();
    std::fs::write(place.folder.join("README"), b"not looked at").unwrap();
    eventually("both refused", || place.refused().len() == 2);
    let refused = place.refused();
    assert_eq!(refused.iter().map(|(file, _)| file.as_str()).collect::<Vec<_>>(), ["empty.so", "text.so"]);
    assert!(refused.iter().all(|(_, reason)| !reason.is_empty()), "{refused:?}");
    assert!(place.board.sources().is_empty());
    std::fs::remove_file(place.folder.join("text.so")).unwrap();
    eventually("one gone", || place.board.views().len() == 1);
    assert_eq!(place.children(), 1);
}

#[test]
fn a_replaced_file_and_a_reload_are_tried_again() {
    let place = Place::new("/nonexistent/cardmintd");
    let file = place.folder.join("a.so");
    std::fs::write(&file, b"one").unwrap();
    eventually("refused", || place.refused().len() == 1);
    let first = place.board.views().remove(0);
    std::fs::write(&file, b"another").unwrap();
    eventually("the new content refused", || {
        let view = place.board.views().remove(0);
        view.digest != first.digest && matches!(view.status, PluginStatus::Refused { .. })
    });
    let before = place.nursery.names.lock().unwrap().clone();
    place.reload();
    eventually("refused again", || place.refused().len() == 1);
    let after = place.nursery.names.lock().unwrap().clone();
    assert!(before.is_disjoint(&after) && after.len() == 1, "{before:?} {after:?}");
}

#[test]
fn a_keeper_that_dies_starts_everything_again_once() {
    let place = Place::new("/bin/false");
    for name in ["a.so", "b.so"] {
        std::fs::write(place.folder.join(name), name).unwrap();
    }
    eventually("both refused", || place.refused().len() == 2);
    place.plugins.nudge(Die);
    eventually("both started anew", || {
        let names = place.nursery.names.lock().unwrap().clone();
        names.len() == 2 && names.iter().all(|name| name.ends_with("-1") || name.ends_with("-2"))
    });
    eventually("both refused again", || place.refused().len() == 2);
}

/// Makes the actor panic.
#[derive(Message)]
#[rtype(result = "()")]
struct Die;

impl Handler<Die> for PluginsActor {
    type Result = ();

    fn handle(&mut self, _: Die, _: &mut Self::Context) {
        std::panic::panic_any("as the test wishes");
    }
}
