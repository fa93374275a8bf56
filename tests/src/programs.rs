//! The programs under test, built once.
//!
//! They need the daemon's feature `fault-injection`, which the workspace's own build leaves out. Whoever has built them
//! already (`.ci/test` does, in the same step as the tests) says where they lie in `CARDMINT_PROGRAMS`; otherwise cargo is
//! asked, once per test program. Cargo holds no lock while it runs tests, so asking from within is safe.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, bail};

/// Where the programs lie.
#[derive(Debug, Clone)]
pub struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Builds what the tests run, unless it is built already: the daemon with its fault hooks, the command line, the plugins.
    ///
    /// # Errors
    /// What cargo said, when the build fails; when `CARDMINT_PROGRAMS` names a folder without the programs.
    pub fn get() -> anyhow::Result<&'static Self> {
        static BUILT: OnceLock<Result<Programs, String>> = OnceLock::new();
        let built = BUILT.get_or_init(|| find().map_err(|error| format!("{error:#}")));
        built.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
    }

    /// The programs that lie beside this one.
    ///
    /// # Errors
    /// When there are none.
    pub fn beside_this() -> anyhow::Result<Self> {
        let own = std::env::current_exe().context("finding this program")?;
        Self::at(own.parent().context("this program lies in no folder")?.to_owned())
    }

    /// The programs of a release build, which benchmarks measure; cargo has put this program beside them.
    ///
    /// # Errors
    /// What cargo said, when the build fails.
    pub fn release() -> anyhow::Result<Self> {
        cargo(&["build", "--release", "--workspace", "--bins", "--lib"])?;
        let own = std::env::current_exe().context("finding this program")?;
        Self::at(own.parent().and_then(Path::parent).context("this program lies outside a target folder")?.to_owned())
    }

    fn at(folder: PathBuf) -> anyhow::Result<Self> {
        let programs = Self { folder };
        let daemon = programs.cardmintd();
        std::fs::metadata(&daemon).with_context(|| format!("there is no {}", daemon.display()))?;
        Ok(programs)
    }

    /// The daemon.
    #[must_use]
    pub fn cardmintd(&self) -> PathBuf {
        self.folder.join("cardmintd")
    }

    /// The command line.
    #[must_use]
    pub fn cardmintctl(&self) -> PathBuf {
        self.folder.join("cardmintctl")
    }

    /// The first price source.
    #[must_use]
    pub fn tcgcsv(&self) -> PathBuf {
        self.folder.join("libcardmint_plugin_tcgcsv.so")
    }

    /// One of the plugins that are made for tests: `second`, `foreign`, `crashing`, `misbehaving`.
    #[must_use]
    pub fn test_plugin(&self, name: &str) -> PathBuf {
        self.folder.join(format!("libcardmint_test_plugin_{name}.so"))
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn find() -> anyhow::Result<Programs> {
    if let Some(folder) = std::env::var_os("CARDMINT_PROGRAMS") {
        return Programs::at(root().join(folder));
    }
    // One test target is asked for so that features are chosen as `cargo test --workspace` chooses them: then nothing but
    // what depends on the daemon is built a second time.
    let selection = ["--workspace", "--lib", "--bins", "--test", "it", "--features", "cardmintd/fault-injection"];
    cargo(&[&["build"], &selection[..]].concat())?;
    // The test program itself lies in TARGET/debug/deps.
    let own = std::env::current_exe().context("finding the test program")?;
    let folder = own.parent().and_then(Path::parent).context("the test program lies outside a target folder")?;
    Programs::at(folder.to_owned())
}

fn cargo(arguments: &[&str]) -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root())
        .args(arguments)
        .args(["--quiet", "--locked"])
        .output()
        .context("starting cargo")?;
    if !output.status.success() {
        bail!("building the programs under test: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
