//! The calls of the C library that change files, as everything in this program makes them: the linker takes the program's
//! own functions before the library's, also for Rust's standard library and for SQLite, which is linked into it.
//!
//! Each asks the kernel for what it was told to do, a sync aside, and tells the recorder what was done.

// A function under the C library's name, and a plain call of the kernel, cannot be had otherwise. Nothing of this is part
// of what a release ships.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_long, c_uint, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use libc::{iovec, mode_t, off_t, size_t, ssize_t};

use super::recorder::Recorder;
use super::trace::Event;

/// Opens a file to append to, past the recorder; a negative answer is an error.
pub(crate) fn open_unwatched(path: &OsStr) -> c_int {
    let path = CString::new(path.as_bytes()).expect("a path without NUL");
    let flags = libc::O_WRONLY | libc::O_APPEND | libc::O_CLOEXEC;
    // SAFETY: the path is a string that ends with NUL and outlives the call.
    narrow(unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), flags, 0) })
}

/// Writes past the recorder; a negative answer is an error.
pub(crate) fn write_unwatched(descriptor: c_int, bytes: &[u8]) -> ssize_t {
    // SAFETY: the kernel reads as many bytes as the slice has.
    unsafe { libc::syscall(libc::SYS_write, descriptor, bytes.as_ptr(), bytes.len()) as ssize_t }
}

/// The kernel's answers are descriptors, zero or minus one wherever this is used.
#[allow(clippy::cast_possible_truncation)]
fn narrow(answer: c_long) -> c_int {
    answer as c_int
}

/// Makes the call, in its turn where somebody listens, and tells them when it has succeeded.
fn watched(call: impl FnOnce() -> c_long, tell: impl FnOnce(&Recorder, c_long)) -> c_long {
    let Some(recorder) = Recorder::get() else { return call() };
    let _turn = recorder.turn();
    let answer = call();
    // A failure's errno must reach the caller as the kernel set it: nothing is called after one.
    if answer >= 0 {
        tell(recorder, answer);
    }
    answer
}

/// # Safety
/// As for the C library's functions: `path` ends with NUL and outlives the call.
unsafe fn path_of<'p>(path: *const c_char) -> &'p Path {
    // SAFETY: the caller's promise.
    Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(path) }.to_bytes()))
}

/// # Safety
/// As for `openat`.
unsafe fn open_at(directory: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // A caller who creates nothing gives no mode, and what stands in its place is not for the kernel to see.
    let mode = if flags & (libc::O_CREAT | libc::O_TMPFILE) == 0 { 0 } else { mode };
    // SAFETY: the caller's promise.
    let call = || unsafe { libc::syscall(libc::SYS_openat, directory, path, flags, c_uint::from(mode)) };
    if flags & (libc::O_CREAT | libc::O_TRUNC) == 0 {
        return narrow(call());
    }
    let Some(recorder) = Recorder::get() else { return narrow(call()) };
    let _turn = recorder.turn();
    // SAFETY: the caller's promise.
    let below = recorder.below(directory, unsafe { path_of(path) });
    let existed = below.as_ref().is_some_and(|below| recorder.metadata(below).is_some());
    let answer = call();
    if answer >= 0
        && let Some(below) = below
    {
        recorder.opened(below, existed, flags & libc::O_TRUNC != 0);
    }
    narrow(answer)
}

/// # Safety
/// As for `renameat2`.
unsafe fn rename_at(old_at: c_int, old: *const c_char, new_at: c_int, new: *const c_char, flags: c_uint) -> c_int {
    // SAFETY: the caller's promise.
    let call = || unsafe { libc::syscall(libc::SYS_renameat2, old_at, old, new_at, new, flags) };
    narrow(watched(call, |recorder, _| {
        // SAFETY: the caller's promise.
        let (old, new) = unsafe { (path_of(old), path_of(new)) };
        if let (Some(from), Some(to)) = (recorder.below(old_at, old), recorder.below(new_at, new)) {
            recorder.write(&Event::Renamed { from, to });
        }
    }))
}

