//! Communities of names and sources by greedy modularity (Clauset, Newman and Moore 2004), on the weighted bipartite
//! graph.
//!
//! Every name and every source starts as a community of its own; the two whose merger gains most modularity are merged,
//! until no merger gains. With B the uses between two communities c and d, and A and U the uses of a community's names
//! and of its sources, merging gains (B − (A_c·U_d + A_d·U_c)/f)/f, where f is 2m or m ([`Form`]) and m the uses of the
//! whole graph. So gains are compared as the integers f·B − (A_c·U_d + A_d·U_c): exactly.
//!
//! A gain grows only when B does. So the heap may hold gains as they were when B last changed: the one on top is
//! reckoned anew, and if it has fallen it goes back to its place.

use super::build::first_places;
use super::components::Component;
use super::graph::AliasGraph;
use super::lists::number;
use petgraph::unionfind::UnionFind;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The null model of modularity: how many uses two communities would share by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Form {
    /// Q = (1/2m)·Σ_{a,u} [B_au − k_a·k_u/(2m)]·1{c_a = c_u}, as LinkOrgs has it.
    #[default]
    Paper,
    /// Barber's bipartite modularity (2007): m in place of 2m, both times. Its null term is twice as strong, so its
    /// communities are smaller.
    Barber,
}

impl Form {
    /// 2m or m.
    fn factor(self, uses: u64) -> i128 {
        match self {
            Form::Paper => 2 * i128::from(uses),
            Form::Barber => i128::from(uses),
        }
    }
}

/// Whether greedy modularity makes one community of a component whatever the order of mergers: f·w > W², where w is the
/// least count of its edges, W the sum of them and f is 2m or m ([`Form`]). Linear in its edges.
///
/// Proof: as long as there are two communities, two of them, c and d, are joined by an edge, so B ≥ w. Communities share
/// no names and no sources, so A_c + A_d ≤ W and U_c + U_d ≤ W, and A_c·U_d + A_d·U_c ≤ (A_c + A_d)·(U_c + U_d) ≤ W².
/// Hence the gain f·B − (A_c·U_d + A_d·U_c) ≥ f·w − W² > 0, and the merging does not end.
pub fn is_one_community(graph: &AliasGraph, component: &Component<'_>, form: Form) -> bool {
    let counts = || component.names.iter().flat_map(|&name| graph.sources_of(name)).map(|one| i128::from(one.1));
    let (least, total) = (counts().min().unwrap_or_default(), counts().sum::<i128>());
    form.factor(graph.use_count()) * least > total * total
}

/// The communities of a component: for each of its names the place, among its names, of the first name of the community.
///
/// Of equal gains that of the community with the smallest number comes first, and then that of the partner with the
/// smallest number. Names and then sources are numbered from 0, and a merged community keeps the number of the part that
/// had more neighbours (of equal ones the smaller number). O(E log V · log E) for E edges and V nodes, and log E for
/// each gain that is on top of the heap and has fallen.
pub fn communities(graph: &AliasGraph, component: &Component<'_>, form: Form) -> Vec<u32> {
    if is_one_community(graph, component, form) {
        return vec![0; component.names.len()];
    }
    let mut greedy = Greedy::new(graph, component, form);
    let mut joined = UnionFind::<u32>::new(greedy.communities.len());
    while let Some(merger) = greedy.merge_best() {
        joined.union(merger.kept, merger.gone);
    }
    first_places((0..number(component.names.len())).map(|name| joined.find_mut(name)))
}

/// A community, as far as gains depend on it.
#[derive(Default)]
struct Community {
    /// A: the uses of its names.
    of_names: i128,
    /// U: the uses of its sources.
    of_sources: i128,
    /// B: the uses that it shares with others.
    shared: FxHashMap<u32, i128>,
}

/// Two communities that became one.
#[derive(Debug)]
#[cfg_attr(not(test), allow(dead_code))]
struct Merger {
    kept: u32,
    gone: u32,
    gain: i128,
}

struct Greedy {
    factor: i128,
    communities: Vec<Community>,
    /// Gains of pairs, none less than the pair's gain now; on top the greatest, of equal ones the smallest numbers.
    heap: BinaryHeap<(i128, Reverse<(u32, u32)>)>,
}

impl Greedy {
    fn new(graph: &AliasGraph, component: &Component<'_>, form: Form) -> Greedy {
        let names = component.names.len();
        let mut communities = Vec::with_capacity(names + component.sources.len());
        for &name in component.names {
            let shared = graph.sources_of(name).iter().map(|&(source, count)| {
                let place = names + component.sources.partition_point(|&other| other < source);
                (number(place), i128::from(count))
            });
            let of_names = i128::from(graph.uses_of_name(name));
            communities.push(Community { of_names, of_sources: 0, shared: shared.collect() });
        }
        for &source in component.sources {
            let shared = graph.names_of(source).iter().map(|&(name, count)| {
                (number(component.names.partition_point(|&other| other < name)), i128::from(count))
            });
            let of_sources = i128::from(graph.uses_of_source(source));
            communities.push(Community { of_names: 0, of_sources, shared: shared.collect() });
        }
        let mut greedy = Greedy { factor: form.factor(graph.use_count()), communities, heap: BinaryHeap::new() };
        let pairs = (0..number(names)).flat_map(|name| {
            let shared = greedy.communities[name as usize].shared.keys();
            shared.filter_map(|&source| greedy.entry(name, source)).collect::<Vec<_>>()
        });
        greedy.heap = pairs.collect();
        greedy
    }

