//! The system calls that neither the standard library nor nix has in a safe form.
#![allow(unsafe_code)]

use std::{
    fs::File,
    io,
    os::{
        fd::{AsFd, FromRawFd, OwnedFd, RawFd},
        unix::process::CommandExt,
    },
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// Where a child finds its socket.
pub(crate) const SOCKET_FD: RawFd = 3;

/// Lets the child, between fork and exec, tie its life to the calling thread, leave the terminal, and keep nothing open but
/// its three streams and, at descriptor 3, the socket.
pub(crate) fn prepare_child(command: &mut Command, socket: RawFd) {
    let parent = std::process::id();
    // SAFETY: `in_child` makes system calls only; it neither allocates nor takes a lock, as the place between fork and exec
    // demands.
    unsafe { command.pre_exec(move || in_child(socket, parent)) };
}

fn in_child(socket: RawFd, parent: u32) -> io::Result<()> {
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
    // A parent that died before the line above can no longer cause the signal.
    if u32::try_from(nix::unistd::getppid().as_raw()) != Ok(parent) {
        return Err(io::Error::from_raw_os_error(libc::ESRCH));
    }
    // A session of its own: an interrupt at the terminal is for the daemon, which ends its children in its own order.
    nix::unistd::setsid()?;
    // The same for a service manager that signals a whole group. SIGKILL and hanging up end the child.
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
        // SAFETY: ignoring a signal installs no handler.
        if unsafe { libc::signal(signal, libc::SIG_IGN) } == libc::SIG_ERR {
            return Err(io::Error::last_os_error());
        }
    }
    // SAFETY: plain numbers. `dup2` onto the same number would leave it marked to be closed at exec, so that case is its own.
    let moved = unsafe {
        if socket == SOCKET_FD { libc::fcntl(socket, libc::F_SETFD, 0) } else { libc::dup2(socket, SOCKET_FD) }
    };
    if moved < 0 {
        return Err(io::Error::last_os_error());
    }
    // Whatever some library opened without marking it. Kernels before 5.11 do not know the call; then the marks must do.
    // SAFETY: plain numbers; marks descriptors, closes none.
    unsafe { libc::syscall(libc::SYS_close_range, SOCKET_FD + 1, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    Ok(())
}

/// Takes over descriptor 3 if it is a socket; once only, so that it has one owner.
pub(crate) fn take_socket() -> Option<File> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    // By number, because the C library's `fstat` is another call (`newfstatat`), which a locked process does not have.
    // SAFETY: the kernel fills a structure of ours. A descriptor that is not open is reported as such.
    let stat = unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        (libc::syscall(libc::SYS_fstat, SOCKET_FD, &raw mut stat) == 0).then_some(stat)
    }?;
    let is_socket = stat.st_mode & libc::S_IFMT == libc::S_IFSOCK;
    if !is_socket || TAKEN.swap(true, Ordering::SeqCst) {
        return None;
    }
    // SAFETY: it is open, the parent has put it there for this function, and nobody has taken it before.
    Some(File::from(unsafe { OwnedFd::from_raw_fd(SOCKET_FD) }))
}

/// Waits until a child that is not reaped yet has ended; `false` when it has not by then. Where the system cannot wait for
/// that (Linux before 5.3) it says `true` at once, and the caller's kill hits a child that is ending anyway.
pub(crate) fn wait_for_end(pid: u32, patience: PollTimeout) -> bool {
    let Ok(pid) = libc::pid_t::try_from(pid) else { return true };
    // SAFETY: plain numbers.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    let Ok(fd) = RawFd::try_from(fd) else { return true };
    if fd < 0 {
        return true;
    }
    // SAFETY: freshly opened for us alone.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    let mut fds = [PollFd::new(fd.as_fd(), PollFlags::POLLIN)];
    !matches!(poll(&mut fds, patience), Ok(0))
}
