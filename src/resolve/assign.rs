//! Links between two tables, and how many of them a row may keep.

use super::one_to_one::one_to_one;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

/// A scored link between a row of the left table and a row of the right table.
///
/// Row numbers count from 0 in the byte order of the rows' ids, so that the order of rows is the order of ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    /// The row of the left table.
    pub left: u32,
    /// The row of the right table.
    pub right: u32,
    /// The match weight in micro-bits of log2 odds.
    pub weight: i32,
}

/// How many links a row may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assignment {
    /// Every link at or above the floor.
    #[default]
    Many,
    /// For every left row its best right row; a right row may serve several left rows.
    BestLeft,
    /// For every right row its best left row; a left row may serve several right rows.
    BestRight,
    /// Every row at most once, with the greatest total weight.
    OneToOne,
}

impl Assignment {
    /// All assignments, in the order in which they are documented.
    pub const ALL: [Assignment; 4] =
        [Assignment::Many, Assignment::BestLeft, Assignment::BestRight, Assignment::OneToOne];

    /// The name as it is written on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Assignment::Many => "many",
            Assignment::BestLeft => "best-left",
            Assignment::BestRight => "best-right",
            Assignment::OneToOne => "one-to-one",
        }
    }
}

impl fmt::Display for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Assignment {
    type Err = Error;

    fn from_str(text: &str) -> Result<Assignment> {
        Assignment::ALL.into_iter().find(|assignment| assignment.name() == text).ok_or_else(|| {
            let names = Assignment::ALL.map(Assignment::name).join(", ");
            Error::usage(format!("no assignment {text:?}; the assignments are: {names}"))
        })
    }
}

/// Picks the links that stand, sorted by left row, then weight from high to low, then right row.
///
/// - `links` may come in any order; of several links between the same two rows the heaviest counts.
/// - `floor` is the least weight (micro-bits) of a link that may stand; links below it are dropped first.
/// - `top` keeps at most that many links of each left row, the best first. It is applied to the links that were assigned:
///   it prunes [`Many`](Assignment::Many) and [`BestRight`](Assignment::BestRight), and the other two leave it nothing to
///   do unless it is 0.
///
/// **Ties.** `BestLeft` and `BestRight` give equal weights to the smaller row number of the other side, and `top` to the
/// smaller right row.
///
/// **One-to-one** takes, of all assignments that use every row at most once, one with the greatest sum of
/// `(weight − floor) + 1` over its links. So every link at or above the floor adds something, and of two assignments with
/// the same total excess over the floor the one with more links wins. (A link more is worth one micro-bit, so exact ties
/// remain.) Among the assignments with the greatest sum it returns exactly one, whatever the order of the input: list for
/// each left row, in the order of rows, the right row it got, with "none" after every number; the list that is smallest in
/// lexicographic order wins. In other words the first left row gets the smallest right row that any best assignment gives
/// it, then the second left row the smallest that is still possible, and so on.
///
/// Complexity for E links: O(E log E) time, O(E) memory; one-to-one adds O(V · E log E) in the worst case *within each
/// connected component* of V rows and E links, and close to O(E log E) where few rows compete for the same partner.
///
/// ```
/// use cognate::resolve::{Assignment, Link, assign};
/// let link = |left, right, weight| Link { left, right, weight };
/// // Row 0 likes right 0 a little more than right 1 does, but row 1 has no other partner.
/// let links = vec![link(0, 0, 9), link(0, 1, 8), link(1, 0, 7)];
/// assert_eq!(assign(links.clone(), Assignment::BestLeft, 0, None), [link(0, 0, 9), link(1, 0, 7)]);
/// assert_eq!(assign(links, Assignment::OneToOne, 0, None), [link(0, 1, 8), link(1, 0, 7)]);
/// ```
pub fn assign(mut links: Vec<Link>, assignment: Assignment, floor: i32, top: Option<usize>) -> Vec<Link> {
    links.retain(|link| link.weight >= floor);
    links.sort_unstable_by_key(|link| (link.left, link.right, Reverse(link.weight)));
    links.dedup_by_key(|link| (link.left, link.right));
    match assignment {
        Assignment::Many => {}
        Assignment::BestLeft => {
            links.sort_unstable_by_key(|link| (link.left, Reverse(link.weight), link.right));
            links.dedup_by_key(|link| link.left);
        }
        Assignment::BestRight => {
            links.sort_unstable_by_key(|link| (link.right, Reverse(link.weight), link.left));
            links.dedup_by_key(|link| link.right);
        }
        Assignment::OneToOne => links = one_to_one(&links, floor),
    }
    links.sort_unstable_by_key(|link| (link.left, Reverse(link.weight), link.right));
    if let Some(top) = top {
        keep_top(&mut links, top);
    }
    links
}

