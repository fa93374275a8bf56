//! Places between four pixels.

/// A place between four pixels of a picture that has at least two columns and rows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place {
    /// The pixel at the top left.
    pub(crate) column: u32,
    pub(crate) row: u32,
    /// How much the pixels to the right and below count, of [`Place::ALL`].
    right: u32,
    below: u32,
}

impl Place {
    /// Weights along one axis add up to this.
    const ALL: u32 = 256;

    /// A point of a picture of this size, the picture's corner being (0, 0). The border goes on outside; what is no number is the border.
    #[inline(always)]
    pub(crate) fn at(x: f64, y: f64, (width, height): (u32, u32)) -> Self {
        let ((column, right), (row, below)) = (Self::between(x, width), Self::between(y, height));
        Self { column, row, right, below }
    }

    /// The pixel before a place along an axis, and how much the one after it counts.
    #[inline(always)]
    fn between(v: f64, limit: u32) -> (u32, u32) {
        /// Added to a smaller positive number it leaves its whole part in the lowest bits, rounded: what vectors can do.
        const WHOLE: f64 = (1_u64 << 52) as f64;
        let parts = (v - 0.5).max(0.0).min(f64::from(limit - 1)) * f64::from(Self::ALL);
        let parts = (parts + WHOLE).to_bits() as u32;
        let first = (parts / Self::ALL).min(limit - 2);
        (first, parts - first * Self::ALL)
    }

    /// The value at the place, of two values of the upper row and two of the lower.
    #[inline(always)]
    pub(crate) fn mix(self, upper: [u8; 2], lower: [u8; 2]) -> u8 {
        let along = |[left, right]: [u8; 2]| u32::from(left) * (Self::ALL - self.right) + u32::from(right) * self.right;
        let sum = along(upper) * (Self::ALL - self.below) + along(lower) * self.below;
        ((sum + Self::ALL * Self::ALL / 2) / (Self::ALL * Self::ALL)) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_a_pixel_the_more_it_counts() {
        let mixed = |x: f64, y: f64| {
            let place = Place::at(x, y, (5, 4));
            (place.column, place.row, place.mix([0, 100], [200, 100]))
        };
        assert_eq!(mixed(1.5, 2.5), (1, 2, 0));
        assert_eq!(mixed(1.75, 2.5), (1, 2, 25));
        assert_eq!(mixed(1.5, 3.0), (1, 2, 100));
        assert_eq!(mixed(2.25, 3.25), (1, 2, 113));
    }

    #[test]
    fn the_border_goes_on_outside() {
        let place = |x: f64, y: f64| {
            let place = Place::at(x, y, (5, 4));
            (place.column, place.row, place.right, place.below)
        };
        assert_eq!(place(-1e9, 0.2), (0, 0, 0, 0));
        assert_eq!(place(1e300, f64::INFINITY), (3, 2, 256, 256));
        assert_eq!(place(f64::NAN, f64::NEG_INFINITY), (0, 0, 0, 0));
    }
}
