//! Making an alias table, anew or from an earlier one.
//!
//! What a reading says of a component depends on the component alone (communities: and on the total of uses), so a
//! component whose digest an earlier table knows is taken over from it, and renumbered.

use super::communities::{self, is_one_community};
use super::components::{ComponentDigest, Components};
use super::graph::AliasGraph;
use super::lists::{Lists, number};
use super::markov::{self, MarkovOptions};
use super::matching::share;
use super::reading::{Membership, Reading, WHOLE, kept};
use super::table::{AliasTable, Labels, members};
use super::walk::{WalkOptions, Walker};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// What an update had to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rebuilt {
    /// The components of the graph.
    pub components: usize,
    /// Those that were read again; the others were taken over.
    pub reclustered: usize,
}

/// Names that one thread reads at a time.
const STRETCH: u32 = 16_384;
/// No name.
const NONE: u32 = u32::MAX;

/// The table of a graph; what `known` knows of it is taken over.
pub(super) fn made(graph: &AliasGraph, reading: Reading, known: Option<&AliasTable>) -> (AliasTable, Rebuilt) {
    let components = Components::of(graph);
    let earlier = known.map(|known| Earlier::new(known, graph, &components));
    let reclustered = match &earlier {
        Some(earlier) => earlier.component.iter().filter(|&&component| component == NONE).count(),
        None => components.len(),
    };
    let rebuilt = Rebuilt { components: components.len(), reclustered };
    let (groups, labels, count) = if reading.groups_are_sources() {
        let groups = by_source(graph, reading, earlier.as_ref());
        (groups, Labels::Sources(graph.sources().clone()), graph.source_count())
    } else {
        let first_of = by_cluster(graph, &components, reading, earlier.as_ref());
        numbered_clusters(graph, &first_of)
    };
    let (digests, component_of) = components.into_parts();
    let table = AliasTable {
        reading,
        uses: graph.use_count(),
        keys: graph.keys().clone(),
        spellings: graph.spellings().clone(),
        members: members(&groups, count),
        groups,
        labels,
        digests,
        component_of,
    };
    (table, rebuilt)
}

/// An earlier table, and which of its names and components are those of the graph.
struct Earlier<'a> {
    table: &'a AliasTable,
    /// By component of the graph the component in the table, [`NONE`] where it has to be read again.
    component: Vec<u32>,
    /// By name of the graph the name in the table; [`NONE`] in components that have to be read again.
    name: Vec<u32>,
}

impl<'a> Earlier<'a> {
    fn new(table: &'a AliasTable, graph: &AliasGraph, components: &Components) -> Earlier<'a> {
        let by_digest: FxHashMap<ComponentDigest, u32> =
            table.digests.iter().enumerate().map(|(component, &digest)| (digest, number(component))).collect();
        let names = table.component_of.iter().enumerate().map(|(name, &component)| (component, number(name)));
        let names = Lists::sorted_into(table.digests.len(), names);
        let same_total = table.uses == graph.use_count();
        let mut earlier =
            Earlier { table, component: Vec::with_capacity(components.len()), name: vec![NONE; graph.name_count()] };
        for component in components.iter() {
            let holds = match table.reading {
                Reading::Communities(form) => same_total || is_one_community(graph, &component, form),
                Reading::Match | Reading::Markov | Reading::Walk => true,
            };
            let known = by_digest.get(&component.digest).copied().filter(|_| holds);
            earlier.component.push(known.unwrap_or(NONE));
            let then = known.map(|known| names.get(known)).unwrap_or_default();
            // Names ascend on both sides, and equal digests mean equal keys.
            for (&now, &then) in component.names.iter().zip(then) {
                earlier.name[now as usize] = then;
            }
        }
        earlier
    }
}

/// The sources of each name with their shares.
fn by_source(graph: &AliasGraph, reading: Reading, earlier: Option<&Earlier>) -> Lists<Membership> {
    let names = number(graph.name_count());
    let source_now: Vec<Option<u32>> = match earlier.map(|earlier| &earlier.table.labels) {
        Some(Labels::Sources(sources)) => sources.iter().map(|source| graph.find_source(source)).collect(),
        _ => Vec::new(),
    };
    let now = |one: &Membership| {
        let group = source_now.get(one.group as usize).copied().flatten()?;
        Some(Membership { group, ..*one })
    };
    let stretches: Vec<u32> = (0..names).step_by(STRETCH as usize).collect();
    let read = |&first: &u32| {
        let mut walker = Walker::new(graph, WalkOptions::default());
        let mut groups = Lists::default();
        for name in first..names.min(first.saturating_add(STRETCH)) {
            match earlier.map(|earlier| (earlier.table, earlier.name[name as usize])) {
                Some((table, then)) if then != NONE => groups.push(table.groups_of(then).iter().filter_map(now)),
                _ if reading == Reading::Walk => groups.push(kept(walker.walk(name).sources.into_iter())),
                _ => {
                    let sources = graph.sources_of(name).iter();
                    groups.push(kept(sources.map(|&(source, count)| (source, share(graph, name, count)))));
                }
            }
        }
        groups
    };
    let read: Vec<Lists<Membership>> = stretches.par_iter().map(read).collect();
    let mut groups = Lists::default();
    for list in read.iter().flat_map(Lists::iter) {
        groups.push(list.iter().copied());
    }
    groups
}

/// The first name of each name's cluster.
fn by_cluster(graph: &AliasGraph, components: &Components, reading: Reading, earlier: Option<&Earlier>) -> Vec<u32> {
    let clusters = |component: u32| {
        let here = components.get(component);
        let known = earlier.filter(|earlier| earlier.component[component as usize] != NONE);
        match (known, reading) {
            (Some(earlier), _) => first_places(here.names.iter().map(|&name| {
                earlier.table.groups_of(earlier.name[name as usize]).first().map_or(NONE, |one| one.group)
            })),
            (None, Reading::Communities(form)) => communities::communities(graph, &here, form),
            (None, _) => markov::clusters(graph, &here, &MarkovOptions::default()),
        }
    };
    let found: Vec<Vec<u32>> = (0..number(components.len())).into_par_iter().map(clusters).collect();
    let mut first_of = vec![NONE; graph.name_count()];
    for (component, places) in components.iter().zip(found) {
        for (&name, place) in component.names.iter().zip(places) {
            first_of[name as usize] = component.names[place as usize];
        }
    }
    first_of
}

/// For each place the first place with the same label.
pub(super) fn first_places(labels: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut first: FxHashMap<u32, u32> = FxHashMap::default();
    labels.enumerate().map(|(place, label)| *first.entry(label).or_insert(number(place))).collect()
}

/// Memberships in clusters numbered by their first names, what they are called, and how many there are.
fn numbered_clusters(graph: &AliasGraph, first_of: &[u32]) -> (Lists<Membership>, Labels, usize) {
    let mut cluster_of: Vec<u32> = Vec::with_capacity(first_of.len());
    let mut labels: Vec<u32> = Vec::new();
    let mut groups = Lists::default();
    for (name, &first) in first_of.iter().enumerate() {
        let name = number(name);
        // A cluster's first name comes before its others, so their number is known.
        let cluster = if first == name { number(labels.len()) } else { cluster_of[first as usize] };
        cluster_of.push(cluster);
        groups.push([Membership { group: cluster, share: WHOLE }]);
        match labels.get_mut(cluster as usize) {
            None => labels.push(name),
            Some(label) => {
                if graph.uses_of_name(name) > graph.uses_of_name(*label) {
                    *label = name;
                }
            }
        }
    }
    let count = labels.len();
    (groups, Labels::Names(labels), count)
}
