//! What the tests share: one sample set for all of them, and homes that know its catalogue.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

use cardmint_tests::daemon::{Daemon, Home};
use cardmint_tests::market::{Market, World};
use cardmint_tests::samples;
use cardmint_tests::simulator::{Label, read_labels};

/// Decides the cards and photos of all tests.
const SEED: u64 = 1;

/// The sample set, made once per run.
pub(crate) struct Samples {
    folder: PathBuf,
    pub(crate) labels: Vec<Label>,
}

/// The sample set.
pub(crate) fn samples() -> &'static Samples {
    static MADE: OnceLock<Samples> = OnceLock::new();
    MADE.get_or_init(|| {
        // Cargo's own folder: nothing is dropped from a static, and elsewhere a set would be left by every run.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("samples");
        if let Err(error) = std::fs::remove_dir_all(&folder) {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
        }
        samples::make(&folder, SEED).unwrap();
        let labels = read_labels(&folder.join("labels.csv")).unwrap();
        Samples { folder, labels }
    })
}

impl Samples {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn photo(&self, label: &Label) -> PathBuf {
        self.path("photos").join(&label.image)
    }

    /// Photos of one card each, taken at a station: what a daemon that works recognises.
    pub(crate) fn easy(&self) -> impl Iterator<Item = &Label> {
        self.labels.iter().filter(|label| label.image.starts_with("station-single"))
    }

    /// A market that knows prices for the catalogue.
    pub(crate) fn market(&self) -> Market {
        Market::start(World::generated(&self.path("catalogue"), SystemTime::now()).unwrap()).unwrap()
    }

    /// Starts the daemon of `home` and imports the catalogue.
    pub(crate) async fn start(&self, home: &Home) -> Daemon {
        let daemon = home.start().await.unwrap();
        daemon.import(&self.path("catalogue"), &self.path("references")).await.unwrap();
        daemon
    }
}

/// The name a capture of this file gets.
pub(crate) fn digest(photo: &Path) -> String {
    blake3::hash(&std::fs::read(photo).unwrap()).to_hex().to_string()
}
