//! Every metric, in one place.
//!
//! Counters and histograms are written where things happen; gauges of what is stored and of the tree are set when somebody
//! asks, from the store and the tree themselves, so that they never drift. Labels come from closed lists or from the tree.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use cardmint_domain::route::Stage;
use cardmint_domain::supervision::Exit;
use cardmint_domain::{Fault, Origin, Outcome, Permanence};
use cardmint_store::views::Counts;
use prometheus::core::Collector;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};

use crate::clock::Clock;
use crate::supervisor::{ChildState, TreeNode};

/// The names, as they stand in dashboards and alerts.
pub mod names {
    /// Seconds a stage took for one capture, by stage; faults included.
    pub const STAGE_SECONDS: &str = "cardmint_stage_duration_seconds";
    /// Faults by stage, origin and permanence.
    pub const STAGE_FAULTS: &str = "cardmint_stage_faults_total";
    /// Scans by outcome, as they are handed to the writer.
    pub const SCANS: &str = "cardmint_scans_total";
    /// Captures by state.
    pub const CAPTURES: &str = "cardmint_captures";
    /// Stored scans by outcome.
    pub const STORED_SCANS: &str = "cardmint_stored_scans";
    /// Open review tasks.
    pub const OPEN_REVIEWS: &str = "cardmint_open_reviews";
    /// Open review tasks by reason; a task with two reasons counts twice.
    pub const OPEN_REVIEWS_BY_REASON: &str = "cardmint_open_reviews_by_reason";
    /// Inventory items in stock.
    pub const ITEMS: &str = "cardmint_inventory_items";
    /// Open dead letters.
    pub const DEAD_LETTERS: &str = "cardmint_dead_letters";
    /// Rows of the audit log.
    pub const AUDIT_ROWS: &str = "cardmint_audit_rows";
    /// Age of the oldest capture that is neither done nor dead, in seconds; 0 when there is none.
    pub const OLDEST_WAITING_SECONDS: &str = "cardmint_oldest_waiting_capture_age_seconds";
    /// Whether a child is up, by its path in the tree.
    pub const CHILD_UP: &str = "cardmint_child_up";
    /// Messages sent to an actor and not answered yet, by its path in the tree.
    pub const CHILD_MAILBOX: &str = "cardmint_child_unanswered_messages";
    /// Ends of children by supervisor and way.
    pub const CHILD_EXITS: &str = "cardmint_child_exits_total";
    /// Restarts of children by supervisor.
    pub const CHILD_RESTARTS: &str = "cardmint_child_restarts_total";
    /// Threads of hung children that have not ended yet, by supervisor.
    pub const ABANDONED_THREADS: &str = "cardmint_abandoned_threads";
    /// Memory of the daemon's own process, in bytes.
    pub const RESIDENT_BYTES: &str = "cardmint_resident_memory_bytes";
    /// Always 1; the label says which version runs.
    pub const BUILD_INFO: &str = "cardmint_build_info";
}

/// Bounds of the stages' histogram, in seconds: a commit takes milliseconds, reading a page of nine cards ten seconds.
const SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

struct Metrics {
    registry: Registry,
    stage_seconds: HistogramVec,
    stage_faults: IntCounterVec,
    scans: IntCounterVec,
    captures: IntGaugeVec,
    stored_scans: IntGaugeVec,
    open_reviews: IntGauge,
    open_reviews_by_reason: IntGaugeVec,
    items: IntGauge,
    dead_letters: IntGauge,
    audit_rows: IntGauge,
    oldest_waiting: IntGauge,
    child_up: IntGaugeVec,
    child_mailbox: IntGaugeVec,
    child_exits: IntCounterVec,
    child_restarts: IntCounterVec,
    abandoned_threads: IntGaugeVec,
    resident_bytes: IntGauge,
}

static METRICS: LazyLock<Result<Metrics, prometheus::Error>> = LazyLock::new(Metrics::new);

