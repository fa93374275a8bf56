//! How hard a photo is.

use std::fmt;
use std::str::FromStr;

use super::background::Background;

/// Three kinds of photographers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// A fixed camera over a mat, even light, cards nearly straight.
    Station,
    /// A phone in a steady hand: tilt, any table, some glare, cards every way up.
    Phone,
    /// A phone in a hurry: strong tilt, any angle, little light, small cards, backgrounds like the card.
    Hard,
}

impl Level {
    /// All of them, the easiest first.
    pub const ALL: [Self; 3] = [Self::Station, Self::Phone, Self::Hard];

    /// As labels and the command line spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Station => "station",
            Self::Phone => "phone",
            Self::Hard => "hard",
        }
    }

    pub(super) const fn range(self) -> &'static Range {
        match self {
            Self::Station => &STATION,
            Self::Phone => &PHONE,
            Self::Hard => &HARD,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|level| level.as_str() == text);
        found.ok_or_else(|| format!("{text:?} is none of station, phone, hard"))
    }
}

/// From what each property of a photo is drawn.
pub(super) struct Range {
    /// Tilt of the camera in degrees.
    pub(super) tilt: (f32, f32),
    /// Chance that a card lies on a side or on its head.
    pub(super) turned: f32,
    /// Most degrees off a quarter turn.
    pub(super) skew: f32,
    /// Width of a single card in pixels.
    pub(super) card_px: (f32, f32),
    /// Table around the cards, in millimetres.
    pub(super) margin: (f32, f32),
    /// What the cards lie on.
    pub(super) backgrounds: &'static [Background],
    /// Chance of a sleeve.
    pub(super) sleeve: f32,
    /// Chance of a lamp's reflection, and how bright it is.
    pub(super) glare: (f32, f32),
    /// Unevenness of the light, 0 to 1.
    pub(super) shade: (f32, f32),
    /// Deviation of the blur, in thousandths of the card's width.
    pub(super) blur: (f32, f32),
    /// Chance that the hand moved.
    pub(super) moved: f32,
    /// Noise in 8-bit steps.
    pub(super) noise: (f32, f32),
    /// Colour cast, 0 to 1.
    pub(super) cast: f32,
    /// Darkening of the corners, 0 to 1.
    pub(super) vignette: (f32, f32),
    /// Exposure as a factor.
    pub(super) exposure: (f32, f32),
    /// JPEG quality.
    pub(super) quality: (u32, u32),
}

const STATION: Range = Range {
    tilt: (0.0, 3.0),
    turned: 0.3,
    skew: 4.0,
    card_px: (560.0, 760.0),
    margin: (6.0, 28.0),
    backgrounds: &[Background::Plain, Background::Cloth],
    sleeve: 0.15,
    glare: (0.0, 0.0),
    shade: (0.0, 0.12),
    blur: (0.3, 0.9),
    moved: 0.0,
    noise: (0.5, 2.5),
    cast: 0.03,
    vignette: (0.0, 0.1),
    exposure: (0.92, 1.06),
    quality: (88, 96),
};

const PHONE: Range = Range {
    tilt: (3.0, 18.0),
    turned: 0.45,
    skew: 14.0,
    card_px: (460.0, 680.0),
    margin: (8.0, 40.0),
    backgrounds: &[Background::Plain, Background::Cloth, Background::Wood, Background::Noisy],
    sleeve: 0.35,
    glare: (0.3, 0.5),
    shade: (0.05, 0.35),
    blur: (0.6, 1.7),
    moved: 0.15,
    noise: (1.5, 5.0),
    cast: 0.09,
    vignette: (0.05, 0.3),
    exposure: (0.88, 1.15),
    quality: (78, 93),
};

const HARD: Range = Range {
    tilt: (15.0, 35.0),
    turned: 0.75,
    skew: 45.0,
    card_px: (280.0, 480.0),
    margin: (5.0, 70.0),
    backgrounds: &[
        Background::Plain,
        Background::Cloth,
        Background::Wood,
        Background::Noisy,
        Background::LikeTheCard,
        Background::LikeTheCard,
    ],
    sleeve: 0.5,
    glare: (0.6, 0.95),
    shade: (0.2, 0.6),
    blur: (1.5, 3.2),
    moved: 0.35,
    noise: (4.0, 11.0),
    cast: 0.18,
    vignette: (0.1, 0.5),
    exposure: (0.55, 1.25),
    quality: (52, 84),
};
