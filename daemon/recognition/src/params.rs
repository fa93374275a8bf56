//! Every threshold of the decision, in one place, each with the source of its number.
//!
//! "Study" is the feasibility study on 224 photographed cards, 3,465 reference pictures and a catalogue of 20,202
//! printings: its thresholds were fitted on the same photos that they were measured on. "Own choice" was set by hand on
//! the safe side. A change of any of them changes the policy's version, which is written down with every decision.

use serde::{Deserialize, Serialize};

/// Name of the decision rule; goes into the policy's version together with a digest of the thresholds.
const RULE: &str = "routes-7";

/// Everything that the decision depends on besides the card, the catalogue and the reference pictures.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Searching by text.
    pub text: TextParams,
    /// Believing a collector number.
    pub number: NumberParams,
    /// Searching by picture.
    pub picture: PictureParams,
    /// Believing a set symbol.
    pub symbol: SymbolParams,
    /// Accepting.
    pub accept: AcceptParams,
    /// Turning evidence into probabilities.
    pub weights: Weights,
}

/// Searching by text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TextParams {
    /// BM25: how soon repeating a term stops helping. Study.
    pub k1: f32,
    /// BM25: how much long texts are held back. Study.
    pub b: f32,
    /// What a word counts that the engine was not sure of at all; a sure one counts 1. Study.
    pub base_weight: f32,
    /// How often a term counts at most, over all passes. Study: 2 to 3, 3 with several passes.
    pub times_cap: f32,
    /// How many passes all thresholds on scores are meant for; more passes count as these. Measured on simulated photos of
    /// cards in another language: with four passes that all count, the illustrator's name reaches the coverage of a text.
    pub usual_passes: f32,
    /// How many of the best texts become candidates. Own choice.
    pub groups: usize,
    /// How many printings of one text become candidates. The largest real one, a basic energy card, has about 50.
    pub printings_per_group: usize,
}

impl Default for TextParams {
    fn default() -> Self {
        Self {
            k1: 1.2,
            b: 0.5,
            base_weight: 0.3,
            times_cap: 3.0,
            usual_passes: 2.0,
            groups: 3,
            printings_per_group: 64,
        }
    }
}

/// Believing a collector number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NumberParams {
    /// Probability from which a number counts as read. Of 1,586 clean strips of real cards 97 % are right and 0.1 % wrong
    /// from 0.5 on, 95 % and none from 0.7 on; a wrong number agrees with no candidate that fits otherwise.
    pub believed: f32,
    /// Probabilities of a number between which it is worth another look: below there is nothing, above nothing is unclear. On the
    /// same strips as many are right with 0.75 as with 0.9 (1,541 and 1,539), and none more is wrong.
    pub unclear: (f32, f32),
    /// Probability of a number from which the card cannot stand on its head. Own choice.
    pub upright: f32,
    /// How many times likelier a number must be than the likeliest one the other way up to show which way is up. Own choice.
    pub upright_lead: f32,
    /// Negative logarithm of the probability at which a number of the catalogue is as likely as a misreading of something
    /// else. Own choice.
    pub stranger: f32,
    /// Width of a card in the photo below which neither its number nor its imprint is looked for, in pixels. Own choice: at
    /// 180 the imprints of two real reprints were 0.66 and 0.70 alike.
    pub readable_width_px: f32,
    /// How many printings that carry the number become candidates, those whose text fits best first. Own choice.
    pub candidates: usize,
}

impl Default for NumberParams {
    fn default() -> Self {
        Self {
            believed: 0.5,
            unclear: (0.05, 0.75),
            upright: 0.75,
            upright_lead: 5.0,
            stranger: 3.0,
            readable_width_px: 240.0,
            candidates: 8,
        }
    }
}

/// Searching by picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PictureParams {
    /// References taken from the descriptor search. Study: the right artwork is within 10 for 60 of 61 photos.
    pub hits: usize,
    /// How many of them are laid over the photo in any case. Own choice.
    pub first_hits: usize,
    /// References that the best texts add to those. Own choice.
    pub from_text: usize,
    /// How many of these are laid over the photo in any case. Own choice.
    pub first_from_text: usize,
    /// Candidates kept after alignment. Own choice.
    pub keep: usize,
    /// Alignment of two references' artworks from which they may be one artwork. Measured on 3,465 references: two scans
    /// of one artwork from different print runs reach at least 0.65, different artworks at most 0.54.
    pub same_artwork: f32,
}

impl Default for PictureParams {
    fn default() -> Self {
        Self { hits: 12, first_hits: 4, from_text: 6, first_from_text: 2, keep: 10, same_artwork: 0.55 }
    }
}

