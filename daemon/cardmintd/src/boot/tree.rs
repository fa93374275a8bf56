//! The supervision tree.
//!
//! ```text
//! root
//! ├─ storage
//! ├─ intake        dispatcher, capture
//! ├─ recognition   ocr-1 .. ocr-N, matcher
//! ├─ pricing       sources (one child for each plugin), plugins, pricing
//! ├─ upkeep        imports, prices, health
//! └─ faces         control, page
//! ```

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use anyhow::Context as _;
use cardmint_domain::booking::ValuableTier;
use cardmint_domain::inventory::BatchDefaults;
use cardmint_domain::price::Policy as PricePolicy;
use cardmint_domain::route::RouteParams;
use cardmint_domain::supervision::{AutoShutdown, Backoff, Exhausted, Policy, Strategy};
use cardmint_ocr::ReadParams;
use cardmint_recognition::Params;
use cardmint_store::{Blobs, Reader, StoreError, Writer};
use tokio::sync::mpsc::UnboundedSender;

use super::folders::Folders;
use super::sources::{SourceChildren, driver_params};
use crate::actors::capture::CaptureActor;
use crate::actors::carry::Stages;
use crate::actors::dispatcher::{Desk, DispatchSettings, Dispatcher};
use crate::actors::matcher::MatcherActor;
use crate::actors::ocr::{OcrActor, OcrSettings};
use crate::actors::pool::Pool;
use crate::actors::pricing::{Board, PluginsActor, PluginsSettings, Pricer, PricingActor, PricingSettings};
use crate::actors::storage::StorageActor;
use crate::admission::Admitter;
use crate::api::server;
use crate::api::state::ApiState;
use crate::api::uploads::Uploads;
use crate::catalogue::fetch::FetchParams;
use crate::clock::Clock;
use crate::config::{AfterAdmission, Config};
use crate::current::CurrentMatcher;
use crate::gate::Gate;
use crate::health::{self, Health, Surroundings};
use crate::in_hand::InHand;
use crate::intake::{After, IntakeSettings, Timing as StableTiming};
use crate::operations::{Operations, StopRequest};
use crate::supervisor::{ChildContext, ChildSpec, Group, Ref, Timing};
use crate::upkeep::steps::Tools;
use crate::upkeep::{ImportActor, Imports, PriceRefresher, RefreshSettings, RefreshTools, load_matcher};

/// A declared stay in opening the database.
const OPEN_BUSY: Duration = Duration::from_secs(60);

/// What all children are made from.
pub(super) struct Shared<'c> {
    pub(super) config: &'c Config,
    /// Thresholds and weights of the decision.
    pub(super) policy: Params,
    pub(super) program: PathBuf,
    pub(super) folders: Folders,
    pub(super) url: String,
    pub(super) reader: Reader,
    pub(super) blobs: Blobs,
    pub(super) gate: Arc<Gate>,
    pub(super) in_hand: Arc<InHand>,
    /// Whether no other process works on the database.
    pub(super) exclusive: bool,
    pub(super) clock: Clock,
}

/// The tree and what must be reached from outside it.
pub(super) struct Planted {
    pub(super) root: Group,
    pub(super) operations: Arc<Operations>,
    pub(super) storage: Ref<StorageActor>,
}

/// The names under which children reach each other.
pub(super) struct Names {
    storage: Ref<StorageActor>,
    dispatcher: Ref<Dispatcher>,
    capture: Ref<CaptureActor>,
    ocr: Vec<Ref<OcrActor>>,
    matcher: Ref<MatcherActor>,
    pricing: Ref<PricingActor>,
    plugins: Ref<PluginsActor>,
    imports: Ref<ImportActor>,
    prices: Ref<PriceRefresher>,
}

impl Names {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            storage: Ref::new("storage"),
            dispatcher: Ref::new("dispatcher"),
            capture: Ref::new("capture"),
            ocr: (1..=workers).map(|number| Ref::new(format!("ocr-{number}"))).collect(),
            matcher: Ref::new("matcher"),
            pricing: Ref::new("pricing"),
            plugins: Ref::new("plugins"),
            imports: Ref::new("imports"),
            prices: Ref::new("prices"),
        }
    }
}

