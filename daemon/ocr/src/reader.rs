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
use crate::params::{Pass, ReadParams, Tone};

/// Why there is no answer.
#[derive(Debug, Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Decode(DecodeError),
    #[error("there are more than {0} cards in the file; photograph fewer at once")]
    TooManyCards(usize),
    #[error("reading the text of a card")]
    Engine(#[source] EngineError),
    #[error("there is no pass {0} over a card's text")]
    Pass(usize),
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

    /// Reads a card in one pass, the way up in which its text is upright.
    pub(crate) fn text(
        &mut self,
        (width, height): (u32, u32),
        rgb: &[u8],
        is_upright: bool,
        pass: usize,
    ) -> Result<Words, ReadError> {
        let card = RgbImage::from_raw(width, height, rgb.to_vec());
        let card = card.ok_or(ReadError::Pixels { width, height, bytes: rgb.len() })?;
        let pass = *self.params.passes.get(pass).ok_or(ReadError::Pass(pass))?;
        self.words(&card, is_upright, pass).map_err(ReadError::Engine)
    }

    fn words(&mut self, card: &RgbImage, is_upright: bool, pass: Pass) -> Result<Words, EngineError> {
        let as_it_lies = self.read_pass(card, pass)?;
        if is_upright || as_it_lies.evidence() >= self.params.upright.clear_evidence {
            return Ok(Words { text: text_of(&as_it_lies), is_turned: false });
        }
        let turned = self.read_pass(&imageops::rotate180(card), pass)?;
        let is_turned = turned.evidence() > as_it_lies.evidence();
        Ok(Words { text: text_of(if is_turned { &turned } else { &as_it_lies }), is_turned })
    }

    fn read_pass(&mut self, card: &RgbImage, pass: Pass) -> Result<Recognised, EngineError> {
        let (top, bottom) = pass.part.unwrap_or((0.0, 1.0));
        let [from, to] = [top, bottom].map(|part| (part.clamp(0.0, 1.0) * card.height() as f32).round() as u32);
        let part = imageops::crop_imm(card, 0, from, card.width(), to.saturating_sub(from));
        let sized = gray::to_width(imageops::grayscale(&*part), pass.width_px)
            .map_err(|source| EngineError::Resize(pass.width_px, source))?;
        self.engine.read(&gray::prepare(sized, pass.tone, pass.width_px), pass.tone != Tone::Letters)
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
