//! The child: does what its frames say.

use std::{
    collections::HashMap,
    io::{self, Write},
    net::{TcpStream, UdpSocket},
    path::Path,
    process::{Command, ExitCode},
    sync::OnceLock,
    time::{Duration, Instant, SystemTime},
};

use cardmint_sandbox::{
    Limits,
    lock::{self, Landlock},
    serve,
};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

/// What `main` returns after the parent has hung up.
pub(crate) const AFTER_SERVING: u8 = 7;

/// Asked for before the locks are set: even that is a question about another process.
static PARENT: OnceLock<u32> = OnceLock::new();

pub(crate) fn run(mode: &str) -> ExitCode {
    PARENT.get_or_init(std::os::unix::process::parent_id);
    let landlock = match mode {
        "deaf" => loop {
            std::thread::park();
        },
        "gone" => return ExitCode::from(3),
        "limited" => {
            lock::limits(&Limits::of_this_process()).unwrap();
            Landlock::None
        }
        "loading" => loading(),
        "loading without landlock" => {
            hide_landlock();
            loading()
        }
        "locked" | "locked without landlock" => {
            if mode != "locked" {
                hide_landlock();
            }
            loading();
            let landlock = lock::landlock_nothing().unwrap();
            lock::seccomp_compute_only().unwrap();
            landlock
        }
        _ => Landlock::None,
    };
    match serve(|frame| answer(&frame, landlock)) {
        Ok(()) => ExitCode::from(AFTER_SERVING),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn loading() -> Landlock {
    lock::limits(&Limits::of_this_process()).unwrap();
    let paths = lock::library_paths();
    let paths: Vec<&Path> = paths.iter().map(|path| path.as_path()).collect();
    let landlock = lock::landlock_read_only(&paths).unwrap();
    lock::seccomp_no_escape().unwrap();
    landlock
}

/// From now on the kernel says that it has no landlock, as an old one or a container does.
fn hide_landlock() {
    let calls = [libc::SYS_landlock_create_ruleset, libc::SYS_landlock_add_rule, libc::SYS_landlock_restrict_self];
    let rules = calls.into_iter().map(|call| (call, Vec::new())).collect();
    let refuse = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let machine = std::env::consts::ARCH.try_into().unwrap();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, machine).unwrap();
    seccompiler::apply_filter(&BpfProgram::try_from(filter).unwrap()).unwrap();
}

fn answer(frame: &[u8], landlock: Landlock) -> Vec<u8> {
    if let Some(rest) = frame.strip_prefix(b"echo:") {
        return rest.to_vec();
    }
    let command = std::str::from_utf8(frame).unwrap();
    let (word, argument) = command.split_once(':').unwrap_or((command, ""));
    match word {
        "try" => attempt(argument).map_or_else(|error| said(&error), |()| "done".to_owned()).into_bytes(),
        "landlock" => format!("{landlock:?}").into_bytes(),
        "env" => std::env::vars().map(|(key, value)| format!("{key}={value}\n")).collect::<String>().into_bytes(),
        "files" => open_files().into_bytes(),
        "complain" => {
            io::stderr().write_all(&vec![b'x'; argument.parse().unwrap()]).unwrap();
            b"complained".to_vec()
        }
        "huge" => vec![0; argument.parse().unwrap()],
        "deafen" => {
            // SAFETY: shuts the socket of `serve` for reading; its next read finds the end.
            assert_eq!(unsafe { libc::shutdown(3, libc::SHUT_RD) }, 0);
            b"deaf".to_vec()
        }
        other => misbehave(other, argument),
    }
}

fn misbehave(word: &str, argument: &str) -> Vec<u8> {
    match word {
        "exit" => std::process::exit(argument.parse().unwrap()),
        "abort" => std::process::abort(),
        "panic" => panic!("as I was told"),
        "hang" => loop {
            std::hint::spin_loop();
        },
        "segfault" => {
            // SAFETY: none; that is the point.
            unsafe { std::ptr::without_provenance_mut::<u8>(16).write_volatile(1) };
            Vec::new()
        }
        "allocate" => {
            let mut hoard = Vec::new();
            loop {
                hoard.push(vec![1_u8; 1 << 20]);
            }
        }
        "announce" => {
            raw_write(&argument.parse::<u32>().unwrap().to_le_bytes());
            misbehave("hang", "")
        }
        "close" => {
            // SAFETY: closes the socket under the feet of `serve`, which is never returned to.
            unsafe { libc::close(3) };
            misbehave("hang", "")
        }
        other => panic!("no such command: {other}"),
    }
}

fn raw_write(bytes: &[u8]) {
    // SAFETY: a pointer and its length; descriptor 3 is the socket.
    let written = unsafe { libc::write(3, bytes.as_ptr().cast(), bytes.len()) };
    assert_eq!(usize::try_from(written), Ok(bytes.len()));
}

fn open_files() -> String {
    let mut numbers: Vec<u32> = std::fs::read_dir("/proc/self/fd")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().parse().unwrap())
        .collect();
    numbers.sort_unstable();
    format!("{numbers:?}")
}

