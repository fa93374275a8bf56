//! The labels file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cardmint_domain::reading::Point;
use cardmint_domain::{PrintingId, Quad};
use thiserror::Error;

/// A column with more different values than this, and more than half as many as there are rows, names the rows instead
/// of grouping them.
const MAX_VALUES: usize = 12;

/// Why labels cannot be used.
#[derive(Debug, Error)]
pub enum LabelsError {
    /// The file itself.
    #[error("reading the labels {path}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: csv::Error,
    },
    /// A column that must be there.
    #[error("the labels {path} have no column {column:?}")]
    Column {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: &'static str,
    },
    /// A box that is none.
    #[error("the labels {path}, row {row}: {text:?} is not a box of four fractions x0 y0 x1 y1")]
    Box {
        /// Which file.
        path: PathBuf,
        /// Which row, from 1.
        row: usize,
        /// What stands there.
        text: String,
    },
    /// An outline that is none.
    #[error("the labels {path}, row {row}: {text:?} is not an outline of eight fractions x y x y x y x y")]
    Outline {
        /// Which file.
        path: PathBuf,
        /// Which row, from 1.
        row: usize,
        /// What stands there.
        text: String,
    },
}

/// A rectangle in fractions of a picture: x0, y0, x1, y1.
pub(super) type Bounds = (f32, f32, f32, f32);

/// One labelled card.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Label {
    /// File name of the photo.
    pub(super) image: String,
    /// Where the card lies; `None` for the whole photo.
    pub(super) bounds: Option<Bounds>,
    /// Its corners, where they are known.
    pub(super) outline: Option<Quad>,
    /// What it is; `None` for what must not be accepted.
    pub(super) card: Option<PrintingId>,
    /// What else is said about it, as `column=value`.
    pub(super) tags: BTreeSet<String>,
}

/// Reads the labels.
///
/// # Errors
/// [`LabelsError`].
pub(super) fn read(path: &Path) -> Result<Vec<Label>, LabelsError> {
    let failed = |source| LabelsError::File { path: path.to_owned(), source };
    let mut reader = csv::Reader::from_path(path).map_err(failed)?;
    let headers = reader.headers().map_err(failed)?.clone();
    let column = |column: &'static str| {
        let at = headers.iter().position(|header| header == column);
        at.ok_or_else(|| LabelsError::Column { path: path.to_owned(), column })
    };
    let (image, bbox, card) = (column("image")?, column("bbox")?, column("card_id")?);
    let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().map_err(failed)?;
    let quad = headers.iter().position(|header| header == "quad");
    let known = [Some(image), Some(bbox), Some(card), quad];
    let tagging: Vec<usize> = (0..headers.len())
        .filter(|at| {
            !known.contains(&Some(*at)) && groups_rows(records.iter().map(|record| field(record, *at)), records.len())
        })
        .collect();
    let label = |(row, record): (usize, &csv::StringRecord)| {
        let card = field(record, card);
        Ok(Label {
            image: field(record, image).to_owned(),
            bounds: bounds(field(record, bbox)).map_err(|text| LabelsError::Box {
                path: path.to_owned(),
                row,
                text,
            })?,
            outline: outline(quad.map_or("", |quad| field(record, quad))).map_err(|text| LabelsError::Outline {
                path: path.to_owned(),
                row,
                text,
            })?,
            card: (!card.is_empty()).then(|| PrintingId::new(card)),
            tags: tags(record, &headers, &tagging),
        })
    };
    (1..).zip(&records).map(label).collect()
}

fn field(record: &csv::StringRecord, at: usize) -> &str {
    record.get(at).unwrap_or_default().trim()
}

/// Four fractions, or nothing for the whole picture; the text itself when it is neither.
pub(super) fn bounds(text: &str) -> Result<Option<Bounds>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match fractions(text).as_deref() {
        Some(&[x0, y0, x1, y1]) if [x0, y0, x1, y1].iter().all(|v| (-0.5..=1.5).contains(v)) && x0 < x1 && y0 < y1 => {
            Ok(Some((x0, y0, x1, y1)))
        }
        _ => Err(text.to_owned()),
    }
}

