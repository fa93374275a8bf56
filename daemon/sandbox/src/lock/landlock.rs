//! Files, TCP ports and signals, as far as this kernel's landlock covers them.
//!
//! Best effort: an old kernel covers less, a container may cover nothing. The filter of system calls stands behind it, and
//! it is not optional.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, RestrictionStatus, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use super::{LockError, warn};

/// How much of a request this kernel enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landlock {
    /// All of it.
    Full,
    /// An older kernel: files yes, some newer rights not.
    Partial,
    /// Nothing; a warning has been written.
    None,
}

/// Newest rights that are asked for; older kernels leave out what they do not know.
const RIGHTS: ABI = ABI::V6;

/// From now on this process reads files under these paths and touches no others. A path that does not exist is an error;
/// see [`library_paths`] for those that hold libraries.
///
/// # Errors
/// [`LockError::Path`].
pub fn landlock_read_only(paths: &[&Path]) -> Result<Landlock, LockError> {
    let mut rules = Vec::with_capacity(paths.len());
    for path in paths {
        let failed =
            |source: Box<dyn std::error::Error + Send + Sync>| LockError::Path { path: (*path).into(), source };
        let is_folder = std::fs::metadata(path).map_err(|error| failed(error.into()))?.is_dir();
        let mut access = AccessFs::ReadFile | AccessFs::Execute;
        if is_folder {
            access |= AccessFs::ReadDir;
        }
        let opened = PathFd::new(path).map_err(|error| failed(error.into()))?;
        rules.push(Ok(PathBeneath::new(opened, access)));
    }
    Ok(outcome(restrict(rules), "only the given paths may be read"))
}

/// From now on this process opens no file at all.
///
/// # Errors
/// None today; see [`LockError`].
pub fn landlock_nothing() -> Result<Landlock, LockError> {
    Ok(outcome(restrict(Vec::new()), "no file may be opened"))
}

/// Where this system keeps its libraries, as far as these paths exist.
#[must_use]
pub fn library_paths() -> Vec<PathBuf> {
    let usual = [
        "/lib",
        "/lib64",
        "/usr/lib",
        "/usr/lib64",
        "/usr/local/lib",
        "/etc/ld.so.cache",
        "/etc/ld.so.preload",
        "/etc/alternatives",
    ];
    let there = |path: &&str| std::fs::metadata(path).is_ok();
    usual.into_iter().filter(there).map(PathBuf::from).collect()
}

fn restrict(rules: Vec<Result<PathBeneath<PathFd>, RulesetError>>) -> Result<RestrictionStatus, RulesetError> {
    let ruleset: RulesetCreated = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(RIGHTS))?
        .handle_access(AccessNet::from_all(RIGHTS))?
        .scope(Scope::from_all(RIGHTS))?
        .create()?;
    ruleset.add_rules(rules)?.restrict_self()
}

fn outcome(status: Result<RestrictionStatus, RulesetError>, what: &str) -> Landlock {
    let why = match status {
        Ok(RestrictionStatus { ruleset: RulesetStatus::FullyEnforced, .. }) => return Landlock::Full,
        Ok(RestrictionStatus { ruleset: RulesetStatus::PartiallyEnforced, .. }) => return Landlock::Partial,
        Ok(_) => "this kernel or container has none".to_owned(),
        Err(error) => error.to_string(),
    };
    warn(&format!("without landlock, seccomp alone sees to it that {what}: {why}"));
    Landlock::None
}
