//! What every signal says about the printings that a card may be.

use std::collections::BTreeSet;

use cardmint_domain::CardReading;
use cardmint_domain::Evidence;
use cardmint_domain::identification::{SymbolEvidence, TextEvidence};
use cardmint_domain::reading::TextPass;

use super::Matcher;
use super::looks::{Looks, compare_references};
use crate::fuse::Clue;
use crate::fuse::posterior::{Posterior, posterior};
use crate::fuse::twins::Twin;
use crate::number::Reading;
use crate::params::PictureParams;
use crate::text::{GroupId, Scores};

/// Rounds of looking for the best candidate's twins; each may bring up a new best one.
const ROUNDS: usize = 3;
/// Most siblings whose references are looked at; more than that are left to the number or to a person.
const MAX_SIBLINGS: usize = 12;

/// Everything that the answer is made from.
pub(super) struct Gathered {
    pub(super) clues: Vec<Clue>,
    pub(super) posterior: Posterior,
    /// Positions in `clues`, first what the card resembles most. A printing as probable as an accepted one is always first; where the
    /// catalogue lacks the card, what it looks like helps a person more than the least improbable printing.
    pub(super) order: Vec<usize>,
    /// Of the first one.
    pub(super) twins: Vec<Twin>,
    /// It is the back of a card, and nothing was gathered.
    pub(super) is_back: bool,
}

impl Gathered {
    /// Of the back of a card, which is none of the catalogue's printings.
    fn of_back(matcher: &Matcher) -> Self {
        let posterior = posterior(&[], &matcher.params.weights, &matcher.params.accept);
        Self { clues: Vec::new(), posterior, order: Vec::new(), twins: Vec::new(), is_back: true }
    }

    /// Of the printing that the card resembles most; 0 where nothing was gathered.
    pub(super) fn probability(&self) -> f64 {
        self.order.first().map_or(0.0, |&at| self.posterior.of[at])
    }

    /// Of all printings together that read like the one that the card resembles most: text does not tell them apart.
    pub(super) fn probability_of_text(&self) -> f64 {
        let Some(&best) = self.order.first() else { return 0.0 };
        let reads_so = |clue: &Clue| clue.group == self.clues[best].group;
        self.clues.iter().zip(&self.posterior.of).filter(|(clue, _)| reads_so(clue)).map(|(_, share)| share).sum()
    }

    /// The most probable of all other printings.
    pub(super) fn runner_up(&self) -> Option<usize> {
        let others = self.order.iter().skip(1).copied();
        others.max_by(|a, b| self.posterior.of[*a].total_cmp(&self.posterior.of[*b]))
    }

    /// How far the first one is ahead of that; 0 where it is not.
    pub(super) fn gap(&self) -> f64 {
        let other = self.runner_up().map_or(0.0, |at| self.posterior.of[at]);
        (self.probability() - other).max(0.0)
    }

    /// Whether a card that resembles nothing in the catalogue is likelier than anything that it resembles.
    pub(super) fn is_unlike_any(&self) -> bool {
        self.order.first().is_none_or(|&at| self.posterior.unlike_any > self.posterior.resembling[at])
    }
}

/// The scores of the text, with the two best texts that read differently.
struct Texts {
    scores: Scores,
    best: Vec<(GroupId, f32)>,
}

/// Gathers the clues and finds the printing that the card resembles most, and its twins.
pub(super) fn gather(matcher: &Matcher, card: &CardReading, mut looks: Option<&mut Looks<'_>>) -> Gathered {
    if let Some(looks) = &mut looks {
        looks.begin();
        if shows_back(matcher, looks) {
            return Gathered::of_back(matcher);
        }
    }
    let passes = in_order(&card.text);
    let texts = texts(matcher, &passes);
    let number = Reading::of(&card.numbers, &matcher.numbers, &matcher.params.number);
    let mut pool = pool(matcher, &texts, &number, looks.as_deref_mut());
    let mut gathered = weigh(matcher, &pool, &texts, &number, looks.as_deref());
    for _ in 0..ROUNDS {
        let Some(&best) = gathered.order.first() else { break };
        let best = &gathered.clues[best];
        let siblings = siblings(matcher, best.printing);
        let known = pool.len();
        pool.extend(&siblings);
        let mut is_new = pool.len() > known;
        // What the number has told apart needs no looking at.
        if !best.number_agrees() {
            for &sibling in siblings.iter().take(MAX_SIBLINGS) {
                is_new |= look(matcher, looks.as_deref_mut(), sibling);
            }
        }
        if !is_new {
            break;
        }
        gathered = weigh(matcher, &pool, &texts, &number, looks.as_deref());
    }
    gathered.twins = gathered.order.first().map_or_else(Vec::new, |&best| twins(matcher, &gathered.clues, best));
    gathered
}

