//! Pixels that hang together.

use super::Grade;

/// Calls `found` with the pixels (as indexes) of every edge that holds at least one strong pixel and `least` pixels in
/// all. Pixels hang together when they are at most `reach` columns and rows apart.
pub fn components(mut grades: Vec<Grade>, width: usize, reach: usize, least: usize, mut found: impl FnMut(&[usize])) {
    let height = grades.len().checked_div(width).unwrap_or(0);
    let mut pixels: Vec<usize> = Vec::new();
    for start in 0..width * height {
        if grades[start] != Grade::Strong {
            continue;
        }
        pixels.clear();
        pixels.push(start);
        grades[start] = Grade::None;
        let mut next = 0;
        while let Some(&i) = pixels.get(next) {
            next += 1;
            let (x, y) = (i % width, i / width);
            for row in y.saturating_sub(reach)..=(y + reach).min(height - 1) {
                let first = row * width + x.saturating_sub(reach);
                let last = row * width + (x + reach).min(width - 1);
                for (j, grade) in (first..).zip(&mut grades[first..=last]) {
                    if *grade != Grade::None {
                        *grade = Grade::None;
                        pixels.push(j);
                    }
                }
            }
        }
        if pixels.len() >= least {
            found(&pixels);
        }
    }
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

    fn parse(rows: &[&str]) -> (Vec<Grade>, usize) {
        let grade = |c| match c {
            '#' => Grade::Strong,
            '+' => Grade::Weak,
            _ => Grade::None,
        };
        (rows.iter().flat_map(|row| row.chars().map(grade)).collect(), rows[0].len())
    }

    #[test]
    fn weak_edges_need_a_strong_one_and_gaps_need_reach() {
        let (grades, width) = parse(&["#+.+..", "......", "...+++"]);
        let sizes = |reach| {
            let mut sizes = Vec::new();
            components(grades.clone(), width, reach, 1, |pixels| sizes.push(pixels.len()));
            sizes
        };
        assert_eq!(sizes(1), [2]);
        assert_eq!(sizes(2), [6]);
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
