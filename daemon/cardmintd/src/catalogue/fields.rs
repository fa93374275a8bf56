//! Reading one JSON object field by field, so that every refusal names the file, the card and the field.

use serde_json::{Map, Value};

use super::CatalogueError;

/// Longest text of one field. The longest real one, a rules text, has under 1,000 bytes.
const MAX_TEXT_BYTES: usize = 16 * 1024;

/// One object of a file.
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    entry: &'a str,
    subject: &'a str,
    /// Where the object stands inside the card, as a prefix of its fields' names: `attacks[1].`
    place: String,
}

impl<'a> Fields<'a> {
    pub(super) fn new(map: &'a Map<String, Value>, entry: &'a str, subject: &'a str) -> Self {
        Self { map, entry, subject, place: String::new() }
    }

    /// The refusal of one field.
    pub(super) fn bad(&self, field: &str, problem: impl Into<String>) -> CatalogueError {
        CatalogueError::Field {
            entry: self.entry.to_owned(),
            subject: self.subject.to_owned(),
            field: format!("{}{field}", self.place),
            problem: problem.into(),
        }
    }

    /// A text that must be there and not be empty.
    pub(super) fn text(&self, field: &str) -> Result<String, CatalogueError> {
        self.maybe_text(field)?.ok_or_else(|| self.bad(field, "is missing or empty"))
    }

    /// A text that may be absent, null or empty, which all mean that the catalogue does not say.
    pub(super) fn maybe_text(&self, field: &str) -> Result<Option<String>, CatalogueError> {
        match self.map.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(self.trimmed(field, text)?),
            Some(_) => Err(self.bad(field, "is not a text")),
        }
    }

    /// A whole number from 0 that must be there.
    pub(super) fn number(&self, field: &str) -> Result<u32, CatalogueError> {
        let value = self.map.get(field).ok_or_else(|| self.bad(field, "is missing"))?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| self.bad(field, "is not a whole number from 0 to 4294967295"))
    }

    /// A list of texts; absent and null mean empty.
    pub(super) fn texts(&self, field: &str) -> Result<Vec<String>, CatalogueError> {
        let mut texts = Vec::new();
        for value in self.list(field)? {
            let Value::String(text) = value else { return Err(self.bad(field, "is not a list of texts")) };
            texts.extend(self.trimmed(field, text)?);
        }
        Ok(texts)
    }

    /// A list of objects; absent and null mean empty.
    pub(super) fn objects(&self, field: &str) -> Result<Vec<Fields<'a>>, CatalogueError> {
        let inner = |(index, value): (usize, &'a Value)| match value {
            Value::Object(map) => Ok(self.inside(map, format!("{}{field}[{index}].", self.place))),
            _ => Err(self.bad(field, "is not a list of objects")),
        };
        self.list(field)?.iter().enumerate().map(inner).collect()
    }

    /// An object that may be absent or null.
    pub(super) fn object(&self, field: &str) -> Result<Option<Fields<'a>>, CatalogueError> {
        match self.map.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(map)) => Ok(Some(self.inside(map, format!("{}{field}.", self.place)))),
            Some(_) => Err(self.bad(field, "is not an object")),
        }
    }

    /// The names of all fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.map.keys().map(String::as_str)
    }

    fn inside(&self, map: &'a Map<String, Value>, place: String) -> Fields<'a> {
        Fields { map, entry: self.entry, subject: self.subject, place }
    }

    fn list(&self, field: &str) -> Result<&'a [Value], CatalogueError> {
        match self.map.get(field) {
            None | Some(Value::Null) => Ok(&[]),
            Some(Value::Array(values)) => Ok(values),
            Some(_) => Err(self.bad(field, "is not a list")),
        }
    }

    fn trimmed(&self, field: &str, text: &str) -> Result<Option<String>, CatalogueError> {
        let text = text.trim();
        if text.len() > MAX_TEXT_BYTES {
            return Err(self.bad(field, format!("is longer than {MAX_TEXT_BYTES} bytes")));
        }
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }
}
