//! From text as printed or as read to words that compare.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Marks inside a word that OCR reads or misses as it likes: `Boss's` and `Bosss` are one word.
const DROPPED: [char; 6] = ['\'', '\u{2019}', '\u{2018}', '`', '\u{b4}', '\u{2bc}'];

/// Calls `on` with every word: lower case, without accents and apostrophes, letters and digits only. A symbol that is
/// no letter of the words around it, such as a lone δ, is a word of its own and harms nobody.
pub fn each(text: &str, mut on: impl FnMut(&str)) {
    let mut word = String::new();
    let mut push = |c: char, word: &mut String| {
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        } else if !DROPPED.contains(&c) && !is_combining_mark(c) && !word.is_empty() {
            on(word);
            word.clear();
        }
    };
    for c in text.chars() {
        if c.is_ascii() || DROPPED.contains(&c) {
            push(c, &mut word);
        } else {
            // A sign that falls apart into a space and a mark would cut its word in two, hence the filter.
            std::iter::once(c).nfkd().for_each(|part| push(part, &mut word));
        }
    }
    if !word.is_empty() {
        on(&word);
    }
}

/// The words of a text, joined by single spaces: two texts that read the same have the same key.
#[must_use]
pub fn key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    each(text, |word| {
        if !key.is_empty() {
            key.push(' ');
        }
        key.push_str(word);
    });
    key
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accents_apostrophes_and_case_make_no_difference() {
        assert_eq!(key("Boss\u{2019}s Orders"), "bosss orders");
        assert_eq!(key("POK\u{c9}MON"), key("Poke\u{301}mon"));
        assert_eq!(key("Fl\u{e9}au  -  Scourge\n30+"), "fleau scourge 30");
        assert_eq!(key("\u{ff21}\u{ff22} \u{fb01}n"), "ab fin");
        assert_eq!(key(" \u{b4} "), "");
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(text in "\\PC{0,60}") {
            let once = key(&text);
            prop_assert_eq!(key(&once), once);
        }
    }
}
