//! A dataset's look-up index, kept in step with its records.
//!
//! An index is *fresh* when it was built from the dataset's present generation with the present model. What is not fresh,
//! or damaged, is built again; while another process holds the store, an older whole index serves.

use super::directory::Aliases;
use super::lookup::Lookup;
use crate::error::{Error, ErrorKind, Result};
use crate::index::{Entry, IndexMeta, Learned, NameIndex};
use crate::model::Model;
use crate::model::shipped::shipped;
use crate::record::{Record, RecordId};
use crate::store::{DatasetInfo, DatasetName, DatasetSettings, Store, glance};
use crate::text;
use serde::Serialize;
use serde_json::Value;
use std::collections::VecDeque;
use std::path::Path;

/// The folder of the indexes in a store.
pub(super) const FOLDER: &str = "index";

/// How an opened index stands to its dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It was there, and is of the present state.
    Fresh,
    /// It was missing, stale or damaged, and has been built.
    Built,
    /// It is of an older state, because another process holds the store.
    Older,
}

/// Builds the look-up index of a dataset from its records: their names and aliases.
///
/// # Errors
/// Those of the store and of writing the index.
pub fn build_index(store: &Store, dataset: &DatasetName) -> Result<IndexMeta> {
    let info = store.dataset(dataset)?;
    let model = shipped(info.settings.kind)?;
    let meta = IndexMeta {
        dataset: dataset.as_str().to_owned(),
        generation: info.generation,
        kind: info.settings.kind,
        model_digest: Some(model.digest().to_owned()),
        ..IndexMeta::default()
    };
    let mut records = store.scan(dataset)?;
    let mut waiting: VecDeque<Entry> = VecDeque::new();
    let entries = std::iter::from_fn(|| {
        loop {
            if let Some(entry) = waiting.pop_front() {
                return Some(Ok(entry));
            }
            match records.next()? {
                Ok(record) => waiting.extend(names_of(&record, &info.settings)),
                Err(error) => return Some(Err(error)),
            }
        }
    });
    NameIndex::build(&store.folder(FOLDER)?, meta, entries, Learned::of(&model))
}

/// The names of a record: its own, then its aliases.
pub fn names_of(record: &Record, settings: &DatasetSettings) -> Vec<Entry> {
    let own = record.fields.get(&settings.name_field).map(|value| (value, false));
    let aliases = settings.alias_fields.iter().filter_map(|field| record.fields.get(field)).map(|value| (value, true));
    let mut entries = Vec::new();
    for (value, is_alias) in own.into_iter().chain(aliases) {
        append_names(value, is_alias, &record.id, &mut entries);
    }
    entries
}

/// The texts of a value, each a name; of several main names the first is the main one.
fn append_names(value: &Value, is_alias: bool, record: &RecordId, entries: &mut Vec<Entry>) {
    match value {
        Value::Array(values) => {
            for (position, value) in values.iter().enumerate() {
                append_names(value, is_alias || position > 0, record, entries);
            }
        }
        other => {
            let name = super::table::as_text(other);
            if !name.is_empty() {
                entries.push(Entry { name, record: record.clone(), is_alias });
            }
        }
    }
}

/// Opens the look-up over a dataset; without a name, over the only dataset of the store.
///
/// The store itself is opened only when the index must be built. The look-up hears what the alias table for the dataset's
/// kind says.
///
/// # Errors
/// [`ErrorKind::NotFound`] when there is no such store or dataset, [`ErrorKind::Usage`] when no dataset is named and there
/// are several, [`ErrorKind::Busy`] when there is no whole index and another process holds the store, and those of
/// [`Store::open`] and [`build_index`].
pub fn open_lookup(dir: &Path, dataset: Option<&DatasetName>, aliases: &Aliases) -> Result<(Lookup, Freshness)> {
    let (lookup, freshness) = open_plain(dir, dataset)?;
    let table = aliases.table(lookup.meta().kind)?;
    Ok((table.into_iter().fold(lookup, Lookup::with_aliases), freshness))
}

