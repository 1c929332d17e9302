//! cognate finds the records that descend from the same thing: an embedded entity and record linking engine.
//!
//! Two tables rarely spell names alike. This crate says which of their rows mean the same, how sure that is, and why. It
//! is at its best where there is little else than a name. It needs no labels, no server and no network; the program
//! `cognate` is a thin face over it (the README teaches it), and `ARCHITECTURE.md` follows a pair from file to file.
//!
//! # Six nouns
//!
//! A **record** is what came in ([`record::Record`]); a **prepared** record is its features, computed once
//! ([`compare::Prepared`]); a **pair** is two candidates that share a key ([`block::Blocks`]); a **match weight** is the
//! evidence for it in millionths of a bit of log2 odds ([`model::MatchWeight`]); a **judgement** is a decision; an
//! **entity** is what records are together. The last two have no code yet.
//!
//! # An example
//!
//! [`pipeline::link::link`] takes two files and does it all. This is what happens inside, for three names:
//!
//! ```
//! use cognate::config::Kind;
//! use cognate::model::{probability, shipped::shipped};
//! use cognate::pipeline::scorer::Scorer;
//!
//! let names = ["Procter & Gamble Co.", "PROCTER AND GAMBLE", "Zeta Bank"].map(str::to_owned);
//! // The shipped model, and how rare each word is in the names at hand: counted once, then frozen.
//! let scorer = Scorer::new(shipped(Kind::Organization)?, &[vec![&names]])?;
//! // Legal forms are set apart, scripts and accents folded, words marked with their rarity.
//! let [a, b, c] = names.each_ref().map(|name| scorer.prepare([name.as_str()].into_iter()));
//! // Every comparison gives a level, every level has a weight, and a pair's weight is their sum.
//! assert!(probability(scorer.weight(&a, &b)) > 0.5);
//! assert!(probability(scorer.weight(&a, &c)) < 0.5);
//! // Sums of integers are exact, so an explanation adds up to the last unit.
//! let explanation = scorer.explain(&a, &b, &["name"]);
//! assert_eq!(explanation.terms.iter().map(|term| term.weight).sum::<i32>(), scorer.weight(&a, &b));
//! # Ok::<(), cognate::error::Error>(())
//! ```
//!
//! # The floors
//!
//! Data walks one way, and a module imports only what stands above it here (`tests/floors.rs` reads every path):
//!
//! | module | what it is |
//! | --- | --- |
//! | [`error`] | what can go wrong, where, and the way out |
//! | [`config`] | every default and every limit |
//! | [`record`] | tables in and out: CSV, TSV, JSON lines, Parquet; rejects with their place |
//! | [`text`] | normalising: from a name as somebody wrote it to words |
//! | [`mbat`] | vectors of records |
//! | [`alias`] | evidence which names were used for the same source, frozen into a table of groups |
//! | [`compare`] | features of a record; two records to levels |
//! | [`model`] | levels to a match weight; fitting; explaining |
//! | [`block`] | keys, and the pairs that share one |
//! | [`resolve`] | from scored pairs to links and rows of a join |
//! | [`store`] | datasets in a folder, safe against killed processes and honest about damage |
//! | [`index`] | look-up files over the names of a dataset |
//! | [`pipeline`] | the jobs: short functions over the parts above |
//! | [`report`] | what jobs found, as text, JSON and tables |
//!
//! Errors are one type, [`error::Error`], whose message is one line that says what is wrong, where, and what to do.

// In the order of the floors; a blank line between two keeps the formatter from sorting them.

pub mod error;

pub mod config;

pub mod record;

pub mod text;

pub mod mbat;

pub mod alias;

pub mod compare;

pub mod model;

pub mod block;

pub mod resolve;

pub mod store;

pub mod index;

pub mod pipeline;

pub mod report;

#[doc(hidden)]
pub mod cli;

/// The README's examples in Rust, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
