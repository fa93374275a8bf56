//! Requests over the control socket.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cardmint_domain::errors::chain;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;

/// Most time for one answer: price sources and plugins may be slow.
const TIMEOUT: Duration = Duration::from_secs(180);

/// What an answer was.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

/// Talks to one daemon.
pub(crate) struct Api {
    client: Client,
    socket: PathBuf,
}

impl Api {
    pub(crate) fn new(socket: &Path) -> Result<Self, Failure> {
        let built = Client::builder().unix_socket(socket.to_owned()).timeout(TIMEOUT).build();
        let client = built.map_err(|error| Failure::failed(format!("making a client: {}", chain(&error))))?;
        Ok(Self { client, socket: socket.to_owned() })
    }

    /// `GET`, with what is set of `query`.
    pub(crate) async fn get(&self, path: &[&str], query: &[(&str, Option<String>)]) -> Result<Value, Failure> {
        accept(self.answer(self.client.request(Method::GET, address(path, query)?)).await?)
    }

    /// `GET` whose answer counts with any status.
    pub(crate) async fn look(&self, path: &[&str]) -> Result<Answer, Failure> {
        self.answer(self.client.request(Method::GET, address(path, &[])?)).await
    }

    /// `GET` of something that is not JSON.
    pub(crate) async fn get_bytes(&self, path: &[&str], query: &[(&str, Option<String>)]) -> Result<Vec<u8>, Failure> {
        let response = self.send(self.client.request(Method::GET, address(path, query)?)).await?;
        if response.status().is_success() {
            return Ok(response.bytes().await.map_err(|error| self.unreachable(&error))?.into());
        }
        let refused = accept(self.read(response).await?);
        Err(refused.err().unwrap_or_else(|| Failure::failed("the daemon gave no document")))
    }

    /// `POST` without a body.
    pub(crate) async fn post(&self, path: &[&str]) -> Result<Value, Failure> {
        accept(self.answer(self.client.request(Method::POST, address(path, &[])?)).await?)
    }

    /// `POST` of a JSON document.
    pub(crate) async fn post_json(&self, path: &[&str], body: &impl Serialize) -> Result<Value, Failure> {
        accept(self.answer(self.client.request(Method::POST, address(path, &[])?).json(body)).await?)
    }

    /// `POST` of a file.
    pub(crate) async fn post_file(
        &self,
        path: &[&str],
        headers: &[(&str, &str)],
        bytes: Vec<u8>,
    ) -> Result<Value, Failure> {
        let mut request = self.client.request(Method::POST, address(path, &[])?).body(bytes);
        for (name, value) in headers {
            request = request.header(*name, value.as_bytes());
        }
        accept(self.answer(request).await?)
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        let response = self.send(request).await?;
        self.read(response).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        request.send().await.map_err(|error| {
            if error.is_builder() {
                return Failure::Usage(chain(&error));
            }
            self.unreachable(&error)
        })
    }

    async fn read(&self, response: Response) -> Result<Answer, Failure> {
        let status = response.status();
        let bytes = response.bytes().await.map_err(|error| self.unreachable(&error))?;
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).trim().into());
        Ok(Answer { status, body })
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        Failure::Unreachable { socket: self.socket.display().to_string(), why: innermost(error) }
    }
}

/// The body of an answer, or what the daemon says went wrong.
fn accept(answer: Answer) -> Result<Value, Failure> {
    if answer.status.is_success() {
        return Ok(answer.body);
    }
    let said =
        answer.body.pointer("/error/message").and_then(Value::as_str).or(answer.body.as_str()).unwrap_or_default();
    if said.is_empty() {
        return Err(Failure::failed(format!("the daemon answers {}", answer.status)));
    }
    Err(Failure::failed(said))
}

/// The address of a path whose parts may hold any character.
fn address(path: &[&str], query: &[(&str, Option<String>)]) -> Result<Url, Failure> {
    let wrong = || Failure::failed("making an address");
    let mut url = Url::parse("http://cardmint/").map_err(|_| wrong())?;
    url.path_segments_mut().map_err(|()| wrong())?.pop_if_empty().extend(path);
    let set: Vec<(&str, &str)> = query.iter().filter_map(|(key, value)| Some((*key, value.as_deref()?))).collect();
    if !set.is_empty() {
        url.query_pairs_mut().extend_pairs(set);
    }
    Ok(url)
}

/// The first cause: what the system said about the socket.
fn innermost(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} seconds", TIMEOUT.as_secs());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_character_may_stand_in_a_name() {
        let url = address(&["v1", "prices", "exu-?", "refresh"], &[("q", Some("a&b c".to_owned())), ("batch", None)])
            .unwrap();
        assert_eq!(url.as_str(), "http://cardmint/v1/prices/exu-%3F/refresh?q=a%26b+c");
        assert_eq!(address(&["v1", "a/../b"], &[]).unwrap().path(), "/v1/a%2F..%2Fb");
    }

    #[test]
    fn what_the_daemon_says_is_what_people_read() {
        let answer = |status, body| accept(Answer { status, body }).unwrap_err().to_string();
        let refused = serde_json::json!({ "error": { "code": "conflict", "message": "it is closed" } });
        assert_eq!(answer(StatusCode::CONFLICT, refused), "it is closed");
        assert_eq!(answer(StatusCode::BAD_GATEWAY, Value::Null), "the daemon answers 502 Bad Gateway");
        assert_eq!(answer(StatusCode::FORBIDDEN, "no".into()), "no");
    }
}
