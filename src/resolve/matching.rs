//! An optimal assignment of one connected component, by successive shortest augmenting paths.
//!
//! The linear programme "maximise the profit of the chosen links, every row at most once" has a dual: a price for every
//! row, never negative, such that the prices of a link's two rows are at least its profit. An assignment is optimal exactly
//! if some prices exist for which every chosen link is *tight* (its prices equal its profit) and every row with a price
//! above zero is chosen. Left rows enter one at a time; each looks for the cheapest way to restore those conditions with
//! Dijkstra's algorithm over the slack of the links (Kuhn 1955; Edmonds and Karp 1972; the sparse form follows Jonker and
//! Volgenant 1987). All arithmetic is exact: profits are below 2^33 and prices never exceed the largest profit.
//!
//! **Invariant:** rows are renumbered densely within the component, in the order of row numbers; every index below comes
//! from that numbering.

use super::assign::Link;
use super::one_to_one::{distinct, rank};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The links of a component as an adjacency list of the left rows.
pub(super) struct Graph {
    lefts: Vec<u32>,
    rights: Vec<u32>,
    /// Where the edges of each left row begin; one entry more than there are left rows.
    first: Vec<usize>,
    /// Edges by left row, each list in the order of right rows.
    edges: Vec<Edge>,
    floor: i64,
}

/// A link as its left row sees it.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    pub(super) right: usize,
    /// `(weight − floor) + 1`, at least 1.
    pub(super) profit: i64,
}

impl Graph {
    /// The graph of links that are sorted by (left, right), distinct, and at or above the floor.
    pub(super) fn new(links: &[Link], floor: i32) -> Graph {
        let lefts = distinct(links.iter().map(|link| link.left));
        let rights = distinct(links.iter().map(|link| link.right));
        let floor = i64::from(floor);
        let mut first = vec![0; lefts.len() + 1];
        for link in links {
            first[rank(&lefts, link.left) + 1] += 1;
        }
        for row in 0..lefts.len() {
            first[row + 1] += first[row];
        }
        let profit = |link: &Link| i64::from(link.weight) - floor + 1;
        let edges = links.iter().map(|link| Edge { right: rank(&rights, link.right), profit: profit(link) }).collect();
        Graph { lefts, rights, first, edges, floor }
    }

    pub(super) fn lefts(&self) -> usize {
        self.lefts.len()
    }

    pub(super) fn rights(&self) -> usize {
        self.rights.len()
    }

    /// The edges of a left row, in the order of right rows.
    pub(super) fn edges(&self, left: usize) -> &[Edge] {
        &self.edges[self.first[left]..self.first[left + 1]]
    }

    /// The links that a choice of partners stands for.
    pub(super) fn links(&self, partners: &Partners) -> Vec<Link> {
        let chosen = |left: usize| {
            let partner = partners.of_left[left]?;
            let edge = self.edges(left).iter().find(|edge| edge.right == partner)?;
            let weight = i32::try_from(edge.profit - 1 + self.floor).ok()?;
            Some(Link { left: self.lefts[left], right: self.rights[partner], weight })
        };
        (0..self.lefts()).filter_map(chosen).collect()
    }
}

/// Who is assigned to whom; the two lists always mirror each other.
pub(super) struct Partners {
    pub(super) of_left: Vec<Option<usize>>,
    pub(super) of_right: Vec<Option<usize>>,
}

/// An optimal assignment and the prices that prove it.
pub(super) struct Optimum {
    pub(super) partners: Partners,
    pub(super) left_price: Vec<i64>,
    pub(super) right_price: Vec<i64>,
}

