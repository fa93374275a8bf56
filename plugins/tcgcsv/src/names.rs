//! Whether a product's name is the printing's name: what shops add to names, and which of it makes another product.

use cardmint_plugin_api::text::words;

/// Words that a product's name carries in brackets or after a dash and that do not make another product: they repeat the
/// rarity that the number already says.
const HARMLESS: [&str; 19] = [
    "full",
    "art",
    "secret",
    "rare",
    "alternate",
    "alt",
    "special",
    "illustration",
    "hyper",
    "ultra",
    "rainbow",
    "gold",
    "shiny",
    "radiant",
    "amazing",
    "character",
    "trainer",
    "gallery",
    "holo",
];

/// How far two names mean the same product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// The same words.
    Same,
    /// More than half of the words.
    Near,
    /// The same words and a mark of another printing: a stamp, a pattern, an event.
    Variant,
    /// Another name.
    Other,
}

/// Compares the catalogue's name with the product's, which may carry the number (`Emberfox ex - 119/120`) and remarks in
/// brackets (`(Full Art)`, `(Prize Pack)`). A remark that is not harmless must stand on both sides or on neither.
pub(crate) fn likeness(ours: &str, theirs: &str) -> Likeness {
    let ((our_base, our_remarks), (base, remarks)) = (split_remarks(ours), split_remarks(theirs));
    let (ours, base) = (words(&our_base), words(&base));
    let told_apart = |word: &String, by: &[String]| !HARMLESS.contains(&word.as_str()) && !by.contains(word);
    let marks = remarks.iter().any(|word| told_apart(word, &our_remarks))
        || our_remarks.iter().any(|word| told_apart(word, &remarks));
    let common = ours.iter().filter(|word| base.contains(word)).count();
    let near = common * 2 > ours.len().max(base.len());
    match (ours == base, marks) {
        (true, false) => Likeness::Same,
        (true, true) => Likeness::Variant,
        (false, false) if near => Likeness::Near,
        (false, true) if near => Likeness::Variant,
        (false, _) => Likeness::Other,
    }
}

/// The name without number and brackets, and the words in the brackets.
fn split_remarks(name: &str) -> (String, Vec<String>) {
    let mut base = String::new();
    let mut remarks = Vec::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once(['(', '[']) {
        base.push_str(before);
        let (inside, tail) = after.split_once([')', ']']).unwrap_or((after, ""));
        remarks.extend(words(inside).into_iter().filter(|word| !word.bytes().any(|b| b.is_ascii_digit())));
        rest = tail;
    }
    base.push_str(rest);
    if let Some((before, after)) = base.rsplit_once(" - ")
        && after.bytes().any(|b| b.is_ascii_digit())
        && !after.trim().contains(' ')
    {
        base = before.to_owned();
    }
    (base, remarks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_with_what_shops_add_to_them() {
        for (ours, theirs, expected) in [
            ("Emberfox ex", "Emberfox ex - 119/120", Likeness::Same),
            ("Emberfox ex", "Emberfox ex (Full Art)", Likeness::Same),
            ("Emberfox ex", "Emberfox ex (119)", Likeness::Same),
            ("Sproutling", "Sproutling (Prize Pack)", Likeness::Variant),
            ("Sproutling (Prize Pack)", "Sproutling", Likeness::Variant),
            ("Sproutling (Prize Pack)", "Sproutling (Prize Pack)", Likeness::Same),
            ("Pebblet", "Pebblet (Cosmos Holo)", Likeness::Variant),
            ("Flab\u{e9}b\u{e9}", "Flabebe", Likeness::Same),
            ("Ho-Oh EX", "Ho Oh EX", Likeness::Same),
            ("Emberfox ex", "Pebblet", Likeness::Other),
            ("Old Grey Drake", "Old Drake", Likeness::Near),
            ("Pebblet", "Pebblet ex", Likeness::Other),
        ] {
            assert_eq!(likeness(ours, theirs), expected, "{ours} / {theirs}");
        }
    }
}