/// Believing a set symbol. Correlations were measured on the references of all sets and in the study on 28 photographed
/// cards 180 to 290 pixels wide, of which all were told apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SymbolParams {
    /// Correlation from which a symbol is there. Study: right symbols reach 0.88 to 0.95, the best wrong one 0.77.
    pub seen: f32,
    /// Correlation below which it is not there. Study.
    pub absent: f32,
    /// How much better it must fit than any other set's. Own choice.
    pub lead: f32,
    /// Share of a set's references that must carry it. Measured: 0.77 to 0.98 in four sets with a symbol, at most
    /// 0.62 in three without one, where the frame around the place is all that they have in common.
    pub carried: f32,
    /// Correlation from which two sets' symbols look alike, so that neither counts. Measured: 0.62 at most between sets
    /// with a symbol, 0.68 between two sets without one.
    pub alike: f32,
    /// Spread of gray values that half of a set's references must have at the place. Measured: 42 to 54 in sets with a
    /// symbol there, below 16 in most later ones.
    pub contrast: f32,
}

impl Default for SymbolParams {
    fn default() -> Self {
        Self { seen: 0.80, absent: 0.62, lead: 0.10, carried: 0.70, alike: 0.65, contrast: 20.0 }
    }
}

/// Accepting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AcceptParams {
    /// Lowest alignment of a picture that the text speaks for too. Study: 0.60; cards without a reference reach 0.53
    /// in 90 % of cases, card backs 0.37.
    pub alignment: f32,
    /// Lowest margin of the text that counts as speaking for the picture. Study.
    pub alignment_margin: f32,
    /// Lowest coverage of such a text. Own choice: in a small catalogue the illustrator's name alone gives the margin, on a
    /// card of another language too.
    pub alignment_coverage: f32,
    /// Lowest alignment of a picture alone. Study: other artwork stays at or below 0.67.
    pub alone_alignment: f32,
    /// How far the artwork may fall behind the whole before it limits how well the picture fits. On 27 real cards
    /// laid over their own reference at most 0.04; with frames and text boxes alike but another artwork 0.26 and 0.40.
    pub artwork_slack: f32,
    /// Lowest alignment of the text box of a picture alone. Study: the same artwork in other languages reaches 0.73.
    pub alone_text_box: f32,
    /// How far the text box may fall behind the artwork, of a picture alone. Study.
    pub alone_language_gap: f32,
    /// Lowest alignment of the title of a picture alone. Measured on real photos that fit their reference to 0.70: at
    /// least 0.71 on 23 of its own language, at most 0.68 on 5 of another.
    pub alone_title: f32,
    /// Lowest alignment of the worst quarter of the text box of a picture alone: a picture over the whole card has little
    /// text. Measured on the same: at least 0.49 but for one laid over another print run's reference (0.30), and at most 0.48.
    pub alone_weakest: f32,
    /// The same where the text is large enough to be read and no word tells its language. Measured on simulated photos of
    /// the invented game: another language reaches 0.72.
    pub unread_weakest: f32,
    /// Alignment below which a reference is not this card's, whatever text and number say. Study: the right artwork
    /// reaches at least 0.54, cards without a reference 0.53 in 90 % of cases, card backs 0.37.
    pub misfit: f32,
    /// How far the text box may fall behind the artwork before the card is taken for another language. Study: English
    /// cards -0.12 (5 %), the same cards in other languages -0.25 to -0.46.
    pub language_gap: f32,
    /// Lowest margin of a text that needs no picture. Study: over 16, 123 of 123 were right, but 9 of 60 cards that the
    /// catalogue lacks got there too: hence the next threshold, and the number.
    pub text_margin: f32,
    /// Lowest coverage of a text that needs no picture. Study.
    pub text_coverage: f32,
    /// Lowest coverage of a text whose language is told by its words. Own choice.
    pub telling_coverage: f32,
    /// Words of a printing's rules that must be read, each letter of them, for the language to be told by them. Own choice.
    pub telling_words: u32,
    /// Probability from which a printing's own number is hinted, where no other number is much likelier: by chance one of several
    /// thousand would hardly get there. Own choice.
    pub number_hint: f32,
    /// How many times likelier than a twin's number a printing's own must be, where it is not read for sure, to rule the
    /// twin out. Own choice.
    pub number_ratio: f32,
    /// Coverage from which a number that is only hinted confirms a text whose language is not told by its words. Own choice.
    pub hint_coverage: f32,
    /// Likeness from which the imprint of a reference is there. Measured on 230 simulated photos of real references: 97 to 100 % of
    /// their own, and of 456 in which another number of the same set stood at most 0.74; on 12 real photos 0.2 to 0.8 of their own.
    pub imprint: f32,
    /// Likeness below which the imprint is not there, and only a number read together with words says otherwise. Measured on simulated
    /// photos: at most 0.32 on 19 of reprints and foreign cards that passed without this (levels hard and phone); at level hard
    /// 86 of 102 right ones have more.
    pub imprint_absent: f32,
    /// How much better it must be there than a twin's. Own choice.
    pub imprint_lead: f32,
    /// Probability of a number from which it is enough that the text reads best. Own choice.
    pub text_number: f32,
    /// How much better the photo must fit one artwork than another one before the other is ruled out. Own choice: a
    /// right artwork reaches 0.88 in the median, a different one at most 0.67.
    pub artwork_lead: f32,
    /// Lowest posterior. Own choice.
    pub posterior: f64,
    /// Lowest posterior of a card of which more text is read than usual. Own choice.
    pub within_reach: f64,
    /// What a pass must add for another one to be worth its time: to the share of the best candidate's text that was read, or to
    /// its margin. Own choice.
    pub news: (f32, f32),
    /// Lowest gap to the runner-up, as a share of the posterior. Own choice.
    pub gap: f64,
    /// Width of a card in the photo below which text is not readable, in pixels. Study: 300 is the floor.
    pub readable_width_px: f32,
    /// From this width of the card on, or where words of its rules were read, its number can be read, and a picture without a
    /// word of the number is not enough: a reprint that the catalogue lacks differs in nothing else. Study: 500 to 700 px
    /// are needed for numbers. Measured on simulated photos of the invented game, level hard: with the words 1 of 8
    /// unlisted reprints passes, without them 5.
    pub number_width_px: f32,
}

