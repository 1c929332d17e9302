//! A dataset's vectors of records, kept in step with its records ([`crate::mbat`], [`crate::index::vectors`]).
//!
//! The weights of words and fields are learned from the dataset when its index is first built, and kept with it. After
//! that, only records that are new or changed are encoded, until more of them have changed than [`LEARNED_AGAIN`] says: then
//! the weights are learned again, and everything is encoded. So are records whose index is damaged, or was made with other
//! settings or by a program that encodes otherwise.

use super::indexing::{FOLDER, Freshness};
use super::table::as_text;
use crate::error::{Error, ErrorKind, Result};
use crate::index::contents::Contents;
use crate::index::vectors::{VectorIndex, VectorMeta};
use crate::mbat::{Settings, Space, Vector, Weights, WeightsCounter};
use crate::record::{Fields, RecordId};
use crate::store::{DatasetInfo, DatasetName, DatasetSettings, Store, glance};
use crate::text::hash::stable_hash;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

/// The share of the records that may change before weights are learned again, in percent.
pub const LEARNED_AGAIN: u64 = 20;
/// Records that are encoded before they are written.
const CHUNK: usize = 8192;
/// Records that one thread encodes at a time.
const TASK: usize = 256;
/// How often, and after which pause, files are read again that another process was just replacing.
const TRIES: usize = 4;
const PAUSE: Duration = Duration::from_millis(50);

/// The vectors of a dataset with the space that they are of, and what its records say.
#[derive(Debug)]
pub struct RecordVectors {
    /// The vectors.
    pub index: VectorIndex,
    /// The records, by the entries of the index.
    pub contents: Contents,
    /// The space.
    pub space: Space,
    /// How the records are to be understood.
    pub settings: DatasetSettings,
    kept: Kept,
    changed: u64,
}

/// What an index of vectors keeps of how it was made; all of it decides whether two are comparable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Kept {
    /// What was asked for.
    asked: Settings,
    /// The settings of the space: those that were asked for, without the fields that repeat the id.
    space: Settings,
    /// The weights, as JSON.
    weights: String,
    /// What encoding a certain record comes to, so that a program that encodes otherwise knows it.
    probe: u64,
}

/// The note with the contents: what may change without making vectors again.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Note {
    /// Records that were added, changed and removed since the weights were learned.
    changed: u64,
    settings: DatasetSettings,
}

/// How an index of vectors came to be of the present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "done")]
pub enum Done {
    /// It was.
    Fresh,
    /// What had changed was put into it.
    Extended {
        /// Records that were new or changed.
        encoded: u64,
        /// Records that were no longer there.
        removed: u64,
    },
    /// It was built from all records.
    Built,
}

/// What indexing came to.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorsIndexed {
    /// What the index is made of.
    pub meta: VectorMeta,
    /// What was done.
    pub done: Done,
    /// Its bytes on the disk.
    pub bytes: u64,
}

/// A record as it is kept: its id and its fields as JSON.
struct Stored {
    id: RecordId,
    json: String,
}