/// Keeps the first `top` links of each left row; `links` are sorted by left row, best first.
fn keep_top(links: &mut Vec<Link>, top: usize) {
    let mut row = None;
    let mut kept = 0;
    links.retain(|link| {
        if row != Some(link.left) {
            row = Some(link.left);
            kept = 0;
        }
        kept += 1;
        kept <= top
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(left: u32, right: u32, weight: i32) -> Link {
        Link { left, right, weight }
    }

    #[test]
    fn names_go_both_ways() {
        for assignment in Assignment::ALL {
            assert_eq!(assignment.to_string().parse::<Assignment>().unwrap(), assignment);
            assert_eq!(serde_json::to_value(assignment).unwrap(), assignment.name());
        }
        let error = "one".parse::<Assignment>().unwrap_err().to_string();
        assert_eq!(error, "no assignment \"one\"; the assignments are: many, best-left, best-right, one-to-one");
    }

    #[test]
    fn many_keeps_what_reaches_the_floor_and_the_heaviest_of_doubles() {
        let links = vec![link(1, 0, 5), link(0, 1, 4), link(0, 0, 3), link(0, 1, 6), link(2, 2, 2)];
        assert_eq!(assign(links, Assignment::Many, 3, None), [link(0, 1, 6), link(0, 0, 3), link(1, 0, 5)]);
    }

    #[test]
    fn ties_go_to_the_smaller_row_of_the_other_side() {
        let square = vec![link(1, 1, 5), link(1, 0, 5), link(0, 1, 5), link(0, 0, 5)];
        assert_eq!(assign(square.clone(), Assignment::BestLeft, 0, None), [link(0, 0, 5), link(1, 0, 5)]);
        assert_eq!(assign(square.clone(), Assignment::BestRight, 0, None), [link(0, 0, 5), link(0, 1, 5)]);
        assert_eq!(assign(square, Assignment::OneToOne, 0, None), [link(0, 0, 5), link(1, 1, 5)]);
    }

    #[test]
    fn top_limits_the_links_of_each_left_row() {
        let links = vec![link(0, 0, 1), link(0, 1, 3), link(0, 2, 3), link(1, 3, 1)];
        assert_eq!(assign(links.clone(), Assignment::Many, 0, Some(1)), [link(0, 1, 3), link(1, 3, 1)]);
        assert_eq!(assign(links.clone(), Assignment::BestRight, 0, Some(2)).len(), 3);
        for assignment in Assignment::ALL {
            assert!(assign(links.clone(), assignment, 0, Some(0)).is_empty());
        }
    }

    #[test]
    fn weights_and_floors_at_the_ends_of_their_range_do_not_overflow() {
        let links = vec![link(0, 0, i32::MAX), link(0, 1, i32::MAX), link(1, 0, i32::MIN), link(1, 1, i32::MAX)];
        let chosen = assign(links, Assignment::OneToOne, i32::MIN, None);
        assert_eq!(chosen, [link(0, 0, i32::MAX), link(1, 1, i32::MAX)]);
    }
}
