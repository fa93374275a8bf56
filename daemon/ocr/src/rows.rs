//! Which spots stand in rows, as letters do, and not alone, as what is left of a picture does.
//!
//! Nothing costs Tesseract as much time as scraps that might be words and are none. Measured with its command line on 50 real cards
//! at least 300 pixels wide, of which 1,403 words are known, beside other work on the same cores: with all spots of a letter's size
//! 600 words at 1,000 pixels in 1.90 s a card, and 630 at 1,400 in 4.11 s. With those in rows of four and more 648 in 0.94 s; with
//! gaps up to 1.25 instead of 0.75 letters 640 in 1.03 s, and at 1,400 pixels 680 in 1.26 s.

/// Lowest spot that counts as a letter, in pixels.
const LETTER: u32 = 4;
/// Lowest spot that is no dot or comma, in pixels.
const DOT: u32 = 6;
/// Fewest letters in a row.
const ROW: usize = 4;
/// Most letters that a card's rows hold. More are a picture's hatching or its grain, and Tesseract reads for many seconds in
/// them: 14 on a simulated photo with 2,803. The longest text of the 20,202 cards has 717. Of 113 real cards, scraps of artwork and
/// dots counted too, one has 3,031 at 1,000 pixels and 4,257 at 1,400, all others at most 1,482 and 1,565.
const MOST: usize = 1_600;
/// Widest gap between two letters of a row, as a share of the higher one's height: wider than between letters, narrower than
/// between words, so that a word stands for itself.
const GAP: f32 = 0.75;
/// How many times as high as its neighbour a letter of a row may be.
const HIGHER: f32 = 2.0;
/// How far from a row its dots and commas lie, as a fraction of the card's width.
const NEAR: f32 = 0.012;

/// The box around a spot, in pixels; right and bottom are the first beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) right: u32,
    pub(crate) bottom: u32,
}

impl Bounds {
    pub(crate) const fn width(&self) -> u32 {
        self.right - self.left
    }

    pub(crate) const fn height(&self) -> u32 {
        self.bottom - self.top
    }

    /// Whether two letters may stand side by side in a row.
    fn is_beside(&self, other: &Self) -> bool {
        let (lower, higher) = (self.height().min(other.height()) as f32, self.height().max(other.height()) as f32);
        let gap = f64::from(self.left.max(other.left)) - f64::from(self.right.min(other.right));
        let shared = f64::from(self.bottom.min(other.bottom)) - f64::from(self.top.max(other.top));
        higher < HIGHER * lower && gap < f64::from(GAP * higher) && shared >= f64::from(lower) / 2.0
    }

    /// Whether the middle of a spot lies in the box with so much added on every side.
    fn is_near(&self, spot: &Self, reach: u32) -> bool {
        let (x, y) = (spot.left.midpoint(spot.right), spot.top.midpoint(spot.bottom));
        let within = |at: u32, from: u32, to: u32| at + reach >= from && at < to + reach;
        within(x, self.left, self.right) && within(y, self.top, self.bottom)
    }
}

/// For each spot, whether it stands in a row or is a dot of one; none does where there are more letters than a card shows.
/// `card_width` is the width of the whole card, in pixels.
pub(crate) fn in_rows(spots: &[Bounds], card_width: u32) -> Vec<bool> {
    let mut letters: Vec<usize> = (0..spots.len()).filter(|&at| spots[at].height() >= LETTER).collect();
    letters.sort_by_key(|&at| spots[at].left);
    let mut row = Rows::new(spots.len());
    for (nth, &at) in letters.iter().enumerate() {
        // No neighbour is higher than that, so none begins farther right.
        let reach = spots[at].right + (GAP * HIGHER * spots[at].height() as f32) as u32;
        let beside = letters[nth + 1..].iter().take_while(|&&other| spots[other].left <= reach);
        beside.filter(|&&other| spots[at].is_beside(&spots[other])).for_each(|&other| row.join(at, other));
    }
    let mut is_kept: Vec<bool> = (0..spots.len()).map(|at| row.length(at) >= ROW).collect();
    let kept: Vec<Bounds> = letters.iter().filter(|&&at| is_kept[at]).map(|&at| spots[at]).collect();
    if kept.len() > MOST {
        return vec![false; spots.len()];
    }
    let widest = kept.iter().map(Bounds::width).max().unwrap_or_default();
    let reach = (card_width as f32 * NEAR) as u32;
    for (spot, is_kept) in spots.iter().zip(&mut is_kept) {
        if spot.height() < DOT && !*is_kept {
            let from = kept.partition_point(|letter| letter.left + widest + reach < spot.left);
            let mut around = kept[from..].iter().take_while(|letter| letter.left <= spot.right + reach);
            *is_kept = around.any(|letter| letter.is_near(spot, reach));
        }
    }
    is_kept
}

