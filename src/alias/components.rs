//! Connected components of the alias graph: the parts that no evidence joins.
//!
//! Nearly all of a large graph is many small components and one giant one, as soon as a few names (`consulting`) are
//! used for many sources.

use super::graph::AliasGraph;
use super::lists::{Lists, number};
use petgraph::unionfind::UnionFind;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// A digest of 128 bits of what a component says: its keys, sources and counts. Equal digests, equal components,
/// whatever else is in the graph. Written as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ComponentDigest([u64; 2]);

impl fmt::Display for ComponentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [high, low] = self.0;
        write!(f, "{high:016x}{low:016x}")
    }
}

/// A connected component; it has at least one name and one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component<'a> {
    /// Its names, ascending.
    pub names: &'a [u32],
    /// Its sources, ascending.
    pub sources: &'a [u32],
    /// What it says, as a digest.
    pub digest: ComponentDigest,
}

/// The connected components of a graph, in the order of their first names.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    names: Lists<u32>,
    sources: Lists<u32>,
    digests: Vec<ComponentDigest>,
    of_name: Vec<u32>,
}

impl Components {
    /// Finds them by union-find: O(E α(V)) for E edges, and a digest over all of them, on all threads.
    ///
    /// ```
    /// use cognate::alias::{AliasGraph, Use, components::Components};
    /// let row = |name: &str, source: &str| Use { name: name.into(), source: source.into(), count: 1 };
    /// let graph = AliasGraph::new([row("a1", "x"), row("b2", "y"), row("b2", "z"), row("c3", "z")]);
    /// let components = Components::of(&graph);
    /// let names: Vec<&[u32]> = components.iter().map(|component| component.names).collect();
    /// assert_eq!(names, [&[0][..], &[1, 2]]);
    /// ```
    pub fn of(graph: &AliasGraph) -> Components {
        let names = number(graph.name_count());
        let mut joined = UnionFind::<u32>::new(graph.name_count());
        for source in 0..number(graph.source_count()) {
            for pair in graph.names_of(source).windows(2) {
                if let [(a, _), (b, _)] = pair {
                    joined.union(*a, *b);
                }
            }
        }
        let mut of_root = vec![u32::MAX; graph.name_count()];
        let mut of_name = Vec::with_capacity(graph.name_count());
        let mut count = 0;
        for name in 0..names {
            let component = &mut of_root[joined.find_mut(name) as usize];
            if *component == u32::MAX {
                *component = count;
                count += 1;
            }
            of_name.push(*component);
        }
        drop(of_root);
        let of_source = |source: u32| graph.names_of(source).first().map_or(0, |&(name, _)| of_name[name as usize]);
        let sources = (0..number(graph.source_count())).map(|source| (of_source(source), source));
        let sources = Lists::sorted_into(count as usize, sources);
        let names = Lists::sorted_into(count as usize, (0..names).map(|name| (of_name[name as usize], name)));
        let digests = (0..count).into_par_iter().map(|one| digest(graph, names.get(one), sources.get(one))).collect();
        Components { names, sources, digests, of_name }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.digests.len()
    }

    /// Whether the graph is empty.
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }

    /// The component of a number; an empty one where there is none.
    pub fn get(&self, component: u32) -> Component<'_> {
        Component {
            names: self.names.get(component),
            sources: self.sources.get(component),
            digest: self.digests.get(component as usize).copied().unwrap_or_default(),
        }
    }

    /// The components in order.
    pub fn iter(&self) -> impl Iterator<Item = Component<'_>> {
        (0..number(self.len())).map(|component| self.get(component))
    }

    /// The number of the component that a name lies in.
    pub fn of_name(&self, name: u32) -> Option<u32> {
        self.of_name.get(name as usize).copied()
    }

    /// The digests and the component of each name, to be kept with a result.
    pub(super) fn into_parts(self) -> (Vec<ComponentDigest>, Vec<u32>) {
        (self.digests, self.of_name)
    }
}

/// Numbers of names and sources change with the rest of the graph, so they are counted within the component.
fn digest(graph: &AliasGraph, names: &[u32], sources: &[u32]) -> ComponentDigest {
    let mut hash = Sha256::new();
    let mut text = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    sources.iter().for_each(|&source| text(graph.source(source)));
    names.iter().for_each(|&name| text(graph.key(name)));
    for &name in names {
        for &(source, count) in graph.sources_of(name) {
            let source = number(sources.partition_point(|&other| other < source));
            hash.update(source.to_le_bytes());
            hash.update(count.to_le_bytes());
        }
        // No count is zero, so this ends the list of the name.
        hash.update([0; 8]);
    }
    let mut halves = [0; 2];
    for (half, bytes) in halves.iter_mut().zip(hash.finalize().chunks_exact(8)) {
        *half = bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte));
    }
    ComponentDigest(halves)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alias::examples::{evidence, rows};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_digest_changes_with_the_component_alone() {
        let mut all = evidence(&[("a1", "x", 1), ("b1", "y", 2), ("b2", "y", 1)]);
        let digests = |all: &[super::super::Use]| -> Vec<String> {
            Components::of(&AliasGraph::new(all.to_vec())).iter().map(|one| one.digest.to_string()).collect()
        };
        let before = digests(&all);
        all.push(super::super::Use { name: "a0".to_owned(), source: "w".to_owned(), count: 1 });
        let with_another = digests(&all);
        assert_eq!(with_another[1..], before[..]);
        all[1].count += 1;
        let after = digests(&all);
        assert_eq!((&after[1], after[2] == before[1]), (&before[0], false));
    }

    proptest! {
        #[test]
        fn components_part_the_graph_and_no_edge_runs_between_them(evidence in rows()) {
            let graph = AliasGraph::new(evidence);
            let components = Components::of(&graph);
            let names: Vec<u32> = components.iter().flat_map(|one| one.names.to_vec()).collect();
            prop_assert_eq!(names.len(), graph.name_count());
            prop_assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), graph.name_count());
            for component in components.iter() {
                let found: BTreeSet<u32> =
                    component.names.iter().flat_map(|&name| graph.sources_of(name)).map(|pair| pair.0).collect();
                prop_assert_eq!(found.into_iter().collect::<Vec<_>>(), component.sources);
                prop_assert!(component.names.is_sorted());
            }
        }
    }
}
