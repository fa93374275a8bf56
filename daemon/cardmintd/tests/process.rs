//! The daemon as systemd and an administrator see it: a process with signals, exit codes and a notification socket.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const PATIENCE: Duration = Duration::from_secs(120);

/// A folder for one daemon, with a notification socket. That is read all the time, as systemd does: a socket holds ten
/// notifications, and the eleventh would wait for ever.
struct Home {
    folder: tempfile::TempDir,
    notifications: Receiver<String>,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        let (sender, notifications) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0_u8; 4096];
            while let Ok(length) = socket.recv(&mut buffer) {
                if sender.send(String::from_utf8_lossy(&buffer[..length]).into_owned()).is_err() {
                    return;
                }
            }
        });
        Self { folder, notifications }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cardmintd"));
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.path("log")).unwrap();
        command
            .env("CARDMINT__STATE_DIR", self.path("state"))
            .env("CARDMINT__WATCH__FOLDER", self.path("watch"))
            .env("CARDMINT__PRICING__PLUGIN_DIR", self.path("plugins"))
            .env("CARDMINT__CONTROL__SOCKET_PATH", self.path("control.sock"))
            .env("CARDMINT__WEB__LISTEN", "")
            .env("CARDMINT__PIPELINE__WORKERS", "1")
            .stdin(Stdio::null())
            .stderr(log);
        command
    }

    /// Starts the daemon as systemd would, with a watchdog.
    fn start(&self) -> Daemon {
        let mut command = self.command();
        command.env("NOTIFY_SOCKET", self.path("notify")).env("WATCHDOG_USEC", "2000000");
        Daemon(command.spawn().unwrap())
    }

    /// Waits for a notification that holds this line.
    fn told(&self, line: &str) {
        let deadline = Instant::now() + PATIENCE;
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            let told = self.notifications.recv_timeout(left);
            let told = told.unwrap_or_else(|error| panic!("{line}: {error}: {}", self.log()));
            if told.lines().any(|told| told == line) {
                return;
            }
        }
        panic!("systemd was never told {line}: {}", self.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }
}

/// A running daemon, killed when the test ends early.
struct Daemon(Child);

impl Daemon {
    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.0.id()).unwrap()), signal).unwrap();
    }

    fn ended(mut self) -> ExitStatus {
        self.0.wait().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // An error says that it has ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The status and the body of an answer.
fn request(socket: &Path, method: &str, path: &str) -> (u16, String) {
    let mut stream = UnixStream::connect(socket).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: daemon\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[test]
fn it_says_ready_is_watched_and_ends_in_order() {
    let home = Home::new();
    let daemon = home.start();
    home.told("READY=1");
    home.told("WATCHDOG=1");
    let socket = home.path("control.sock");
    assert_eq!(request(&socket, "GET", "/livez"), (200, "ok\n".to_owned()));
    let (status, body) = request(&socket, "GET", "/readyz");
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("no catalogue is loaded"), "{body}");
    let (status, tree) = request(&socket, "GET", "/v1/tree");
    assert_eq!(status, 200);
    let tree: serde_json::Value = serde_json::from_str(&tree).unwrap();
    let names: Vec<&str> =
        tree["children"].as_array().unwrap().iter().map(|child| child["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["storage", "intake", "recognition", "pricing", "upkeep", "faces"]);
    let (status, metrics) = request(&socket, "GET", "/metrics");
    assert_eq!(status, 200);
    assert!(metrics.contains("cardmint_child_up{child=\"root/recognition/ocr-1\"} 1"), "{metrics}");
    daemon.signal(Signal::SIGTERM);
    home.told("STOPPING=1");
    assert_eq!(daemon.ended().code(), Some(0), "{}", home.log());
}

#[test]
fn a_request_stops_it_and_it_can_be_started_again() {
    let home = Home::new();
    for _ in 0..2 {
        let daemon = home.start();
        home.told("READY=1");
        assert_eq!(request(&home.path("control.sock"), "POST", "/v1/stop").0, 202);
        assert_eq!(daemon.ended().code(), Some(0), "{}", home.log());
    }
}

#[test]
fn a_second_daemon_on_the_same_state_is_refused() {
    let home = Home::new();
    let daemon = home.start();
    home.told("READY=1");
    let second = home.command().status().unwrap();
    assert_eq!(second.code(), Some(78));
    assert!(home.log().contains("another daemon uses the state directory"), "{}", home.log());
    daemon.signal(Signal::SIGINT);
    assert_eq!(daemon.ended().code(), Some(0));
}

#[test]
fn settings_are_read_again_and_what_needs_a_start_is_named() {
    let home = Home::new();
    let file = home.path("station.toml");
    std::fs::write(&file, "[watch]\nrescan_secs = 60\n").unwrap();
    let mut command = home.command();
    command.env("NOTIFY_SOCKET", home.path("notify")).arg("--config").arg(&file);
    let daemon = Daemon(command.spawn().unwrap());
    home.told("READY=1");
    for (text, said) in
        [("[watch]\nrescan_secs = 61\n", "watch.rescan_secs"), ("[watch]\nrescan_secs = 0\n", "must be at least 1")]
    {
        std::fs::write(&file, text).unwrap();
        daemon.signal(Signal::SIGHUP);
        let deadline = Instant::now() + PATIENCE;
        while !home.log().contains(said) {
            assert!(Instant::now() < deadline, "{said}: {}", home.log());
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }
    daemon.signal(Signal::SIGTERM);
    assert_eq!(daemon.ended().code(), Some(0));
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cardmintd")).args(arguments).output().unwrap()
}

#[test]
fn check_config_says_everything_that_is_wrong() {
    let fine = run(&["check-config", "--profile", "production"]);
    assert_eq!(fine.status.code(), Some(0), "{fine:?}");
    let wrong =
        run(&["check-config", "--set", "web.listen=1.2.3.4:5", "--set", "weather.rain=1", "--config", "/none.toml"]);
    assert_eq!(wrong.status.code(), Some(78));
    let said = String::from_utf8_lossy(&wrong.stderr);
    for part in ["flags: web.listen:", "flags: weather:", "/none.toml: cannot be read"] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(run(&["dance"]).status.code(), Some(2));
}

#[test]
fn the_schema_goes_up_and_down() {
    let home = Home::new();
    std::fs::create_dir(home.path("state")).unwrap();
    let migrate = |arguments: &[&str]| {
        let output = home.command().arg("migrate").args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", home.log());
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(migrate(&["up"]).starts_with("applied: 2026"));
    assert_eq!(migrate(&["up"]), "applied: nothing\n");
    assert!(!migrate(&["status"]).contains("missing"));
    assert!(migrate(&["down"]).starts_with("taken back: 2026"));
    assert_eq!(migrate(&["status"]).matches("missing").count(), 1);
}
