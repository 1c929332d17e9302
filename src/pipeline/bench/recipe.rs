//! How the shipped models are made: on which names, with which settings. [`super::export`] writes it as files and
//! commands; here it is also followed in the process, with one of the lists left out.

use super::sources::record_pairs;
use super::tasks::{Split, Task};
use crate::compare::rarity::WordCounts;
use crate::config::Kind;
use crate::error::Result;
use crate::model::Model;
use crate::pipeline::lists::{Content, Named, TrainingList};
use crate::pipeline::table::Table;
use crate::pipeline::train::{Told, TrainOptions, count_words, train};
use crate::record::ReadOptions;
use std::path::Path;

/// The tasks whose train parts the shipped organization model is trained on; their licences allow it.
pub const TRAINED_ON: [&str; 7] =
    ["brands", "company_aliases", "football_clubs", "generated_10000", "ofac_orgs", "ror", "sec_name_history"];

/// The labelled sets whose train parts the shipped record model is trained on.
pub const PAIRS_TRAINED_ON: [&str; 4] = ["abt_buy", "amazon_google", "dblp_acm", "dblp_scholar"];

/// How much more than the others a list counts. Typing errors, which the generated names are full of, are in every kind of
/// names, but in few of the other lists; chosen on the validation parts of the tasks that nothing is trained on.
pub const LIST_WEIGHTS: [(&str, f64); 1] = [("generated_10000", 3.0)];

/// Words of fewer names are left out of a model.
pub const LEAST_COUNT: u32 = 25;

/// The list that a task's names stand in, if the shipped organization model was trained on any of them or their like.
pub fn list_of(task: &str) -> Option<&'static str> {
    // The large generated tables come from the same generator.
    let list = if task == "generated_100000" { "generated_10000" } else { task };
    TRAINED_ON.into_iter().find(|known| *known == list)
}

/// The train part of an alias list.
///
/// # Errors
/// Those of reading the data sets.
pub fn alias_list(task: &str, data: &Path) -> Result<Vec<Named>> {
    Ok(Task::read(task, data)?.alias_list(Split::Train))
}

/// The train part of a labelled set.
///
/// # Errors
/// Those of reading the data sets.
pub fn pairs(set: &str, data: &Path) -> Result<Vec<(String, String, bool)>> {
    record_pairs(set, data)
}

/// The names that words are counted in, beside those of the lists.
///
/// # Errors
/// Those of reading the data sets.
pub fn counted_names(data: &Path) -> Result<Vec<String>> {
    let path = data.join("gleif_names/legal_names.csv.gz");
    let table = Table::read(&path, Some("lei"), &["legal_name".to_owned()], &ReadOptions::default())?;
    Ok(table.fields.into_iter().next().unwrap_or_default())
}

/// What the organization model is trained on, with the words of each part counted.
#[derive(Debug)]
pub struct Material {
    lists: Vec<(TrainingList, WordCounts)>,
    words: WordCounts,
}

impl Material {
    /// Reads the lists and counts their words.
    ///
    /// # Errors
    /// Those of reading the data sets.
    pub fn read(data: &Path) -> Result<Material> {
        let names = counted_names(data)?;
        let words = count_words(names.iter().map(String::as_str), 1);
        let list = |task: &str| {
            let content = Content::Aliases(alias_list(task, data)?.into_iter().collect());
            let words = count_words(content.texts().into_iter(), 1);
            Ok((TrainingList { name: task.to_owned(), content }, words))
        };
        Ok(Material { lists: TRAINED_ON.into_iter().map(list).collect::<Result<_>>()?, words })
    }

    /// The organization model without a list: neither its pairs nor its words. The shipped one is trained with the options
    /// of its kind ([`TrainOptions::of`]).
    ///
    /// # Errors
    /// Those of [`train`].
    pub fn model_without(&self, left_out: Option<&str>, options: &TrainOptions, told: Told<'_>) -> Result<Model> {
        let kept: Vec<_> = self.lists.iter().filter(|(list, _)| Some(list.name.as_str()) != left_out).collect();
        let mut words = self.words.clone();
        for (_, counted) in &kept {
            words.records += counted.records;
            for (word, count) in &counted.counts {
                *words.counts.entry(word.clone()).or_default() += count;
            }
        }
        words.counts.retain(|_, count| *count >= LEAST_COUNT);
        let lists: Vec<TrainingList> = kept.into_iter().map(|(list, _)| list.clone()).collect();
        let list_weights = LIST_WEIGHTS.map(|(list, weight)| (list.to_owned(), weight)).into();
        train(Kind::Organization, &lists, words, &TrainOptions { list_weights, ..options.clone() }, told)
    }
}

/// The commands that train the shipped models from the files of [`super::export`], run in their folder.
pub fn commands() -> String {
    let several = |flag: &str, values: Vec<String>| -> String {
        values.iter().map(|value| format!(" \\\n    {flag} {value}")).collect()
    };
    let files = |folder: &str, names: &[&str]| names.iter().map(|name| format!("{folder}/{name}.csv")).collect();
    let command = |kind: Kind, lists: String| {
        format!("cognate train names --kind {kind}{lists} \\\n    --least-count {LEAST_COUNT} -o {kind}.json\n")
    };
    let weights = LIST_WEIGHTS.iter().map(|(list, weight)| format!("{list}={weight}")).collect();
    let organization = several("--aliases", files("aliases", &TRAINED_ON))
        + " \\\n    --words names.csv"
        + &several("--list-weight", weights);
    let record = several("--pairs", files("pairs", &PAIRS_TRAINED_ON));
    command(Kind::Organization, organization) + &command(Kind::Record, record)
}
