//! A floating-point picture and anti-aliased shapes on it.
//!
//! Shapes are signed distances (negative inside, in pixels): the coverage of a pixel at the rim follows from its
//! distance, growing a shape is a subtraction, and the gradient gives artwork something to light. Good for distances up
//! to a few hundred pixels; there is no curve flattening and no clipping path.

use image::{Rgb as Pixel, RgbImage};

use super::colour::{Rgb, blend};

/// A point in pixels.
pub(crate) type Point = (f32, f32);

/// An upright rectangle in pixels, `x0 <= x1`, `y0 <= y1`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rect {
    pub(crate) x0: f32,
    pub(crate) y0: f32,
    pub(crate) x1: f32,
    pub(crate) y1: f32,
}

impl Rect {
    pub(crate) const fn new(x0: f32, y0: f32, x1: f32, y1: f32) -> Self {
        Self { x0, y0, x1, y1 }
    }
    pub(crate) const fn width(&self) -> f32 {
        self.x1 - self.x0
    }
    pub(crate) const fn height(&self) -> f32 {
        self.y1 - self.y0
    }
    pub(crate) const fn centre(&self) -> Point {
        ((self.x0 + self.x1) * 0.5, (self.y0 + self.y1) * 0.5)
    }
    /// Smaller by `by` on every side (larger when negative).
    pub(crate) const fn inset(&self, by: f32) -> Self {
        Self::new(self.x0 + by, self.y0 + by, self.x1 - by, self.y1 - by)
    }
}

/// A shape to fill.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    /// Centre, radii and turn in radians.
    Ellipse { centre: Point, radii: Point, angle: f32 },
    /// Rectangle with corners of a radius.
    Round { rect: Rect, radius: f32 },
    /// Rectangle with corners cut off at 45 degrees, `cut` pixels along each side.
    Cut { rect: Rect, cut: f32 },
    /// Two discs and all between them.
    Capsule { a: Point, b: Point, ra: f32, rb: f32 },
    /// Straight-sided, any winding, not crossing itself.
    Polygon(Vec<Point>),
}

impl Shape {
    pub(crate) const fn disc(centre: Point, radius: f32) -> Self {
        Self::Ellipse { centre, radii: (radius, radius), angle: 0.0 }
    }

    /// Signed distance to the rim in pixels; for ellipses an estimate that is exact on the rim.
    pub(crate) fn distance(&self, x: f32, y: f32) -> f32 {
        match self {
            Self::Ellipse { centre, radii, angle } => {
                let (sin, cos) = angle.sin_cos();
                let (dx, dy) = (x - centre.0, y - centre.1);
                let (u, v) = ((dx * cos + dy * sin) / radii.0, (dy * cos - dx * sin) / radii.1);
                let k = u.hypot(v);
                let slope = (u / radii.0).hypot(v / radii.1);
                if slope > 1e-6 { k * (k - 1.0) / slope } else { -radii.0.min(radii.1) }
            }
            Self::Round { rect, radius } => {
                let (qx, qy) = outside(rect, x, y, *radius);
                qx.max(0.0).hypot(qy.max(0.0)) + qx.max(qy).min(0.0) - radius
            }
            Self::Cut { rect, cut } => {
                let (qx, qy) = outside(rect, x, y, 0.0);
                qx.max(qy).max((qx + qy + cut) * std::f32::consts::FRAC_1_SQRT_2)
            }
            Self::Capsule { a, b, ra, rb } => {
                let (bx, by) = (b.0 - a.0, b.1 - a.1);
                let (px, py) = (x - a.0, y - a.1);
                let t = ((px * bx + py * by) / (bx * bx + by * by).max(1e-6)).clamp(0.0, 1.0);
                (px - bx * t).hypot(py - by * t) - (ra + (rb - ra) * t)
            }
            Self::Polygon(points) => polygon_distance(points, x, y),
        }
    }

    /// The rectangle that holds the shape.
    pub(crate) fn bounds(&self) -> Rect {
        match self {
            Self::Ellipse { centre, radii, .. } => {
                let r = radii.0.max(radii.1);
                Rect::new(centre.0 - r, centre.1 - r, centre.0 + r, centre.1 + r)
            }
            Self::Round { rect, .. } | Self::Cut { rect, .. } => *rect,
            Self::Capsule { a, b, ra, rb } => {
                let r = ra.max(*rb);
                Rect::new(a.0.min(b.0) - r, a.1.min(b.1) - r, a.0.max(b.0) + r, a.1.max(b.1) + r)
            }
            Self::Polygon(points) => points.iter().fold(Rect::new(f32::MAX, f32::MAX, f32::MIN, f32::MIN), |r, p| {
                Rect::new(r.x0.min(p.0), r.y0.min(p.1), r.x1.max(p.0), r.y1.max(p.1))
            }),
        }
    }
}

/// Offset from the rectangle shrunk by `radius`, per axis; negative inside.
fn outside(rect: &Rect, x: f32, y: f32, radius: f32) -> Point {
    let (cx, cy) = rect.centre();
    ((x - cx).abs() - rect.width() * 0.5 + radius, (y - cy).abs() - rect.height() * 0.5 + radius)
}

fn polygon_distance(points: &[Point], x: f32, y: f32) -> f32 {
    let (mut nearest, mut inside) = (f32::MAX, false);
    let mut from = points.len().saturating_sub(1);
    for (to, &(bx, by)) in points.iter().enumerate() {
        let (ax, ay) = points[from];
        let (ex, ey) = (bx - ax, by - ay);
        let t = (((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey).max(1e-6)).clamp(0.0, 1.0);
        nearest = nearest.min((x - ax - ex * t).powi(2) + (y - ay - ey * t).powi(2));
        if (ay > y) != (by > y) && x < ax + (y - ay) / (by - ay) * ex {
            inside = !inside;
        }
        from = to;
    }
    let d = nearest.sqrt();
    if inside { -d } else { d }
}

/// A picture with three numbers in 0..1 per pixel, rows from the top.
#[derive(Debug, Clone)]
pub(crate) struct Canvas {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) pixels: Vec<Rgb>,
}

