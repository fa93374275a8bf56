//! Reading with a list of what may stand there.
//!
//! Of all texts that the columns may spell, only those of a catalogue are followed, by a search over their common
//! beginnings. Each gets the logarithm of the probability of the best way to spell it; where it has a figure, a capital that is
//! drawn like it (`S` for 5) is the figure. What stands before and behind a number costs nothing, unless it is glued to it.

use std::collections::BTreeMap;

use super::alphabet::{BLANK, CLASSES, class, look_alike, may_be_figure};
use super::decode::{Answer, LARGEST_GAP, Sign, signs};

/// Scores below this are not followed.
const LOWEST: f32 = -10.0;
/// The first sign of a text must be at least this likely.
const FIRST_LOWEST: f32 = -4.0;
/// Most beginnings that are followed from column to column.
const BEAM: usize = 96;
/// Columns within which a sign beside a number is glued to it; figures of one number are 3 to 7 columns apart.
const GLUED: usize = 8;
/// What a figure, or a capital that is drawn like one, or a slash glued to a number costs: then the number is a part of a
/// longer one.
const GLUED_FIGURE: f32 = -8.0;
/// What each sign fewer than this costs: three signs turn up anywhere by chance.
const SHORT: (usize, f32) = (5, -1.0);
/// What a letter glued to a number costs: the mark of a rule set in its box may stand that close.
const GLUED_LETTER: f32 = -2.0;

/// A beginning that some texts share.
#[derive(Debug, Default)]
struct Node {
    class: u8,
    children: Vec<u32>,
    /// The text that ends here.
    text: Option<u32>,
    /// Signs up to here.
    length: usize,
}

/// Texts that may be read, each with a name.
#[derive(Debug, Default)]
pub struct Lexicon {
    nodes: Vec<Node>,
}

/// A beginning on its way through the columns.
#[derive(Clone, Copy)]
struct Token {
    node: u32,
    /// Whether the last column was blank.
    in_blank: bool,
    /// Column of the last sign.
    last: usize,
    score: f32,
}

impl Lexicon {
    /// Collects texts; several may bear one name.
    #[must_use]
    pub fn new<'t>(texts: impl IntoIterator<Item = (&'t str, u32)>) -> Self {
        let mut lexicon = Self { nodes: vec![Node::default()] };
        for (text, name) in texts {
            let end = text.chars().fold(0, |node, sign| lexicon.child(node, class(sign)));
            lexicon.nodes[end as usize].text = Some(name);
        }
        lexicon
    }

    fn child(&mut self, node: u32, class: u8) -> u32 {
        let known = self.nodes[node as usize].children.iter().find(|child| self.nodes[**child as usize].class == class);
        if let Some(child) = known {
            return *child;
        }
        let child = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let length = self.nodes[node as usize].length + 1;
        self.nodes.push(Node { class, length, ..Node::default() });
        self.nodes[node as usize].children.push(child);
        child
    }

    /// The texts that an answer may show, by name, with their scores.
    pub(super) fn read(&self, answer: &Answer) -> BTreeMap<u32, f32> {
        let mut found = BTreeMap::new();
        for row in 0..answer.height() {
            Line::new(self, answer, row).read(&mut found);
        }
        found
    }
}

/// One row of an answer, and the signs of its likeliest text.
struct Line<'a> {
    lexicon: &'a Lexicon,
    width: usize,
    /// By column and class: the logarithm of the probability of a sign, or of the capital that is drawn like it.
    logs: Vec<f32>,
    signs: Vec<Sign>,
}

impl<'a> Line<'a> {
    fn new(lexicon: &'a Lexicon, answer: &Answer, row: usize) -> Self {
        let of = |class: u8, column: usize| answer.log(class, row, column);
        let of_sign = |class: u8, column: usize| {
            look_alike(class).map_or_else(|| of(class, column), |letter| either(of(class, column), of(letter, column)))
        };
        let width = answer.width();
        let logs = (0..width).flat_map(|column| (0..CLASSES as u8).map(move |class| of_sign(class, column))).collect();
        Self { lexicon, width, logs, signs: signs(answer, row) }
    }

