//! The frozen alias table: from a name to its groups, with the probability of each.
//!
//! **Invariant:** a table is a function of the evidence and the reading; names ascend by key, groups are numbered by
//! source or by the first name of the cluster.

use super::build::{Rebuilt, made};
use super::components::ComponentDigest;
use super::graph::{AliasGraph, key_of};
use super::lists::{Lists, Texts, number};
use super::reading::{KEPT, Membership, Reading, WHOLE};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// What a reading of an alias graph found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AliasTable {
    pub(super) reading: Reading,
    /// All uses in the graph: modularity depends on them.
    pub(super) uses: u64,
    pub(super) keys: Texts,
    pub(super) spellings: Texts,
    /// The groups of each name.
    pub(super) groups: Lists<Membership>,
    /// The names of each group.
    pub(super) members: Lists<u32>,
    pub(super) labels: Labels,
    /// What each component said, and the component of each name, so that [`AliasTable::update`] knows them again.
    pub(super) digests: Vec<ComponentDigest>,
    pub(super) component_of: Vec<u32>,
}

/// What groups are called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Labels {
    /// By their sources.
    Sources(Texts),
    /// By one of their names.
    Names(Vec<u32>),
}

impl AliasTable {
    /// Reads a graph.
    ///
    /// About linear in the uses; see [`super::markov`], [`super::communities`] and [`super::walk()`] for what each reading
    /// takes.
    ///
    /// ```
    /// use cognate::alias::{AliasGraph, AliasTable, Reading, Use, together};
    /// let row = |name: &str, source: &str, count| Use { name: name.into(), source: source.into(), count };
    /// let graph = AliasGraph::new([
    ///     row("IBM", "ibm.com", 90),
    ///     row("International Business Machines", "ibm.com", 10),
    ///     row("Zeta Bank", "zeta.com", 5),
    /// ]);
    /// let table = AliasTable::build(&graph, Reading::Walk);
    /// let groups = |name: &str| table.find(name).map(|name| table.groups_of(name)).unwrap_or_default();
    /// assert!(together(groups("I.B.M."), groups("International Business Machines")) > 60_000);
    /// assert_eq!(together(groups("IBM"), groups("Zeta Bank")), 0);
    /// ```
    pub fn build(graph: &AliasGraph, reading: Reading) -> AliasTable {
        made(graph, reading, None).0
    }

    /// The table of a changed graph under the same reading: what [`AliasTable::build`] gives, to the last bit, but only
    /// components that this table does not know are read again.
    ///
    /// Modularity depends on the total of all uses. If that has changed, communities of a known component are kept only
    /// where they do not depend on it ([`super::communities::is_one_community`]), and found again otherwise.
    pub fn update(&self, graph: &AliasGraph) -> (AliasTable, Rebuilt) {
        made(graph, self.reading, Some(self))
    }

    /// The reading that made it.
    pub fn reading(&self) -> Reading {
        self.reading
    }

    /// How many names it knows.
    pub fn names(&self) -> usize {
        self.keys.len()
    }

    /// How many groups there are.
    pub fn groups(&self) -> usize {
        self.members.len()
    }

    /// The most used spelling of a name; empty for a number that no name has.
    pub fn name(&self, name: u32) -> &str {
        self.spellings.get(name)
    }

    /// The key of a name ([`super::graph::key_of`]); empty for a number that no name has.
    pub fn key(&self, name: u32) -> &str {
        self.keys.get(name)
    }

    /// The name that a text is a spelling of. Binary search.
    pub fn find(&self, text: &str) -> Option<u32> {
        self.keys.find(&key_of(text))
    }

    /// The groups of a name, ascending: the eight largest shares of at least a thousandth.
    pub fn groups_of(&self, name: u32) -> &[Membership] {
        self.groups.get(name)
    }

    /// The names of a group, the greatest share first, and of equal ones the smallest number.
    pub fn names_in(&self, group: u32) -> &[u32] {
        self.members.get(group)
    }

    /// What a group is called: its source, or the most used name of the cluster. Empty for a number that no group has.
    pub fn group_label(&self, group: u32) -> &str {
        match &self.labels {
            Labels::Sources(sources) => sources.get(group),
            Labels::Names(names) => names.get(group as usize).map_or("", |&name| self.spellings.get(name)),
        }
    }

