//! The daemon's end of one plugin: starts its host, calls it with deadlines, replaces it when it dies.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use cardmint_plugin_api::{
    Config, ErrorClass, Failure, HttpResponse, Manifest, Query, Step,
    wire::{Begun, Reply, WireError, encode_responses, from_json, to_json},
};
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::{
    file::PluginFile,
    process::{Host, HostEnd},
    protocol::{Call, HostReply, Load, Refusal},
};

/// How hosts are started and how long they may take.
#[derive(Debug, Clone)]
pub struct ClientParams {
    /// The program; `cardmintd` itself.
    pub program: PathBuf,
    /// Its arguments; `plugin-host`.
    pub args: Vec<String>,
    /// Longest time from the start to the manifest.
    pub load_deadline: Duration,
    /// Longest time of one call. A bulk file of 19 MB takes 55 ms (FACTS 3).
    pub call_deadline: Duration,
    /// Memory of the host, in bytes of address space.
    pub address_space_bytes: u64,
}

impl ClientParams {
    /// The usual limits for hosts that are started as `program plugin-host`.
    #[must_use]
    pub fn new(program: &Path) -> Self {
        Self {
            program: program.to_owned(),
            args: vec!["plugin-host".to_owned()],
            load_deadline: Duration::from_secs(10),
            call_deadline: Duration::from_secs(5),
            address_space_bytes: 1 << 30,
        }
    }
}

/// Why a plugin is not running.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The host process could not be started.
    #[error("the host of the plugin {path} could not be started")]
    Start {
        /// The plugin.
        path: PathBuf,
        /// Why.
        #[source]
        source: cardmint_sandbox::SandboxError,
    },
    /// The plugin took its host down while it was loaded, for example in a constructor.
    #[error("the plugin {path} took its host down while it was loaded: {end}")]
    Died {
        /// The plugin.
        path: PathBuf,
        /// How the host ended.
        end: HostEnd,
    },
    /// The host refuses the file.
    #[error("the plugin {path} is refused")]
    Refused {
        /// The plugin.
        path: PathBuf,
        /// Why.
        #[source]
        source: Refusal,
    },
    /// What the daemon needs for the plugin's HTTP is missing or wrong.
    #[error("the HTTP of the plugin {path} could not be set up")]
    Http {
        /// The plugin.
        path: PathBuf,
        /// Why.
        #[source]
        source: crate::http::ExecutorError,
    },
    /// Daemon and host do not understand each other.
    #[error("the host of the plugin {path} answers with {what}")]
    Protocol {
        /// The plugin.
        path: PathBuf,
        /// What it answered.
        what: String,
    },
}

/// Why a call has no answer.
#[derive(Debug, Error)]
pub enum CallError {
    /// The host had died before and could not be replaced.
    #[error("the plugin {plugin} could not be started again")]
    Replace {
        /// Which plugin.
        plugin: String,
        /// Why.
        #[source]
        source: Box<LoadError>,
    },
    /// The host died or was killed at the deadline. The next question starts a new one.
    #[error("the plugin {plugin} took its host down in {call}: {end}")]
    Died {
        /// Which plugin.
        plugin: String,
        /// Which call.
        call: &'static str,
        /// How the host ended.
        end: HostEnd,
    },
    /// The plugin says that it failed by itself.
    #[error("the plugin {plugin} failed in {call}")]
    Failed {
        /// Which plugin.
        plugin: String,
        /// Which call.
        call: &'static str,
        /// What it says.
        #[source]
        source: Failure,
    },
    /// The plugin's answer is not one.
    #[error("the plugin {plugin} answers {call} with nonsense")]
    Nonsense {
        /// Which plugin.
        plugin: String,
        /// Which call.
        call: &'static str,
        /// What is wrong with it.
        #[source]
        source: WireError,
    },
    /// The host's own frame is broken.
    #[error("the host of the plugin {plugin} answers {call} with {what}")]
    Protocol {
        /// Which plugin.
        plugin: String,
        /// Which call.
        call: &'static str,
        /// What it answered.
        what: String,
    },
    /// The session belongs to a host that has died since.
    #[error("the session of the plugin {plugin} ended with its host")]
    Gone {
        /// Which plugin.
        plugin: String,
    },
}

impl CallError {
    /// The class that retry rules and metrics look at: whatever a plugin does to its host, it is the plugin's fault.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Failed { source, .. } => source.class,
            _ => ErrorClass::Plugin,
        }
    }
}

/// A session of one host process. One of an earlier process is refused, never mistaken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionId {
    generation: u64,
    session: u64,
}

/// One plugin in its host process. Belongs to one long-lived thread: the host dies with the thread that started it.
#[derive(Debug)]
pub struct PluginClient {
    file: PluginFile,
    config: Config,
    params: ClientParams,
    manifest: Manifest,
    host: Option<Host>,
    generation: u64,
}

impl PluginClient {
    /// Starts a host, loads the file that has this digest, and gets its manifest.
    ///
    /// # Errors
    /// [`LoadError`] with a reason for people.
    pub fn load(file: &PluginFile, config: &Config, params: ClientParams) -> Result<Self, LoadError> {
        let (host, manifest) = start(file, config, &params)?;
        Ok(Self { file: file.clone(), config: config.clone(), params, manifest, host: Some(host), generation: 1 })
    }

