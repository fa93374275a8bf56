//! Secrets: put in just before sending, blotted out of what comes back, shown nowhere.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

const OPEN: &str = "${secret.";
/// What stands where a secret stood.
const BLOT: &[u8] = b"***";

/// One source's secrets by name.
#[derive(Debug, Default)]
pub(crate) struct Secrets(BTreeMap<String, SecretString>);

/// A text with its secrets filled in.
pub(crate) struct Filled<'a> {
    pub(crate) text: String,
    pub(crate) used: Vec<&'a SecretString>,
}

impl Secrets {
    pub(crate) fn new(secrets: BTreeMap<String, SecretString>) -> Self {
        Self(secrets)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|secret| !secret.expose_secret().is_empty())
    }

    /// Replaces each `${secret.NAME}`, its value passed through `encode`. The error is the reason, without any value.
    pub(crate) fn fill(&self, template: &str, encode: fn(&str) -> String) -> Result<Filled<'_>, String> {
        let mut filled = Filled { text: String::with_capacity(template.len()), used: Vec::new() };
        let mut rest = template;
        while let Some((before, after)) = rest.split_once(OPEN) {
            let (name, tail) = after.split_once('}').ok_or("a ${secret. has no closing bracket")?;
            let secret = self.0.get(name).ok_or_else(|| format!("the secret {name:?} is not configured"))?;
            filled.text.push_str(before);
            filled.text.push_str(&encode(secret.expose_secret()));
            filled.used.push(secret);
            rest = tail;
        }
        filled.text.push_str(rest);
        Ok(filled)
    }
}

/// Whether a text asks for a secret.
pub(crate) fn asks(text: &str) -> bool {
    text.contains(OPEN)
}

/// For the query of a URL.
pub(crate) fn encode_query(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// As it is.
pub(crate) fn encode_plain(value: &str) -> String {
    value.to_owned()
}

/// Blots the secrets out of an answer, as they are and as a query writes them.
pub(crate) fn blot(used: &[&SecretString], bytes: &mut Vec<u8>) {
    for secret in used {
        let plain = secret.expose_secret();
        replace(bytes, plain.as_bytes());
        let encoded = encode_query(plain);
        if encoded != plain {
            replace(bytes, encoded.as_bytes());
        }
    }
}

fn replace(bytes: &mut Vec<u8>, needle: &[u8]) {
    if needle.is_empty() || needle.len() > bytes.len() {
        return;
    }
    let mut from = 0;
    while let Some(at) = bytes[from..].windows(needle.len()).position(|window| window == needle) {
        let start = from + at;
        bytes.splice(start..start + needle.len(), BLOT.iter().copied());
        from = start + BLOT.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        Secrets::new([("token".to_owned(), SecretString::from("s3 cret&"))].into())
    }

    #[test]
    fn placeholders_are_filled_for_the_place_they_stand_in() {
        let secrets = secrets();
        assert_eq!(secrets.fill("a=1&t=${secret.token}&b", encode_query).unwrap().text, "a=1&t=s3+cret%26&b");
        assert_eq!(secrets.fill("Bearer ${secret.token}", encode_plain).unwrap().text, "Bearer s3 cret&");
        assert_eq!(secrets.fill("none", encode_plain).unwrap().used.len(), 0);
    }

    #[test]
    fn what_is_not_configured_is_named_and_never_sent() {
        for template in ["${secret.other}", "${secret.token"] {
            assert!(secrets().fill(template, encode_plain).is_err());
        }
        assert!(!format!("{:?}", secrets()).contains("s3 cret"));
    }

    #[test]
    fn an_echo_is_blotted_out() {
        let secrets = secrets();
        let used = secrets.fill("${secret.token}", encode_plain).unwrap().used;
        let mut body = b"bad key s3 cret& (s3+cret%26), s3 cret&".to_vec();
        blot(&used, &mut body);
        assert_eq!(body, b"bad key *** (***), ***");
    }
}
