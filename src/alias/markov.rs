//! Markov clusters.
use super::components::Component;
use super::graph::AliasGraph;
/// Options.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarkovOptions {
    /// Expansion.
    pub expansion: u32,
    /// Inflation.
    pub inflation: u32,
}
impl Default for MarkovOptions {
    fn default() -> MarkovOptions {
        MarkovOptions { expansion: 2, inflation: 2 }
    }
}
/// Clusters.
pub fn clusters(_: &AliasGraph, component: &Component<'_>, _: &MarkovOptions) -> Vec<u32> {
    vec![0; component.names.len()]
}
