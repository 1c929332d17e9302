//! Of all optimal assignments of a component, the one that the tie rule names.
//!
//! Optimal prices tell what all optimal assignments have in common: they are exactly the assignments that use only tight
//! links and leave only rows without a price (price 0) alone. Any two of them differ by alternating cycles of tight links
//! and by alternating paths between rows without a price. Reading such a path as a cycle through one more node, the
//! *commons*, which takes rows that become free and gives rows that were free, every exchange is a cycle.
//!
//! So left rows are settled in order: a left row gets the smallest tight partner for which a cycle of moves among the rows
//! not yet settled brings everything back into place. A search backwards from the row that would be given up, for rows (or the commons) that can take it over,
//! and a search forwards from the wanted row, for somewhere its left row can go, grow by turns until they meet.
//!
//! **Invariant:** after each step the partners are an optimal assignment, and settled left rows never move again.

use super::matching::{Graph, Optimum, Partners};
use std::collections::VecDeque;

/// The optimal assignment whose list of right partners by left row, "none" counted as greater than every row, is
/// lexicographically smallest.
///
/// O(L · T) for L left rows and T tight links in the worst case; a left row that already has its smallest possible partner
/// costs nothing, and searches end where they meet.
pub(super) fn canonical(graph: &Graph, optimum: Optimum) -> Partners {
    let tight = Tight::new(graph, &optimum);
    let mut exchange = Exchange {
        tight: &tight,
        onward: vec![Seen::default(); graph.rights()],
        reached_from: vec![Seen::default(); graph.rights()],
        optimum,
    };
    for left in 0..graph.lefts() {
        exchange.settle(left);
    }
    exchange.optimum.partners
}

/// The tight links, seen from both sides, each list in the order of rows.
struct Tight {
    of_left: Vec<Vec<usize>>,
    of_right: Vec<Vec<usize>>,
}

impl Tight {
    fn new(graph: &Graph, optimum: &Optimum) -> Tight {
        let mut tight = Tight { of_left: vec![Vec::new(); graph.lefts()], of_right: vec![Vec::new(); graph.rights()] };
        for left in 0..graph.lefts() {
            for edge in graph.edges(left) {
                if optimum.left_price[left] + optimum.right_price[edge.right] == edge.profit {
                    tight.of_left[left].push(edge.right);
                    tight.of_right[edge.right].push(left);
                }
            }
        }
        tight
    }
}

/// A mark that counts only in the step (the left row being settled) that made it, so that marks need no clearing.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// The step, counting from 1; 0 is never.
    step: usize,
    /// The next right row on the way; none where the way ends or begins.
    right: Option<usize>,
}

/// A left row and the partner that it gets.
type Move = (usize, Option<usize>);

/// How the commons can make good for the partner that the left row gives up.
#[derive(Clone, Copy)]
enum Commons {
    /// The left row has no partner to give up.
    NothingLost,
    /// This right row becomes free, and its left row moves on (or is the one that gives it up).
    Frees(usize),
    /// This left row, which had none, takes this right row, whose left row moves on (or gives it up).
    Takes(usize, usize),
}

/// The search from the partner that is given up; it goes on from one wanted partner to the next of the same step.
struct Back {
    open: VecDeque<usize>,
    commons: Option<Commons>,
}

/// The search from one wanted partner.
struct Front {
    open: VecDeque<usize>,
    /// A way into the commons: the right row that was reached, and its left row if that goes without from now on.
    end: Option<(usize, Option<usize>)>,
}

struct Exchange<'a> {
    tight: &'a Tight,
    /// Right rows whose left row can move on, step by step, to the partner that is given up.
    onward: Vec<Seen>,
    /// Right rows that must be vacated, and the right row whose left row wants them.
    reached_from: Vec<Seen>,
    optimum: Optimum,
}