/// The passes in an order of their own, so that the order of arrival does not matter.
fn in_order(text: &[TextPass]) -> Vec<TextPass> {
    let mut passes = text.to_vec();
    passes.sort_by(|a, b| a.confidence.total_cmp(&b.confidence).then_with(|| a.text.cmp(&b.text)));
    passes
}

fn texts(matcher: &Matcher, passes: &[TextPass]) -> Texts {
    let scores = matcher.text.score(passes);
    let mut best_of = vec![0.0_f32; matcher.groups.len()];
    for (row, &score) in (0_u32..).zip(scores.all()) {
        let best = &mut best_of[matcher.groups.group(row) as usize];
        *best = best.max(score);
    }
    let mut best: Vec<(GroupId, f32)> = (0..).zip(best_of).filter(|(_, score)| *score > 0.0).collect();
    let keep = matcher.params.text.groups.max(2).min(best.len());
    if keep > 0 && keep < best.len() {
        best.select_nth_unstable_by(keep - 1, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    }
    best.truncate(keep);
    best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    Texts { scores, best }
}

/// The printings that any signal brings up.
fn pool(matcher: &Matcher, texts: &Texts, number: &Reading, looks: Option<&mut Looks<'_>>) -> BTreeSet<u32> {
    let params = &matcher.params;
    let by_score = |rows: &[u32], count: usize| {
        let mut rows = rows.to_vec();
        rows.sort_by(|a, b| texts.scores.of(*b).total_cmp(&texts.scores.of(*a)));
        rows.truncate(count);
        rows
    };
    let mut from_text = Vec::new();
    for (group, _) in texts.best.iter().take(params.text.groups) {
        from_text.extend(by_score(matcher.groups.members(*group), params.text.printings_per_group));
    }
    let from_number =
        by_score(number.best().map_or(&[], |form| matcher.numbers.printings(form)), params.number.candidates);
    let mut pool: BTreeSet<u32> = from_text.iter().chain(&from_number).copied().collect();
    if let (Some(looks), Some(pictures)) = (looks, &matcher.pictures) {
        let of_rows = from_number.iter().chain(&from_text).filter_map(|row| pictures.slot_of[*row as usize]);
        look_around(
            looks,
            of_rows.take(params.picture.from_text).collect(),
            &params.picture,
            params.accept.alone_alignment,
        );
        pool.extend(looks.ranked().into_iter().filter_map(|slot| pictures.row_of[slot]).take(params.picture.keep));
    }
    pool
}

/// Whether it is the back of a card.
pub(super) fn shows_back(matcher: &Matcher, looks: &mut Looks<'_>) -> bool {
    looks.shows_back(matcher.params.picture.hits, matcher.params.accept.alone_alignment)
}

/// Lays the card over the references that it resembles, before anything is read.
pub(super) fn first_looks(matcher: &Matcher, looks: &mut Looks<'_>) {
    look_around(looks, Vec::new(), &matcher.params.picture, matcher.params.accept.alone_alignment);
}

/// Lays the card over the references that it resembles and those that the text brings up. An alignment is by far the
/// most expensive step, so it stops after the nearest few where one of them fits as no other artwork can.
fn look_around(looks: &mut Looks<'_>, of_rows: Vec<usize>, params: &PictureParams, certain: f32) {
    let nearest = looks.nearest(params.hits);
    let (first, rest) = nearest.split_at(params.first_hits.min(nearest.len()));
    let (own, others) = of_rows.split_at(params.first_from_text.min(of_rows.len()));
    for slot in first.iter().chain(own) {
        looks.look(*slot);
    }
    if looks.best_fit().is_some_and(|fit| fit >= certain) {
        return;
    }
    for slot in rest.iter().chain(others) {
        looks.look(*slot);
    }
}

/// Lays the card over a printing's reference; whether that is news.
fn look(matcher: &Matcher, looks: Option<&mut Looks<'_>>, row: u32) -> bool {
    let Some((looks, pictures)) = looks.zip(matcher.pictures.as_ref()) else { return false };
    let Some(slot) = pictures.slot_of[row as usize] else { return false };
    looks.seen(slot).is_none() && looks.look(slot).is_some()
}

fn weigh(
    matcher: &Matcher,
    pool: &BTreeSet<u32>,
    texts: &Texts,
    number: &Reading,
    looks: Option<&Looks<'_>>,
) -> Gathered {
    let mut clues: Vec<Clue> = pool.iter().map(|&row| clue(matcher, row, texts, number, looks)).collect();
    let of_siblings: Vec<_> = clues.iter().map(|clue| sibling_fit(matcher, &clues, clue)).collect();
    clues.iter_mut().zip(of_siblings).for_each(|(clue, fit)| clue.sibling_fit = fit);
    let posterior = posterior(&clues, &matcher.params.weights, &matcher.params.accept);
    let mut order: Vec<usize> = (0..clues.len()).collect();
    // Stable: printings that it resembles equally stay in the catalogue's order.
    order.sort_by(|a, b| posterior.resembling[*b].total_cmp(&posterior.resembling[*a]));
    Gathered { clues, posterior, order, twins: Vec::new(), is_back: false }
}

fn clue(matcher: &Matcher, row: u32, texts: &Texts, number: &Reading, looks: Option<&Looks<'_>>) -> Clue {
    let group = matcher.groups.group(row);
    let score = texts.scores.of(row);
    let rival = texts.best.iter().find(|(other, _)| *other != group).map_or(0.0, |(_, score)| *score);
    let text = (!texts.best.is_empty()).then(|| TextEvidence {
        score,
        margin: score - rival,
        coverage: matcher.text.coverage(row, score),
        words: matcher.text.own_words(row, &texts.scores),
    });
    let slot = matcher.pictures.as_ref().and_then(|pictures| pictures.slot_of[row as usize]);
    let seen = looks.zip(slot);
    let picture = seen.and_then(|(looks, slot)| looks.seen(slot));
    let symbol = seen.map_or(SymbolEvidence::NotSeen, |(looks, slot)| looks.symbol(slot));
    let verdict = matcher.numbers.verdict(row, number);
    let number_chance = matcher.numbers.chance(row, number);
    let number_leeway = matcher.numbers.leeway(row, number);
    let number_read = number.believed().or(number.unlisted()).map_or(0.0, |_| number.likeliest());
    Clue {
        printing: row,
        group,
        evidence: Evidence { picture, text, number: verdict, symbol },
        number_read,
        number_chance,
        number_leeway,
        sibling_fit: None,
    }
}

/// How well the photo fits the reference of another printing that may well show the artwork of this one, which has none: one with
/// the same text, perhaps the same illustrator, and in another set. Within a set it is the artwork that tells them apart.
fn sibling_fit(matcher: &Matcher, clues: &[Clue], clue: &Clue) -> Option<f32> {
    if clue.evidence.picture.is_some() {
        return None;
    }
    let rows = &matcher.rows;
    let may_share = |other: &&Clue| {
        other.group == clue.group
            && rows.set(other.printing) != rows.set(clue.printing)
            && rows.may_share_artist(other.printing, clue.printing)
    };
    let fits = clues.iter().filter(may_share).filter_map(|other| other.fit(&matcher.params.accept));
    fits.reduce(f32::max)
}

/// The other printings with the same text and perhaps the same illustrator.
fn siblings(matcher: &Matcher, best: u32) -> Vec<u32> {
    let same_text = matcher.groups.members(matcher.groups.group(best)).iter().copied();
    same_text.filter(|row| *row != best && matcher.rows.may_share_artist(best, *row)).collect()
}

/// The printings that may be taken for the best one: those with the same text and perhaps the same illustrator, and
/// those of another text whose reference fits the photo nearly as well.
fn twins(matcher: &Matcher, clues: &[Clue], best: usize) -> Vec<Twin> {
    let best = &clues[best];
    let lead = matcher.params.accept.artwork_lead;
    let both = |clue: &Clue| best.alignment().is_some() && clue.alignment().is_some();
    let fits_as_well = |clue: &&Clue| clue.group != best.group && both(clue) && !leads(best, clue, lead);
    let fits_worse = |row: u32| clues.iter().any(|clue| clue.printing == row && leads(best, clue, lead));
    let distinct = |row: u32| fits_worse(row) && is_distinct(matcher, best.printing, row);
    let set = matcher.rows.set(best.printing);
    let twin = |printing| Twin { printing, distinct_artwork: false, other_set: matcher.rows.set(printing) != set };
    let mut twins: Vec<Twin> = siblings(matcher, best.printing)
        .into_iter()
        .map(|printing| Twin { distinct_artwork: distinct(printing), ..twin(printing) })
        .collect();
    let look_alikes = clues.iter().filter(fits_as_well);
    twins.extend(look_alikes.map(|clue| twin(clue.printing)));
    twins
}

/// Whether the photo fits `best` better by at least `lead`.
fn leads(best: &Clue, other: &Clue, lead: f32) -> bool {
    best.alignment().zip(other.alignment()).is_some_and(|(best, other)| best - other >= lead)
}

/// Whether both printings have references and these show different artworks.
fn is_distinct(matcher: &Matcher, a: u32, b: u32) -> bool {
    let Some(pictures) = &matcher.pictures else { return false };
    let slots = pictures.slot_of[a as usize].zip(pictures.slot_of[b as usize]);
    let artwork = slots.and_then(|(a, b)| compare_references(pictures, a, b));
    artwork.is_some_and(|artwork| artwork < matcher.params.picture.same_artwork)
}
