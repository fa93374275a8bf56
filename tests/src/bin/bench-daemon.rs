//! `bench-daemon`: how fast and how large the whole daemon is, measured from outside.
//!
//! Without arguments on the sample set that it makes itself; with them on any catalogue and photos.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use cardmint_tests::daemon::{Daemon, Home};
use cardmint_tests::programs::Programs;
use cardmint_tests::{proc, samples};
use clap::Parser;

#[derive(Debug, Parser)]
#[command(about = "Measures the daemon: photos by second, processor time by stage, memory, start, rest")]
struct Arguments {
    /// Folder of the catalogue; an invented one without.
    #[arg(long, requires_all = ["references", "photos"])]
    catalogue: Option<PathBuf>,
    /// Folder of the reference pictures.
    #[arg(long)]
    references: Option<PathBuf>,
    /// Folder of the photos.
    #[arg(long)]
    photos: Option<PathBuf>,
    /// At most this many photos.
    #[arg(long, default_value_t = 1000)]
    count: usize,
    /// How long the daemon is watched at rest, in seconds.
    #[arg(long, default_value_t = 10)]
    idle_secs: u64,
}

struct Input {
    catalogue: PathBuf,
    references: PathBuf,
    photos: Vec<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let made = tempfile::tempdir().context("making a folder")?;
    let input = input(&arguments, made.path())?;
    let mut home = Home::with(Programs::beside_this()?)?;
    home.set("CARDMINT__PIPELINE__WORKERS", "0");

    let (daemon, _) = start(&mut home).await?;
    let begun = Instant::now();
    daemon.import(&input.catalogue, &input.references).await?;
    let import = begun.elapsed();
    daemon.terminate().await?;

    let (daemon, to_ready) = start(&mut home).await?;
    let resident_at_rest = proc::resident_bytes(daemon.pid())?;
    let rest = cpu_during(&daemon, Duration::from_secs(arguments.idle_secs)).await?;
    let load = load(&home, &daemon, &input.photos).await?;
    let mut out = std::io::stdout().lock();
    let mut row = |what: &str, value: String| writeln!(out, "{what:<44} {value:>14}");
    row("photos", input.photos.len().to_string())?;
    row("cards", load.cards.to_string())?;
    row("import with picture index, s", seconds(import))?;
    row("start to READY, s", seconds(to_ready))?;
    row("processor at rest, % of a core", format!("{:.2}", rest * 100.0))?;
    row("daemon's memory at rest, MiB", mebibytes(resident_at_rest))?;
    row("daemon's memory after the photos, MiB", mebibytes(proc::resident_bytes(daemon.pid())?))?;
    row("all photos, wall s", seconds(load.wall))?;
    row("cards per second", format!("{:.2}", load.cards as f64 / load.wall.as_secs_f64()))?;
    let per_card = |spent: Duration| format!("{:.1}", spent.as_secs_f64() * 1000.0 / load.cards.max(1) as f64);
    row("processor per card: worker processes, ms", per_card(load.workers))?;
    for (thread, spent) in &load.threads {
        row(&format!("processor per card: {thread}, ms"), per_card(*spent))?;
    }
    for (stage, wall) in &load.stages {
        row(&format!("wall per photo: {stage}, ms"), format!("{:.1}", wall * 1000.0))?;
    }
    Ok(())
}

fn seconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64())
}

fn mebibytes(bytes: u64) -> String {
    (bytes >> 20).to_string()
}

fn input(arguments: &Arguments, made: &Path) -> anyhow::Result<Input> {
    let (catalogue, references, folder) = match (&arguments.catalogue, &arguments.references, &arguments.photos) {
        (Some(catalogue), Some(references), Some(photos)) => (catalogue.clone(), references.clone(), photos.clone()),
        _ => {
            samples::make(made, 1)?;
            (made.join("catalogue"), made.join("references"), made.join("photos"))
        }
    };
    let listing = std::fs::read_dir(&folder).with_context(|| format!("listing {}", folder.display()))?;
    let mut photos = listing.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    photos.sort();
    photos.truncate(arguments.count);
    Ok(Input { catalogue, references, photos })
}

