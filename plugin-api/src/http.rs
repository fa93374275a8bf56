//! HTTP as data: what a source asks for and what it gets.
//!
//! A secret is never seen by the source. It writes `${secret.NAME}` in the query of the URL, in a header or in the body,
//! and the daemon puts the value in when it sends. Answers come back with the value blotted out.

use serde::{Deserialize, Serialize};

/// Methods that sources need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Read.
    #[default]
    Get,
    /// Read with a question in the body. Retried like a GET: a price source changes nothing.
    Post,
}

/// One header line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Header {
    /// Its name, in any case.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// One request. `User-Agent`, `Accept-Encoding`, `Host` and `Connection` are the daemon's own; given here they are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct HttpRequest {
    /// The session's own number for it, to recognise the answer by.
    pub id: u32,
    /// GET or POST.
    pub method: Method,
    /// `https://` and one of the manifest's hosts.
    pub url: String,
    /// Further header lines.
    pub headers: Vec<Header>,
    /// Body of a POST.
    pub body: String,
    /// How long a good answer may be served from the cache, in seconds; `None` means the manifest's TTL, 0 never.
    pub cache_secs: Option<u64>,
}

impl HttpRequest {
    /// A GET without further headers, cached as the manifest says.
    pub fn get(id: u32, url: impl Into<String>) -> Self {
        Self { id, url: url.into(), ..Self::default() }
    }
}

/// One answer. The body travels beside the JSON, not in it; see [`crate::wire`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct HttpResponse {
    /// The request's number.
    pub id: u32,
    /// Status code. Redirects are not followed: a 3xx is an answer.
    pub status: u16,
    /// Header lines with names in lower case.
    pub headers: Vec<Header>,
    /// When it was fetched (a cached answer keeps its time), milliseconds since 1970 UTC.
    pub fetched_at_ms: i64,
    /// The body, decompressed.
    #[serde(skip)]
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The first header line of this name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_str())
    }

    /// `Retry-After` where it is a number of seconds.
    #[must_use]
    pub fn retry_after_secs(&self) -> Option<u64> {
        self.header("retry-after")?.trim().parse().ok()
    }
}
