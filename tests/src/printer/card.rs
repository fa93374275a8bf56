//! The cards of the invented game as data: designs (text and artwork) and printings of them in sets.
//!
//! Guarantee: the same seed gives the same collection. What stands in the catalogue is exactly what is printed.

use super::dice::Dice;
use super::words::{
    ABILITIES, ACTION_TEXTS, ACTIONS, ARTISTS, ATTACK_FIRST, ATTACK_SECOND, ATTACK_TEXTS, BEASTS, ELEMENTS, FLAVOURS,
    ODD_NAMES, STEMS, fill_in,
};

/// One attack.
#[derive(Debug, Clone)]
pub(crate) struct Attack {
    pub(crate) name: String,
    /// Indices into [`ELEMENTS`]; [`PLAIN`] for any lantern.
    pub(crate) cost: Vec<usize>,
    pub(crate) damage: String,
    pub(crate) text: String,
}

/// Stands for "any element" in a cost.
pub(crate) const PLAIN: usize = 8;

/// What a design is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Creature,
    Action,
}

/// What reprints share: name, words and artwork.
#[derive(Debug, Clone)]
pub(crate) struct Design {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Index into [`ELEMENTS`].
    pub(crate) element: usize,
    pub(crate) hp: Option<u32>,
    pub(crate) stage: &'static str,
    pub(crate) evolves_from: Option<String>,
    pub(crate) ability: Option<(String, String)>,
    pub(crate) attacks: Vec<Attack>,
    pub(crate) rules: Vec<String>,
    pub(crate) weakness: usize,
    pub(crate) resistance: Option<usize>,
    pub(crate) retreat: usize,
    pub(crate) flavour: Option<String>,
    pub(crate) artist: String,
    /// What the artwork is drawn from.
    pub(crate) art_seed: u64,
    /// Printed as full art where the set allows it.
    pub(crate) grand: bool,
}

/// Draws every design of the game, in a fixed order.
pub(crate) fn designs(seed: u64, count: usize) -> Vec<Design> {
    let mut dice = Dice::new(seed, "designs");
    let mut stems: Vec<&str> = STEMS.to_vec();
    dice.shuffle(&mut stems);
    let mut beasts: Vec<&str> = BEASTS.to_vec();
    dice.shuffle(&mut beasts);
    let (mut odd, mut actions, mut next, mut parent) = (ODD_NAMES.iter(), ACTIONS.iter(), 0, None);
    let mut designs = Vec::with_capacity(count);
    for index in 0..count {
        let mut own = Dice::new(dice.seed(), "design");
        let action = if index % 6 == 4 { actions.next() } else { None };
        let design = if let Some(name) = action {
            parent = None;
            action_design(name, &mut own)
        } else if let Some(name) = (index % 9 == 7).then(|| odd.next()).flatten() {
            parent = None;
            creature_design((*name).to_owned(), None, &mut own)
        } else {
            // Two members per stem: the second one grows out of the first.
            let stem = stems[(next / 2) % stems.len()];
            let name = format!("{stem}{}", beasts[(next * 7 + next / stems.len()) % beasts.len()]);
            let from = if next % 2 == 1 { parent.take() } else { None };
            next += 1;
            parent = Some(name.clone());
            creature_design(name, from, &mut own)
        };
        designs.push(design);
    }
    designs
}

fn creature_design(name: String, from: Option<String>, dice: &mut Dice) -> Design {
    let element = dice.index(ELEMENTS.len());
    let grand = dice.chance(0.2);
    let suffix = if grand { *dice.pick(&[" ex", " V", " ex", " δ"]) } else { "" };
    let step = if from.is_some() { 4 } else { 1 };
    let hp = (dice.whole(3, 9) + step + if grand { 9 } else { 0 }) * 10;
    let ability = dice.chance(0.25).then(|| dice.pick(ABILITIES)).map(|(n, t)| ((*n).to_owned(), (*t).to_owned()));
    let count = if ability.is_some() || dice.chance(0.35) { 1 } else { 2 };
    let attacks = (0..count).map(|nth| attack(element, nth, &name, dice)).collect();
    let rules = if grand {
        vec![format!("When {name}{suffix} is driven off, your opponent takes two trophies instead of one.")]
    } else {
        Vec::new()
    };
    Design {
        kind: Kind::Creature,
        element,
        hp: Some(hp),
        stage: if from.is_some() { "Grown" } else { "Basic" },
        evolves_from: from,
        ability,
        attacks,
        rules,
        weakness: (element + dice.index(7) + 1) % 8,
        resistance: dice.chance(0.5).then(|| (element + dice.index(7) + 1) % 8),
        retreat: dice.index(4),
        flavour: (!grand && dice.chance(0.85)).then(|| fill_in(dice.word(FLAVOURS), &name, dice)),
        artist: dice.word(ARTISTS).to_owned(),
        art_seed: dice.seed(),
        grand,
        name: format!("{name}{suffix}"),
    }
}

fn attack(element: usize, nth: usize, name: &str, dice: &mut Dice) -> Attack {
    let paid = dice.index(2) + 1 + nth;
    let cost = (0..paid).map(|slot| if slot == 0 || dice.chance(0.5) { element } else { PLAIN }).collect();
    let damage = match (nth, dice.index(6)) {
        (0, 0) => String::new(),
        (_, 1) => format!("{}+", (dice.whole(1, 6) + nth as u32 * 3) * 10),
        (_, 2) => format!("{}×", dice.whole(1, 5) * 10),
        _ => ((dice.whole(1, 7) + nth as u32 * 4) * 10).to_string(),
    };
    let plain = !damage.is_empty() && dice.chance(0.2);
    let text = if plain { String::new() } else { fill_in(dice.word(ATTACK_TEXTS), name, dice) };
    let heading = format!("{} {}", dice.pick(ATTACK_FIRST), dice.pick(ATTACK_SECOND));
    Attack { name: heading, cost, damage, text }
}

fn action_design(name: &str, dice: &mut Dice) -> Design {
    let first = dice.index(ACTION_TEXTS.len());
    let mut rules = vec![fill_in(ACTION_TEXTS[first], name, dice)];
    if dice.chance(0.5) {
        rules.push(fill_in(ACTION_TEXTS[(first + 1 + dice.index(11)) % ACTION_TEXTS.len()], name, dice));
    }
    Design {
        name: name.to_owned(),
        kind: Kind::Action,
        element: dice.index(ELEMENTS.len()),
        hp: None,
        stage: dice.word(&["Item", "Quarrel", "Place"]),
        evolves_from: None,
        ability: None,
        attacks: Vec::new(),
        rules,
        weakness: 0,
        resistance: None,
        retreat: 0,
        flavour: dice.chance(0.4).then(|| fill_in(dice.word(FLAVOURS), "the lamplighter", dice)),
        artist: dice.word(ARTISTS).to_owned(),
        art_seed: dice.seed(),
        grand: false,
    }
}
