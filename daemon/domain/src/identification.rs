//! Which printing a card is, how sure we are, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{PrintingId, ScanId};

/// What the picture said about one candidate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PictureEvidence {
    /// Cosine between the descriptors of the photo and of the reference image, -1 to 1.
    pub similarity: f32,
    /// Mean normalised cross-correlation of the aligned patches, -1 to 1; `None` when no alignment was tried.
    pub alignment: Option<f32>,
    /// The same over the artwork only.
    pub artwork: Option<f32>,
    /// The same over the text box only: low where the language differs.
    pub text_box: Option<f32>,
    /// The same over the title only: low where the name differs.
    #[serde(default)]
    pub title: Option<f32>,
    /// The same over the worst quarter of the text box: low where only a few lines differ.
    #[serde(default)]
    pub weakest: Option<f32>,
    /// The same over the worst blocks of the imprint, the lines at the bottom of the card: low where one digit differs.
    #[serde(default)]
    pub imprint: Option<f32>,
}

/// What the text said about one candidate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TextEvidence {
    /// BM25 score of the text read against the candidate's own text.
    pub score: f32,
    /// Distance in score to the best candidate that reads differently.
    pub margin: f32,
    /// Share of the score that the candidate's own text would reach, 0 to 1.
    pub coverage: f32,
    /// How many different words of its rules were read letter by letter: words that another language does not have.
    #[serde(default)]
    pub words: u32,
}

/// What the collector number said about one candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum NumberEvidence {
    /// No number was read.
    NotRead,
    /// The number read is the candidate's.
    Agrees {
        /// As read.
        read: String,
        /// Probability that this is what stands there, 0 to 1.
        #[serde(default)]
        probability: f32,
    },
    /// A number was read, and it is not the candidate's.
    Contradicts {
        /// As read.
        read: String,
    },
}

/// What the set symbol said about one candidate.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum SymbolEvidence {
    /// The symbol of the candidate's set is not known, or the photo does not show enough.
    #[default]
    NotSeen,
    /// It is there.
    Agrees {
        /// Correlation with it, -1 to 1.
        correlation: f32,
    },
    /// Its place shows something else.
    Contradicts {
        /// Correlation with it, -1 to 1.
        correlation: f32,
    },
}

/// Everything each signal said about one candidate. A signal that was silent is `None`, never zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The picture's word.
    pub picture: Option<PictureEvidence>,
    /// The text's word.
    pub text: Option<TextEvidence>,
    /// The number's word.
    pub number: NumberEvidence,
    /// The set symbol's word.
    #[serde(default)]
    pub symbol: SymbolEvidence,
}

impl Evidence {
    /// No signal said anything.
    pub const SILENT: Self =
        Self { picture: None, text: None, number: NumberEvidence::NotRead, symbol: SymbolEvidence::NotSeen };
}

/// One printing that the card may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Which printing.
    pub printing: PrintingId,
    /// Probability that it is this one, 0 to 1.
    pub posterior: f64,
    /// Why.
    pub evidence: Evidence,
}

/// Why a person must look. The text of each is stable: people filter by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum ReviewReason {
    /// Nothing in the catalogue resembles the card enough.
    NoCandidate,
    /// The best candidate is not sure enough.
    LowConfidence,
    /// Another printing is almost as likely.
    SmallGap {
        /// The runner-up.
        other: PrintingId,
    },
    /// Several printings share this artwork or text, and nothing on the photo tells them apart.
    Twins {
        /// The printings that cannot be told apart, the best one included.
        among: Vec<PrintingId>,
        /// Where to look on the card to tell them apart; empty in what was written by earlier versions.
        #[serde(default)]
        decided_by: Vec<Mark>,
    },
    /// Two signals contradict each other.
    Contradiction {
        /// Which, in words.
        between: String,
    },
    /// The text box does not look like the reference's: probably another language.
    Language,
    /// The card is too small in the photo to be sure of the printing.
    TooSmall,
    /// No card was found in the picture.
    NoCardFound,
    /// It is the back of a card.
    CardBack,
    /// It is worth so much that a person confirms it.
    Valuable,
    /// The price needs a person.
    Price {
        /// Why, in words.
        why: String,
    },
}

