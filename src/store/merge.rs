//! Merging parts, so that a dataset of many imports stays quick to read. The records, their order and the dataset's
//! generation stay as they are.

use super::dataset::{DatasetName, Part};
use super::part::{self, IdRow, PartWriter, RowAt};
use super::scan::{Dead, LiveRows, is_dead};
use super::{Digest, Store};
use crate::error::Result;
use std::collections::BTreeMap;

impl Store {
    /// Merges parts by the rule that the store's documentation states; does nothing when the rule asks for nothing.
    pub(super) fn merge_parts(&mut self, dataset: &DatasetName) -> Result<()> {
        let head = &self.head(dataset)?.head;
        match first_to_merge(&head.parts, head.rows) {
            Some(from) => self.merge_from(dataset, from),
            None => Ok(()),
        }
    }

    /// Merges all parts of a dataset into one, and gives the space of dead rows back to the store's own use.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::error::ErrorKind::NotFound) when there is no such dataset,
    /// [`ErrorKind::Corrupt`](crate::error::ErrorKind::Corrupt) when it is damaged,
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io); the dataset is then as it was.
    pub fn compact(&mut self, dataset: &DatasetName) -> Result<()> {
        let head = &self.head(dataset)?.head;
        match head.parts.len() > 1 || head.stored_rows() > head.rows {
            true => self.merge_from(dataset, 0),
            false => Ok(()),
        }
    }

    fn merge_from(&mut self, dataset: &DatasetName, from: usize) -> Result<()> {
        let number = self.begin_part()?;
        let merged = self.write_merged(dataset, from, number);
        let merged = merged.and_then(|part| self.kv.flush().map(|()| part));
        let part = match merged {
            Ok(part) => part,
            Err(error) => {
                // What is left of it is swept now or when the store is opened next.
                let _ = self.sweep(&[number]);
                return Err(error);
            }
        };
        let mut head = self.head(dataset)?.head.clone();
        let left: Vec<u64> = head.parts.split_off(from.min(head.parts.len())).iter().map(|part| part.part).collect();
        if part.rows > 0 || !part.deaths.is_empty() {
            head.parts.push(part);
        }
        self.flip(dataset, Some(head), Some(number), &left)?;
        self.sweep(&left)
    }

    /// Writes the live rows of the parts from one on, and what these parts take from older ones.
    fn write_merged(&self, dataset: &DatasetName, from: usize, number: u64) -> Result<Part> {
        let dead = self.dead(dataset)?;
        let (older, merged) = self.head(dataset)?.head.parts.split_at_checked(from).unwrap_or_default();
        let mut writer = PartWriter::new(number);
        let mut ids = Vec::new();
        for row in LiveRows::of(&self.kv, merged, dead) {
            let (id, json) = row?;
            let (key, record) = (Digest::of_id(&id), Digest::of_record(&id, &json));
            ids.push(IdRow { id: key, at: writer.push(&self.kv, id, json)?, record });
        }
        self.check_merged(merged, dead, &ids)?;
        let mut deaths: BTreeMap<u64, Vec<RowAt>> = BTreeMap::new();
        for part in merged {
            for list in part.deaths.iter().filter(|list| older.iter().any(|older| older.part == list.of)) {
                deaths.entry(list.of).or_default().extend(part::deaths(&self.kv, part.part, list)?);
            }
        }
        writer.finish(&self.kv, ids, deaths)
    }

    /// Compares the rows that were read with the tables of ids, which were written beside them: damage must not be
    /// carried over into a part that looks whole.
    fn check_merged(&self, merged: &[Part], dead: &Dead, ids: &[IdRow]) -> Result<()> {
        let sum = |digests: &mut dyn Iterator<Item = (Digest, Digest)>| {
            digests.fold((0_u64, Digest::default()), |(rows, sum), (id, record)| (rows + 1, sum.plus(id).plus(record)))
        };
        let read = sum(&mut ids.iter().map(|row| (row.id, row.record)));
        let mut stated = Vec::new();
        for part in merged {
            for bucket in 0..part.buckets {
                let rows = part::bucket(&self.kv, part.part, bucket)?;
                stated.extend(
                    rows.iter().filter(|row| !is_dead(dead, part.part, row.at)).map(|row| (row.id, row.record)),
                );
            }
        }
        match read == sum(&mut stated.into_iter()) {
            true => Ok(()),
            false => Err(self.kv.corrupt("the records of a part are not those of its table of ids")),
        }
    }
}

/// The first of the parts that are to become one: the oldest with no more rows than all newer ones together, or all when
/// more than half of the rows are dead.
fn first_to_merge(parts: &[Part], live: u64) -> Option<usize> {
    let stored: u64 = parts.iter().map(|part| part.rows).sum();
    if stored > 2 * live && !parts.is_empty() {
        return Some(0);
    }
    let mut newer = stored;
    parts.iter().take(parts.len().saturating_sub(1)).position(|part| {
        newer -= part.rows;
        part.rows <= newer
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(rows: &[u64], live: u64) -> Option<usize> {
        let part = |&rows: &u64| Part { part: 0, blocks: 0, rows, buckets: 0, deaths: Vec::new() };
        first_to_merge(&rows.iter().map(part).collect::<Vec<_>>(), live)
    }

    #[test]
    fn parts_grow_like_the_digits_of_a_counter() {
        assert_eq!(merged(&[], 0), None);
        assert_eq!(merged(&[5], 5), None);
        assert_eq!(merged(&[5, 5], 10), Some(0));
        assert_eq!(merged(&[100, 10, 1], 111), None);
        assert_eq!(merged(&[100, 10, 5, 5], 120), Some(1));
        assert_eq!(merged(&[100, 0], 99), None);
        assert_eq!(merged(&[100, 0, 0], 98), Some(1));
    }

    #[test]
    fn mostly_dead_parts_are_merged_whole() {
        assert_eq!(merged(&[100, 10], 54), Some(0));
        assert_eq!(merged(&[100, 10], 55), None);
        assert_eq!(merged(&[100], 0), Some(0));
    }
}