impl Exchange<'_> {
    /// Gives a left row the smallest partner that is still possible.
    fn settle(&mut self, left: usize) {
        let partners = &self.optimum.partners;
        let current = partners.of_left[left];
        let smaller = |right: usize| current.is_none_or(|current| right < current);
        let unsettled = |right: usize| partners.of_right[right].is_none_or(|owner| owner > left);
        let wanted: Vec<usize> =
            self.tight.of_left[left].iter().copied().filter(|&right| smaller(right) && unsettled(right)).collect();
        if wanted.is_empty() {
            return;
        }
        let mut back = self.give_up(left, current);
        for right in wanted {
            if let Some(moves) = self.exchange(left, right, &mut back) {
                self.carry_out(&moves);
                return;
            }
        }
    }

    fn give_up(&mut self, left: usize, partner: Option<usize>) -> Back {
        let Some(partner) = partner else {
            return Back { open: VecDeque::new(), commons: Some(Commons::NothingLost) };
        };
        self.onward[partner] = Seen { step: left + 1, right: None };
        Back { open: VecDeque::from([partner]), commons: None }
    }

    /// The moves that let a left row have this partner, if there are any.
    ///
    /// Both searches grow by turns until they meet, in a right row or in the commons. Until then no right row is marked by
    /// both, so the moves of the one never clash with those of the other. Marks of a wanted partner that was not to be had
    /// stay for the rest of the step: what led nowhere then leads nowhere now.
    fn exchange(&mut self, left: usize, wanted: usize, back: &mut Back) -> Option<Vec<Move>> {
        let step = left + 1;
        if self.reached_from[wanted].step == step {
            return None;
        }
        self.reached_from[wanted] = Seen { step, right: None };
        let mut front = Front { open: VecDeque::from([wanted]), end: None };
        let mut met = (self.onward[wanted].step == step).then_some(wanted);
        loop {
            if let Some(right) = met {
                return Some(self.moves(left, right, self.moves_onward(right)));
            }
            if let (Some((right, without)), Some(commons)) = (front.end, back.commons) {
                let mut rest = self.moves_of_commons(commons);
                rest.extend(without.map(|owner| (owner, None)));
                return Some(self.moves(left, right, rest));
            }
            if front.open.is_empty() && (front.end.is_none() || back.open.is_empty()) {
                return None;
            }
            met = self.forwards(left, &mut front).or_else(|| self.backwards(left, back));
        }
    }

    /// One step from the wanted partner: where can the left row go that must make way? Returns where the searches met.
    fn forwards(&mut self, left: usize, front: &mut Front) -> Option<usize> {
        let step = left + 1;
        let right = front.open.pop_front()?;
        let Some(owner) = self.optimum.partners.of_right[right] else {
            front.end.get_or_insert((right, None));
            return None;
        };
        if owner <= left {
            return None;
        }
        if self.optimum.left_price[owner] == 0 {
            front.end.get_or_insert((right, Some(owner)));
        }
        for &next in &self.tight.of_left[owner] {
            if self.reached_from[next].step != step {
                self.reached_from[next] = Seen { step, right: Some(right) };
                if self.onward[next].step == step {
                    return Some(next);
                }
                front.open.push_back(next);
            }
        }
        None
    }

    /// One step from the partner that is given up: who can take it over? Returns where the searches met.
    fn backwards(&mut self, left: usize, back: &mut Back) -> Option<usize> {
        let step = left + 1;
        let right = back.open.pop_front()?;
        if self.optimum.right_price[right] == 0 {
            back.commons.get_or_insert(Commons::Frees(right));
        }
        for &taker in self.tight.of_right[right].iter().filter(|&&taker| taker > left) {
            let Some(vacated) = self.optimum.partners.of_left[taker] else {
                back.commons.get_or_insert(Commons::Takes(taker, right));
                continue;
            };
            if self.onward[vacated].step != step {
                self.onward[vacated] = Seen { step, right: Some(right) };
                if self.reached_from[vacated].step == step {
                    return Some(vacated);
                }
                back.open.push_back(vacated);
            }
        }
        None
    }

    /// The moves from the left row to the last right row that the forward search reached, before the `rest`.
    fn moves(&self, left: usize, last: usize, mut rest: Vec<Move>) -> Vec<Move> {
        let mut right = last;
        while let Some(before) = self.reached_from[right].right {
            rest.extend(self.optimum.partners.of_right[before].map(|owner| (owner, Some(right))));
            right = before;
        }
        rest.push((left, Some(right)));
        rest
    }

    /// The moves from the owner of a right row on, until the partner that is given up is taken over.
    fn moves_onward(&self, mut right: usize) -> Vec<Move> {
        let mut moves = Vec::new();
        while let Some(next) = self.onward[right].right {
            moves.extend(self.optimum.partners.of_right[right].map(|owner| (owner, Some(next))));
            right = next;
        }
        moves
    }

    fn moves_of_commons(&self, commons: Commons) -> Vec<Move> {
        match commons {
            Commons::NothingLost => Vec::new(),
            Commons::Frees(right) => self.moves_onward(right),
            Commons::Takes(taker, right) => {
                let mut moves = self.moves_onward(right);
                moves.push((taker, Some(right)));
                moves
            }
        }
    }

    /// Makes all moves at once: first everyone lets go, then everyone takes hold.
    fn carry_out(&mut self, moves: &[Move]) {
        let partners = &mut self.optimum.partners;
        for &(left, _) in moves {
            if let Some(right) = partners.of_left[left].take() {
                partners.of_right[right] = None;
            }
        }
        for &(left, right) in moves {
            partners.of_left[left] = right;
            if let Some(right) = right {
                partners.of_right[right] = Some(left);
            }
        }
    }
}
