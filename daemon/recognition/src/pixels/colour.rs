//! Colour spaces, in bytes.

use std::sync::LazyLock;

use image::RgbImage;

use crate::wide::wide;

/// sRGB byte to linear light, 0 to 1.
static LINEAR: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|i| {
        let v = i as f32 / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    })
});

/// Steps of the table of Lab's cube root.
const ROOT_STEPS: usize = 4096;

/// Lab's cube root over 0 to 1.
static ROOT: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let root = |t: f32| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    (0..=ROOT_STEPS).map(|i| root(i as f32 / ROOT_STEPS as f32)).collect()
});

#[inline(always)]
fn root(t: f32) -> f32 {
    ROOT[((t * ROOT_STEPS as f32 + 0.5) as usize).min(ROOT_STEPS)]
}

/// CIE Lab of an sRGB pixel under D65: L in 0 to 100, a and b around 0.
#[must_use]
#[inline(always)]
pub fn lab(rgb: [u8; 3]) -> [f32; 3] {
    let [r, g, b] = rgb.map(|v| LINEAR[usize::from(v)]);
    let x = root((0.412_453 * r + 0.357_580 * g + 0.180_423 * b) / 0.950_456);
    let y = root(0.212_671 * r + 0.715_160 * g + 0.072_169 * b);
    let z = root((0.019_334 * r + 0.119_193 * g + 0.950_227 * b) / 1.088_754);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// Luma, 0 to 255.
#[must_use]
pub fn gray(rgb: [u8; 3]) -> u8 {
    let [r, g, b] = rgb.map(u32::from);
    ((299 * r + 587 * g + 114 * b + 500) / 1000) as u8
}

/// [`lab`] as bytes: L over the whole range, a and b around 128.
#[must_use]
#[inline(always)]
pub fn lab_bytes(rgb: [u8; 3]) -> [u8; 3] {
    let [l, a, b] = lab(rgb);
    [(l * 2.55 + 0.5) as u8, (a + 128.5) as u8, (b + 128.5) as u8]
}

/// L, a, b and saturation of a picture as bytes, each scaled so that thresholds mean the same in all.
#[must_use]
pub fn planes(picture: &RgbImage) -> [Vec<u8>; 4] {
    let size = picture.as_raw().len() / 3;
    let mut planes = [(); 4].map(|()| vec![0; size]);
    wide!(split(picture, &mut planes));
    planes
}

#[inline(always)]
fn split(picture: &RgbImage, [l, a, b, saturation]: &mut [Vec<u8>; 4]) {
    let planes = l.iter_mut().zip(a).zip(b).zip(saturation);
    for (pixel, (((l, a), b), saturation)) in picture.as_raw().chunks_exact(3).zip(planes) {
        let rgb = [pixel[0], pixel[1], pixel[2]];
        [*l, *a, *b] = lab_bytes(rgb);
        let (most, least) = (rgb[0].max(rgb[1]).max(rgb[2]), rgb[0].min(rgb[1]).min(rgb[2]));
        *saturation = (u16::from(most - least) * 255 / u16::from(most.max(1))) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours() {
        for (rgb, expected) in [
            ([255, 255, 255], [100.0, 0.0, 0.0]),
            ([0, 0, 0], [0.0, 0.0, 0.0]),
            ([255, 0, 0], [53.24, 80.09, 67.20]),
            ([0, 0, 255], [32.30, 79.19, -107.86]),
        ] {
            let got = lab(rgb);
            assert!(got.iter().zip(expected).all(|(g, e)| (g - e).abs() < 0.6), "{rgb:?}: {got:?}");
        }
        assert_eq!((gray([255; 3]), gray([0; 3])), (255, 0));
    }
}
