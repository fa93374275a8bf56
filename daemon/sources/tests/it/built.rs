//! The plugins and the host program, built once.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use cardmint_sources::PluginFile;

const PACKAGES: [&str; 6] = [
    "cardmint-sources",
    "cardmint-plugin-tcgcsv",
    "cardmint-test-plugin-second",
    "cardmint-test-plugin-misbehaving",
    "cardmint-test-plugin-foreign",
    "cardmint-test-plugin-crashing",
];

/// Where they lie: in the folder that `CARDMINT_PROGRAMS` names where a whole build has been made before, else in this
/// program's own `TARGET/PROFILE`, built now.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| match std::env::var_os("CARDMINT_PROGRAMS") {
    Some(folder) => PathBuf::from(folder),
    None => build(),
});

fn build() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().and_then(Path::parent).unwrap();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--lib", "--example", "plugin-host", "--target-dir"]).arg(folder.parent().unwrap());
    cargo.args(PACKAGES.iter().flat_map(|package| ["-p", package]));
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "building the plugins: {}", String::from_utf8_lossy(&output.stderr));
    folder.to_owned()
}

pub(crate) fn host_program() -> PathBuf {
    FOLDER.join("examples/plugin-host")
}

pub(crate) fn library(name: &str) -> PathBuf {
    let kind = if name == "tcgcsv" { "plugin" } else { "test_plugin" };
    FOLDER.join(format!("libcardmint_{kind}_{name}.so"))
}

pub(crate) fn plugin(name: &str) -> PluginFile {
    PluginFile::read(&library(name)).unwrap()
}
