//! The web page: the live feed of scans.
//!
//! Job: to show what comes in, with its picture, its name, how sure we are and what it is worth.
//!
//! Guarantee: served on loopback, only to requests that name a loopback host (a page elsewhere cannot reach it by
//! rebinding a name) and that no other site sent, and only for reading; its files are in the program and load nothing from
//! elsewhere. What is sent beside the request's own `Host`, `X-Forwarded-Host` for one, is no word of its host.
//!
//! Deliberately absent: anything that changes state. That needs the control socket, where the kernel says who asks.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CROSS_ORIGIN_OPENER_POLICY, CROSS_ORIGIN_RESOURCE_POLICY, HOST, HeaderMap,
    HeaderName, HeaderValue, ORIGIN, PERMISSIONS_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{ServiceConfig, get};
use actix_web::{Error, HttpResponse};
use serde_json::json;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Set on everything that leaves. Deliberately none of CORS: no other site reads here.
const STRICT: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    (PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=()"),
];

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
    let mut response = if let Err(reason) = is_for_us(&request) {
        refuse(request, StatusCode::MISDIRECTED_REQUEST, reason)
    } else if is_from_elsewhere(request.headers()) {
        refuse(request, StatusCode::FORBIDDEN, "another site sent this request")
    } else if request.method() != Method::GET && request.method() != Method::HEAD {
        refuse(request, StatusCode::METHOD_NOT_ALLOWED, "the page only reads; use the control socket")
    } else {
        // An error becomes an answer here, or it would leave without its headers.
        let answered = next.call(request).await.map_err(|error| {
            let mut response = error.error_response();
            make_strict(response.headers_mut());
            InternalError::from_response(error, response)
        });
        answered?.map_into_boxed_body()
    };
    make_strict(response.headers_mut());
    Ok(response)
}

fn make_strict(headers: &mut HeaderMap) {
    for (name, value) in STRICT {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Whether the request names a loopback host, in each place where it may name one.
fn is_for_us(request: &ServiceRequest) -> Result<(), &'static str> {
    let mut hosts = request.headers().get_all(HOST);
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err("there must be one Host header");
    };
    // Where the request's target is a whole address, that is what was asked for.
    let target = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    let names = [Some(host.as_bytes()), target];
    let is_loopback = |name: &[u8]| std::str::from_utf8(name).is_ok_and(is_loopback);
    if names.into_iter().flatten().all(is_loopback) { Ok(()) } else { Err("the host is no loopback address") }
}

/// Whether a browser says that another site is behind the request: another origin, be it another port of this machine, or a
/// script elsewhere. Whoever follows a link to the page is welcome: what is shown then the other site cannot read.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
    let host = text(HOST.as_str()).unwrap_or_default();
    let is_own =
        |origin: &[u8]| [&b"http://"[..], b"https://"].iter().any(|scheme| origin.strip_prefix(*scheme) == Some(host));
    let is_link = text("sec-fetch-mode") == Some(b"navigate") && text("sec-fetch-dest") == Some(b"document");
    let is_own_site = |site: &[u8]| site == b"same-origin" || site == b"none" || is_link;
    !text(ORIGIN.as_str()).is_none_or(is_own) || !text("sec-fetch-site").is_none_or(is_own_site)
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
    use actix_web::dev::Service as _;
    use actix_web::error::ErrorRequestTimeout;
    use actix_web::http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, web};

    use super::*;

    /// What the guard makes of a request with these headers.
    async fn answer(request: TestRequest, headers: &[(&'static str, &'static str)]) -> ServiceResponse<BoxBody> {
        let app = App::new().wrap(from_fn(guard)).route("/", web::to(HttpResponse::Ok));
        let service = init_service(app).await;
        call_service(
            &service,
            headers.iter().fold(request, |request, header| request.append_header(*header)).to_request(),
        )
        .await
    }

    async fn status(headers: &[(&'static str, &'static str)]) -> u16 {
        answer(TestRequest::get(), headers).await.status().as_u16()
    }

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

    #[actix_web::test]
    async fn the_host_is_what_the_request_itself_says() {
        const OWN: (&str, &str) = ("Host", "127.0.0.1:9797");
        assert_eq!(status(&[OWN]).await, 200);
        assert_eq!(status(&[]).await, 421);
        assert_eq!(status(&[OWN, ("Host", "evil.example")]).await, 421);
        // A rebound page is of its own origin to the browser and may set these.
        let forwarded = [("X-Forwarded-Host", "localhost"), ("Forwarded", "host=localhost")];
        for header in forwarded {
            assert_eq!(status(&[("Host", "evil.example"), header]).await, 421, "{header:?}");
        }
        let whole = TestRequest::with_uri("http://evil.example/");
        assert_eq!(answer(whole, &[OWN]).await.status().as_u16(), 421);
    }

    #[actix_web::test]
    async fn other_sites_are_refused_and_links_are_followed() {
        const OWN: (&str, &str) = ("Host", "localhost:9797");
        for welcome in [
            &[("Origin", "http://localhost:9797")][..],
            &[("Sec-Fetch-Site", "same-origin")],
            &[("Sec-Fetch-Site", "none")],
            &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")],
        ] {
            assert_eq!(status(&[&[OWN], welcome].concat()).await, 200, "{welcome:?}");
        }
        for refused in [
            &[("Origin", "http://localhost:3000")][..],
            &[("Origin", "null")],
            &[("Origin", "http://evil.example")],
            &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image")],
            &[("Sec-Fetch-Site", "same-site")],
            &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")],
        ] {
            assert_eq!(status(&[&[OWN], refused].concat()).await, 403, "{refused:?}");
        }
    }

    #[actix_web::test]
    async fn strict_headers_are_on_errors_that_no_handler_made() {
        let fails = from_fn(|_: ServiceRequest, _: Next<BoxBody>| async {
            Err::<ServiceResponse<BoxBody>, _>(ErrorRequestTimeout("too slow"))
        });
        let service = init_service(App::new().wrap(fails).wrap(from_fn(guard))).await;
        let request = TestRequest::get().insert_header(("Host", "localhost")).to_request();
        let answer = service.call(request).await.unwrap_err().error_response();
        assert_eq!(answer.status().as_u16(), 408);
        for (name, value) in STRICT {
            assert_eq!(answer.headers().get(&name).unwrap(), value, "{name}");
        }
    }

    #[actix_web::test]
    async fn strict_headers_are_on_everything_and_no_site_is_let_in() {
        for (request, expected) in
            [(TestRequest::get(), 200), (TestRequest::post(), 405), (TestRequest::get().uri("/x"), 404)]
        {
            let answer = answer(request, &[("Host", "localhost"), ("Origin", "http://localhost")]).await;
            assert_eq!(answer.status().as_u16(), expected);
            for (name, value) in STRICT {
                assert_eq!(answer.headers().get(&name).unwrap(), value, "{name}");
            }
            assert_eq!(answer.headers().get(CACHE_CONTROL).unwrap(), "no-store");
            assert!(!answer.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
        }
    }
}
