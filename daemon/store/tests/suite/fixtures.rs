//! Values to write.

use cardmint_domain::catalogue::TextBlock;
use cardmint_domain::identification::{
    DecisionVersions, NumberEvidence, PictureEvidence, SymbolEvidence, TextEvidence,
};
use cardmint_domain::inventory::BatchDefaults;
use cardmint_domain::price::{Confidence, Licence, PriceKind, PriceTarget, Rejected, ValuationState};
use cardmint_domain::{
    BatchId, Candidate, Capture, CaptureId, CardSet, CollectorNumber, Condition, CorrelationId, Currency, Edition,
    Evidence, Fault, Finish, Identification, Money, Outcome, Printing, PrintingId, Quad, Quote, Recommendation,
    ReviewReason, ScanId, ScanRecord, SetId, Timestamp, Valuation,
};
use cardmint_store::{Batch, CaptureCommit, CatalogueRow, Claim, ScanCommit};

use super::Store;

pub(crate) const NOW: Timestamp = Timestamp(1_700_000_000_000);

pub(crate) const LEASE_MS: i64 = 60_000;

/// Times in the order of the numbers.
pub(crate) const fn at(millis: i64) -> Timestamp {
    NOW.plus_millis(millis)
}

pub(crate) fn capture_id(number: u32) -> CaptureId {
    CaptureId::new(format!("{number:064x}").chars().rev().collect::<String>())
}

/// Capture number `number`, admitted that many milliseconds after [`NOW`] minus an hour.
pub(crate) fn capture(number: u32) -> Capture {
    capture_in("default", number)
}

pub(crate) fn capture_in(batch: &str, number: u32) -> Capture {
    Capture {
        id: capture_id(number),
        correlation: CorrelationId::new(format!("corr-{number}")),
        batch: BatchId::new(batch),
        file_name: format!("IMG_{number:04}.jpg"),
        media_type: "image/jpeg".to_owned(),
        size_bytes: 1000 + u64::from(number),
        admitted_at: at(i64::from(number) - 3_600_000),
    }
}

pub(crate) fn batch(id: &str, defaults: BatchDefaults, location: Option<&str>) -> Batch {
    Batch { id: BatchId::new(id), defaults, location: location.map(str::to_owned), opened_at: NOW, closed_at: None }
}

pub(crate) fn fault() -> Fault {
    Fault::ours_transient("the worker was killed at its deadline of 1500 ms\0")
}

/// Admits capture `number` and takes it.
pub(crate) fn claimed(store: &mut Store, number: u32) -> Claim {
    store.write(|tx| {
        tx.admit(&capture(number))?;
        Ok(tx.claim(NOW, LEASE_MS, 1)?.remove(0))
    })
}

pub(crate) fn candidate(printing: &str, posterior: f64) -> Candidate {
    Candidate {
        printing: PrintingId::new(printing),
        posterior,
        evidence: Evidence {
            picture: Some(PictureEvidence {
                similarity: 0.1,
                alignment: Some(0.873_261_4),
                artwork: None,
                text_box: Some(-0.333_333_34),
                title: Some(0.5),
                weakest: None,
                imprint: None,
            }),
            text: Some(TextEvidence { score: 12.75, margin: 1e-7, coverage: 0.99, words: 7 }),
            number: NumberEvidence::Agrees { read: "4/102".to_owned(), probability: 0.9 },
            symbol: SymbolEvidence::Agrees { correlation: 0.876_543_2 },
        },
    }
}

pub(crate) fn identification(scan: &ScanId, recommendation: Recommendation) -> Identification {
    Identification {
        scan: scan.clone(),
        candidates: vec![candidate("base1-4", 0.987_654_321_012_345), candidate("base2-4", 0.01)],
        gap: 0.1 + 0.2,
        not_in_catalogue: 1e-12,
        recommendation,
        sentence: "Glutfuchs 4/102: picture, text and number agree “ß”".to_owned(),
        versions: DecisionVersions {
            catalogue: "cat".to_owned(),
            index: String::new(),
            policy: "rule-1/default".to_owned(),
        },
    }
}

pub(crate) fn booked(printing: &str) -> Outcome {
    Outcome::Booked {
        printing: PrintingId::new(printing),
        finish: Finish::Normal,
        edition: Edition::Unlimited,
        condition: Condition::NearMint,
    }
}

pub(crate) fn review(reasons: Vec<ReviewReason>) -> Outcome {
    Outcome::Review { reasons }
}

pub(crate) fn unsure() -> Outcome {
    review(vec![
        ReviewReason::LowConfidence,
        ReviewReason::Twins { among: vec![PrintingId::new("base2-4")], decided_by: Vec::new() },
    ])
}

/// The scan number `index` of the claimed capture.
pub(crate) fn scan(claim: &Claim, index: u32, outcome: Outcome) -> ScanCommit {
    let id = ScanId::of(&claim.capture.id, index);
    let recommendation = match &outcome {
        Outcome::Booked { .. } => Recommendation::Accept,
        Outcome::Review { reasons } => Recommendation::Review { reasons: reasons.clone() },
    };
    ScanCommit {
        record: ScanRecord {
            index,
            page: 0,
            quad: Quad::rectangle(0.1, 0.2, 0.3 + 0.1, 1.0),
            picture: format!("picture of {id}").into_bytes(),
            identification: identification(&id, recommendation),
            outcome,
            id,
        },
        quotes: Vec::new(),
        valuation: None,
    }
}

