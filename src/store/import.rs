//! Changing datasets: importing, deleting, removing. Each is one part and one flip of a head.

use super::dataset::{DatasetName, DatasetSettings, Head};
use super::events::What;
use super::part::{IdRow, PartWriter, RowAt};
use super::{Digest, Store};
use crate::error::{Error, Result};
use crate::record::Record;
use rustc_hash::FxHashMap;
use serde_json::Value;
use std::collections::BTreeMap;

/// Levels of nesting that a stored record may have, below those at which the JSON parser stops.
const DEPTH: usize = 120;

/// What an import came to. Each record that was pushed counts once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The part that was written; `None` when no record was new or changed.
    pub part: Option<u64>,
    /// Records with a new id.
    pub added: u64,
    /// Records that took the place of an older one, also of one from the same import.
    pub changed: u64,
    /// Records that were there already, field by field.
    pub unchanged: u64,
    /// The records of the dataset now.
    pub rows: u64,
    /// The dataset's generation now.
    pub generation: u64,
}

/// What a deletion came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// Records that were deleted.
    pub deleted: u64,
    /// Ids that the dataset did not have.
    pub missing: u64,
    /// The records of the dataset now.
    pub rows: u64,
    /// The dataset's generation now.
    pub generation: u64,
}

/// An import to which records are pushed; dropping it without [`Import::commit`] leaves the dataset as it was.
///
/// The records go to disk as they come. In memory are the digest and the place of each record of the dataset, old or
/// new: 100 to 150 bytes for each, besides the 150 MB that sled takes for its cache and buffers.
pub struct Import<'s> {
    store: &'s mut Store,
    dataset: DatasetName,
    source: String,
    settings: String,
    /// The head as it will be, without the new part.
    head: Head,
    known: FxHashMap<Digest, Known>,
    writer: Option<PartWriter>,
    deaths: BTreeMap<u64, Vec<RowAt>>,
    imported: Imported,
}

struct Known {
    part: u64,
    at: RowAt,
    record: Digest,
}

impl Store {
    /// Begins an import into a dataset, which is created if it is not there. The settings replace older ones.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::error::ErrorKind::Corrupt) when the dataset is damaged,
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io).
    pub fn begin(&mut self, dataset: &DatasetName, settings: &DatasetSettings, source: &str) -> Result<Import<'_>> {
        let settings = serde_json::to_string(settings).map_err(|error| Error::usage(error.to_string()))?;
        let mut known = FxHashMap::default();
        let head = if self.datasets.contains_key(dataset) {
            self.merge_parts(dataset)?;
            let live = self.live_ids(dataset)?;
            known.reserve(live.len());
            for (part, row) in live {
                known.insert(row.id, Known { part, at: row.at, record: row.record });
            }
            self.head(dataset)?.head.clone()
        } else {
            let settings = String::new();
            Head { settings, parts: Vec::new(), rows: 0, digest: Digest::default(), generation: 0 }
        };
        let (rows, generation) = (head.rows, head.generation);
        Ok(Import {
            store: self,
            dataset: dataset.clone(),
            source: source.to_owned(),
            settings,
            head,
            known,
            writer: None,
            deaths: BTreeMap::new(),
            imported: Imported { part: None, added: 0, changed: 0, unchanged: 0, rows, generation },
        })
    }

    /// Deletes records by their ids: all of them, or none when there is an error.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::error::ErrorKind::NotFound) when there is no such dataset,
    /// [`ErrorKind::Corrupt`](crate::error::ErrorKind::Corrupt) when it is damaged,
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io).
    pub fn delete<I: AsRef<str>>(
        &mut self,
        dataset: &DatasetName,
        ids: impl IntoIterator<Item = I>,
        source: &str,
    ) -> Result<Deleted> {
        self.head(dataset)?;
        self.merge_parts(dataset)?;
        let mut head = self.head(dataset)?.head.clone();
        let (mut gone, mut missing) = (FxHashMap::default(), 0);
        for id in ids {
            match self.locate(dataset, Digest::of_id(id.as_ref()))? {
                Some((part, row)) => {
                    gone.insert((part, row.at), row.record);
                }
                None => missing += 1,
            }
        }
        let deleted = gone.len() as u64;
        if deleted > 0 {
            let mut deaths: BTreeMap<u64, Vec<RowAt>> = BTreeMap::new();
            for ((part, at), record) in gone {
                deaths.entry(part).or_default().push(at);
                head.digest = head.digest.minus(record);
            }
            head.rows -= deleted;
            let writer = PartWriter::new(self.begin_part()?);
            self.adopt(dataset, &mut head, writer, Vec::new(), deaths)?;
            self.record_event(What::Delete, dataset, source)?;
        }
        Ok(Deleted { deleted, missing, rows: head.rows, generation: head.generation })
    }

    /// Removes a dataset with all its records.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::error::ErrorKind::NotFound) when there is none of this name,
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io).
    pub fn remove(&mut self, dataset: &DatasetName) -> Result<()> {
        self.head(dataset)?;
        self.record_event(What::Remove, dataset, "")?;
        self.take_away(dataset)
    }

    /// Removes a dataset whose removal the journal already has.
    pub(super) fn take_away(&mut self, dataset: &DatasetName) -> Result<()> {
        let parts: Vec<u64> = self.head(dataset)?.head.parts.iter().map(|part| part.part).collect();
        self.flip(dataset, None, None, &parts)?;
        self.sweep(&parts)
    }

    /// Finishes a part and flips the head of its dataset, which it completes with the part and the next generation.
    fn adopt(
        &mut self,
        dataset: &DatasetName,
        head: &mut Head,
        writer: PartWriter,
        ids: Vec<IdRow>,
        deaths: BTreeMap<u64, Vec<RowAt>>,
    ) -> Result<()> {
        let number = writer.part();
        let written = writer.finish(&self.kv, ids, deaths).and_then(|part| self.kv.flush().map(|()| part));
        let part = match written {
            Ok(part) => part,
            Err(error) => {
                // What is left of it is swept now or when the store is opened next.
                let _ = self.sweep(&[number]);
                return Err(error);
            }
        };
        head.parts.push(part);
        head.generation = self.meta.generation + 1;
        self.flip(dataset, Some(head.clone()), Some(number), &[])
    }
}

