//! Finish, edition and condition: what distinguishes two copies of one printing.

use serde::{Deserialize, Serialize};

macro_rules! closed_names {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The value's name as the database and the API spell it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The value with this name, if there is one.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }
    };
}

closed_names! {
    /// How the card's surface is printed.
    Finish {
        /// No foil.
        Normal = "normal",
        /// Foil in the picture.
        Holo = "holo",
        /// Foil outside the picture.
        Reverse = "reverse",
    }
}

closed_names! {
    /// Print run, where a set distinguishes one.
    Edition {
        /// Any run that carries no mark.
        Unlimited = "unlimited",
        /// Carries the first-edition stamp.
        First = "first",
        /// First run without the picture's drop shadow.
        Shadowless = "shadowless",
    }
}

closed_names! {
    /// Wear of a raw card, on the scale of the North American marketplaces.
    Condition {
        /// Near mint.
        NearMint = "NM",
        /// Lightly played.
        LightlyPlayed = "LP",
        /// Moderately played.
        ModeratelyPlayed = "MP",
        /// Heavily played.
        HeavilyPlayed = "HP",
        /// Damaged.
        Damaged = "DMG",
    }
}