    /// Whether everything fits together; to be asked of a table that was read from a file. Linear.
    pub fn is_whole(&self) -> bool {
        let texts = self.keys.is_whole() && self.spellings.is_whole() && self.keys.is_ascending();
        let lists = self.groups.is_whole() && self.members.is_whole();
        let names = [self.spellings.len(), self.groups.len(), self.component_of.len()];
        texts
            && lists
            && names == [self.names(); 3]
            && self.labels_fit()
            && self.component_of.iter().all(|&component| (component as usize) < self.digests.len())
            && self.groups.iter().all(|groups| self.groups_fit(groups))
            && self.members == members(&self.groups, self.groups())
    }

    fn labels_fit(&self) -> bool {
        match &self.labels {
            Labels::Sources(sources) => {
                let fit = sources.is_whole() && sources.is_ascending() && sources.len() == self.groups();
                fit && self.reading.groups_are_sources()
            }
            Labels::Names(names) => {
                let fit = names.len() == self.groups() && names.iter().all(|&name| (name as usize) < self.names());
                fit && !self.reading.groups_are_sources()
            }
        }
    }

    fn groups_fit(&self, groups: &[Membership]) -> bool {
        let ascending = groups.is_sorted_by(|a, b| a.group < b.group);
        let known = groups.iter().all(|one| (one.group as usize) < self.groups() && one.share > 0);
        let total: u64 = groups.iter().map(|one| u64::from(one.share)).sum();
        // Each share is rounded by half a part at most.
        let shared_out = groups.len() <= KEPT && total <= u64::from(WHOLE) + groups.len() as u64;
        let hard = matches!(groups, [Membership { share: WHOLE, .. }]);
        ascending && known && shared_out && (hard || self.reading.groups_are_sources())
    }
}

