//! Nearest neighbours: the records of a dataset whose vectors point nearest to where a query's does.
//!
//! ```text
//! index/<dataset>-<generation>.vectors/
//!     meta      what it was made of, as JSON
//!     records   each id with its length before it, ascending
//!     vectors   D bytes for each record, in two's complement
//!     signs     512 bits for each record, in little-endian words
//! ```
//! Each file has the header of the look-up index's files (`index/file.rs`), and no byte is used before its checksum was
//! found right. Entries are numbered in the order of their ids.
//!
//! # How a search works
//!
//! Vectors are turned, and of each turned coordinate the sign is kept ([`crate::mbat::sketch`]). The coordinates in which a
//! query is large say most about which vectors are near to it, so a search looks at 160 of the 512 signs: those of the
//! query's largest coordinates. It counts in how many of them each entry's sign differs from the query's, and computes the
//! cosine of those entries that differ in fewest (240 and six for each that is wanted).
//!
//! The signs lie in memory *by coordinate*: 512 entries' signs of one coordinate stand side by side, so that plain logic on
//! words counts for all of them at once (`planes.rs`). This makes a scan of all entries cheaper than walking a graph.
//! Below [`VectorIndex::EXACT`] entries, all cosines are computed.
//!
//! # Why no graph
//!
//! Measured on 100,000 names of organizations (made-up ones against corrupted ones, and names of the LEI register against
//! others of it), words and 3-grams weighted by rarity, each hashed to four of 512 coordinates; hnswlib and hnsw_rs with
//! M = 16 and 200 candidates while building, on one thread. What is as near as the tenth nearest counts as found.
//!
//! | arrangement | build, s | recall@10: made-up, register | queries a second |
//! | --- | ---: | ---: | ---: |
//! | **this: signs by coordinate, the 160 that matter, 300 cosines** | 0.85 | 0.961, 0.994 | 2,239, 2,280 |
//! | hnswlib on floats, 400 candidates | 80.8, 78.2 | 0.926, 0.951 | 631, 623 |
//! | hnswlib on floats, 800 candidates | 80.8, 78.2 | 0.961, 0.968 | 321, 327 |
//! | all cosines | – | 1, 1 | 103, 106 |
//! | signs entry by entry, all 512, 400 cosines | 0.5 | 0.948, 0.995 | 960, – |
//! | cells of near ones, 20,000 entries seen, 400 cosines | 7.6 \* | 0.715, 0.818 | 549 \*, 912 \* |
//! | hnsw_rs 0.3.5 on signs, 800 candidates, 800 cosines | 183 \* | 0.916, – | 70 \*, – |
//! | hnsw_rs 0.3.5 on 8-bit integers, 800 candidates | 739 \* | 0.960, – | 23 \*, – |
//!
//! Seconds are CPU seconds on a machine that was busy with other work; those with a star are elapsed time there, which is
//! longer. `benches/README.md` names the commands of the first three rows; the others were trials. An update
//! that adds a hundredth and removes as many takes 0.25 s.
//!
//! Vectors of names form no cells and few short ways: the tenth nearest has a cosine of 0.3 to 0.4, hardly more than many
//! others have. A scan does not mind. It takes longer with more entries, though, and a graph's walk hardly does, so among
//! millions a graph may be ahead; that was not measured. That of hnsw_rs would have far to go, and would bring in fifteen
//! more crates, memory-mapping and a logger among them, so it is not used.
//!
//! There is nothing to learn or to balance: the same records give the same files, whatever the order in which they came and
//! however many threads there are, and an [update](VectorIndex::update) writes what a build of all records would.

mod planes;
mod rows;

use super::file::{self, Part};
use super::folder::{self, Over};
use crate::error::{Error, Result};
use crate::mbat::sketch::Rotation;
use crate::record::RecordId;
use planes::Planes;
use rows::Rows;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::HashSet;
use std::path::Path;

/// Bits of a sketch.
const BITS: usize = 512;
/// Entries whose cosine is computed, besides [`RESCORED_EACH`].
const RESCORED: usize = 240;
/// Entries whose cosine is computed for each entry that is wanted.
const RESCORED_EACH: usize = 6;