impl Canvas {
    pub(crate) fn new(width: u32, height: u32, fill: Rgb) -> Self {
        Self { width, height, pixels: vec![fill; width as usize * height as usize] }
    }

    /// The whole picture as a rectangle.
    pub(crate) const fn frame(&self) -> Rect {
        Rect::new(0.0, 0.0, self.width as f32, self.height as f32)
    }

    /// Fills `shape` with what `shader` says for each pixel's centre.
    pub(crate) fn fill(&mut self, shape: &Shape, alpha: f32, shader: impl Fn(f32, f32) -> Rgb) {
        self.fill_grown(shape, 0.0, alpha, shader);
    }

    /// Fills `shape` with one colour.
    pub(crate) fn flat(&mut self, shape: &Shape, alpha: f32, colour: Rgb) {
        self.fill(shape, alpha, |_, _| colour);
    }

    /// Fills `shape` made larger by `grow` pixels all round (smaller when negative).
    pub(crate) fn fill_grown(&mut self, shape: &Shape, grow: f32, alpha: f32, shader: impl Fn(f32, f32) -> Rgb) {
        let area = shape.bounds().inset(-grow - 1.0);
        self.within(area, |x, y, under| {
            let cover = (0.5 + grow - shape.distance(x, y)).clamp(0.0, 1.0) * alpha;
            if cover > 0.0 { blend(under, shader(x, y), cover) } else { under }
        });
    }

    /// Draws the rim of `shape`, `width` pixels wide, centred on it.
    pub(crate) fn outline(&mut self, shape: &Shape, width: f32, alpha: f32, colour: Rgb) {
        self.within(shape.bounds().inset(-width - 1.0), |x, y, under| {
            let cover = (0.5 + width * 0.5 - shape.distance(x, y).abs()).clamp(0.0, 1.0) * alpha;
            blend(under, colour, cover)
        });
    }

    /// Darkens (or colours) what lies around `shape`, fading over `soft` pixels.
    pub(crate) fn glow(&mut self, shape: &Shape, soft: f32, alpha: f32, colour: Rgb) {
        self.within(shape.bounds().inset(-soft - 1.0), |x, y, under| {
            let t = 1.0 - (shape.distance(x, y) / soft).clamp(0.0, 1.0);
            blend(under, colour, t * t * alpha)
        });
    }

    /// Replaces every pixel in `area` by what `shader` makes of its centre and present colour.
    pub(crate) fn within(&mut self, area: Rect, shader: impl Fn(f32, f32, Rgb) -> Rgb) {
        let clip = |v: f32, top: u32| v.clamp(0.0, top as f32) as usize;
        let (x0, x1) = (clip(area.x0.floor(), self.width), clip(area.x1.ceil(), self.width));
        let (y0, y1) = (clip(area.y0.floor(), self.height), clip(area.y1.ceil(), self.height));
        for y in y0..y1 {
            let row = y * self.width as usize;
            for (x, pixel) in (x0..).zip(&mut self.pixels[row + x0..row + x1.max(x0)]) {
                *pixel = shader(x as f32 + 0.5, y as f32 + 0.5, *pixel);
            }
        }
    }

    /// Blends one pixel; outside the picture nothing happens.
    pub(crate) fn dot(&mut self, x: i32, y: i32, alpha: f32, colour: Rgb) {
        if x >= 0 && y >= 0 && (x as u32) < self.width && (y as u32) < self.height {
            let at = y as usize * self.width as usize + x as usize;
            self.pixels[at] = blend(self.pixels[at], colour, alpha);
        }
    }

    /// Copies `other` so that its top left corner lies at (`x`, `y`), where `cover` says how much of it shows.
    pub(crate) fn place(&mut self, other: &Self, x: f32, y: f32, cover: impl Fn(f32, f32) -> f32) {
        let area = Rect::new(x, y, x + other.width as f32, y + other.height as f32);
        self.within(area, |px, py, under| {
            let (ox, oy) = ((px - x) as usize, (py - y) as usize);
            let inside = ox < other.width as usize && oy < other.height as usize;
            if inside { blend(under, other.pixels[oy * other.width as usize + ox], cover(px, py)) } else { under }
        });
    }

    /// Colour at a place between pixels; the rim continues outwards.
    pub(crate) fn sample(&self, x: f32, y: f32) -> Rgb {
        let (x, y) = ((x - 0.5).clamp(0.0, self.width as f32 - 1.0), (y - 0.5).clamp(0.0, self.height as f32 - 1.0));
        let (ix, iy) = (x as usize, y as usize);
        let (jx, jy) = ((ix + 1).min(self.width as usize - 1), (iy + 1).min(self.height as usize - 1));
        let at = |x: usize, y: usize| self.pixels[y * self.width as usize + x];
        let (u, v) = (x - ix as f32, y - iy as f32);
        blend(blend(at(ix, iy), at(jx, iy), u), blend(at(ix, jy), at(jx, jy), u), v)
    }

    /// The picture with 8 bits per channel.
    pub(crate) fn to_image(&self) -> RgbImage {
        let byte = |v: f32| (v.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
        RgbImage::from_fn(self.width, self.height, |x, y| {
            let c = self.pixels[y as usize * self.width as usize + x as usize];
            Pixel([byte(c[0]), byte(c[1]), byte(c[2])])
        })
    }
}
