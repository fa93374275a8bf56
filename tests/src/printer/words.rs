//! The vocabulary of the invented game, Lanternfall. Data only: every name in here is made up for CardMint's tests.

use super::dice::Dice;

/// First halves of creature names. One stem is one family; its members differ by the second half.
pub(crate) const STEMS: &[&str] = &[
    "Bramble", "Cinder", "Dapple", "Tallow", "Fennel", "Gossamer", "Hollow", "Indigo", "Juniper", "Kelp", "Lantern",
    "Mallow", "Nettle", "Ochre", "Pewter", "Quarry", "Rime", "Saffron", "Thistle", "Umber", "Velvet", "Wicker",
    "Yarrow", "Amber", "Barley", "Copper", "Drizzle", "Ember", "Flint", "Glimmer", "Hazel", "Ivory", "Jasper",
    "Kindle", "Loam", "Marrow", "Nimbus", "Onyx", "Pollen", "Quill", "Russet", "Slate", "Tidal", "Umbral", "Vesper",
    "Willow", "Zephyr", "Brine", "Clover", "Dusk", "Frost", "Granite", "Heather", "Lichen", "Mosaic", "Opal", "Pebble",
    "Sorrel", "Tundra",
];

/// Second halves of creature names.
pub(crate) const BEASTS: &[&str] = &[
    "hare", "moth", "newt", "owl", "stag", "toad", "hound", "lynx", "crab", "mole", "shrew", "eel", "ram", "finch",
    "otter", "beetle", "heron", "marten", "viper", "bison", "badger", "cricket", "gull", "pike", "spider", "urchin",
    "weasel", "boar", "crane", "dormouse", "gecko", "ibis", "jackal", "kestrel", "mantis", "puffin",
];

/// Names that are hard for software: accents, apostrophes, possessives, several words.
pub(crate) const ODD_NAMES: &[&str] = &[
    "Élanmoor",
    "Brûlefin",
    "Ñandora",
    "Sael'ith",
    "Zoë's Lynx",
    "Maître Corvin",
    "Vál Drakkan",
    "Tamsin's Gull",
    "Übermole",
    "Kéfalo",
    "Mr. Thimble",
    "Old Two-Tooth",
];

/// Names of action cards.
pub(crate) const ACTIONS: &[&str] = &[
    "Market Day",
    "Ferryman's Bargain",
    "Lost Compass",
    "Copper Kettle",
    "Night Watch",
    "Second Breakfast",
    "Cartographer's Ink",
    "Broken Toll Bridge",
    "Lamplighter's Round",
    "Rainy Season",
    "Borrowed Boots",
    "Gardener's Almanac",
    "Café Lumière",
    "Sealed Letter",
    "Clockmaker's Key",
    "Harvest Moon Fair",
    "Smuggler's Rope",
    "Quiet Library",
    "Beacon on the Cape",
    "Tinker's Wagon",
    "Salt Merchant",
    "Échange of Gifts",
    "Wishing Well",
    "Iron Gate",
];

/// Illustrators.
pub(crate) const ARTISTS: &[&str] = &[
    "Mara Quillen",
    "Tobias Renn",
    "Ines Okafor",
    "Jun Halloway",
    "Petra Vanterpool",
    "Liv Sørbakken",
    "Rafael Duarte",
    "Anouk Bellamy",
    "Viktor Stahl",
    "Hana Mizuhara",
    "Cormac Leary",
    "Zofia Wrona",
    "Studio Pinecone",
    "Dele Adeyemi",
    "Ottilie Frost",
    "Bram de Wit",
];

/// First words of attacks.
pub(crate) const ATTACK_FIRST: &[&str] = &[
    "Cinder",
    "Hollow",
    "Swift",
    "Crooked",
    "Thorn",
    "Tidal",
    "Silent",
    "Gilded",
    "Burrowing",
    "Whirling",
    "Frosted",
    "Bitter",
    "Double",
    "Lantern",
    "Moonlit",
    "Rattling",
    "Sudden",
    "Feather",
    "Granite",
    "Echoing",
    "Drowsy",
    "Ragged",
    "Spiral",
    "Humming",
    "Twilight",
    "Scalding",
    "Patient",
    "Roaring",
    "Needle",
    "Ivory",
];