    /// What merging two communities gains, times f²; nothing where they share no use (or one of them is gone).
    fn gain(&self, one: u32, other: u32) -> Option<i128> {
        let (here, there) = (&self.communities[one as usize], &self.communities[other as usize]);
        let shared = here.shared.get(&other)?;
        Some(self.factor * shared - (here.of_names * there.of_sources + there.of_names * here.of_sources))
    }

    /// The heap's entry for a pair, if it is worth merging; later it may be worth less, or more with more shared uses.
    fn entry(&self, one: u32, other: u32) -> Option<(i128, Reverse<(u32, u32)>)> {
        let gain = self.gain(one, other).filter(|&gain| gain > 0)?;
        Some((gain, Reverse((one.min(other), one.max(other)))))
    }

    /// Merges the two communities that gain most, if any gain.
    fn merge_best(&mut self) -> Option<Merger> {
        while let Some((then, Reverse((one, other)))) = self.heap.pop() {
            match self.entry(one, other) {
                Some(now) if now.0 == then => return Some(self.merge(one, other, then)),
                // An entry that was too low has a newer one above it, which was on top before.
                Some(now) if now.0 < then => self.heap.push(now),
                _ => {}
            }
        }
        None
    }

    fn merge(&mut self, one: u32, other: u32, gain: i128) -> Merger {
        let neighbours = |community: u32| self.communities[community as usize].shared.len();
        let (kept, gone) = if neighbours(other) > neighbours(one) { (other, one) } else { (one, other) };
        let part = std::mem::take(&mut self.communities[gone as usize]);
        let whole = &mut self.communities[kept as usize];
        whole.of_names += part.of_names;
        whole.of_sources += part.of_sources;
        whole.shared.remove(&gone);
        for (neighbour, shared) in part.shared {
            if neighbour == kept {
                continue;
            }
            *self.communities[kept as usize].shared.entry(neighbour).or_default() += shared;
            let there = &mut self.communities[neighbour as usize].shared;
            there.remove(&gone);
            *there.entry(kept).or_default() += shared;
            self.heap.extend(self.entry(kept, neighbour));
        }
        Merger { kept, gone, gain }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alias::components::Components;
    use crate::alias::examples::{ambiguous, rows_of};
    use proptest::prelude::*;

    /// Q by its definition, times f²; names come first in `community_of`.
    fn modularity(graph: &AliasGraph, component: &Component<'_>, form: Form, community_of: &[u32]) -> i128 {
        let factor = form.factor(graph.use_count());
        let mut sum = 0;
        for (a, &name) in component.names.iter().enumerate() {
            for (u, &source) in component.sources.iter().enumerate() {
                if community_of[a] == community_of[component.names.len() + u] {
                    let shared = graph.sources_of(name).iter().find(|one| one.0 == source).map_or(0, |one| one.1);
                    let chance = i128::from(graph.uses_of_name(name)) * i128::from(graph.uses_of_source(source));
                    sum += factor * i128::from(shared) - chance;
                }
            }
        }
        sum
    }

    fn merged(community_of: &[u32], kept: u32, gone: u32) -> Vec<u32> {
        community_of.iter().map(|&community| if community == gone { kept } else { community }).collect()
    }

    #[test]
    fn the_null_model_decides_whether_an_ambiguous_name_joins_its_sources() {
        let mut evidence = ambiguous();
        evidence.push(super::super::Use { name: "Zeta".into(), source: "zeta".into(), count: 30 });
        let graph = AliasGraph::new(evidence);
        let components = Components::of(&graph);
        let found = |form| communities(&graph, &components.get(0), form);
        // "abc" and "abc television" come first, then two names of the broadcaster and two of the bakery.
        assert_eq!(found(Form::Barber), [0, 0, 0, 0, 4, 4]);
    }

    proptest! {
        #[test]
        fn every_merger_is_the_best_by_definition(evidence in rows_of(7, 5, 16), barber: bool) {
            let graph = AliasGraph::new(evidence);
            let form = if barber { Form::Barber } else { Form::Paper };
            for component in Components::of(&graph).iter() {
                let mut greedy = Greedy::new(&graph, &component, form);
                let mut community_of: Vec<u32> = (0..number(greedy.communities.len())).collect();
                loop {
                    let before = modularity(&graph, &component, form, &community_of);
                    let gains = community_of.iter().flat_map(|&c| community_of.iter().map(move |&d| (c, d)));
                    let best = gains
                        .filter(|(c, d)| c < d)
                        .map(|(c, d)| modularity(&graph, &component, form, &merged(&community_of, c, d)) - before)
                        .max()
                        .unwrap_or_default();
                    let Some(merger) = greedy.merge_best() else {
                        prop_assert!(best <= 0);
                        break;
                    };
                    prop_assert!(merger.gain > 0);
                    prop_assert_eq!(merger.gain, best);
                    community_of = merged(&community_of, merger.kept, merger.gone);
                    prop_assert_eq!(modularity(&graph, &component, form, &community_of) - before, merger.gain);
                }
                let names = &community_of[..component.names.len()];
                prop_assert_eq!(communities(&graph, &component, form), first_places(names.iter().copied()));
            }
        }

        #[test]
        fn what_must_be_one_community_is(evidence in rows_of(12, 12, 14), barber: bool) {
            let graph = AliasGraph::new(evidence);
            let form = if barber { Form::Barber } else { Form::Paper };
            for component in Components::of(&graph).iter().filter(|one| is_one_community(&graph, one, form)) {
                let mut greedy = Greedy::new(&graph, &component, form);
                let mergers = std::iter::from_fn(|| greedy.merge_best()).count();
                prop_assert_eq!(mergers + 1, component.names.len() + component.sources.len());
            }
        }
    }
}