impl Import<'_> {
    /// Brings in a record.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) for a record that cannot be stored: no id, nested too deeply,
    /// larger than 32 MiB; [`ErrorKind::Io`](crate::error::ErrorKind::Io). After an error the import can only be dropped.
    pub fn push(&mut self, record: Record) -> Result<()> {
        let id = record.id.as_str();
        if id.is_empty() {
            return Err(Error::usage("a record without an id cannot be stored"));
        }
        if record.fields.values().any(|value| is_deeper(value, DEPTH)) {
            return Err(Error::usage(format!("the record {id:?} is nested more than {DEPTH} levels deep")));
        }
        let json = serde_json::to_string(&record.fields)
            .map_err(|error| Error::usage(format!("the record {id:?} cannot be stored: {error}")))?;
        let (key, digest) = (Digest::of_id(id), Digest::of_record(id, &json));
        let known = self.known.get(&key);
        if known.is_some_and(|known| known.record == digest) {
            self.imported.unchanged += 1;
            return Ok(());
        }
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(PartWriter::new(self.store.begin_part()?)),
        };
        match known {
            Some(known) => {
                self.deaths.entry(known.part).or_default().push(known.at);
                self.head.digest = self.head.digest.minus(known.record);
                self.imported.changed += 1;
            }
            None => {
                self.head.rows += 1;
                self.imported.added += 1;
            }
        }
        self.head.digest = self.head.digest.plus(digest);
        let at = writer.push(&self.store.kv, id.to_owned(), json)?;
        self.known.insert(key, Known { part: writer.part(), at, record: digest });
        Ok(())
    }

    /// Makes the records part of the dataset; when this returns, they are on disk.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io), and then the dataset is as it was, unless only the journal could
    /// not be written, which the next opening of the store makes up for.
    pub fn commit(mut self) -> Result<Imported> {
        let is_new = !self.store.datasets.contains_key(&self.dataset);
        let same_settings = self.head.settings == self.settings;
        self.head.settings = std::mem::take(&mut self.settings);
        match self.writer.take() {
            Some(writer) => {
                let part = writer.part();
                let own = std::mem::take(&mut self.known).into_iter().filter(|(_, known)| known.part == part);
                let ids = own.map(|(id, known)| IdRow { id, at: known.at, record: known.record }).collect();
                let deaths = std::mem::take(&mut self.deaths);
                self.store.adopt(&self.dataset, &mut self.head, writer, ids, deaths)?;
                self.imported.part = Some(part);
            }
            None if is_new || !same_settings => {
                self.head.generation = self.store.meta.generation + 1;
                self.store.flip(&self.dataset, Some(self.head.clone()), None, &[])?;
            }
            None => return Ok(self.imported.clone()),
        }
        self.imported.rows = self.head.rows;
        self.imported.generation = self.head.generation;
        self.store.record_event(What::Import, &self.dataset, &self.source)?;
        Ok(self.imported.clone())
    }
}

impl Drop for Import<'_> {
    fn drop(&mut self) {
        if let Some(writer) = self.writer.take() {
            // What cannot be swept now is swept when the store is opened next.
            let _ = self.store.sweep(&[writer.part()]);
        }
    }
}

/// Whether a value has more levels than these. Looks no deeper than that.
fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(values) => levels == 0 || values.iter().any(|value| is_deeper(value, levels - 1)),
        Value::Object(fields) => levels == 0 || fields.values().any(|value| is_deeper(value, levels - 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
