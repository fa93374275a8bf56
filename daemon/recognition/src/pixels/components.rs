//! Pixels that hang together.

/// No edge, and an edge; what lies between is one if it hangs together with one.
const NONE: u8 = 0;
const STRONG: u8 = 2;

/// A row of a neighbourhood is looked at in one piece: so many bytes.
const AT_ONCE: usize = size_of::<u64>();
/// Pixels hang together at most over so many columns and rows: the rows of their neighbourhoods must fit into [`AT_ONCE`].
pub const MOST_REACH: usize = (AT_ONCE - 1) / 2;

/// Calls `found` with the pixels (column and row) of every edge that holds at least one of the strength `high`, and `least` of the strength
/// `low` in all. Pixels hang together when they are at most `reach` columns and rows apart, and never over more than [`MOST_REACH`].
pub fn components(
    thin: &[u16],
    width: usize,
    thresholds: (u16, u16),
    reach: usize,
    least: usize,
    mut found: impl FnMut(&[(u32, u32)]),
) {
    let reach = reach.min(MOST_REACH);
    let (mut grades, stride) = graded(thin, width, thresholds, reach);
    let neighbours = !(u64::MAX << (8 * (2 * reach + 1)));
    let mut pixels: Vec<(u32, u32)> = Vec::new();
    let mut start = 0;
    while let Some(next) = grades[start..].iter().position(|grade| *grade == STRONG) {
        start += next;
        grades[start] = NONE;
        pixels.clear();
        pixels.push(((start % stride - reach) as u32, (start / stride - reach) as u32));
        let mut next = 0;
        while let Some(&(x, y)) = pixels.get(next) {
            next += 1;
            for (row, corner) in (y..).zip((y as usize * stride + x as usize..).step_by(stride).take(2 * reach + 1)) {
                let Some(bytes) = grades[corner..].first_chunk::<AT_ONCE>() else { continue };
                let mut left = u64::from_le_bytes(*bytes) & neighbours;
                while left != 0 {
                    let column = left.trailing_zeros() / 8;
                    left &= !(0xff << (8 * column));
                    grades[corner + column as usize] = NONE;
                    pixels.push((x + column - reach as u32, row - reach as u32));
                }
            }
        }
        if pixels.len() >= least {
            found(&pixels);
        }
    }
}

/// What every pixel is, with a margin of `reach` on all sides so that no neighbourhood need be cut, and the length of a row.
fn graded(thin: &[u16], width: usize, (low, high): (u16, u16), reach: usize) -> (Vec<u8>, usize) {
    let height = thin.len().checked_div(width).unwrap_or(0);
    let stride = width + 2 * reach;
    let mut grades = vec![NONE; stride * (height + 2 * reach) + AT_ONCE];
    let rows = grades.chunks_exact_mut(stride.max(1)).skip(reach);
    for (grades, thin) in rows.zip(thin.chunks_exact(width.max(1))) {
        for (grade, strength) in grades[reach..].iter_mut().zip(thin) {
            *grade = u8::from(*strength >= low) + u8::from(*strength >= high);
        }
    }
    (grades, stride)
}

/// Calls `found` with the runs of every region of equal value of `mask` that has at least `least` pixels; regions hang
/// together through their sides. A run is (row, first column, last column).
pub fn regions(mask: &[bool], width: usize, least: usize, mut found: impl FnMut(bool, &[(usize, usize, usize)])) {
    if width == 0 {
        return;
    }
    let runs = runs_of(mask, width);
    let mut parent: Vec<usize> = (0..runs.len()).collect();
    join_rows(&runs, &mut parent);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); runs.len()];
    for i in 0..runs.len() {
        members[root(&mut parent, i)].push(i);
    }
    for member in members.iter().filter(|m| !m.is_empty()) {
        let spans: Vec<_> = member.iter().map(|&i| (runs[i].row, runs[i].first, runs[i].last)).collect();
        if spans.iter().map(|(_, first, last)| last - first + 1).sum::<usize>() >= least {
            found(runs[member[0]].value, &spans);
        }
    }
}

struct Run {
    row: usize,
    first: usize,
    last: usize,
    value: bool,
}

fn runs_of(mask: &[bool], width: usize) -> Vec<Run> {
    let mut runs = Vec::new();
    for (row, line) in mask.chunks_exact(width).enumerate() {
        let mut first = 0;
        for x in 1..=width {
            if x == width || line[x] != line[first] {
                runs.push(Run { row, first, last: x - 1, value: line[first] });
                first = x;
            }
        }
    }
    runs
}

/// Joins runs of the same value that touch across rows.
fn join_rows(runs: &[Run], parent: &mut [usize]) {
    let mut above = 0;
    for i in 0..runs.len() {
        while runs[above].row + 1 < runs[i].row
            || (runs[above].row + 1 == runs[i].row && runs[above].last < runs[i].first)
        {
            above += 1;
        }
        let mut j = above;
        while j < i && runs[j].row + 1 == runs[i].row && runs[j].first <= runs[i].last {
            if runs[j].value == runs[i].value {
                let (a, b) = (root(parent, i), root(parent, j));
                parent[a.max(b)] = a.min(b);
            }
            j += 1;
        }
    }
}

fn root(parent: &mut [usize], mut i: usize) -> usize {
    while parent[i] != i {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    i
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_edges_need_a_strong_one_and_gaps_need_reach() {
        let rows = ["#+.+..", "......", "...+++"];
        let strength = |c| match c {
            '#' => 60,
            '+' => 20,
            _ => 19,
        };
        let thin: Vec<u16> = rows.iter().flat_map(|row| row.chars().map(strength)).collect();
        let found = |reach| {
            let mut found = Vec::new();
            components(&thin, 6, (20, 60), reach, 1, |pixels| found.push(pixels.to_vec()));
            found
        };
        assert_eq!(found(1), [[(0, 0), (1, 0)]]);
        assert_eq!(found(2), [[(0, 0), (1, 0), (3, 0), (3, 2), (4, 2), (5, 2)]]);
        components(&[], 0, (20, 60), 1, 1, |_| panic!("nothing there"));
        components(&[], 5, (20, 60), 1, 1, |_| panic!("nothing there"));
    }

    #[test]
    fn regions_of_both_values() {
        let mask: Vec<bool> = "##..\
                               #.#.\
                               ####"
            .chars()
            .map(|c| c == '#')
            .collect();
        let mut sizes = Vec::new();
        regions(&mask, 4, 1, |value, runs| {
            sizes.push((value, runs.iter().map(|(_, a, b)| b - a + 1).sum::<usize>()));
        });
        sizes.sort_unstable();
        assert_eq!(sizes, [(false, 1), (false, 3), (true, 8)]);
        regions(&[], 0, 1, |_, _| panic!("nothing there"));
    }
}