    fn read(&self, found: &mut BTreeMap<u32, f32>) {
        let mut tokens: Vec<Token> = Vec::new();
        for column in 0..self.width {
            let mut next: BTreeMap<(u32, bool), Token> = BTreeMap::new();
            let start = self.glued(|sign| sign.last < column && column - sign.last <= GLUED);
            for &child in self.lexicon.nodes.first().map_or(&[][..], |root| &root.children) {
                let score = self.log_of(child, column);
                if score >= FIRST_LOWEST {
                    keep(&mut next, Token { node: child, in_blank: false, last: column, score: score + start });
                }
            }
            for token in tokens {
                self.follow(&token, column, &mut next);
            }
            tokens = next.into_values().collect();
            if tokens.len() > BEAM {
                tokens.sort_by(|a, b| b.score.total_cmp(&a.score));
                tokens.truncate(BEAM);
            }
            self.note(&tokens, column, found);
        }
    }

    /// Every way in which a beginning may go on.
    fn follow(&self, token: &Token, column: usize, next: &mut BTreeMap<(u32, bool), Token>) {
        let node = &self.lexicon.nodes[token.node as usize];
        if column - token.last <= LARGEST_GAP {
            let score = token.score + self.log(BLANK, column);
            keep(next, Token { in_blank: true, score, ..*token });
        }
        if !token.in_blank {
            let score = token.score + self.log_of(token.node, column);
            keep(next, Token { last: column, score, ..*token });
        }
        for &child in &node.children {
            if token.in_blank || self.lexicon.nodes[child as usize].class != node.class {
                let score = token.score + self.log_of(child, column);
                keep(next, Token { node: child, in_blank: false, last: column, score });
            }
        }
    }

    /// Notes the texts that end in this column.
    fn note(&self, tokens: &[Token], column: usize, found: &mut BTreeMap<u32, f32>) {
        for token in tokens.iter().filter(|token| !token.in_blank) {
            let node = &self.lexicon.nodes[token.node as usize];
            let Some(name) = node.text else { continue };
            let short = SHORT.1 * SHORT.0.saturating_sub(node.length) as f32;
            let score = token.score + short + self.glued(|sign| sign.first > column && sign.first - column <= GLUED);
            if score >= LOWEST {
                let known = found.entry(name).or_insert(score);
                *known = known.max(score);
            }
        }
    }

    fn log(&self, class: u8, column: usize) -> f32 {
        self.logs[column * CLASSES + usize::from(class)]
    }

    /// Of the sign that a beginning ends with.
    fn log_of(&self, node: u32, column: usize) -> f32 {
        self.log(self.lexicon.nodes[node as usize].class, column)
    }

    /// What the signs that are so near cost.
    fn glued(&self, is_near: impl Fn(&Sign) -> bool) -> f32 {
        let near = self.signs.iter().filter(|sign| is_near(sign));
        let cost = near.map(|sign| match sign.sign {
            '/' => GLUED_FIGURE,
            sign if may_be_figure(sign) => GLUED_FIGURE,
            'A'..='Z' => GLUED_LETTER,
            _ => 0.0,
        });
        cost.fold(0.0, f32::min)
    }
}

/// The logarithm of the sum of two probabilities, of their logarithms.
fn either(a: f32, b: f32) -> f32 {
    a.max(b) + (-(a - b).abs()).exp().ln_1p()
}

/// Of two tokens at one place the better one goes on; hopeless ones do not.
fn keep(tokens: &mut BTreeMap<(u32, bool), Token>, token: Token) {
    if token.score < LOWEST {
        return;
    }
    let known = tokens.entry((token.node, token.in_blank)).or_insert(token);
    if token.score > known.score {
        *known = token;
    }
}

#[cfg(test)]
#[path = "lexicon_tests.rs"]
mod tests;
