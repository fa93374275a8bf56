//! Where a request may go: HTTPS to the manifest's hosts and nowhere else, unless the administrator maps a host to another
//! base address (a mirror, a test).

use std::collections::BTreeMap;

use cardmint_plugin_api::HttpRequest;
use url::Url;

use super::{
    error::{ExecutorError, FetchError},
    secrets,
};

/// Longest URL and header value that a plugin may write, in bytes.
const MAX_TEXT_BYTES: usize = 8192;
/// Headers that are the daemon's own business.
const RESERVED: [&str; 9] = [
    "user-agent",
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "accept-encoding",
    "te",
    "upgrade",
    "expect",
];

/// Base addresses by host, checked.
#[derive(Debug, Default)]
pub(crate) struct Overrides(BTreeMap<String, String>);

/// A request that may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// The manifest's host, whatever it is mapped to.
    pub(crate) host: String,
    /// Where to send, placeholders still in it.
    pub(crate) url: String,
    /// For messages: scheme, host and path as the plugin wrote them.
    pub(crate) shown: String,
}

impl Overrides {
    pub(crate) fn new(bases: &BTreeMap<String, String>) -> Result<Self, ExecutorError> {
        let mut checked = BTreeMap::new();
        for (host, base) in bases {
            let bad = || ExecutorError::Override { host: host.clone(), base: base.clone() };
            let url = Url::parse(base).map_err(|_| bad())?;
            let plain = matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none();
            if !plain {
                return Err(bad());
            }
            checked.insert(host.clone(), url.as_str().trim_end_matches('/').to_owned());
        }
        Ok(Self(checked))
    }

    /// Checks a request against the manifest's hosts and finds where to send it.
    pub(crate) fn resolve(&self, request: &HttpRequest, hosts: &[String]) -> Result<Address, FetchError> {
        let shown = shown(&request.url);
        let refuse = |reason: &str| FetchError::Refused { address: shown.clone(), reason: reason.to_owned() };
        if request.url.len() > MAX_TEXT_BYTES {
            return Err(refuse("the address is too long"));
        }
        let (base, query) = request.url.split_once('?').map_or((request.url.as_str(), None), |(b, q)| (b, Some(q)));
        if secrets::asks(base) {
            return Err(refuse("a secret may stand in the query only"));
        }
        let url = Url::parse(base).map_err(|_| refuse("it is not an address"))?;
        if url.scheme() != "https" || url.port().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("only plain https addresses are allowed"));
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        if !hosts.contains(&host) {
            return Err(refuse("the host is not in the plugin's manifest"));
        }
        check_headers(request).map_err(|reason| refuse(&reason))?;
        let root = self.0.get(&host).cloned().unwrap_or_else(|| format!("https://{host}"));
        let query = query.map(|query| format!("?{}", query.split('#').next().unwrap_or_default())).unwrap_or_default();
        Ok(Address { host, url: format!("{root}{}{query}", url.path()), shown })
    }
}

fn check_headers(request: &HttpRequest) -> Result<(), String> {
    for header in &request.headers {
        let name = header.name.to_ascii_lowercase();
        if RESERVED.contains(&name.as_str()) || name.starts_with("proxy-") {
            return Err(format!("the header {name} is the daemon's own"));
        }
        if header.value.len() > MAX_TEXT_BYTES {
            return Err(format!("the header {name} is too long"));
        }
    }
    Ok(())
}

/// An address without query, credentials and anything that could hold a secret, for messages.
fn shown(url: &str) -> String {
    let base = url.split(['?', '#']).next().unwrap_or_default();
    let Ok(url) = Url::parse(base) else { return "(not an address)".to_owned() };
    format!("{}://{}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

#[cfg(test)]
mod tests {
    use cardmint_plugin_api::Header;

    use super::*;

    fn resolve(url: &str, bases: &[(&str, &str)]) -> Result<Address, FetchError> {
        let bases = bases.iter().map(|(host, base)| ((*host).to_owned(), (*base).to_owned())).collect();
        let hosts = ["a.example.org".to_owned()];
        Overrides::new(&bases).unwrap().resolve(&HttpRequest::get(1, url), &hosts)
    }

    #[test]
    fn hosts_of_the_manifest_pass_and_overrides_move_them() {
        let url = "https://a.example.org/x/y?t=${secret.token}#f";
        assert_eq!(resolve(url, &[]).unwrap().url, "https://a.example.org/x/y?t=${secret.token}");
        let moved = resolve(url, &[("a.example.org", "http://127.0.0.1:8080/mirror/")]).unwrap();
        assert_eq!(moved.url, "http://127.0.0.1:8080/mirror/x/y?t=${secret.token}");
        assert_eq!((moved.host.as_str(), moved.shown.as_str()), ("a.example.org", "https://a.example.org/x/y"));
    }

    #[test]
    fn everything_else_is_refused() {
        for url in [
            "https://b.example.org/",
            "https://a.example.org.evil.org/",
            "https://evil.org/a.example.org",
            "https://a.example.org@evil.org/",
            "https://user:pw@a.example.org/",
            "https://a.example.org:8443/",
            "http://a.example.org/",
            "file:///etc/passwd",
            "https://a.example.org/${secret.token}",
            "https://127.0.0.1/",
            "not an address",
            "",
        ] {
            assert!(matches!(resolve(url, &[]), Err(FetchError::Refused { .. })), "{url} was let through");
        }
    }

    #[test]
    fn an_override_is_no_way_round_https() {
        assert!(resolve("http://a.example.org/", &[("a.example.org", "http://127.0.0.1:1")]).is_err());
        for base in ["ftp://x", "x", "http://u:p@x", "http://x/?q", "http://x/#f"] {
            assert!(Overrides::new(&[("a.example.org".to_owned(), base.to_owned())].into()).is_err(), "{base}");
        }
    }

    #[test]
    fn reserved_headers_are_refused() {
        for name in ["User-Agent", "host", "Proxy-Authorization", "Transfer-Encoding"] {
            let headers = vec![Header { name: name.to_owned(), value: "x".to_owned() }];
            let request = HttpRequest { headers, ..HttpRequest::get(1, "https://a.example.org/") };
            assert!(Overrides::default().resolve(&request, &["a.example.org".to_owned()]).is_err(), "{name}");
        }
    }
}
