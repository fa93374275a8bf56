//! Printings that read the same.

use std::collections::HashMap;
use std::ops::Range;

use cardmint_domain::Printing;

use super::words::key;

/// A set of printings that read the same.
pub type GroupId = u32;

/// Every printing's group. Printings are named by their position in the catalogue.
#[derive(Debug, Default)]
pub struct Groups {
    of: Vec<GroupId>,
    members: Vec<u32>,
    ranges: Vec<Range<u32>>,
}

impl Groups {
    /// Groups printings by name, hit points and the headings of their attacks and abilities. The texts below the
    /// headings are left out: reprints reword them, and two groups taken for one only make the number decide.
    #[must_use]
    pub fn of(printings: &[Printing]) -> Self {
        let mut known: HashMap<String, GroupId> = HashMap::new();
        let mut of = Vec::with_capacity(printings.len());
        for printing in printings {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            of.push(*known.entry(identity(printing)).or_insert(next));
        }
        let mut members: Vec<u32> = (0..u32::try_from(of.len()).unwrap_or(u32::MAX)).collect();
        members.sort_by_key(|&member| of[member as usize]);
        let mut ranges = vec![0..0; known.len()];
        for (at, &member) in (0_u32..).zip(&members) {
            let range: &mut Range<u32> = &mut ranges[of[member as usize] as usize];
            *range = if range.start == range.end { at..at + 1 } else { range.start..at + 1 };
        }
        Self { of, members, ranges }
    }

    /// The group of a printing.
    #[must_use]
    pub fn group(&self, printing: u32) -> GroupId {
        self.of[printing as usize]
    }

    /// The printings of a group, in the catalogue's order; never empty.
    #[must_use]
    pub fn members(&self, group: GroupId) -> &[u32] {
        let range = &self.ranges[group as usize];
        &self.members[range.start as usize..range.end as usize]
    }

    /// How many groups there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

/// What two printings that read the same have in common.
fn identity(printing: &Printing) -> String {
    let mut identity = format!("{}|{}", key(&printing.name), printing.hit_points.as_deref().unwrap_or_default());
    for block in &printing.blocks {
        if !block.name.is_empty() {
            identity.push('|');
            identity.push_str(&key(&block.name));
        }
    }
    identity
}
