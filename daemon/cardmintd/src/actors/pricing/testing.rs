//! Values for the tests of this folder and of those who use it.

use std::sync::Arc;

use cardmint_domain::identification::DecisionVersions;
use cardmint_domain::inventory::BatchDefaults;
use cardmint_domain::price::{self, Licence, Policy, PriceKind};
use cardmint_domain::{
    BatchId, Candidate, Capture, CaptureId, CardSet, CollectorNumber, Condition, CorrelationId, Currency, Edition,
    Evidence, Finish, Identification, Money, Outcome, Printing, PrintingId, Quad, Quote, Recommendation, ScanId,
    ScanRecord, SetId, Timestamp, Valuation, booking,
};
use cardmint_sources::PluginFile;
use cardmint_store::{CaptureCommit, Committed, ScanCommit};

use super::ask::Source;
pub(crate) use super::ask::testing::Fake;
use super::board::{About, Board};
use crate::actors::testing::Scratch;

/// When the tests of this folder happen.
pub(crate) const NOW: Timestamp = Timestamp(1_790_000_000_000);

/// A board with these sources on it.
pub(crate) fn board(sources: Vec<Arc<dyn Source>>) -> Arc<Board> {
    let board = Arc::new(Board::default());
    for source in sources {
        let file = format!("{}.so", source.id());
        let plugin = PluginFile { path: "/x".into(), digest: "d".to_owned() };
        let about = About {
            id: source.id().to_owned(),
            name: String::new(),
            version: String::new(),
            upstreams: Vec::new(),
            hosts: Vec::new(),
            licence: String::new(),
            attribution: String::new(),
        };
        board.starting(&file, &plugin);
        board.running(&file, "d", about, source).unwrap();
    }
    board
}

/// The printing that [`quote`] prices.
pub(crate) fn printing() -> Printing {
    printing_with("tmi-7", &[])
}

/// Puts [`printing`] into the catalogue and one copy of it, without a price, into the inventory.
pub(crate) fn book_one(scratch: &Scratch) {
    scratch.catalogue(vec![set()], vec![printing()]);
    let target = booking::target(&printing(), &BatchDefaults::default());
    commit(scratch, price::value(&target, &[], &[], None, &Policy::default(), NOW), Vec::new());
}

/// A market quote of today for `tmi-7`.
pub(crate) fn quote(source: &str, amount_minor: i64) -> Quote {
    Quote {
        source: source.to_owned(),
        upstream: source.to_owned(),
        region: "US".to_owned(),
        source_ref: "1".to_owned(),
        printing: PrintingId::new("tmi-7"),
        match_score: 1000,
        finish: Finish::Normal,
        edition: None,
        language: None,
        condition: None,
        grade: None,
        kind: PriceKind::Market,
        amount: Money { amount_minor, currency: Currency::USD },
        observed_at: NOW,
        fetched_at: NOW,
        expires_at: NOW.plus_millis(86_400_000),
        sample_size: Some(10),
        licence: Licence::Open,
        attribution: String::new(),
        url: String::new(),
        flags: Vec::new(),
        raw_digest: String::new(),
    }
}

/// A printing of the set `tmi`.
pub(crate) fn printing_with(id: &str, finishes: &[Finish]) -> Printing {
    Printing {
        id: PrintingId::new(id),
        set: SetId::new("tmi"),
        number: CollectorNumber::parse(id.rsplit('-').next().unwrap()).unwrap(),
        language: "en".to_owned(),
        name: "Emberfox".to_owned(),
        kinds: Vec::new(),
        hit_points: None,
        rarity: None,
        artist: None,
        blocks: Vec::new(),
        flavour: None,
        finishes: finishes.to_vec(),
        image_urls: Vec::new(),
    }
}

/// Its set.
pub(crate) fn set() -> CardSet {
    CardSet {
        id: SetId::new("tmi"),
        name: "The Mint Isles".to_owned(),
        series: String::new(),
        code: Some("TMI".to_owned()),
        printed_total: 120,
        total: 120,
        release_date: String::new(),
    }
}

/// An accepted card.
pub(crate) fn identification(scan: &str, best: Option<&str>) -> Identification {
    let candidate = |id: &str| Candidate { printing: PrintingId::new(id), posterior: 0.99, evidence: Evidence::SILENT };
    Identification {
        scan: ScanId::new(scan),
        candidates: best.map(candidate).into_iter().collect(),
        gap: 0.9,
        not_in_catalogue: 0.0,
        recommendation: Recommendation::Accept,
        sentence: String::new(),
        versions: DecisionVersions { catalogue: String::new(), index: String::new(), policy: String::new() },
    }
}

/// A capture.
pub(crate) fn capture() -> Capture {
    Capture {
        id: CaptureId::new("ab".repeat(32)),
        correlation: CorrelationId::new("c".to_owned()),
        batch: BatchId::default_batch(),
        file_name: "a.png".to_owned(),
        media_type: "image/png".to_owned(),
        size_bytes: 1,
        admitted_at: Timestamp(1),
    }
}

/// Commits one booked scan of `tmi-7` with this valuation and these quotes.
pub(crate) fn commit(scratch: &Scratch, valuation: Valuation, quotes: Vec<Quote>) {
    let token = scratch.write(|tx| {
        tx.admit(&capture())?;
        Ok(tx.claim(NOW, 1_000, 1)?.remove(0).token)
    });
    let outcome = Outcome::Booked {
        printing: PrintingId::new("tmi-7"),
        finish: Finish::Normal,
        edition: Edition::Unlimited,
        condition: Condition::NearMint,
    };
    let record = ScanRecord {
        id: ScanId::new("s-0"),
        index: 0,
        page: 0,
        quad: Quad::WHOLE,
        picture: Vec::new(),
        identification: identification("s-0", Some("tmi-7")),
        outcome,
    };
    let scans = vec![ScanCommit { record, quotes, valuation: Some(valuation) }];
    let commit = CaptureCommit { capture: capture().id, token, scans, at: NOW };
    assert_eq!(scratch.write(|tx| tx.commit_capture(&commit)), Committed::Done);
}
