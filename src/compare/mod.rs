//! Comparing: the features of one record, computed once, and what two of them have in common, as levels.
//!
//! - [`rarity`]: how much a word says, from counts.
//! - [`prepared`]: a text's features ([`Text`]) and a record's ([`Prepared`]).
//! - [`align`]: which words of two names stand for each other.
//! - [`codes`](mod@codes): model numbers and the like.
//! - [`magnitude`](mod@magnitude): how far apart two numbers are.
//! - [`levels`]: the comparisons; each turns two texts into one small number, its level.
//!
//! **Invariant:** the levels of a pair depend on the two prepared texts alone; comparing is symmetric; all arithmetic that
//! decides a level is on integers, or on divisions and products of small integers that are exact on every machine.

pub mod align;
pub mod codes;
pub mod levels;
pub mod magnitude;
pub mod prepared;
pub mod rarity;

pub use levels::{COMPARISONS, Comparison, Levels, compare};
pub use prepared::{Prepared, Preparer, Text};
pub use rarity::{Rarity, RarityCounter};
