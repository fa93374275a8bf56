//! Many photos at once: which cards go into which photo, and the folder with its labels.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cardmint_domain::Finish;
use thiserror::Error;

use crate::printer::dice::Dice;
use crate::printer::in_parallel;

use super::{Arrangement, Label, LabelError, Level, Model, Photo, photograph, write_labels};

/// A card that can be photographed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its picture.
    pub picture: PathBuf,
    /// What it truly is; `None` for what must not be accepted.
    pub card_id: Option<String>,
    /// `card`, or the kind of negative.
    pub kind: &'static str,
    /// How its surface is printed.
    pub finish: Finish,
}

/// One photo to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shot {
    /// File name.
    pub image: String,
    /// What lies there; nothing at all is an empty table.
    pub subjects: Vec<Subject>,
    /// How.
    pub arrangement: Arrangement,
    /// How hard.
    pub level: Level,
    /// Decides everything else.
    pub seed: u64,
}

/// Why photos could not be taken.
#[derive(Debug, Error)]
pub enum AlbumError {
    /// A folder or file.
    #[error("{doing} {path}")]
    File {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A card's picture, or the photo of it.
    #[error("the picture {path}")]
    Picture {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: image::ImageError,
    },
    /// There is nothing to photograph.
    #[error("{path} holds no pictures named CARD_ID.jpg or CARD_ID.png")]
    NoPictures {
        /// The folder.
        path: PathBuf,
    },
    /// The labels.
    #[error(transparent)]
    Labels(#[from] LabelError),
}

/// The cards to choose from.
#[derive(Debug, Clone, Default)]
pub struct Album {
    /// In the order they are to be used; used again from the start when all were used.
    pub cards: Vec<Subject>,
    /// What must not be accepted.
    pub negatives: Vec<Subject>,
}

impl Album {
    /// The pictures of a folder of references, named `<card_id>.jpg`; that of the back is left out. With `listed`, those of other cards count as
    /// negatives. `seed` decides their order.
    ///
    /// # Errors
    /// When there are none or the folder cannot be read.
    pub fn of_references(folder: &Path, listed: Option<&BTreeSet<String>>, seed: u64) -> Result<Self, AlbumError> {
        let mut album = Self::default();
        for (name, picture) in pictures(folder)?.into_iter().filter(|(name, _)| name != "back") {
            if listed.is_none_or(|listed| listed.contains(&name)) {
                album.cards.push(Subject { picture, card_id: Some(name), kind: "card", finish: Finish::Normal });
            } else {
                album.negatives.push(Subject { picture, card_id: None, kind: "unlisted", finish: Finish::Normal });
            }
        }
        if album.cards.is_empty() {
            return Err(AlbumError::NoPictures { path: folder.to_owned() });
        }
        Dice::new(seed, "album").shuffle(&mut album.cards);
        Ok(album)
    }

    /// Puts the pictures `<card_id>.<finish>.jpg` of `folder` in place of every second reference that has one.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn with_variants(mut self, folder: &Path) -> Result<Self, AlbumError> {
        for (nth, (name, picture)) in pictures(folder)?.into_iter().enumerate() {
            let Some((id, finish)) = name.rsplit_once('.').and_then(|(id, f)| Some((id, Finish::parse(f)?))) else {
                continue;
            };
            let same = |card: &&mut Subject| card.card_id.as_deref() == Some(id);
            if let Some(card) = self.cards.iter_mut().find(same).filter(|_| nth % 2 == 0) {
                *card = Subject { picture, finish, ..card.clone() };
            }
        }
        Ok(self)
    }

    /// Adds the pictures of `folder` as negatives.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn with_negatives(mut self, folder: &Path) -> Result<Self, AlbumError> {
        for (name, picture) in pictures(folder)? {
            let kind = match &*name {
                "back" => "back",
                name if name.ends_with("-foreign") => "foreign",
                _ => "unlisted",
            };
            self.negatives.push(Subject { picture, card_id: None, kind, finish: Finish::Normal });
        }
        Ok(self)
    }

    /// Plans `count` photos of cards; without an arrangement, of all arrangements in turn, most of them of single cards.
    #[must_use]
    pub fn plan(&self, count: usize, arrangement: Option<Arrangement>, level: Level, seed: u64) -> Vec<Shot> {
        let mut dice = Dice::new(seed, "plan");
        let mut deck = self.cards.iter().cycle();
        (0..count)
            .map(|nth| {
                let usual = match nth % 10 {
                    3 | 8 => Arrangement::Pair,
                    5 => Arrangement::Scattered,
                    9 => Arrangement::Page,
                    _ => Arrangement::Single,
                };
                let arrangement = arrangement.unwrap_or(usual);
                let (least, most) = arrangement.cards();
                let subjects = deck.by_ref().take(dice.whole(least, most) as usize).cloned().collect();
                let image = format!("{level}-{arrangement}-{nth:04}.jpg");
                Shot { image, subjects, arrangement, level, seed: dice.seed() }
            })
            .collect()
    }

