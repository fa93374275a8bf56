//! Every collector number of the catalogue, by the form in which it is printed.

use std::collections::{HashMap, HashSet};

use cardmint_domain::identification::NumberEvidence;
use cardmint_domain::reading::NumberReading;
use cardmint_domain::{CardSet, CollectorNumber, Printing, SetId};
use rapidfuzz::distance::levenshtein;

use super::read::{Reading, forms};
use crate::params::NumberParams;
use crate::strip::{self, Answer, Lexicon};

/// Characters by which a misreading of a number differs from it.
const MISREAD_CHARACTERS: usize = 1;
/// Fewest letters before the digits that make a number recognisable without its total, as on promos: `SM103`. With one
/// letter or none, any word or figure of the text would do.
const LONE_LETTERS: usize = 2;
/// Fewest digits of such a number as printed.
const LONE_DIGITS: usize = 2;
/// One printing in so many may have the number of another one of its set by a slip; the catalogue of 20,202 printings has
/// one set with one in 172, and one, of reprints, with three in 25.
const SLIPS: usize = 20;
/// How many times likelier another number must be for a printing's own to have no chance. Own choice.
const RIVAL: f32 = 4.0;
/// Figures to which numbers are filled up with zeros, at most.
const PRINTED_FIGURES: usize = 3;

/// The numbers of the catalogue. Printings are named by their position in it.
#[derive(Debug, Default)]
pub struct Numbers {
    by_form: HashMap<String, Vec<u32>>,
    of: Vec<Forms>,
    /// Every form in every way in which it is printed, named by its place in `forms`.
    lexicon: Lexicon,
    forms: Vec<String>,
}

/// How one printing's number may stand on the card, normalised.
#[derive(Debug, Default)]
struct Forms {
    with_total: Option<String>,
    alone: Option<String>,
}

impl Numbers {
    /// Collects the numbers. A catalogue that gives no total means the total of the set. A set in which numbers stand
    /// on several cards reprints cards with the numbers of their first printing, so its own total says nothing.
    #[must_use]
    pub fn new(printings: &[Printing], sets: &[CardSet]) -> Self {
        let totals: HashMap<&SetId, u32> = sets.iter().map(|set| (&set.id, set.printed_total)).collect();
        let borrowed = sets_with_borrowed_numbers(printings);
        let mut numbers = Self::default();
        for (at, printing) in (0_u32..).zip(printings) {
            let of_set = totals.get(&printing.set).filter(|_| !borrowed.contains(&printing.set));
            let total = printing.number.total_value().or_else(|| of_set.copied());
            let forms = Forms {
                with_total: total.map(|total| with_total(&printing.number, total)),
                alone: is_lone(&printing.number).then(|| printing.number.normalised()),
            };
            for form in forms.with_total.iter().chain(&forms.alone) {
                numbers.by_form.entry(form.clone()).or_default().push(at);
            }
            numbers.of.push(forms);
        }
        numbers.forms = numbers.by_form.keys().cloned().collect();
        numbers.forms.sort_unstable();
        let printed: Vec<(String, u32)> = (0..)
            .zip(&numbers.forms)
            .flat_map(|(name, form)| printed(form).into_iter().map(move |text| (text, name)))
            .collect();
        numbers.lexicon = Lexicon::new(printed.iter().map(|(text, name)| (text.as_str(), *name)));
        numbers
    }

    /// What the network's answers may read: numbers of the catalogue, with the probabilities that they have among
    /// themselves and against anything else, and whatever else looks like a number. Looks are taken as long as the last one was
    /// unclear.
    #[must_use]
    pub fn read(&self, looks: impl IntoIterator<Item = Answer>, params: &NumberParams) -> Vec<NumberReading> {
        let mut readings: Vec<Vec<NumberReading>> = Vec::new();
        for answer in looks {
            let reading = self.read_once(&answer, params);
            let likeliest = reading.first().map_or(0.0, |text| text.probability);
            readings.push(reading);
            if likeliest < params.unclear.0 || likeliest >= params.unclear.1 {
                break;
            }
        }
        strip::mean(readings.iter().map(Vec::as_slice))
    }

