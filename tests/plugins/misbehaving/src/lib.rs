//! A price source that does what no plugin should: the name of the first printing says what. Any other name is answered
//! with one quote, without asking anybody.
#![allow(unsafe_code)]

use cardmint_plugin_api::{
    Answer, ConfigKey, ErrorClass, Failure, Header, HttpRequest, HttpResponse, Manifest, PrintingQuery, Query, Quote,
    RateLimit, Session, Source, Step, answer, export_source,
};

const HOST: &str = "api.misbehaving.example";

struct Misbehaving;

impl Source for Misbehaving {
    fn manifest(&self) -> Manifest {
        let limit = RateLimit { period_ms: 50, burst: 1 };
        Manifest {
            upstreams: vec!["nobody".to_owned()],
            rate_limits: [(HOST.to_owned(), limit)].into(),
            max_body_bytes: 1 << 16,
            config_keys: vec![ConfigKey { name: "token".to_owned(), secret: true, ..ConfigKey::default() }],
            ..Manifest::new("misbehaving", "Misbehaving", env!("CARGO_PKG_VERSION"), HOST)
        }
    }

    fn begin(&self, query: &Query) -> Box<dyn Session> {
        let printing = query.printings.first().cloned().unwrap_or_default();
        if printing.name == "exit in begin" {
            std::process::exit(9);
        }
        Box::new(Mood { printing, steps: 0 })
    }
}

struct Mood {
    printing: PrintingQuery,
    steps: u32,
}

impl Session for Mood {
    fn step(&mut self, responses: &[HttpResponse]) -> Step {
        self.steps += 1;
        match self.printing.name.as_str() {
            "panic" => panic!("in a bad mood"),
            "exit" => std::process::exit(7),
            "abort" => std::process::abort(),
            "loop" => loop {
                std::hint::spin_loop();
            },
            "segfault" => {
                // SAFETY: none; that is the point.
                unsafe { std::ptr::without_provenance_mut::<u8>(16).write_volatile(1) };
                Step::Done(Answer::default())
            }
            "allocate" => {
                let mut hoard = Vec::new();
                loop {
                    hoard.push(vec![1_u8; 1 << 20]);
                }
            }
            "partial for ever" => Step::Partial(Answer::default()),
            "another host" => Step::Fetch(vec![HttpRequest::get(1, "https://elsewhere.example/")]),
            "a thousand requests" => {
                Step::Fetch((0..1000).map(|id| HttpRequest::get(id, format!("https://{HOST}/{id}"))).collect())
            }
            "another printing" => self.done("somebody-else"),
            "escape" => Step::Failed(Failure::new(ErrorClass::Plugin, escape())),
            "fetch" => self.fetch(responses),
            "use the secret" => self.use_secret(responses),
            _ => self.done(&self.printing.printing),
        }
    }
}

impl Mood {
    /// Asks for the pages that the set's name lists, and is content with any good answer.
    fn fetch(&self, responses: &[HttpResponse]) -> Step {
        if self.steps == 1 {
            let pages = self.printing.set_name.split(' ').zip(1..);
            let get = |(page, id)| HttpRequest {
                cache_secs: Some(60),
                ..HttpRequest::get(id, format!("https://{HOST}/{page}"))
            };
            return Step::Fetch(pages.map(get).collect());
        }
        match responses.iter().try_for_each(|response| answer::json(response).map(drop)) {
            Ok(()) => self.done(&self.printing.printing),
            Err(failure) => Step::Failed(failure),
        }
    }

    /// Sends its secret, and tells what it got back.
    fn use_secret(&self, responses: &[HttpResponse]) -> Step {
        match responses {
            [] => {
                let token = Header { name: "X-Token".to_owned(), value: "${secret.token}".to_owned() };
                let request = HttpRequest::get(1, format!("https://{HOST}/login?t=${{secret.token}}"));
                Step::Fetch(vec![HttpRequest { headers: vec![token], ..request }])
            }
            [answer, ..] => Step::Failed(Failure::new(ErrorClass::Plugin, String::from_utf8_lossy(&answer.body))),
        }
    }

    fn done(&self, printing: &str) -> Step {
        let quote = Quote {
            printing: printing.to_owned(),
            source_ref: "1".to_owned(),
            upstream: "nobody".to_owned(),
            region: "US".to_owned(),
            finish: "normal".to_owned(),
            kind: "market".to_owned(),
            amount_minor: 100,
            currency: "USD".to_owned(),
            ..Quote::default()
        };
        Step::Done(Answer { quotes: vec![quote], ..Answer::default() })
    }
}

/// Tries to get out, and says what each attempt brought.
fn escape() -> String {
    let outcomes = [
        std::fs::read("/etc/passwd").map(drop),
        std::fs::write("/tmp/cardmint-plugin-escape", "x"),
        std::net::TcpStream::connect(("127.0.0.1", 9)).map(drop),
        std::process::Command::new("/bin/true").spawn().map(drop),
        std::thread::Builder::new().spawn(|| ()).map(drop),
    ];
    let said =
        outcomes.map(|outcome| outcome.map_or_else(|error| format!("{:?}", error.kind()), |()| "done".to_owned()));
    said.join(" ")
}

export_source!(Misbehaving);
