//! The fonts that lines of print are set in.
//!
//! Debian packages, found at run time; nothing is shipped. Real cards are set in humanist sans serifs, upright and
//! italic, so nearly half of the lines are set in one family of that kind.

use std::path::{Path, PathBuf};

use ab_glyph::{Font, FontVec};
use anyhow::{Context, ensure};

use crate::printer::dice::Dice;

/// Where Debian installs fonts.
const ROOT: &str = "/usr/share/fonts";
/// The packages, each with a word in the names of its files or folders.
const PACKAGES: [(&str, &str); 12] = [
    ("fonts-adf-gillius", "Gillius"),
    ("fonts-adf-universalis", "Universalis"),
    ("fonts-beteckna", "beteckna"),
    ("fonts-cabin", "Cabin"),
    ("fonts-cantarell", "Cantarell"),
    ("fonts-crosextra-carlito", "Carlito"),
    ("fonts-junction", "unction"),
    ("fonts-karla", "Karla"),
    ("fonts-lato", "Lato"),
    ("fonts-league-spartan", "spartan"),
    ("fonts-liberation2", "Liberation"),
    ("fonts-open-sans", "OpenSans"),
];
/// The word of the family that is used most.
const USUAL: &str = "Gillius";
/// Share of the lines that are set in it.
const USUAL_SHARE: f32 = 0.45;
/// Cuts too thin for small print, and those whose figures are typewriters'.
const LEFT_OUT: [&str; 4] = ["Thin", "Hairline", "ExtraLight", "Mono"];

/// Every font, loaded.
#[derive(Debug)]
pub struct TrainingFonts {
    usual: Vec<FontVec>,
    others: Vec<FontVec>,
}

impl TrainingFonts {
    /// Loads the fonts that are installed.
    ///
    /// # Errors
    /// When a package is missing, by name, or a folder cannot be read. A file that is no font is left out.
    pub fn load() -> anyhow::Result<Self> {
        Self::of(&PACKAGES)
    }

    /// Loads the fonts of these packages.
    pub(super) fn of(packages: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        collect(Path::new(ROOT), &mut files)?;
        files.sort();
        let mut fonts = Self { usual: Vec::new(), others: Vec::new() };
        for &(package, word) in packages {
            let own = files.iter().filter(|file| file.to_string_lossy().contains(word)).filter(|file| is_wanted(file));
            let loaded: Vec<FontVec> = own.filter_map(|file| load(file)).collect();
            ensure!(!loaded.is_empty(), "no font of the Debian package {package} is installed");
            if word == USUAL { fonts.usual.extend(loaded) } else { fonts.others.extend(loaded) }
        }
        Ok(fonts)
    }

    pub(super) fn pick(&self, dice: &mut Dice) -> &FontVec {
        let wants_usual = self.others.is_empty() || dice.chance(USUAL_SHARE);
        dice.pick(if wants_usual && !self.usual.is_empty() { &self.usual } else { &self.others })
    }
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))? {
        let path = entry.with_context(|| format!("listing {}", folder.display()))?.path();
        if path.is_dir() { collect(&path, into)? } else { into.push(path) }
    }
    Ok(())
}

fn is_wanted(file: &Path) -> bool {
    let is_font = file.extension().is_some_and(|extension| extension == "ttf" || extension == "otf");
    is_font && !LEFT_OUT.iter().any(|word| file.to_string_lossy().contains(word))
}

/// A font that has what numbers are made of.
fn load(file: &Path) -> Option<FontVec> {
    let font = FontVec::try_from_vec(std::fs::read(file).ok()?).ok()?;
    ['8', '/', 'W'].iter().all(|sign| font.glyph_id(*sign).0 != 0).then_some(font)
}
