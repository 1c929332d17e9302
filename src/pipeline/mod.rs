//! The jobs: short functions that put the floors together.
//!
//! - [`table`]: a file's compared fields, in the order of their ids.
//! - [`scorer`]: the model with its rarities; two prepared records in, a match weight out.
//! - [`share`]: the share of matches in a job, and candidates that compete to be a row's partner.
//! - [`directory`]: organizations with their names, shipped or one's own, as alias evidence.
//! - [`inherit`](mod@inherit): what texts mean by an alias table, although they are not spelled as in it.
//! - [`link`](mod@link): two tables in, linked pairs out.
//! - [`import`]: files into a dataset of a store, all or nothing.
//! - [`export`]: a dataset out of a store, into a file.
//! - [`indexing`]: a dataset's look-up index, kept in step with its records.
//! - [`lookup`]: one name in, the records that it could mean out.
//! - [`queries`]: a file of names in, a table of hits out.
//! - [`aliases`]: evidence of names that were used for one thing; the table made of it, and what it knows.
//! - [`train`]: labelled pairs or alias lists in, a model out.
//! - [`train_aliases`]: what alias evidence weighs in it.
//! - [`compared`](mod@compared): the pairs that a model of names is trained on.
//! - [`embed`]: the name embedding from alias lists.
//! - [`encode_records`]: a table of any records in, their vectors out; [`encode_names`]: of names, their learned vectors.
//! - [`score`](mod@score): given pairs in, their match weights out.
//! - [`given`]: files of pairs that are to be scored or learned from.
//! - [`train_records`]: labelled pairs of records of several fields in, a model out.
//! - [`explain`]: why a pair of names or rows has its weight.
//! - [`pairs`]: files of pairs of ids, predicted or true.
//! - [`evaluate`](mod@evaluate): predicted pairs against true ones.
//! - [`link_vectors`]: the rows of a link job as vectors, and the plan to find candidates by them.
//! - [`usage`]: what a job cost.

pub mod aliases;
pub mod bench;
pub mod compared;
pub mod directory;
pub mod embed;
pub mod encode_names;
pub mod encode_records;
pub mod evaluate;
pub mod explain;
pub mod export;
pub mod given;
pub mod import;
pub mod indexing;
pub mod inherit;
mod kept_embedding;
pub mod link;
pub mod link_vectors;
pub mod lists;
pub mod lookup;
mod meant;
pub mod nearest;
pub mod pairs;
pub mod queries;
pub mod read_lists;
pub mod score;
pub mod scorer;
pub mod share;
pub mod table;
pub mod train;
pub mod train_aliases;
pub mod train_records;
pub mod usage;
pub mod vectors;
