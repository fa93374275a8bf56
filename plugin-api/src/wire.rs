//! How messages become bytes: a JSON head, then bodies as they are.
//!
//! JSON because every field has a default and unknown fields are ignored, so messages can grow on either side; bodies
//! beside it because a bulk file of 19 MB should not be escaped and unescaped. Layout: `u32` little-endian length of the
//! head, the head, then the bodies one after the other, whose lengths stand in the head.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

use crate::{Failure, HttpResponse, Step};

/// Why bytes are not a message.
#[derive(Debug, Error)]
pub enum WireError {
    /// Shorter than it says.
    #[error("a {what} of {have} bytes is too short: {need} are announced")]
    Short {
        /// Which message.
        what: &'static str,
        /// Bytes there.
        have: usize,
        /// Bytes announced.
        need: usize,
    },
    /// Not the JSON that was expected.
    #[error("a {what} could not be read")]
    Json {
        /// Which message.
        what: &'static str,
        /// The reader's complaint.
        #[source]
        source: serde_json::Error,
    },
    /// A message that cannot be written as JSON.
    #[error("a {what} could not be written")]
    Write {
        /// Which message.
        what: &'static str,
        /// The writer's complaint.
        #[source]
        source: serde_json::Error,
    },
}

/// What a plugin's function returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply<T> {
    /// It worked.
    Ok(T),
    /// It did not.
    Failed(Failure),
}

/// A session's number, unique within one host process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The number.
    pub session: u64,
}

/// Answer to a call of `step`.
pub type StepReply = Reply<Step>;

#[derive(Serialize, Deserialize)]
struct Head<T> {
    response: T,
    #[serde(default)]
    body_bytes: usize,
}

/// Writes a message without bodies.
///
/// # Errors
/// [`WireError::Write`], which no message of this crate causes.
pub fn to_json<T: Serialize>(what: &'static str, value: &T) -> Result<Vec<u8>, WireError> {
    serde_json::to_vec(value).map_err(|source| WireError::Write { what, source })
}

/// Reads a message without bodies.
///
/// # Errors
/// [`WireError::Json`] when it is not that message.
pub fn from_json<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, WireError> {
    serde_json::from_slice(bytes).map_err(|source| WireError::Json { what, source })
}

/// Writes answers with their bodies.
///
/// # Errors
/// [`WireError::Write`], which answers never cause.
pub fn encode_responses(responses: &[HttpResponse]) -> Result<Vec<u8>, WireError> {
    let heads: Vec<Head<&HttpResponse>> =
        responses.iter().map(|response| Head { response, body_bytes: response.body.len() }).collect();
    let head = to_json("list of answers", &heads)?;
    let bodies: usize = responses.iter().map(|response| response.body.len()).sum();
    let mut bytes = Vec::with_capacity(4 + head.len() + bodies);
    bytes.extend_from_slice(&u32::try_from(head.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(&head);
    for response in responses {
        bytes.extend_from_slice(&response.body);
    }
    Ok(bytes)
}

/// Reads answers with their bodies.
///
/// # Errors
/// [`WireError::Short`] when bytes are missing, [`WireError::Json`] when the head is not one.
pub fn decode_responses(bytes: &[u8]) -> Result<Vec<HttpResponse>, WireError> {
    let what = "list of answers";
    let short = |need: usize| WireError::Short { what, have: bytes.len(), need };
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(|| short(4))?;
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let head = rest.get(..length).ok_or_else(|| short(length.saturating_add(4)))?;
    let mut bodies = &rest[length..];
    let heads: Vec<Head<HttpResponse>> = from_json(what, head)?;
    let mut responses = Vec::with_capacity(heads.len());
    for Head { mut response, body_bytes } in heads {
        let missing = short(bytes.len().saturating_add(body_bytes.saturating_sub(bodies.len())));
        let (body, tail) = bodies.split_at_checked(body_bytes).ok_or(missing)?;
        response.body = body.to_vec();
        bodies = tail;
        responses.push(response);
    }
    Ok(responses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answer, ErrorClass, Header, Manifest, Query};

    fn response(id: u32, body: &[u8]) -> HttpResponse {
        let header = Header { name: "content-type".into(), value: "text/plain".into() };
        HttpResponse { id, status: 200, headers: vec![header], fetched_at_ms: 5, body: body.to_vec() }
    }

    #[test]
    fn answers_survive_the_way() {
        let sent = vec![response(1, b"\xff\x00 not text"), response(2, b""), response(3, b"x")];
        assert_eq!(decode_responses(&encode_responses(&sent).unwrap()).unwrap(), sent);
        assert_eq!(decode_responses(&encode_responses(&[]).unwrap()).unwrap(), []);
    }

    #[test]
    fn cut_answers_are_refused_wherever_they_are_cut() {
        let bytes = encode_responses(&[response(1, b"hello"), response(2, b"world")]).unwrap();
        for length in 0..bytes.len() {
            assert!(decode_responses(&bytes[..length]).is_err(), "{length} bytes were read");
        }
    }

    #[test]
    fn messages_grow_without_breaking_either_side() {
        let from_newer = br#"{"id":"a","name":"A","a_field_of_the_future":[1,2]}"#;
        assert_eq!(from_json::<Manifest>("manifest", from_newer).unwrap().id, "a");
        assert_eq!(from_json::<Query>("query", b"{}").unwrap(), Query::default());
        assert_eq!(
            from_json::<StepReply>("step", br#"{"ok":{"done":{}}}"#).unwrap(),
            Reply::Ok(Step::Done(Answer::default()))
        );
        let failure: Failure = from_json("failure", br#"{"class":"invented_later"}"#).unwrap();
        assert_eq!(failure.class, ErrorClass::Unknown);
    }
}