/// Which spots hang together, as a forest: each points to another of its row, one of them to itself.
struct Rows {
    towards: Vec<usize>,
    lengths: Vec<usize>,
}

impl Rows {
    fn new(spots: usize) -> Self {
        Self { towards: (0..spots).collect(), lengths: vec![1; spots] }
    }

    fn first(&mut self, mut at: usize) -> usize {
        while self.towards[at] != at {
            self.towards[at] = self.towards[self.towards[at]];
            at = self.towards[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        if a != b {
            self.towards[a] = b;
            self.lengths[b] += self.lengths[a];
        }
    }

    fn length(&mut self, at: usize) -> usize {
        let first = self.first(at);
        self.lengths[first]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A letter 10 high and 8 wide.
    fn letter(left: u32, top: u32) -> Bounds {
        Bounds { left, top, right: left + 8, bottom: top + 10 }
    }

    fn kept(spots: &[Bounds]) -> Vec<bool> {
        in_rows(spots, 500)
    }

    #[test]
    fn words_stay_and_what_stands_alone_goes() {
        let word: Vec<Bounds> = [0, 10, 20, 30].map(|left| letter(left + 100, 100)).into();
        let alone = [letter(300, 100), letter(100, 300), letter(110, 300), letter(120, 300)];
        let spots: Vec<Bounds> = word.into_iter().chain(alone).collect();
        assert_eq!(kept(&spots), [true, true, true, true, false, false, false, false]);
    }

    #[test]
    fn letters_of_a_row_are_near_level_and_of_a_size() {
        let with = |last: Bounds| kept(&[letter(100, 100), letter(110, 100), letter(120, 100), last])[0];
        assert!(with(letter(130, 100)) && with(letter(130, 105)) && with(letter(135, 100)));
        assert!(!with(letter(136, 100)), "too far");
        assert!(!with(letter(130, 106)), "on another line");
        assert!(!with(Bounds { bottom: 120, ..letter(130, 100) }), "twice as high");
        assert!(with(Bounds { bottom: 119, ..letter(130, 100) }));
    }

    #[test]
    fn the_order_of_spots_does_not_matter() {
        let mut spots: Vec<Bounds> = [30, 0, 20, 10].map(|left| letter(left, 0)).into();
        assert_eq!(kept(&spots), [true; 4]);
        spots.reverse();
        assert_eq!(kept(&spots), [true; 4]);
    }

    #[test]
    fn more_letters_than_a_card_shows_are_none() {
        let letters = |count: u32| (0..count).map(|nth| letter(10 * (nth % 100), 20 * (nth / 100))).collect::<Vec<_>>();
        assert!(kept(&letters(1_600)).into_iter().all(|is_kept| is_kept));
        assert!(!kept(&letters(1_604)).contains(&true));
    }

    #[test]
    fn dots_stay_with_their_row_alone() {
        let dot = |left, top| Bounds { left, top, right: left + 2, bottom: top + 2 };
        let word = [0, 10, 20, 30].map(|left| letter(left + 100, 100));
        let spots: Vec<Bounds> =
            word.into_iter().chain([dot(140, 109), dot(104, 96), dot(104, 80), dot(90, 108)]).collect();
        assert_eq!(kept(&spots)[4..], [true, true, false, false]);
        assert_eq!(kept(&[dot(3, 3)]), [false]);
        assert!(kept(&[]).is_empty());
    }
}
