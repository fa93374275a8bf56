//! Small gray windows, compared whatever their brightness and contrast.

/// The `width` by `height` pixels of a window of rows `stride` long from (x, y) on, less their mean and of length 1, so that
/// the dot product of two is their correlation. All zero where the spread (standard deviation) is below `flat`; what lies
/// outside the window is black.
#[must_use]
pub fn normalised(
    window: &[u8],
    stride: usize,
    (x, y): (usize, usize),
    (width, height): (usize, usize),
    flat: f32,
) -> Vec<f32> {
    let rows = (y..y + height).flat_map(|row| window.get(row * stride + x..)?.get(..width)).flatten();
    let mut part: Vec<f32> = rows.map(|value| f32::from(*value)).collect();
    part.resize(width * height, 0.0);
    let mean = part.iter().sum::<f32>() / part.len().max(1) as f32;
    part.iter_mut().for_each(|value| *value -= mean);
    let length = part.iter().map(|value| value * value).sum::<f32>().sqrt();
    let is_flat = length < flat * (part.len() as f32).sqrt() || length <= 0.0;
    part.iter_mut().for_each(|value| *value = if is_flat { 0.0 } else { *value / length });
    part
}

/// The dot product of two windows of one size.
#[must_use]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_and_contrast_do_not_matter_and_flat_is_nothing() {
        let window: Vec<u8> = (0..20).map(|i| 40 + (i * 7 % 11) * 4).collect();
        let brighter: Vec<u8> = window.iter().map(|value| value / 2 + 90).collect();
        let cut = |window: &[u8]| normalised(window, 5, (1, 1), (3, 2), 1.0);
        assert!((dot(&cut(&window), &cut(&window)) - 1.0).abs() < 1e-5);
        assert!(dot(&cut(&window), &cut(&brighter)) > 0.98);
        assert_eq!(normalised(&[9; 20], 5, (1, 1), (3, 2), 1.0), [0.0; 6]);
        assert_eq!(normalised(&[], 5, (1, 1), (3, 2), 0.0), [0.0; 6]);
    }
}
