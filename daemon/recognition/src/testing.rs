//! A small invented catalogue for the tests of this crate.

use cardmint_domain::catalogue::TextBlock;
use cardmint_domain::reading::{NumberReading, RectifiedImage, TextPass};
use cardmint_domain::{
    CardReading, CardSet, CollectorNumber, Identification, Printing, PrintingId, Quad, Recommendation, ReviewReason,
    SetId,
};

pub(crate) fn set(id: &str, printed_total: u32) -> CardSet {
    CardSet {
        id: SetId::new(id),
        name: format!("Set {id}"),
        series: String::new(),
        code: None,
        printed_total,
        total: printed_total,
        release_date: String::new(),
    }
}

/// A printing named `set-number` with attacks given as `name: text`.
pub(crate) fn printing(set: &str, number: &str, name: &str, artist: Option<&str>, blocks: &[&str]) -> Printing {
    let block = |text: &&str| {
        let (name, text) = text.split_once(": ").unwrap_or((text, ""));
        TextBlock { name: name.to_owned(), text: text.to_owned() }
    };
    Printing {
        id: PrintingId::new(format!("{set}-{number}")),
        set: SetId::new(set),
        number: CollectorNumber::parse(number).unwrap(),
        language: "en".to_owned(),
        name: name.to_owned(),
        kinds: Vec::new(),
        hit_points: Some("70".to_owned()),
        rarity: None,
        artist: artist.map(ToOwned::to_owned),
        blocks: blocks.iter().map(block).collect(),
        flavour: None,
        finishes: Vec::new(),
        image_urls: Vec::new(),
    }
}

/// Names and texts that share no long run of letters, so that each is found by its own text.
pub(crate) const CREATURES: [(&str, &str, &str); 8] = [
    ("Emberwing", "Mika Orlov", "Cinder Gale: Flip a coin. If tails, discard one flame from this creature."),
    ("Tidecaller", "Jun Sato", "Undertow: Your opponent returns a benched fighter to the hand."),
    ("Mossback", "Ada Quill", "Thick Bark: Prevent all damage done by weak blows next turn."),
    ("Voltkit", "Jun Sato", "Static Purr: The defending target is now paralysed."),
    ("Gloomoth", "Ada Quill", "Dust Veil: Attacks against it need two heads to succeed."),
    ("Quartzel", "Mika Orlov", "Prism Jab: Does extra harm for every jewel attached."),
    ("Snowmane", "Per Lund", "Frozen Hoof: Heal twenty from yourself after striking."),
    ("Fizzbub", "Per Lund", "Pop Chorus: Search your deck for any bubble and show it."),
];

pub(crate) fn full(text: &str) -> TextPass {
    TextPass { text: text.to_owned(), confidence: 0.8 }
}

/// A number that is read for sure; nothing where it is empty.
pub(crate) fn number(text: &str) -> Vec<NumberReading> {
    let read = NumberReading { text: text.to_owned(), probability: 0.97 };
    if text.is_empty() { Vec::new() } else { vec![read] }
}

/// A card without a picture.
pub(crate) fn card(text: Vec<TextPass>) -> CardReading {
    CardReading {
        index: 0,
        page: 0,
        quad: Quad::WHOLE,
        quality: 1.0,
        source_width_px: 700.0,
        image: RectifiedImage { width: 0, height: 0, rgb: Vec::new() },
        text,
        numbers: Vec::new(),
    }
}

pub(crate) fn best(answer: &Identification) -> &str {
    answer.best().map_or("", |candidate| candidate.printing.as_str())
}

pub(crate) fn codes(answer: &Identification) -> Vec<&'static str> {
    match &answer.recommendation {
        Recommendation::Accept => Vec::new(),
        Recommendation::Review { reasons } => reasons.iter().map(ReviewReason::code).collect(),
    }
}
