//! Markov clusters of names (van Dongen 2000, *Graph clustering by flow simulation*).
//!
//! The flow goes from a name to a source that it was used for, and from there to a name that was used for it:
//! w(a,a') = Σ_u [n(a,u)/n(·,u)]·[n(a',u)/n(a',·)] is the share of what is at a' that comes to a. *Expansion* lets the
//! flow go several such steps, *inflation* makes strong currents stronger and weak ones weaker; in the end every name's
//! flow ends at a few names, its attractors, and names whose flow ends at the same ones are a cluster.
//!
//! Columns are kept sparse: of each the 50 largest entries, of which each has at least 1e-5 of the sum, are kept and
//! stretched to a sum of 1. Where a source has more than 200 names, flow goes through it to the 200 most used ones (of
//! equal ones the first) and back to where it came from.
//!
//! **Invariant:** a column is computed by one thread, from the columns of the round before, in the order of names; so
//! the number of threads changes not one bit.

use super::build::first_places;
use super::components::Component;
use super::graph::AliasGraph;
use super::lists::{Lists, number};
use super::matching::share;
use super::tally::Tally;
use petgraph::unionfind::UnionFind;
use rayon::prelude::*;
use std::cmp::Reverse;

/// How strongly the flow is steered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkovOptions {
    /// Steps that the flow goes in a round; at least 2, or nothing would spread.
    pub expansion: u32,
    /// The power that shares are raised to; the higher, the smaller the clusters. At least 2, or nothing would settle.
    pub inflation: u32,
}

impl Default for MarkovOptions {
    fn default() -> MarkovOptions {
        MarkovOptions { expansion: 2, inflation: 2 }
    }
}

/// The largest entries of a column that are kept.
const KEPT: usize = 50;
/// The least share of a column that is kept.
const LEAST: f64 = 1e-5;
/// The most used names of a source that flow goes to.
const NAMES: usize = 200;
/// When no entry changes by more, the flow has settled.
const TOLERANCE: f64 = 1e-6;
/// After so many rounds it is taken as it is.
const ROUNDS: u32 = 100;
/// Columns that are worth another thread.
const STRETCH: usize = 1024;

/// The clusters of a component: for each of its names the place, among its names, of the first name of the cluster.
///
/// A name whose flow ends at attractors of several clusters is in the one where most of it ends (of equal ones the one
/// whose first attractor comes first). A round takes at most 50² steps a name, and a name whose surroundings have
/// settled takes none; there are about twenty rounds, and at most 100.
pub fn clusters(graph: &AliasGraph, component: &Component<'_>, options: &MarkovOptions) -> Vec<u32> {
    if let [_] = component.sources {
        // Every name's flow is the same: it is spread as the source's uses are.
        return vec![0; component.names.len()];
    }
    let mut flow = Flow::new(start(graph, component));
    for _ in 0..ROUNDS {
        if flow.round(options) <= TOLERANCE {
            break;
        }
    }
    flow.clusters()
}

/// What comes from one name: shares of the names that it comes to, ascending by name.
type Column = Box<[(u32, f64)]>;

/// The columns of w, pruned.
fn start(graph: &AliasGraph, component: &Component<'_>) -> Vec<Column> {
    let place = |name: u32| number(component.names.partition_point(|&other| other < name));
    let mut through: Lists<(u32, f64)> = Lists::default();
    let mut names = Vec::new();
    for &source in component.sources {
        names.clear();
        names.extend_from_slice(graph.names_of(source));
        if names.len() > NAMES {
            names.select_nth_unstable_by_key(NAMES, |&(name, count)| (Reverse(count), name));
            names.truncate(NAMES);
            names.sort_unstable();
        }
        let uses = graph.uses_of_source(source) as f64;
        through.push(names.iter().map(|&(name, count)| (place(name), f64::from(count) / uses)));
    }
    let column = |(tally, sums): &mut (Tally, Vec<(u32, f64)>), (own, &name): (usize, &u32)| {
        for &(source, count) in graph.sources_of(name) {
            let share = share(graph, name, count);
            let through = through.get(number(component.sources.partition_point(|&other| other < source)));
            for &(to, part) in through {
                tally.add(to, share * part);
            }
            if through.binary_search_by_key(&number(own), |one| one.0).is_err() {
                tally.add(number(own), share * f64::from(count) / graph.uses_of_source(source) as f64);
            }
        }
        tally.drain_into(sums);
        prune(sums);
        sums.as_slice().into()
    };
    let names = component.names.par_iter().enumerate().with_min_len(STRETCH);
    names.map_init(|| (Tally::new(component.names.len()), Vec::new()), column).collect()
}

