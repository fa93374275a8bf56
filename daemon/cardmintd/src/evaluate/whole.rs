//! Which of the cards found in a whole photo are the labelled ones.

use cardmint_domain::{CardReading, Quad};
use cardmint_recognition::geometry::{self, Pt};

use super::crop::{MIN_OVERLAP, area, overlap};
use super::labels::Label;

/// A card that lies where a label says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Match {
    /// Its place among the cards found.
    pub(super) card: usize,
    /// Intersection over union of its outline with the label's, or of both boxes where only the box is known; `None` for a
    /// label of the whole photo, which says nothing about the place.
    pub(super) overlap: Option<f32>,
}

/// For each label the card that lies there: each card and each label once, the best overlaps first. A label of the whole
/// photo means the largest card that is left.
pub(super) fn assign(labels: &[&Label], cards: &[CardReading]) -> Vec<Option<Match>> {
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for (at, label) in labels.iter().enumerate() {
        let fits = cards.iter().enumerate().filter_map(|(card, found)| Some((fit(label, &found.quad)?, at, card)));
        pairs.extend(fits.filter(|(fit, ..)| *fit >= MIN_OVERLAP));
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut matches: Vec<Option<Match>> = vec![None; labels.len()];
    let mut is_taken = vec![false; cards.len()];
    for (fit, at, card) in pairs {
        if matches[at].is_none() && !is_taken[card] {
            matches[at] = Some(Match { card, overlap: Some(fit) });
            is_taken[card] = true;
        }
    }
    let mut left: Vec<usize> = (0..cards.len()).filter(|card| !is_taken[*card]).collect();
    left.sort_by(|a, b| area(cards[*a].quad.bounds()).total_cmp(&area(cards[*b].quad.bounds())));
    for (at, _) in labels.iter().enumerate().filter(|(_, label)| !is_placed(label)) {
        matches[at] = left.pop().map(|card| Match { card, overlap: None });
    }
    matches
}

/// Whether a label says where its card lies.
pub(super) const fn is_placed(label: &Label) -> bool {
    label.outline.is_some() || label.bounds.is_some()
}

fn fit(label: &Label, found: &Quad) -> Option<f32> {
    match (&label.outline, label.bounds) {
        (Some(outline), _) => Some(geometry::iou(&points(outline), &points(found)) as f32),
        (None, Some(bounds)) => Some(overlap(found.bounds(), bounds)),
        (None, None) => None,
    }
}

fn points(quad: &Quad) -> [Pt; 4] {
    quad.corners.map(|corner| Pt::new(f64::from(corner.x), f64::from(corner.y)))
}

#[cfg(test)]
mod tests {
    use super::super::crop::tests::found;
    use super::*;

    fn label(bounds: Option<(f32, f32, f32, f32)>) -> Label {
        Label { image: "a.jpg".to_owned(), bounds, outline: None, card: None, tags: [].into() }
    }

    #[test]
    fn every_card_answers_for_the_label_that_it_fits_best() {
        let (left, right) = (label(Some((0.0, 0.0, 0.4, 1.0))), label(Some((0.5, 0.0, 0.9, 1.0))));
        let cards = [
            found(Quad::rectangle(0.52, 0.0, 0.92, 1.0), 0),
            found(Quad::rectangle(0.1, 0.0, 0.5, 1.0), 1),
            found(Quad::rectangle(0.01, 0.0, 0.4, 1.0), 2),
        ];
        let matches = assign(&[&left, &right], &cards);
        assert_eq!(matches.iter().map(|m| m.map(|m| m.card)).collect::<Vec<_>>(), [Some(2), Some(0)]);
        assert!(matches[0].unwrap().overlap.unwrap() > 0.9);
        assert_eq!(assign(&[&left, &right], &cards[1..2])[1], None, "a card far from its box is not found");
    }

    #[test]
    fn an_outline_is_compared_as_such_and_not_by_its_box() {
        let corner = |x, y| cardmint_domain::reading::Point { x, y };
        let turned = Quad { corners: [corner(0.5, 0.0), corner(1.0, 0.5), corner(0.5, 1.0), corner(0.0, 0.5)] };
        let label = Label { outline: Some(turned), ..label(Some((0.0, 0.0, 1.0, 1.0))) };
        let overlap = |quad| assign(&[&label], &[found(quad, 0)])[0].unwrap().overlap.unwrap();
        assert!((overlap(Quad::WHOLE) - 0.5).abs() < 1e-3);
        assert!((overlap(turned.turned(2)) - 1.0).abs() < 1e-3);
    }

    #[test]
    fn a_label_of_the_whole_photo_means_the_largest_card() {
        let cards = [found(Quad::rectangle(0.4, 0.4, 0.6, 0.6), 0), found(Quad::rectangle(0.0, 0.0, 0.4, 0.9), 1)];
        assert_eq!(assign(&[&label(None)], &cards), [Some(Match { card: 1, overlap: None })]);
        assert_eq!(assign(&[&label(None)], &[]), [None]);
    }
}
