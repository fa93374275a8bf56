//! Files that are no plugins, and hosts that are none.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use cardmint_domain::errors::chain;
use cardmint_sources::{
    ClientParams, Driver, DriverParams, ElfError, HostEnd, LoadError, PluginClient, PluginFile, Refusal,
    clock::ManualClock,
};
use tempfile::TempDir;

use crate::{
    NOW,
    built::{host_program, library, plugin},
};

fn load(path: &Path) -> LoadError {
    let file = PluginFile::read(path).unwrap();
    PluginClient::load(&file, &Default::default(), ClientParams::new(&host_program())).unwrap_err()
}

fn refusal(path: &Path) -> Refusal {
    match load(path) {
        LoadError::Refused { source, .. } => source,
        other => panic!("{}", chain(&other)),
    }
}

fn file(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn files_that_are_no_libraries_have_their_reasons() {
    let folder = TempDir::new().unwrap();
    let whole = std::fs::read(library("second")).unwrap();
    assert_eq!(refusal(&file(&folder, "text.so", b"hello\n")), Refusal::Elf(ElfError::NotElf));
    assert_eq!(refusal(&file(&folder, "empty.so", b"")), Refusal::Elf(ElfError::NotElf));
    for length in [16, 64, 1000, 100_000] {
        let refusal = refusal(&file(&folder, "cut.so", &whole[..length]));
        assert!(matches!(refusal, Refusal::Elf(ElfError::Truncated { .. })), "{length} bytes: {refusal}");
    }
    let program = refusal(&host_program());
    assert!(matches!(program, Refusal::Elf(ElfError::Program)), "{program}");
}

#[test]
fn a_library_without_the_symbol_is_no_plugin() {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let is_libc = |path: &&str| path.ends_with("/libc.so.6");
    let libc = maps.lines().filter_map(|line| line.split_whitespace().nth(5)).find(is_libc).unwrap();
    // The C library has an interpreter, so that it can be run; take one that has none.
    let folder = Path::new(libc).parent().unwrap();
    let refusal = refusal(&folder.join("libgcc_s.so.1"));
    assert!(matches!(&refusal, Refusal::NoSymbol { symbol } if symbol.contains("root")), "{refusal}");
}

#[test]
fn another_api_version_is_named_with_both_numbers() {
    let refusal = refusal(&library("foreign"));
    assert_eq!(refusal, Refusal::ApiVersion { found: "2.0.0".to_owned(), expected: "1.0.0".to_owned() });
}

#[test]
fn a_constructor_that_crashes_takes_only_the_host_down() {
    let error = load(&library("crashing"));
    assert!(matches!(error, LoadError::Died { end: HostEnd::Signal(11), .. }), "{}", chain(&error));
}

#[test]
fn a_file_that_changed_since_it_was_looked_at_is_not_loaded() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "plugin.so", &std::fs::read(library("second")).unwrap());
    let looked_at = PluginFile::read(&path).unwrap();
    std::fs::copy(library("misbehaving"), &path).unwrap();
    let params = ClientParams::new(&host_program());
    let error = PluginClient::load(&looked_at, &Default::default(), params.clone()).unwrap_err();
    assert!(matches!(error, LoadError::Refused { source: Refusal::Changed { .. }, .. }));
    std::fs::remove_file(&path).unwrap();
    let error = PluginClient::load(&looked_at, &Default::default(), params).unwrap_err();
    assert!(matches!(error, LoadError::Refused { source: Refusal::Unreadable(_), .. }));
}

#[test]
fn a_program_that_is_no_host_is_an_error_in_time() {
    let with = |program: &str, args: &[&str], load_deadline| {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        let params = ClientParams { args, load_deadline, ..ClientParams::new(Path::new(program)) };
        PluginClient::load(&plugin("second"), &Default::default(), params).unwrap_err()
    };
    let (soon, late) = (Duration::from_millis(100), Duration::from_secs(60));
    assert!(matches!(with("/no/such/program", &[], late), LoadError::Start { .. }));
    assert!(matches!(with("/bin/false", &[], late), LoadError::Died { end: HostEnd::Code(1), .. }));
    assert!(matches!(with("/bin/sleep", &["100"], soon), LoadError::Died { end: HostEnd::Deadline { .. }, .. }));
}

#[test]
fn a_source_that_insists_on_a_contact_gets_one_or_is_not_used() {
    let clock = Arc::new(ManualClock::at(NOW));
    let load = |params| Driver::load(&plugin("tcgcsv"), params, clock.clone()).map(drop);
    let error = load(DriverParams::new(&host_program())).unwrap_err();
    assert!(matches!(error, LoadError::Http { .. }) && chain(&error).contains("contact"));
    load(crate::params()).unwrap();
}
