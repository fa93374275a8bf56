//! A daemon that is none: a Unix socket that answers HTTP as it was told, and notes what it was asked.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// What was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// `GET /v1/status?x=y`.
    pub what: String,
    /// Header lines.
    pub headers: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What to answer: a status and a body, or to be gone from now on.
pub enum Answer {
    Say(u16, String),
    Vanish,
}

/// Answers with 200 and a document.
pub fn ok(document: Value) -> Answer {
    Answer::Say(200, document.to_string())
}

/// Answers as the API does when it refuses.
pub fn refuse(status: u16, message: &str) -> Answer {
    Answer::Say(status, serde_json::json!({ "error": { "code": "x", "message": message } }).to_string())
}

/// The socket, as long as this lives.
pub struct Fake {
    folder: tempfile::TempDir,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Fake {
    /// Answers every request with what `answer` finds for its `METHOD /path?query`.
    pub fn answering(answer: impl Fn(&str) -> Answer + Send + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (listener, socket, noted) =
            (UnixListener::bind(folder.path().join("s")).unwrap(), folder.path().join("s"), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = read_request(&stream) else { continue };
                let said = answer(&request.what);
                noted.lock().unwrap().push(request);
                match said {
                    Answer::Say(status, body) => say(&mut stream, status, &body),
                    Answer::Vanish => {
                        std::fs::remove_file(&socket).unwrap();
                        return;
                    }
                }
            }
        });
        Self { folder, asked }
    }

    /// Runs the command line against this daemon.
    pub fn ctl(&self, arguments: &[&str]) -> Output {
        ctl(&self.folder.path().join("s"), arguments)
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The same in short.
    pub fn questions(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.what).collect()
    }

    /// A file for the command line to read.
    pub fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

/// Runs the command line.
pub fn ctl(socket: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cardmintctl"));
    command.arg("--socket").arg(socket).args(arguments).output().unwrap()
}

/// Standard output as text.
pub fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Standard error as text.
pub fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Standard output, which must be one JSON document and nothing else.
pub fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", out(output), err(output)))
}

fn read_request(stream: &UnixStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let (what, _) = line.trim_end().rsplit_once(' ')?;
    let what = what.to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        if line.trim_end().is_empty() {
            break;
        }
        headers.push(line.trim_end().to_owned());
    }
    let lengths =
        headers.iter().filter_map(|header| header.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; lengths.max().unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { what, headers, body })
}

fn say(stream: &mut UnixStream, status: u16, body: &str) {
    let head = format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).unwrap();
}
