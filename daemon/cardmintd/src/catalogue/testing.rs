//! Tiny invented catalogues in every shape, and a web server for one of them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;

/// Name and content of files.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

pub(crate) const SETS: &str = r#"[
 {"id":"tmi","name":"Testmere Isles","series":"Invented","printedTotal":120,"total":3,"ptcgoCode":"TMI","releaseDate":"2026/03/27"},
 {"id":"fdr","name":"Founders","series":"Invented","printedTotal":62,"total":1,"releaseDate":"1999/06/16"}
]"#;

pub(crate) const TMI: &str = r#"[
 {"id":"tmi-7","name":"Emberfox ex","supertype":"Creature","subtypes":["Basic","ex"],"hp":"220","types":["Fire"],"number":"7",
  "rarity":"Double Rare","artist":"Ada Brush","images":{"small":"http://img.example/7.png","large":"http://img.example/7_hires.png"},
  "ancientTrait":{"name":"Old Blood","text":"It is old."},
  "abilities":[{"name":"Warm Fur","text":"It keeps warm.","type":"Ability"}],
  "attacks":[{"name":"Ember","cost":["Fire"],"damage":"30","text":""},{"name":"Blaze","damage":"120","text":"It burns."}],
  "rules":["When it is knocked out, that is sad."],
  "tcgplayer":{"url":"x","prices":{"holofoil":{"low":1.0},"reverseHolofoil":{},"somethingNew":{}}}},
 {"id":"tmi-TG14","name":"Pebblet","supertype":"Creature","number":"TG14","flavorText":"A small stone.","artist":"","images":{"small":"http://img.example/14.png"}},
 {"id":"tmi-!","name":"Rune","supertype":"Creature","number":"!"}
]"#;

pub(crate) const FDR: &str = r#"[{"id":"fdr-4","name":"Old Drake","supertype":"Creature","number":"4","images":{}}]"#;

pub(crate) fn catalogue() -> Files {
    files(&[("sets/en.json", SETS), ("cards/en/tmi.json", TMI), ("cards/en/fdr.json", FDR), ("README.md", "# hello")])
}

pub(crate) fn files(list: &[(&str, &str)]) -> Files {
    list.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
}

pub(crate) fn in_folder(top: &str, files: &Files) -> Files {
    files.iter().map(|(name, bytes)| (format!("{top}/{name}"), bytes.clone())).collect()
}

pub(crate) fn write_directory(root: &Path, files: &Files) {
    for (name, bytes) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

pub(crate) fn tar_gz(files: &Files) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // Written by hand: the builder refuses names that only a hostile archive has.
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, bytes.as_slice()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

pub(crate) fn zip(files: &Files) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in files {
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// One answer of the [`Server`].
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: &'static str,
    pub(crate) headers: &'static str,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: "200 OK", headers: "", body: body.into() }
    }

    pub(crate) fn status(status: &'static str) -> Self {
        Self { status, headers: "", body: b"no".to_vec() }
    }
}

/// A web server on this machine that answers one request per connection and ends with the test.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&str, usize) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(path) = requested(&stream) else { continue };
                let before = {
                    let mut log = log.lock().unwrap();
                    log.push(path.clone());
                    log.iter().filter(|seen| **seen == path).count() - 1
                };
                respond(stream, &answer(&path, before));
            }
        });
        Self { url, seen }
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn requested(stream: &TcpStream) -> Option<String> {
    let mut lines = BufReader::new(stream.take(8192)).lines();
    let first = lines.next()?.ok()?;
    while !lines.next()?.ok()?.is_empty() {}
    first.split(' ').nth(1).map(str::to_owned)
}

fn respond(mut stream: TcpStream, answer: &Answer) {
    let head = format!(
        "HTTP/1.1 {}\r\nConnection: close\r\n{}Content-Length: {}\r\n\r\n",
        answer.status,
        answer.headers,
        answer.body.len()
    );
    // A client that hangs up early is part of some tests.
    let _outcome = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&answer.body));
}
