//! A look at a file's headers before the dynamic loader gets it. Pure.
//!
//! Why: the loader maps a file by what its headers say, and one that ends inside a segment is SIGBUS in the middle of it.
//! A text file, a file for another machine and an executable get a clear reason here instead of the loader's.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a file is not a library for this machine.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ElfError {
    /// Does not begin like a compiled file.
    #[error("it is not a compiled library (no ELF header): is it a text file or a download that went wrong?")]
    NotElf,
    /// 32 bits, or the other byte order.
    #[error("it is a library for machines of another kind (not 64 bits, little-endian)")]
    Class,
    /// Another processor.
    #[error("it is built for processor type {found} (ELF e_machine), this machine has type {expected}")]
    Machine {
        /// The file's `e_machine`.
        found: u16,
        /// This machine's.
        expected: u16,
    },
    /// An executable, an object file, a core dump.
    #[error("it is not a shared library, but a file of ELF type {0}")]
    Kind(u16),
    /// Has an interpreter: a program.
    #[error("it is a program, not a library")]
    Program,
    /// Ends before its headers say.
    #[error("it is cut off: its headers speak of {needed} bytes, and it has {have}")]
    Truncated {
        /// Bytes that the headers speak of.
        needed: u64,
        /// Bytes there.
        have: u64,
    },
    /// Headers that contradict themselves.
    #[error("its headers make no sense: {0}")]
    Headers(String),
}

const HEADER_BYTES: u64 = 64;
const PROGRAM_HEADER_BYTES: u64 = 56;
const ET_DYN: u16 = 3;
const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_INTERP: u32 = 3;

/// `e_machine` of the processor that this program was built for; from the ELF specification's register.
pub(crate) const THIS_MACHINE: u16 = if cfg!(target_arch = "x86_64") {
    62
} else if cfg!(target_arch = "aarch64") {
    183
} else if cfg!(target_arch = "riscv64") {
    243
} else {
    0
};

/// Checks that the bytes are a whole shared library for this machine.
///
/// # Errors
/// [`ElfError`] with the first thing that is wrong.
pub(crate) fn check(bytes: &[u8]) -> Result<(), ElfError> {
    if bytes.get(..4) != Some(b"\x7fELF") {
        return Err(ElfError::NotElf);
    }
    let have = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if have < HEADER_BYTES {
        return Err(ElfError::Truncated { needed: HEADER_BYTES, have });
    }
    if bytes[4] != 2 || bytes[5] != 1 {
        return Err(ElfError::Class);
    }
    let machine = u16_at(bytes, 18)?;
    if machine != THIS_MACHINE {
        return Err(ElfError::Machine { found: machine, expected: THIS_MACHINE });
    }
    let kind = u16_at(bytes, 16)?;
    if kind != ET_DYN {
        return Err(ElfError::Kind(kind));
    }
    check_segments(bytes, have)
}

fn check_segments(bytes: &[u8], have: u64) -> Result<(), ElfError> {
    let (table, entry_bytes, entries) = (u64_at(bytes, 32)?, u16_at(bytes, 54)?, u16_at(bytes, 56)?);
    if u64::from(entry_bytes) != PROGRAM_HEADER_BYTES || entries == 0 {
        return Err(ElfError::Headers(format!("{entries} program headers of {entry_bytes} bytes")));
    }
    let table_end = table.checked_add(u64::from(entries) * PROGRAM_HEADER_BYTES);
    let mut needed = table_end.ok_or_else(|| ElfError::Headers("program headers beyond 2^64".to_owned()))?;
    if needed > have {
        return Err(ElfError::Truncated { needed, have });
    }
    let mut kinds = Vec::with_capacity(usize::from(entries));
    for index in 0..u64::from(entries) {
        let at = usize::try_from(table + index * PROGRAM_HEADER_BYTES).unwrap_or(usize::MAX);
        let (offset, length) = (u64_at(bytes, at + 8)?, u64_at(bytes, at + 32)?);
        let end = offset.checked_add(length);
        needed = needed.max(end.ok_or_else(|| ElfError::Headers(format!("segment {index} ends beyond 2^64")))?);
        kinds.push(u32_at(bytes, at)?);
    }
    needed = needed.max(sections_end(bytes)?);
    if needed > have {
        return Err(ElfError::Truncated { needed, have });
    }
    if kinds.contains(&PT_INTERP) {
        return Err(ElfError::Program);
    }
    if !kinds.contains(&PT_LOAD) || !kinds.contains(&PT_DYNAMIC) {
        return Err(ElfError::Headers("there is nothing to load".to_owned()));
    }
    Ok(())
}