impl Default for AcceptParams {
    fn default() -> Self {
        Self {
            alignment: 0.60,
            alignment_margin: 4.0,
            alignment_coverage: 0.25,
            alone_alignment: 0.70,
            artwork_slack: 0.1,
            alone_text_box: 0.74,
            alone_language_gap: -0.13,
            alone_title: 0.69,
            alone_weakest: 0.45,
            unread_weakest: 0.75,
            misfit: 0.50,
            language_gap: -0.20,
            text_margin: 16.0,
            text_coverage: 0.40,
            telling_coverage: 0.10,
            telling_words: 3,
            number_hint: 0.03,
            number_ratio: 10.0,
            hint_coverage: 0.60,
            imprint: 0.75,
            imprint_absent: 0.40,
            imprint_lead: 0.10,
            text_number: 0.75,
            artwork_lead: 0.12,
            posterior: 0.85,
            within_reach: 0.2,
            news: (0.05, 4.0),
            gap: 0.60,
            readable_width_px: 300.0,
            number_width_px: 500.0,
        }
    }
}

/// Turning evidence into probabilities: each signal adds to the logarithm of a candidate's odds. Fitted by `make calibrate` to 816
/// simulated photos, 359 of the invented game and 457 of real references, for use where the catalogue lacks 5 % of the cards; ranges,
/// neutral points, the language and what an imprint costs that is not there are not fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// Alignment at which the picture says nothing either way.
    pub alignment_neutral: f64,
    /// Log odds for each unit of alignment above that.
    pub alignment: f64,
    /// The least and the most that a picture says.
    pub alignment_range: (f64, f64),
    /// How far the text box may fall behind the artwork (negative) without telling another language. Study: halfway between English
    /// cards (-0.12, 5 %) and the same in other languages (-0.25 to -0.46).
    pub language_neutral: f64,
    /// Log odds for each unit above that. Own choice, and not fitted: the invented game's foreign words look like its own.
    pub language: f64,
    /// The least and the most that the text box says of the language. That it does not fall behind says nothing: study, two of the cards in
    /// other languages did not.
    pub language_range: (f64, f64),
    /// What words of the printing's rules say that were read letter by letter, as many as tell the language.
    pub words: f64,
    /// Likeness of the imprint below which it says nothing.
    pub imprint_neutral: f64,
    /// Log odds for each unit of its likeness above that.
    pub imprint: f64,
    /// What each unit of likeness below that costs, for half a unit at most. Own choice, and not fitted: simulated photos show the very
    /// imprint of the reference, and a fit gives 13; but of real cards with another print run's reference many have less
    /// than 0.3, their numbers read.
    pub imprint_lacking: f64,
    /// Log odds for each unit of the text's margin.
    pub margin: f64,
    /// The least and the most that a margin says.
    pub margin_range: (f64, f64),
    /// What a text says that covers its printing in full; in proportion below that.
    pub coverage: f64,
    /// What a number says that agrees.
    pub number_agrees: f64,
    /// What a number says that contradicts; negative.
    pub number_contradicts: f64,
    /// What a number says that may be the printing's own, though it is not believed.
    pub number_hint: f64,
    /// What a set symbol says that is there.
    pub symbol_agrees: f64,
    /// What a set symbol says that is not there; negative.
    pub symbol_contradicts: f64,
    /// Log odds of a card that the catalogue lacks and that is like nothing in it.
    pub not_in_catalogue: f64,
    /// Log odds of a reprint that the catalogue lacks, as against the printing that it looks like; negative.
    pub reprint: f64,
    /// Log odds of a card in another language, as against the printing that it looks like; negative.
    pub foreign: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            alignment_neutral: 0.58,
            alignment: 21.1,
            alignment_range: (-4.0, 6.5),
            language_neutral: -0.17,
            language: 20.0,
            language_range: (-5.0, 0.0),
            words: 1.0,
            imprint_neutral: 0.5,
            imprint: 14.8,
            imprint_lacking: 3.0,
            margin: 0.2,
            margin_range: (-1.0, 4.0),
            coverage: 1.76,
            number_agrees: 2.41,
            number_contradicts: -14.0,
            number_hint: 1.83,
            symbol_agrees: 2.89,
            symbol_contradicts: -2.46,
            not_in_catalogue: 0.85,
            reprint: -3.95,
            foreign: -2.97,
        }
    }
}

