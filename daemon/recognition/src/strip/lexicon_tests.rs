use super::*;
use crate::strip::decode::tests::{spelling, stacked};

fn lexicon() -> Lexicon {
    let texts = ["048/185", "48/185", "8/185", "43/185", "SWSH044", "TG05/TG30", "9/8"];
    Lexicon::new(texts.into_iter().zip([0, 0, 1, 2, 3, 4, 5]))
}

fn best(answer: &Answer) -> Option<(u32, f32)> {
    lexicon().read(answer).into_iter().max_by(|a, b| a.1.total_cmp(&b.1))
}

fn read(line: &str, doubts: &[(usize, char, f32)]) -> Option<(u32, f32)> {
    best(&Answer::new(spelling(line, doubts)))
}

#[test]
fn a_text_that_stands_there_is_found_among_other_print() {
    for (line, name) in
        [("048/185", 0), ("xxxx  xxx    48/185  x", 0), ("x   8/185", 1), ("D    SWSH044", 3), ("x   TG05/TG30", 4)]
    {
        let (found, score) = read(line, &[]).unwrap();
        assert!(found == name && score > -1.5, "{line}: {found} {score}");
    }
}

#[test]
fn of_doubtful_signs_those_count_that_make_a_listed_text() {
    let (found, score) = read("xx   04R/185", &[(7, '8', 0.2)]).unwrap();
    assert!(found == 0 && (-2.5..-1.0).contains(&score), "{found} {score}");
}

#[test]
fn a_capital_that_is_drawn_like_a_figure_is_that_figure() {
    let (found, score) = read("xx   04B/18S", &[]).unwrap();
    assert!(found == 0 && score > -0.5, "{found} {score}");
    let glued = read("x   S8/185", &[]).map(|(_, score)| score);
    assert!(glued.is_none_or(|score| score < -6.0), "it is a part of 58/185: {glued:?}");
}

#[test]
fn a_part_of_a_longer_number_is_not_that_number() {
    let scores = lexicon().read(&Answer::new(spelling("48/185", &[])));
    assert!(scores[&0] > -0.5 && scores.get(&1).is_none_or(|score| *score < -6.0), "{scores:?}");
    assert!(read("148/1857", &[]).is_none_or(|(_, score)| score < -6.0));
}

#[test]
fn signs_too_far_apart_are_no_text() {
    assert!(read("48        /185", &[]).is_none_or(|(_, score)| score < -6.0));
}

#[test]
fn every_row_is_looked_at() {
    let rows = [spelling("xxx", &[]), spelling("", &[]), spelling("SWSH044", &[])];
    assert_eq!(best(&Answer::new(stacked(&rows))).unwrap().0, 3);
}

#[test]
fn nothing_there_or_nothing_listed_is_nothing_read() {
    assert_eq!(read("", &[]), None);
    assert!(Lexicon::new([]).read(&Answer::new(spelling("48/185", &[]))).is_empty());
    assert!(Lexicon::default().read(&Answer::new(spelling("48/185", &[]))).is_empty());
    assert!(lexicon().read(&Answer::default()).is_empty());
}
