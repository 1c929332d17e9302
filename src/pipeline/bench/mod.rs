//! Measuring on real data: tasks with known answers, baselines on the same pairs, figures beside each other.
//!
//! - [`tasks`]: the data sets under `COGNATE_DATA` as linking tasks, split by entity.
//! - [`baseline`]: token-sort ratio and character TF-IDF, over all pairs.
//! - [`names`]: accuracy of the shipped model and the baselines on the tasks.
//!
//! Everything is chosen on the train and validation parts; the test part is for the report.

pub mod baseline;
pub mod names;
pub mod tasks;
