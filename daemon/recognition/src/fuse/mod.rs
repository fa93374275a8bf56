//! From what every signal said to one answer.
//!
//! Job: probabilities ([`posterior`]), the rule by which a card is accepted without a person ([`rule`]), printings that
//! the picture and the text cannot tell apart ([`twins`]), and the sentence for people ([`sentence`]).
//!
//! Guarantee: pure functions of values; a contradiction between signals is never accepted, however sure one of them is;
//! what the rule does not accept goes to review with at least one reason.
//!
//! Deliberately absent: pixels, text and the catalogue's rows. What is needed of them arrives as [`Clue`]s.

pub mod calibrate;
pub mod posterior;
pub mod rule;
pub mod sentence;
pub mod twins;

use cardmint_domain::Evidence;
use cardmint_domain::identification::{NumberEvidence, SymbolEvidence};
use serde::{Deserialize, Serialize};

use crate::params::AcceptParams;
use crate::text::GroupId;

/// Everything known about one printing that the card may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clue {
    /// Its position in the catalogue.
    pub printing: u32,
    /// Printings of one group read the same.
    pub group: GroupId,
    /// What the signals said.
    pub evidence: Evidence,
    /// Probability that the number on the card is its own, believed or not.
    pub number_chance: f32,
    /// Probability of the number that was read, whosever it is; 0 where none is believed.
    pub number_read: f32,
    /// Probability that the number on the card may be its own, one that was cut short included; 1 where it is not known how
    /// its number is printed.
    pub number_leeway: f32,
    /// Where it has no reference: how well the photo fits that of another printing that may well show the same artwork, the fit
    /// ([`Clue::fit`]) of the best of these.
    #[serde(default)]
    pub sibling_fit: Option<f32>,
}

impl Clue {
    /// How well the photo fits the reference; `None` without a reference or without an alignment.
    #[must_use]
    pub fn alignment(&self) -> Option<f32> {
        self.evidence.picture.and_then(|picture| picture.alignment)
    }

    /// How well the photo fits the reference as a whole, its artwork in particular: frames and plain text boxes are alike on cards
    /// that are not.
    #[must_use]
    pub fn fit(&self, params: &AcceptParams) -> Option<f32> {
        let picture = self.evidence.picture?;
        let artwork = picture.artwork.map_or(f32::INFINITY, |artwork| artwork + params.artwork_slack);
        picture.alignment.map(|alignment| alignment.min(artwork))
    }

    /// How far the text box falls behind the artwork, negative when it does.
    #[must_use]
    pub fn language_gap(&self) -> Option<f32> {
        let picture = self.evidence.picture?;
        Some(picture.text_box? - picture.artwork?)
    }

    /// Distance of the text's score to the best printing that reads differently; 0 when nothing was read.
    #[must_use]
    pub fn margin(&self) -> f32 {
        self.evidence.text.map_or(0.0, |text| text.margin)
    }

    /// Share of the printing's text that was read.
    #[must_use]
    pub fn coverage(&self) -> f32 {
        self.evidence.text.map_or(0.0, |text| text.coverage)
    }

    /// How many words of its rules were read, each letter of them.
    #[must_use]
    pub fn words(&self) -> u32 {
        self.evidence.text.map_or(0, |text| text.words)
    }

    /// Probability of the number read, where it is this printing's; else 0.
    #[must_use]
    pub const fn number_probability(&self) -> f32 {
        if let NumberEvidence::Agrees { probability, .. } = &self.evidence.number { *probability } else { 0.0 }
    }

    /// How sure the number read is, whosever it is: 0 where it is a coin's toss or none was read, 1 where it is read for sure.
    #[must_use]
    pub fn number_sureness(&self, params: &AcceptParams) -> f32 {
        const TOSS: f32 = 0.5;
        ((self.number_read - TOSS) / (params.text_number - TOSS).max(f32::EPSILON)).clamp(0.0, 1.0)
    }

    /// Whether the number read is this printing's.
    #[must_use]
    pub fn number_agrees(&self) -> bool {
        matches!(self.evidence.number, NumberEvidence::Agrees { .. })
    }

    /// Whether its number may be what was read, though not for sure.
    #[must_use]
    pub fn number_hinted(&self, params: &AcceptParams) -> bool {
        self.evidence.number == NumberEvidence::NotRead && self.number_chance >= params.number_hint
    }

    /// How well the photo shows the imprint of the reference; `None` without a reference or where that has none to speak of.
    #[must_use]
    pub fn imprint(&self) -> Option<f32> {
        self.evidence.picture.and_then(|picture| picture.imprint)
    }

    /// Whether the photo shows the imprint of the reference, its number included but for a figure ([`twins::unresolved`]).
    #[must_use]
    pub fn imprint_agrees(&self, params: &AcceptParams) -> bool {
        self.imprint().is_some_and(|imprint| imprint >= params.imprint)
    }

    /// Whether the photo shows the symbol of this printing's set.
    #[must_use]
    pub const fn symbol_agrees(&self) -> bool {
        matches!(self.evidence.symbol, SymbolEvidence::Agrees { .. })
    }
}