/// What an index of vectors was made of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VectorMeta {
    /// The dataset.
    pub dataset: String,
    /// The dataset's generation: it grows with every change, so an index of another one is stale.
    pub generation: u64,
    /// Coordinates of a vector.
    pub dims: u32,
    /// What the rotation of the sketches is drawn from.
    pub seed: u64,
    /// How the vectors were made, in the caller's own form: kept, and compared by [`VectorIndex::update`].
    pub settings: String,
    /// Entries in the index; filled in by the build.
    pub entries: u64,
}

/// An entry that is near to a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Near {
    /// The entry's number.
    pub entry: u32,
    /// The cosine of the two vectors in parts of 65,536.
    pub cosine: i32,
}

/// The vectors of one dataset, whole in memory.
#[derive(Debug)]
pub struct VectorIndex {
    meta: VectorMeta,
    rows: Rows,
    /// The squared length of each entry's vector.
    lengths: Vec<i32>,
    rotation: Rotation,
    /// The signs by coordinate; none where all cosines are computed anyway.
    planes: Option<Planes>,
}

impl VectorIndex {
    /// Below so many entries a search computes all cosines and misses nothing.
    pub const EXACT: usize = 4096;
    /// Coordinates of a vector are a multiple of this.
    pub const DIMS_STEP: u32 = 64;
    /// Coordinates of a vector at most.
    pub const DIMS: u32 = 32_768;

