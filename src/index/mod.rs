//! Look-up: immutable files over the names and aliases of one dataset.
//!
//! The files are derived from the store and read whole, so that look-up works while a batch job holds the store. A build
//! writes a new folder and renames it into place; a folder never changes afterwards.
//!
//! - [`build`](NameIndex::build): counts rarities, orders the entries by normalised name, writes the files.
//! - `file`: the header that every file has: a checksum, a generation, a format.
//! - `entries`, `symbols`: names as they were written and ids, at half their size.
//! - `cores`, `edit`: normalised names in a finite-state map: exact, by prefix, within an edit distance.
//! - `meanings`: the learned vectors of names, by nearness.
//! - `postings`, `weights`: from 3-grams and initials to entries; what a shared 3-gram says.
//! - [`vectors`]: an index of its own, over vectors of records, by nearness; [`contents`]: what those records say.
//! - [`search`](NameIndex::candidates): the entries that could be meant, best first.
//!
//! A candidate is a suggestion, ordered by a cheap measure; whether it is the one is for [`crate::compare`] and
//! [`crate::model`] to say ([`crate::pipeline::lookup`]).
//!
//! **Invariant:** the same entries, in whatever order they come, give the same bytes, and the same query the same
//! candidates in the same order on every machine.

mod build;
mod bytes;
pub mod contents;
mod cores;
mod edit;
mod entries;
mod file;
mod folder;
mod meanings;
mod postings;
mod search;
mod symbols;
pub mod vectors;
mod weights;

pub use search::{Candidate, Scratch};

use crate::compare::rarity::WordCounts;
use crate::compare::{Embedding, Rarity};
use crate::config::Kind;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::record::RecordId;
use crate::text::Lexicon;
use bytes::{Reader, put_varint};
use cores::Cores;
use entries::Entries;
use file::Part;
use folder::Over;
use meanings::Meanings;
use postings::Postings;
use serde::{Deserialize, Serialize};
use std::path::Path;
use weights::GramWeights;

/// A name of a record, as it is given to [`NameIndex::build`] and given back by [`NameIndex::entry`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name as it was written.
    pub name: String,
    /// Whose name it is.
    pub record: RecordId,
    /// Whether it is another name than the record's main one.
    pub is_alias: bool,
}

/// What is known of words and names before the first name of a dataset is read.
#[derive(Debug, Clone, Copy)]
pub struct Learned<'a> {
    /// The words' meanings.
    pub lexicon: &'a Lexicon,
    /// How common words are elsewhere.
    pub words: &'a WordCounts,
    /// The names' vectors; without them, names are found by their letters alone.
    pub embedding: Option<&'a Embedding>,
}

impl<'a> Learned<'a> {
    /// The lexicon without anything learned.
    pub fn nothing(lexicon: &'a Lexicon) -> Learned<'a> {
        static NONE: WordCounts = WordCounts { records: 0, counts: std::collections::BTreeMap::new() };
        Learned { lexicon, words: &NONE, embedding: None }
    }

    /// The shipped lexicon and what a model knows of its first field.
    pub fn of(model: &'a Model) -> Learned<'a> {
        let embedding = model.fields().first().and_then(|field| field.embedding.as_deref());
        Learned { lexicon: crate::text::shipped(), words: model.words(), embedding }
    }
}

/// What an index was made of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IndexMeta {
    /// The dataset.
    pub dataset: String,
    /// The dataset's generation: it grows with every change, so an index of another one is stale.
    pub generation: u64,
    /// What the records describe.
    pub kind: Kind,
    /// The model whose word counts went into the rarities.
    pub model_digest: Option<String>,
    /// Entries in the index; filled in by the build.
    pub entries: u64,
    /// Names without any letter or digit, which are not in it; filled in by the build.
    pub skipped: u64,
    /// Names longer than [`NameIndex::NAME_BYTES`], of which only the beginning is in it; filled in by the build.
    pub shortened: u64,
}

/// The look-up index over the names of one dataset, whole in memory.
#[derive(Debug)]
pub struct NameIndex {
    meta: IndexMeta,
    entries: Entries,
    cores: Cores,
    grams: Postings,
    norms: Vec<u16>,
    initials: Postings,
    rarity: Rarity,
    weights: GramWeights,
    meanings: Meanings,
}

impl NameIndex {
    /// Bytes of a name that are kept: as many as can take part in a comparison by default.
    pub const NAME_BYTES: usize = 1024;

    /// Builds the index of a dataset in a folder of its own under `dir`, and removes those of its other generations.
    ///
    /// Of `meta` the counts are filled in, and it is returned. Names that are equal in the same record are one entry. A
    /// crash or an error leaves what was there before. Takes some ten microseconds and about 250 bytes of memory a name,
    /// a third of that without an embedding.
    ///
    /// # Errors
    /// The first error of `entries`; [`crate::error::ErrorKind::Usage`] for a dataset that cannot be a folder's name or
    /// has more than 2³² names; [`crate::error::ErrorKind::Io`].
    ///
    /// ```
    /// use cognate::compare::Preparer;
    /// use cognate::index::{Entry, IndexMeta, Learned, NameIndex, Scratch};
    /// use cognate::record::RecordId;
    /// let (dir, lexicon) = (tempfile::tempdir()?, cognate::text::shipped());
    /// let entry = |name: &str, id: &str| Ok(Entry { name: name.into(), record: RecordId::new(id), is_alias: false });
    /// let entries = [entry("Acme Holdings Ltd", "a"), entry("Zeta Bank", "z")];
    /// let meta = IndexMeta { dataset: "firms".into(), generation: 1, ..IndexMeta::default() };
    /// NameIndex::build(dir.path(), meta, entries.into_iter(), Learned::nothing(lexicon))?;
    ///
    /// let index = NameIndex::open(dir.path(), "firms")?.unwrap();
    /// let query = Preparer::new(lexicon, index.rarity()).text("ACME Holdnigs").unwrap();
    /// let best = index.candidates(&query, 10, &mut Scratch::default())[0];
    /// assert_eq!(index.entry(best.entry).unwrap().record.as_str(), "a");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn build(
        dir: &Path,
        meta: IndexMeta,
        entries: impl Iterator<Item = Result<Entry>>,
        learned: Learned<'_>,
    ) -> Result<IndexMeta> {
        build::build(dir, meta, entries, learned)
    }