    fn read_once(&self, answer: &Answer, params: &NumberParams) -> Vec<NumberReading> {
        let listed: Vec<(&String, f32)> = answer
            .listed(&self.lexicon)
            .into_iter()
            .map(|(name, score)| (&self.forms[name as usize], score.exp()))
            .collect();
        let total = listed.iter().map(|(_, weight)| weight).sum::<f32>() + (-params.stranger).exp();
        let listed = listed.into_iter().map(|(form, weight)| (form.clone(), weight / total));
        let others = answer.numbers().into_iter().filter(|number| !self.stand_in(&number.text));
        strip::ranked(listed.chain(others.map(|number| (number.text, number.probability))))
    }

    /// The printings that carry the number of this form, in the catalogue's order.
    #[must_use]
    pub fn printings(&self, form: &str) -> &[u32] {
        self.by_form.get(form).map_or(&[], Vec::as_slice)
    }

    /// Whether a number of the catalogue stands in a text.
    fn stand_in(&self, text: &str) -> bool {
        !forms(text, self).is_empty()
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
            Some(form) if self.carries(printing, form) => {
                NumberEvidence::Agrees { read: form.to_owned(), probability: reading.probability() }
            }
            Some(form) if self.is_part(printing, form) || self.is_unknown(printing) => NumberEvidence::NotRead,
            Some(form) => NumberEvidence::Contradicts { read: form.to_owned() },
        }
    }

    /// Probability that the number read is this printing's, 0 to 1; 0 where another number is [`RIVAL`] times likelier.
    #[must_use]
    pub fn chance(&self, printing: u32, reading: &Reading) -> f32 {
        let own = reading.listed().filter(|(form, _)| self.carries(printing, form));
        let own = own.map(|(_, probability)| probability).sum::<f32>().min(1.0);
        if own * RIVAL >= reading.likeliest() { own } else { 0.0 }
    }

    /// Probability that the number read may be this printing's, also when it was cut short (`16/86` of `116/86`); 1 where
    /// it is not known how its number is printed.
    #[must_use]
    pub fn leeway(&self, printing: u32, reading: &Reading) -> f32 {
        if self.is_unknown(printing) {
            return 1.0;
        }
        let may_be = |form: &str| self.carries(printing, form) || self.is_part(printing, form);
        reading.listed().filter(|(form, _)| may_be(form)).map(|(_, probability)| probability).sum::<f32>().min(1.0)
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
        if self.is_part(printing, form) || self.is_unknown(printing) || forms.with_total.iter().any(near) {
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

    /// Whether it is not known how the printing's number is printed.
    fn is_unknown(&self, printing: u32) -> bool {
        let forms = &self.of[printing as usize];
        forms.with_total.is_none() && forms.alone.is_none()
    }

    /// Whether the printing carries the number of this form.
    #[must_use]
    pub fn carries(&self, printing: u32, form: &str) -> bool {
        let forms = &self.of[printing as usize];
        forms.with_total.as_deref() == Some(form) || forms.alone.as_deref() == Some(form)
    }
}

/// Every way in which a form is printed: with zeros in front or without, letters on both sides of the slash or on one.
fn printed(form: &str) -> Vec<String> {
    let (number, total) = form.split_once('/').map_or((form, None), |(number, total)| (number, Some(total)));
    let letters: String = number.chars().take_while(|sign| !sign.is_ascii_digit()).collect();
    let figures: String = number[letters.len()..].chars().take_while(char::is_ascii_digit).collect();
    let behind = &number[letters.len() + figures.len()..];
    let padded = |figures: &str| {
        (figures.len()..=PRINTED_FIGURES.max(figures.len())).map(|n| format!("{figures:0>n$}")).collect::<Vec<_>>()
    };
    let left = padded(&figures).into_iter().map(|figures| format!("{letters}{figures}{behind}"));
    let Some(total) = total else { return left.collect() };
    let mut totals = padded(total);
    if !letters.is_empty() {
        totals.extend(padded(total).into_iter().map(|total| format!("{letters}{total}")));
    }
    left.flat_map(|left| totals.iter().map(move |right| format!("{left}/{right}")).collect::<Vec<_>>()).collect()
}

/// The sets in which more numbers stand on two printings than a slip of the catalogue explains.
fn sets_with_borrowed_numbers(printings: &[Printing]) -> HashSet<&SetId> {
    let mut seen = HashSet::new();
    let mut counts: HashMap<&SetId, (usize, usize)> = HashMap::new();
    for printing in printings {
        let (all, again) = counts.entry(&printing.set).or_default();
        *all += 1;
        *again += usize::from(!seen.insert((&printing.set, printing.number.normalised())));
    }
    counts.retain(|_, (all, again)| *again * SLIPS > *all);
    counts.into_keys().collect()
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
