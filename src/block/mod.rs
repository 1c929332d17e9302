//! Blocking: which pairs are worth comparing.
//!
//! Comparing everything with everything is quadratic. Instead each text gets a handful of keys ([`keys`]), and two texts
//! are a candidate pair when they share one ([`candidates`]). A misspelt word still shares a key, because a word's keys
//! hold every spelling of it with one letter left out; a word cut short shares its first letters; names of common words
//! alone share pairs of words; what escapes all that shares one of its rarest 3-grams; and names whose learned vectors are
//! near, though they share no letter, are near to the same pivot ([`pivots`]).
//!
//! A key that would give too many pairs is dropped, by a stated rule and with its name in the report
//! ([`candidates::Blocks::dropped`]).
//!
//! Where a recall is asked for, the vectors of the whole rows say which pairs are compared ([`vectors`]), and keys only add
//! those of common alias groups.
//!
//! **Invariant:** whether a pair is a candidate depends on its two texts, the frozen rarities and the numbers of texts that
//! bear each key (or on the vectors of both tables); never on the order of the rows, on threads or on partitions. Each pair comes once.

pub mod candidates;
pub mod keys;
pub mod options;
pub mod pivots;
pub mod sketch;
pub mod vectors;

pub use candidates::{Blocks, DroppedKey, Scratch};
pub use keys::{Key, KeyKind, Keys};
pub use vectors::{VectorBlocks, VectorOptions};
