//! The server itself: one thread, any free port, stopped when the handle is dropped.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as TaskContext, Poll};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServerHandle;
use actix_web::http::header;
use actix_web::web::{self, Bytes, Query};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use anyhow::Context;
use serde::Serialize;

use super::fault::{self, Fault, Faults, Times};
use super::world::{Page, World};

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Path, without the query.
    pub path: String,
    /// `User-Agent`, empty where there was none.
    pub user_agent: String,
    /// Milliseconds since the server was started.
    pub at_ms: u64,
}

struct State {
    world: Mutex<World>,
    faults: Mutex<Faults>,
    seen: Mutex<Vec<Seen>>,
    started: Instant,
}

/// A running market. Dropping it stops the server.
pub struct Market {
    address: SocketAddr,
    state: Arc<State>,
    handle: ServerHandle,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Market {
    /// Starts on any free port of this machine.
    ///
    /// # Errors
    /// When no port can be had or no thread be started.
    pub fn start(world: World) -> anyhow::Result<Self> {
        Self::listen(world, "127.0.0.1:0")
    }

    /// Starts on the given address.
    ///
    /// # Errors
    /// When the address is taken or no address, or no thread can be started.
    pub fn listen(world: World, address: impl ToSocketAddrs + Send + 'static) -> anyhow::Result<Self> {
        let state = Arc::new(State {
            world: Mutex::new(world),
            faults: Mutex::default(),
            seen: Mutex::default(),
            started: Instant::now(),
        });
        let shared = Arc::clone(&state);
        let (ready, started) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new().name("fake-market".to_owned()).spawn(move || {
            let system = actix_web::rt::System::new();
            system.block_on(async move {
                let data = web::Data::from(shared);
                let app = move || App::new().app_data(data.clone()).configure(routes);
                let bound = HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(0).bind(address);
                let (server, addresses) = match bound {
                    Ok(server) => {
                        let addresses = server.addrs();
                        (server.run(), addresses)
                    }
                    Err(error) => {
                        let text = error.to_string();
                        // The starter waits for exactly this; if it is gone, nobody is left to tell.
                        let _told = ready.send(Err(text));
                        return Err(error);
                    }
                };
                let _told = ready.send(Ok((server.handle(), addresses)));
                server.await
            })
        })?;
        let (handle, addresses) = started.recv().context("the server's thread ended")?.map_err(anyhow::Error::msg)?;
        let address = *addresses.first().context("the server listens nowhere")?;
        Ok(Self { address, state, handle, thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far, in the order of their arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.state.seen).clone()
    }

    /// How many requests there were for paths that contain `path_part`.
    #[must_use]
    pub fn count(&self, path_part: &str) -> usize {
        lock(&self.state.seen).iter().filter(|seen| seen.path.contains(path_part)).count()
    }

    /// Switches a fault on for paths that contain `path_part`; the empty text means all. Of several that fit, the one
    /// switched on first happens.
    pub fn break_with(&self, path_part: &str, fault: Fault, times: Times) {
        lock(&self.state.faults).add(path_part, fault, times);
    }

    /// Switches all faults off.
    pub fn heal(&self) {
        lock(&self.state.faults).clear();
    }

    /// Replaces everything that is said, as a new day's build does.
    pub fn replace(&self, world: World) {
        *lock(&self.state.world) = world;
    }

    /// Replaces one answer.
    pub fn put(&self, path: &str, page: Page) {
        lock(&self.state.world).put(path, page);
    }

    /// Waits until the server ends, which it does only by itself on an error.
    ///
    /// # Errors
    /// What ended it.
    pub fn wait(mut self) -> anyhow::Result<()> {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(outcome)) => Ok(outcome?),
            Some(Err(_panic)) => anyhow::bail!("the server's thread panicked"),
            None => Ok(()),
        }
    }
}

impl Drop for Market {
    fn drop(&mut self) {
        // The order to stop is given by the call; the future only tells when it was obeyed, which the join does too.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

/// A test that panics elsewhere must not make every later look at the log panic too.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The control addresses are for the program; the library's users call the methods.
fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/__faults", web::post().to(switch_on))
        .route("/__faults", web::delete().to(switch_off))
        .route("/__requests", web::get().to(log))
        .default_service(web::to(answer));
}

async fn switch_on(state: web::Data<State>, query: Query<HashMap<String, String>>) -> HttpResponse {
    let word = |name: &str| query.get(name).map_or("", String::as_str);
    let Some(fault) = fault::parse(word("kind")) else {
        return HttpResponse::BadRequest()
            .body("kind must be 500, 429[:SECONDS], slow:MILLISECONDS, reset, cut or html");
    };
    let times = word("times").parse().map_or(Times::Always, Times::Next);
    lock(&state.faults).add(word("path"), fault, times);
    HttpResponse::NoContent().finish()
}

async fn switch_off(state: web::Data<State>) -> HttpResponse {
    lock(&state.faults).clear();
    HttpResponse::NoContent().finish()
}

async fn log(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(&*lock(&state.seen))
}

async fn answer(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let path = request.path();
    let user_agent =
        request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let at_ms = u64::try_from(state.started.elapsed().as_millis()).unwrap_or(u64::MAX);
    lock(&state.seen).push(Seen { path: path.to_owned(), user_agent: user_agent.to_owned(), at_ms });
    let struck = lock(&state.faults).strike(path);
    match struck {
        Some(Fault::ServerError) => HttpResponse::InternalServerError().finish(),
        Some(Fault::TooManyRequests { retry_after_secs }) => {
            let mut response = HttpResponse::TooManyRequests();
            if let Some(secs) = retry_after_secs {
                response.insert_header((header::RETRY_AFTER, secs));
            }
            response.content_type("text/html").body("<html><body>Too many requests</body></html>\n")
        }
        Some(Fault::Html) => HttpResponse::Ok()
            .content_type("text/html")
            .body("<!DOCTYPE html><html><body>We will be back soon.</body></html>\n"),
        Some(Fault::Reset) => HttpResponse::Ok().content_type("application/json").body(Broken::at_once()),
        Some(Fault::Cut) => HttpResponse::Ok().content_type("application/json").body(Broken::after_a_part()),
        Some(Fault::Slow(delay)) => {
            actix_web::rt::time::sleep(delay.min(Duration::from_secs(600))).await;
            page(&state, path)
        }
        None => page(&state, path),
    }
}

fn page(state: &State, path: &str) -> HttpResponse {
    match lock(&state.world).page(path) {
        Some(page) => HttpResponse::Ok().content_type(page.content_type).body(page.body.clone()),
        None => HttpResponse::Forbidden().content_type("application/xml").body(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>\n",
        ),
    }
}

/// A body that promises more than it gives and then breaks the connection.
struct Broken {
    polls_left: u8,
}

impl Broken {
    /// Breaks before anything was sent, not even the headers.
    fn at_once() -> Self {
        Self { polls_left: 0 }
    }

    /// Breaks after a first part. The pause between makes the server send what it has.
    fn after_a_part() -> Self {
        Self { polls_left: 2 }
    }
}

impl MessageBody for Broken {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(100_000)
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Option<Result<Bytes, io::Error>>> {
        let step = self.polls_left;
        self.polls_left = step.saturating_sub(1);
        match step {
            0 => Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::ConnectionReset)))),
            1 => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            _ => Poll::Ready(Some(Ok(Bytes::from_static(b"{\"success\": true, \"errors\": [], \"results\": [")))),
        }
    }
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