    /// Plans photos of negatives, one each, and of an empty table at the end: `count` together.
    #[must_use]
    pub fn plan_negatives(&self, count: usize, level: Level, seed: u64) -> Vec<Shot> {
        let mut dice = Dice::new(seed, "negatives");
        let mut rest: Vec<&Subject> = self.negatives.iter().collect();
        dice.shuffle(&mut rest);
        // One of each kind before a second of any.
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        rest.sort_by_key(|subject| !seen.insert(subject.kind));
        (0..count)
            .map(|nth| {
                let subject = if nth + 1 == count { None } else { rest.get(nth % rest.len().max(1)) };
                let kind = subject.map_or("empty", |subject| subject.kind);
                Shot {
                    image: format!("{level}-{kind}-{nth:04}.jpg"),
                    subjects: subject.map(|&subject| subject.clone()).into_iter().collect(),
                    arrangement: Arrangement::Single,
                    level,
                    seed: dice.seed(),
                }
            })
            .collect()
    }
}

impl Shot {
    /// Takes the photo and says what lies in it.
    ///
    /// # Errors
    /// When a card's picture cannot be read or the photo not be encoded.
    pub fn take(&self) -> Result<(Photo, Vec<Label>), AlbumError> {
        let model = |subject: &Subject| {
            let failed = |source| AlbumError::Picture { path: subject.picture.clone(), source };
            let picture = image::open(&subject.picture).map_err(failed)?.to_rgb8();
            Ok(Model { picture, finish: subject.finish })
        };
        let models: Vec<Model> = self.subjects.iter().map(model).collect::<Result<_, AlbumError>>()?;
        let photo = photograph(&models, self.arrangement, self.level, self.seed)
            .map_err(|source| AlbumError::Picture { path: self.image.clone().into(), source })?;
        let labels = self.labels(&photo);
        Ok((photo, labels))
    }

    fn labels(&self, photo: &Photo) -> Vec<Label> {
        let empty = Label {
            image: self.image.clone(),
            bbox: String::new(),
            card_id: String::new(),
            kind: "empty".to_owned(),
            level: self.level.to_string(),
            arrangement: self.arrangement.to_string(),
            background: photo.background.to_owned(),
            turn: String::new(),
            finish: String::new(),
            cover: String::new(),
            quad: String::new(),
        };
        let label = |(subject, placed): (&Subject, &super::Placed)| {
            let mut label = Label {
                card_id: subject.card_id.clone().unwrap_or_default(),
                kind: subject.kind.to_owned(),
                turn: placed.turn.to_string(),
                finish: subject.finish.as_str().to_owned(),
                cover: if placed.sleeve { "sleeve" } else { "bare" }.to_owned(),
                ..empty.clone()
            };
            label.set_outline(&placed.quad);
            label
        };
        let labels: Vec<Label> = self.subjects.iter().zip(&photo.cards).map(label).collect();
        if labels.is_empty() { vec![empty] } else { labels }
    }
}

/// Takes all photos into `out/photos` and writes `out/labels.csv`; returns how many labels there are.
///
/// # Errors
/// [`AlbumError`]; photos taken before the error stay.
pub fn develop(shots: &[Shot], out: &Path) -> Result<usize, AlbumError> {
    let folder = out.join("photos");
    fs::create_dir_all(&folder).map_err(|source| AlbumError::File { doing: "making", path: folder.clone(), source })?;
    let labels = std::sync::Mutex::new(vec![Vec::new(); shots.len()]);
    let numbered: Vec<(usize, &Shot)> = shots.iter().enumerate().collect();
    in_parallel(&numbered, &|&(nth, shot)| {
        let (photo, found) = shot.take()?;
        let path = folder.join(&shot.image);
        fs::write(&path, photo.jpeg).map_err(|source| AlbumError::File { doing: "writing", path, source })?;
        labels.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[nth] = found;
        Ok::<_, AlbumError>(())
    })?;
    let labels = labels.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).concat();
    write_labels(&out.join("labels.csv"), &labels)?;
    Ok(labels.len())
}

/// Names without ending, and paths, of a folder's pictures, sorted by name.
fn pictures(folder: &Path) -> Result<Vec<(String, PathBuf)>, AlbumError> {
    let failed = |source| AlbumError::File { doing: "listing", path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_picture = path.extension().is_some_and(|ending| ending == "jpg" || ending == "png");
        if let Some(name) = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| is_picture) {
            found.push((name.to_owned(), path.clone()));
        }
    }
    found.sort();
    Ok(found)
}
