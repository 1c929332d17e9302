//! Links as the rows of a joined table, in the order of the user's own files.

use super::assign::Link;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

/// Which rows come out, in the words of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Join {
    /// One row for every link.
    #[default]
    Inner,
    /// As inner, and the left rows that have no link.
    Left,
    /// As inner, and the right rows that have no link.
    Right,
    /// As inner, and the rows of both sides that have no link.
    Full,
    /// The left rows that have a link, each once, without their partners.
    Semi,
    /// The left rows that have no link.
    Anti,
}

impl Join {
    /// All joins, in the order in which they are documented.
    pub const ALL: [Join; 6] = [Join::Inner, Join::Left, Join::Right, Join::Full, Join::Semi, Join::Anti];

    /// The name as it is written on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Join::Inner => "inner",
            Join::Left => "left",
            Join::Right => "right",
            Join::Full => "full",
            Join::Semi => "semi",
            Join::Anti => "anti",
        }
    }
}

impl fmt::Display for Join {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Join {
    type Err = Error;

    fn from_str(text: &str) -> Result<Join> {
        Join::ALL.into_iter().find(|join| join.name() == text).ok_or_else(|| {
            let names = Join::ALL.map(Join::name).join(", ");
            Error::usage(format!("no join {text:?}; the joins are: {names}"))
        })
    }
}

/// A row of the joined table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct JoinRow {
    /// The left row, unless a right row stands alone.
    pub left: Option<u32>,
    /// The right row, unless a left row stands alone or the join asks for left rows only.
    pub right: Option<u32>,
    /// The match weight of the link in micro-bits; none where there is no link or the join asks for left rows only.
    pub weight: Option<i32>,
}

/// The rows of the joined table.
///
/// `left_positions[row]` says where a left row stands in its file, and so `right_positions`; their lengths are the numbers
/// of rows. Rows come out by left position, then weight from high to low, then right row; right rows without a link
/// follow by right position. Rows at equal positions come in the order of their numbers. The links may come in any order
/// and are all used: what may stand together was decided by [`super::assign`].
///
/// O(E log E + L log L + R log R) for E links, L left and R right rows.
///
/// # Errors
/// A usage error if a link names a row that has no position.
///
/// ```
/// use cognate::resolve::{Join, JoinRow, Link, join};
/// let links = [Link { left: 0, right: 0, weight: 5 }];
/// // Left row 1 comes first in its file and has no link.
/// let rows = join(&links, Join::Left, &[1, 0], &[0])?;
/// assert_eq!(rows[0], JoinRow { left: Some(1), right: None, weight: None });
/// assert_eq!(rows[1], JoinRow { left: Some(0), right: Some(0), weight: Some(5) });
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub fn join(links: &[Link], join: Join, left_positions: &[u32], right_positions: &[u32]) -> Result<Vec<JoinRow>> {
    let left_linked = linked(links.iter().map(|link| link.left), left_positions.len(), "left")?;
    let right_linked = linked(links.iter().map(|link| link.right), right_positions.len(), "right")?;
    let alone = |left| JoinRow { left: Some(left), right: None, weight: None };
    let mut rows = Vec::new();
    if matches!(join, Join::Inner | Join::Left | Join::Right | Join::Full) {
        let row = |link: &Link| JoinRow { left: Some(link.left), right: Some(link.right), weight: Some(link.weight) };
        rows.extend(links.iter().map(row));
    }
    if matches!(join, Join::Left | Join::Full | Join::Anti) {
        rows.extend(rows_where(&left_linked, false).map(alone));
    }
    if join == Join::Semi {
        rows.extend(rows_where(&left_linked, true).map(alone));
    }
    let position = |row: &JoinRow| row.left.and_then(|left| left_positions.get(left as usize));
    rows.sort_by_key(|row| (position(row), row.left, Reverse(row.weight), row.right));
    if matches!(join, Join::Right | Join::Full) {
        let mut rest: Vec<u32> = rows_where(&right_linked, false).collect();
        rest.sort_by_key(|&right| right_positions.get(right as usize));
        rows.extend(rest.into_iter().map(|right| JoinRow { left: None, right: Some(right), weight: None }));
    }
    Ok(rows)
}

/// For every row of a table, whether a link names it.
fn linked(rows: impl Iterator<Item = u32>, len: usize, side: &str) -> Result<Vec<bool>> {
    let mut linked = vec![false; len];
    for row in rows {
        match linked.get_mut(row as usize) {
            Some(mark) => *mark = true,
            None => return Err(Error::usage(format!("a link names {side} row {row}, but the table has {len} rows"))),
        }
    }
    Ok(linked)
}

/// The rows that have a link, or those that have none, in the order of row numbers.
fn rows_where(linked: &[bool], wanted: bool) -> impl Iterator<Item = u32> {
    (0..).zip(linked).filter(move |&(_, &linked)| linked == wanted).map(|(row, _)| row)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Left rows 0, 1, 2 stand in the file as 2, 0, 1; right rows 0, 1, 2, 3 as 3, 2, 1, 0.
    fn joined(kind: Join) -> Vec<(Option<u32>, Option<u32>, Option<i32>)> {
        let link = |left, right, weight| Link { left, right, weight };
        let links = [link(0, 0, 7), link(2, 3, 4), link(2, 0, 9), link(2, 2, 4)];
        let rows = join(&links, kind, &[1, 2, 0], &[3, 2, 1, 0]).unwrap();
        rows.into_iter().map(|row| (row.left, row.right, row.weight)).collect()
    }

    #[test]
    fn inner_and_outer_joins_follow_the_files() {
        let links = [
            (Some(2), Some(0), Some(9)),
            (Some(2), Some(2), Some(4)),
            (Some(2), Some(3), Some(4)),
            (Some(0), Some(0), Some(7)),
        ];
        let (left, right) = ((Some(1), None, None), (None, Some(1), None));
        assert_eq!(joined(Join::Inner), links);
        assert_eq!(joined(Join::Left), [&links[..], &[left]].concat());
        assert_eq!(joined(Join::Right), [&links[..], &[right]].concat());
        assert_eq!(joined(Join::Full), [&links[..], &[left, right]].concat());
    }

    #[test]
    fn semi_and_anti_joins_share_out_the_left_rows() {
        assert_eq!(joined(Join::Semi), [(Some(2), None, None), (Some(0), None, None)]);
        assert_eq!(joined(Join::Anti), [(Some(1), None, None)]);
    }

    #[test]
    fn rows_without_links_come_by_position() {
        let rows = join(&[], Join::Full, &[1, 0], &[1, 0]).unwrap();
        let rows: Vec<_> = rows.into_iter().map(|row| (row.left, row.right)).collect();
        assert_eq!(rows, [(Some(1), None), (Some(0), None), (None, Some(1)), (None, Some(0))]);
    }

    #[test]
    fn a_link_to_a_row_that_does_not_exist_is_an_error() {
        let link = Link { left: 0, right: 4, weight: 0 };
        let error = join(&[link], Join::Anti, &[0], &[0, 1]).unwrap_err();
        assert_eq!(error.to_string(), "a link names right row 4, but the table has 2 rows");
    }

    #[test]
    fn names_go_both_ways() {
        for join in Join::ALL {
            assert_eq!(join.to_string().parse::<Join>().unwrap(), join);
        }
        assert!("outer".parse::<Join>().is_err());
    }
}
