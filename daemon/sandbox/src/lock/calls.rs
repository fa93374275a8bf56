//! Which system calls. Two lists, because what loading needs and what computing needs are different things.

#[allow(clippy::wildcard_imports)] // Names of system calls, and nothing else in this file.
use libc::*;

/// What must hold for an entry to count.
#[derive(Debug, Clone, Copy)]
pub(super) enum Condition {
    /// A 32-bit argument has this value.
    Is { argument: u8, value: u64 },
    /// A 32-bit argument has another value.
    IsNot { argument: u8, value: u64 },
    /// These bits of a 32-bit argument have this value.
    Bits { argument: u8, mask: u64, value: u64 },
    /// A pointer is null.
    Null { argument: u8 },
    /// A pointer is not null.
    NotNull { argument: u8 },
}

type Entry = (i64, Option<Condition>);

/// Refused while foreign code is loaded: everything that reaches beyond this process.
pub(super) fn escapes(own_pid: u32) -> Vec<Entry> {
    #[rustfmt::skip]
    let refused = [
        // Other processes and threads.
        SYS_execve, SYS_execveat, SYS_clone, SYS_clone3, SYS_kill, SYS_tkill, SYS_rt_sigqueueinfo,
        SYS_rt_tgsigqueueinfo, SYS_pidfd_open, SYS_pidfd_getfd, SYS_pidfd_send_signal, SYS_ptrace, SYS_process_vm_readv,
        SYS_process_vm_writev, SYS_process_madvise, SYS_kcmp, SYS_setpriority, SYS_sched_setscheduler,
        SYS_sched_setaffinity, SYS_sched_setattr, SYS_ioprio_set,
        // The network.
        SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4,
        // Changing files. Opening for writing is below.
        SYS_openat2, SYS_unlinkat, SYS_renameat2, SYS_mkdirat, SYS_linkat, SYS_symlinkat, SYS_mknodat, SYS_fchmod,
        SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_truncate, SYS_ftruncate, SYS_fallocate, SYS_utimensat, SYS_setxattr,
        SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr, SYS_memfd_create,
        SYS_inotify_init1, SYS_fanotify_init, SYS_name_to_handle_at, SYS_open_by_handle_at, SYS_chdir, SYS_fchdir,
        // The machine.
        SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_fsmount,
        SYS_setns, SYS_unshare, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd,
        SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_init_module, SYS_finit_module,
        SYS_delete_module, SYS_kexec_load, SYS_reboot, SYS_swapon, SYS_swapoff, SYS_settimeofday, SYS_clock_settime,
        SYS_adjtimex, SYS_sethostname, SYS_setdomainname, SYS_acct, SYS_quotactl, SYS_syslog, SYS_personality,
        SYS_setrlimit, SYS_shmget, SYS_shmat, SYS_msgget, SYS_semget, SYS_mq_open,
        // Who it is.
        SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setgroups, SYS_setfsuid,
        SYS_setfsgid, SYS_capset, SYS_setsid, SYS_setpgid,
    ];
    let mut entries: Vec<Entry> = refused.into_iter().chain(older_names()).map(|call| (call, None)).collect();
    entries.extend(opening_for_writing());
    // `abort` signals the own process; that may stay.
    entries.push((SYS_tgkill, Some(Condition::IsNot { argument: 0, value: own_pid.into() })));
    // Reading limits may stay, setting them not.
    entries.push((SYS_prlimit64, Some(Condition::NotNull { argument: 2 })));
    entries
}

/// Calls that newer machines only have under another name.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
fn older_names() -> Vec<i64> {
    vec![
        SYS_fork, SYS_vfork, SYS_creat, SYS_unlink, SYS_rename, SYS_renameat, SYS_mkdir, SYS_rmdir, SYS_link, SYS_symlink,
        SYS_mknod, SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat, SYS_inotify_init,
        SYS_kexec_file_load, SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_uselib,
    ]
}

#[cfg(not(target_arch = "x86_64"))]
fn older_names() -> Vec<i64> {
    Vec::new()
}

fn opening_for_writing() -> Vec<Entry> {
    let access_mode = flag(O_ACCMODE);
    let mut conditions = vec![(access_mode, flag(O_WRONLY)), (access_mode, flag(O_RDWR))];
    for one in [O_CREAT, O_TRUNC] {
        conditions.push((flag(one), flag(one)));
    }
    let mut entries = Vec::new();
    for (mask, value) in conditions {
        #[cfg(target_arch = "x86_64")]
        entries.push((SYS_open, Some(Condition::Bits { argument: 1, mask, value })));
        entries.push((SYS_openat, Some(Condition::Bits { argument: 2, mask, value })));
    }
    entries
}

/// A flag as the kernel sees it in a register.
fn flag(flag: c_int) -> u64 {
    u64::from(flag.unsigned_abs())
}

/// All that is left to foreign code when it runs: memory, clocks, randomness, waiting, open descriptors, ending.
pub(super) fn computing(own_pid: u32) -> Vec<Entry> {
    #[rustfmt::skip]
    let allowed = [
        // Open descriptors.
        SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_lseek, SYS_close, SYS_fstat, SYS_ppoll, SYS_recvfrom,
        SYS_sendto,
        // Memory.
        SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_membarrier,
        // Time and waiting.
        SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_times, SYS_futex,
        SYS_sched_yield, SYS_restart_syscall,
        // What it is and may use.
        SYS_getpid, SYS_gettid, SYS_getrusage, SYS_sched_getaffinity, SYS_getcpu, SYS_uname, SYS_sysinfo, SYS_getrandom,
        SYS_rseq, SYS_set_robust_list,
        // Its own signals, and its end.
        SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_exit, SYS_exit_group,
    ];
    let mut entries: Vec<Entry> = allowed.into_iter().chain(older_computing()).map(|call| (call, None)).collect();
    entries.push((SYS_tgkill, Some(Condition::Is { argument: 0, value: own_pid.into() })));
    entries.push((SYS_prlimit64, Some(Condition::Null { argument: 2 })));
    for query in [F_GETFD, F_GETFL] {
        entries.push((SYS_fcntl, Some(Condition::Is { argument: 1, value: flag(query) })));
    }
    entries
}

#[cfg(target_arch = "x86_64")]
fn older_computing() -> Vec<i64> {
    vec![SYS_poll, SYS_time, SYS_getrlimit]
}

#[cfg(not(target_arch = "x86_64"))]
fn older_computing() -> Vec<i64> {
    Vec::new()
}
