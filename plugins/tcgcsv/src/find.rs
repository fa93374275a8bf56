//! Which group is the set, which product is the printing. Contradictions find nothing: a wrong price is worse than none.

use cardmint_plugin_api::{
    NoQuote, PrintingQuery,
    text::{SameNumber, same_number, words},
};

use crate::{
    names::{Likeness, likeness},
    parse::{Group, Product},
    request::UPSTREAM,
};

/// How a set was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupMatch {
    /// By its name.
    Name,
    /// By its short code alone. Codes are reused, so the product's name must then agree to the word.
    Code,
}

/// A set that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FoundGroup {
    pub(crate) group_id: u64,
    pub(crate) by: GroupMatch,
}

/// A product that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundProduct<'a> {
    pub(crate) product: &'a Product,
    /// 0 to 1000, SOURCES 15.1.
    pub(crate) match_score: u16,
    /// The edition that the daemon's crosswalk ties to this product.
    pub(crate) edition: Option<String>,
}

/// Why nothing was found: a reason of [`NoQuote`] and more for people.
pub(crate) type Miss = (&'static str, String);

/// By the daemon's crosswalk.
const SCORE_CROSSWALK: u16 = 990;
/// Set, full number and name agree.
const SCORE_NAME: u16 = 950;
/// Set and full number agree, the name nearly.
const SCORE_NUMBER: u16 = 900;

/// The set's group among those of its language.
pub(crate) fn group(printing: &PrintingQuery, groups: &[Group]) -> Result<FoundGroup, Miss> {
    let wanted = set_words(&printing.set_name);
    let code = printing.set_code.as_deref().map(str::trim).filter(|code| !code.is_empty());
    let by_name: Vec<&Group> = groups.iter().filter(|group| is_named(group, &wanted)).collect();
    let has_code = |group: &&Group| match (code, group.abbreviation.as_deref()) {
        (Some(code), Some(abbreviation)) => code.eq_ignore_ascii_case(abbreviation.trim()),
        _ => false,
    };
    let by_both: Vec<&Group> = by_name.iter().copied().filter(has_code).collect();
    let by_code: Vec<&Group> = groups.iter().filter(has_code).collect();
    let found = |group: &Group, by| Ok(FoundGroup { group_id: group.group_id, by });
    match (&by_both[..], &by_name[..], &by_code[..]) {
        ([group], _, _) | ([], [group], _) => found(group, GroupMatch::Name),
        ([], [], [group]) => found(group, GroupMatch::Code),
        ([], [], []) => {
            Err((NoQuote::NOT_COVERED, format!("no group is named {:?} or has the code {code:?}", printing.set_name)))
        }
        _ => Err((NoQuote::AMBIGUOUS, format!("several groups fit {:?} with the code {code:?}", printing.set_name))),
    }
}

fn is_named(group: &Group, wanted: &[String]) -> bool {
    let without_code =
        [": ", " - "].into_iter().filter_map(|mark| group.name.split_once(mark)).find(|(code, _)| is_code(code));
    !wanted.is_empty()
        && (set_words(&group.name) == wanted || without_code.is_some_and(|(_, name)| set_words(name) == wanted))
}

/// `SV01`, `SWSH02`, `XY`, `SM`: what groups' names begin with.
fn is_code(text: &str) -> bool {
    (1..=6).contains(&text.len()) && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// The words of a set's name. One side says `Base Set` or `Sword & Shield Base Set` where the other says `Base` or `Sword &
/// Shield`.
fn set_words(name: &str) -> Vec<String> {
    let mut words = words(name);
    match &words[..] {
        [.., base, set] if base == "base" && set == "set" => words.truncate((words.len() - 2).max(1)),
        _ => {}
    }
    words
}

/// The printing's product among those of its group.
pub(crate) fn product<'a>(
    printing: &PrintingQuery,
    products: &'a [Product],
    by: GroupMatch,
) -> Result<FoundProduct<'a>, Miss> {
    let mut refs = printing.refs.iter().filter(|known| known.namespace == UPSTREAM).peekable();
    let has_refs = refs.peek().is_some();
    let by_ref = refs.find_map(|known| {
        let product = products.iter().find(|product| product.product_id.to_string() == known.id)?;
        Some(FoundProduct { product, match_score: SCORE_CROSSWALK, edition: known.edition.clone() })
    });
    let by_number = by_number_and_name(printing, products, by);
    match (by_ref, by_number) {
        // The crosswalk decides, unless number and name clearly mean another product of the same set.
        (Some(known), Ok(found)) if found.product != known.product => Err(disagree(known.product, found.product)),
        (Some(known), _) => Ok(known),
        (None, Ok(found)) if has_refs => {
            let message = format!("the crosswalk names other products than {}", found.product.product_id);
            Err((NoQuote::CONTRADICTION, message))
        }
        (None, found) => found,
    }
}

