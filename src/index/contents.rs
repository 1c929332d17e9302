//! What the records of a vector index say: their JSON, in the order of the index's entries.
//!
//! ```text
//! index/<dataset>-<generation>.records/
//!     contents  a note of the maker's, then each record's JSON; both with their length before them
//! ```
//! So hits can be shown and explained while another process holds the store, and a later build can tell what has changed.
//! The file has the header of the look-up index's files (`index/file.rs`), and no byte is used before its checksum was
//! found right.

use super::bytes::{Reader, put_bytes};
use super::file::{self, Part};
use super::folder::{self, Over};
use crate::error::{Error, Result};
use std::ops::Range;
use std::path::Path;

/// The records of a vector index, whole in memory.
#[derive(Debug)]
pub struct Contents {
    payload: Vec<u8>,
    note: Range<usize>,
    /// By entry: where its JSON stands.
    places: Vec<Range<usize>>,
}

impl Contents {
    /// Writes the contents of a dataset's generation in a folder of its own under `dir`, and removes those of its other
    /// generations. `note` is for the caller; `records` are JSON in the order of their ids.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Usage`] for a dataset that cannot be a folder's name, [`crate::error::ErrorKind::Io`].
    pub fn write<'r>(
        dir: &Path,
        dataset: &str,
        generation: u64,
        note: &str,
        records: impl Iterator<Item = &'r str>,
    ) -> Result<()> {
        folder::check_name(dataset)?;
        let mut payload = Vec::new();
        put_bytes(&mut payload, note.as_bytes());
        records.for_each(|record| put_bytes(&mut payload, record.as_bytes()));
        folder::put(dir, Over::Records, dataset, generation, &[(Part::Contents, payload)])
    }

    /// Reads the contents of a dataset's generation.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Corrupt`] for contents that are missing or damaged, [`crate::error::ErrorKind::Io`].
    pub fn read(dir: &Path, dataset: &str, generation: u64) -> Result<Contents> {
        let folder = Over::Records.path(dir, dataset, generation);
        let payload = file::read(&folder, Part::Contents, generation)?;
        let wrong = || Error::corrupt(Part::Contents.path(&folder), "not what its header says");
        let mut places = places(&payload).ok_or_else(wrong)?.into_iter();
        let note = places.next().ok_or_else(wrong)?;
        Ok(Contents { note, places: places.collect(), payload })
    }

    /// The bytes on the disk of a generation's vectors and contents together.
    pub fn bytes_with_vectors(dir: &Path, dataset: &str, generation: u64) -> u64 {
        [Over::Vectors, Over::Records].map(|over| folder::bytes(dir, over, dataset, generation)).into_iter().sum()
    }

    /// The note of the maker's.
    pub fn note(&self) -> &str {
        self.text(&self.note).unwrap_or_default()
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The JSON of an entry's record.
    pub fn json(&self, entry: u32) -> Option<&str> {
        self.text(self.places.get(entry as usize)?)
    }

    fn text(&self, place: &Range<usize>) -> Option<&str> {
        std::str::from_utf8(self.payload.get(place.clone())?).ok()
    }
}

/// Where the texts of a payload stand; `None` where one goes past the end.
fn places(payload: &[u8]) -> Option<Vec<Range<usize>>> {
    let (mut reader, mut places) = (Reader(payload), Vec::new());
    while !reader.0.is_empty() {
        let length = reader.bytes()?.len();
        let end = payload.len() - reader.0.len();
        places.push(end - length..end);
    }
    Some(places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn contents_come_back_and_older_ones_go() {
        let dir = tempfile::tempdir().unwrap();
        for generation in [3, 4] {
            Contents::write(dir.path(), "d", generation, "note", ["{}", "", "{\"a\":1}"].into_iter()).unwrap();
        }
        let contents = Contents::read(dir.path(), "d", 4).unwrap();
        assert_eq!((contents.note(), contents.len()), ("note", 3));
        assert_eq!([0, 1, 2, 3].map(|entry| contents.json(entry)), [Some("{}"), Some(""), Some("{\"a\":1}"), None]);
        assert!(Contents::read(dir.path(), "d", 3).is_err());
    }

    proptest! {
        #[test]
        fn no_payload_panics(payload: Vec<u8>) {
            let _ = places(&payload);
        }
    }
}
