//! The smallest program that can be a plugin's host, as `cardmintd plugin-host` is. For tests, and for authors of plugins
//! who want to see their library load without a whole daemon.

fn main() -> std::process::ExitCode {
    match cardmint_sources::run_plugin_host() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            eprintln!("{error}{cause}");
            std::process::ExitCode::FAILURE
        }
    }
}
