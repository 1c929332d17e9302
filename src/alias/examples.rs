//! Evidence for the tests of this floor.

use super::{AliasGraph, Use};
use proptest::prelude::*;

/// The graph of (name, source, count).
pub(super) fn graph(rows: &[(&str, &str, u32)]) -> AliasGraph {
    AliasGraph::new(evidence(rows))
}

/// Rows of (name, source, count).
pub(super) fn evidence(rows: &[(&str, &str, u32)]) -> Vec<Use> {
    rows.iter().map(|&(name, source, count)| Use { name: name.to_owned(), source: source.to_owned(), count }).collect()
}

/// Random evidence: few names and sources, so that they meet; some counts large.
pub(super) fn rows() -> impl Strategy<Value = Vec<Use>> {
    rows_of(24, 12, 40)
}

/// Random evidence of at most so many names, sources and rows.
pub(super) fn rows_of(names: u32, sources: u32, rows: usize) -> impl Strategy<Value = Vec<Use>> {
    let count = prop_oneof![3 => 1..4_u32, 1 => 4..1000_u32];
    let row = (0..names, 0..sources, count).prop_map(|(name, source, count)| Use {
        name: format!("Name {name}"),
        source: format!("source {source}"),
        count,
    });
    prop::collection::vec(row, 0..rows)
}

/// Two sources that share the name "ABC", each with names of its own that are used much more.
pub(super) fn ambiguous() -> Vec<Use> {
    evidence(&[
        ("American Broadcasting Company", "broadcasting", 40),
        ("American Broadcasting Co", "broadcasting", 20),
        ("ABC", "broadcasting", 30),
        ("ABC Television", "broadcasting", 30),
        ("Australian Biscuit Corporation", "biscuits", 40),
        ("Australian Biscuits", "biscuits", 30),
        ("ABC", "biscuits", 8),
    ])
}