/// Keeps the largest entries of a column and stretches them to a sum of 1.
fn prune(column: &mut Vec<(u32, f64)>) {
    if column.len() > KEPT {
        column.select_nth_unstable_by(KEPT, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        column.truncate(KEPT);
        column.sort_unstable_by_key(|one| one.0);
    }
    let sum: f64 = column.iter().map(|one| one.1).sum();
    column.retain(|one| one.1 >= LEAST * sum);
    let sum: f64 = column.iter().map(|one| one.1).sum();
    column.iter_mut().for_each(|one| one.1 /= sum);
}

/// A flow among the names of a component, by their places.
struct Flow {
    columns: Vec<Column>,
    /// The columns that changed in the last round.
    changed: Vec<bool>,
}

impl Flow {
    fn new(columns: Vec<Column>) -> Flow {
        Flow { changed: vec![true; columns.len()], columns }
    }

    /// Expands and inflates once; the greatest change of an entry.
    fn round(&mut self, options: &MarkovOptions) -> f64 {
        let new = |(tally, sums): &mut (Tally, Vec<(u32, f64)>), (column, &changed): (&Column, &bool)| {
            // A square is made of the column and of those that it names: if none changed, neither does it.
            let still = !changed && !column.iter().any(|one| self.changed[one.0 as usize]);
            if still && options.expansion <= 2 {
                return None;
            }
            self.step(column, options, tally, sums);
            (sums.as_slice() != column.as_ref()).then(|| Column::from(sums.as_slice()))
        };
        let working = || (Tally::new(self.columns.len()), Vec::new());
        let columns = self.columns.par_iter().zip(&self.changed).with_min_len(STRETCH);
        let new: Vec<Option<Column>> = columns.map_init(working, new).collect();
        let mut greatest = 0.0;
        for ((column, changed), new) in self.columns.iter_mut().zip(&mut self.changed).zip(new) {
            *changed = new.is_some();
            if let Some(new) = new {
                greatest = f64::max(greatest, difference(column, &new));
                *column = new;
            }
        }
        greatest
    }

    /// A column after expansion and inflation.
    fn step(&self, column: &Column, options: &MarkovOptions, tally: &mut Tally, sums: &mut Vec<(u32, f64)>) {
        sums.clear();
        sums.extend_from_slice(column);
        for step in 1..options.expansion.max(2) {
            if step > 1 {
                prune(sums);
            }
            for &(from, mass) in sums.iter() {
                for &(to, share) in &self.columns[from as usize] {
                    tally.add(to, mass * share);
                }
            }
            tally.drain_into(sums);
        }
        for (_, share) in sums.iter_mut() {
            // Not `powi`, whose last bit differs between machines.
            *share = (0..options.inflation.max(2)).fold(1.0, |power, _| power * *share);
        }
        prune(sums);
    }

    /// For each name the place of the first name of its cluster.
    fn clusters(&self) -> Vec<u32> {
        let share_of = |from: u32, to: u32| {
            let column = &self.columns[from as usize];
            column.binary_search_by_key(&to, |one| one.0).map_or(0.0, |place| column[place].1)
        };
        let names = number(self.columns.len());
        let attracts: Vec<bool> = (0..names).map(|name| share_of(name, name) > 0.0).collect();
        // Attractors between which mass flows attract as one.
        let mut joined = UnionFind::<u32>::new(self.columns.len());
        for name in (0..names).filter(|&name| attracts[name as usize]) {
            let others = self.columns[name as usize].iter().filter(|one| attracts[one.0 as usize]);
            others.for_each(|&(other, _)| {
                joined.union(name, other);
            });
        }
        let first = first_places((0..names).map(|name| joined.find(name)));
        let ends_at = self.columns.iter().map(|column| {
            let mut ends: Vec<(u32, f64)> = column.iter().map(|&(to, share)| (first[to as usize], share)).collect();
            ends.sort_by_key(|one| one.0);
            let sums = ends.chunk_by(|a, b| a.0 == b.0).map(|same| (same[0].0, same.iter().map(|one| one.1).sum()));
            // Of equal sums the first stays.
            sums.fold((0, 0.0), |best: (u32, f64), one: (u32, f64)| if one.1 > best.1 { one } else { best }).0
        });
        first_places(ends_at)
    }
}

/// The greatest difference between entries of two columns. Linear.
fn difference(before: &[(u32, f64)], after: &[(u32, f64)]) -> f64 {
    let (mut old, mut new) = (before, after);
    let mut greatest = 0.0;
    loop {
        let (left, right) = match (old, new) {
            ([], []) => return greatest,
            ([a, ..], [b, ..]) if a.0 == b.0 => (a.1, b.1),
            ([a, ..], [b, ..]) if a.0 < b.0 => (a.1, 0.0),
            ([a, ..], []) => (a.1, 0.0),
            (_, [b, ..]) => (0.0, b.1),
        };
        greatest = f64::max(greatest, (left - right).abs());
        let (old_first, new_first) = (old.first().map(|one| one.0), new.first().map(|one| one.0));
        let next = old_first.into_iter().chain(new_first).min();
        old = if old_first == next { &old[1..] } else { old };
        new = if new_first == next { &new[1..] } else { new };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alias::components::Components;
    use crate::alias::examples::{ambiguous, rows};
    use proptest::prelude::*;

    fn clusters_of(graph: &AliasGraph) -> Vec<Vec<String>> {
        let components = Components::of(graph);
        let mut found = Vec::new();
        for component in components.iter() {
            let places = clusters(graph, &component, &MarkovOptions::default());
            for first in 0..number(places.len()) {
                let names = component.names.iter().zip(&places).filter(|(_, place)| **place == first);
                found.push(names.map(|(&name, _)| graph.key(name).to_owned()).collect());
            }
        }
        found.retain(|names: &Vec<String>| !names.is_empty());
        found
    }

    /// The example of van Dongen's thesis (figures 4 and 10): twelve nodes with loops.
    #[test]
    fn the_example_of_the_thesis() {
        let links: [&[u32]; 12] = [
            &[1, 2, 6, 7, 10],
            &[1, 2, 3, 5],
            &[2, 3, 4, 5],
            &[3, 4, 8, 9, 11],
            &[2, 3, 5, 7, 8],
            &[1, 6, 10],
            &[1, 5, 7, 10],
            &[4, 5, 8, 9, 11],
            &[4, 8, 9, 11, 12],
            &[1, 6, 7, 10],
            &[4, 8, 9, 11, 12],
            &[9, 11, 12],
        ];
        let columns =
            links.map(|links| -> Column { links.iter().map(|node| (node - 1, 1.0 / links.len() as f64)).collect() });
        let mut flow = Flow::new(columns.to_vec());
        while flow.round(&MarkovOptions::default()) > TOLERANCE {}
        // {1, 6, 7, 10}, {2, 3, 5}, {4, 8, 9, 11, 12}, by their first nodes and counting from 0.
        assert_eq!(flow.clusters(), [0, 1, 1, 3, 1, 0, 0, 3, 3, 0, 3, 3]);
    }

    #[test]
    fn sources_that_share_an_ambiguous_name_stay_apart() {
        let found = clusters_of(&AliasGraph::new(ambiguous()));
        assert_eq!(
            found,
            [
                vec!["abc", "abc television", "american broadcasting co", "american broadcasting company"],
                vec!["australian biscuit corporation", "australian biscuits"],
            ]
        );
    }

    #[test]
    fn a_hub_gives_each_name_a_column() {
        let rows = (0..1000).map(|name| super::super::Use { name: format!("n{name}"), source: "hub".into(), count: 1 });
        let other = super::super::Use { name: "n999".into(), source: "other".into(), count: 5 };
        let found = clusters_of(&AliasGraph::new(rows.chain([other])));
        assert_eq!(found.iter().map(Vec::len).sum::<usize>(), 1000);
        assert!(found.len() < 5, "{}", found.len());
    }

    #[test]
    fn differences_are_found_at_either_end() {
        assert_eq!(difference(&[(1, 0.5), (2, 0.5)], &[(2, 1.0)]), 0.5);
        assert_eq!(difference(&[(1, 1.0)], &[(1, 0.25), (3, 0.75)]), 0.75);
        assert_eq!(difference(&[], &[]), 0.0);
    }

    proptest! {
        #[test]
        fn columns_stay_stochastic(evidence in rows(), expansion in 2..4_u32, inflation in 2..4_u32) {
            let graph = AliasGraph::new(evidence);
            for component in Components::of(&graph).iter() {
                let mut flow = Flow::new(start(&graph, &component));
                for _ in 0..5 {
                    for column in &flow.columns {
                        prop_assert!((column.iter().map(|one| one.1).sum::<f64>() - 1.0).abs() < 1e-12);
                        prop_assert!(column.is_sorted_by(|a, b| a.0 < b.0) && column.iter().all(|one| one.1 > 0.0));
                    }
                    flow.round(&MarkovOptions { expansion, inflation });
                }
            }
        }

        #[test]
        fn the_flow_starts_as_defined(evidence in rows()) {
            let graph = AliasGraph::new(evidence);
            for component in Components::of(&graph).iter() {
                for (&from, column) in component.names.iter().zip(start(&graph, &component)) {
                    for (place, share) in column {
                        let to = component.names[place as usize];
                        let wanted = graph.sources_of(from).iter().map(|&(source, count)| {
                            let back = graph.sources_of(to).iter().find(|one| one.0 == source).map_or(0, |one| one.1);
                            f64::from(back) / graph.uses_of_source(source) as f64 * f64::from(count)
                                / graph.uses_of_name(from) as f64
                        });
                        // What is pruned is less than fifty times 1e-5.
                        prop_assert!((share - wanted.sum::<f64>()).abs() < 1e-3);
                    }
                }
            }
        }
    }
}
