//! The jobs: short functions that put the floors together.
//!
//! - [`table`]: a file's compared fields, in the order of their ids.
//! - [`scorer`]: the model with its rarities; two prepared records in, a match weight out.
//! - [`link`](mod@link): two tables in, linked pairs out.
//! - [`lookup`]: one name in, the records that it could mean out.
//! - [`train`]: labelled pairs or alias lists in, a model out.
//! - [`evaluate`](mod@evaluate): predicted pairs against true ones.
//! - [`usage`]: what a job cost.

pub mod bench;
pub mod evaluate;
pub mod link;
pub mod lookup;
pub mod scorer;
pub mod table;
pub mod train;
pub mod usage;
