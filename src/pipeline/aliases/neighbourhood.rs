//! The names and sources around a name, and the shortest way from one name to another, both by breadth first.

use crate::alias::AliasGraph;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;
use std::collections::VecDeque;

/// A node of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    /// A name.
    Name(u32),
    /// A source.
    Source(u32),
}

/// A step from a name over a source to another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// How often the name before was used for the source.
    pub before: u32,
    /// The source.
    pub source: u32,
    /// How often the name after was used for it.
    pub after: u32,
    /// The name after.
    pub name: u32,
}

/// Some nodes around names, and all edges between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbourhood {
    /// The nodes, each with its distance from the nearest of the names in the middle; the nearest first.
    pub nodes: Vec<(Node, u32)>,
    /// Positions of a name and a source among the nodes, and how often the name was used for the source.
    pub edges: Vec<(usize, usize, u32)>,
    /// Neighbours of these nodes that are not among them.
    pub left_out: usize,
}

/// The neighbours of a node with the counts of their edges, the most used first.
fn neighbours(graph: &AliasGraph, node: Node) -> Vec<(Node, u32)> {
    let (edges, other): (_, fn(u32) -> Node) = match node {
        Node::Name(name) => (graph.sources_of(name), Node::Source),
        Node::Source(source) => (graph.names_of(source), Node::Name),
    };
    let mut edges: Vec<(Node, u32)> = edges.iter().map(|&(number, count)| (other(number), count)).collect();
    edges.sort_by_key(|&(node, count)| (Reverse(count), node));
    edges
}

/// The shortest way from a name to another, of several the one of the most used edges from the start; none where nothing
/// connects them. Linear in the component, but for the sorting of edges.
pub fn shortest_way(graph: &AliasGraph, from: u32, to: u32) -> Option<Vec<Step>> {
    let (start, end) = (Node::Name(from), Node::Name(to));
    let mut before: FxHashMap<Node, (Node, u32)> = FxHashMap::default();
    let mut waiting = VecDeque::from([start]);
    while let Some(node) = waiting.pop_front().filter(|_| from != to && !before.contains_key(&end)) {
        for (next, count) in neighbours(graph, node) {
            if next != start && !before.contains_key(&next) {
                before.insert(next, (node, count));
                waiting.push_back(next);
            }
        }
    }
    let mut steps = Vec::new();
    let mut name = to;
    while name != from {
        let &(over, after) = before.get(&Node::Name(name))?;
        let &(previous, count) = before.get(&over)?;
        let (Node::Source(source), Node::Name(earlier)) = (over, previous) else { return None };
        steps.push(Step { before: count, source, after, name });
        name = earlier;
    }
    steps.reverse();
    Some(steps)
}

/// At most `limit` nodes around some names: these, those on the ways given, then the nearest, the most used first.
pub fn neighbourhood(graph: &AliasGraph, middle: &[u32], ways: &[Step], limit: usize) -> Neighbourhood {
    let chosen = chosen(graph, middle, ways, limit);
    let nodes = by_distance(graph, middle, &chosen);
    let places: FxHashMap<Node, usize> = nodes.iter().enumerate().map(|(place, &(node, _))| (node, place)).collect();
    let (mut edges, mut outside) = (Vec::new(), FxHashSet::default());
    for (place, &(node, _)) in nodes.iter().enumerate() {
        for (next, count) in neighbours(graph, node) {
            match (places.get(&next), node) {
                (Some(&other), Node::Name(_)) => edges.push((place, other, count)),
                (Some(_), Node::Source(_)) => {}
                (None, _) => drop(outside.insert(next)),
            }
        }
    }
    Neighbourhood { nodes, edges, left_out: outside.len() }
}

fn chosen(graph: &AliasGraph, middle: &[u32], ways: &[Step], limit: usize) -> FxHashSet<Node> {
    let on_ways = ways.iter().flat_map(|step| [Node::Source(step.source), Node::Name(step.name)]);
    let first = middle.iter().map(|&name| Node::Name(name)).chain(on_ways);
    let (mut chosen, mut waiting) = (FxHashSet::default(), VecDeque::new());
    for node in first {
        if chosen.len() < limit && chosen.insert(node) {
            waiting.push_back(node);
        }
    }
    while let Some(node) = waiting.pop_front().filter(|_| chosen.len() < limit) {
        for (next, _) in neighbours(graph, node) {
            if chosen.len() < limit && chosen.insert(next) {
                waiting.push_back(next);
            }
        }
    }
    chosen
}

/// The nodes of a set that can be reached within it, with their distances. An edge joins neighbouring distances, since
/// names stand at even ones and sources at odd ones.
fn by_distance(graph: &AliasGraph, middle: &[u32], set: &FxHashSet<Node>) -> Vec<(Node, u32)> {
    let (mut nodes, mut seen) = (Vec::new(), FxHashSet::default());
    let mut waiting: VecDeque<(Node, u32)> = middle.iter().map(|&name| (Node::Name(name), 0)).collect();
    waiting.retain(|&(node, _)| set.contains(&node) && seen.insert(node));
    while let Some((node, distance)) = waiting.pop_front() {
        nodes.push((node, distance));
        for (next, _) in neighbours(graph, node) {
            if set.contains(&next) && seen.insert(next) {
                waiting.push_back((next, distance + 1));
            }
        }
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alias::Use;

    fn graph(rows: &[(&str, &str, u32)]) -> AliasGraph {
        let row = |&(name, source, count): &(&str, &str, u32)| Use { name: name.into(), source: source.into(), count };
        AliasGraph::new(rows.iter().map(row))
    }

    #[test]
    fn the_shortest_way_is_found_or_there_is_none() {
        let graph = graph(&[("a", "x", 1), ("b", "x", 2), ("b", "y", 3), ("c", "y", 4), ("a", "z", 9), ("d", "w", 1)]);
        let name = |text| graph.find(text).unwrap();
        let way = shortest_way(&graph, name("a"), name("c")).unwrap();
        let told: Vec<_> = way
            .iter()
            .map(|step| (step.before, graph.source(step.source), step.after, graph.name(step.name)))
            .collect();
        assert_eq!(told, [(1, "x", 2, "b"), (3, "y", 4, "c")]);
        assert_eq!(shortest_way(&graph, name("a"), name("d")), None);
        assert_eq!(shortest_way(&graph, name("a"), name("a")), Some(Vec::new()));
    }

    #[test]
    fn a_neighbourhood_is_bounded_and_says_what_it_leaves_out() {
        let mut rows: Vec<(String, String)> = (0..100).map(|n| (format!("n{n}"), "hub".to_owned())).collect();
        rows.push(("n0".to_owned(), "far".to_owned()));
        let graph = AliasGraph::new(rows.into_iter().map(|(name, source)| Use { name, source, count: 1 }));
        let name = graph.find("n0").unwrap();
        let around = neighbourhood(&graph, &[name], &[], 10);
        assert_eq!((around.nodes.len(), around.left_out), (10, 92));
        assert!(around.edges.iter().all(|&(a, b, _)| around.nodes[a].1.abs_diff(around.nodes[b].1) == 1));
        let all = neighbourhood(&graph, &[name], &[], 1000);
        assert_eq!((all.nodes.len(), all.edges.len(), all.left_out), (102, 101, 0));
    }
}