    /// Builds the index of a dataset in a folder of its own under `dir`, and removes those of its other generations.
    ///
    /// Of `meta` the count of entries is filled in, and it is returned. Of rows with the same id the last one stands. A
    /// crash or an error leaves what was there before. For 512 coordinates it takes some ten microseconds and twice the
    /// vectors' bytes of memory, with 64 bytes and the id for each record.
    ///
    /// # Errors
    /// The first error of `vectors`; [`crate::error::ErrorKind::Usage`] for a dataset that cannot be a folder's name, for
    /// coordinates that are no multiple of 64 from 64 to 32,768, for a vector with another number of them, or for more
    /// than 2³² records; [`crate::error::ErrorKind::Io`].
    ///
    /// ```
    /// use cognate::index::vectors::{VectorIndex, VectorMeta};
    /// use cognate::record::RecordId;
    /// let dir = tempfile::tempdir()?;
    /// let vector = |shift: i8| (0..64).map(|place| place - shift).collect::<Vec<i8>>();
    /// let vectors = [Ok((RecordId::new("high"), vector(2))), Ok((RecordId::new("low"), vector(60)))];
    /// let meta = VectorMeta { dataset: "firms".into(), generation: 1, dims: 64, ..VectorMeta::default() };
    /// VectorIndex::build(dir.path(), meta, vectors.into_iter())?;
    ///
    /// let index = VectorIndex::open(dir.path(), "firms")?.unwrap();
    /// let best = index.near(&vector(1), 1)[0];
    /// assert_eq!(index.record(best.entry).unwrap().as_str(), "high");
    /// assert!(best.cosine > 65_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn build(
        dir: &Path,
        meta: VectorMeta,
        vectors: impl Iterator<Item = Result<(RecordId, impl AsRef<[i8]>)>>,
    ) -> Result<VectorMeta> {
        check(&meta)?;
        let rows = Rows::gather(&meta, vectors)?;
        write(dir, meta, &rows)
    }

    /// Builds the index of a later generation from this one: without the records that were removed, with those that were
    /// added, which take the place of records with the same id.
    ///
    /// The files are those that [`VectorIndex::build`] would write for all records, byte for byte, so that nothing wears
    /// out and there is no point from which on a full build would be better. What is saved is turning the vectors that
    /// stay, and making them: the time is that of copying the files, and some ten microseconds for each record added.
    ///
    /// # Errors
    /// Those of [`VectorIndex::build`]; [`crate::error::ErrorKind::Usage`] also where `meta` has another dataset, other
    /// coordinates, another seed or other settings: then the vectors that stay are not comparable with the new ones, and
    /// all must be built again.
    pub fn update(
        &self,
        dir: &Path,
        meta: VectorMeta,
        added: impl Iterator<Item = Result<(RecordId, impl AsRef<[i8]>)>>,
        removed: &HashSet<RecordId>,
    ) -> Result<VectorMeta> {
        check(&meta)?;
        let frame = |meta: &VectorMeta| (meta.dataset.clone(), meta.dims, meta.seed, meta.settings.clone());
        if frame(&meta) != frame(&self.meta) {
            return Err(Error::usage(
                "the index at hand was made with other settings, so it cannot be updated: build it again",
            ));
        }
        let added = Rows::gather(&meta, added)?;
        write(dir, meta, &self.rows.merged(&added, removed)?)
    }

    /// Opens the newest whole index of a dataset; `None` when there is none.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Corrupt`] when there is one, or more, but none is whole: build it again.
    /// [`crate::error::ErrorKind::Io`] when the system refuses.
    pub fn open(dir: &Path, dataset: &str) -> Result<Option<VectorIndex>> {
        folder::newest(dir, Over::Vectors, dataset, VectorIndex::read)
    }

    fn read(folder: &Path, generation: u64) -> Result<VectorIndex> {
        let read = |part| file::read(folder, part, generation);
        let wrong = |part: Part| Error::corrupt(part.path(folder), "not what its header says");
        let meta: VectorMeta = serde_json::from_slice(&read(Part::VectorMeta)?).map_err(|_| wrong(Part::VectorMeta))?;
        check(&meta).map_err(|_| wrong(Part::VectorMeta))?;
        let count = u32::try_from(meta.entries).map_err(|_| wrong(Part::VectorMeta))?;
        let rows = Rows {
            dims: meta.dims as usize,
            ids: rows::read_ids(&read(Part::Records)?, count).ok_or_else(|| wrong(Part::Records))?,
            vectors: rows::read_vectors(read(Part::Vectors)?, count, meta.dims).ok_or_else(|| wrong(Part::Vectors))?,
            signs: rows::read_signs(&read(Part::Signs)?, count).ok_or_else(|| wrong(Part::Signs))?,
        };
        let lengths = rows.vectors.chunks_exact(rows.dims).map(|vector| dot(&widened(vector), vector)).collect();
        let planes = (rows.len() >= VectorIndex::EXACT).then(|| Planes::new(&rows.signs));
        let rotation = Rotation::new(rows.dims, BITS, meta.seed);
        Ok(VectorIndex { meta, rows, lengths, rotation, planes })
    }

    /// Reads what the newest index of a dataset was made of, without reading the index; `None` when there is none.
    ///
    /// # Errors
    /// Those of [`VectorIndex::open`].
    pub fn read_meta(dir: &Path, dataset: &str) -> Result<Option<VectorMeta>> {
        let Some((generation, folder)) = folder::generations(dir, Over::Vectors, dataset)?.into_iter().next() else {
            return Ok(None);
        };
        let payload = file::read(&folder, Part::VectorMeta, generation)?;
        let meta = serde_json::from_slice(&payload);
        meta.map(Some).map_err(|error| Error::corrupt(Part::VectorMeta.path(&folder), error.to_string()))
    }

    /// What it was made of.
    pub fn meta(&self) -> &VectorMeta {
        &self.meta
    }

    /// How many entries it has; their numbers are 0 to `len() - 1`, in the order of their records' ids.
    pub fn len(&self) -> u32 {
        self.rows.len() as u32
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whose vector an entry is.
    pub fn record(&self, entry: u32) -> Option<RecordId> {
        self.rows.ids.get(entry as usize).map(RecordId::new)
    }

    /// The vector of an entry.
    pub fn vector(&self, entry: u32) -> Option<&[i8]> {
        self.rows.vector(entry as usize)
    }

    /// The entry of a record. O(log entries).
    pub fn entry(&self, record: &RecordId) -> Option<u32> {
        self.rows.ids.find(record.as_str()).map(|entry| entry as u32)
    }

    /// The entries whose vectors point nearest to where the query does, the nearest first, then by number; at most `top`.
    ///
    /// Among [`VectorIndex::EXACT`] entries and more, some near ones may be missed; the table at the head of this module
    /// tells how many. A query of zeros alone, or of another number of coordinates, is near to nothing.
    ///
    /// Time: O(entries · coordinates) below [`VectorIndex::EXACT`], beyond it O(entries) with a small factor.
    pub fn near(&self, query: &[i8], top: usize) -> Vec<Near> {
        if query.len() != self.rows.dims || query.iter().all(|number| *number == 0) || top == 0 {
            return Vec::new();
        }
        let rescored = top.saturating_mul(RESCORED_EACH).saturating_add(RESCORED);
        // Computing every cosine takes about four times as long as sifting out the promising ones first.
        match &self.planes {
            Some(planes) if rescored < self.rows.len() / 4 => {
                self.rescored(query, planes.promising(&self.rotation.turned(query), rescored).into_iter(), top)
            }
            _ => self.rescored(query, 0..self.len(), top),
        }
    }

    /// The best of the entries given, by cosine.
    fn rescored(&self, query: &[i8], entries: impl Iterator<Item = u32>, top: usize) -> Vec<Near> {
        let query = widened(query);
        let length = f64::from(dot_wide(&query));
        let near = |entry: u32| {
            let (vector, own) = (self.vector(entry)?, self.lengths.get(entry as usize)?);
            let product = f64::from(dot(&query, vector)) * 65_536.0;
            // Multiplying, dividing and the square root are exact to the last bit on every machine.
            let cosine = if *own == 0 { 0.0 } else { product / (length * f64::from(*own)).sqrt() };
            Some((Reverse(cosine.round() as i32), entry))
        };
        let mut best: Vec<(Reverse<i32>, u32)> = entries.filter_map(near).collect();
        if best.len() > top {
            best.select_nth_unstable(top);
            best.truncate(top);
        }
        best.sort_unstable();
        best.into_iter().map(|(cosine, entry)| Near { entry, cosine: cosine.0 }).collect()
    }
}

