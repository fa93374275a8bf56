//! What truly lies in a photo, as CSV: `image,bbox,card_id` and tags, as `cardmintd evaluate` reads it, and the exact outline.

use std::path::{Path, PathBuf};

use cardmint_domain::reading::{Point, Quad};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One card in one photo; or one photo of nothing, without a box and an outline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// File name of the photo.
    pub image: String,
    /// `x0 y0 x1 y1` in fractions of the photo; empty for the whole of it.
    pub bbox: String,
    /// The card; empty for what must not be accepted.
    pub card_id: String,
    /// What it is: `card`, or the kind of negative.
    #[serde(default)]
    pub kind: String,
    /// How hard the photo is.
    #[serde(default)]
    pub level: String,
    /// How many cards there are, and how they lie.
    #[serde(default)]
    pub arrangement: String,
    /// What they lie on.
    #[serde(default)]
    pub background: String,
    /// Quarter turn in degrees, clockwise.
    #[serde(default)]
    pub turn: String,
    /// The surface.
    #[serde(default)]
    pub finish: String,
    /// `sleeve` or `bare`.
    #[serde(default)]
    pub cover: String,
    /// `x y x y x y x y`: the corners as the card is read, from its top left clockwise, in fractions of the photo.
    #[serde(default)]
    pub quad: String,
}

/// Why labels cannot be written or read.
#[derive(Debug, Error)]
pub enum LabelError {
    /// The file or a row of it.
    #[error("the labels {path}")]
    Csv {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: csv::Error,
    },
}

impl Label {
    /// Writes an outline and its box into their columns.
    pub fn set_outline(&mut self, quad: &Quad) {
        let (x0, y0, x1, y1) = quad.bounds();
        let clipped = [x0, y0, x1, y1].map(|v| v.clamp(0.0, 1.0));
        self.bbox = numbers(&clipped);
        self.quad = numbers(&quad.corners.iter().flat_map(|p| [p.x, p.y]).collect::<Vec<_>>());
    }

    /// The outline: the exact one, else the box, else the whole photo. `None` when the columns hold something else.
    #[must_use]
    pub fn outline(&self) -> Option<Quad> {
        let parse = |text: &str| text.split_whitespace().map(str::parse).collect::<Result<Vec<f32>, _>>().ok();
        match (parse(&self.quad)?.as_slice(), parse(&self.bbox)?.as_slice()) {
            (&[a, b, c, d, e, f, g, h], _) => {
                Some(Quad { corners: [(a, b), (c, d), (e, f), (g, h)].map(|(x, y)| Point { x, y }) })
            }
            ([], &[x0, y0, x1, y1]) => Some(Quad::rectangle(x0, y0, x1, y1)),
            ([], []) => Some(Quad::WHOLE),
            _ => None,
        }
    }
}

fn numbers(values: &[f32]) -> String {
    values.iter().map(|value| format!("{value:.5}")).collect::<Vec<_>>().join(" ")
}

/// Writes a labels file.
///
/// # Errors
/// [`LabelError`].
pub fn write_labels(path: &Path, labels: &[Label]) -> Result<(), LabelError> {
    let failed = |source| LabelError::Csv { path: path.to_owned(), source };
    let mut writer = csv::Writer::from_path(path).map_err(failed)?;
    for label in labels {
        writer.serialize(label).map_err(failed)?;
    }
    writer.flush().map_err(|error| failed(error.into()))
}

/// Reads a labels file; columns that it does not know are passed over.
///
/// # Errors
/// [`LabelError`].
pub fn read_labels(path: &Path) -> Result<Vec<Label>, LabelError> {
    let failed = |source| LabelError::Csv { path: path.to_owned(), source };
    let mut reader = csv::Reader::from_path(path).map_err(failed)?;
    reader.deserialize().collect::<Result<_, _>>().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_survive_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        let mut label = Label { image: "a.jpg".to_owned(), card_id: "lf1-1".to_owned(), ..empty() };
        label.set_outline(&Quad::rectangle(0.25, -0.125, 0.75, 0.5).turned(1));
        write_labels(&path, &[label.clone(), empty()]).unwrap();
        assert_eq!(read_labels(&path).unwrap(), [label.clone(), empty()]);
        assert_eq!(label.bbox, "0.25000 0.00000 0.75000 0.50000");
        assert_eq!(label.outline(), Some(Quad::rectangle(0.25, -0.125, 0.75, 0.5).turned(1)));
        assert_eq!(empty().outline(), Some(Quad::WHOLE));
    }

    #[test]
    fn labels_of_others_are_read_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        std::fs::write(&path, "image,bbox,card_id,note\nx.jpg,0.1 0.2 0.3 0.4,b-1,hello\n").unwrap();
        let labels = read_labels(&path).unwrap();
        assert_eq!(labels[0].outline(), Some(Quad::rectangle(0.1, 0.2, 0.3, 0.4)));
        std::fs::write(&path, "image,card_id\nx.jpg,b-1\n").unwrap();
        assert!(read_labels(&path).is_err());
    }

    fn empty() -> Label {
        Label {
            image: String::new(),
            bbox: String::new(),
            card_id: String::new(),
            kind: String::new(),
            level: String::new(),
            arrangement: String::new(),
            background: String::new(),
            turn: String::new(),
            finish: String::new(),
            cover: String::new(),
            quad: String::new(),
        }
    }
}