impl Metrics {
    fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let kept = Keeper { registry: &registry };
        let build = kept.gauges(names::BUILD_INFO, "Always 1; the label says which version runs.", &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        Ok(Self {
            stage_seconds: kept.histogram(names::STAGE_SECONDS, "Seconds a stage took for one capture.", &["stage"])?,
            stage_faults: kept.counters(names::STAGE_FAULTS, "Faults.", &["stage", "origin", "permanence"])?,
            scans: kept.counters(names::SCANS, "Scans handed to the writer.", &["outcome"])?,
            captures: kept.gauges(names::CAPTURES, "Captures by state.", &["state"])?,
            stored_scans: kept.gauges(names::STORED_SCANS, "Stored scans by outcome.", &["outcome"])?,
            open_reviews: kept.gauge(names::OPEN_REVIEWS, "Open review tasks.")?,
            open_reviews_by_reason: kept.gauges(
                names::OPEN_REVIEWS_BY_REASON,
                "Open review tasks by reason; a task with two reasons counts twice.",
                &["reason"],
            )?,
            items: kept.gauge(names::ITEMS, "Inventory items in stock.")?,
            dead_letters: kept.gauge(names::DEAD_LETTERS, "Open dead letters.")?,
            audit_rows: kept.gauge(names::AUDIT_ROWS, "Rows of the audit log.")?,
            oldest_waiting: kept.gauge(
                names::OLDEST_WAITING_SECONDS,
                "Age of the oldest capture that is neither done nor dead; 0 when there is none.",
            )?,
            child_up: kept.gauges(names::CHILD_UP, "Whether a child is up.", &["child"])?,
            child_mailbox: kept.gauges(names::CHILD_MAILBOX, "Unanswered messages of an actor.", &["child"])?,
            child_exits: kept.counters(names::CHILD_EXITS, "Ends of children.", &["supervisor", "exit"])?,
            child_restarts: kept.counters(names::CHILD_RESTARTS, "Restarts of children.", &["supervisor"])?,
            abandoned_threads: kept.gauges(
                names::ABANDONED_THREADS,
                "Threads of hung children that have not ended yet.",
                &["supervisor"],
            )?,
            resident_bytes: kept.gauge(names::RESIDENT_BYTES, "Memory of the daemon's own process.")?,
            registry,
        })
    }
}

/// Makes metrics and has the registry keep them.
struct Keeper<'r> {
    registry: &'r Registry,
}