    /// What the plugin says about itself; checked.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The file that was loaded.
    #[must_use]
    pub fn file(&self) -> &PluginFile {
        &self.file
    }

    /// The host's process number while there is one.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.host.as_ref().map(Host::pid)
    }

    /// How many hosts there have been, the present one included.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Starts a question; starts a new host first if the last one died.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn begin(&mut self, query: &Query) -> Result<SessionId, CallError> {
        self.ensure_host()?;
        let query = to_json("query", query).map_err(|source| self.nonsense("begin", source))?;
        let Begun { session } = self.call("begin", &Call::Begin(&query))?;
        Ok(SessionId { generation: self.generation, session })
    }

    /// Goes on with a question.
    ///
    /// # Errors
    /// [`CallError`]; the session is then over.
    pub fn step(&mut self, session: SessionId, responses: &[HttpResponse]) -> Result<Step, CallError> {
        if session.generation != self.generation || self.host.is_none() {
            return Err(CallError::Gone { plugin: self.manifest.id.clone() });
        }
        let answers = encode_responses(responses).map_err(|source| self.nonsense("step", source))?;
        self.call("step", &Call::Step(session.session, &answers))
    }

    /// Forgets a question. A host that cannot even do that is killed.
    pub fn end(&mut self, session: SessionId) {
        if session.generation != self.generation || self.host.is_none() {
            return;
        }
        if let Err(error) = self.raw_call("end", &Call::End(session.session)) {
            tracing::warn!(plugin = %self.manifest.id, %error, "a session could not be ended");
        }
    }

    /// Ends the host; the next question starts a new one.
    pub fn stop(&mut self) {
        self.host = None;
    }

    fn ensure_host(&mut self) -> Result<(), CallError> {
        if self.host.is_some() {
            return Ok(());
        }
        let replaced = start(&self.file, &self.config, &self.params);
        let replace = |source| CallError::Replace { plugin: self.manifest.id.clone(), source: Box::new(source) };
        let (host, manifest) = replaced.map_err(replace)?;
        // The same bytes give the same manifest; a plugin that plays tricks here is not used.
        if manifest != self.manifest {
            let what = "another manifest than at first".to_owned();
            return Err(replace(LoadError::Protocol { path: self.file.path.clone(), what }));
        }
        self.host = Some(host);
        self.generation += 1;
        tracing::info!(plugin = %self.manifest.id, generation = self.generation, "the plugin's host was replaced");
        Ok(())
    }

    fn call<T: DeserializeOwned>(&mut self, call: &'static str, request: &Call<'_>) -> Result<T, CallError> {
        let bytes = self.raw_call(call, request)?;
        match from_json::<Reply<T>>(call, &bytes) {
            Ok(Reply::Ok(value)) => Ok(value),
            Ok(Reply::Failed(source)) => Err(CallError::Failed { plugin: self.manifest.id.clone(), call, source }),
            Err(source) => Err(self.nonsense(call, source)),
        }
    }

    fn raw_call(&mut self, call: &'static str, request: &Call<'_>) -> Result<Vec<u8>, CallError> {
        let plugin = self.manifest.id.clone();
        let frame = request.encode().map_err(|source| self.nonsense(call, source))?;
        let Some(host) = self.host.as_mut() else { return Err(CallError::Gone { plugin }) };
        let reply = match host.call(&frame, self.params.call_deadline) {
            Ok(reply) => reply,
            Err(end) => {
                self.host = None;
                return Err(CallError::Died { plugin, call, end });
            }
        };
        let what = match HostReply::decode(&reply) {
            Ok(HostReply::Reply(bytes)) => return Ok(bytes.to_vec()),
            Ok(HostReply::Refused(refusal)) => refusal.to_string(),
            Err(what) => what,
        };
        // Our own code sent that; whatever got into it, a new host is a clean start.
        self.host = None;
        Err(CallError::Protocol { plugin, call, what })
    }

    fn nonsense(&self, call: &'static str, source: WireError) -> CallError {
        CallError::Nonsense { plugin: self.manifest.id.clone(), call, source }
    }
}

fn start(file: &PluginFile, config: &Config, params: &ClientParams) -> Result<(Host, Manifest), LoadError> {
    let path = file.path.clone();
    let protocol = |what: String| LoadError::Protocol { path: path.clone(), what };
    let refused = |source: Refusal| LoadError::Refused { path: path.clone(), source };
    let mut host = Host::start(params).map_err(|source| LoadError::Start { path: path.clone(), source })?;
    let load = Load { path: path.clone(), digest: file.digest.clone(), config: config.clone() };
    let frame = Call::Load(load).encode().map_err(|error| protocol(error.to_string()))?;
    let reply = host.call(&frame, params.load_deadline).map_err(|end| LoadError::Died { path: path.clone(), end })?;
    let bytes = match HostReply::decode(&reply).map_err(protocol)? {
        HostReply::Reply(bytes) => bytes,
        HostReply::Refused(refusal) => return Err(refused(refusal)),
    };
    let manifest = match from_json::<Reply<Manifest>>("manifest", bytes) {
        Ok(Reply::Ok(manifest)) => manifest,
        Ok(Reply::Failed(failure)) => return Err(refused(Refusal::Manifest(failure.message))),
        Err(error) => return Err(refused(Refusal::Manifest(error.to_string()))),
    };
    manifest.check().map_err(|error| refused(Refusal::Manifest(error.to_string())))?;
    Ok((host, manifest))
}