/// Four corners, or nothing where they are not known; the text itself when it is neither.
fn outline(text: &str) -> Result<Option<Quad>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match fractions(text).as_deref() {
        Some(&[a, b, c, d, e, f, g, h]) if [a, b, c, d, e, f, g, h].iter().all(|v| v.is_finite()) => {
            Ok(Some(Quad { corners: [(a, b), (c, d), (e, f), (g, h)].map(|(x, y)| Point { x, y }) }))
        }
        _ => Err(text.to_owned()),
    }
}

fn fractions(text: &str) -> Option<Vec<f32>> {
    text.split_whitespace().map(|number| number.parse().ok()).collect()
}

/// A field with several values separates them with `;` or `,`; spaces belong to the words.
fn values(text: &str) -> impl Iterator<Item = &str> {
    text.split([';', ',']).map(str::trim).filter(|value| !value.is_empty())
}

fn groups_rows<'a>(fields: impl Iterator<Item = &'a str>, rows: usize) -> bool {
    let distinct: BTreeSet<&str> = fields.flat_map(values).collect();
    distinct.len() <= MAX_VALUES.max(rows / 2)
}

fn tags(record: &csv::StringRecord, headers: &csv::StringRecord, columns: &[usize]) -> BTreeSet<String> {
    let named = |at: &usize| {
        let name = headers.get(*at).unwrap_or_default().to_owned();
        values(field(record, *at)).map(move |value| format!("{name}={value}"))
    };
    columns.iter().flat_map(named).collect()
}

/// The rows of every photo, photos by name.
#[must_use]
pub(super) fn by_image(labels: &[Label]) -> Vec<(&str, Vec<usize>)> {
    let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, label) in labels.iter().enumerate() {
        rows.entry(&label.image).or_default().push(row);
    }
    rows.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Result<Vec<Label>, LabelsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn rows_are_read_with_their_tags() {
        let rows = labels(
            "card_id,image,conditions,bbox,language\n\
             dawn-4,a.jpg,\"sleeve, strong glare\",0.1 0.2 0.3 0.4,en\n\
             ,b.jpg,glare;dark,,ja\n",
        )
        .unwrap();
        assert_eq!(rows[0].card, Some(PrintingId::new("dawn-4")));
        assert_eq!(rows[0].bounds, Some((0.1, 0.2, 0.3, 0.4)));
        let tags: Vec<&str> = rows[0].tags.iter().map(String::as_str).collect();
        assert_eq!(tags, ["conditions=sleeve", "conditions=strong glare", "language=en"]);
        assert_eq!((rows[1].card.as_ref(), rows[1].bounds), (None, None));
        assert!(rows[1].tags.contains("conditions=dark") && rows[1].tags.contains("language=ja"));
    }

    #[test]
    fn corners_are_read_where_they_are_given() {
        let rows = labels("image,bbox,card_id,quad\na.jpg,,,0 0 1 0 1 1.02 0 1\nb.jpg,,,\n").unwrap();
        let corners = rows[0].outline.unwrap().corners;
        assert_eq!((corners[2].x, corners[2].y), (1.0, 1.02));
        assert!(rows[1].outline.is_none() && rows[0].tags.is_empty());
        let error = labels("image,bbox,card_id,quad\na.jpg,,,0 0 1 0 1 1\n").unwrap_err();
        assert!(error.to_string().contains("row 1") && error.to_string().contains("outline"), "{error}");
    }

    #[test]
    fn a_column_that_names_every_row_is_no_tag() {
        let mut text = "image,bbox,card_id,name,level\n".to_owned();
        for row in 0..40 {
            text.push_str(&format!("{row}.jpg,,dawn-{row},Card {row},{}\n", row % 3));
        }
        let rows = labels(&text).unwrap();
        assert!(rows.iter().all(|row| row.tags.len() == 1 && row.tags.iter().all(|tag| tag.starts_with("level="))));
    }

    #[test]
    fn what_is_missing_or_malformed_is_named() {
        let missing = labels("image,card_id\na.jpg,dawn-4\n").unwrap_err();
        assert!(missing.to_string().contains("\"bbox\""), "{missing}");
        for text in ["0.1 0.2 0.3", "a b c d", "0.3 0.2 0.1 0.4", "0 0 9 9", "NaN 0 1 1"] {
            let error = labels(&format!("image,bbox,card_id\na.jpg,,\nb.jpg,{text},\n")).unwrap_err();
            assert!(error.to_string().contains("row 2") && error.to_string().contains(text), "{error}");
        }
    }
}
