//! Vectors of records.
//!
//! - [`sketch`]: vectors turned so that every coordinate has a sign, and the signs as bits.

pub mod sketch;