/// # Safety
/// As for `linkat`.
unsafe fn link_at(old_at: c_int, old: *const c_char, new_at: c_int, new: *const c_char, flags: c_int) -> c_int {
    // SAFETY: the caller's promise.
    let call = || unsafe { libc::syscall(libc::SYS_linkat, old_at, old, new_at, new, flags) };
    narrow(watched(call, |recorder, _| {
        // SAFETY: the caller's promise.
        let (old, new) = unsafe { (path_of(old), path_of(new)) };
        if let (Some(from), Some(to)) = (recorder.below(old_at, old), recorder.below(new_at, new)) {
            recorder.write(&Event::Linked { from, to });
        }
    }))
}

/// # Safety
/// As for `unlinkat`.
unsafe fn unlink_at(directory: c_int, path: *const c_char, flags: c_int) -> c_int {
    // SAFETY: the caller's promise.
    let call = || unsafe { libc::syscall(libc::SYS_unlinkat, directory, path, flags) };
    narrow(watched(call, |recorder, _| {
        // SAFETY: the caller's promise.
        if let Some(path) = recorder.below(directory, unsafe { path_of(path) }) {
            recorder.write(&Event::Removed { path });
        }
    }))
}

/// # Safety
/// As for `mkdirat`.
unsafe fn make_directory_at(directory: c_int, path: *const c_char, mode: mode_t) -> c_int {
    // SAFETY: the caller's promise.
    let call = || unsafe { libc::syscall(libc::SYS_mkdirat, directory, path, c_uint::from(mode)) };
    narrow(watched(call, |recorder, _| {
        // SAFETY: the caller's promise.
        if let Some(path) = recorder.below(directory, unsafe { path_of(path) }) {
            recorder.made_directory(path);
        }
    }))
}

/// # Safety
/// `parts` are `count` of them, each with a base that may be read for its length.
unsafe fn gathered(parts: *const iovec, count: usize, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    for index in 0..count {
        // SAFETY: the caller's promise; the kernel has just read the same bytes.
        let part = unsafe { &*parts.add(index) };
        let wanted = part.iov_len.min(length - bytes.len());
        if wanted > 0 {
            // SAFETY: as above; an empty part may have no base and is not read.
            bytes.extend(unsafe { std::slice::from_raw_parts(part.iov_base.cast::<u8>(), wanted) });
        }
    }
    bytes
}

/// Writes where the descriptor stands.
///
/// # Safety
/// As for `writev`.
unsafe fn write_here(descriptor: c_int, parts: *const iovec, count: c_int) -> ssize_t {
    // SAFETY: the caller's promise.
    let call = || unsafe { libc::syscall(libc::SYS_writev, descriptor, parts, c_long::from(count)) };
    watched(call, |recorder, written| {
        // SAFETY: the caller's promise.
        let data = unsafe { gathered(parts, count.unsigned_abs() as usize, written.unsigned_abs() as usize) };
        if descriptor == libc::STDOUT_FILENO {
            return recorder.write(&Event::Said(data));
        }
        recorder.on_file(descriptor, |inode| {
            // SAFETY: asks where the descriptor stands and changes nothing.
            let end = unsafe { libc::lseek(descriptor, 0, libc::SEEK_CUR) };
            Event::Wrote { inode, offset: (end - written).unsigned_abs(), data }
        });
    }) as ssize_t
}

/// # Safety
/// As for `pwritev`.
unsafe fn write_there(descriptor: c_int, parts: *const iovec, count: c_int, offset: off_t) -> ssize_t {
    // SAFETY: the caller's promise. The kernel takes the offset in two halves, of which 64 bits need but one.
    let call = || unsafe { libc::syscall(libc::SYS_pwritev, descriptor, parts, c_long::from(count), offset, 0) };
    watched(call, |recorder, written| {
        // SAFETY: the caller's promise.
        let data = unsafe { gathered(parts, count.unsigned_abs() as usize, written.unsigned_abs() as usize) };
        recorder.on_file(descriptor, |inode| Event::Wrote { inode, offset: offset.unsigned_abs(), data });
    }) as ssize_t
}

const fn one_part(bytes: *const c_void, length: size_t) -> iovec {
    iovec { iov_base: bytes.cast_mut(), iov_len: length }
}

