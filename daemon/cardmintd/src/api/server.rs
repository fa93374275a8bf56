//! The two doors: the control socket and the page's address.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::{Data, JsonConfig};
use actix_web::{App, HttpServer};
use thiserror::Error;

use super::deadline::Deadline;
use super::error::ApiError;
use super::peer::Peer;
use super::state::ApiState;
use crate::page;

/// Slowest a client may send its request's head.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(5);

/// Most connections of one door at once; more wait to be taken. Far fewer than descriptors (1,024 and more), of which photos,
/// the database and the workers need their own.
const MAX_CONNECTIONS: usize = 256;

/// How long requests under way may still take when a door is closed; less than the child may take to end.
const SHUTDOWN_SECS: u64 = 2;

/// Largest JSON body.
const JSON_LIMIT_BYTES: usize = 64 * 1024;

/// Why a door cannot be opened.
#[derive(Debug, Error)]
pub enum ServerError {
    /// Another process answers on the socket.
    #[error("another daemon answers on {path}")]
    InUse {
        /// The socket.
        path: PathBuf,
    },
    /// A step of making the socket failed.
    #[error("{step} {path}")]
    Socket {
        /// What was being done.
        step: &'static str,
        /// To what.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The address cannot be listened on.
    #[error("listening on {address}")]
    Address {
        /// As configured.
        address: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Makes the control socket: nobody can connect before it has its mode, and a socket left by a dead daemon is replaced. It is
/// made in a folder of its own that only this user may enter, and moved into place; the process's umask, which all threads
/// share, is not touched.
///
/// # Errors
/// [`ServerError`].
pub fn bind_socket(path: &Path, mode: u32) -> Result<UnixListener, ServerError> {
    let failed = |step| move |source| ServerError::Socket { step, path: path.to_owned(), source };
    if UnixStream::connect(path).is_ok() {
        return Err(ServerError::InUse { path: path.to_owned() });
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let private = tempfile::Builder::new().prefix(".s").tempdir_in(parent).map_err(failed("making a folder for"))?;
    let made = private.path().join("s");
    let listener = UnixListener::bind(&made).map_err(failed("making"))?;
    std::fs::set_permissions(&made, std::fs::Permissions::from_mode(mode)).map_err(failed("setting the mode of"))?;
    listener.set_nonblocking(true).map_err(failed("preparing"))?;
    std::fs::rename(&made, path).map_err(failed("moving into place"))?;
    Ok(listener)
}

/// Serves the whole API on the control socket.
///
/// # Errors
/// [`ServerError::Socket`] when the listener cannot be taken over.
pub fn control(state: Data<ApiState>, listener: UnixListener, path: &Path) -> Result<Server, ServerError> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .app_data(json_config())
            .wrap(from_fn(|request, next| Deadline::default().keep(request, next)))
            .configure(super::changing)
            .configure(super::reading)
    })
    .workers(1)
    .max_connections(MAX_CONNECTIONS)
    .shutdown_timeout(SHUTDOWN_SECS)
    .client_request_timeout(CLIENT_TIMEOUT)
    .disable_signals()
    .on_connect(Peer::note)
    .listen_uds(listener)
    .map_err(|source| ServerError::Socket { step: "listening on", path: path.to_owned(), source })?;
    Ok(server.run())
}

/// Serves the page, and of the API what only reads, on loopback.
///
/// # Errors
/// [`ServerError::Address`].
pub fn web(state: Data<ApiState>, address: &str) -> Result<Server, ServerError> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .app_data(json_config())
            .wrap(from_fn(|request, next| Deadline::default().keep(request, next)))
            .wrap(from_fn(page::guard))
            .configure(page::routes)
            .configure(super::reading)
    })
    .workers(1)
    .max_connections(MAX_CONNECTIONS)
    .shutdown_timeout(SHUTDOWN_SECS)
    .client_request_timeout(CLIENT_TIMEOUT)
    .disable_signals()
    .bind(address)
    .map_err(|source| ServerError::Address { address: address.to_owned(), source })?;
    Ok(server.run())
}

fn json_config() -> JsonConfig {
    JsonConfig::default()
        .limit(JSON_LIMIT_BYTES)
        .content_type_required(false)
        .error_handler(|error, _| ApiError::bad_request(format!("the body: {error}")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_has_its_mode_and_nothing_lies_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("control.sock");
        let _listener = bind_socket(&path, 0o640).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        UnixStream::connect(&path).unwrap();
    }

    #[test]
    fn a_socket_of_a_dead_daemon_is_replaced_and_one_of_a_live_daemon_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("control.sock");
        let first = bind_socket(&path, 0o600).unwrap();
        assert!(matches!(bind_socket(&path, 0o600), Err(ServerError::InUse { .. })));
        drop(first);
        let _second = bind_socket(&path, 0o600).unwrap();
        UnixStream::connect(&path).unwrap();
    }
}
