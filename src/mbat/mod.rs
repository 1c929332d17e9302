//! Any JSON record as a vector: matrix binding of additive terms, with orthogonal matrices.
//!
//! After S. I. Gallant, "Orthogonal Matrices for MBAT Vector Symbolic Architectures, and a 'Soft' VSA Representation for
//! JSON" (arXiv 2202.04771, 2022), of which only the abstract was at hand: what it claims is kept and tested (fixed length,
//! near vectors for similar records, orthogonal and non-commuting binding); the rules in detail are ours.
//!
//! - [`Space`] turns values into vectors, and takes them apart again.
//! - [`Binding`] is an orthogonal map for each key.
//! - [`atoms`], [`terms`]: what texts and numbers are sums of. [`weights`]: what they weigh, [`learn`]: how that is learned.
//! - [`sketch`]: the signs of a turned vector, to find near ones fast.
//! - [`contributions`]: which fields and words make two vectors near.
//! - [`Vector`] in 24 bits a number, [`Packed`] in 8.
//!
//! **Invariant:** all sums are sums of integers, so a value has the same vector on every machine, whatever the order of its
//! keys.

pub mod atoms;
pub mod binding;
pub mod contributions;
pub mod encoder;
pub mod fixed;
pub mod learn;
pub mod path;
pub mod sketch;
pub mod space;
pub mod terms;
pub mod vector;
pub mod weights;
mod words;

pub use binding::Binding;
pub use contributions::{Contribution, Contributions};
pub use encoder::Encoder;
pub use learn::WeightsCounter;
pub use path::{Path, Step};
pub use sketch::{Rotation, Signs};
pub use space::{ArrayForm, Settings, Space};
pub use vector::{Packed, Vector};
pub use weights::Weights;