fn open_plain(dir: &Path, dataset: Option<&DatasetName>) -> Result<(Lookup, Freshness)> {
    let datasets = glance(dir)?;
    let name = match dataset {
        Some(name) => name.clone(),
        None => only_dataset(dir, datasets.keys())?,
    };
    let indexes = dir.join(FOLDER);
    if let Some(lookup) = fresh(&indexes, &name, datasets.get(&name).copied()) {
        return Ok((lookup, Freshness::Fresh));
    }
    match Store::open(dir) {
        Ok(store) => {
            build_index(&store, &name)?;
            Ok((opened(&indexes, &name)?, Freshness::Built))
        }
        Err(busy) if matches!(busy.kind(), ErrorKind::Busy { .. }) => match opened(&indexes, &name) {
            Ok(lookup) => Ok((lookup, Freshness::Older)),
            Err(_) => Err(busy),
        },
        Err(error) => Err(error),
    }
}

/// How the index on disk stands to its dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum IndexState {
    /// Of the present state.
    Fresh {
        /// The names in it.
        names: u64,
    },
    /// Of an older state, or another model.
    Stale,
    /// Not there.
    Missing,
    /// Not readable.
    Damaged {
        /// What was found.
        reason: String,
    },
}

/// The states of the indexes of all datasets, in the order of [`Store::datasets`].
///
/// # Errors
/// Those of the store.
pub fn index_states(store: &Store) -> Result<Vec<IndexState>> {
    let indexes = store.folder(FOLDER)?;
    let state = |info: DatasetInfo| match NameIndex::open(&indexes, info.name.as_str()) {
        Ok(Some(index)) if is_fresh(index.meta(), info.generation) => IndexState::Fresh { names: index.meta().entries },
        Ok(Some(_)) => IndexState::Stale,
        Ok(None) => IndexState::Missing,
        Err(error) => IndexState::Damaged { reason: error.to_string() },
    };
    Ok(store.datasets()?.into_iter().map(state).collect())
}

/// Whether an index is of a generation, and of the model that is shipped now.
fn is_fresh(meta: &IndexMeta, generation: u64) -> bool {
    let model = shipped(meta.kind);
    meta.generation == generation && model.is_ok_and(|model| meta.model_digest.as_deref() == Some(model.digest()))
}

/// The only dataset of a store, for those who do not name one.
///
/// # Errors
/// [`ErrorKind::Usage`] when there is none, or more than one.
pub fn only_dataset<'a>(dir: &Path, names: impl Iterator<Item = &'a DatasetName>) -> Result<DatasetName> {
    let names: Vec<&DatasetName> = names.collect();
    match names.as_slice() {
        [only] => Ok((*only).clone()),
        [] => Err(Error::usage(format!("{}: the store has no dataset yet; import one", dir.display()))),
        several => {
            let listed: Vec<&str> = several.iter().map(|name| name.as_str()).collect();
            Err(Error::usage(format!("{}: which --dataset? There are: {}", dir.display(), listed.join(", "))))
        }
    }
}

/// The look-up over an index of the present generation and model, if there is a whole one.
fn fresh(indexes: &Path, dataset: &DatasetName, generation: Option<u64>) -> Option<Lookup> {
    let generation = generation?;
    let meta = NameIndex::read_meta(indexes, dataset.as_str()).ok()??;
    let lookup = is_fresh(&meta, generation).then(|| opened(indexes, dataset).ok()).flatten()?;
    is_fresh(lookup.meta(), generation).then_some(lookup)
}

fn opened(indexes: &Path, dataset: &DatasetName) -> Result<Lookup> {
    let index = NameIndex::open(indexes, dataset.as_str())?;
    let missing = || ErrorKind::NotFound(format!("dataset {:?} has no look-up index", dataset.as_str()));
    let index = index.ok_or_else(|| Error::from(missing()))?;
    let model: Model = shipped(index.meta().kind)?;
    Ok(Lookup::new(index, model, text::shipped()))
}