/// Brings the index of a dataset's vectors to the present state. `asked` is what the space is to be like; `None` for what it
/// was, by default [`Settings::default`]. Fields that repeat the id of every record are left out in any case.
///
/// Takes some tens of microseconds for each record that is encoded, divided by the threads, and memory for all records as
/// JSON. The same history of records and settings gives the same bytes, with any number of threads.
///
/// # Errors
/// Those of the store, of [`Space::with`] and of writing the index.
///
/// ```
/// use cognate::pipeline::vectors::{Done, index_vectors, read_vectors};
/// use cognate::record::{Record, RecordId};
/// use cognate::store::{DatasetName, DatasetSettings, Store};
/// # let folder = tempfile::tempdir().unwrap();
/// let (mut store, shop) = (Store::create(&folder.path().join("store"))?, DatasetName::new("shop")?);
/// let record = |id: &str, fields: &str| Record { id: RecordId::new(id), fields: serde_json::from_str(fields).unwrap() };
/// let records = [record("7", r#"{"name": "blender", "price": 50}"#), record("8", r#"{"name": "chair", "price": 20}"#)];
/// let settings = DatasetSettings { name_field: "name".into(), ..DatasetSettings::default() };
/// store.import(&shop, &settings, "here", records.map(Ok))?;
/// assert_eq!(index_vectors(&store, &shop, None)?.done, Done::Built);
/// assert_eq!(index_vectors(&store, &shop, None)?.done, Done::Fresh);
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub fn index_vectors(store: &Store, dataset: &DatasetName, asked: Option<&Settings>) -> Result<VectorsIndexed> {
    let info = store.dataset(dataset)?;
    let indexes = store.folder(FOLDER)?;
    let old = read_vectors(&indexes, dataset).ok().flatten();
    let asked = match asked {
        Some(asked) => asked.clone(),
        None => settings_before(&indexes, dataset).unwrap_or_default(),
    };
    // What is wrong with the settings is said before anything is read.
    Space::with(asked.clone(), Weights::default())?;
    let old = old.filter(|old| old.kept.asked == asked);
    let told = |meta: VectorMeta, done| {
        let bytes = Contents::bytes_with_vectors(&indexes, dataset.as_str(), meta.generation);
        VectorsIndexed { meta, done, bytes }
    };
    if let Some(old) = old.as_ref().filter(|old| old.index.meta().generation == info.generation) {
        return Ok(told(old.index.meta().clone(), Done::Fresh));
    }
    let mut records = Vec::new();
    for record in store.scan(dataset)? {
        let record = record?;
        let json = serde_json::to_string(&record.fields).map_err(|error| Error::usage(error.to_string()))?;
        records.push(Stored { id: record.id, json });
    }
    records.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let meta = VectorMeta {
        dataset: dataset.as_str().to_owned(),
        generation: info.generation,
        dims: asked.dims as u32,
        seed: asked.seed,
        ..VectorMeta::default()
    };
    let write_contents = |changed| {
        let note = as_json(&Note { changed, settings: info.settings.clone() })?;
        let contents = records.iter().map(|record| record.json.as_str());
        Contents::write(&indexes, dataset.as_str(), info.generation, &note, contents)
    };
    if let Some(old) = old {
        let (added, removed) = old.changes(&records);
        let changed = old.changed + (added.len() + removed.len()) as u64;
        if changed * 100 <= records.len() as u64 * LEARNED_AGAIN {
            let meta = VectorMeta { settings: old.index.meta().settings.clone(), ..meta };
            let meta = old.index.update(&indexes, meta, encoded(&old.space, &added), &removed)?;
            write_contents(changed)?;
            let (encoded, removed) = (added.len() as u64, removed.len() as u64);
            return Ok(told(meta, Done::Extended { encoded, removed }));
        }
    }
    let (kept, space) = learned(&asked, &records)?;
    let meta = VectorMeta { settings: as_json(&kept)?, ..meta };
    let all: Vec<&Stored> = records.iter().collect();
    let meta = VectorIndex::build(&indexes, meta, encoded(&space, &all))?;
    write_contents(0)?;
    Ok(told(meta, Done::Built))
}

