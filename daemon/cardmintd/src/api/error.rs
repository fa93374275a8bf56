//! How a request fails.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use cardmint_domain::errors::chain;
use cardmint_store::StoreError;
use serde_json::json;

use crate::actors::storage::WriteError;
use crate::supervisor::SendError;

/// A failed request: a status, a stable code for programs and a message for people.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl ApiError {
    /// The request itself is wrong.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "bad_request", message: message.into() }
    }

    /// There is no such thing.
    pub fn not_found(what: &str, id: impl fmt::Display) -> Self {
        Self { status: StatusCode::NOT_FOUND, code: "not_found", message: format!("there is no {what} {id}") }
    }

    /// The thing is not in a state in which this can be done.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self { status: StatusCode::CONFLICT, code: "conflict", message: message.into() }
    }

    /// Who asks may not.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, code: "forbidden", message: message.into() }
    }

    /// Somebody who is needed does not answer; the same request may work later.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, code: "unavailable", message: message.into() }
    }

    /// The body is larger than is allowed.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self { status: StatusCode::PAYLOAD_TOO_LARGE, code: "too_large", message: message.into() }
    }

    /// The request takes too long.
    pub fn too_slow(message: impl Into<String>) -> Self {
        Self { status: StatusCode::REQUEST_TIMEOUT, code: "too_slow", message: message.into() }
    }

    /// Our own fault.
    pub fn internal(message: impl Into<String>) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, code: "internal", message: message.into() }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status).json(json!({ "error": { "code": self.code, "message": self.message } }))
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let message = chain(&error);
        match error {
            StoreError::NotFound { .. } => Self { status: StatusCode::NOT_FOUND, code: "not_found", message },
            StoreError::WrongState { .. } | StoreError::IllegalMove { .. } | StoreError::NothingToAccept { .. } => {
                Self::conflict(message)
            }
            StoreError::Refused(_) | StoreError::Unstorable { .. } => Self::bad_request(message),
            StoreError::Pool { .. } | StoreError::Connect { .. } => Self::unavailable(message),
            _ => Self::internal(message),
        }
    }
}

impl From<WriteError> for ApiError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Store(error) => error.into(),
            other => Self::unavailable(chain(&other)),
        }
    }
}

impl From<SendError> for ApiError {
    fn from(error: SendError) -> Self {
        Self::unavailable(chain(&error))
    }
}
