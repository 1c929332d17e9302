//! Alias evidence: which names were used for the same thing, and how often, after the networks of LinkOrgs
//! (Libgober and Jerzak 2024).
//!
//! A row of evidence says that a *name* was used so and so often for a *source*: a page, a register entry, an entity of
//! somebody's own list. Names and sources are the two sides of a weighted graph ([`AliasGraph`]), and a *reading* of it
//! says which names belong together:
//!
//! - [`matching`]: the match probability Υ of two names, straight from the counts.
//! - [`markov`]: clusters of names in which a random flow stays (van Dongen 2000).
//! - [`communities`]: communities of names and sources of greatest modularity (Clauset, Newman and Moore 2004).
//! - [`walk`](mod@walk): the sources where a restarting random walk from a name ends: soft membership.
//!
//! [`components`] tells which parts of the graph hang together; nothing that a reading says about one part depends on
//! another (but for the total of uses in modularity), so what did not change need not be computed again. [`AliasTable`]
//! is what a reading found, frozen: from names to groups, with the probability of each.
//!
//! **Invariant:** graphs and tables depend on the evidence as a set: the order of its rows and the number of threads
//! change not one bit. Every sum of floating-point numbers is taken in the order of the numbers of names and sources.

mod build;
pub mod communities;
pub mod components;
pub mod graph;
mod lists;
pub mod markov;
pub mod matching;
pub mod reading;
pub mod table;
mod tally;
pub mod walk;

#[cfg(test)]
mod examples;

pub use build::Rebuilt;
pub use communities::Form;
pub use graph::{AliasGraph, Use};
pub use matching::match_probability;
pub use reading::{Membership, Reading, together};
pub use table::AliasTable;
pub use walk::{Walk, WalkOptions, walk};
