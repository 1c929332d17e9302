//! One-to-one assignment: the links fall apart into connected components, and each is solved on its own.
//!
//! The total weight is a sum over components and the tie rule orders left rows, of which each lies in one component, so
//! solving them apart gives exactly the answer for the whole.

use super::assign::Link;
use super::canonical::canonical;
use super::matching::{Graph, optimum};
use std::cmp::Reverse;

/// The best one-to-one assignment under the rule that [`super::assign`] documents, in no particular order.
///
/// **Invariant:** `links` are sorted by (left, right), no two join the same rows, and none is below `floor`.
pub(super) fn one_to_one(links: &[Link], floor: i32) -> Vec<Link> {
    let mut chosen = Vec::new();
    for component in components(links) {
        solve(&component, floor, &mut chosen);
    }
    chosen
}

fn solve(component: &[Link], floor: i32, chosen: &mut Vec<Link>) {
    let one_left = component.iter().all(|link| Some(link.left) == component.first().map(|first| first.left));
    let one_right = component.iter().all(|link| Some(link.right) == component.first().map(|first| first.right));
    if one_left || one_right {
        // A star has room for one link, and on equal weights the tie rule asks for the smaller row on the open side.
        chosen.extend(component.iter().min_by_key(|link| (Reverse(link.weight), link.left, link.right)));
        return;
    }
    let graph = Graph::new(component, floor);
    let optimum = optimum(&graph);
    chosen.extend(graph.links(&canonical(&graph, optimum)));
}

/// The connected components of the links, each with its links in the order in which they came.
///
/// Union-find with path halving and union by smaller root: O(E log E) for E links.
fn components(links: &[Link]) -> Vec<Vec<Link>> {
    let lefts = distinct(links.iter().map(|link| link.left));
    let rights = distinct(links.iter().map(|link| link.right));
    let mut parent: Vec<usize> = (0..lefts.len() + rights.len()).collect();
    let nodes = |link: &Link| (rank(&lefts, link.left), lefts.len() + rank(&rights, link.right));
    for link in links {
        let (left, right) = nodes(link);
        let (left, right) = (root(&mut parent, left), root(&mut parent, right));
        parent[left.max(right)] = left.min(right);
    }
    let mut labelled: Vec<(usize, Link)> = links.iter().map(|link| (root(&mut parent, nodes(link).0), *link)).collect();
    labelled.sort_by_key(|(root, _)| *root);
    let same = |a: &(usize, Link), b: &(usize, Link)| a.0 == b.0;
    labelled.chunk_by(same).map(|part| part.iter().map(|(_, link)| *link).collect()).collect()
}

/// The row numbers that occur, sorted, each once.
pub(super) fn distinct(rows: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut rows: Vec<u32> = rows.collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// The place of a row among the `distinct` rows that it was taken from.
pub(super) fn rank(distinct: &[u32], row: u32) -> usize {
    distinct.partition_point(|&other| other < row)
}

fn root(parent: &mut [usize], mut node: usize) -> usize {
    while parent[node] != node {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(left: u32, right: u32, weight: i32) -> Link {
        Link { left, right, weight }
    }

    #[test]
    fn components_are_told_apart() {
        let links = [link(0, 7, 1), link(2, 9, 1), link(4, 7, 1), link(5, 5, 1), link(5, 9, 1)];
        let found = components(&links);
        assert_eq!(found, [vec![links[0], links[2]], vec![links[1], links[3], links[4]]]);
        assert!(components(&[]).is_empty());
    }

    #[test]
    fn a_row_number_is_not_a_node_of_both_sides() {
        assert_eq!(components(&[link(1, 2, 0), link(2, 3, 0)]).len(), 2);
    }

    #[test]
    fn stars_keep_their_heaviest_link() {
        assert_eq!(one_to_one(&[link(0, 1, 3), link(0, 2, 5), link(0, 3, 5)], 0), [link(0, 2, 5)]);
        assert_eq!(one_to_one(&[link(1, 0, 3), link(2, 0, 5), link(3, 0, 5)], 0), [link(2, 0, 5)]);
    }
}
