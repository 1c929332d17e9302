//! Normalising: from a name as somebody wrote it to tokens that can be compared.
//!
//! A name passes four steps, each a file of its own:
//!
//! 1. [`fold`](mod@fold): compatibility forms, case, accents and scripts become lower-case ASCII (`Ｚürich АО` → `zurich ao`).
//! 2. [`tokens`]: words are cut out; `&` becomes `and`; dotted and spaced initials grow together (`L.L.C.`, `A. O.` →
//!    `llc`, `ao`).
//! 3. [`lexicon`]: words that stand for each other get one canonical form (`intl` → `international`), and the words that
//!    only state a legal form or connect others are marked.
//! 4. [`grams`]: overlapping character 3-grams for likeness and for blocking.
//!
//! **Invariant:** normalising is a pure function of the text and the lexicon, and idempotent: a normalised name is its
//! own normal form.

pub mod fold;
pub mod grams;
pub mod hash;
pub mod lexicon;
pub mod number;
pub mod quantity;
pub mod tokens;

pub use fold::fold;
pub use lexicon::{Lexicon, shipped};
pub use tokens::tokenize;
