//! From a file's bytes to a reading, within the worker.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use cardmint_domain::reading::{CardReading, RectifiedImage, Region, TextRegion};
use cardmint_domain::{CaptureId, Reading};
use image::{RgbImage, imageops};
use thiserror::Error;

use crate::decode::{self, DecodeError};
use crate::engine::{Engine, EngineError, Layout, Recognised};
use crate::locate::{Locate, Located};
use crate::params::{Pass, ReadParams};
use crate::{gray, strips};

/// Why there is no reading.
#[derive(Debug, Error)]
pub(crate) enum ReadError {
    #[error("{}", crate::client::with_sources(.0))]
    Decode(DecodeError),
    #[error("there are more than {0} cards in the file; photograph fewer at once")]
    TooManyCards(usize),
    #[error("{}", crate::client::with_sources(.0))]
    Engine(EngineError),
}

/// Reads captures with one engine.
pub(crate) struct Reader {
    engine: Engine,
    params: ReadParams,
}

/// Time spent by step.
#[derive(Default)]
struct Clock {
    locate: Duration,
    text: Duration,
    strips: Duration,
}

impl Clock {
    fn time<T>(total: &mut Duration, work: impl FnOnce() -> T) -> T {
        let begin = Instant::now();
        let result = work();
        *total += begin.elapsed();
        result
    }

    /// Whatever is left of `all` was decoding.
    fn report(&self, all: Duration) -> Vec<(String, f64)> {
        let decode = all.saturating_sub(self.locate + self.text + self.strips);
        let steps = [("decode", decode), ("locate", self.locate), ("text", self.text), ("strips", self.strips)];
        steps.map(|(name, spent)| (name.to_owned(), spent.as_secs_f64() * 1_000.0)).into()
    }
}

impl Reader {
    /// Loads the engine.
    pub(crate) fn load(params: ReadParams) -> Result<Self, EngineError> {
        let engine = Engine::load(&params.language, params.tessdata.as_deref())?;
        Ok(Self { engine, params })
    }

    /// Decodes, locates and reads.
    pub(crate) fn read(&mut self, capture: CaptureId, bytes: &[u8], locate: &dyn Locate) -> Result<Reading, ReadError> {
        let begin = Instant::now();
        let limits = self.params.decode;
        let mut clock = Clock::default();
        let mut cards = Vec::new();
        let mut failure = None;
        let mut page = 0;
        let decoded = decode::each_page(bytes, &limits, &mut |picture| {
            let outcome = self.read_page(page, &picture, locate, &mut cards, &mut clock);
            page += 1;
            failure = outcome.err();
            if failure.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        decoded.map_err(ReadError::Decode)?;
        match failure {
            Some(failure) => Err(failure),
            None => Ok(Reading { capture, cards, timings_ms: clock.report(begin.elapsed()) }),
        }
    }

    fn read_page(
        &mut self,
        page: u32,
        picture: &RgbImage,
        locate: &dyn Locate,
        cards: &mut Vec<CardReading>,
        clock: &mut Clock,
    ) -> Result<(), ReadError> {
        let found = Clock::time(&mut clock.locate, || locate.locate(picture));
        if cards.len() + found.len() > self.params.max_cards {
            return Err(ReadError::TooManyCards(self.params.max_cards));
        }
        for located in found {
            let index = u32::try_from(cards.len()).unwrap_or(u32::MAX);
            cards.push(self.read_card(index, page, located, clock).map_err(ReadError::Engine)?);
        }
        Ok(())
    }

    fn read_card(
        &mut self,
        index: u32,
        page: u32,
        located: Located,
        clock: &mut Clock,
    ) -> Result<CardReading, EngineError> {
        let (located, mut text) = Clock::time(&mut clock.text, || self.read_upright(located))?;
        if located.source_width_px >= self.params.strips.min_source_width_px {
            let (engine, params) = (&mut self.engine, &self.params.strips);
            let read = Clock::time(&mut clock.strips, || strips::read(engine, &located.image, params))?;
            text.extend(read.iter().filter_map(|recognised| region(Region::BottomStrip, recognised)));
        }
        let Located { quad, quality, source_width_px, image } = located;
        let image = RectifiedImage { width: image.width(), height: image.height(), rgb: image.into_raw() };
        Ok(CardReading { index, page, quad, quality, source_width_px, image, text })
    }

    /// Turns a card upright and reads it whole, once for each pass.
    fn read_upright(&mut self, located: Located) -> Result<(Located, Vec<TextRegion>), EngineError> {
        let Some((first, others)) = self.params.passes.clone().split_first().map(|(f, o)| (*f, o.to_vec())) else {
            return Ok((located, Vec::new()));
        };
        let as_found = self.read_whole(&located.image, first)?;
        let (located, best) = if as_found.evidence() >= self.params.upright.clear_evidence {
            (located, as_found)
        } else {
            let turned = turn(&located);
            let other_way = self.read_whole(&turned.image, first)?;
            if other_way.evidence() > as_found.evidence() { (turned, other_way) } else { (located, as_found) }
        };
        let mut text = vec![region(Region::Full, &best)];
        for pass in others {
            text.push(region(Region::Full, &self.read_whole(&located.image, pass)?));
        }
        Ok((located, text.into_iter().flatten().collect()))
    }

    fn read_whole(&mut self, card: &RgbImage, pass: Pass) -> Result<Recognised, EngineError> {
        let sized = gray::to_width(&imageops::grayscale(card), pass.width_px);
        self.engine.read(&gray::prepare(sized, pass.tone, pass.width_px), Layout::Sparse)
    }
}

/// The card read the other way up.
fn turn(located: &Located) -> Located {
    Located { quad: located.quad.turned(2), image: imageops::rotate180(&located.image), ..*located }
}

/// What was read, unless it was nothing.
fn region(region: Region, recognised: &Recognised) -> Option<TextRegion> {
    let text = recognised.text();
    (!text.is_empty()).then(|| TextRegion { region, text, confidence: recognised.confidence() })
}
