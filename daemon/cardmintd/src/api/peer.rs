//! Who is asking.

use std::future::{Ready, ready};

use actix_web::dev::{Extensions, Payload};
use actix_web::{FromRequest, HttpRequest};
use tokio::net::UnixStream;

use super::error::ApiError;

/// The process at the other end of the Unix socket, as the kernel names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    uid: u32,
}

impl Peer {
    /// The name under which the audit log keeps what this peer does, for example `uid:1000`.
    #[must_use]
    pub fn who(&self) -> String {
        format!("uid:{}", self.uid)
    }

    /// Takes the credentials of a new connection down. A connection without them stays anonymous and may change nothing.
    pub fn note(connection: &dyn std::any::Any, extensions: &mut Extensions) {
        match connection.downcast_ref::<UnixStream>().map(UnixStream::peer_cred) {
            Some(Ok(credentials)) => {
                extensions.insert(Self { uid: credentials.uid() });
            }
            Some(Err(error)) => tracing::warn!(%error, "a connection on the control socket has no peer credentials"),
            None => {}
        }
    }
}

impl FromRequest for Peer {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let peer = request.conn_data::<Self>().copied();
        ready(
            peer.ok_or_else(|| {
                ApiError::forbidden("this changes something, and the connection carries no credentials")
            }),
        )
    }
}
