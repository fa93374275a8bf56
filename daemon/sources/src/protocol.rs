//! The frames between the daemon and a plugin's host: one byte that says what, then the bytes as the plugin has them.
//!
//! What the plugin returns is passed on as it is and read in the daemon, so that a bulk answer is not read twice.

use std::path::PathBuf;

use cardmint_plugin_api::{
    Config,
    wire::{WireError, from_json, to_json},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::elf::ElfError;

/// Largest frame either way: the bulk files of a step and their lists of quotes.
pub(crate) const MAX_FRAME_BYTES: usize = 256 << 20;

const LOAD: u8 = 1;
const BEGIN: u8 = 2;
const STEP: u8 = 3;
const END: u8 = 4;

const REPLY: u8 = 0;
const REFUSED: u8 = 1;

/// What to load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Load {
    pub(crate) path: PathBuf,
    pub(crate) digest: String,
    pub(crate) config: Config,
}

/// A call of the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call<'a> {
    Load(Load),
    /// A query, as JSON.
    Begin(&'a [u8]),
    /// A session and answers, as the wire has them.
    Step(u64, &'a [u8]),
    End(u64),
}

/// Why the host did not load the plugin.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// The file is not the one that was approved.
    #[error("it has changed: digest {found} instead of {expected}")]
    Changed {
        /// The digest that was approved.
        expected: String,
        /// The digest it has now.
        found: String,
    },
    /// Not a library for this machine.
    #[error(transparent)]
    Elf(#[from] ElfError),
    /// The dynamic loader refuses it.
    #[error("the dynamic loader refuses it: {0}")]
    Loader(String),
    /// A library, but not a CardMint plugin.
    #[error("it is not a CardMint plugin: it does not export {symbol}")]
    NoSymbol {
        /// The symbol that is missing.
        symbol: String,
    },
    /// Built for another version of the plugin API.
    #[error(
        "it is built for version {found} of the plugin API, this daemon speaks version {expected}: rebuild the plugin"
    )]
    ApiVersion {
        /// The plugin's.
        found: String,
        /// The daemon's.
        expected: String,
    },
    /// The binary interface differs.
    #[error("its binary interface differs from the plugin API's: {0}")]
    Layout(String),
    /// The plugin does not say who it is, or says nonsense.
    #[error("its manifest is refused: {0}")]
    Manifest(String),
    /// The plugin refuses its settings.
    #[error("it refuses its configuration: {0}")]
    Config(String),
    /// The host could not be locked down; nothing was run.
    #[error("the sandbox could not be set up: {0}")]
    Sandbox(String),
    /// The daemon and its own host misunderstand each other.
    #[error("the host does not understand the daemon: {0}")]
    Protocol(String),
}

/// What the host answers.
#[derive(Debug)]
pub(crate) enum HostReply<'a> {
    /// The plugin's bytes.
    Reply(&'a [u8]),
    /// The host's own refusal.
    Refused(Refusal),
}

impl<'a> Call<'a> {
    pub(crate) fn encode(&self) -> Result<Vec<u8>, WireError> {
        Ok(match self {
            Self::Load(load) => prefixed(LOAD, &[&to_json("load request", load)?]),
            Self::Begin(query) => prefixed(BEGIN, &[query]),
            Self::Step(session, answers) => prefixed(STEP, &[&session.to_le_bytes(), answers]),
            Self::End(session) => prefixed(END, &[&session.to_le_bytes()]),
        })
    }

    /// Reads a frame; the error is a sentence.
    pub(crate) fn decode(frame: &'a [u8]) -> Result<Self, String> {
        let (kind, rest) = frame.split_first().ok_or("an empty frame")?;
        let session = || {
            let (session, rest) = rest.split_first_chunk::<8>().ok_or("a frame without its session")?;
            Ok::<_, String>((u64::from_le_bytes(*session), rest))
        };
        match *kind {
            LOAD => from_json("load request", rest).map(Self::Load).map_err(|error| error.to_string()),
            BEGIN => Ok(Self::Begin(rest)),
            STEP => session().map(|(session, answers)| Self::Step(session, answers)),
            END => session().map(|(session, _)| Self::End(session)),
            other => Err(format!("a frame of unknown kind {other}")),
        }
    }
}

impl HostReply<'_> {
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Reply(bytes) => prefixed(REPLY, &[bytes]),
            // A refusal always has a JSON form; an empty one would read as a broken frame, which is refused too.
            Self::Refused(refusal) => prefixed(REFUSED, &[&to_json("refusal", refusal).unwrap_or_default()]),
        }
    }

    /// Reads a frame; the error is a sentence.
    pub(crate) fn decode(frame: &[u8]) -> Result<HostReply<'_>, String> {
        match frame.split_first() {
            Some((&REPLY, bytes)) => Ok(HostReply::Reply(bytes)),
            Some((&REFUSED, json)) => {
                from_json("refusal", json).map(HostReply::Refused).map_err(|error| error.to_string())
            }
            Some((other, _)) => Err(format!("a reply of unknown kind {other}")),
            None => Err("an empty reply".to_owned()),
        }
    }
}

fn prefixed(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + parts.iter().map(|part| part.len()).sum::<usize>());
    bytes.push(kind);
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_survive_the_way() {
        let load = Load { path: "/x.so".into(), digest: "d".into(), config: [("a".into(), "b".into())].into() };
        for call in [Call::Load(load), Call::Begin(b"{}"), Call::Step(7, b"\x00\xff"), Call::End(u64::MAX)] {
            assert_eq!(Call::decode(&call.encode().unwrap()).unwrap(), call);
        }
    }

    #[test]
    fn broken_frames_are_sentences() {
        for frame in [&b""[..], b"\x00", b"\x03short", b"\x01{", b"\xff"] {
            assert!(Call::decode(frame).is_err(), "{frame:?}");
        }
        assert!(HostReply::decode(b"").is_err() && HostReply::decode(b"\x01").is_err());
    }
}
