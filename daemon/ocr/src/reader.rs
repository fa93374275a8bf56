//! From a file's bytes to cards, and from a card to its text, within the worker.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use cardmint_domain::reading::{CardReading, RectifiedImage, TextPass};
use cardmint_domain::{CaptureId, Reading};
use image::{RgbImage, imageops};
use thiserror::Error;

use crate::client::Words;
use crate::decode::{self, DecodeError};
use crate::engine::{Engine, EngineError, Recognised};
use crate::gray;
use crate::locate::{Locate, Located};
use crate::params::{Pass, ReadParams};

/// Why there is no answer.
#[derive(Debug, Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Decode(DecodeError),
    #[error("there are more than {0} cards in the file; photograph fewer at once")]
    TooManyCards(usize),
    #[error("reading the text of a card")]
    Engine(#[source] EngineError),
    #[error("a card of {width} x {height} pixels came with {bytes} bytes")]
    Pixels { width: u32, height: u32, bytes: usize },
}

/// Reads captures with one engine.
pub(crate) struct Reader {
    engine: Engine,
    params: ReadParams,
}

impl Reader {
    /// Loads the engine.
    pub(crate) fn load(params: ReadParams) -> Result<Self, EngineError> {
        let engine = Engine::load(&params.language, params.tessdata.as_deref())?;
        Ok(Self { engine, params })
    }

    /// Decodes and locates.
    pub(crate) fn find(&self, capture: CaptureId, bytes: &[u8], locate: &dyn Locate) -> Result<Reading, ReadError> {
        let begin = Instant::now();
        let mut locating = Duration::ZERO;
        let mut cards = Vec::new();
        let mut too_many = false;
        let mut page = 0;
        let decoded = decode::each_page(bytes, &self.params.decode, &mut |picture| {
            let start = Instant::now();
            let found = locate.locate(&picture);
            locating += start.elapsed();
            too_many = cards.len() + found.len() > self.params.max_cards;
            if too_many {
                return ControlFlow::Break(());
            }
            for located in found {
                let index = u32::try_from(cards.len()).unwrap_or(u32::MAX);
                cards.push(card(index, page, located));
            }
            page += 1;
            ControlFlow::Continue(())
        });
        decoded.map_err(ReadError::Decode)?;
        if too_many {
            return Err(ReadError::TooManyCards(self.params.max_cards));
        }
        // Whatever is left was decoding.
        let steps = [("decode", begin.elapsed().saturating_sub(locating)), ("locate", locating)];
        let timings_ms = steps.map(|(name, spent)| (name.to_owned(), spent.as_secs_f64() * 1_000.0)).into();
        Ok(Reading { capture, cards, timings_ms })
    }

    /// Reads a card whole, once for each pass, the way up in which its text is upright.
    pub(crate) fn text(
        &mut self,
        (width, height): (u32, u32),
        rgb: &[u8],
        is_upright: bool,
    ) -> Result<Words, ReadError> {
        let card = RgbImage::from_raw(width, height, rgb.to_vec());
        let card = card.ok_or(ReadError::Pixels { width, height, bytes: rgb.len() })?;
        self.words(card, is_upright).map_err(ReadError::Engine)
    }

    fn words(&mut self, mut card: RgbImage, is_upright: bool) -> Result<Words, EngineError> {
        let passes = self.params.passes.clone();
        let Some((first, others)) = passes.split_first() else { return Ok(Words::default()) };
        let mut best = self.read_whole(&card, *first)?;
        let mut is_turned = false;
        if !is_upright && best.evidence() < self.params.upright.clear_evidence {
            let turned = imageops::rotate180(&card);
            let other_way = self.read_whole(&turned, *first)?;
            if other_way.evidence() > best.evidence() {
                (best, card, is_turned) = (other_way, turned, true);
            }
        }
        let mut texts = vec![text_of(&best)];
        for pass in others {
            texts.push(text_of(&self.read_whole(&card, *pass)?));
        }
        Ok(Words { passes: texts.into_iter().flatten().collect(), is_turned })
    }

    fn read_whole(&mut self, card: &RgbImage, pass: Pass) -> Result<Recognised, EngineError> {
        let sized = gray::to_width(&imageops::grayscale(card), pass.width_px);
        self.engine.read(&gray::prepare(sized, pass.tone, pass.width_px))
    }
}

fn card(index: u32, page: u32, located: Located) -> CardReading {
    let Located { quad, quality, source_width_px, image } = located;
    let image = RectifiedImage { width: image.width(), height: image.height(), rgb: image.into_raw() };
    CardReading { index, page, quad, quality, source_width_px, image, text: Vec::new(), numbers: Vec::new() }
}

/// What was read, unless it was nothing.
fn text_of(recognised: &Recognised) -> Option<TextPass> {
    let text = recognised.text();
    (!text.is_empty()).then(|| TextPass { text, confidence: recognised.confidence() })
}
