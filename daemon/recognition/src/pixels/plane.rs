//! One channel of a picture.

/// One channel of a picture, as numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Rows from the top.
    pub data: Vec<f32>,
}

impl Plane {
    /// A plane of zeros.
    #[must_use]
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, data: vec![0.0; width * height] }
    }

    /// The value at a pixel; outside, that of the nearest pixel; 0 when there is none.
    #[must_use]
    pub fn at(&self, x: isize, y: isize) -> f32 {
        if self.data.is_empty() {
            return 0.0;
        }
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        self.data[y * self.width + x]
    }

    /// The value between pixels.
    #[must_use]
    pub fn between(&self, x: f64, y: f64) -> f32 {
        let (x0, y0) = (x.floor(), y.floor());
        let (fx, fy) = ((x - x0) as f32, (y - y0) as f32);
        let (x0, y0) = (x0 as isize, y0 as isize);
        let (x1, y1) = (x0.saturating_add(1), y0.saturating_add(1));
        let top = self.at(x0, y0) * (1.0 - fx) + self.at(x1, y0) * fx;
        let bottom = self.at(x0, y1) * (1.0 - fx) + self.at(x1, y1) * fx;
        top * (1.0 - fy) + bottom * fy
    }

    /// Smoothed by a Gaussian, borders continued.
    #[must_use]
    pub fn blurred(&self, sigma: f64) -> Self {
        let kernel = gaussian(sigma);
        self.filtered(&kernel, true).filtered(&kernel, false)
    }

    fn filtered(&self, kernel: &[f32], along_rows: bool) -> Self {
        let reach = (kernel.len() / 2) as isize;
        let mut out = Self::new(self.width, self.height);
        for y in 0..self.height as isize {
            for x in 0..self.width as isize {
                let sum: f32 = (-reach..=reach)
                    .zip(kernel)
                    .map(|(d, k)| k * if along_rows { self.at(x + d, y) } else { self.at(x, y + d) })
                    .sum();
                out.data[y as usize * self.width + x as usize] = sum;
            }
        }
        out
    }
}

/// A normalised Gaussian, three sigmas to each side.
fn gaussian(sigma: f64) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil().max(0.0) as i32;
    let weights: Vec<f64> = (-reach..=reach).map(|d| (-0.5 * (f64::from(d) / sigma.max(1e-6)).powi(2)).exp()).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|w| (w / total) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blurring_keeps_the_mean_of_a_constant() {
        let mut plane = Plane::new(5, 3);
        plane.data.fill(7.0);
        assert!(plane.blurred(1.5).data.iter().all(|v| (v - 7.0).abs() < 1e-4));
    }

    #[test]
    fn between_pixels_and_outside() {
        let plane = Plane { width: 2, height: 1, data: vec![0.0, 10.0] };
        assert!((plane.between(0.25, 0.0) - 2.5).abs() < 1e-6);
        assert!((plane.between(9.0, -4.0) - 10.0).abs() < 1e-6);
        assert!(Plane::new(0, 0).between(1.0, 1.0).abs() < 1e-6);
    }
}
