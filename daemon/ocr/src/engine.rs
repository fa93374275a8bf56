//! Tesseract, through `leptess`.
//!
//! Job: gray pixels in, words out.
//!
//! Guarantee: only raw gray goes in, so that none of Leptonica's decoders ever sees a file; nothing here unwraps.

use std::ffi::{CStr, CString};
use std::os::raw::c_int;
use std::path::Path;

use fast_image_resize::ResizeError;
use image::GrayImage;
use leptess::tesseract::TessApi;
use thiserror::Error;

/// What went wrong in the engine.
#[derive(Debug, Error)]
pub(crate) enum EngineError {
    /// The language cannot be loaded.
    #[error("loading the language {language:?} of Tesseract from {folder}")]
    Load {
        /// The language.
        language: String,
        /// Where it was looked for.
        folder: String,
    },
    /// A setting is not understood.
    #[error("setting {0} of Tesseract")]
    Setting(String),
    /// The picture cannot be enlarged or reduced.
    #[error("bringing a card's picture to a width of {0} pixels")]
    Resize(u32, #[source] ResizeError),
    /// The picture is not accepted.
    #[error("giving Tesseract a picture of {width}x{height}")]
    Picture {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// Recognition failed.
    #[error("recognising text")]
    Recognise,
    /// The result is not text.
    #[error("reading Tesseract's result")]
    Result,
}

/// One word.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Word {
    pub(crate) text: String,
    /// 0 to 1.
    pub(crate) confidence: f32,
    /// Words of one line have the same number.
    pub(crate) line: (u32, u32, u32),
}

/// What was read in one pass.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Recognised {
    pub(crate) words: Vec<Word>,
}

/// Shortest run of letters that looks like a word and not like noise.
const WORD_LETTERS: usize = 3;

impl Recognised {
    /// Lines, separated by `\n`.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let mut line = None;
        for word in &self.words {
            match line {
                None => {}
                Some(current) if current == word.line => text.push(' '),
                Some(_) => text.push('\n'),
            }
            line = Some(word.line);
            text.push_str(&word.text);
        }
        text
    }

    /// Mean word confidence, 0 to 1; 0 where there are no words.
    pub(crate) fn confidence(&self) -> f32 {
        let sum: f32 = self.words.iter().map(|word| word.confidence).sum();
        sum / self.words.len().max(1) as f32
    }

    /// How much this looks like text that is the right way up: the letters of all that look like words, each weighted
    /// with the square of its confidence. Noise and text on its head give short scraps of low confidence.
    pub(crate) fn evidence(&self) -> f32 {
        let weigh = |word: &Word| {
            let letters = word.text.chars().filter(|c| c.is_alphabetic()).count();
            let clean = letters >= WORD_LETTERS && letters * 4 >= word.text.chars().count() * 3;
            if clean { letters as f32 * word.confidence * word.confidence } else { 0.0 }
        };
        self.words.iter().map(weigh).sum()
    }
}

/// A loaded engine.
pub(crate) struct Engine {
    api: TessApi,
}

impl Engine {
    /// Loads a language. Reads files; later calls do not.
    pub(crate) fn load(language: &str, folder: Option<&Path>) -> Result<Self, EngineError> {
        let failed = || EngineError::Load {
            language: language.to_owned(),
            folder: folder.map_or_else(|| "its default folder".to_owned(), |path| path.display().to_string()),
        };
        // leptess unwraps on what is not a C string.
        let folder_text = folder.map(|path| path.to_str().ok_or_else(failed)).transpose()?;
        let unusable = |text: &str| CString::new(text).is_err();
        if unusable(language) || folder_text.is_some_and(unusable) {
            return Err(failed());
        }
        let mut engine = Self { api: TessApi::new(folder_text, language).map_err(|_| failed())? };
        engine.set(c"user_defined_dpi", c"300")?;
        // Words anywhere, in any size.
        engine.set(c"tessedit_pageseg_mode", c"11")?;
        Ok(engine)
    }

    /// Reads one picture. Where letters may be brighter than their ground, lines that read badly are read once more with dark and
    /// bright exchanged.
    pub(crate) fn read(&mut self, gray: &GrayImage, may_be_bright: bool) -> Result<Recognised, EngineError> {
        self.set(c"tessedit_do_invert", if may_be_bright { c"1" } else { c"0" })?;
        let (width, height) = gray.dimensions();
        let refused = || EngineError::Picture { width, height };
        let (columns, rows) =
            (c_int::try_from(width).map_err(|_| refused())?, c_int::try_from(height).map_err(|_| refused())?);
        if columns == 0 || rows == 0 || columns.checked_mul(rows).is_none() {
            return Err(refused());
        }
        self.api.raw.set_image(gray.as_raw(), columns, rows, 1, columns).map_err(|_| refused())?;
        self.api.raw.recognize().map_err(|_| EngineError::Recognise)?;
        let table = self.api.raw.get_tsv_text(0).map_err(|_| EngineError::Result)?;
        let table: &CStr = table.as_ref();
        Ok(Recognised { words: table.to_string_lossy().lines().filter_map(parse_word).collect() })
    }

    fn set(&mut self, name: &CStr, value: &CStr) -> Result<(), EngineError> {
        let setting = || EngineError::Setting(format!("{}={}", name.to_string_lossy(), value.to_string_lossy()));
        self.api.raw.set_variable(name, value).map_err(|_| setting())
    }
}

/// One row of Tesseract's table: level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
/// Rows above the level of words carry no text.
fn parse_word(row: &str) -> Option<Word> {
    let mut columns = row.splitn(12, '\t');
    if columns.next()? != "5" {
        return None;
    }
    let mut number = |skip: usize| columns.nth(skip)?.parse::<u32>().ok();
    let line = (number(1)?, number(0)?, number(0)?);
    let percent: f32 = columns.nth(5)?.parse().ok()?;
    let text = columns.next()?.trim();
    let confidence = (percent / 100.0).clamp(0.0, 1.0);
    (!text.is_empty()).then(|| Word { text: text.to_owned(), confidence, line })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_the_table_is_a_word() {
        let word = parse_word("5\t1\t2\t3\t4\t1\t36\t92\t60\t24\t96.5\tFire Spin").unwrap();
        assert_eq!(word, Word { text: "Fire Spin".to_owned(), confidence: 0.965, line: (2, 3, 4) });
        assert_eq!(parse_word("4\t1\t2\t3\t4\t0\t36\t92\t60\t24\t-1\t"), None);
        assert_eq!(parse_word("5\t1\t2\t3\t4\t1\t36\t92\t60\t24\t95\t  "), None);
        assert_eq!(parse_word("5\t1\t2"), None);
    }

    #[test]
    fn lines_stay_lines() {
        let word = |text: &str, line| Word { text: text.to_owned(), confidence: 0.5, line: (1, 1, line) };
        let read = Recognised { words: vec![word("Fire", 1), word("Spin", 1), word("100", 2)] };
        assert_eq!(read.text(), "Fire Spin\n100");
        assert!((read.confidence() - 0.5).abs() < 1e-6);
        assert_eq!(Recognised::default().confidence(), 0.0);
    }
}
