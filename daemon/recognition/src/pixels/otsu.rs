//! Otsu's threshold.

/// The byte that best parts the values into dark (up to it) and light (above it); none when all are the same.
#[must_use]
pub fn otsu(values: &[u8]) -> Option<u8> {
    let mut histogram = [0u64; 256];
    for value in values {
        histogram[usize::from(*value)] += 1;
    }
    let n = values.len() as f64;
    let total: f64 = histogram.iter().zip(0u32..).map(|(count, v)| *count as f64 * f64::from(v)).sum();
    let (mut below, mut below_sum, mut best) = (0.0, 0.0, None);
    for (count, v) in histogram.iter().zip(0u8..=254) {
        below += *count as f64;
        below_sum += *count as f64 * f64::from(v);
        if below == 0.0 || below == n {
            continue;
        }
        let apart = below_sum / below - (total - below_sum) / (n - below);
        let between = below * (n - below) * apart * apart;
        if best.is_none_or(|(most, _)| between > most) {
            best = Some((between, v));
        }
    }
    best.map(|(_, v)| v)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_heaps_are_parted() {
        let values: Vec<u8> = (0..200u8).map(|i| if i % 3 == 0 { 40 + i % 7 } else { 180 + i % 11 }).collect();
        assert!((46..180).contains(&otsu(&values).unwrap()));
        assert_eq!(otsu(&[5; 9]), None);
        assert_eq!(otsu(&[]), None);
    }
}
