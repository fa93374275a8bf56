//! A real daemon in a folder of its own.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;
use tempfile::TempDir;

use crate::market::Market;
use crate::programs::Programs;
use crate::wait::until;

/// Generous: a machine that also compiles may be slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many photos are read at once: tests run side by side already.
const WORKERS: &str = "1";

/// Where a daemon lives and how it is configured. Outlives the process, so that it can be killed and started again.
pub struct Home {
    folder: TempDir,
    settings: Vec<(String, String)>,
    programs: Programs,
}

impl Home {
    /// An empty home with the embedded defaults, everything inside it, for the programs under test.
    ///
    /// # Errors
    /// When the programs cannot be built or the folders not be made.
    pub fn new() -> anyhow::Result<Self> {
        Self::with(Programs::get()?.clone())
    }

    /// The same for other programs.
    ///
    /// # Errors
    /// When the folders cannot be made.
    pub fn with(programs: Programs) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("cardmint-").tempdir().context("making a home for the daemon")?;
        for name in ["state", "watch", "plugins"] {
            std::fs::create_dir(folder.path().join(name)).with_context(|| format!("making {name}"))?;
        }
        let mut home = Self { folder, settings: Vec::new(), programs };
        home.set_path("CARDMINT__STATE_DIR", "state");
        home.set_path("CARDMINT__WATCH__FOLDER", "watch");
        home.set_path("CARDMINT__PRICING__PLUGIN_DIR", "plugins");
        home.set_path("CARDMINT__CONTROL__SOCKET_PATH", "control.sock");
        home.set("CARDMINT__WEB__LISTEN", "");
        home.set("CARDMINT__WATCH__STABLE_MS", "200");
        home.set("CARDMINT__PIPELINE__WORKERS", WORKERS);
        home.set("CARDMINT__PRICING__CONTACT", "tests@example.invalid");
        home.set_path("CARDMINT_FAULTS", "faults");
        Ok(home)
    }

    /// Sets an environment variable of the daemon.
    pub fn set(&mut self, key: &str, value: &str) {
        self.settings.retain(|(known, _)| known != key);
        self.settings.push((key.to_owned(), value.to_owned()));
    }

    /// Puts the price source TCGCSV into the plugin folder and has it ask `market`.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn use_market(&mut self, market: &Market) -> anyhow::Result<()> {
        self.set("CARDMINT__PRICING__BASE_URLS__TCGCSV", &market.base_url());
        let to = self.path("plugins/tcgcsv.so");
        std::fs::copy(self.programs.tcgcsv(), &to)
            .with_context(|| format!("copying the plugin to {}", to.display()))?;
        Ok(())
    }

    /// Has the page served, and says where.
    ///
    /// # Errors
    /// When this machine has no free port.
    pub fn use_page(&mut self) -> anyhow::Result<String> {
        let free = std::net::TcpListener::bind("127.0.0.1:0").context("looking for a free port")?;
        let address = free.local_addr().context("looking for a free port")?.to_string();
        self.set("CARDMINT__WEB__LISTEN", &address);
        Ok(format!("http://{address}"))
    }

    /// Drops a photo into the watched folder, whole at once.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn drop_photo(&self, photo: &Path) -> anyhow::Result<()> {
        let name = photo.file_name().context("a photo has a name")?;
        let staged = self.path("staged");
        std::fs::copy(photo, &staged).with_context(|| format!("copying {}", photo.display()))?;
        std::fs::rename(&staged, self.path("watch").join(name)).context("dropping a photo")
    }

    /// A command that runs the daemon's program in this home.
    #[must_use]
    pub fn cardmintd(&self) -> Command {
        let mut command = Command::new(self.programs.cardmintd());
        command.envs(self.settings.iter().map(|(key, value)| (key, value))).env_remove("CARDMINT_PROFILE");
        command
    }

    /// A command that talks to the daemon of this home.
    #[must_use]
    pub fn cardmintctl(&self) -> Command {
        let mut command = Command::new(self.programs.cardmintctl());
        command.arg("--socket").arg(self.path("control.sock"));
        command
    }

    fn set_path(&mut self, key: &str, name: &str) {
        let path = self.path(name).display().to_string();
        self.set(key, &path);
    }

    /// A path inside the home.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Says what the next stages are to do, one `NAME ACTION` a line; see the daemon's module `faults`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn inject(&self, lines: &str) -> anyhow::Result<()> {
        std::fs::write(self.path("faults"), lines).context("writing the faults file")
    }

    /// Starts the daemon and waits until its socket answers.
    ///
    /// # Errors
    /// When it ends instead; its log is in the message.
    pub async fn start(&self) -> anyhow::Result<Daemon> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path("log"))
            .context("opening the daemon's log")?;
        let child = self
            .cardmintd()
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("sharing the log")?)
            .stderr(log)
            .spawn()
            .context("starting the daemon")?;
        let client = reqwest::Client::builder()
            .unix_socket(self.path("control.sock"))
            .timeout(PATIENCE)
            .build()
            .context("making a client")?;
        let mut daemon = Daemon { child, client, log: self.path("log") };
        let answered = until("the daemon to answer", PATIENCE, async || {
            if let Ok(Some(status)) = daemon.child.try_wait() {
                return Some(Err(status));
            }
            daemon.client.get("http://daemon/livez").send().await.ok().map(|_| Ok(()))
        })
        .await;
        match answered {
            Ok(()) => Ok(daemon),
            Err(status) => bail!("the daemon ended with {status}:\n{}", daemon.log()),
        }
    }
}

