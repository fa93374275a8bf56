//! Filters of system calls. What a filter refuses fails with EPERM, so that foreign code can say what it tried.

use std::collections::BTreeMap;

use nix::sys::prctl;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, sock_filter,
};

use super::{
    LockError,
    calls::{self, Condition},
};

const REFUSE: SeccompAction = SeccompAction::Errno(libc::EPERM as u32);

/// From now on this process starts no process, thread or connection, signals nobody else, looks into no other process, and
/// neither writes nor makes files. Loading a library still works.
///
/// # Errors
/// [`LockError::Seccomp`]: nothing foreign may be loaded then.
pub fn seccomp_no_escape() -> Result<(), LockError> {
    let failed = |source| LockError::Seccomp { stage: "no escape", source };
    apply(&no_foreign_numbers()).map_err(failed)?;
    let filter = filter(&calls::escapes(std::process::id()), SeccompAction::Allow, REFUSE).map_err(failed)?;
    apply(&filter).map_err(failed)
}

/// From now on this process computes, reads and writes what is open already, and ends. Nothing else.
///
/// # Errors
/// [`LockError`]: foreign code must not be called then.
pub fn seccomp_compute_only() -> Result<(), LockError> {
    let failed = |errno: nix::errno::Errno| LockError::Process { doing: "hiding its memory", source: errno.into() };
    prctl::set_dumpable(false).map_err(failed)?;
    let failed = |source| LockError::Seccomp { stage: "compute only", source };
    let filter = filter(&calls::computing(std::process::id()), REFUSE, SeccompAction::Allow).map_err(failed)?;
    apply(&filter).map_err(failed)
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

fn filter(
    calls: &[(i64, Option<Condition>)],
    otherwise: SeccompAction,
    for_these: SeccompAction,
) -> Result<BpfProgram, Failed> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for (call, condition) in calls {
        let known = rules.entry(*call).or_default();
        if let Some(condition) = condition {
            known.push(rule(*condition)?);
        }
    }
    let machine = TargetArch::try_from(std::env::consts::ARCH)?;
    Ok(SeccompFilter::new(rules, otherwise, for_these, machine)?.try_into()?)
}

fn rule(condition: Condition) -> Result<SeccompRule, Failed> {
    use {SeccompCmpArgLen as Length, SeccompCmpOp as Op};
    // The kernel looks at the lower half of an `int` only, so that is what is compared.
    let (argument, length, operator, value) = match condition {
        Condition::Is { argument, value } => (argument, Length::Dword, Op::Eq, value),
        Condition::IsNot { argument, value } => (argument, Length::Dword, Op::Ne, value),
        Condition::Bits { argument, mask, value } => (argument, Length::Dword, Op::MaskedEq(mask), value),
        Condition::Null { argument } => (argument, Length::Qword, Op::Eq, 0),
        Condition::NotNull { argument } => (argument, Length::Qword, Op::Ne, 0),
    };
    let condition = SeccompCondition::new(argument, length, operator, value)?;
    Ok(SeccompRule::new(vec![condition])?)
}

/// On x86-64 the same calls have a second set of numbers (the x32 interface), which a list of refused numbers does not name.
fn no_foreign_numbers() -> BpfProgram {
    const FIRST_X32: u32 = 0x4000_0000;
    let number = 0; // `nr` is the first field of what a filter sees.
    let statement =
        |code: u32, jt: u8, jf: u8, k: u32| sock_filter { code: u16::try_from(code).unwrap_or(0), jt, jf, k };
    vec![
        statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, number),
        statement(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, 0, 1, FIRST_X32),
        statement(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | libc::EPERM as u32),
        statement(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ]
}

fn apply(program: &BpfProgram) -> Result<(), Failed> {
    // All threads, should somebody have started one against the rules.
    Ok(seccompiler::apply_filter_all_threads(program)?)
}