pub(crate) fn commit(claim: &Claim, scans: Vec<ScanCommit>) -> CaptureCommit {
    CaptureCommit { capture: claim.capture.id.clone(), token: claim.token, scans, at: at(1000) }
}

/// Takes capture `number` and commits one scan with this outcome.
pub(crate) fn committed(store: &mut Store, number: u32, outcome: Outcome) -> ScanId {
    let claim = claimed(store, number);
    let scan = scan(&claim, 0, outcome);
    let id = scan.record.id.clone();
    store.done(|tx| tx.commit_capture(&commit(&claim, vec![scan])));
    id
}

pub(crate) fn target(printing: &str) -> PriceTarget {
    PriceTarget {
        printing: PrintingId::new(printing),
        finish: Finish::Normal,
        edition: Edition::Unlimited,
        language: "en".to_owned(),
        condition: Condition::NearMint,
        grade: None,
    }
}

pub(crate) fn valuation(printing: &str, cents: Option<i64>, decided_at: Timestamp) -> Valuation {
    Valuation {
        target: target(printing),
        state: if cents.is_some() { ValuationState::Fresh } else { ValuationState::Missing },
        amount: cents.map(|amount_minor| Money { amount_minor, currency: Currency::USD }),
        confidence: if cents.is_some() { Confidence::High } else { Confidence::None },
        flags: vec!["est_condition".to_owned()],
        used: cents.iter().map(|_| "tcgcsv:1:market".to_owned()).collect(),
        rejected: vec![Rejected { quote: "other:2:trend".to_owned(), why: "same_upstream".to_owned() }],
        review: None,
        policy: "rule-1/default-1".to_owned(),
        decided_at,
    }
}

pub(crate) fn quote(printing: &str, cents: i64, fetched_at: Timestamp) -> Quote {
    Quote {
        source: "tcgcsv".to_owned(),
        upstream: "tcgplayer".to_owned(),
        region: "US".to_owned(),
        source_ref: "1".to_owned(),
        printing: PrintingId::new(printing),
        match_score: 1000,
        finish: Finish::Holo,
        edition: Some(Edition::First),
        language: None,
        condition: Some(Condition::LightlyPlayed),
        grade: None,
        kind: PriceKind::Market,
        amount: Money { amount_minor: cents, currency: Currency::EUR },
        observed_at: fetched_at.plus_millis(-1000),
        fetched_at,
        expires_at: fetched_at.plus_millis(1000),
        sample_size: Some(7),
        licence: Licence::OwnUse,
        attribution: "by them".to_owned(),
        url: "https://market.invalid/1".to_owned(),
        flags: vec!["time_unknown".to_owned()],
        raw_digest: "ab".repeat(32),
    }
}

pub(crate) fn card_set(id: &str, name: &str) -> CardSet {
    CardSet {
        id: SetId::new(id),
        name: name.to_owned(),
        series: "Série Ö".to_owned(),
        code: Some(id.to_uppercase()),
        printed_total: 102,
        total: 103,
        release_date: "1999-01-09".to_owned(),
    }
}

pub(crate) fn printing(id: &str, set: &str, name: &str, number: &str, finishes: &[Finish]) -> Printing {
    Printing {
        id: PrintingId::new(id),
        set: SetId::new(set),
        number: CollectorNumber::parse(number).unwrap(),
        language: "de".to_owned(),
        name: name.to_owned(),
        kinds: vec!["Fire".to_owned(), "a \"quoted\", kind".to_owned()],
        hit_points: Some("120".to_owned()),
        rarity: None,
        artist: Some("Ä. N. Ünknown".to_owned()),
        blocks: vec![
            TextBlock { name: "Blaze".to_owned(), text: "Flip a coin.\nIf heads, \u{1f525}.".to_owned() },
            TextBlock::default(),
        ],
        flavour: Some(String::new()),
        finishes: finishes.to_vec(),
        image_urls: vec!["https://images.invalid/a,b.png".to_owned()],
    }
}

/// Two sets with four printings; `base1-4` and `base2-4` are the candidates of [`identification`].
pub(crate) fn catalogue() -> Vec<CatalogueRow> {
    let row = |printing| CatalogueRow::Printing(Box::new(printing));
    vec![
        row(printing("base1-4", "base1", "Glutfuchs ÉX", "4/102", &[Finish::Normal, Finish::Holo])),
        CatalogueRow::Set(card_set("base1", "Grundset")),
        row(printing("base1-58", "base1", "Donnermaus δ", "58/102", &[])),
        row(printing("base2-4", "base2", "Glutfuchs", "SWSH004", &[Finish::Reverse])),
        CatalogueRow::Set(card_set("base2", "Dschungel 100%_")),
        row(printing("base1-10", "base1", "Nebelwal", "10/102", &[Finish::Holo])),
    ]
}

pub(crate) fn import(store: &mut Store, rows: Vec<CatalogueRow>) -> cardmint_store::CatalogueChange {
    store.write(|tx| tx.replace_catalogue("a folder", rows.into_iter().map(Ok), "uid:1000", NOW))
}
