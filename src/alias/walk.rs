//! Soft membership: the sources at which a restarting random walk from a name ends (after personalised PageRank, Page
//! and others 1999; Tong, Faloutsos and Pan 2006).
//!
//! A use of a name says for which source it stands. Names of one source share its other sources, too, so a little of what
//! is known of one name holds for the next: the walk stops at the first source with probability 1 − decay, and else goes
//! on by another of the source's names, whose source it may stop at, and so on.

use super::graph::AliasGraph;
use super::matching::share;
use super::tally::Tally;

/// How the walk goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WalkOptions {
    /// The chance that it goes on from a source instead of stopping there.
    pub decay: f64,
    /// After so many steps from a name to a source it stops in any case.
    pub hops: u32,
    /// A node with d > `hub` neighbours lets `hub`/d of what comes pass: what is used for everything says nothing. The
    /// first name is asked for and is no hub.
    pub hub: u32,
    /// Uses of each name for a source that nobody has seen: n/(n + doubt) of what comes to a name used n times goes on.
    pub doubt: f64,
    /// Less than this, as a mean over a node's neighbours, is not worth following, and stops at the source before it. It
    /// bounds the time that a node with thousands of neighbours takes.
    pub least: f64,
}

impl Default for WalkOptions {
    fn default() -> WalkOptions {
        WalkOptions { decay: 0.2, hops: 3, hub: 50, doubt: 0.1, least: 1e-5 }
    }
}

/// Where the walk ended.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Walk {
    /// P(source | name), ascending by source, for sources that the walk can end at.
    pub sources: Vec<(u32, f64)>,
    /// The probability that the name stands for a source that nobody has seen. With those above it makes 1.
    pub elsewhere: f64,
}

/// The walk from a name. A name that is not in the graph is elsewhere.
///
/// Each of `hops` steps is linear in the edges of the nodes that it goes on from; none of them but the first name has
/// more than √(hub · decay / least) neighbours (a thousand, unless told otherwise).
///
/// ```
/// use cognate::alias::{AliasGraph, Use, WalkOptions, walk};
/// let row = |name: &str, source: &str, count| Use { name: name.into(), source: source.into(), count };
/// let graph = AliasGraph::new([row("Acme", "x", 3), row("Acme Co", "x", 1), row("Acme Co", "y", 4)]);
/// let found = walk(&graph, 0, &WalkOptions::default());
/// let [(0, x), (1, y)] = found.sources[..] else { panic!("two sources can be reached") };
/// assert!(x > 0.9 && y > 0.01 && found.elsewhere < 0.05);
/// ```
pub fn walk(graph: &AliasGraph, name: u32, options: &WalkOptions) -> Walk {
    Walker::new(graph, *options).walk(name)
}

/// Walks from many names of one graph, keeping its working memory.
#[derive(Debug, Clone)]
pub struct Walker<'a> {
    graph: &'a AliasGraph,
    options: WalkOptions,
    at_name: Tally,
    at_source: Tally,
    stopped: Tally,
    names: Vec<(u32, f64)>,
    sources: Vec<(u32, f64)>,
    elsewhere: f64,
}

