//! Plugins that do what no plugin should: each question ends with its reason, and the next one is answered.

use std::time::Duration;

use cardmint_domain::errors::chain;
use cardmint_sources::{AskError, CallError, Driver, DriverParams, ErrorClass, HostEnd, http::breaker::BreakerParams};
use futures_util::FutureExt;
use secrecy::SecretString;

use crate::{
    ask, driver, params, printing,
    server::{Reply, Server},
};

/// A deadline that a test can wait for, and no rest after failures.
fn impatient() -> DriverParams {
    let mut params = params();
    params.client.call_deadline = Duration::from_secs(3);
    params.breaker = BreakerParams { failures_to_open: 1000, ..BreakerParams::default() };
    params
}

async fn end_of(driver: &mut Driver, mood: &str) -> HostEnd {
    match ask(driver, mood).await.unwrap_err() {
        AskError::Call { source: CallError::Died { end, .. }, .. } => end,
        other => panic!("{mood}: {}", chain(&other)),
    }
}

#[tokio::test]
async fn a_host_that_dies_is_replaced_and_answers_again() {
    let (mut driver, _) = driver("misbehaving", impatient());
    let mut generation = 1;
    for (mood, end) in [
        ("segfault", HostEnd::Signal(11)),
        ("abort", HostEnd::Signal(6)),
        ("exit", HostEnd::Code(7)),
        ("exit in begin", HostEnd::Code(9)),
        ("loop", HostEnd::Deadline { deadline_ms: 3000 }),
    ] {
        assert_eq!(driver.generation(), generation);
        assert_eq!(end_of(&mut driver, mood).await, end, "{mood}");
        assert_eq!(driver.pid(), None, "{mood}");
        assert_eq!(ask(&mut driver, "good").await.unwrap().quotes.len(), 1, "after {mood}");
        generation += 1;
    }
    assert_eq!(driver.generation(), generation);
}

#[tokio::test]
async fn a_plugin_that_allocates_for_ever_dies_alone() {
    let mut params = params();
    params.client.call_deadline = Duration::from_secs(60);
    params.client.address_space_bytes = 256 << 20;
    let (mut driver, _) = driver("misbehaving", params);
    assert_eq!(end_of(&mut driver, "allocate").await, HostEnd::Signal(6));
    assert_eq!(ask(&mut driver, "good").await.unwrap().quotes.len(), 1);
}

#[tokio::test]
async fn a_panic_is_only_a_failed_question() {
    let (mut driver, _) = driver("misbehaving", params());
    let pid = driver.pid();
    let error = ask(&mut driver, "panic").await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Plugin);
    assert!(chain(&error).contains("in a bad mood"), "{}", chain(&error));
    assert_eq!(ask(&mut driver, "good").await.unwrap().quotes.len(), 1);
    assert_eq!(driver.pid(), pid, "the host lives on");
}

#[tokio::test]
async fn a_plugin_gets_out_nowhere() {
    let (mut driver, _) = driver("misbehaving", params());
    let error = ask(&mut driver, "escape").await.unwrap_err();
    let AskError::Failed { source, .. } = &error else { panic!("{}", chain(&error)) };
    assert_eq!(source.message, ["PermissionDenied"; 5].join(" "));
}

#[tokio::test]
async fn a_host_outside_the_manifest_is_never_asked() {
    let server = Server::start();
    let base_urls = [("misbehaving".to_owned(), server.url()), ("elsewhere.example".to_owned(), server.url())].into();
    let (mut driver, _) = driver("misbehaving", DriverParams { base_urls, ..params() });
    let error = ask(&mut driver, "another host").await.unwrap_err();
    assert!(chain(&error).contains("not in the plugin's manifest"), "{}", chain(&error));
    assert_eq!(server.seen(), Vec::<String>::new());
}

#[tokio::test]
async fn a_plugin_uses_a_secret_and_never_sees_it() {
    let server = Server::start();
    server.script("/login?t=top-secret", [Reply::ok("your token top-secret is fine")]);
    let base_urls = [("misbehaving".to_owned(), server.url())].into();
    let secrets = [("token".to_owned(), SecretString::from("top-secret"))].into();
    let (mut driver, _) = driver("misbehaving", DriverParams { base_urls, secrets, ..params() });
    let error = ask(&mut driver, "use the secret").await.unwrap_err();
    assert!(chain(&error).contains("your token *** is fine"), "{}", chain(&error));
    let seen = server.seen();
    assert!(seen[0].contains("?t=top-secret") && seen[0].contains("x-token: top-secret"), "{}", seen[0]);
}

#[tokio::test]
async fn a_plugin_that_asks_for_too_much_is_stopped() {
    let (mut driver, _) = driver("misbehaving", impatient());
    for mood in ["partial for ever", "a thousand requests"] {
        let error = ask(&mut driver, mood).await.unwrap_err();
        assert!(matches!(error, AskError::Excess { .. }), "{mood}: {}", chain(&error));
        assert_eq!(ask(&mut driver, "good").await.unwrap().quotes.len(), 1, "after {mood}");
    }
}

#[tokio::test]
async fn a_quote_for_something_else_is_refused_with_its_reason() {
    let (mut driver, _) = driver("misbehaving", params());
    let quoted = ask(&mut driver, "another printing").await.unwrap();
    assert_eq!((quoted.quotes.len(), quoted.refused.len()), (0, 1));
    assert!(quoted.refused[0].why.contains("somebody-else"), "{}", quoted.refused[0].why);
}

#[tokio::test]
async fn a_plugin_that_keeps_dying_is_left_alone_for_a_while() {
    let breaker = BreakerParams { failures_to_open: 3, open_ms: 30_000, ..BreakerParams::default() };
    let (mut driver, clock) = driver("misbehaving", DriverParams { breaker, ..params() });
    for _ in 0..3 {
        end_of(&mut driver, "exit").await;
    }
    let error = ask(&mut driver, "good").await.unwrap_err();
    assert!(matches!(error, AskError::Resting { .. }), "{}", chain(&error));
    assert_eq!((error.retry_in_ms(), driver.pid()), (Some(30_000), None));
    clock.advance_ms(30_000);
    assert_eq!(ask(&mut driver, "good").await.unwrap().quotes.len(), 1);
    assert_eq!(ask(&mut driver, "good").await.unwrap().quotes.len(), 1);
}

#[tokio::test]
async fn questions_that_nobody_waits_for_any_more_leave_nothing_open() {
    let server = Server::start();
    server.script("/never", []);
    let base_urls = [("misbehaving".to_owned(), server.url())].into();
    let (mut driver, _) = driver("misbehaving", DriverParams { base_urls, ..params() });
    // A host keeps at most 64 sessions.
    for _ in 0..100 {
        let query = cardmint_sources::PrintingQuery { set_name: "never".to_owned(), ..printing("fetch") };
        assert!(driver.quotes(vec![query]).now_or_never().is_none(), "nobody answers that");
    }
    assert_eq!(ask(&mut driver, "good").await.unwrap().quotes.len(), 1);
    assert_eq!(driver.generation(), 1);
}
