//! cognate: an embedded entity and record linking engine.

pub mod block;
#[doc(hidden)]
pub mod cli;
pub mod compare;
pub mod config;
pub mod error;
pub mod index;
pub mod model;
pub mod pipeline;
pub mod record;
pub mod report;
pub mod resolve;
pub mod store;
pub mod text;
