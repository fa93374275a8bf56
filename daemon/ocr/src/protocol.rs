//! What client and worker say to each other: a head in postcard, and bytes that are better not looked at one by one.

use cardmint_domain::{CaptureId, Reading};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::client::Words;
use crate::params::ReadParams;

/// Most bytes of one message: a large photo in, or a page full of cards out.
pub(crate) const MAX_FRAME_BYTES: usize = 512 << 20;

/// To the worker.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    /// Comes first, once: be ready, and locked.
    Start(Box<ReadParams>),
    /// Find the cards of the file in the tail.
    Find(CaptureId),
    /// Read the text of the card in the tail, once.
    Text {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
        /// Whether it is known which way is up.
        is_upright: bool,
        /// The pass, from 0.
        pass: usize,
    },
}

/// From the worker.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// The engine is loaded and the process is locked.
    Ready,
    /// The worker cannot do its work, and says why.
    CannotStart(String),
    /// The cards, without text; their pixels are in the tail, card after card.
    Found(Reading),
    /// What was read on one card.
    Text(Words),
    /// The file cannot be read, whoever tries.
    Refused(String),
    /// The worker is in an unknown state and wants to be replaced.
    Broken(String),
}

/// A frame that is not a message.
#[derive(Debug, Error)]
pub enum MessageError {
    /// The head cannot be written or read.
    #[error("coding the head of a message")]
    Head(#[source] postcard::Error),
    /// Head and tail do not fit together.
    #[error("a message of {0} bytes is cut off or has bytes too many")]
    Length(usize),
}

/// A frame of a head and a tail.
pub(crate) fn encode(head: &impl Serialize, tail: &[&[u8]]) -> Result<Vec<u8>, MessageError> {
    let head = postcard::to_stdvec(head).map_err(MessageError::Head)?;
    let length = u32::try_from(head.len()).map_err(|_| MessageError::Length(head.len()))?;
    let tail_bytes: usize = tail.iter().map(|part| part.len()).sum();
    let mut frame = Vec::with_capacity(4 + head.len() + tail_bytes);
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(&head);
    for part in tail {
        frame.extend_from_slice(part);
    }
    Ok(frame)
}

/// The head and the tail of a frame.
pub(crate) fn decode<T: DeserializeOwned>(frame: &[u8]) -> Result<(T, &[u8]), MessageError> {
    let short = || MessageError::Length(frame.len());
    let (length, rest) = frame.split_first_chunk().ok_or_else(short)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| short())?;
    let (head, tail) = rest.split_at_checked(length).ok_or_else(short)?;
    Ok((postcard::from_bytes(head).map_err(MessageError::Head)?, tail))
}

/// A frame with a reading, whose pixels travel in the tail.
pub(crate) fn encode_reading(mut reading: Reading) -> Result<Vec<u8>, MessageError> {
    let pixels: Vec<Vec<u8>> = reading.cards.iter_mut().map(|card| std::mem::take(&mut card.image.rgb)).collect();
    let tail: Vec<&[u8]> = pixels.iter().map(Vec::as_slice).collect();
    encode(&Reply::Found(reading), &tail)
}

/// Puts the pixels of the tail back into the reading.
pub(crate) fn restore_pixels(reading: &mut Reading, tail: &[u8]) -> Result<(), MessageError> {
    let wrong = || MessageError::Length(tail.len());
    let mut left = tail;
    for card in &mut reading.cards {
        let pixels = u64::from(card.image.width) * u64::from(card.image.height);
        let bytes = usize::try_from(pixels * 3).map_err(|_| wrong())?;
        let (own, rest) = left.split_at_checked(bytes).ok_or_else(wrong)?;
        own.clone_into(&mut card.image.rgb);
        left = rest;
    }
    if left.is_empty() { Ok(()) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use cardmint_domain::reading::{CardReading, Quad, RectifiedImage};

    use super::*;

    fn card(index: u32, width: u32, value: u8) -> CardReading {
        let image = RectifiedImage { width, height: 2, rgb: vec![value; width as usize * 6] };
        CardReading {
            index,
            page: 0,
            quad: Quad::WHOLE,
            quality: 0.5,
            source_width_px: 9.0,
            image,
            text: Vec::new(),
            numbers: Vec::new(),
        }
    }

    fn reading() -> Reading {
        Reading { capture: CaptureId::new("c"), cards: vec![card(0, 3, 7), card(1, 5, 9)], timings_ms: Vec::new() }
    }

    #[test]
    fn a_reading_survives_the_way() {
        let frame = encode_reading(reading()).unwrap();
        let (reply, tail) = decode::<Reply>(&frame).unwrap();
        let Reply::Found(mut back) = reply else { panic!("{reply:?}") };
        restore_pixels(&mut back, tail).unwrap();
        assert_eq!(back, reading());
    }

    #[test]
    fn a_frame_that_is_cut_off_or_too_long_is_refused() {
        let frame = encode_reading(reading()).unwrap();
        for length in 0..frame.len() {
            let whole = decode::<Reply>(&frame[..length]).and_then(|(reply, tail)| match reply {
                Reply::Found(mut back) => restore_pixels(&mut back, tail),
                other => panic!("{other:?}"),
            });
            assert!(whole.is_err(), "{length} of {} bytes", frame.len());
        }
        let (Reply::Found(mut back), tail) = decode::<Reply>(&frame).unwrap() else { panic!("not a reading") };
        let longer = [tail, b"x"].concat();
        assert!(restore_pixels(&mut back, &longer).is_err());
    }
}
