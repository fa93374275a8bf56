//! Whether somebody writes to a file, asked of the kernel.
//!
//! It has nothing to do with child processes; it stands here because it takes a system call that neither the standard
//! library nor nix nor rustix has in a safe form.
#![allow(unsafe_code)]

use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;

/// `F_SETSIG`, which libc does not name.
const SET_SIGNAL: libc::c_int = 10;

/// Takes a read lease on a file that is open for reading only, and gives it back before it returns.
///
/// The kernel gives one only while nobody has the file open for writing, mapped included. A program that opens the file
/// for writing at this very moment waits until the lease is given back, a few microseconds.
///
/// # Errors
/// `EAGAIN` while the file is open for writing, and on network file systems without a delegation; `EACCES` when the file
/// is another user's; `EINVAL` where the file system knows no leases.
pub fn try_read_lease(file: impl AsFd) -> Result<(), Errno> {
    let fd = file.as_fd().as_raw_fd();
    // By default the kernel would tell of a writer that wants in with SIGIO, which ends a process that has no handler for
    // it. SIGURG is ignored by one.
    // SAFETY: plain numbers; the descriptor is open for as long as it is borrowed.
    Errno::result(unsafe { libc::fcntl(fd, SET_SIGNAL, libc::SIGURG) })?;
    // SAFETY: as above.
    Errno::result(unsafe { libc::fcntl(fd, libc::F_SETLEASE, libc::F_RDLCK) })?;
    // SAFETY: as above.
    Errno::result(unsafe { libc::fcntl(fd, libc::F_SETLEASE, libc::F_UNLCK) }).map(drop)
}

#[cfg(test)]
mod tests {
    use std::fs::{File, OpenOptions};
    use std::sync::atomic::{AtomicBool, Ordering};

    use nix::fcntl::OFlag;

    use super::*;

    #[test]
    fn a_lease_is_refused_while_the_file_is_open_for_writing_and_given_back_at_once() {
        let (_dir, path) = place();
        let file = File::open(&path).unwrap();
        match try_read_lease(&file) {
            Err(errno @ (Errno::EINVAL | Errno::EACCES)) => return println!("skipped: no leases here: {errno}"),
            outcome => assert_eq!(outcome, Ok(())),
        }
        // Would be refused with EWOULDBLOCK were the lease still held.
        let writer =
            nix::fcntl::open(&path, OFlag::O_WRONLY | OFlag::O_NONBLOCK, nix::sys::stat::Mode::empty()).unwrap();
        assert_eq!(try_read_lease(&file), Err(Errno::EAGAIN));
        drop(writer);
        assert_eq!(try_read_lease(&file), Ok(()));
    }

    /// A signal would end this process.
    #[test]
    fn writers_that_come_at_the_very_moment_harm_nobody() {
        let (_dir, path) = place();
        let file = File::open(&path).unwrap();
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    drop(OpenOptions::new().append(true).open(&path).unwrap());
                }
            });
            let refused = (0..50_000).filter(|_| try_read_lease(&file).is_err()).count();
            over.store(true, Ordering::Relaxed);
            println!("{refused} refused");
        });
    }

    fn place() -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, b"four").unwrap();
        (dir, path)
    }
}
