//! What exists: sets and printings, without any game's own vocabulary.

use serde::{Deserialize, Serialize};

use crate::{CollectorNumber, Finish, PrintingId, SetId};

/// A set of cards as its publisher released it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardSet {
    /// The catalogue's identifier.
    pub id: SetId,
    /// Name for people.
    pub name: String,
    /// The series it belongs to; empty when the catalogue does not say.
    pub series: String,
    /// The short code printed on modern cards, where there is one.
    pub code: Option<String>,
    /// The total printed after the slash. Secret rares are numbered beyond it.
    pub printed_total: u32,
    /// How many printings the catalogue lists for it.
    pub total: u32,
    /// `YYYY-MM-DD`; empty when the catalogue does not say.
    pub release_date: String,
}

/// A heading with the text below it: an attack, an ability, a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct TextBlock {
    /// The heading as printed; empty for plain rules text.
    pub name: String,
    /// The text as printed; empty where there is only a heading.
    pub text: String,
}

/// One printing: a row of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printing {
    /// The catalogue's identifier.
    pub id: PrintingId,
    /// The set it belongs to.
    pub set: SetId,
    /// The number as printed.
    pub number: CollectorNumber,
    /// BCP 47 language of the printing, for example `en`.
    pub language: String,
    /// Name as printed.
    pub name: String,
    /// Kind of card in the game's own words, for search and display only.
    pub kinds: Vec<String>,
    /// Hit points or the like, as printed.
    pub hit_points: Option<String>,
    /// Rarity in the catalogue's words.
    pub rarity: Option<String>,
    /// Illustrator. `None` means the catalogue does not say, which is not the same as "somebody else".
    pub artist: Option<String>,
    /// Attacks, abilities and rules in printed order.
    pub blocks: Vec<TextBlock>,
    /// Flavour text.
    pub flavour: Option<String>,
    /// Finishes this printing exists in; empty when the catalogue does not say.
    pub finishes: Vec<Finish>,
    /// Where a reference image can be fetched, best first.
    pub image_urls: Vec<String>,
}

impl Printing {
    /// Everything that stands on the card as words, in reading order: what full-card OCR is searched against.
    #[must_use]
    pub fn full_text(&self) -> String {
        let mut words: Vec<&str> = vec![&self.name];
        words.extend(self.hit_points.as_deref());
        for block in &self.blocks {
            words.push(&block.name);
            words.push(&block.text);
        }
        words.extend(self.artist.as_deref());
        words.extend(self.flavour.as_deref());
        words.retain(|word| !word.is_empty());
        words.join("\n")
    }
}