/// The names of each group, the greatest share first. O(M log M) for M memberships.
pub(super) fn members(groups_of: &Lists<Membership>, groups: usize) -> Lists<u32> {
    let named = (0..number(groups_of.len())).flat_map(|name| groups_of.get(name).iter().map(move |one| (name, one)));
    let mut all: Vec<(Reverse<u16>, u32, u32)> =
        named.map(|(name, one)| (Reverse(one.share), name, one.group)).collect();
    all.sort_unstable();
    Lists::sorted_into(groups, all.iter().map(|&(_, name, group)| (group, name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alias::examples::{ambiguous, evidence, graph, rows};
    use crate::alias::{Form, Use, match_probability, together};
    use proptest::prelude::*;

    fn bytes(table: &AliasTable) -> Vec<u8> {
        serde_json::to_vec(table).unwrap()
    }

    fn reading() -> impl Strategy<Value = Reading> {
        prop::sample::select(Reading::ALL.to_vec())
    }

    #[test]
    fn an_empty_graph_has_an_empty_table() {
        for reading in Reading::ALL {
            let table = AliasTable::build(&graph(&[]), reading);
            assert!(table.is_whole() && table.names() == 0 && table.groups() == 0);
            assert_eq!((table.find("x"), table.name(0), table.group_label(0)), (None, "", ""));
        }
    }

    #[test]
    fn groups_are_called_by_their_source_or_their_most_used_name() {
        let graph = AliasGraph::new(ambiguous());
        let walk = AliasTable::build(&graph, Reading::Walk);
        assert_eq!([0, 1].map(|group| walk.group_label(group)), ["biscuits", "broadcasting"]);
        assert_eq!(walk.names_in(1).first().map(|&name| walk.name(name)), Some("American Broadcasting Company"));
        let markov = AliasTable::build(&graph, Reading::Markov);
        let label = |text: &str| markov.find(text).map(|name| markov.group_label(markov.groups_of(name)[0].group));
        assert_eq!(label("abc television"), Some("American Broadcasting Company"));
        assert_eq!(label("australian biscuits"), Some("Australian Biscuit Corporation"));
    }

    #[test]
    fn damage_is_seen() {
        let table = AliasTable::build(&AliasGraph::new(ambiguous()), Reading::Walk);
        assert!(table.is_whole());
        assert!(!AliasTable { reading: Reading::Markov, ..table.clone() }.is_whole());
        assert!(!AliasTable { digests: Vec::new(), ..table.clone() }.is_whole());
        assert!(!AliasTable { members: Lists::default(), ..table.clone() }.is_whole());
        assert!(!AliasTable { component_of: vec![0], ..table.clone() }.is_whole());
        assert!(!AliasTable { keys: vec!["b"; table.names()].into_iter().collect(), ..table }.is_whole());
    }

    #[test]
    fn an_update_reads_again_only_what_changed() {
        let mut all: Vec<Use> = (0..100)
            .flat_map(|source| (0..3).map(move |name| (source, name)))
            .map(|(source, name)| Use { name: format!("n {source} {name}"), source: source.to_string(), count: 1 })
            .collect();
        let before = AliasGraph::new(all.clone());
        all.extend(evidence(&[("n 7 1", "8", 1), ("new", "new", 4)]));
        let after = AliasGraph::new(all);
        for reading in Reading::ALL {
            let (table, rebuilt) = AliasTable::build(&before, reading).update(&after);
            assert_eq!(rebuilt, Rebuilt { components: 100, reclustered: 2 }, "{reading}");
            assert_eq!(table, AliasTable::build(&after, reading));
        }
    }

    #[test]
    fn communities_that_depend_on_the_total_are_found_again() {
        let mut all = ambiguous();
        let before = AliasTable::build(&AliasGraph::new(all.clone()), Reading::Communities(Form::Paper));
        all.extend(evidence(&[("Zeta", "zeta", 1)]));
        let (after, rebuilt) = before.update(&AliasGraph::new(all));
        assert_eq!(rebuilt, Rebuilt { components: 2, reclustered: 2 });
        assert!(after.is_whole());
    }

    proptest! {
        #[test]
        fn a_table_is_whole_and_is_read_back_as_it_was(evidence in rows(), reading in reading()) {
            let graph = AliasGraph::new(evidence);
            let table = AliasTable::build(&graph, reading);
            prop_assert!(table.is_whole());
            prop_assert_eq!(&serde_json::from_slice::<AliasTable>(&bytes(&table)).unwrap(), &table);
            for name in 0..number(table.names()) {
                prop_assert_eq!(table.find(table.key(name)), Some(name));
                for one in table.groups_of(name) {
                    prop_assert!(table.names_in(one.group).contains(&name));
                }
            }
        }

        #[test]
        fn the_order_of_rows_changes_nothing(mut evidence in rows(), reading in reading()) {
            let table = AliasTable::build(&AliasGraph::new(evidence.clone()), reading);
            evidence.reverse();
            prop_assert_eq!(bytes(&table), bytes(&AliasTable::build(&AliasGraph::new(evidence), reading)));
        }

        #[test]
        fn an_update_gives_what_building_gives(
            evidence in rows(), more in rows(), left_out in any::<prop::sample::Index>(), reading in reading(),
        ) {
            let before = AliasTable::build(&AliasGraph::new(evidence.clone()), reading);
            let mut changed: Vec<Use> = evidence.iter().chain(&more).cloned().collect();
            if !changed.is_empty() {
                changed.remove(left_out.index(changed.len()));
            }
            let changed = AliasGraph::new(changed);
            let (after, _) = before.update(&changed);
            prop_assert_eq!(bytes(&after), bytes(&AliasTable::build(&changed, reading)));
            // What was added is taken away again.
            let (back, _) = after.update(&AliasGraph::new(evidence.clone()));
            prop_assert_eq!(bytes(&back), bytes(&before));
            let (_, rebuilt) = back.update(&AliasGraph::new(evidence));
            prop_assert_eq!(rebuilt.reclustered, 0);
        }

        #[test]
        fn together_is_the_match_probability(evidence in rows()) {
            let graph = AliasGraph::new(evidence);
            let table = AliasTable::build(&graph, Reading::Match);
            let names = 0..number(table.names());
            for (a, b) in names.clone().flat_map(|a| names.clone().map(move |b| (a, b))) {
                let (of_a, of_b) = (table.groups_of(a), table.groups_of(b));
                if graph.sources_of(a).len() <= KEPT && graph.sources_of(b).len() <= KEPT {
                    let there = f64::from(together(of_a, of_b)) / f64::from(WHOLE);
                    // Shares are rounded, and those below a thousandth left out.
                    prop_assert!((there - match_probability(&graph, a, b)).abs() < 0.01);
                }
            }
        }
    }
}