/// A running daemon. Killed when dropped.
pub struct Daemon {
    child: Child,
    client: reqwest::Client,
    log: PathBuf,
}

impl Daemon {
    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has logged so far, over all its lives in this home.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// `GET path`, which must succeed.
    ///
    /// # Errors
    /// When the daemon does not answer or answers with another status than 200.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.client.get(format!("http://daemon{path}")).send().await.with_context(|| path.to_owned())?;
        read(answer, path).await
    }

    /// `POST path` with a JSON body, which must succeed.
    ///
    /// # Errors
    /// When the daemon does not answer or refuses; its answer is in the message.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.client.post(format!("http://daemon{path}")).json(body);
        read(request.send().await.with_context(|| path.to_owned())?, path).await
    }

    /// The client, for what is neither.
    #[must_use]
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Imports a catalogue with its reference pictures and waits until it is in use.
    ///
    /// # Errors
    /// When the import fails.
    pub async fn import(&self, catalogue: &Path, references: &Path) -> anyhow::Result<Value> {
        let body = serde_json::json!({ "source": catalogue, "references": references });
        let id = self.post("/v1/catalogue/import", &body).await?["import_id"].clone();
        let status = until("the import to end", PATIENCE, async || {
            let status = self.get(&format!("/v1/catalogue/imports/{id}")).await.ok()?;
            (status["state"] != "running").then_some(status)
        })
        .await;
        if status["state"] != "done" {
            bail!("the import ended with {status}");
        }
        Ok(status)
    }

    /// Every scan, newest first.
    ///
    /// # Errors
    /// When the daemon does not answer.
    pub async fn scans(&self) -> anyhow::Result<Vec<Value>> {
        let mut listing = self.get("/v1/scans?limit=1000").await?;
        match listing["items"].take() {
            Value::Array(items) => Ok(items),
            other => bail!("items is {other}"),
        }
    }

    /// Waits until `captures` of them are done or dead, and nothing is left to do.
    pub async fn settled(&self, captures: u64) {
        until(&format!("{captures} captures to end"), PATIENCE * 3, async || {
            let status = self.get("/v1/status").await.ok()?;
            let count = |state: &str| status["counts"]["captures"][state].as_u64().unwrap_or(0);
            (count("done") + count("dead") >= captures && count("admitted") + count("in_progress") == 0).then_some(())
        })
        .await;
    }

    /// Kills it as a power failure of the process would: nothing can be done about it.
    ///
    /// # Errors
    /// When it has ended before.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().context("killing the daemon")?;
        self.child.wait().context("waiting for the daemon's end")?;
        Ok(())
    }

    /// Asks it to end and waits until it has.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn terminate(mut self) -> anyhow::Result<ExitStatus> {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.pid()).context("the daemon's pid")?);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).context("asking the daemon to end")?;
        Ok(until("the daemon to end", PATIENCE, async || self.child.try_wait().ok().flatten()).await)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        if let Ok(None) = self.child.try_wait() {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

async fn read(answer: reqwest::Response, path: &str) -> anyhow::Result<Value> {
    let status = answer.status();
    let text = answer.text().await.with_context(|| path.to_owned())?;
    if !status.is_success() {
        bail!("{path}: {status}: {text}");
    }
    serde_json::from_str(&text).with_context(|| format!("{path}: {text}"))
}

/// Whether a process ended by this signal.
#[must_use]
pub fn ended_by(status: ExitStatus, signal: i32) -> bool {
    status.signal() == Some(signal)
}
