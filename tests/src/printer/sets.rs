//! The sets of the invented game and which design stands in which set under which number.
//!
//! Together they hold every peculiarity real catalogues have: same-art reprints, promos with letters in the number,
//! gallery numbers, cards beyond the printed total, a number with a suffix, zero-padded numbers, several finishes.

use cardmint_domain::Finish;

use super::card::{Design, Kind, designs};
use super::words;

/// How a card is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame {
    Vintage,
    Modern,
    FullArt,
}

/// How a set prints its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Numbers {
    /// `12/60`
    Plain,
    /// `007/018`
    Padded,
    /// `TG05/TG12`, prefix given
    Prefixed(&'static str),
    /// `CMP004`, prefix given
    Promo(&'static str),
}

/// One set.
#[derive(Debug, Clone)]
pub(crate) struct Set {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) code: &'static str,
    pub(crate) printed_total: u32,
    pub(crate) release: &'static str,
    /// Hue of the border, in turns.
    pub(crate) tint: f32,
    pub(crate) symbol: usize,
    /// False for the set that catalogues do not know.
    pub(crate) listed: bool,
    numbers: Numbers,
}

impl Set {
    /// Year of the copyright line.
    pub(crate) fn year(&self) -> &'static str {
        &self.release[..4]
    }
}

/// Every set, oldest first; the last one is in no catalogue.
pub(crate) const SETS: [Set; 7] = [
    set("lf1", "First Lamps", "FLA", 36, "1998/10/02", 0.05, 0, Numbers::Plain),
    set("lf2", "Harbour Fog", "HFG", 24, "2001/03/16", 0.56, 1, Numbers::Plain),
    set("lf3", "Glasswood", "GLW", 60, "2016/08/05", 0.36, 2, Numbers::Plain),
    set("lf3tg", "Glasswood Tea Gallery", "GLW", 12, "2016/08/05", 0.36, 3, Numbers::Prefixed("TG")),
    set("lf4", "Storm Almanac", "STA", 18, "2023/05/26", 0.68, 4, Numbers::Padded),
    set("lfp", "Lanternfall Promos", "CMP", 10, "2012/01/13", 0.13, 5, Numbers::Promo("CMP")),
    Set { listed: false, ..set("lf9", "Paper Cranes", "PCR", 8, "2025/11/14", 0.9, 6, Numbers::Plain) },
];

#[expect(clippy::too_many_arguments, reason = "a table row")]
const fn set(
    id: &'static str,
    name: &'static str,
    code: &'static str,
    printed_total: u32,
    release: &'static str,
    tint: f32,
    symbol: usize,
    numbers: Numbers,
) -> Set {
    Set { id, name, code, printed_total, release, tint, symbol, listed: true, numbers }
}

/// One printing.
#[derive(Debug, Clone)]
pub(crate) struct Printing {
    /// `lf3-12a`.
    pub(crate) id: String,
    /// The catalogue's number, without total and padding.
    pub(crate) number: String,
    /// The number as it stands on the card.
    pub(crate) printed: String,
    /// Index into [`SETS`].
    pub(crate) set: usize,
    /// Index into the collection's designs.
    pub(crate) design: usize,
    pub(crate) frame: Frame,
    /// In the catalogue's order; the reference picture shows the first.
    pub(crate) finishes: Vec<Finish>,
    pub(crate) rarity: &'static str,
    /// Carries a promotional stamp in the artwork.
    pub(crate) stamped: bool,
    /// All in gold.
    pub(crate) gilded: bool,
    /// Words in the invented foreign language.
    pub(crate) foreign: bool,
    /// Other artwork than the design's own.
    pub(crate) other_art: bool,
}

/// The whole game.
#[derive(Debug, Clone)]
pub(crate) struct Game {
    pub(crate) designs: Vec<Design>,
    /// By set, then in printed order. Includes what no catalogue lists.
    pub(crate) printings: Vec<Printing>,
}

impl Game {
    /// Invents the game.
    pub(crate) fn new(seed: u64) -> Self {
        let mut game = Self { designs: designs(seed, 128), printings: Vec::new() };
        // Later sets reprint a design from an earlier one at every place where `reprint` names one.
        let reprint = |every: usize, from: usize, step: usize, fresh: usize| {
            let mut next = fresh;
            move |place: usize| {
                if place.is_multiple_of(every) {
                    from + (place / every) * step
                } else {
                    next += 1;
                    next - 1
                }
            }
        };
        game.fill(0, 36, &mut |place| place);
        game.fill(1, 24, &mut reprint(3, 1, 4, 36));
        game.fill(2, 63, &mut reprint(6, 2, 4, 52));
        game.fill(3, 12, &mut |place| 54 + place * 3);
        game.fill(4, 20, &mut reprint(4, 53, 9, 105));
        game.fill(5, 10, &mut reprint(2, 5, 13, 120));
        game.fill(6, 8, &mut |place| 120 - place);
        game.alternate();
        game.foreigners();
        game
    }

