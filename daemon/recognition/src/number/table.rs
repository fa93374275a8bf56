//! Every collector number of the catalogue, by the form in which it is printed.

use std::collections::HashMap;

use cardmint_domain::identification::NumberEvidence;
use cardmint_domain::{CardSet, CollectorNumber, Printing, SetId};
use rapidfuzz::distance::levenshtein;

use super::read::Reading;

/// Characters by which a misreading of a number differs from it.
const MISREAD_CHARACTERS: usize = 1;
/// Fewest letters before the digits that make a number recognisable without its total, as on promos: `SM103`. With one
/// letter or none, any word or figure of the text would do.
const LONE_LETTERS: usize = 2;
/// Fewest digits of such a number as printed.
const LONE_DIGITS: usize = 2;

/// The numbers of the catalogue. Printings are named by their position in it.
#[derive(Debug, Default)]
pub struct Numbers {
    by_form: HashMap<String, Vec<u32>>,
    of: Vec<Forms>,
}

/// How one printing's number may stand on the card, normalised.
#[derive(Debug, Default)]
struct Forms {
    with_total: Option<String>,
    alone: Option<String>,
}

impl Numbers {
    /// Collects the numbers. A catalogue that gives no total means the total of the set.
    #[must_use]
    pub fn new(printings: &[Printing], sets: &[CardSet]) -> Self {
        let totals: HashMap<&SetId, u32> = sets.iter().map(|set| (&set.id, set.printed_total)).collect();
        let mut numbers = Self::default();
        for (at, printing) in (0_u32..).zip(printings) {
            let total = printing.number.total_value().or_else(|| totals.get(&printing.set).copied());
            let forms = Forms {
                with_total: total.map(|total| with_total(&printing.number, total)),
                alone: is_lone(&printing.number).then(|| printing.number.normalised()),
            };
            for form in forms.with_total.iter().chain(&forms.alone) {
                numbers.by_form.entry(form.clone()).or_default().push(at);
            }
            numbers.of.push(forms);
        }
        numbers
    }

    /// The printings that carry the number of this form, in the catalogue's order.
    #[must_use]
    pub fn printings(&self, form: &str) -> &[u32] {
        self.by_form.get(form).map_or(&[], Vec::as_slice)
    }

    /// Whether some printing carries it.
    #[must_use]
    pub(super) fn knows(&self, form: &str) -> bool {
        self.by_form.contains_key(form)
    }

    /// What the reading says about a printing.
    #[must_use]
    pub fn verdict(&self, printing: u32, reading: &Reading) -> NumberEvidence {
        match reading.believed() {
            None => self.strange(printing, reading),
            Some(form) if self.carries(printing, form) => NumberEvidence::Agrees { read: form.to_owned() },
            Some(form) if self.is_part(printing, form) => NumberEvidence::NotRead,
            Some(form) => NumberEvidence::Contradicts { read: form.to_owned() },
        }
    }

    /// What a number says that no printing carries. One that is a character away from the printing's own is a misreading
    /// of that, which happens far more often than a card that the catalogue lacks.
    fn strange(&self, printing: u32, reading: &Reading) -> NumberEvidence {
        let Some(form) = reading.unlisted() else { return NumberEvidence::NotRead };
        let near = |own: &String| {
            // Small numbers are often printed with zeros in front, of which one may be what was misread.
            let zeros = form.find('/').zip(own.find('/')).map_or(0, |(read, own)| read.saturating_sub(own));
            let padded = "0".repeat(zeros) + own;
            let differences = |own: &str| levenshtein::distance(own.chars(), form.chars());
            differences(own).min(differences(&padded)) <= MISREAD_CHARACTERS
        };
        let forms = &self.of[printing as usize];
        if self.is_part(printing, form) || forms.with_total.iter().any(near) {
            return NumberEvidence::NotRead;
        }
        NumberEvidence::Contradicts { read: form.to_owned() }
    }

    /// Whether the form is what is left of the printing's number when its edges are not read: `5/20` of `95/203`. That
    /// is neither a word for it nor one against it.
    fn is_part(&self, printing: u32, form: &str) -> bool {
        let forms = &self.of[printing as usize];
        forms.with_total.iter().chain(&forms.alone).any(|own| own.contains(form))
    }

    /// Whether the printing carries the number of this form.
    #[must_use]
    pub fn carries(&self, printing: u32, form: &str) -> bool {
        let forms = &self.of[printing as usize];
        forms.with_total.as_deref() == Some(form) || forms.alone.as_deref() == Some(form)
    }
}

/// The form `NUMBER/TOTAL`, both sides normalised: `TG05/TG30` gives `TG5/30`.
pub(super) fn with_total(number: &CollectorNumber, total: u32) -> String {
    format!("{}/{total}", number.normalised())
}

fn is_lone(number: &CollectorNumber) -> bool {
    let text = number.number();
    let letters = text.chars().take_while(char::is_ascii_alphabetic).count();
    let digits = text[letters..].chars().filter(char::is_ascii_digit).count();
    letters >= LONE_LETTERS && digits >= LONE_DIGITS
}
