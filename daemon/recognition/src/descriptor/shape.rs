//! The shape half: a histogram of signed edge directions per cell.

use image::RgbImage;

use super::SHAPE_LEN;
use crate::pixels::resize;

/// Size at which directions are taken: 12 pixels a cell and one around for the derivative.
const WIDTH: usize = 98;
const HEIGHT: usize = 134;
const CELL: usize = 12;
const COLUMNS: usize = 8;
const ROWS: usize = 11;
const DIRECTIONS: usize = 8;

/// The histograms, normalised by the contrast around their cell, square roots taken, less their mean, unit length.
pub(super) fn shape(upright: &RgbImage) -> Vec<f32> {
    let small = resize(upright, WIDTH as u32, HEIGHT as u32);
    let cells = histograms(small.as_raw());
    let energy: Vec<f32> = cells.chunks_exact(DIRECTIONS).map(|c| c.iter().map(|v| v * v).sum()).collect();
    let mut out = Vec::with_capacity(SHAPE_LEN);
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let norm = (energy_around(&energy, row, column) + 1.0).sqrt();
            let cell = &cells[(row * COLUMNS + column) * DIRECTIONS..][..DIRECTIONS];
            out.extend(cell.iter().map(|v| (v / norm).sqrt()));
        }
    }
    // Square roots are all positive: without their mean any two pictures would look alike.
    let mean = out.iter().sum::<f32>() / SHAPE_LEN as f32;
    out.iter_mut().for_each(|v| *v -= mean);
    let length = out.iter().map(|v| v * v).sum::<f32>().sqrt();
    out.iter_mut().for_each(|v| *v /= length.max(1e-6));
    out
}

/// Strength of edges per cell and direction, each pixel shared between the four nearest cells and two directions.
fn histograms(rgb: &[u8]) -> Vec<f32> {
    let mut cells = vec![0.0; SHAPE_LEN];
    for y in 1..HEIGHT - 1 {
        let (row, row_share) = cell_of(y - 1);
        for x in 1..WIDTH - 1 {
            let (dx, dy) = derivative(rgb, x, y);
            let strength = (dx * dx + dy * dy).sqrt();
            if strength < 1.0 {
                continue;
            }
            let turn = (dy.atan2(dx) / std::f32::consts::TAU).rem_euclid(1.0) * DIRECTIONS as f32;
            let direction = turn as usize % DIRECTIONS;
            let share = turn.fract();
            let (column, column_share) = cell_of(x - 1);
            for (r, wr) in [(row, 1.0 - row_share), (row + 1, row_share)] {
                for (c, wc) in [(column, 1.0 - column_share), (column + 1, column_share)] {
                    // Cells count from 1 here: 0 and one past the end are outside.
                    if !(1..=ROWS).contains(&r) || !(1..=COLUMNS).contains(&c) {
                        continue;
                    }
                    let cell = &mut cells[((r - 1) * COLUMNS + c - 1) * DIRECTIONS..][..DIRECTIONS];
                    cell[direction] += wr * wc * strength * (1.0 - share);
                    cell[(direction + 1) % DIRECTIONS] += wr * wc * strength * share;
                }
            }
        }
    }
    cells
}

/// The cell whose centre lies at or before a pixel, counted from 1, and how far the pixel is on the way to the next.
fn cell_of(pixel: usize) -> (usize, f32) {
    let place = (pixel as f32 + 0.5) / CELL as f32 + 0.5;
    (place as usize, place.fract())
}

/// Derivative of the colour channel in which it is strongest.
fn derivative(rgb: &[u8], x: usize, y: usize) -> (f32, f32) {
    let i = 3 * (y * WIDTH + x);
    let step = 3 * WIDTH;
    let mut best = (0.0, 0.0);
    let mut most = -1.0;
    for c in i..i + 3 {
        let dx = f32::from(rgb[c + 3]) - f32::from(rgb[c - 3]);
        let dy = f32::from(rgb[c + step]) - f32::from(rgb[c - step]);
        let strength = dx * dx + dy * dy;
        if strength > most {
            (most, best) = (strength, (dx, dy));
        }
    }
    best
}

/// Mean energy of a cell and its neighbours.
fn energy_around(energy: &[f32], row: usize, column: usize) -> f32 {
    let (mut sum, mut n) = (0.0, 0.0);
    for r in row.saturating_sub(1)..=(row + 1).min(ROWS - 1) {
        for c in column.saturating_sub(1)..=(column + 1).min(COLUMNS - 1) {
            sum += energy[r * COLUMNS + c];
            n += 1.0;
        }
    }
    sum / n
}
