//! What each learned part of the organization model earns: the model trained without it, on the same hard negatives.

use super::hard::{POOLED, Pool, measure_hard};
use super::names::Method;
use super::organizations::{Options, Report};
use super::recipe::Material;
use super::tasks::Task;
use crate::config::Kind;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::pipeline::train::{Stage, Told, TrainOptions};
use std::cell::Cell;
use std::path::Path;

/// The methods, and whether each has the embedding and the odds of words.
pub const METHODS: [(&str, bool, bool); 4] = [
    ("cognate, in full", true, true),
    ("cognate, no embedding", false, true),
    ("cognate, no word odds", true, false),
    ("cognate, neither", false, false),
];

/// Trains the organization model in full, without its embedding, without its odds of words, and without both, each as the
/// shipped one is trained, and measures them on the hard negatives; `tell` is told what is begun.
///
/// Embeddings are learned once: `folder` keeps them, and is removed in the end.
///
/// # Errors
/// Those of reading the data sets and of writing to the folder.
pub fn ablation(data: &Path, options: &Options, folder: &Path, tell: &dyn Fn(&str)) -> Result<Report> {
    let models = models(data, folder, tell);
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(|error| Error::io(folder, error))?;
    }
    let models = models?;
    tell("hard negatives");
    let is_asked = |task: &&str| options.tasks.is_empty() || options.tasks.iter().any(|asked| asked == task);
    let pools = POOLED.into_iter().filter(is_asked).map(|task| {
        let task = Task::read(task, data)?;
        Ok(Pool::new(&task, options.split, options.hard_limit))
    });
    let pools = pools.collect::<Result<Vec<Pool>>>()?;
    let methods: Vec<Method<'_>> = METHODS.iter().zip(&models).map(|((name, ..), model)| (*name, model)).collect();
    let measured: Vec<_> = pools.iter().map(|pool| (pool, methods.clone())).collect();
    Ok(Report { tasks: Vec::new(), hard_negatives: measure_hard(&measured)? })
}

fn models(data: &Path, folder: &Path, tell: &dyn Fn(&str)) -> Result<Vec<Model>> {
    let material = Material::read(data)?;
    let train = |(method, has_embedding, has_odds): &(&str, bool, bool)| {
        let of_kind = TrainOptions::of(Kind::Organization);
        let options = TrainOptions {
            embedding: of_kind.embedding.filter(|_| *has_embedding),
            word_odds: of_kind.word_odds.filter(|_| *has_odds),
            resume: Some(folder.to_path_buf()),
            ..TrainOptions::default()
        };
        let begun = Cell::new(String::new());
        let stage = |stage: Stage<'_>, _, _| {
            let stage = stage.to_string();
            if begun.replace(stage.clone()) != stage {
                tell(&format!("training {method}: {stage}"));
            }
        };
        material.model_without(None, &options, Told { stage: &stage, note: tell })
    };
    METHODS.iter().map(train).collect()
}
