//! Measuring on real data: tasks with known answers, baselines on the same pairs, figures beside each other.
//!
//! - [`tasks`]: the data sets under `COGNATE_DATA` as linking tasks, split by entity.
//! - [`baseline`]: token-set ratio and character TF-IDF, over all pairs.
//! - [`hard`]: models and the baselines on each name's nearest others.
//! - [`organizations`]: all tasks and the hard negatives in one report.
//! - [`names`]: models and the baselines on the tasks; [`measures`]: the figures of their answers.
//! - [`join`]: two large tables with truth: F1, first answers right, CPU seconds, memory.
//! - [`lookup`]: one query at a time: CPU time, hits among the first.
//! - [`aliases`]: tables linked by strings, by alias evidence and by both, on the tasks of [`alias_task`].
//! - [`retrieval`]: nearest neighbours of records' vectors, on the tasks of [`retrieval_tasks`], beside [`bag_of_words`].
//! - [`mod@mbat`]: what vectors of JSON records promise: properties, capacity, speed.
//! - [`recipe`]: how the shipped models are made, and how without one of their lists.
//! - [`export`]: the same as files and commands of `cognate train names`.
//!
//! Everything is chosen on the train and validation parts; the test part is for the report.

pub mod ablation;
pub mod alias_task;
pub mod aliases;
pub mod bag_of_words;
pub mod baseline;
pub mod export;
pub mod hard;
pub mod join;
pub mod lookup;
pub mod mbat;
pub mod measures;
pub mod names;
pub mod organizations;
pub mod recipe;
pub mod retrieval;
pub mod retrieval_tasks;
mod sources;
pub mod tasks;
