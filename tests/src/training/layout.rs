//! A layer laid out for multiplication, and pooling that knows where its values stood: what running a network backwards needs.

use cardmint_recognition::strip::net::{LayerSpec, Map};

/// Lays out what each output value sees: one row for each tap, one column for each place. Outside the picture, to the left and right,
/// everything is 0.
pub(super) fn unfold(map: &Map, spec: &LayerSpec) -> Vec<f32> {
    let ((height, width), reach) = (spec.places(map), spec.columns / 2);
    let mut columns = vec![0.0; spec.taps() * height * width];
    let mut rows = columns.chunks_exact_mut(width.max(1));
    for channel in 0..spec.inputs {
        for dy in 0..spec.rows {
            for dx in 0..spec.columns {
                for (y, target) in rows.by_ref().take(height).enumerate() {
                    let source = map.row(channel, y + dy);
                    if let Some(right) = dx.checked_sub(reach) {
                        let kept = width.saturating_sub(right);
                        target[..kept].copy_from_slice(&source[width - kept..]);
                    } else {
                        let kept = width.saturating_sub(reach - dx);
                        target[width - kept..].copy_from_slice(&source[..kept]);
                    }
                }
            }
        }
    }
    columns
}

/// The highest of each group of neighbours, with where each stood; what does not fill a group is left out.
pub(super) fn pool(map: &Map, (rows, columns): (usize, usize)) -> (Map, Vec<u32>) {
    let (height, width) = (map.height / rows, map.width / columns);
    let mut values = Vec::with_capacity(map.channels * height * width);
    let mut places = Vec::with_capacity(values.capacity());
    for channel in 0..map.channels {
        for y in 0..height {
            for x in 0..width {
                let (mut best, mut place) = (f32::NEG_INFINITY, 0);
                for dy in 0..rows {
                    let start = (channel * map.height + y * rows + dy) * map.width + x * columns;
                    for (at, &value) in (start..).zip(&map.values[start..start + columns]) {
                        if value > best {
                            (best, place) = (value, at);
                        }
                    }
                }
                values.push(best);
                places.push(u32::try_from(place).unwrap_or(u32::MAX));
            }
        }
    }
    (Map { channels: map.channels, height, width, values }, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pooling_keeps_the_highest_and_its_place() {
        let map = Map { channels: 1, height: 3, width: 5, values: (0..15).map(|i| (i % 7) as f32).collect() };
        let (pooled, places) = pool(&map, (2, 2));
        assert_eq!((pooled.height, pooled.width, pooled.values), (1, 2, vec![6.0, 3.0]));
        assert_eq!(places, [6, 3]);
    }
}