/// Reads the newest whole vectors of a dataset from the folder of indexes; `None` where there are none, or where this
/// program encodes otherwise.
///
/// # Errors
/// [`ErrorKind::Corrupt`] for damaged ones; [`ErrorKind::Io`].
pub fn read_vectors(indexes: &Path, dataset: &DatasetName) -> Result<Option<RecordVectors>> {
    let mut tries = 0;
    loop {
        let Some(index) = VectorIndex::open(indexes, dataset.as_str())? else { return Ok(None) };
        tries += 1;
        match Contents::read(indexes, dataset.as_str(), index.meta().generation) {
            Ok(contents) if contents.len() == index.len() as usize => return Ok(RecordVectors::of(index, contents)),
            Ok(_) => return Err(Error::corrupt(indexes, "vectors and records differ in number")),
            Err(error) if tries == TRIES => return Err(error),
            // Between the two, another process may have put a newer generation in place.
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
}

/// Opens the vectors of a dataset of a store, for look-up.
///
/// The store itself is opened only when the index must be built; while another process holds it, an older whole index
/// serves.
///
/// # Errors
/// [`ErrorKind::Busy`] when there is no whole index and another process holds the store, and those of [`Store::open`] and
/// [`index_vectors`].
pub fn open_vectors(dir: &Path, dataset: &DatasetName) -> Result<(RecordVectors, Freshness)> {
    let generation = glance(dir)?.get(dataset).copied();
    let indexes = dir.join(FOLDER);
    let present = read_vectors(&indexes, dataset).ok().flatten();
    let is_fresh = |vectors: &RecordVectors| Some(vectors.index.meta().generation) == generation;
    let older = match present {
        Some(vectors) if is_fresh(&vectors) => return Ok((vectors, Freshness::Fresh)),
        older => older,
    };
    match (Store::open(dir), older) {
        (Ok(store), _) => {
            index_vectors(&store, dataset, None)?;
            let missing = || Error::from(ErrorKind::NotFound(format!("dataset {dataset} has no index of vectors")));
            Ok((read_vectors(&indexes, dataset)?.ok_or_else(missing)?, Freshness::Built))
        }
        (Err(error), Some(vectors)) if matches!(error.kind(), ErrorKind::Busy { .. }) => {
            Ok((vectors, Freshness::Older))
        }
        (Err(error), _) => Err(error),
    }
}

/// What can be known of an index of vectors without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VectorsState {
    /// Whether it is of the present generation of its dataset.
    pub is_fresh: bool,
    /// Records in it.
    pub records: u64,
    /// Its dimensions.
    pub dims: u32,
}

/// The states of the indexes of vectors of all datasets, in the order of [`Store::datasets`]; `None` where there is none,
/// or its description is damaged.
///
/// # Errors
/// Those of the store.
pub fn vectors_states(store: &Store) -> Result<Vec<Option<VectorsState>>> {
    let indexes = store.folder(FOLDER)?;
    let state = |info: DatasetInfo| {
        let meta = VectorIndex::read_meta(&indexes, info.name.as_str()).ok()??;
        Some(VectorsState { is_fresh: meta.generation == info.generation, records: meta.entries, dims: meta.dims })
    };
    Ok(store.datasets()?.into_iter().map(state).collect())
}

impl RecordVectors {
    fn of(index: VectorIndex, contents: Contents) -> Option<RecordVectors> {
        let kept: Kept = serde_json::from_str(&index.meta().settings).ok()?;
        let space = Space::with(kept.space.clone(), Weights::from_json(&kept.weights).ok()?).ok()?;
        let Note { changed, settings } = serde_json::from_str(contents.note()).ok()?;
        (kept.probe == probe(&space)).then_some(RecordVectors { index, contents, space, settings, kept, changed })
    }

    /// The fields of an entry's record.
    pub fn fields(&self, entry: u32) -> Option<Fields> {
        serde_json::from_str(self.contents.json(entry)?).ok()
    }

    /// Which records are new or changed, and which are no longer there; records are in the order of their ids.
    fn changes<'r>(&self, records: &'r [Stored]) -> (Vec<&'r Stored>, HashSet<RecordId>) {
        let (mut added, mut removed) = (Vec::new(), HashSet::new());
        let mut records = records.iter().peekable();
        for entry in 0..self.index.len() {
            let Some(known) = self.index.record(entry) else { continue };
            while let Some(new) = records.next_if(|record| record.id < known) {
                added.push(new);
            }
            match records.peek().map(|record| record.id.cmp(&known)) {
                Some(Ordering::Equal) => {
                    let is_same = |record: &&Stored| self.contents.json(entry) == Some(record.json.as_str());
                    added.extend(records.next().filter(|record| !is_same(record)));
                }
                _ => {
                    removed.insert(known);
                }
            }
        }
        added.extend(records);
        (added, removed)
    }
}

