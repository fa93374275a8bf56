//! Frames: a `u32` length, little-endian, then that many bytes. Written and read in pieces, as the socket takes and gives
//! them; the length is checked before anything is allocated.

use std::io::{self, Read, Write};

/// Bytes of the length.
const HEAD_BYTES: usize = 4;

/// How far a frame has come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress<T> {
    Done(T),
    /// The socket neither takes nor gives more right now.
    Wait,
}

/// Why a frame does not come to its end.
#[derive(Debug)]
pub(crate) enum FrameError {
    /// The other end hung up, between frames or in the middle of one.
    Closed {
        inside: bool,
    },
    TooLarge {
        bytes: usize,
        limit_bytes: usize,
    },
    Io(io::Error),
}

/// A frame on its way out.
pub(crate) struct Outgoing<'a> {
    head: [u8; HEAD_BYTES],
    body: &'a [u8],
    sent: usize,
}

impl<'a> Outgoing<'a> {
    pub(crate) fn new(body: &'a [u8], limit_bytes: usize) -> Result<Self, FrameError> {
        let too_large = FrameError::TooLarge { bytes: body.len(), limit_bytes };
        match u32::try_from(body.len()) {
            Ok(length) if body.len() <= limit_bytes => Ok(Self { head: length.to_le_bytes(), body, sent: 0 }),
            _ => Err(too_large),
        }
    }

    pub(crate) fn push(&mut self, mut socket: impl Write) -> Result<Progress<()>, FrameError> {
        while self.sent < HEAD_BYTES + self.body.len() {
            let part = match self.sent.checked_sub(HEAD_BYTES) {
                None => &self.head[self.sent..],
                Some(at) => &self.body[at..],
            };
            match socket.write(part) {
                Ok(0) => return Err(FrameError::Closed { inside: true }),
                Ok(count) => self.sent += count,
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => return Ok(Progress::Wait),
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => {
                        return Err(FrameError::Closed { inside: self.sent > 0 });
                    }
                    _ => return Err(FrameError::Io(error)),
                },
            }
        }
        Ok(Progress::Done(()))
    }
}

/// A frame on its way in.
#[derive(Default)]
pub(crate) struct Incoming {
    head: Vec<u8>,
    body: Vec<u8>,
}

impl Incoming {
    pub(crate) fn pull(&mut self, socket: &mut impl Read, limit_bytes: usize) -> Result<Progress<Vec<u8>>, FrameError> {
        if self.head.len() < HEAD_BYTES && fill(socket, &mut self.head, HEAD_BYTES, false)? == Progress::Wait {
            return Ok(Progress::Wait);
        }
        let head = self.head.first_chunk::<HEAD_BYTES>().copied().unwrap_or_default();
        let bytes = usize::try_from(u32::from_le_bytes(head)).unwrap_or(usize::MAX);
        if bytes > limit_bytes {
            return Err(FrameError::TooLarge { bytes, limit_bytes });
        }
        match fill(socket, &mut self.body, bytes, true)? {
            Progress::Wait => Ok(Progress::Wait),
            Progress::Done(()) => {
                self.head.clear();
                Ok(Progress::Done(std::mem::take(&mut self.body)))
            }
        }
    }
}

/// Reads until `buffer` holds `length` bytes. It grows with what arrives, not with what was announced.
fn fill(socket: &mut impl Read, buffer: &mut Vec<u8>, length: usize, inside: bool) -> Result<Progress<()>, FrameError> {
    let missing = u64::try_from(length.saturating_sub(buffer.len())).unwrap_or(u64::MAX);
    match socket.take(missing).read_to_end(buffer) {
        Ok(_) if buffer.len() == length => Ok(Progress::Done(())),
        Ok(_) => Err(FrameError::Closed { inside: inside || !buffer.is_empty() }),
        Err(error) => match error.kind() {
            io::ErrorKind::WouldBlock => Ok(Progress::Wait),
            io::ErrorKind::ConnectionReset => Err(FrameError::Closed { inside: inside || !buffer.is_empty() }),
            _ => Err(FrameError::Io(error)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, and nothing in between.
    struct Dripping(Vec<u8>, bool);

    impl Read for Dripping {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            if self.0.is_empty() || buffer.is_empty() {
                return Ok(0);
            }
            buffer[0] = self.0.remove(0);
            Ok(1)
        }
    }

    fn written(body: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        assert!(matches!(Outgoing::new(body, 100).unwrap().push(&mut bytes), Ok(Progress::Done(()))));
        bytes
    }

    fn read(bytes: &[u8], limit: usize) -> Result<Vec<u8>, FrameError> {
        let (mut socket, mut incoming) = (Dripping(bytes.to_vec(), false), Incoming::default());
        loop {
            if let Progress::Done(frame) = incoming.pull(&mut socket, limit)? {
                return Ok(frame);
            }
        }
    }

    #[test]
    fn frames_survive_a_socket_that_drips() {
        for body in [&b""[..], b"x", b"hello"] {
            assert_eq!(read(&written(body), 5).unwrap(), body);
        }
        let two = [written(b"one"), written(b"two")].concat();
        let (mut socket, mut incoming) = (Dripping(two, false), Incoming::default());
        let mut frames = Vec::new();
        while frames.len() < 2 {
            if let Progress::Done(frame) = incoming.pull(&mut socket, 5).unwrap() {
                frames.push(frame);
            }
        }
        assert_eq!(frames, [b"one", b"two"]);
    }

    #[test]
    fn hanging_up_is_told_apart_from_breaking_off() {
        assert!(matches!(read(b"", 5), Err(FrameError::Closed { inside: false })));
        let whole = written(b"hello");
        for length in 1..whole.len() {
            assert!(matches!(read(&whole[..length], 5), Err(FrameError::Closed { inside: true })), "{length}");
        }
    }

    #[test]
    fn nobody_sends_or_takes_more_than_agreed() {
        assert!(matches!(Outgoing::new(b"123456", 5), Err(FrameError::TooLarge { bytes: 6, limit_bytes: 5 })));
        assert!(matches!(read(b"\xff\xff\xff\xff", 5), Err(FrameError::TooLarge { limit_bytes: 5, .. })));
    }
}