/// What tells printings apart that look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// The set symbol beside the artwork.
    Symbol,
    /// The collector number.
    Number,
    /// The artwork itself.
    Artwork,
}

impl Feature {
    const fn words(self) -> &'static str {
        match self {
            Self::Symbol => "set symbol",
            Self::Number => "collector number",
            Self::Artwork => "artwork",
        }
    }
}

/// Where on an upright card a feature is to be found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// What to compare.
    pub feature: Feature,
    /// x0, y0, x1, y1 in fractions of the card's width and height.
    pub bounds: (f32, f32, f32, f32),
}

impl ReviewReason {
    /// The stable name of the reason, as metrics and filters use it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoCandidate => "no_candidate",
            Self::LowConfidence => "low_confidence",
            Self::SmallGap { .. } => "small_gap",
            Self::Twins { .. } => "twins",
            Self::Contradiction { .. } => "contradiction",
            Self::Language => "language",
            Self::TooSmall => "too_small",
            Self::NoCardFound => "no_card_found",
            Self::CardBack => "card_back",
            Self::Valuable => "valuable",
            Self::Price { .. } => "price",
        }
    }
}

impl fmt::Display for ReviewReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCandidate => f.write_str("nothing in the catalogue resembles it enough"),
            Self::LowConfidence => f.write_str("the best candidate is not sure enough"),
            Self::SmallGap { other } => write!(f, "{other} is almost as likely"),
            Self::Twins { among, decided_by } => {
                let names: Vec<&str> = among.iter().map(PrintingId::as_str).collect();
                write!(f, "cannot be told apart on this photo: {}", names.join(", "))?;
                let marks: Vec<&str> = decided_by.iter().map(|mark| mark.feature.words()).collect();
                if marks.is_empty() { Ok(()) } else { write!(f, " (compare the {})", marks.join(" and the ")) }
            }
            Self::Contradiction { between } => write!(f, "contradiction: {between}"),
            Self::Language => f.write_str("the text does not look like the reference's, perhaps another language"),
            Self::TooSmall => f.write_str("too small in the photo to be sure of the printing"),
            Self::NoCardFound => f.write_str("no card was found in the picture"),
            Self::CardBack => f.write_str("it is the back of a card"),
            Self::Valuable => f.write_str("valuable enough that a person confirms it"),
            Self::Price { why } => write!(f, "price: {why}"),
        }
    }
}

/// What to do with the best candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Recommendation {
    /// Book the best candidate.
    Accept,
    /// Put it before a person.
    Review {
        /// At least one.
        reasons: Vec<ReviewReason>,
    },
}

impl Recommendation {
    /// Whether the best candidate may be booked without a person.
    #[must_use]
    pub const fn is_accept(&self) -> bool {
        matches!(self, Self::Accept)
    }
}

/// The versions a decision was made with: the same versions and inputs give the same decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionVersions {
    /// Digest of the catalogue.
    pub catalogue: String,
    /// Digest of the picture index; empty without one.
    pub index: String,
    /// Version of the decision rule and its thresholds.
    pub policy: String,
}

/// The matcher's answer for one scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identification {
    /// Which scan.
    pub scan: ScanId,
    /// Best first, at most five: by how probably the card is this printing, or one that the catalogue lacks and that looks like it.
    pub candidates: Vec<Candidate>,
    /// Posterior of the first candidate minus the highest of the others, 0 to 1; 0 where another one's is higher.
    pub gap: f64,
    /// Probability that the card is not in the catalogue at all, 0 to 1.
    pub not_in_catalogue: f64,
    /// What to do.
    pub recommendation: Recommendation,
    /// One sentence for people: what was found and what spoke for it.
    pub sentence: String,
    /// What it was decided with.
    pub versions: DecisionVersions,
}

impl Identification {
    /// The best candidate.
    #[must_use]
    pub fn best(&self) -> Option<&Candidate> {
        self.candidates.first()
    }
}
