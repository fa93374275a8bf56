//! The signs that the network tells apart.

/// Nothing stands here: between signs, and where there is no print.
pub const BLANK: u8 = 0;
/// Any sign that no collector number is made of: small letters, punctuation, symbols.
pub const OTHER: u8 = 38;
/// How many classes there are: blank, ten digits, the slash, 26 capitals, other.
pub const CLASSES: usize = 39;

/// The class of a printed sign.
#[must_use]
pub const fn class(sign: char) -> u8 {
    match sign {
        '0'..='9' => 1 + (sign as u8 - b'0'),
        '/' => 11,
        'A'..='Z' => 12 + (sign as u8 - b'A'),
        _ => OTHER,
    }
}

/// The sign of a class; `.` for any other sign and for none.
#[must_use]
pub const fn sign(class: u8) -> char {
    match class {
        1..=10 => (b'0' + class - 1) as char,
        11 => '/',
        12..=37 => (b'A' + class - 12) as char,
        _ => '.',
    }
}

/// The class of the capital that is drawn like a figure.
#[must_use]
pub const fn look_alike(figure: u8) -> Option<u8> {
    match sign(figure) {
        '0' => Some(class('O')),
        '1' => Some(class('I')),
        '2' => Some(class('Z')),
        '5' => Some(class('S')),
        '8' => Some(class('B')),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_has_a_class_of_its_own() {
        let signs: Vec<char> = (1..OTHER).map(sign).collect();
        assert_eq!(signs.iter().collect::<String>(), "0123456789/ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        assert!(signs.iter().all(|s| sign(class(*s)) == *s));
        assert_eq!([class('a'), class('★'), class(' ')], [OTHER; 3]);
        assert_eq!(usize::from(OTHER) + 1, CLASSES);
    }
}