    fn fill(&mut self, set: usize, count: usize, design_at: &mut dyn FnMut(usize) -> usize) {
        for place in 0..count {
            let design = design_at(place) % self.designs.len();
            self.printings.push(self.printing(set, place as u32 + 1, design));
        }
    }

    fn printing(&self, set: usize, value: u32, design: usize) -> Printing {
        let info = &SETS[set];
        let secret = value > info.printed_total;
        let gallery = matches!(info.numbers, Numbers::Prefixed(_));
        let promo = matches!(info.numbers, Numbers::Promo(_));
        let vintage = set < 2;
        let grand = self.designs[design].grand || secret || gallery;
        let frame = match (vintage, grand && self.designs[design].kind == Kind::Creature) {
            (true, _) => Frame::Vintage,
            (false, true) => Frame::FullArt,
            (false, false) => Frame::Modern,
        };
        let (number, printed) = info.numbers.print(value, info.printed_total);
        let shiny = frame == Frame::FullArt || promo || value % 4 == 1;
        let finishes = match (vintage, shiny) {
            (true, true) => vec![Finish::Holo],
            (true, false) => vec![Finish::Normal],
            (false, true) if frame == Frame::Modern && !promo => vec![Finish::Holo, Finish::Reverse],
            (false, true) => vec![Finish::Holo],
            (false, false) => vec![Finish::Normal, Finish::Reverse],
        };
        let rarity = match (secret, gallery, promo, shiny) {
            (true, ..) => "Secret Rare",
            (_, true, ..) => "Gallery Rare",
            (_, _, true, _) => "Promo",
            (.., true) => "Rare Holo",
            _ => ["Common", "Uncommon", "Rare"][value as usize % 3],
        };
        Printing {
            id: format!("{}-{number}", info.id),
            number,
            printed,
            set,
            design,
            frame,
            finishes,
            rarity,
            stamped: promo && value % 2 == 1,
            gilded: secret,
            foreign: false,
            other_art: gallery,
        }
    }

    /// `12a`: the artwork and words of 12 once more, as real sets did for league prizes.
    fn alternate(&mut self) {
        let Some(at) = self.printings.iter().position(|p| p.id == "lf3-12") else { return };
        let original = &self.printings[at];
        let twin = Printing {
            id: "lf3-12a".to_owned(),
            number: "12a".to_owned(),
            printed: original.printed.replacen("12", "12a", 1),
            finishes: vec![Finish::Holo],
            rarity: "Promo",
            stamped: true,
            ..original.clone()
        };
        self.printings.insert(at + 1, twin);
    }

    /// Some listed cards in another language: same picture, other words. They must never be accepted.
    fn foreigners(&mut self) {
        let listed: Vec<Printing> =
            self.printings.iter().filter(|p| p.set < 3).step_by(13).map(|p| foreign_copy(p.clone())).collect();
        self.printings.extend(listed);
    }

    /// The words and picture of a printing, in its language.
    pub(crate) fn design_of(&self, printing: &Printing) -> Design {
        let mut design = self.designs[printing.design].clone();
        if printing.other_art {
            design.art_seed ^= 0x6a11_e7a1;
        }
        if printing.foreign {
            translate(&mut design);
        }
        design
    }

    /// What catalogues list.
    pub(crate) fn listed(&self) -> impl Iterator<Item = &Printing> {
        self.printings.iter().filter(|p| SETS[p.set].listed && !p.foreign)
    }

    /// What no catalogue lists: must never be accepted.
    pub(crate) fn unlisted(&self) -> impl Iterator<Item = &Printing> {
        self.printings.iter().filter(|p| !SETS[p.set].listed || p.foreign)
    }
}

impl Numbers {
    /// The catalogue's form and the printed form.
    fn print(self, value: u32, total: u32) -> (String, String) {
        match self {
            Self::Plain => (value.to_string(), format!("{value}/{total}")),
            Self::Padded => (value.to_string(), format!("{value:03}/{total:03}")),
            Self::Prefixed(prefix) => (format!("{prefix}{value:02}"), format!("{prefix}{value:02}/{prefix}{total:02}")),
            Self::Promo(prefix) => (format!("{prefix}{value:03}"), format!("{prefix}{value:03}")),
        }
    }
}

fn foreign_copy(mut printing: Printing) -> Printing {
    printing.id.push_str("-foreign");
    printing.foreign = true;
    printing
}

fn translate(design: &mut Design) {
    let turn = |text: &mut String| *text = words::foreign(text);
    turn(&mut design.name);
    design.evolves_from.iter_mut().for_each(turn);
    design.flavour.iter_mut().for_each(turn);
    design.rules.iter_mut().for_each(turn);
    for attack in &mut design.attacks {
        turn(&mut attack.name);
        turn(&mut attack.text);
    }
    if let Some((name, text)) = &mut design.ability {
        turn(name);
        turn(text);
    }
}
