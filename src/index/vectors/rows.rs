//! What the files of an index of vectors hold, in memory: ids, vectors and sketches, in the order of the ids.
//!
//! **Invariant:** ids ascend and are told apart; there are as many vectors and sketches as ids.

use super::super::bytes::{Reader, put_bytes};
use super::{BITS, VectorMeta};
use crate::error::{Error, Place, Result};
use crate::mbat::sketch::Rotation;
use crate::record::RecordId;
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::HashSet;

/// Words of a sketch.
pub(super) const WORDS: usize = BITS / 64;

/// A sketch as it lies in memory.
pub(super) type Sketch = [u64; WORDS];

/// Texts one after another.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Ids {
    texts: String,
    /// Where each text ends.
    ends: Vec<usize>,
}

impl Ids {
    fn push(&mut self, id: &str) {
        self.texts.push_str(id);
        self.ends.push(self.texts.len());
    }

    pub(super) fn get(&self, place: usize) -> Option<&str> {
        let start = place.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.texts.get(start..*self.ends.get(place)?)
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).filter_map(|place| self.get(place))
    }

    /// The place of an id among ids that ascend.
    pub(super) fn find(&self, id: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle)?.cmp(id) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Some(middle),
            }
        }
        None
    }
}

/// Ids, vectors and sketches.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rows {
    /// Coordinates of a vector.
    pub(super) dims: usize,
    pub(super) ids: Ids,
    pub(super) vectors: Vec<i8>,
    pub(super) signs: Vec<Sketch>,
}

impl Rows {
    fn new(dims: usize) -> Rows {
        Rows { dims, ids: Ids::default(), vectors: Vec::new(), signs: Vec::new() }
    }

    /// Takes vectors in any order, orders them, and sketches them on all threads.
    pub(super) fn gather(
        meta: &VectorMeta,
        vectors: impl Iterator<Item = Result<(RecordId, impl AsRef<[i8]>)>>,
    ) -> Result<Rows> {
        let mut came = Rows::new(meta.dims as usize);
        for row in vectors {
            let (id, vector) = row?;
            let vector = vector.as_ref();
            if vector.len() != came.dims {
                let reason = format!("a vector of {} coordinates instead of {}", vector.len(), came.dims);
                return Err(Error::input(Place::default().record(id.as_str()), reason));
            }
            came.ids.push(id.as_str());
            came.vectors.extend_from_slice(vector);
        }
        let mut order: Vec<usize> = (0..came.len()).collect();
        order.sort_by(|a, b| came.ids.get(*a).cmp(&came.ids.get(*b)));
        // The sort keeps equal ids in the order in which they came, and the last of them stands.
        order.reverse();
        order.dedup_by(|earlier, later| came.ids.get(*earlier) == came.ids.get(*later));
        order.reverse();
        let mut rows = Rows::new(came.dims);
        rows.vectors.reserve_exact(order.len() * rows.dims);
        for place in order {
            rows.ids.push(came.ids.get(place).unwrap_or_default());
            rows.vectors.extend_from_slice(came.vector(place).unwrap_or_default());
        }
        drop(came);
        let rotation = Rotation::new(rows.dims, BITS, meta.seed);
        rows.signs = rows.vectors.par_chunks_exact(rows.dims).map(|vector| sketch(&rotation, vector)).collect();
        Ok(rows)
    }

    /// These rows without those that were removed, and with those that were added, which replace rows of the same id.
    pub(super) fn merged(&self, added: &Rows, removed: &HashSet<RecordId>) -> Result<Rows> {
        let removed: HashSet<&str> = removed.iter().map(RecordId::as_str).collect();
        let mut rows = Rows::new(self.dims);
        let bytes = self.vectors.len().checked_add(added.vectors.len());
        rows.vectors.reserve_exact(bytes.ok_or_else(|| Error::usage("too many records for this machine"))?);
        let mut new = (0..).zip(added.ids.iter()).peekable();
        for (place, id) in (0..).zip(self.ids.iter()) {
            while let Some((newer, _)) = new.next_if(|(_, other)| *other < id) {
                rows.copy(added, newer);
            }
            if new.peek().is_none_or(|(_, other)| *other != id) && !removed.contains(id) {
                rows.copy(self, place);
            }
        }
        new.for_each(|(newer, _)| rows.copy(added, newer));
        Ok(rows)
    }

