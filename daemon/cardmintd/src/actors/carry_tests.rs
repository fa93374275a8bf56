//! With a real store and writer, and stages that are away.

use cardmint_domain::CaptureState;
use cardmint_domain::route::RouteParams;

use super::*;
use crate::actors::testing::{Running, Scratch, capture, group};

const NOW: Timestamp = Timestamp(1_000_000);

#[test]
fn an_outage_uses_up_no_attempt() {
    let scratch = Scratch::new();
    let storage = Ref::new("storage");
    let _running = Running::start(group().child(scratch.storage(&storage)));
    let capture = capture("x.jpg", NOW);
    scratch.write(|tx| tx.admit(&capture));
    // No OCR worker is up, and none comes.
    let stages = Arc::new(Stages {
        ocr: Pool::new(vec![Ref::new("ocr-1")]),
        matcher: Ref::new("matcher"),
        pricing: Ref::new("pricing"),
        storage,
        blobs: scratch.blobs.clone(),
    });
    let settings = Arc::new(DispatchSettings {
        lease: Duration::from_secs(60),
        deadline: Duration::from_secs(30),
        route: RouteParams::default(),
        valuable: ValuableTier { from_minor: 1, posterior: 0.9 },
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut now = NOW;
    for claims in 1..=6 {
        let claim = scratch.write(|tx| tx.claim(now, 60_000, 1)).remove(0);
        assert_eq!((claim.attempt, claim.token), (1, claims));
        let job = Job { deadline: Instant::now() + Duration::from_millis(5), claim: Arc::new(claim) };
        runtime.block_on(carry(stages.clone(), settings.clone(), Clock::Fixed(now), job));
        let detail = scratch.reader.capture(&capture.id).unwrap().unwrap();
        assert_eq!((detail.capture.state, detail.capture.attempt), (CaptureState::Admitted, 0));
        assert!(detail.attempts.last().unwrap().fault.as_ref().unwrap().message.contains("ocr-1 was down"));
        now = detail.capture.not_before;
        assert!(now.millis_since(NOW) <= 500 * ((1 << claims) - 1), "the waits double at most");
    }
}
