//! The body of `cardmintd plugin-host`: one process, one plugin, no rights.
//!
//! Order: read the file and check its digest and headers while files may still be read; copy the checked bytes into memory
//! that nobody else can change; first stage of the sandbox; `dlopen` of that copy (constructors run here); second stage,
//! which takes away everything but computing and answering; and only then the first call of the plugin's own functions.

mod load;
mod lock;

use abi_stable::std_types::RSlice;
use cardmint_plugin_api::{
    abi::PluginV1Ref,
    wire::{Reply, from_json, to_json},
};
use thiserror::Error;

use crate::protocol::{Call, HostReply, Load, Refusal};

/// Why a host process ends other than by its daemon hanging up.
#[derive(Debug, Error)]
pub enum HostError {
    /// Reading or writing the daemon's socket failed.
    #[error("the plugin host cannot talk to its daemon")]
    Serve(#[source] cardmint_sandbox::SandboxError),
}

/// Serves one plugin over descriptor 3 until the daemon hangs up. To be called from `main` before any thread is started.
///
/// # Errors
/// [`HostError`] when the socket breaks; a plugin that cannot be loaded is an answer, not an error.
pub fn run_plugin_host() -> Result<(), HostError> {
    let mut plugin: Option<PluginV1Ref> = None;
    cardmint_sandbox::serve(move |frame| answer(&mut plugin, &frame)).map_err(HostError::Serve)
}

fn answer(plugin: &mut Option<PluginV1Ref>, frame: &[u8]) -> Vec<u8> {
    let outcome = Call::decode(frame).map_err(Refusal::Protocol).and_then(|call| match (call, *plugin) {
        (Call::Load(request), None) => {
            let loaded = load::load(&request)?;
            *plugin = Some(loaded);
            introduce(loaded, &request)
        }
        (Call::Load(_), Some(_)) => Err(Refusal::Protocol("a plugin is loaded already".to_owned())),
        (_, None) => Err(Refusal::Protocol("no plugin is loaded".to_owned())),
        (Call::Begin(query), Some(plugin)) => Ok(plugin.begin()(RSlice::from_slice(query)).into_vec()),
        (Call::Step(session, answers), Some(plugin)) => {
            Ok(plugin.step()(session, RSlice::from_slice(answers)).into_vec())
        }
        (Call::End(session), Some(plugin)) => {
            plugin.end()(session);
            Ok(Vec::new())
        }
    });
    match outcome {
        Ok(bytes) => HostReply::Reply(&bytes).encode(),
        Err(refusal) => HostReply::Refused(refusal).encode(),
    }
}

/// Hands the settings over and returns the manifest's bytes, which the daemon reads and checks.
fn introduce(plugin: PluginV1Ref, request: &Load) -> Result<Vec<u8>, Refusal> {
    let config = to_json("configuration", &request.config).map_err(|error| Refusal::Config(error.to_string()))?;
    let reply = plugin.configure()(RSlice::from_slice(&config)).into_vec();
    match from_json::<Reply<()>>("answer to configure", &reply) {
        Ok(Reply::Ok(())) => Ok(plugin.manifest()().into_vec()),
        Ok(Reply::Failed(failure)) => Err(Refusal::Config(failure.message)),
        Err(error) => Err(Refusal::Config(error.to_string())),
    }
}
