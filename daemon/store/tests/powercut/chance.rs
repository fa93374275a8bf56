//! Coins and dice that fall alike in every run.

/// Mixes numbers as SplitMix64 does.
pub(crate) fn dice(seed: u64, first: u64, second: u64) -> u64 {
    [first, second].iter().fold(seed, |state, number| {
        let mut mixed = (state ^ number).wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

/// Whether a change survives. How many do goes by the seed: few, half or most.
pub(crate) fn keeps(seed: u64, first: u64, second: u64) -> bool {
    let of_eight = [1, 4, 7][usize::try_from(seed % 3).unwrap_or_default()];
    dice(seed, first, second) % 8 < of_eight
}
