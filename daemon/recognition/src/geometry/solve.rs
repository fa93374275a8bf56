//! Small systems of linear equations.

/// Solves `m x = b` for `N` unknowns by Gauss with pivoting; none when the system is singular.
pub(super) fn solve<const N: usize>(mut m: [[f64; N]; N], mut b: [f64; N]) -> Option<[f64; N]> {
    for column in 0..N {
        let pivot = (column..N).max_by(|&i, &j| m[i][column].abs().total_cmp(&m[j][column].abs()))?;
        if m[pivot][column].is_nan() || m[pivot][column].abs() <= 1e-12 {
            return None;
        }
        m.swap(column, pivot);
        b.swap(column, pivot);
        for row in column + 1..N {
            let factor = m[row][column] / m[column][column];
            let upper = m[column];
            for (below, above) in m[row].iter_mut().zip(upper).skip(column) {
                *below -= factor * above;
            }
            b[row] -= factor * b[column];
        }
    }
    let mut x = [0.0; N];
    for row in (0..N).rev() {
        let known: f64 = (row + 1..N).map(|k| m[row][k] * x[k]).sum();
        x[row] = (b[row] - known) / m[row][row];
    }
    x.iter().all(|v| v.is_finite()).then_some(x)
}

/// Adds one equation `row . x = value` with a weight to the normal equations.
pub(super) fn add_equation<const N: usize>(
    m: &mut [[f64; N]; N],
    b: &mut [f64; N],
    row: &[f64; N],
    value: f64,
    weight: f64,
) {
    for i in 0..N {
        for j in 0..N {
            m[i][j] += weight * row[i] * row[j];
        }
        b[i] += weight * row[i] * value;
    }
}