/// Finds an assignment of greatest profit; which one of several is decided by [`super::canonical`].
///
/// O(L · E log E) for L left rows and E edges in the worst case; a search visits only what is nearer than its goal.
pub(super) fn optimum(graph: &Graph) -> Optimum {
    let best = |left| graph.edges(left).iter().map(|edge| edge.profit).max().unwrap_or(0);
    let mut search = Search {
        graph,
        optimum: Optimum {
            partners: Partners { of_left: vec![None; graph.lefts()], of_right: vec![None; graph.rights()] },
            left_price: (0..graph.lefts()).map(best).collect(),
            right_price: vec![0; graph.rights()],
        },
        distance: vec![i64::MAX; graph.rights()],
        reached_from: vec![0; graph.rights()],
        touched: Vec::new(),
        queue: BinaryHeap::new(),
        goal: Goal { distance: 0, end: End::Left(0) },
    };
    for left in 0..graph.lefts() {
        search.enter(left);
    }
    search.optimum
}

/// Where an augmenting path ends: a left row that goes without, or a right row that was free.
#[derive(Clone, Copy)]
enum End {
    Left(usize),
    Right(usize),
}

#[derive(Clone, Copy)]
struct Goal {
    distance: i64,
    end: End,
}

struct Search<'a> {
    graph: &'a Graph,
    optimum: Optimum,
    /// Of each right row from the entering left row; `i64::MAX` while it is not reached.
    distance: Vec<i64>,
    reached_from: Vec<usize>,
    touched: Vec<usize>,
    queue: BinaryHeap<Reverse<(i64, usize)>>,
    /// The nearest end so far; nothing beyond it is looked at.
    goal: Goal,
}

impl Search<'_> {
    /// Brings a left row into the assignment and keeps it optimal for the rows that have entered.
    fn enter(&mut self, entering: usize) {
        self.goal = Goal { distance: self.optimum.left_price[entering], end: End::Left(entering) };
        let mut reached_left = vec![(entering, 0)];
        let mut settled = Vec::new();
        self.grow(entering, 0);
        while let Some(Reverse((distance, right))) = self.queue.pop() {
            if distance >= self.goal.distance {
                break;
            }
            // Only assigned right rows are queued, and a shorter distance queues a row again.
            let (false, Some(left)) = (distance > self.distance[right], self.optimum.partners.of_right[right]) else {
                continue;
            };
            settled.push(right);
            reached_left.push((left, distance));
            let going_without = distance + self.optimum.left_price[left];
            if going_without < self.goal.distance {
                self.goal = Goal { distance: going_without, end: End::Left(left) };
            }
            self.grow(left, distance);
        }
        for (left, distance) in reached_left {
            self.optimum.left_price[left] -= self.goal.distance - distance;
        }
        for right in settled {
            self.optimum.right_price[right] += self.goal.distance - self.distance[right];
        }
        self.shift();
        self.reset();
    }

    /// Looks along the edges of a left row at this distance.
    fn grow(&mut self, left: usize, distance: i64) {
        let partners = &self.optimum.partners;
        for edge in self.graph.edges(left) {
            let right = edge.right;
            let slack = self.optimum.left_price[left] + self.optimum.right_price[right] - edge.profit;
            let distance = distance + slack;
            if distance >= self.goal.distance || distance >= self.distance[right] {
                continue;
            }
            self.distance[right] = distance;
            self.reached_from[right] = left;
            self.touched.push(right);
            if partners.of_right[right].is_some() {
                self.queue.push(Reverse((distance, right)));
            } else {
                self.goal = Goal { distance, end: End::Right(right) };
            }
        }
    }

    /// Hands every right row on the path to the goal to the left row from which it was reached.
    fn shift(&mut self) {
        let partners = &mut self.optimum.partners;
        let mut vacant = match self.goal.end {
            End::Right(right) => Some(right),
            End::Left(left) => partners.of_left[left].take(),
        };
        while let Some(right) = vacant {
            let left = self.reached_from[right];
            partners.of_right[right] = Some(left);
            vacant = partners.of_left[left].replace(right);
        }
    }

    fn reset(&mut self) {
        for right in self.touched.drain(..) {
            self.distance[right] = i64::MAX;
        }
        self.queue.clear();
    }
}