/// Describes the whole tree.
pub(super) fn plant(shared: &Shared<'_>, stops: UnboundedSender<StopRequest>) -> Planted {
    let names = Names::new(shared.config.workers());
    let admitter = Admitter::new(shared.blobs.clone(), names.storage.clone(), names.dispatcher.clone(), shared.clock);
    let board = Arc::new(Board::default());
    let (imports, health) = (Arc::new(Imports::default()), Arc::new(Health::default()));
    let root = Group::new("root", shared.policy(Strategy::OneForOne));
    let operations = Arc::new(Operations {
        tree: root.tree(),
        gate: shared.gate.clone(),
        health: health.clone(),
        board: board.clone(),
        plugins: names.plugins.clone(),
        pricing: names.pricing.clone(),
        ask_timeout: shared.ask_timeout(),
        imports: imports.clone(),
        importer: names.imports.clone(),
        stops,
    });
    let state = Data::new(shared.api_state(&names, admitter.clone(), operations.clone()));
    let root = root
        .child(shared.storage(&names))
        .child(shared.intake(&names, admitter).into_child())
        .child(shared.recognition(&names).into_child())
        .child(shared.pricing(&names, &board).into_child())
        .child(shared.upkeep(&names, board, imports, health).into_child())
        .child(shared.faces(&state).into_child());
    Planted { root, operations, storage: names.storage }
}

