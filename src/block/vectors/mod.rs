//! Candidates by the vectors of whole rows ([`crate::mbat`]), for a recall that is asked for.
//!
//! 1. [`Vectors`]: the rows' vectors, with the mean of all rows taken from each, so that what all have in common is not what
//!    makes two alike. A byte a number.
//! 2. [`Sample`]: how near matches are and how near any two rows are, from a sample and without labels.
//! 3. [`Plan`]: the least cosine of a pair that is worth comparing, and how pairs of that cosine are met: in bands of signs,
//!    or by asking for the cosines of all pairs where that costs less. Which of them, and how many bands of how many signs, is
//!    what gives the recall that is asked for at the least expected cost.
//! 4. [`VectorBlocks`]: the rows in their bands, and the pairs that reach the least cosine.
//!
//! There is no probing of neighbouring bands (Lv et al., "Multi-Probe LSH", VLDB 2007): it would save memory, but which pairs
//! are met would then depend on which of the two rows asks.
//!
//! **Invariant:** which pairs are candidates depends on the vectors of the two tables as sets; the sides may be swapped.

mod bands;
mod plan;
mod sample;
mod table;

pub use bands::VectorBlocks;
pub use plan::{Bands, Plan};
pub use sample::Sample;
pub use table::Vectors;

#[cfg(test)]
mod tests;

use serde::Serialize;

/// How the vectors of rows pick the pairs to compare.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct VectorOptions {
    /// The share of the matches that must be among the candidates, from 0 to 1.
    pub recall: f64,
    /// How pairs are met.
    pub method: Method,
    /// Dimensions of the vectors.
    pub dims: usize,
}

impl VectorOptions {
    /// For a recall, whatever way costs least.
    pub fn with_recall(recall: f64) -> VectorOptions {
        VectorOptions { recall, method: Method::Cheapest, dims: 2 * crate::mbat::space::DIMS }
    }
}

/// How pairs of near vectors are met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// In the way that is expected to cost least.
    #[default]
    Cheapest,
    /// In bands of signs.
    Bands,
    /// By the cosines of all pairs.
    All,
}

/// Cosines are counted in thousandths, rounded down.
pub(crate) const THOUSANDTHS: i32 = 1000;
