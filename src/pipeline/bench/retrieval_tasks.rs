//! The data sets of [`super::retrieval`]: shops and libraries in the layout of Magellan, offers with their product.

use super::retrieval::{RetrievalTask, partners_of};
use crate::error::{Error, Result};
use crate::pipeline::table::text_of;
use crate::record::{IdFrom, ReadOptions, Record, read_all};
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// A column that holds the answer, and so is left out, by data set.
const ANSWERS: [(&str, &str); 1] = [("fodors_zagats", "class")];

/// The names of the tasks that a folder of data has.
///
/// # Errors
/// [`crate::error::ErrorKind::Io`] when the folder cannot be read.
pub fn task_names(data: &Path) -> Result<Vec<String>> {
    let magellan = data.join("er_magellan");
    let mut names = Vec::new();
    if magellan.is_dir() {
        for entry in std::fs::read_dir(&magellan).map_err(|error| Error::io(&magellan, error))? {
            let entry = entry.map_err(|error| Error::io(&magellan, error))?;
            if entry.path().join("tableA.csv").is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
    }
    names.sort();
    names.extend(
        ["wdc_products80", "pricerunner"].into_iter().filter(|name| data.join(name).is_dir()).map(str::to_owned),
    );
    Ok(names)
}

/// A task of a folder of data.
///
/// Of shops, all true pairs count where the set has a list of them; else those of the train and validation parts.
///
/// # Errors
/// Those of reading the tables.
pub fn task(data: &Path, name: &str) -> Result<RetrievalTask> {
    match name {
        "wdc_products80" => offers(&data.join(name)),
        "pricerunner" => catalogue(&data.join(name)),
        _ => shops(&data.join("er_magellan").join(name), name),
    }
}

/// Two tables and a table of their true pairs, whose columns are named.
///
/// # Errors
/// Those of reading the tables.
pub fn task_of_files(
    [left, right, truth]: [&Path; 3],
    ids: [Option<&str>; 2],
    keys: [&str; 2],
) -> Result<RetrievalTask> {
    let ((left_ids, left), (right_ids, right)) = (records(left, ids[0], &[])?, records(right, ids[1], &[])?);
    let partners = partners_of(&pairs(truth, keys, None)?, &left_ids, &right_ids);
    Ok(RetrievalTask { name: "given".to_owned(), left, right, partners, is_self: false })
}

fn shops(folder: &Path, name: &str) -> Result<RetrievalTask> {
    let answers: Vec<&str> = ANSWERS.iter().filter(|(set, _)| *set == name).map(|(_, column)| *column).collect();
    let (left_ids, left) = records(&folder.join("tableA.csv"), None, &answers)?;
    let (right_ids, right) = records(&folder.join("tableB.csv"), None, &answers)?;
    let keys = ["ltable_id", "rtable_id"];
    let matches = folder.join("matches.csv");
    let true_pairs = if matches.is_file() {
        pairs(&matches, keys, None)?
    } else {
        let mut both = pairs(&folder.join("train.csv"), keys, Some("label"))?;
        both.extend(pairs(&folder.join("valid.csv"), keys, Some("label"))?);
        both
    };
    let partners = partners_of(&true_pairs, &left_ids, &right_ids);
    Ok(RetrievalTask { name: name.to_owned(), left, right, partners, is_self: false })
}

/// Offers, each of which is to find another one of its product.
fn offers(folder: &Path) -> Result<RetrievalTask> {
    let mut task = RetrievalTask { name: "wdc_products80".to_owned(), is_self: true, ..RetrievalTask::default() };
    let mut products: Vec<(String, usize)> = Vec::new();
    let mut known: FxHashMap<String, ()> = FxHashMap::default();
    for file in ["train_medium", "valid_small", "valid_medium", "valid_large"] {
        let path = folder.join(format!("{file}_offers.csv"));
        each(&path, None, &mut |record| {
            if known.insert(record.id.to_string(), ()).is_none() {
                products.push((text_of(&record, "cluster_id"), task.right.len()));
                task.right.push(Value::Object(without(record.fields, &["id", "cluster_id"])));
            }
        })?;
    }
    products.sort();
    for group in products.chunk_by(|a, b| a.0 == b.0) {
        for (_, offer) in group {
            let others: Vec<usize> = group.iter().map(|(_, other)| *other).filter(|other| other != offer).collect();
            if !others.is_empty() {
                task.partners.push((*offer, others));
            }
        }
    }
    task.partners.sort_unstable();
    task.left = task.right.clone();
    Ok(task)
}

/// Offers, each of which is to find its product's name in the catalogue of all categories.
fn catalogue(folder: &Path) -> Result<RetrievalTask> {
    let mut task = RetrievalTask { name: "pricerunner".to_owned(), ..RetrievalTask::default() };
    let mut products: FxHashMap<String, usize> = FxHashMap::default();
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| Error::io(folder, error))? {
        files.push(entry.map_err(|error| Error::io(folder, error))?.path());
    }
    files.sort();
    for path in files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "csv")) {
        each(path, None, &mut |record| {
            let label = text_of(&record, "cluster_label");
            let product = *products.entry(label.clone()).or_insert_with(|| {
                task.right.push(titled(label));
                task.right.len() - 1
            });
            task.partners.push((task.left.len(), vec![product]));
            task.left.push(titled(text_of(&record, "title")));
        })?;
    }
    Ok(task)
}

fn titled(title: String) -> Value {
    Value::Object(Map::from_iter([("title".to_owned(), Value::String(title))]))
}

fn without(mut fields: Map<String, Value>, columns: &[&str]) -> Map<String, Value> {
    columns.iter().for_each(|column| {
        fields.shift_remove(*column);
    });
    fields
}

fn records(path: &Path, id: Option<&str>, but: &[&str]) -> Result<(Vec<String>, Vec<Value>)> {
    let (mut ids, mut records) = (Vec::new(), Vec::new());
    let but: Vec<&str> = but.iter().copied().chain([id.unwrap_or("id")]).collect();
    each(path, id, &mut |record| {
        ids.push(record.id.to_string());
        records.push(Value::Object(without(record.fields, &but)));
    })?;
    Ok((ids, records))
}

fn each(path: &Path, id: Option<&str>, take: &mut dyn FnMut(Record)) -> Result<()> {
    let id = id.map_or(IdFrom::DefaultColumn, |column| IdFrom::Column(column.to_owned()));
    let options = ReadOptions { id, ..ReadOptions::default() };
    read_all(path, &options, &mut |record| {
        take(record);
        Ok(())
    })?;
    Ok(())
}

/// The pairs of a file; where it has labels, those labelled 1.
fn pairs(path: &Path, keys: [&str; 2], label: Option<&str>) -> Result<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    each(path, None, &mut |record| {
        if label.is_none_or(|label| text_of(&record, label) == "1") {
            pairs.push((text_of(&record, keys[0]), text_of(&record, keys[1])));
        }
    })?;
    Ok(pairs)
}