impl Shared<'_> {
    pub(super) fn policy(&self, strategy: Strategy) -> Policy {
        let set = &self.config.supervision;
        Policy {
            strategy,
            max_restarts: set.max_restarts,
            period_ms: u64::from(set.period_secs) * 1000,
            exhausted: Exhausted::Escalate,
            auto_shutdown: AutoShutdown::Never,
            backoff: Backoff {
                base_ms: set.backoff_base_ms.into(),
                cap_ms: set.backoff_cap_ms.into(),
                stable_ms: u64::from(set.stable_secs) * 1000,
            },
        }
    }

    pub(super) fn timing(&self) -> Timing {
        let set = &self.config.supervision;
        Timing {
            start_deadline: Duration::from_secs(set.start_deadline_secs.into()),
            stop_timeout: Duration::from_secs(set.stop_timeout_secs.into()),
            hang_after: Duration::from_secs(set.hang_after_secs.into()),
        }
    }

    fn ask_timeout(&self) -> Duration {
        Duration::from_millis(self.config.pricing.ask_timeout_ms.into())
    }

    fn defaults(&self) -> BatchDefaults {
        let set = &self.config.defaults;
        BatchDefaults { finish: set.finish, edition: set.edition, condition: set.condition }
    }

    pub(super) fn storage(&self, names: &Names) -> ChildSpec {
        let url = self.url.clone();
        ChildSpec::actor(&names.storage, self.timing(), move |child| {
            let _busy = child.busy(OPEN_BUSY);
            let writer = Writer::open(&url).context("opening the database for writing")?;
            Ok(StorageActor::new(child.clone(), writer))
        })
    }

    fn intake(&self, names: &Names, admitter: Admitter) -> Group {
        let (ocr, matcher, pricing) = (names.ocr.clone(), names.matcher.clone(), names.pricing.clone());
        let (storage, blobs) = (names.storage.clone(), self.blobs.clone());
        let stages = move || Stages {
            ocr: Pool::new(ocr.clone()),
            matcher: matcher.clone(),
            pricing: pricing.clone(),
            storage: storage.clone(),
            blobs: blobs.clone(),
        };
        let (settings, intake) = (Arc::new(self.dispatch_settings()), self.intake_settings());
        let clock = self.clock;
        let desk = Desk {
            gate: self.gate.clone(),
            in_hand: self.in_hand.clone(),
            reader: self.reader.clone(),
            exclusive: self.exclusive,
            clock,
        };
        Group::new("intake", self.policy(Strategy::RestForOne))
            .child(ChildSpec::actor(&names.dispatcher, self.timing(), move |_| {
                Ok(Dispatcher::new(stages(), settings.clone(), desk.clone()))
            }))
            .child(ChildSpec::actor(&names.capture, self.timing(), move |child| {
                Ok(CaptureActor::new(child, intake.clone(), admitter.clone(), clock))
            }))
    }

    /// Brings times back that no life with these settings and a right clock can have written.
    pub(super) fn mend_times(&self) -> Result<u64, StoreError> {
        let settings = self.dispatch_settings();
        let lease_ms = i64::try_from(settings.lease.as_millis()).unwrap_or(i64::MAX);
        let (now, wait_ms) = (self.clock.now(), settings.route.retry_cap_ms);
        Writer::open(&self.url)?.group(|tx| tx.mend_times(now, lease_ms, wait_ms))
    }

    fn dispatch_settings(&self) -> DispatchSettings {
        let (set, named) = (&self.config.pipeline, &self.config.recognition);
        DispatchSettings {
            lease: Duration::from_secs(set.lease_secs.into()),
            deadline: Duration::from_secs(set.attempt_deadline_secs.into()),
            route: RouteParams {
                max_attempts: set.max_attempts,
                retry_base_ms: set.retry_base_ms.into(),
                retry_cap_ms: i64::from(set.retry_cap_secs) * 1000,
            },
            valuable: ValuableTier {
                from_minor: named.valuable_from_minor.into(),
                posterior: named.valuable_posterior,
            },
        }
    }

    fn intake_settings(&self) -> IntakeSettings {
        let set = &self.config.watch;
        IntakeSettings {
            folder: set.folder.clone(),
            after: match set.after_admission {
                AfterAdmission::Leave => After::Leave,
                AfterAdmission::Move => After::Move,
                AfterAdmission::Delete => After::Delete,
            },
            max_bytes: set.max_file_bytes,
            timing: StableTiming {
                stable_ms: set.stable_ms.into(),
                open_ms: set.open_ms.into(),
                ..StableTiming::default()
            },
            capacity: set.max_known_files as usize,
            rescan_ms: i64::from(set.rescan_secs) * 1000,
        }
    }

    fn recognition(&self, names: &Names) -> Group {
        let settings = OcrSettings {
            program: self.program.clone(),
            params: self.read_params(),
            deadline: Duration::from_secs(self.config.ocr.deadline_secs.into()),
        };
        let current = CurrentMatcher::default();
        let reader = |name: &Ref<OcrActor>| {
            let (settings, blobs, current) = (settings.clone(), self.blobs.clone(), current.clone());
            ChildSpec::actor(name, self.timing(), move |child| {
                Ok(OcrActor::new(child, settings.clone(), blobs.clone(), current.clone()))
            })
        };
        Group::new("recognition", self.policy(Strategy::OneForOne))
            .with_children(names.ocr.iter().map(reader))
            .child(self.matcher(names, current))
    }

    fn read_params(&self) -> ReadParams {
        let set = &self.config.ocr;
        ReadParams {
            max_cards: set.max_cards as usize,
            language: set.language.clone(),
            tessdata: Some(set.tessdata_dir.clone()).filter(|path| !path.as_os_str().is_empty()),
            memory_bytes: set.memory_bytes,
            ..ReadParams::default()
        }
    }

    fn pricing(&self, names: &Names, board: &Arc<Board>) -> Group {
        let set = &self.config.pricing;
        // A plugin that keeps failing takes nobody down with it.
        let alone = Policy { exhausted: Exhausted::LeaveDown, ..self.policy(Strategy::OneForOne) };
        let sources = Group::new("sources", alone);
        let nursery = Arc::new(SourceChildren { children: sources.children(), timing: self.timing() });
        let settings = PluginsSettings {
            folder: set.plugin_dir.clone(),
            kept: self.folders.plugins.clone(),
            look_every: Duration::from_secs(set.look_secs.into()),
            params: driver_params(&self.program, set),
        };
        let pricer = Arc::new(Pricer {
            reader: self.reader.clone(),
            board: board.clone(),
            settings: PricingSettings { ask: self.ask_timeout(), policy: self.price_policy(), fx: Vec::new() },
            clock: self.clock,
        });
        let (board, clock) = (board.clone(), self.clock);
        Group::new("pricing", self.policy(Strategy::RestForOne))
            .child(sources.into_child())
            .child(ChildSpec::actor(&names.plugins, self.timing(), move |child| {
                Ok(PluginsActor::new(child, settings.clone(), nursery.clone(), board.clone(), clock))
            }))
            .child(ChildSpec::actor(&names.pricing, self.timing(), move |_| Ok(PricingActor::new(pricer.clone()))))
    }

    fn price_policy(&self) -> PricePolicy {
        let set = &self.config.pricing;
        let standard = PricePolicy::default();
        PricePolicy {
            version: format!("{}/{}/{}", standard.version, set.home_region, set.output_currency),
            home_region: set.home_region.clone(),
            output_currency: set.output_currency,
            ..standard
        }
    }

    fn upkeep(&self, names: &Names, board: Arc<Board>, imports: Arc<Imports>, health: Arc<Health>) -> Group {
        let around = Surroundings {
            storage: names.storage.clone(),
            reader: self.reader.clone(),
            state_dir: self.config.state_dir.clone(),
            watched: self.config.watch.folder.clone(),
        };
        let tools = self.tools(names);
        let refresh = Arc::new(RefreshTools {
            reader: self.reader.clone(),
            pricing: names.pricing.clone(),
            board,
            storage: names.storage.clone(),
            clock: self.clock,
        });
        let settings = RefreshSettings {
            priced_for: Duration::from_secs(self.config.pricing.refresh_secs.into()),
            ..RefreshSettings::default()
        };
        Group::new("upkeep", self.policy(Strategy::OneForOne))
            .child(ChildSpec::actor(&names.imports, self.timing(), move |_| {
                Ok(ImportActor::new(tools.clone(), imports.clone()))
            }))
            .child(ChildSpec::actor(&names.prices, self.timing(), move |_| {
                Ok(PriceRefresher::new(refresh.clone(), settings))
            }))
            .child(ChildSpec::task("health", self.timing(), move |child| {
                health::watch(child, health.clone(), around.clone())
            }))
    }

    pub(super) fn tools(&self, names: &Names) -> Arc<Tools> {
        Arc::new(Tools {
            reader: self.reader.clone(),
            storage: names.storage.clone(),
            matcher: names.matcher.clone(),
            references_dir: self.folders.references.clone(),
            index_file: self.folders.index_file.clone(),
            temporary_dir: self.folders.temporary.clone(),
            fetch: FetchParams {
                requests_per_second: self.config.catalogue.fetch_per_second,
                ..FetchParams::default()
            },
            user_agent: concat!("cardmint/", env!("CARGO_PKG_VERSION")).to_owned(),
            clock: self.clock,
        })
    }

    pub(super) fn matcher(&self, names: &Names, current: CurrentMatcher) -> ChildSpec {
        let load = load_matcher(self.reader.clone(), self.folders.index_file.clone(), self.policy.clone());
        let gate = self.gate.clone();
        ChildSpec::actor(&names.matcher, self.timing(), move |child| {
            Ok(MatcherActor::new(child, load.clone(), gate.clone(), current.clone()))
        })
    }

    fn api_state(&self, names: &Names, admitter: Admitter, operations: Arc<Operations>) -> ApiState {
        ApiState {
            reader: self.reader.clone(),
            blobs: self.blobs.clone(),
            storage: names.storage.clone(),
            dispatcher: names.dispatcher.clone(),
            admitter,
            uploads: Uploads::new(usize::try_from(self.config.control.max_upload_bytes).unwrap_or(usize::MAX)),
            gate: self.gate.clone(),
            operations,
            batch_defaults: self.defaults(),
            clock: self.clock,
        }
    }

    fn faces(&self, state: &Data<ApiState>) -> Group {
        let set = &self.config.control;
        let (path, mode) = (set.socket_path.clone(), self.config.socket_mode());
        let (shared, faces) = (state.clone(), Group::new("faces", self.policy(Strategy::OneForOne)));
        let faces = faces.child(ChildSpec::task("control", self.timing(), move |child| {
            let (state, path) = (shared.clone(), path.clone());
            async move {
                let listener = server::bind_socket(&path, mode)?;
                serve(child, server::control(state, listener, &path)?).await
            }
        }));
        let (address, shared) = (self.config.web.listen.clone(), state.clone());
        if address.is_empty() {
            return faces;
        }
        faces.child(ChildSpec::task("page", self.timing(), move |child| {
            let (state, address) = (shared.clone(), address.clone());
            async move { serve(child, server::web(state, &address)?).await }
        }))
    }
}

/// Serves until the child is asked to end; requests under way are answered.
async fn serve(child: ChildContext, server: actix_web::dev::Server) -> anyhow::Result<()> {
    child.mark_started();
    let handle = server.handle();
    let mut server = std::pin::pin!(server);
    tokio::select! {
        outcome = &mut server => return outcome.context("serving"),
        () = child.asked_to_stop() => {}
    }
    // Sent at once; the server itself says when it has stopped.
    let _sent = handle.stop(true);
    server.await.context("stopping to serve")
}
