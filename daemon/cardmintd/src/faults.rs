//! Places where the tests make a stage fail.
//!
//! Job: `point("ocr")` panics, hangs or kills the process when the file named by `CARDMINT_FAULTS` says so, once per line.
//!
//! Guarantee: without the feature `fault-injection` it is an empty function; release builds never carry it.
//!
//! Deliberately absent: any influence on what a stage answers.

/// Does nothing: this build has no fault injection.
#[cfg(not(feature = "fault-injection"))]
#[inline(always)]
pub fn point(_name: &str) {}

/// Does what the first line of the faults file that starts with `name` says, and takes that line out.
///
/// A line is `NAME panic`, `NAME hang` or `NAME abort`. The file is named by the environment variable `CARDMINT_FAULTS`;
/// without it nothing happens.
#[cfg(feature = "fault-injection")]
pub fn point(name: &str) {
    let Some(path) = std::env::var_os("CARDMINT_FAULTS") else { return };
    match take_line(std::path::Path::new(&path), name).as_deref() {
        Some("panic") => std::panic::panic_any(format!("injected into {name}")),
        Some("hang") => loop {
            std::thread::park();
        },
        Some("abort") => std::process::abort(),
        _ => {}
    }
}

/// Removes the first line for `name` and gives its action. One thread at a time does so; whoever writes the file waits until it is
/// used up.
#[cfg(feature = "fault-injection")]
fn take_line(path: &std::path::Path, name: &str) -> Option<String> {
    use std::sync::Mutex;
    static TAKING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = TAKING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let text = std::fs::read_to_string(path).ok()?;
    let mut action = None;
    let rest: Vec<&str> = text
        .lines()
        .filter(|line| match line.split_once(' ') {
            Some((stage, what)) if stage == name && action.is_none() => {
                action = Some(what.to_owned());
                false
            }
            _ => true,
        })
        .collect();
    if action.is_some() {
        std::fs::write(path, rest.join("\n")).ok()?;
    }
    action
}
