//! Sending one request once, within its limits of time and size.

use std::{error::Error, time::Duration};

use cardmint_plugin_api::{Header, HttpRequest, HttpResponse, Method};
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::SecretString;

use super::{
    address::Address,
    error::{FetchError, TransportError},
    secrets::{self, Secrets},
};

/// Most header lines that are handed to a plugin.
const MAX_HEADERS: usize = 64;

/// A request with its secrets in it. Deliberately without `Debug`.
pub(crate) struct Prepared<'a> {
    method: reqwest::Method,
    url: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: String,
    used: Vec<&'a SecretString>,
}

/// Limits of one answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) timeout_secs: u64,
    pub(crate) max_body_bytes: u64,
}

impl<'a> Prepared<'a> {
    pub(crate) fn new(request: &HttpRequest, address: &Address, secrets: &'a Secrets) -> Result<Self, FetchError> {
        let refuse = |reason: String| FetchError::Refused { address: address.shown.clone(), reason };
        let url = secrets.fill(&address.url, secrets::encode_query).map_err(refuse)?;
        let body = secrets.fill(&request.body, secrets::encode_plain).map_err(refuse)?;
        let mut used = url.used;
        used.extend(body.used);
        let mut headers = Vec::with_capacity(request.headers.len());
        for Header { name, value } in &request.headers {
            let filled = secrets.fill(value, secrets::encode_plain).map_err(refuse)?;
            let bad = || refuse(format!("the header {name:?} cannot be sent"));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            let mut value = HeaderValue::from_str(&filled.text).map_err(|_| bad())?;
            value.set_sensitive(!filled.used.is_empty());
            used.extend(filled.used);
            headers.push((name, value));
        }
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        Ok(Self { method, url: url.text, headers, body: body.text, used })
    }

    /// Sends it. Whatever of the secrets comes back is blotted out.
    pub(crate) async fn send(&self, client: &reqwest::Client, limits: Limits) -> Result<HttpResponse, TransportError> {
        let mut builder =
            client.request(self.method.clone(), &self.url).timeout(Duration::from_secs(limits.timeout_secs));
        for (name, value) in &self.headers {
            builder = builder.header(name, value);
        }
        if !self.body.is_empty() {
            builder = builder.body(self.body.clone());
        }
        let response = builder.send().await.map_err(|error| broken(error, limits))?;
        let status = response.status().as_u16();
        let headers =
            response.headers().iter().take(MAX_HEADERS).map(|(name, value)| self.header(name, value)).collect();
        let mut body = read(response, limits).await?;
        secrets::blot(&self.used, &mut body);
        Ok(HttpResponse { id: 0, status, headers, fetched_at_ms: 0, body })
    }

    fn header(&self, name: &HeaderName, value: &HeaderValue) -> Header {
        let mut bytes = value.as_bytes().to_vec();
        secrets::blot(&self.used, &mut bytes);
        Header { name: name.as_str().to_owned(), value: String::from_utf8_lossy(&bytes).into_owned() }
    }
}

async fn read(mut response: reqwest::Response, limits: Limits) -> Result<Vec<u8>, TransportError> {
    let too_large = TransportError::TooLarge { limit_bytes: limits.max_body_bytes };
    // What the server announces is only good for refusing early: it may be wrong, and compression makes it smaller.
    if response.content_length().is_some_and(|length| length > limits.max_body_bytes) {
        return Err(too_large);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(error, limits))? {
        let length = u64::try_from(body.len() + chunk.len()).unwrap_or(u64::MAX);
        if length > limits.max_body_bytes {
            return Err(too_large);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The library's complaint without the address, which holds the secrets.
fn broken(error: reqwest::Error, limits: Limits) -> TransportError {
    let error = error.without_url();
    if error.is_timeout() {
        return TransportError::Timeout { secs: limits.timeout_secs };
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    if error.is_connect() { TransportError::Connect(text) } else { TransportError::Broken(text) }
}