fn resize(descriptor: c_int, length: off_t) -> c_int {
    // SAFETY: no memory is involved.
    let call = || unsafe { libc::syscall(libc::SYS_ftruncate, descriptor, length) };
    narrow(watched(call, |recorder, _| {
        recorder.on_file(descriptor, |inode| Event::Resized { inode, length: length.unsigned_abs() });
    }))
}

/// Reaches no disk: what would be durable is for the record to say, and without the wait a test makes many more cuts.
fn sync(descriptor: c_int) -> c_int {
    // SAFETY: asks whether the descriptor is open, as the call itself would, and changes nothing.
    let call = || unsafe { libc::syscall(libc::SYS_fcntl, descriptor, libc::F_GETFD) }.min(0);
    narrow(watched(call, |recorder, _| recorder.synced(descriptor)))
}

/// Functions under the C library's names. Their arguments are as its manual says; those that it takes as variadic are
/// passed in the same registers.
macro_rules! in_place_of {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty = $body:expr;)+) => {$(
        /// # Safety
        /// As for the C library's function.
        // SAFETY: takes the place of the C library's function of this name, with its arguments and its answer.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($argument: $type),*) -> $answer {
            // SAFETY: the caller keeps the promises of the C library's function.
            #[allow(unused_unsafe)]
            unsafe { $body }
        }
    )+};
}

in_place_of! {
    open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int = open_at(libc::AT_FDCWD, path, flags, mode);
    open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int = open_at(libc::AT_FDCWD, path, flags, mode);
    openat(at: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int = open_at(at, path, flags, mode);
    openat64(at: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int = open_at(at, path, flags, mode);
    write(fd: c_int, bytes: *const c_void, length: size_t) -> ssize_t = write_here(fd, &one_part(bytes, length), 1);
    writev(fd: c_int, parts: *const iovec, count: c_int) -> ssize_t = write_here(fd, parts, count);
    pwrite(fd: c_int, bytes: *const c_void, length: size_t, offset: off_t) -> ssize_t
        = write_there(fd, &one_part(bytes, length), 1, offset);
    pwrite64(fd: c_int, bytes: *const c_void, length: size_t, offset: off_t) -> ssize_t
        = write_there(fd, &one_part(bytes, length), 1, offset);
    pwritev(fd: c_int, parts: *const iovec, count: c_int, offset: off_t) -> ssize_t
        = write_there(fd, parts, count, offset);
    pwritev64(fd: c_int, parts: *const iovec, count: c_int, offset: off_t) -> ssize_t
        = write_there(fd, parts, count, offset);
    ftruncate(fd: c_int, length: off_t) -> c_int = resize(fd, length);
    ftruncate64(fd: c_int, length: off_t) -> c_int = resize(fd, length);
    fsync(fd: c_int) -> c_int = sync(fd);
    fdatasync(fd: c_int) -> c_int = sync(fd);
    rename(old: *const c_char, new: *const c_char) -> c_int = rename_at(libc::AT_FDCWD, old, libc::AT_FDCWD, new, 0);
    renameat(old_at: c_int, old: *const c_char, new_at: c_int, new: *const c_char) -> c_int
        = rename_at(old_at, old, new_at, new, 0);
    renameat2(old_at: c_int, old: *const c_char, new_at: c_int, new: *const c_char, flags: c_uint) -> c_int
        = rename_at(old_at, old, new_at, new, flags);
    link(old: *const c_char, new: *const c_char) -> c_int = link_at(libc::AT_FDCWD, old, libc::AT_FDCWD, new, 0);
    linkat(old_at: c_int, old: *const c_char, new_at: c_int, new: *const c_char, flags: c_int) -> c_int
        = link_at(old_at, old, new_at, new, flags);
    unlink(path: *const c_char) -> c_int = unlink_at(libc::AT_FDCWD, path, 0);
    rmdir(path: *const c_char) -> c_int = unlink_at(libc::AT_FDCWD, path, libc::AT_REMOVEDIR);
    unlinkat(at: c_int, path: *const c_char, flags: c_int) -> c_int = unlink_at(at, path, flags);
    mkdir(path: *const c_char, mode: mode_t) -> c_int = make_directory_at(libc::AT_FDCWD, path, mode);
    mkdirat(at: c_int, path: *const c_char, mode: mode_t) -> c_int = make_directory_at(at, path, mode);
}