/// Writes the files of an index and puts them in place.
fn write(dir: &Path, mut meta: VectorMeta, rows: &Rows) -> Result<VectorMeta> {
    meta.entries = rows.len() as u64;
    u32::try_from(rows.len()).map_err(|_| Error::usage("more than 2³² records in a dataset"))?;
    let description = serde_json::to_vec(&meta).map_err(|error| Error::usage(error.to_string()))?;
    let parts = [
        (Part::VectorMeta, description),
        (Part::Records, rows.ids_bytes()),
        (Part::Vectors, rows.vectors_bytes()),
        (Part::Signs, rows.signs_bytes()),
    ];
    folder::put(dir, Over::Vectors, &meta.dataset, meta.generation, &parts)?;
    Ok(meta)
}

fn check(meta: &VectorMeta) -> Result<()> {
    folder::check_name(&meta.dataset)?;
    let is_whole = meta.dims.is_multiple_of(VectorIndex::DIMS_STEP) && (1..=VectorIndex::DIMS).contains(&meta.dims);
    is_whole.then_some(()).ok_or_else(|| {
        Error::usage(format!("vectors cannot have {} coordinates: give a multiple of 64 from 64 to 32768", meta.dims))
    })
}

fn widened(vector: &[i8]) -> Vec<i16> {
    vector.iter().map(|number| i16::from(*number)).collect()
}

/// The sum of products; coordinates come in multiples of 64, and the sum fits, as 2¹⁴ · 32,768 does.
fn dot(wide: &[i16], vector: &[i8]) -> i32 {
    // In parts of fixed size, so that the compiler sees how to take several products at once.
    let part = |(wide, vector): (&[i16; 32], &[i8; 32])| -> i32 {
        wide.iter().zip(vector).map(|(a, b)| i32::from(*a) * i32::from(i16::from(*b))).sum()
    };
    wide.as_chunks().0.iter().zip(vector.as_chunks().0).map(part).sum()
}

fn dot_wide(wide: &[i16]) -> i32 {
    wide.iter().map(|number| i32::from(*number) * i32::from(*number)).sum()
}

#[cfg(test)]
mod tests;