    /// Opens the newest whole index of a dataset; `None` when there is none.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Corrupt`] when there is one, or more, but none is whole: build it again.
    /// [`crate::error::ErrorKind::Io`] when the system refuses.
    pub fn open(dir: &Path, dataset: &str) -> Result<Option<NameIndex>> {
        folder::newest(dir, Over::Names, dataset, NameIndex::read)
    }

    fn read(folder: &Path, generation: u64) -> Result<NameIndex> {
        let read = |part| file::read(folder, part, generation);
        let wrong = |part: Part| Error::corrupt(part.path(folder), "not what its header says");
        let meta: IndexMeta = serde_json::from_slice(&read(Part::Meta)?).map_err(|_| wrong(Part::Meta))?;
        let entries = Entries::read(&read(Part::Entries)?).ok_or_else(|| wrong(Part::Entries))?;
        let pairs = read(Part::Norms)?;
        let norms: Vec<u16> = pairs.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
        if norms.len() != entries.len() as usize {
            return Err(wrong(Part::Norms));
        }
        Ok(NameIndex {
            meta,
            cores: Cores::read(read(Part::Cores)?).ok_or_else(|| wrong(Part::Cores))?,
            grams: Postings::read(&read(Part::Grams)?).ok_or_else(|| wrong(Part::Grams))?,
            initials: Postings::read(&read(Part::Initials)?).ok_or_else(|| wrong(Part::Initials))?,
            rarity: read_rarity(&read(Part::Rarity)?).ok_or_else(|| wrong(Part::Rarity))?,
            weights: GramWeights::new(entries.len()),
            meanings: Meanings::read(&read(Part::Meanings)?, entries.len()).ok_or_else(|| wrong(Part::Meanings))?,
            norms,
            entries,
        })
    }

    /// Reads what the newest index of a dataset was made of, without reading the index; `None` when there is none. So
    /// that it can be told, without the store, whether it is stale.
    ///
    /// # Errors
    /// Those of [`NameIndex::open`].
    pub fn read_meta(dir: &Path, dataset: &str) -> Result<Option<IndexMeta>> {
        let Some((generation, folder)) = folder::generations(dir, Over::Names, dataset)?.into_iter().next() else {
            return Ok(None);
        };
        let payload = file::read(&folder, Part::Meta, generation)?;
        let meta = serde_json::from_slice(&payload);
        meta.map(Some).map_err(|error| Error::corrupt(Part::Meta.path(&folder), error.to_string()))
    }

    /// What it was made of.
    pub fn meta(&self) -> &IndexMeta {
        &self.meta
    }

    /// How many entries it has; their numbers are 0 to `len() - 1`, in the order of their normalised names.
    pub fn len(&self) -> u32 {
        self.entries.len()
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An entry by its number. Under a microsecond.
    pub fn entry(&self, entry: u32) -> Option<Entry> {
        let (record, name) = self.entries.get(entry)?;
        Some(Entry { name, record, is_alias: self.entries.is_alias(entry) })
    }

    /// The rarities of the words of its names, to prepare queries and names with.
    pub fn rarity(&self) -> &Rarity {
        &self.rarity
    }
}

/// `records · rows · (gap to the word before · rarity)…`, all varints.
fn write_rarity(rarity: &Rarity) -> Vec<u8> {
    let rows = rarity.rows();
    let mut out = Vec::with_capacity(rows.len() * 5);
    put_varint(&mut out, rarity.records());
    put_varint(&mut out, rows.len() as u64);
    let mut last = 0;
    for (word, rarity) in rows {
        put_varint(&mut out, u64::from(word - last));
        put_varint(&mut out, u64::from(rarity));
        last = word;
    }
    out
}

fn read_rarity(payload: &[u8]) -> Option<Rarity> {
    let mut reader = Reader(payload);
    let (records, count): (u64, usize) = (reader.number()?, reader.number()?);
    let mut rows = Vec::new();
    let mut word = 0u32;
    for _ in 0..count {
        word = word.checked_add(reader.number()?)?;
        rows.push((word, reader.number()?));
    }
    Some(Rarity::from_rows(records, rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn rarities_come_back(records: u64, rows: BTreeMap<u32, u16>) {
            let rarity = Rarity::from_rows(records, rows);
            prop_assert_eq!(read_rarity(&write_rarity(&rarity)), Some(rarity));
        }

        #[test]
        fn no_rarity_payload_panics(payload: Vec<u8>) {
            let _ = read_rarity(&payload);
        }
    }
}