impl Params {
    /// What is wrong with the weights and probabilities: a signal must not speak against what it speaks for, or better
    /// evidence would lower a probability.
    #[must_use]
    pub fn flaw(&self) -> Option<&'static str> {
        let (weights, accept) = (&self.weights, &self.accept);
        let is_share = |value: f64| (0.0..=1.0).contains(&value);
        let rules = [
            (weights.alignment >= 0.0, "weights.alignment must not be negative"),
            (weights.language >= 0.0, "weights.language must not be negative"),
            (weights.words >= 0.0, "weights.words must not be negative"),
            (weights.imprint >= 0.0, "weights.imprint must not be negative"),
            (weights.imprint_lacking >= 0.0, "weights.imprint_lacking must not be negative"),
            (weights.margin >= 0.0, "weights.margin must not be negative"),
            (weights.coverage >= 0.0, "weights.coverage must not be negative"),
            (weights.number_agrees >= 0.0, "weights.number_agrees must not be negative"),
            (weights.number_hint >= 0.0, "weights.number_hint must not be negative"),
            (weights.symbol_agrees >= 0.0, "weights.symbol_agrees must not be negative"),
            (weights.number_contradicts <= 0.0, "weights.number_contradicts must not be positive"),
            (weights.symbol_contradicts <= 0.0, "weights.symbol_contradicts must not be positive"),
            (weights.alignment_range.0 <= weights.alignment_range.1, "weights.alignment_range must rise"),
            (weights.language_range.0 <= weights.language_range.1, "weights.language_range must rise"),
            (weights.margin_range.0 <= weights.margin_range.1, "weights.margin_range must rise"),
            (is_share(accept.posterior), "accept.posterior must lie between 0 and 1"),
            (is_share(accept.gap), "accept.gap must lie between 0 and 1"),
            (is_share(accept.within_reach), "accept.within_reach must lie between 0 and 1"),
            (accept.news.0 >= 0.0 && accept.news.1 >= 0.0, "accept.news must not be negative"),
        ];
        rules.into_iter().find(|(holds, _)| !holds).map(|(_, flaw)| flaw)
    }

    /// Names the rule, its thresholds and the weights that numbers are read with (by a digest of them): decisions of the
    /// same version can be compared and replayed.
    #[must_use]
    pub fn version(&self, weights: &str) -> String {
        // The derived text form names every field and prints each number in full, so it changes whenever one does.
        let digest = blake3::hash(format!("{self:?} {weights}").as_bytes()).to_hex();
        format!("{RULE}+{}", &digest[..12])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_must_not_count_against_what_it_speaks_for() {
        assert_eq!(Params::default().flaw(), None);
        let with = |change: fn(&mut Params)| {
            let mut params = Params::default();
            change(&mut params);
            params.flaw()
        };
        assert_eq!(with(|p| p.weights.number_agrees = -1.0), Some("weights.number_agrees must not be negative"));
        assert_eq!(
            with(|p| p.weights.number_contradicts = 1.0),
            Some("weights.number_contradicts must not be positive")
        );
        assert_eq!(with(|p| p.weights.margin_range = (1.0, 0.0)), Some("weights.margin_range must rise"));
        assert_eq!(with(|p| p.accept.posterior = 1.5), Some("accept.posterior must lie between 0 and 1"));
    }

    #[test]
    fn the_version_follows_every_threshold_and_the_weights() {
        let usual = Params::default();
        let mut stricter = Params::default();
        stricter.accept.text_margin += 0.001;
        assert_eq!(usual.version("w"), Params::default().version("w"));
        assert_ne!(usual.version("w"), stricter.version("w"));
        assert_ne!(usual.version("w"), usual.version("other"));
        assert!(usual.version("w").starts_with("routes-7+"));
    }
}