fn said(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(libc::EPERM) => "EPERM".to_owned(),
        Some(libc::EACCES) => "EACCES".to_owned(),
        _ => error.to_string(),
    }
}

/// Tries one thing that a sandbox might forbid.
fn attempt(what: &str) -> io::Result<()> {
    let parent = *PARENT.get_or_init(std::os::unix::process::parent_id);
    match what {
        "read a file" => std::fs::read("/etc/passwd").map(drop),
        "read a library" => std::fs::read("/etc/ld.so.cache").map(drop),
        "write a file" => std::fs::write("/tmp/cardmint-sandbox-escape", b"x"),
        "delete a file" => std::fs::remove_file("/tmp/cardmint-sandbox-no-such-file"),
        "list a folder" => std::fs::read_dir("/").map(drop),
        "tcp" => TcpStream::connect(("127.0.0.1", 9)).map(drop),
        "udp" => UdpSocket::bind(("127.0.0.1", 0)).map(drop),
        "exec" => Command::new("/bin/true").spawn().and_then(|mut child| child.wait()).map(drop),
        "thread" => std::thread::Builder::new().spawn(|| ()).map(drop),
        // SAFETY: all of these take plain numbers.
        "fork" => check(unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) }),
        "kill" => check(i64::from(unsafe { libc::kill(libc::pid_t::try_from(parent).unwrap(), 0) })),
        "signal a thread" => check(unsafe { libc::syscall(libc::SYS_tgkill, parent, parent, 0) }),
        "ptrace" => check(unsafe { libc::ptrace(libc::PTRACE_SEIZE, parent, 0, 0) }),
        "raise limits" => check(i64::from(unsafe {
            let limit = libc::rlimit { rlim_cur: 64, rlim_max: 64 };
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit)
        })),
        "memfd" => check(unsafe { libc::syscall(libc::SYS_memfd_create, c"x".as_ptr(), 0) }),
        "io_uring" => check(unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, 0) }),
        "x32" => check(unsafe { libc::syscall(0x4000_0000 + libc::SYS_getpid) }),
        "compute" => compute(),
        other => panic!("no such attempt: {other}"),
    }
}

fn check(result: i64) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// What must still work.
fn compute() -> io::Result<()> {
    let map: HashMap<u32, Vec<u8>> = (0..1000).map(|key| (key, vec![1; 1 << 12])).collect();
    let sum: usize = map.values().map(Vec::len).sum();
    let later = Instant::now() + Duration::from_millis(1);
    while Instant::now() < later {
        std::thread::yield_now();
    }
    let caught = std::panic::catch_unwind(|| panic!("caught"));
    let text = format!("{sum} {:?} {}", SystemTime::now(), caught.is_err());
    if text.starts_with("4096000 ") && text.ends_with("true") { Ok(()) } else { Err(io::Error::other(text)) }
}