/// Starts the daemon as systemd does; says how long it took until it called itself ready.
async fn start(home: &mut Home) -> anyhow::Result<(Daemon, Duration)> {
    let path = home.path("notify");
    drop(std::fs::remove_file(&path));
    let socket = UnixDatagram::bind(&path).context("listening for READY")?;
    home.set("NOTIFY_SOCKET", &path.display().to_string());
    let begun = Instant::now();
    let ready = std::thread::spawn(move || {
        let mut buffer = [0_u8; 4096];
        loop {
            let length = socket.recv(&mut buffer)?;
            let said = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if said.lines().any(|line| line == "READY=1") {
                return Ok::<Duration, std::io::Error>(begun.elapsed());
            }
        }
    });
    let daemon = home.start().await?;
    let took = ready.join().map_err(|_| anyhow::anyhow!("waiting for READY panicked"))?.context("waiting for READY")?;
    Ok((daemon, took))
}

/// Share of a core that the daemon and its children use while nothing is to do.
async fn cpu_during(daemon: &Daemon, time: Duration) -> anyhow::Result<f64> {
    let spent = || -> anyhow::Result<Duration> {
        let children: Duration = proc::children(daemon.pid())?.into_iter().filter_map(|pid| proc::cpu(pid).ok()).sum();
        Ok(proc::cpu(daemon.pid())? + children)
    };
    // The first second after READY is still part of the start.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = spent()?;
    tokio::time::sleep(time).await;
    Ok((spent()? - before).as_secs_f64() / time.as_secs_f64())
}

struct Load {
    cards: usize,
    wall: Duration,
    /// Processor time of the OCR workers and plugin hosts.
    workers: Duration,
    /// Processor time of the daemon's own threads, by name.
    threads: BTreeMap<String, Duration>,
    /// Mean seconds by stage.
    stages: BTreeMap<String, f64>,
}

async fn load(home: &Home, daemon: &Daemon, photos: &[PathBuf]) -> anyhow::Result<Load> {
    let children = |pid| -> anyhow::Result<Duration> {
        Ok(proc::children(pid)?.into_iter().filter_map(|child| proc::cpu(child).ok()).sum())
    };
    let (workers, threads) = (children(daemon.pid())?, proc::cpu_by_thread(daemon.pid())?);
    let begun = Instant::now();
    for photo in photos {
        home.drop_photo(photo)?;
    }
    daemon.settled(photos.len() as u64).await;
    let wall = begun.elapsed();
    let after = proc::cpu_by_thread(daemon.pid())?.into_iter();
    let threads = after.map(|(name, spent)| {
        let before = threads.get(&name).copied().unwrap_or_default();
        (name, spent.saturating_sub(before))
    });
    Ok(Load {
        cards: daemon.scans().await?.len(),
        wall,
        workers: children(daemon.pid())?.saturating_sub(workers),
        threads: threads.filter(|(_, spent)| *spent >= Duration::from_millis(50)).collect(),
        stages: stages(daemon).await?,
    })
}

/// From the daemon's own metrics: the sum of each stage's seconds by the number of photos.
async fn stages(daemon: &Daemon) -> anyhow::Result<BTreeMap<String, f64>> {
    let text = daemon.client().get("http://daemon/metrics").send().await?.text().await?;
    let value = |name: &str, line: &str| -> Option<(String, f64)> {
        let (labels, value) = line.strip_prefix(name)?.strip_prefix('{')?.split_once("} ")?;
        let stage = labels.split("stage=\"").nth(1)?.split('"').next()?;
        Some((stage.to_owned(), value.parse().ok()?))
    };
    let counts: BTreeMap<String, f64> =
        text.lines().filter_map(|line| value("cardmint_stage_duration_seconds_count", line)).collect();
    let sums = text.lines().filter_map(|line| value("cardmint_stage_duration_seconds_sum", line));
    Ok(sums.map(|(stage, sum)| (stage.clone(), sum / counts.get(&stage).copied().unwrap_or(1.0).max(1.0))).collect())
}