    fn copy(&mut self, from: &Rows, place: usize) {
        if let (Some(id), Some(vector), Some(signs)) = (from.ids.get(place), from.vector(place), from.signs.get(place))
        {
            self.ids.push(id);
            self.vectors.extend_from_slice(vector);
            self.signs.push(*signs);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ids.ends.len()
    }

    pub(super) fn vector(&self, place: usize) -> Option<&[i8]> {
        let start = place.checked_mul(self.dims)?;
        self.vectors.get(start..start.checked_add(self.dims)?)
    }

    pub(super) fn ids_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.ids.texts.len() + self.len());
        self.ids.iter().for_each(|id| put_bytes(&mut out, id.as_bytes()));
        out
    }

    pub(super) fn vectors_bytes(&self) -> Vec<u8> {
        self.vectors.iter().map(|number| number.cast_unsigned()).collect()
    }

    pub(super) fn signs_bytes(&self) -> Vec<u8> {
        self.signs.as_flattened().iter().flat_map(|word| word.to_le_bytes()).collect()
    }
}

fn sketch(rotation: &Rotation, vector: &[i8]) -> Sketch {
    let signs = rotation.signs(vector);
    let mut words = [0; WORDS];
    words.iter_mut().zip(signs.words()).for_each(|(to, from)| *to = *from);
    words
}

/// Reads so many ids; `None` when they are not what [`Rows::ids_bytes`] writes.
pub(super) fn read_ids(payload: &[u8], count: u32) -> Option<Ids> {
    let mut reader = Reader(payload);
    let mut ids = Ids::default();
    for _ in 0..count {
        let id = std::str::from_utf8(reader.bytes()?).ok()?;
        let ascends = ids.ends.len().checked_sub(1).and_then(|last| ids.get(last)).is_none_or(|last| last < id);
        if !ascends {
            return None;
        }
        ids.push(id);
    }
    reader.0.is_empty().then_some(ids)
}

/// Reads so many vectors of so many coordinates.
pub(super) fn read_vectors(payload: Vec<u8>, count: u32, dims: u32) -> Option<Vec<i8>> {
    let bytes = u64::from(count).checked_mul(u64::from(dims))?;
    (payload.len() as u64 == bytes).then(|| payload.into_iter().map(u8::cast_signed).collect())
}

/// Reads so many sketches.
pub(super) fn read_signs(payload: &[u8], count: u32) -> Option<Vec<Sketch>> {
    let bytes = u64::from(count).checked_mul(BITS as u64 / 8)?;
    let (words, _) = payload.as_chunks();
    let (sketches, _) = words.as_chunks();
    let read = |sketch: &[[u8; 8]; WORDS]| sketch.map(u64::from_le_bytes);
    (payload.len() as u64 == bytes).then(|| sketches.iter().map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_that_do_not_ascend_are_refused() {
        assert!(read_ids(b"\x01a\x01b", 2).is_some());
        for (payload, count) in [(&b"\x01b\x01a"[..], 2), (b"\x01a\x01a", 2), (b"\x01a\x01b", 1), (b"\x01\xff", 1)] {
            assert!(read_ids(payload, count).is_none(), "{payload:?}");
        }
    }

    proptest! {
        #[test]
        fn no_payload_panics(payload: Vec<u8>, count: u32, dims: u32) {
            let _ = read_ids(&payload, count);
            let _ = read_signs(&payload, count);
            let _ = read_vectors(payload, count, dims);
        }
    }
}
