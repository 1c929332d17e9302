//! All tasks of organizations' names in one report: each task linked, and the hard negatives of the alias lists.

use super::hard::{HardFigures, POOLED, Pool, dump, measure_hard};
use super::measures::Figures;
use super::names::{Asking, Method, OURS, WITH_DIRECTORY, measure};
use super::recipe::{Material, list_of};
use super::tasks::{Split, TASKS, Task};
use crate::config::Kind;
use crate::error::Result;
use crate::model::Model;
use crate::pipeline::train::{TrainOptions, UNTOLD};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The method of models that were trained without the task's list.
pub const LEFT_OUT: &str = "cognate, left out";

/// What to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// The tasks; none means all.
    pub tasks: Vec<String>,
    /// The part of the entities whose names are asked.
    pub split: Split,
    /// Names asked at most for each task and each group.
    pub limit: usize,
    /// Names that are paired with their nearest at most, for each list of hard negatives.
    pub hard_limit: usize,
    /// Whether the baselines are measured on the tasks, too; on hard negatives they are always.
    pub baselines: bool,
    /// Whether the model is measured once more with the shipped directory as alias evidence.
    pub directory: bool,
    /// Whether a model is trained without each task's list and measured beside the full one.
    pub leave_one_out: bool,
    /// The file for the pairs of the hard negatives.
    pub dump: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            tasks: Vec::new(),
            split: Split::Valid,
            limit: 1000,
            hard_limit: 20_000,
            baselines: true,
            directory: false,
            leave_one_out: false,
            dump: None,
        }
    }
}

/// The figures of all tasks.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Of linking, a row for each task (or group of its names) and method.
    pub tasks: Vec<Figures>,
    /// Of hard negatives, a row for each alias list and method, the last ones for all lists together.
    pub hard_negatives: Vec<HardFigures>,
}

/// Measures a model on the tasks; `tell` is told what is begun.
///
/// # Errors
/// [`crate::error::ErrorKind::NotFound`] for an unknown task, and those of reading the data sets and writing the dump.
pub fn organizations(data: &Path, model: &Model, options: &Options, tell: &dyn Fn(&str)) -> Result<Report> {
    let all = TASKS.map(str::to_owned);
    let names = if options.tasks.is_empty() { all.as_slice() } else { &options.tasks };
    let left_out = if options.leave_one_out { models_without(names, data, tell)? } else { BTreeMap::new() };
    let methods = |task: &str| -> Vec<Method<'_>> {
        let without = list_of(task).and_then(|list| left_out.get(list));
        let with_directory = options.directory.then_some((WITH_DIRECTORY, model));
        std::iter::once((OURS, model)).chain(with_directory).chain(without.map(|without| (LEFT_OUT, without))).collect()
    };
    let asking = Asking { split: options.split, limit: options.limit, baselines: options.baselines };
    let mut report = Report::default();
    let mut pools = Vec::new();
    for name in names {
        tell(&format!("task {name}"));
        let task = Task::read(name, data)?;
        report.tasks.extend(measure(&task, asking, &methods(name))?);
        if POOLED.contains(&task.name) {
            pools.push(Pool::new(&task, options.split, options.hard_limit));
        }
    }
    tell("hard negatives");
    if let Some(path) = &options.dump {
        dump(&pools, model, path)?;
    }
    let measured: Vec<_> = pools.iter().map(|pool| (pool, methods(pool.task))).collect();
    report.hard_negatives = measure_hard(&measured)?;
    Ok(report)
}

/// A model for each list that one of the tasks stands in, trained without it.
fn models_without(tasks: &[String], data: &Path, tell: &dyn Fn(&str)) -> Result<BTreeMap<&'static str, Model>> {
    let material = Material::read(data)?;
    let options = TrainOptions::of(Kind::Organization);
    let mut models = BTreeMap::new();
    for list in tasks.iter().filter_map(|task| list_of(task)) {
        if !models.contains_key(list) {
            tell(&format!("training without {list}"));
            models.insert(list, material.model_without(Some(list), &options, UNTOLD)?);
        }
    }
    Ok(models)
}