/// Second words of attacks.
pub(crate) const ATTACK_SECOND: &[&str] = &[
    "Lash", "Bite", "Charge", "Chorus", "Gust", "Claw", "Pounce", "Volley", "Sting", "Wave", "Tackle", "Whisper",
    "Spark", "Dive", "Hammer", "Snare", "Bloom", "Flicker", "Crush", "Waltz", "Peck", "Tempest", "Rush", "Glare",
    "Grasp", "Shower",
];

/// What attacks do beyond damage. `#` becomes a small number, `%` a number of tens, `@` an element.
pub(crate) const ATTACK_TEXTS: &[&str] = &[
    "Toss a token. If it lands bright, the defending creature is now Dazed.",
    "Toss # tokens. This attack does % damage for each token that lands bright.",
    "This attack does % damage to one creature on your opponent's porch.",
    "Put # @ lanterns attached to this creature into your ash pile.",
    "Your opponent reveals their hand. Put # action cards you find there on the bottom of their deck.",
    "If the defending creature already has any wounds on it, this attack does % more damage.",
    "Heal % wounds from this creature and remove all mishaps from it.",
    "During your opponent's next turn, the defending creature cannot withdraw.",
    "Look at the top # cards of your deck and put them back in any order.",
    "Search your deck for a @ lantern and attach it to this creature. Then shuffle your deck.",
    "This creature also does % damage to itself.",
    "The defending creature is now Drowsy. Move # lanterns from it to another of your opponent's creatures.",
    "This attack does % damage times the number of creatures on your porch.",
    "Flip the top card of your deck. If it is a @ card, this attack does % more damage.",
    "During your opponent's next turn, prevent all effects of attacks, including damage, done to this creature if the token lands dark.",
    "Choose # of your opponent's creatures. Each of them takes % damage. Do not apply frailty for creatures on the porch.",
    "Draw # cards. Then discard a card from your hand.",
    "This attack's damage is not changed by resilience.",
    "Swap this creature with one of the creatures on your porch.",
    "Unless your opponent discards # cards from their hand, this attack does % more damage.",
    "For each @ lantern attached to all of your creatures, this attack does 10 more damage.",
    "If you played the action card Market Day this turn, the defending creature is now Frozen.",
];

/// Abilities: heading and text.
pub(crate) const ABILITIES: &[(&str, &str)] = &[
    ("Keen Nose", "Once during your turn, you may look at the top card of your opponent's deck."),
    ("Mossy Hide", "This creature takes 20 less damage from attacks after frailty and resilience are applied."),
    ("Warm Hearth", "At the end of each turn, heal 10 wounds from each of your creatures that has a lantern attached."),
    (
        "Porch Guard",
        "As long as this creature is on your porch, your opponent cannot play any quarrel cards from their hand.",
    ),
    ("Tide Walker", "This creature's withdrawal cost is one less for each tide lantern attached to it."),
    ("Second Wind", "When this creature would be driven off, toss a token. If it lands bright, it stays with 10 left."),
    ("Borrowed Light", "You may use lanterns attached to your other creatures to pay for this creature's attacks."),
    ("Hidden Burrow", "Prevent all damage done to this creature while it is on your porch and has no wounds."),
    ("Restless Wings", "You may attach any number of gale lanterns from your hand to this creature during your turn."),
    ("Old Grudge", "Whenever your active creature is driven off, put 3 wounds on the creature that attacked it."),
];

