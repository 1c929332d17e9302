//! Comparing: the features of one record, computed once, and what two of them have in common, as levels.
//!
//! - [`rarity`]: how much a word says, from counts.
//! - [`word_odds`]: what common words say beyond that, learned.
//! - [`prepared`]: a text's features ([`Text`]) and a record's ([`Prepared`]).
//! - [`embedding`]: a learned vector for each name.
//! - [`script`]: the letters that names are written in.
//! - [`align`]: which words of two names stand for each other; [`likeness`](mod@likeness): how alike two words are.
//! - [`aliases`]: evidence that names are used for one thing.
//! - [`codes`](mod@codes): model numbers and the like.
//! - [`magnitude`](mod@magnitude): how far apart two numbers are.
//! - [`levels`]: the comparisons; each turns two texts into one small number, its level.
//!
//! **Invariant:** the levels of a pair depend on the two prepared texts alone; comparing is symmetric; all arithmetic that
//! decides a level is on integers, or on divisions and products of small integers that are exact on every machine.

pub mod aliases;
pub mod align;
mod bands;
pub mod codes;
pub mod embedding;
pub mod levels;
pub mod likeness;
pub mod magnitude;
pub mod prepared;
pub mod rarity;
pub mod script;
pub mod word_odds;

pub use embedding::{Embedding, Meaning, Signs};
pub use levels::{COMPARISONS, Comparison, Levels, compare};
pub use prepared::{Prepared, Preparer, Text};
pub use rarity::{Rarity, RarityCounter};
pub use word_odds::{Odds, WordOdds};
