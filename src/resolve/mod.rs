//! From scored pairs to decisions: which links stand, and which rows come out.
//!
//! Scoring judges every pair on its own; this stage weighs pairs against each other. [`assign`] picks the links that may
//! stand together (all of them, the best of each row, or a one-to-one assignment), and [`join`] turns the links that were
//! picked into the rows of the answer, in the order of the user's own files.
//!
//! **Invariant:** every result here is a pure function of the *set* of links: neither the order in which links arrive nor
//! the number of threads that made them can show. Rows are numbered by the caller in the byte order of their ids, so that
//! a tie that is broken by row number is broken by id, whatever the order of rows in the files.

mod assign;
mod canonical;
mod join;
mod matching;
mod one_to_one;

pub use assign::{Assignment, Link, assign};
pub use join::{Join, JoinRow, join};