impl Keeper<'_> {
    fn keep<C: Collector + Clone + 'static>(&self, collector: C) -> Result<C, prometheus::Error> {
        self.registry.register(Box::new(collector.clone()))?;
        Ok(collector)
    }

    fn histogram(&self, name: &str, help: &str, labels: &[&str]) -> Result<HistogramVec, prometheus::Error> {
        self.keep(HistogramVec::new(HistogramOpts::new(name, help).buckets(SECONDS.to_vec()), labels)?)
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, prometheus::Error> {
        self.keep(IntCounterVec::new(Opts::new(name, help), labels)?)
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec, prometheus::Error> {
        self.keep(IntGaugeVec::new(Opts::new(name, help), labels)?)
    }

    fn gauge(&self, name: &str, help: &str) -> Result<IntGauge, prometheus::Error> {
        self.keep(IntGauge::new(name, help)?)
    }
}

/// Runs `note` with the metrics. Without them (which a test rules out) nothing is counted and [`render`] says why.
fn with(note: impl FnOnce(&Metrics)) {
    if let Ok(metrics) = &*METRICS {
        note(metrics);
    }
}

fn int(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// A stage has answered a capture.
pub fn stage_seconds(stage: Stage, took: Duration) {
    with(|m| m.stage_seconds.with_label_values(&[stage.as_str()]).observe(took.as_secs_f64()));
}

/// A stage has failed.
pub fn stage_fault(stage: Stage, fault: &Fault) {
    let origin = match fault.origin {
        Origin::Card => "card",
        Origin::Source => "source",
        Origin::Ours => "ours",
    };
    let permanence = match fault.permanence {
        Permanence::Transient => "transient",
        Permanence::Permanent => "permanent",
    };
    with(|m| m.stage_faults.with_label_values(&[stage.as_str(), origin, permanence]).inc());
}

/// A scan has its outcome.
pub fn scan_outcome(outcome: &Outcome) {
    let name = match outcome {
        Outcome::Booked { .. } => "booked",
        Outcome::Review { .. } => "review",
    };
    with(|m| m.scans.with_label_values(&[name]).inc());
}

/// A child of this supervisor has ended.
pub fn child_exited(supervisor: &str, exit: Exit) {
    with(|m| m.child_exits.with_label_values(&[supervisor, exit.as_str()]).inc());
}

/// A child of this supervisor was started again.
pub fn child_restarted(supervisor: &str) {
    with(|m| m.child_restarts.with_label_values(&[supervisor]).inc());
}

/// So many threads of hung children of this supervisor have not ended yet.
pub fn set_abandoned_threads(supervisor: &str, threads: usize) {
    with(|m| m.abandoned_threads.with_label_values(&[supervisor]).set(int(threads)));
}

/// Takes over what the store counted.
pub fn set_counts(counts: &Counts) {
    with(|m| {
        fill(&m.captures, &counts.captures);
        fill(&m.stored_scans, &counts.scans);
        fill(&m.open_reviews_by_reason, &counts.open_reviews_by_reason);
        m.open_reviews.set(int(counts.open_reviews));
        m.items.set(int(counts.items));
        m.dead_letters.set(int(counts.dead_letters));
        m.audit_rows.set(int(counts.audit_rows));
        let age = counts.oldest_waiting_at.map_or(0, |at| Clock::System.now().millis_since(at).max(0) / 1000);
        m.oldest_waiting.set(age);
    });
}

/// Replaces all children of a gauge.
fn fill<K: AsRef<str>>(gauge: &IntGaugeVec, counts: &BTreeMap<K, u64>) {
    gauge.reset();
    for (label, count) in counts {
        gauge.with_label_values(&[label.as_ref()]).set(int(*count));
    }
}

/// Takes over how the supervision tree stands.
pub fn set_tree(tree: &TreeNode) {
    with(|m| {
        m.child_up.reset();
        m.child_mailbox.reset();
        tree.each(&mut |path, node| {
            m.child_up.with_label_values(&[path]).set(i64::from(node.state == ChildState::Running));
            if let Some(mailbox) = node.mailbox {
                m.child_mailbox.with_label_values(&[path]).set(int(mailbox));
            }
        });
    });
}

/// All metrics as Prometheus reads them.
///
/// # Errors
/// When the metrics could not be made or cannot be written down.
pub fn render() -> Result<String, String> {
    let metrics = METRICS.as_ref().map_err(|error| format!("making the metrics: {error}"))?;
    if let Some(bytes) = resident_bytes() {
        metrics.resident_bytes.set(bytes);
    }
    TextEncoder::new()
        .encode_to_string(&metrics.registry.gather())
        .map_err(|error| format!("writing the metrics: {error}"))
}

/// Memory of this process, as the kernel counts it.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<i64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Held by a test that shows a tree: there is one registry for all of them.
    static TREE: Mutex<()> = Mutex::new(());

    #[test]
    fn every_family_has_a_help_text_and_a_name_that_says_unit_or_kind() {
        stage_seconds(Stage::Ocr, Duration::from_millis(30));
        stage_fault(Stage::Ocr, &Fault::bad_card("x"));
        child_exited("root", Exit::Panicked);
        let text = render().unwrap();
        // Tests beside this one count too.
        for counted in [
            "cardmint_stage_duration_seconds_bucket{stage=\"ocr\",le=\"0.05\"} ",
            "cardmint_stage_faults_total{origin=\"card\",permanence=\"permanent\",stage=\"ocr\"} ",
        ] {
            let count = text.lines().find_map(|line| line.strip_prefix(counted)?.parse::<f64>().ok());
            assert!(count.is_some_and(|count| count >= 1.0), "{counted}: {text}");
        }
        for line in text.lines().filter(|line| line.starts_with("# TYPE ")) {
            let mut words = line.split(' ').skip(2);
            let (name, kind) = (words.next().unwrap(), words.next().unwrap());
            assert!(name.starts_with("cardmint_"), "{name}");
            assert!(text.contains(&format!("# HELP {name} ")), "{name}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
            assert!(kind != "histogram" || name.ends_with("_seconds"), "{name}");
        }
    }

    /// Every word of `text` that begins like a metric of ours.
    fn metrics_named_in(text: &str) -> impl Iterator<Item = &str> {
        let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
        text.split(word).filter(|word| word.starts_with("cardmint_"))
    }

    #[test]
    fn alerts_and_dashboards_name_metrics_that_exist() {
        let _alone = TREE.lock();
        count_everything_once();
        let families = METRICS.as_ref().unwrap().registry.gather();
        let known: Vec<&str> = families.iter().map(|family| family.name()).collect();
        for (file, text) in [
            ("alerts.yml", include_str!("../../../../config/alerts.yml")),
            ("dashboards/cardmint.json", include_str!("../../../../config/dashboards/cardmint.json")),
        ] {
            let named: Vec<&str> = metrics_named_in(text).collect();
            assert!(named.len() > 5, "{file} names {named:?} only");
            for name in named {
                assert!(known.contains(&name.trim_end_matches("_bucket")), "{file} names {name}, which nobody counts");
            }
        }
    }

    /// A family shows up once something was counted in it. Not where another test counts.
    fn count_everything_once() {
        stage_seconds(Stage::Storage, Duration::from_millis(30));
        stage_fault(Stage::Storage, &Fault::bad_card("x"));
        scan_outcome(&Outcome::Review { reasons: Vec::new() });
        child_exited("root", Exit::Panicked);
        child_restarted("root");
        set_abandoned_threads("root", 0);
        set_counts(&Counts {
            captures: [("admitted", 1)].into(),
            scans: [("booked", 1)].into(),
            open_reviews: 1,
            open_reviews_by_reason: [("twins".to_owned(), 1)].into(),
            items: 1,
            dead_letters: 0,
            audit_rows: 1,
            oldest_waiting_at: None,
        });
        set_tree(&node("root", Vec::new()));
    }

    fn node(name: &str, children: Vec<TreeNode>) -> TreeNode {
        TreeNode {
            name: name.to_owned(),
            state: ChildState::Running,
            generation: 1,
            restarts: 0,
            last_exit: None,
            mailbox: Some(3),
            strategy: None,
            children,
        }
    }

    #[test]
    fn a_child_that_is_gone_leaves_no_gauge() {
        let _alone = TREE.lock();
        set_tree(&node("root", vec![node("gone", Vec::new())]));
        assert!(render().unwrap().contains("cardmint_child_unanswered_messages{child=\"root/gone\"} 3"));
        set_tree(&node("root", vec![node("there", Vec::new())]));
        let text = render().unwrap();
        assert!(text.contains("cardmint_child_up{child=\"root/there\"} 1") && !text.contains("root/gone"), "{text}");
    }
}
