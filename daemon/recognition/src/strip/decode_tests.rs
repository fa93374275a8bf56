use proptest::prelude::*;

use super::*;
use crate::strip::alphabet::class;

/// Columns from one sign to the next.
const PITCH: usize = 4;

/// An answer of one row that spells a text; a space leaves as much room as a sign. Each sign may be another one with the
/// probability given for it.
pub(crate) fn spelling(text: &str, doubts: &[(usize, char, f32)]) -> Map {
    let signs: Vec<char> = text.chars().collect();
    let width = PITCH * (signs.len() + 2);
    let mut chances = vec![0.0_f32; CLASSES * width];
    for column in 0..width {
        let sign = (column / PITCH).checked_sub(1).and_then(|at| signs.get(at)).filter(|_| column % PITCH == 1);
        match sign.filter(|sign| **sign != ' ') {
            None => chances[column] = 1.0,
            Some(sign) => {
                let at = column / PITCH - 1;
                let doubt = doubts.iter().find(|(place, ..)| *place == at);
                let other = doubt.map_or(0.0, |(.., chance)| *chance);
                chances[usize::from(class(*sign)) * width + column] = 1.0 - other;
                if let Some((_, instead, chance)) = doubt {
                    chances[usize::from(class(*instead)) * width + column] = *chance;
                }
            }
        }
    }
    let values = chances.into_iter().map(|chance| (chance + 1e-6).ln()).collect();
    Map { channels: CLASSES, height: 1, width, values }
}

/// Several answers of one row as one answer of several.
pub(crate) fn stacked(rows: &[Map]) -> Map {
    let width = rows.iter().map(|row| row.width).max().unwrap_or(0);
    let mut values = Vec::new();
    for class in 0..CLASSES {
        for row in rows {
            let nothing = if class == 0 { 0.0 } else { -14.0 };
            let own = &row.values[class * row.width..][..row.width];
            values.extend(own.iter().copied().chain(std::iter::repeat_n(nothing, width - row.width)));
        }
    }
    Map { channels: CLASSES, height: rows.len(), width, values }
}

fn best(map: Map) -> Option<(String, f32)> {
    numbers(&Answer::new(map)).into_iter().next().map(|number| (number.text, number.probability))
}

#[test]
fn numbers_are_found_among_other_print() {
    for (line, number) in [
        ("048/185", "048/185"),
        ("xxxxx xxxx   83/82  x", "83/82"),
        ("D   SWSH044", "SWSH044"),
        ("xx  TG05/TG30 x", "TG05/TG30"),
        ("x 22/122 x", "22/122"),
        ("65A/181", "65A/181"),
    ] {
        let (text, probability) = best(spelling(line, &[])).unwrap();
        assert!(text == number && probability > 0.95, "{line}: {text} {probability}");
    }
}

#[test]
fn what_is_no_number_is_not_read() {
    for line in ["", "xxx xxxx", "MEWEN", "1995 1996", "xx/xx", "/", "4/", "/102", "A7"] {
        assert_eq!(best(spelling(line, &[])), None, "{line}");
    }
}

#[test]
fn a_doubtful_sign_gives_both_readings_with_their_probabilities() {
    let found = numbers(&Answer::new(spelling("13/102", &[(1, '8', 0.3)])));
    let of = |text: &str| found.iter().find(|number| number.text == text).map_or(0.0, |number| number.probability);
    assert!((of("13/102") - 0.7).abs() < 0.02 && (of("18/102") - 0.3).abs() < 0.02, "{found:?}");
    assert_eq!(found[0].text, "13/102");
}

#[test]
fn rows_that_see_one_line_are_one_reading_and_the_surest_counts_most() {
    let sure = spelling("13/102", &[]);
    let doubtful = spelling("18/102", &[(0, 'B', 0.4), (4, '8', 0.4)]);
    let (text, probability) = best(stacked(&[doubtful, sure])).unwrap();
    assert!(text == "13/102" && (0.8..0.99).contains(&probability), "{text} {probability}");
}

#[test]
fn of_several_readings_the_surest_counts_most() {
    let reading = |texts: &[(&str, f32)]| -> Vec<NumberReading> {
        texts
            .iter()
            .map(|(text, probability)| NumberReading { text: (*text).to_owned(), probability: *probability })
            .collect()
    };
    let (sure, doubtful) = (reading(&[("13/102", 0.9), ("18/102", 0.05)]), reading(&[("18/102", 0.3)]));
    let found = mean([sure.as_slice(), &doubtful, &[]].into_iter());
    assert_eq!(found[0].text, "13/102");
    assert!((found[0].probability - 0.81).abs() < 0.01 && (found[1].probability - 0.075).abs() < 0.01, "{found:?}");
    assert!(mean([&[][..]].into_iter()).is_empty());
}

#[test]
fn two_lines_are_two_readings() {
    let nothing = || spelling("", &[]);
    let rows = [spelling("13/102", &[]), nothing(), nothing(), nothing(), nothing(), spelling("77/98", &[])];
    let found = numbers(&Answer::new(stacked(&rows)));
    assert!(found.iter().filter(|number| number.probability > 0.95).count() == 2, "{found:?}");
}

proptest! {
    #[test]
    fn any_answer_is_decoded(values in prop::collection::vec(-9.0_f32..9.0, CLASSES * 3 * 40)) {
        let found = numbers(&Answer::new(Map { channels: CLASSES, height: 3, width: 40, values }));
        prop_assert!(found.len() <= MOST);
        prop_assert!(found.iter().all(|number| (0.0..=1.001).contains(&number.probability)));
        prop_assert!(found.is_sorted_by(|a, b| a.probability >= b.probability));
    }
}