/// The settings of the index that is there, although it may be damaged.
fn settings_before(indexes: &Path, dataset: &DatasetName) -> Option<Settings> {
    let meta = VectorIndex::read_meta(indexes, dataset.as_str()).ok()??;
    serde_json::from_str(&meta.settings).ok().map(|kept: Kept| kept.asked)
}

/// A space with weights learned from records, and what is to be kept of it.
fn learned(asked: &Settings, records: &[Stored]) -> Result<(Kept, Space)> {
    let ids = fields_of_ids(records)?;
    let mut settings = asked.clone();
    settings.excluded.extend(ids.iter().filter(|field| !asked.excluded.contains(field)).cloned());
    // Parts of a size that does not depend on the number of threads, so that the weights do not either.
    let part = (records.len() / 64).max(TASK);
    let counted: Vec<WeightsCounter> = records
        .par_chunks(part)
        .map(|records| {
            let mut counter = WeightsCounter::default();
            for record in records {
                let mut fields = parsed(record)?;
                ids.iter().for_each(|field| drop(fields.shift_remove(field)));
                counter.add(&Value::Object(fields), 0);
            }
            Ok(counter)
        })
        .collect::<Result<_>>()?;
    let weights = counted.into_iter().fold(WeightsCounter::default(), WeightsCounter::merge).freeze();
    let json = as_json(&weights)?;
    let space = Space::with(settings.clone(), weights)?;
    Ok((Kept { asked: asked.clone(), space: settings, weights: json, probe: probe(&space) }, space))
}

/// The fields that say nothing but the id in every record.
fn fields_of_ids(records: &[Stored]) -> Result<Vec<String>> {
    let Some(first) = records.first() else { return Ok(Vec::new()) };
    let repeats =
        |record: &Stored, value: Option<&Value>| value.is_some_and(|value| as_text(value) == record.id.as_str());
    let fields = parsed(first)?;
    let of_first = fields.keys().filter(|field| repeats(first, fields.get(*field)));
    let mut candidates: Vec<String> = of_first.cloned().collect();
    for record in records {
        if candidates.is_empty() {
            break;
        }
        let fields = parsed(record)?;
        candidates.retain(|field| repeats(record, fields.get(field)));
    }
    Ok(candidates)
}

/// The vectors of records, some thousands at a time by all threads.
fn encoded<'r>(
    space: &'r Space,
    records: &'r [&'r Stored],
) -> impl Iterator<Item = Result<(RecordId, Box<[i8]>)>> + 'r {
    records.chunks(CHUNK).flat_map(move |chunk| {
        let encoded = chunk.par_chunks(TASK).flat_map_iter(|records| {
            let mut encoder = space.encoder();
            let encode = |record: &&Stored| {
                let vector: Vector = encoder.encode(&Value::Object(parsed(record)?));
                Ok((record.id.clone(), vector.packed().numbers))
            };
            records.iter().map(encode).collect::<Vec<_>>()
        });
        encoded.collect::<Vec<_>>()
    })
}

fn parsed(record: &Stored) -> Result<Fields> {
    serde_json::from_str(&record.json).map_err(|error| Error::corrupt(record.id.as_str(), error.to_string()))
}

fn as_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::usage(error.to_string()))
}

/// A hash of the vector of a record that has a little of everything.
fn probe(space: &Space) -> u64 {
    let record = json!({
        "name": "Acme Blender 300 W, Zürich", "price": 49.9, "size": "12 cm", "made": "2024-02-29", "cost": "$51.00",
        "new": true, "tags": ["red", "kitchen"], "maker": {"name": "Acme Holdings", "since": 1949}
    });
    let vector = space.encode(&record);
    stable_hash(vector.numbers().iter().flat_map(|number| number.to_le_bytes()))
}
