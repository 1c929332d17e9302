//! The match probability Υ of LinkOrgs: the chance that one use of a name and one use of another were for one source.
//!
//! It takes for granted that a source is one thing, and that the two uses have nothing to do with each other. A single
//! mistaken use weighs little where there are many.

use super::graph::AliasGraph;

/// P(u|a) = n(a,u) / n(a,·): the share of a name's uses that were for a source.
pub(super) fn share(graph: &AliasGraph, name: u32, count: u32) -> f64 {
    f64::from(count) / graph.uses_of_name(name).max(1) as f64
}

/// Υ(a,a') = Σ_u P(u|a)·P(u|a'), from 0 to 1; symmetric to the last bit. 0 for names that are not in the graph.
///
/// Linear in the number of sources of the two names.
///
/// ```
/// use cognate::alias::{AliasGraph, Use, match_probability};
/// let row = |name: &str, source: &str, count| Use { name: name.into(), source: source.into(), count };
/// let graph = AliasGraph::new([row("Aimee", "x", 1), row("Bob", "x", 1), row("Bob", "y", 3)]);
/// assert_eq!(match_probability(&graph, 0, 1), 0.25);
/// ```
pub fn match_probability(graph: &AliasGraph, a: u32, b: u32) -> f64 {
    let (mut of_a, mut of_b) = (graph.sources_of(a), graph.sources_of(b));
    let mut sum = 0.0;
    while let ([(in_a, a_count), a_rest @ ..], [(in_b, b_count), b_rest @ ..]) = (of_a, of_b) {
        if in_a == in_b {
            sum += share(graph, a, *a_count) * share(graph, b, *b_count);
        }
        (of_a, of_b) = (if in_a <= in_b { a_rest } else { of_a }, if in_b <= in_a { b_rest } else { of_b });
    }
    f64::min(sum, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alias::examples::rows;
    use proptest::prelude::*;

    #[test]
    fn names_that_are_not_there_match_nothing() {
        let graph = AliasGraph::new([]);
        assert_eq!(match_probability(&graph, 0, 1), 0.0);
    }

    proptest! {
        #[test]
        fn it_is_symmetric_and_a_probability(evidence in rows()) {
            let graph = AliasGraph::new(evidence);
            let names = 0..graph.name_count() as u32;
            for (a, b) in names.clone().flat_map(|a| names.clone().map(move |b| (a, b))) {
                let there = match_probability(&graph, a, b);
                prop_assert_eq!(there.to_bits(), match_probability(&graph, b, a).to_bits());
                prop_assert!((0.0..=1.0).contains(&there));
                let share_one = graph.sources_of(a).iter().any(|one| graph.sources_of(b).iter().any(|two| one.0 == two.0));
                prop_assert_eq!(there > 0.0, share_one);
            }
        }
    }
}
