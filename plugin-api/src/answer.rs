//! Reading an answer's status the same way in every source, so that the same trouble gets the same class.
//!
//! A source whose server means something else by a status (a 400 for "no such card") looks at the status first and calls
//! these for the rest.

use crate::{ErrorClass, Failure, HttpResponse};

/// How much of an answer is looked at to tell what it is, in bytes.
const SNIFF_BYTES: usize = 2048;

/// The body of a good answer that must be JSON.
///
/// # Errors
/// The [`Failure`] that the status or the first bytes stand for; see [`check`].
pub fn json(response: &HttpResponse) -> Result<&[u8], Failure> {
    check(response)?;
    match first_byte(&response.body) {
        Some(b'{' | b'[') => Ok(&response.body),
        _ => Err(not_what_was_promised(response, "JSON")),
    }
}

/// The body of a good answer that must be plain text.
///
/// # Errors
/// The [`Failure`] that the status or the first bytes stand for; see [`check`].
pub fn text(response: &HttpResponse) -> Result<&str, Failure> {
    check(response)?;
    match std::str::from_utf8(&response.body) {
        Ok(text) if first_byte(&response.body) != Some(b'<') => Ok(text),
        _ => Err(not_what_was_promised(response, "plain text")),
    }
}

/// Whether the answer is a 2xx with a body.
///
/// # Errors
/// 429 is `RateLimited` with its `Retry-After`; 401 is `Auth`; 403 and 404 with XML are `MissingFile` (how object stores say
/// that there is no such file), 403 and 503 with a robot wall are `Blocked`, any other 403 is `Auth`, any other 404 or 410
/// is `NotCovered`; 5xx and an empty body are `Transient`; the rest is `Malformed`.
pub fn check(response: &HttpResponse) -> Result<(), Failure> {
    let body = sniff(&response.body);
    let class = match response.status {
        200..=299 if body.is_empty() => ErrorClass::Transient,
        200..=299 => return Ok(()),
        429 => ErrorClass::RateLimited,
        401 => ErrorClass::Auth,
        403 | 404 if is_xml(&body) => ErrorClass::MissingFile,
        403 | 503 if is_robot_wall(&body) => ErrorClass::Blocked,
        403 if is_html(&body) => ErrorClass::Blocked,
        403 => ErrorClass::Auth,
        404 | 410 => ErrorClass::NotCovered,
        500..=599 => ErrorClass::Transient,
        _ => ErrorClass::Malformed,
    };
    let what = if body.is_empty() { "an empty body" } else { kind(&body) };
    let message = format!("answer {} has status {} and {what}", response.id, response.status);
    Err(Failure { class, message, retry_after_secs: response.retry_after_secs() })
}

/// A 200 with something else in it: a robot wall or log-in page is `Blocked`, the rest `Malformed`.
fn not_what_was_promised(response: &HttpResponse, promised: &str) -> Failure {
    let body = sniff(&response.body);
    let class = if is_robot_wall(&body) || is_login(&body) { ErrorClass::Blocked } else { ErrorClass::Malformed };
    Failure::new(
        class,
        format!("answer {} has status {} and {} instead of {promised}", response.id, response.status, kind(&body)),
    )
}

fn sniff(body: &[u8]) -> String {
    let start = &body[..body.len().min(SNIFF_BYTES)];
    let text = String::from_utf8_lossy(start);
    text.trim_start_matches('\u{feff}').trim().to_ascii_lowercase()
}

fn first_byte(body: &[u8]) -> Option<u8> {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).iter().copied().find(|b| !b.is_ascii_whitespace())
}

fn is_xml(body: &str) -> bool {
    body.starts_with("<?xml") || body.starts_with("<error>")
}

fn is_html(body: &str) -> bool {
    body.starts_with("<!doctype html") || body.starts_with("<html")
}

fn is_robot_wall(body: &str) -> bool {
    is_html(body)
        && ["just a moment", "cf-challenge", "challenge-platform", "captcha", "attention required"]
            .iter()
            .any(|word| body.contains(word))
}

fn is_login(body: &str) -> bool {
    is_html(body)
        && ["type=\"password\"", "type='password'", "<title>log in", "<title>login", "<title>sign in"]
            .iter()
            .any(|word| body.contains(word))
}

fn kind(body: &str) -> &'static str {
    match body {
        _ if is_html(body) => "HTML",
        _ if is_xml(body) => "XML",
        _ if body.starts_with(['{', '[']) => "JSON",
        _ => "other text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(status: u16, body: &str) -> Option<ErrorClass> {
        let response = HttpResponse { id: 7, status, body: body.as_bytes().to_vec(), ..HttpResponse::default() };
        json(&response).err().map(|failure| failure.class)
    }

    #[test]
    fn each_answer_has_its_class() {
        let s3 = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>";
        let wall = "<!DOCTYPE html><title>Just a moment...</title>";
        for (status, body, expected) in [
            (200, "{}", None),
            (200, "\u{feff} [1]", None),
            (200, "", Some(ErrorClass::Transient)),
            (200, "<html><body>Maintenance</body></html>", Some(ErrorClass::Malformed)),
            (200, "<html><form><input type=\"password\"></form>", Some(ErrorClass::Blocked)),
            (200, "plain", Some(ErrorClass::Malformed)),
            (302, "", Some(ErrorClass::Malformed)),
            (401, "{}", Some(ErrorClass::Auth)),
            (403, s3, Some(ErrorClass::MissingFile)),
            (404, s3, Some(ErrorClass::MissingFile)),
            (403, wall, Some(ErrorClass::Blocked)),
            (403, "{\"error\":1}", Some(ErrorClass::Auth)),
            (404, "{}", Some(ErrorClass::NotCovered)),
            (429, "<html>", Some(ErrorClass::RateLimited)),
            (500, "", Some(ErrorClass::Transient)),
            (502, "<html>", Some(ErrorClass::Transient)),
            (503, wall, Some(ErrorClass::Blocked)),
        ] {
            assert_eq!(class(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn the_wait_that_the_server_asks_for_is_passed_on() {
        let header = crate::Header { name: "Retry-After".into(), value: "120".into() };
        let response = HttpResponse { status: 429, headers: vec![header], ..HttpResponse::default() };
        assert_eq!(check(&response).unwrap_err().retry_after_secs, Some(120));
    }
}
