//! The web page: the live feed of scans.
//!
//! Job: to show what comes in, with its picture, its name, how sure we are and what it is worth.
//!
//! Guarantee: served on loopback, only to requests that name a loopback host (a page elsewhere cannot reach it by
//! rebinding a name), and only for reading; its files are in the program and load nothing from elsewhere.
//!
//! Deliberately absent: anything that changes state. That needs the control socket, where the kernel says who asks.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{ServiceConfig, get};
use actix_web::{Error, HttpResponse};
use serde_json::json;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page's files.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/", get().to(|| async { file("text/html; charset=utf-8", include_str!("feed.html")) }))
        .route("/feed.css", get().to(|| async { file("text/css; charset=utf-8", include_str!("feed.css")) }))
        .route("/feed.js", get().to(|| async { file("text/javascript; charset=utf-8", include_str!("feed.js")) }));
}

fn file(media_type: &'static str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok().content_type(media_type).insert_header(("Cache-Control", "no-cache")).body(text)
}

/// Refuses what a browser on another site could send, before it reaches any handler, and sets strict headers on
/// everything that leaves.
///
/// # Errors
/// The inner service's.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let host = request.connection_info().host().to_owned();
    let mut response = if !is_loopback(&host) {
        refuse(request, StatusCode::MISDIRECTED_REQUEST, "the Host header names no loopback address")
    } else if request.method() != Method::GET && request.method() != Method::HEAD {
        refuse(request, StatusCode::METHOD_NOT_ALLOWED, "the page only reads; use the control socket")
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

fn refuse(request: ServiceRequest, status: StatusCode, message: &str) -> ServiceResponse<BoxBody> {
    let body = json!({ "error": { "code": "refused", "message": message } });
    request.into_response(HttpResponse::build(status).json(body))
}

/// Whether a Host header names this machine by a loopback name, with or without a port.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_served() {
        for host in ["localhost", "localhost:9797", "127.0.0.1:9797", "127.0.0.9", "[::1]:9797", "[::1]", "LOCALHOST"] {
            assert!(is_loopback(host), "{host} was refused");
        }
        for host in
            ["", "example.org", "example.org:9797", "localhost.example.org", "10.0.0.1:80", "127.0.0.1.example.org"]
        {
            assert!(!is_loopback(host), "{host} was served");
        }
    }
}