impl<'a> Walker<'a> {
    /// A walker over a graph.
    pub fn new(graph: &'a AliasGraph, options: WalkOptions) -> Walker<'a> {
        Walker {
            graph,
            options,
            at_name: Tally::new(graph.name_count()),
            at_source: Tally::new(graph.source_count()),
            stopped: Tally::new(graph.source_count()),
            names: Vec::new(),
            sources: Vec::new(),
            elsewhere: 0.0,
        }
    }

    /// The walk from a name: see [`walk`].
    pub fn walk(&mut self, name: u32) -> Walk {
        if self.graph.sources_of(name).is_empty() {
            return Walk { sources: Vec::new(), elsewhere: 1.0 };
        }
        self.elsewhere = 0.0;
        self.names.clear();
        self.names.push((name, 1.0));
        let hops = self.options.hops.max(1);
        for hop in 1..=hops {
            self.go_to_sources();
            self.go_on_to_names(if hop < hops { self.options.decay } else { 0.0 });
        }
        let mut sources = Vec::new();
        self.stopped.drain_into(&mut sources);
        Walk { sources, elsewhere: self.elsewhere }
    }

    fn go_to_sources(&mut self) {
        for &(name, mass) in &self.names {
            let uses = self.graph.uses_of_name(name) as f64;
            let known = uses / (uses + self.options.doubt.max(0.0));
            self.elsewhere += mass * (1.0 - known);
            for &(source, count) in self.graph.sources_of(name) {
                self.at_source.add(source, mass * known * share(self.graph, name, count));
            }
        }
        self.at_source.drain_into(&mut self.sources);
    }

    /// Lets what is at the sources stop there or go on.
    fn go_on_to_names(&mut self, decay: f64) {
        for &(source, mass) in &self.sources {
            let names = self.graph.names_of(source);
            let going = mass * decay * passing(self.options.hub, names.len());
            let mut gone = 0.0;
            if going >= self.options.least * names.len() as f64 {
                for &(name, count) in names {
                    let share = f64::from(count) / self.graph.uses_of_source(source).max(1) as f64;
                    let degree = self.graph.sources_of(name).len();
                    let mass = going * share * passing(self.options.hub, degree);
                    if mass < self.options.least * degree as f64 {
                        continue;
                    }
                    self.at_name.add(name, mass);
                    gone += mass;
                }
            }
            self.stopped.add(source, mass - gone);
        }
        self.at_name.drain_into(&mut self.names);
    }
}

/// The share of what comes to a node that may pass through it.
fn passing(hub: u32, degree: usize) -> f64 {
    let (hub, degree) = (f64::from(hub), degree as f64);
    if degree > hub { hub / degree } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alias::examples::{graph, rows};
    use proptest::prelude::*;

    fn total(walk: &Walk) -> f64 {
        walk.sources.iter().map(|one| one.1).sum::<f64>() + walk.elsewhere
    }

    #[test]
    fn a_name_seen_once_is_doubted_more_than_one_seen_often() {
        let graph = graph(&[("once", "a", 1), ("often", "b", 99)]);
        let [often, once] = [0, 1].map(|name| walk(&graph, name, &WalkOptions::default()).elsewhere);
        assert!(once > 0.09 && often < 0.01 && often > 0.0, "{once} {often}");
        let certain = WalkOptions { doubt: 0.0, ..WalkOptions::default() };
        assert_eq!(walk(&graph, 0, &certain), Walk { sources: vec![(1, 1.0)], elsewhere: 0.0 });
        assert_eq!(walk(&graph, 7, &certain).elsewhere, 1.0);
    }

    #[test]
    fn one_hop_is_the_share_of_uses() {
        let graph = graph(&[("a", "x", 3), ("a", "y", 1), ("b", "x", 1), ("b", "z", 1)]);
        let found = walk(&graph, 0, &WalkOptions { hops: 1, doubt: 0.0, ..WalkOptions::default() });
        assert_eq!(found.sources, [(0, 0.75), (1, 0.25)]);
        assert_eq!(walk(&graph, 0, &WalkOptions::default()).sources.len(), 3);
    }

    #[test]
    fn a_hub_lets_little_pass() {
        let many: Vec<String> = (0..100).map(|number| format!("name {number:03}")).collect();
        let mut rows: Vec<(&str, &str, u32)> = many.iter().map(|name| (name.as_str(), "hub", 1)).collect();
        rows.push(("name 001", "other", 1));
        let graph = graph(&rows);
        let reached = |hub: u32| {
            let found = walk(&graph, 0, &WalkOptions { hub, doubt: 0.0, ..WalkOptions::default() });
            assert!((total(&found) - 1.0).abs() < 1e-12);
            found.sources.iter().find(|one| one.0 == 1).map_or(0.0, |one| one.1)
        };
        // One name of a hundred leads to the other source, with half of its uses.
        assert!((reached(1000) - 0.2 * 0.01 * 0.5).abs() < 1e-4);
        // The hub passes a tenth.
        let ratio = reached(10) / reached(1000);
        assert!((0.08..=0.11).contains(&ratio), "{ratio}");
        // Nothing comes by a node that is too large to be worth following.
        assert_eq!(reached(1), 0.0);
    }

    proptest! {
        #[test]
        fn mass_is_neither_made_nor_lost(evidence in rows(), hub in 1..5_u32, hops in 1..6_u32, decay in 0.0..=1.0) {
            let graph = AliasGraph::new(evidence);
            let mut walker = Walker::new(&graph, WalkOptions { hub, hops, decay, ..WalkOptions::default() });
            for name in 0..graph.name_count() as u32 {
                let found = walker.walk(name);
                prop_assert!((total(&found) - 1.0).abs() < 1e-12);
                prop_assert!(found.sources.iter().all(|one| one.1 > 0.0) && found.elsewhere > 0.0);
                prop_assert!(found.sources.is_sorted_by_key(|one| one.0));
            }
        }
    }
}