/// Rules of action cards.
pub(crate) const ACTION_TEXTS: &[&str] = &[
    "Discard your hand and draw # cards. You may play only one quarrel card during your turn.",
    "Search your deck for up to # basic creatures, show them to your opponent, and put them onto your porch. Shuffle your deck afterwards.",
    "Choose one of your opponent's creatures. Swap it with the active creature. The new active creature is now Drowsy.",
    "Heal up to % wounds from one of your creatures. If you do, put a lantern attached to it into your ash pile.",
    "Put # cards from your ash pile on the bottom of your deck in any order. Then draw the same number of cards.",
    "Both players shuffle their hands into their decks and draw # cards. The player with fewer trophies draws one more card.",
    "Attach this card to one of your creatures. Attacks of the creature this card is attached to do % more damage to the active creature.",
    "Look at the top # cards of your deck. Put a @ card you find there into your hand and the rest into your ash pile.",
    "Toss a token until it lands dark. For each bright, take a @ lantern from your ash pile and attach it to one of your creatures.",
    "This card stays in play. The withdrawal cost of every creature in play is one more. Discard this card when another place comes into play.",
    "You can play this card only if your opponent has taken at least one trophy. Draw # cards, then your opponent draws # cards.",
    "Name a card. If your opponent has it in hand, they put it on top of their deck. Otherwise draw # cards.",
];

/// Flavour. `{}` becomes the creature's name.
pub(crate) const FLAVOURS: &[&str] = &[
    "It counts the lamps along the harbour every night and has never once reached the end.",
    "Children leave it buttered crusts. In return it keeps the cellar dry.",
    "No two of them agree on the way home, so they always travel in threes.",
    "When the fog rolls in, {} hums the same four notes until somebody answers.",
    "It sheds its coat in autumn. Weavers pay a year's wage for one.",
    "Sailors touch its shell for luck and apologise afterwards.",
    "It sleeps through storms and wakes at the sound of a kettle.",
    "The tracks of {} end in the middle of the frozen lake. Nobody asks why.",
    "Older than the bell tower, and in better voice.",
    "It hoards buttons, thimbles and other people's secrets.",
    "A good year for plums is a bad year for whoever startles {}.",
    "Its shadow arrives a little before it does.",
    "The markings on its back map a river that dried up long ago.",
    "Bakers rise early. This one rises earlier, and eats the first loaf.",
    "It has been seen in two valleys at once. Witnesses were sober in one of them.",
    "Where it digs, wells never run dry.",
    "Kept as a clock by the marsh people: it yawns exactly at noon.",
    "Polite to strangers, merciless to umbrellas.",
    "It will trade you the truth for a spoon of honey.",
    "Lightning has struck it eleven times. It is waiting for the twelfth.",
];

/// The eight elements: name, hue in turns.
pub(crate) const ELEMENTS: &[(&str, f32)] = &[
    ("Ember", 0.03),
    ("Tide", 0.58),
    ("Moss", 0.33),
    ("Spark", 0.14),
    ("Gale", 0.48),
    ("Stone", 0.08),
    ("Gloom", 0.77),
    ("Lumen", 0.92),
];

/// Fills a template's blanks: `#` a small number, `%` a number of tens, `@` an element, `{}` the name.
pub(crate) fn fill_in(template: &str, name: &str, dice: &mut Dice) -> String {
    let mut text = String::with_capacity(template.len() + 16);
    for c in template.replace("{}", name).chars() {
        match c {
            '#' => text.push_str(&dice.whole(2, 5).to_string()),
            '%' => text.push_str(&(dice.whole(1, 8) * 10).to_string()),
            '@' => text.push_str(&dice.pick(ELEMENTS).0.to_lowercase()),
            other => text.push(other),
        }
    }
    text
}

/// The same text in an invented foreign language: vowels and consonants rotate within their classes, so word lengths
/// and punctuation stay and no English word survives.
pub(crate) fn foreign(text: &str) -> String {
    const FROM: &str = "aeiouybcdfghjklmnpqrstvwxzAEIOUYBCDFGHJKLMNPQRSTVWXZ";
    const TO: &str = "oiaueøzvtkjrdgmsłnhbčpcfqwOIAUEØZVTKJRDGMSŁNHBČPCFQW";
    text.chars().map(|c| FROM.chars().zip(TO.chars()).find(|(from, _)| *from == c).map_or(c, |(_, to)| to)).collect()
}