/// Where the section headers end. The loader does not look at them, but linkers put them last: a copy that broke off behind
/// everything that is loaded lacks them.
fn sections_end(bytes: &[u8]) -> Result<u64, ElfError> {
    let (table, entry_bytes, entries) = (u64_at(bytes, 40)?, u16_at(bytes, 58)?, u16_at(bytes, 60)?);
    let end = table.checked_add(u64::from(entry_bytes) * u64::from(entries));
    end.ok_or_else(|| ElfError::Headers("section headers beyond 2^64".to_owned()))
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], ElfError> {
    let part = bytes.get(at..).and_then(|rest| rest.first_chunk::<N>());
    let have = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    part.copied().ok_or_else(|| ElfError::Truncated { needed: u64::try_from(at + N).unwrap_or(u64::MAX), have })
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, ElfError> {
    array_at(bytes, at).map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, ElfError> {
    array_at(bytes, at).map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Result<u64, ElfError> {
    array_at(bytes, at).map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A library of 4096 bytes with one segment to load and one dynamic one.
    fn library() -> Vec<u8> {
        let mut bytes = vec![0; 4096];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[16..18].copy_from_slice(&ET_DYN.to_le_bytes());
        bytes[18..20].copy_from_slice(&THIS_MACHINE.to_le_bytes());
        bytes[32..40].copy_from_slice(&64_u64.to_le_bytes());
        bytes[54..56].copy_from_slice(&56_u16.to_le_bytes());
        bytes[56..58].copy_from_slice(&2_u16.to_le_bytes());
        for (index, kind) in [PT_LOAD, PT_DYNAMIC].into_iter().enumerate() {
            let at = 64 + index * 56;
            bytes[at..at + 4].copy_from_slice(&kind.to_le_bytes());
            bytes[at + 32..at + 40].copy_from_slice(&4096_u64.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn a_whole_library_passes_and_a_cut_one_does_not() {
        let whole = library();
        assert_eq!(check(&whole), Ok(()));
        for length in [5, 63, 64, 100, 4095] {
            assert!(matches!(check(&whole[..length]), Err(ElfError::Truncated { .. })), "{length} bytes passed");
        }
    }

    #[test]
    fn a_copy_that_broke_off_before_the_section_headers_is_cut() {
        let mut bytes = library();
        bytes[40..48].copy_from_slice(&4096_u64.to_le_bytes());
        bytes[58..60].copy_from_slice(&64_u16.to_le_bytes());
        bytes[60..62].copy_from_slice(&3_u16.to_le_bytes());
        assert_eq!(check(&bytes), Err(ElfError::Truncated { needed: 4096 + 3 * 64, have: 4096 }));
        bytes.resize(4096 + 3 * 64, 0);
        assert_eq!(check(&bytes), Ok(()));
    }

    #[test]
    fn every_other_file_has_its_reason() {
        assert_eq!(check(b"#!/bin/sh\n"), Err(ElfError::NotElf));
        assert_eq!(check(b""), Err(ElfError::NotElf));
        let changed = |at: usize, to: &[u8]| {
            let mut bytes = library();
            bytes[at..at + to.len()].copy_from_slice(to);
            check(&bytes).unwrap_err()
        };
        assert_eq!(changed(4, &[1]), ElfError::Class);
        assert_eq!(changed(18, &8_u16.to_le_bytes()), ElfError::Machine { found: 8, expected: THIS_MACHINE });
        assert_eq!(changed(16, &2_u16.to_le_bytes()), ElfError::Kind(2));
        assert_eq!(changed(64, &PT_INTERP.to_le_bytes()), ElfError::Program);
        assert!(matches!(changed(64, &9_u32.to_le_bytes()), ElfError::Headers(_)));
        assert!(matches!(changed(72, &u64::MAX.to_le_bytes()), ElfError::Headers(_)));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(tail in proptest::collection::vec(any::<u8>(), 0..300), changes in proptest::collection::vec((0_usize..200, any::<u8>()), 0..20)) {
            let _any_verdict = check(&[b"\x7fELF\x02\x01".as_slice(), &tail].concat());
            let mut bytes = library();
            for (at, to) in changes { bytes[at] = to; }
            let _any_verdict = check(&bytes);
        }
    }
}
