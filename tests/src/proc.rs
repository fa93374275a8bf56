//! What Linux knows about a running process.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, bail};

/// `USER_HZ`, in which `/proc` counts; 100 on every platform that CardMint runs on.
const TICKS_PER_SECOND: u64 = 100;

/// CPU time of a process and all its threads, user and system, so far.
///
/// # Errors
/// When there is no such process.
pub fn cpu(pid: u32) -> anyhow::Result<Duration> {
    ticks(&format!("/proc/{pid}/stat"))
}

/// CPU time of a process's living threads by their names; those of one name are added up.
///
/// # Errors
/// When there is no such process.
pub fn cpu_by_thread(pid: u32) -> anyhow::Result<BTreeMap<String, Duration>> {
    let folder = format!("/proc/{pid}/task");
    let mut threads: BTreeMap<String, Duration> = BTreeMap::new();
    for entry in std::fs::read_dir(&folder).with_context(|| format!("listing {folder}"))? {
        let path = entry?.path();
        // A thread may end between being listed and being read.
        let (Ok(name), Ok(spent)) =
            (std::fs::read_to_string(path.join("comm")), ticks(&path.join("stat").display().to_string()))
        else {
            continue;
        };
        *threads.entry(name.trim().to_owned()).or_default() += spent;
    }
    Ok(threads)
}

/// The processes that this one has started and that still run.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn children(pid: u32) -> anyhow::Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").context("listing /proc")? {
        let name = entry?.file_name();
        let Some(child) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{child}/stat")) else { continue };
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
        if parent == Some(pid) {
            found.push(child);
        }
    }
    Ok(found)
}

/// Memory that a process holds, in bytes.
///
/// # Errors
/// When there is no such process.
pub fn resident_bytes(pid: u32) -> anyhow::Result<u64> {
    let path = format!("/proc/{pid}/status");
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
    let kib: u64 = line.split_whitespace().nth(1).context("VmRSS without a number")?.parse().context("VmRSS")?;
    Ok(kib * 1024)
}

fn ticks(path: &str) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(path).with_context(|| format!("reading {path}"))?;
    // The name in parentheses may hold anything; numbers begin after the last one. utime and stime are fields 14 and 15.
    let numbers: Vec<&str> = stat.rsplit_once(')').context("no name")?.1.split_whitespace().collect();
    let (Some(user), Some(system)) = (numbers.get(11), numbers.get(12)) else { bail!("{path} is too short") };
    let ticks = user.parse::<u64>()? + system.parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_threads_and_a_parent() {
        let own = std::process::id();
        assert!(resident_bytes(own).unwrap() > 1 << 20);
        assert!(!cpu_by_thread(own).unwrap().is_empty());
        assert!(children(std::os::unix::process::parent_id()).unwrap().contains(&own));
        assert!(cpu(u32::MAX).is_err());
    }
}
