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

/// Figures, and the capitals that are drawn like them.
const LOOK_ALIKES: [(char, char); 5] = [('0', 'O'), ('1', 'I'), ('2', 'Z'), ('5', 'S'), ('8', 'B')];

/// The class of the capital that is drawn like a figure of this class.
#[must_use]
pub fn look_alike(figure: u8) -> Option<u8> {
    LOOK_ALIKES.iter().find(|(own, _)| class(*own) == figure).map(|(_, capital)| class(*capital))
}

/// Whether a sign is a figure, or a capital that is drawn like one.
#[must_use]
pub fn may_be_figure(sign: char) -> bool {
    sign.is_ascii_digit() || LOOK_ALIKES.iter().any(|(_, capital)| *capital == sign)
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