fn disagree(known: &Product, found: &Product) -> Miss {
    let message = format!("the crosswalk says {}, number and name say {}", known.product_id, found.product_id);
    (NoQuote::CONTRADICTION, message)
}

fn by_number_and_name<'a>(
    printing: &PrintingQuery,
    products: &'a [Product],
    by: GroupMatch,
) -> Result<FoundProduct<'a>, Miss> {
    let number = full_number(printing);
    let numbered: Vec<(&Product, Likeness)> = products
        .iter()
        .filter(|product| product.number().is_some_and(|theirs| same_number(&number, theirs) != SameNumber::No))
        .map(|product| (product, likeness(&printing.name, &product.name)))
        .collect();
    let of = |wanted: Likeness| {
        numbered.iter().filter(|(_, like)| *like == wanted).map(|(product, _)| *product).collect::<Vec<_>>()
    };
    let found = |product, match_score| Ok(FoundProduct { product, match_score, edition: None });
    match (&of(Likeness::Same)[..], &of(Likeness::Near)[..], &of(Likeness::Variant)[..]) {
        ([product], _, _) => found(product, SCORE_NAME),
        ([], [product], []) if by == GroupMatch::Name => found(product, SCORE_NUMBER),
        ([], [], []) if numbered.is_empty() => {
            Err((NoQuote::NOT_LISTED, format!("no product has the number {number}")))
        }
        ([], [], []) => Err((NoQuote::CONTRADICTION, format!("number {number} is {:?} there", numbered[0].0.name))),
        ([], [], [product, ..]) => Err((NoQuote::OTHER_VARIANT, product.name.clone())),
        _ => Err((NoQuote::AMBIGUOUS, format!("{} products have the number {number}", numbered.len()))),
    }
}

/// The number with the total that the catalogue knows, so that a number of another set can be told from ours.
fn full_number(printing: &PrintingQuery) -> String {
    let plain = !printing.number.is_empty() && printing.number.bytes().all(|b| b.is_ascii_digit());
    match printing.set_total {
        total if total > 0 && plain => format!("{}/{total}", printing.number),
        _ => printing.number.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, abbreviation: &str, group_id: u64) -> Group {
        Group { group_id, name: name.to_owned(), abbreviation: Some(abbreviation.to_owned()) }
    }

    fn set(name: &str, code: Option<&str>) -> PrintingQuery {
        PrintingQuery { set_name: name.to_owned(), set_code: code.map(str::to_owned), ..PrintingQuery::default() }
    }

    fn groups() -> Vec<Group> {
        vec![
            named("TM01: Testmere Isles", "TMI", 1),
            named("Base Set", "BS", 2),
            named("Base Set (Shadowless)", "BSS", 3),
            named("XY - Flashfire", "FLF", 4),
            named("SWSH01: Sword & Shield Base Set", "SWSH01", 5),
            named("HS-Unleashed", "UL", 6),
            named("Twin", "A", 7),
            named("Twin", "B", 8),
            named("Something Else", "SV", 9),
        ]
    }

    #[test]
    fn sets_are_found_by_name_before_code() {
        for (name, code, expected) in [
            ("Testmere Isles", None, Ok((1, GroupMatch::Name))),
            ("Base", Some("BS"), Ok((2, GroupMatch::Name))),
            ("Flashfire", Some("XXX"), Ok((4, GroupMatch::Name))),
            ("Sword & Shield", Some("SSH"), Ok((5, GroupMatch::Name))),
            ("HS\u{2014}Unleashed", Some("UL"), Ok((6, GroupMatch::Name))),
            ("Another Name", Some("tmi"), Ok((1, GroupMatch::Code))),
            ("Twin", Some("B"), Ok((8, GroupMatch::Name))),
            ("Twin", None, Err(NoQuote::AMBIGUOUS)),
            ("Unheard Of", Some("ZZ"), Err(NoQuote::NOT_COVERED)),
            ("", None, Err(NoQuote::NOT_COVERED)),
        ] {
            let found =
                group(&set(name, code), &groups()).map(|found| (found.group_id, found.by)).map_err(|miss| miss.0);
            assert_eq!(found, expected, "{name} {code:?}");
        }
    }
}
