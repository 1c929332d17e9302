//! pipeline

pub mod evaluate;
