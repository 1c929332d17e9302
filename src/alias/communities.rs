//! Communities.
use super::components::Component;
use super::graph::AliasGraph;
use serde::{Deserialize, Serialize};

/// The null model of modularity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Form {
    /// Q = (1/2m) Σ_{a,u} [B_au − k_a·k_u/(2m)]·1{c_a = c_u}, as LinkOrgs has it.
    #[default]
    Paper,
    /// Barber's bipartite modularity (2007): m in place of 2m.
    Barber,
}
/// One.
pub fn is_one_community(_: &AliasGraph, _: &Component<'_>, _: Form) -> bool {
    true
}
/// Communities.
pub fn communities(_: &AliasGraph, component: &Component<'_>, _: Form) -> Vec<u32> {
    vec![0; component.names.len()]
}
