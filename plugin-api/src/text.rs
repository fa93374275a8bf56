//! Comparing names and collector numbers the way the daemon does, for sources that must find a printing in a list.

/// The words of a name for comparing: lower case, accents of Latin letters dropped, apostrophes and full stops dropped, `&`
/// and `and` dropped, everything else that is not a letter or digit separates words.
#[must_use]
pub fn words(name: &str) -> Vec<String> {
    let mut folded = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '\'' | '\u{2019}' | '.' => {}
            '♂' => folded.push_str(" m "),
            '♀' => folded.push_str(" f "),
            c if c.is_alphanumeric() => folded.extend(fold(c).to_lowercase()),
            _ => folded.push(' '),
        }
    }
    folded.split_whitespace().filter(|word| *word != "and").map(str::to_owned).collect()
}

/// The Latin letter without its accent, for the letters that names of cards and sets carry.
fn fold(c: char) -> char {
    match c {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' | 'Á' | 'À' | 'Â' | 'Ä' | 'Ã' | 'Å' => 'a',
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' | 'Í' | 'Ì' | 'Î' | 'Ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'Ó' | 'Ò' | 'Ô' | 'Ö' | 'Õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' | 'Ú' | 'Ù' | 'Û' | 'Ü' => 'u',
        'ç' | 'Ç' => 'c',
        'ñ' | 'Ñ' => 'n',
        other => other,
    }
}

/// How far two collector numbers say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameNumber {
    /// Different cards.
    No,
    /// The parts before the slash agree, and at least one side carries no total.
    WithoutTotal,
    /// Both parts agree.
    Full,
}

/// Compares two collector numbers: leading zeros and the case of letters do not matter, totals must agree where both
/// carry one. `007/120` is `7/120`; `TG05/TG30` is not `5/30`.
#[must_use]
pub fn same_number(a: &str, b: &str) -> SameNumber {
    let ((a, a_total), (b, b_total)) = (halves(a), halves(b));
    match (a_total, b_total) {
        _ if a.is_empty() || a != b => SameNumber::No,
        (Some(a), Some(b)) if a != b => SameNumber::No,
        (Some(_), Some(_)) => SameNumber::Full,
        _ => SameNumber::WithoutTotal,
    }
}

fn halves(number: &str) -> (String, Option<String>) {
    match number.split_once('/') {
        Some((number, total)) => (normalise(number), Some(normalise(total))),
        None => (normalise(number), None),
    }
}

/// Upper case, without the leading zeros of the digits: `swsh044` is `SWSH44`.
fn normalise(side: &str) -> String {
    let side = side.trim().to_uppercase();
    let (prefix, rest) = side.split_at(side.find(|c: char| c.is_ascii_digit()).unwrap_or(side.len()));
    let (digits, suffix) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
    let value = match digits.trim_start_matches('0') {
        "" if !digits.is_empty() => "0",
        trimmed => trimmed,
    };
    format!("{prefix}{value}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_make_another_name() {
        assert_eq!(words("Flabébé"), ["flabebe"]);
        assert_eq!(words("Farfetch\u{2019}d"), words("Farfetch'd"));
        assert_eq!(words("Nidoran ♂"), ["nidoran", "m"]);
        assert_eq!(words("Scarlet & Violet"), words("Scarlet and Violet"));
        assert_eq!(words("HS\u{2014}Unleashed"), ["hs", "unleashed"]);
        assert_eq!(words("Mr. Mime"), ["mr", "mime"]);
    }

    #[test]
    fn numbers_agree_as_cards_do() {
        for (a, b, same) in [
            ("007/120", "7/120", SameNumber::Full),
            ("4/102", "4", SameNumber::WithoutTotal),
            ("4/102", "4/62", SameNumber::No),
            ("TG05/TG30", "tg5/tg30", SameNumber::Full),
            ("TG05", "5", SameNumber::No),
            ("swsh044", "SWSH44", SameNumber::WithoutTotal),
            ("65a", "65A", SameNumber::WithoutTotal),
            ("000", "0", SameNumber::WithoutTotal),
            ("", "", SameNumber::No),
            ("!", "?", SameNumber::No),
        ] {
            assert_eq!(same_number(a, b), same, "{a} {b}");
            assert_eq!(same_number(b, a), same, "{b} {a}");
        }
    }
}
