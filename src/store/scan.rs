//! Reading datasets: all live records in order, or one by its id.

use super::dataset::{DatasetName, Head, Part};
use super::kv::Kv;
use super::part::{self, IdRow, RowAt, StoredRow};
use super::{Dataset, Digest, Store};
use crate::error::Result;
use crate::record::{Record, RecordId};
use std::collections::BTreeMap;

/// The dead rows of each part, sorted.
pub(super) type Dead = BTreeMap<u64, Vec<RowAt>>;

impl Store {
    /// All records of a dataset, each once: those of the oldest part first, and within a part in the order in which they
    /// came. So records stand in the order of their arrival, and a changed record stands where it came last.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::error::ErrorKind::NotFound) when there is no such dataset. The scan itself ends
    /// with [`ErrorKind::Corrupt`](crate::error::ErrorKind::Corrupt) when something is damaged or missing: each block is
    /// checked before its records are given out, and after the last one the number of records and the sum of their
    /// digests are compared with the head. What is read is to be trusted when the scan has ended without an error.
    pub fn scan(&self, dataset: &DatasetName) -> Result<Scan<'_>> {
        let Dataset { head, .. } = self.head(dataset)?;
        let rows = LiveRows::of(&self.kv, &head.parts, self.dead(dataset)?);
        Ok(Scan { rows, head, seen: 0, digest: Digest::default(), ended: false })
    }

    /// The record of an id: a look into each part at most, and one for the record.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::error::ErrorKind::NotFound) when there is no such dataset,
    /// [`ErrorKind::Corrupt`](crate::error::ErrorKind::Corrupt) when something on the way is damaged.
    pub fn record(&self, dataset: &DatasetName, id: &str) -> Result<Option<Record>> {
        let Some((part, row)) = self.locate(dataset, Digest::of_id(id))? else { return Ok(None) };
        let rows = part::block(&self.kv, part, row.at.block)?;
        match rows.into_iter().nth(usize::from(row.at.row)) {
            Some((found, json)) if found == id && Digest::of_record(id, &json) == row.record => {
                parsed(&self.kv, (found, json)).map(Some)
            }
            _ => Err(self.kv.corrupt(format!("the record {id:?} of {dataset} is not where it should be"))),
        }
    }

    /// The part and the place of a live record. The newest part that has an id decides: if its row is dead, the record
    /// was deleted.
    pub(super) fn locate(&self, dataset: &DatasetName, id: Digest) -> Result<Option<(u64, IdRow)>> {
        for part in self.head(dataset)?.head.parts.iter().rev() {
            if let Some(row) = part::find(&self.kv, part, id)? {
                let is_dead = is_dead(self.dead(dataset)?, part.part, row.at);
                return Ok((!is_dead).then_some((part.part, row)));
            }
        }
        Ok(None)
    }

    /// The ids of all live records, with their parts.
    pub(super) fn live_ids(&self, dataset: &DatasetName) -> Result<Vec<(u64, IdRow)>> {
        let dead = self.dead(dataset)?;
        let head = &self.head(dataset)?.head;
        let mut live = Vec::with_capacity(usize::try_from(head.rows).unwrap_or(0));
        for part in &head.parts {
            for bucket in 0..part.buckets {
                let rows = part::bucket(&self.kv, part.part, bucket)?;
                live.extend(
                    rows.into_iter().filter(|row| !is_dead(dead, part.part, row.at)).map(|row| (part.part, row)),
                );
            }
        }
        match live.len() as u64 == head.rows {
            true => Ok(live),
            false => {
                let reason = format!("{dataset} has {} ids and should have {}", live.len(), head.rows);
                Err(self.kv.corrupt(reason))
            }
        }
    }

    /// The dead rows of a dataset, read when they are first asked for.
    pub(super) fn dead(&self, dataset: &DatasetName) -> Result<&Dead> {
        let Dataset { head, dead } = self.head(dataset)?;
        if let Some(dead) = dead.get() {
            return Ok(dead);
        }
        let mut read = Dead::new();
        for part in &head.parts {
            for list in &part.deaths {
                read.entry(list.of).or_default().extend(part::deaths(&self.kv, part.part, list)?);
            }
        }
        for rows in read.values_mut() {
            rows.sort_unstable();
        }
        Ok(dead.get_or_init(|| read))
    }
}

pub(super) fn is_dead(dead: &Dead, part: u64, at: RowAt) -> bool {
    dead.get(&part).is_some_and(|rows| rows.binary_search(&at).is_ok())
}

fn parsed(kv: &Kv, (id, json): StoredRow) -> Result<Record> {
    match serde_json::from_str(&json) {
        Ok(fields) => Ok(Record { id: RecordId::new(id), fields }),
        Err(error) => Err(kv.corrupt(format!("the record {id:?}: {error}"))),
    }
}

/// The records of a dataset; see [`Store::scan`].
pub struct Scan<'s> {
    rows: LiveRows<'s>,
    head: &'s Head,
    seen: u64,
    digest: Digest,
    ended: bool,
}

impl Scan<'_> {
    fn step(&mut self) -> Result<Option<Record>> {
        let Some(row) = self.rows.next().transpose()? else {
            return match (self.seen, self.digest) == (self.head.rows, self.head.digest) {
                true => Ok(None),
                false => Err(self.rows.kv.corrupt(format!(
                    "{} records with the digest {} were found; {} with {} should be",
                    self.seen, self.digest, self.head.rows, self.head.digest
                ))),
            };
        };
        self.seen += 1;
        self.digest = self.digest.plus(Digest::of_record(&row.0, &row.1));
        parsed(self.rows.kv, row).map(Some)
    }
}

impl Iterator for Scan<'_> {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        if self.ended {
            return None;
        }
        let record = self.step();
        self.ended = !matches!(record, Ok(Some(_)));
        record.transpose()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::try_from(self.head.rows.saturating_sub(self.seen)).unwrap_or(usize::MAX), None)
    }
}

/// The live rows of some parts, as they are stored, block by block.
pub(super) struct LiveRows<'s> {
    kv: &'s Kv,
    dead: &'s Dead,
    parts: std::slice::Iter<'s, Part>,
    part: Option<&'s Part>,
    next_block: u32,
    /// Rows of the current part that were read, dead ones included.
    read: u64,
    block: std::vec::IntoIter<StoredRow>,
}

impl<'s> LiveRows<'s> {
    pub(super) fn of(kv: &'s Kv, parts: &'s [Part], dead: &'s Dead) -> LiveRows<'s> {
        let block = Vec::new().into_iter();
        LiveRows { kv, dead, parts: parts.iter(), part: None, next_block: 0, read: 0, block }
    }

    fn step(&mut self) -> Result<Option<StoredRow>> {
        loop {
            if let Some(row) = self.block.next() {
                return Ok(Some(row));
            }
            match self.part {
                Some(part) if self.next_block < part.blocks => self.open_block(part)?,
                Some(part) if self.read != part.rows => {
                    let reason = format!("part {} has {} rows and should have {}", part.part, self.read, part.rows);
                    return Err(self.kv.corrupt(reason));
                }
                _ => {
                    self.part = self.parts.next();
                    (self.next_block, self.read) = (0, 0);
                    if self.part.is_none() {
                        return Ok(None);
                    }
                }
            }
        }
    }

    fn open_block(&mut self, part: &Part) -> Result<()> {
        let block = self.next_block;
        let mut rows = part::block(self.kv, part.part, block)?;
        self.next_block += 1;
        self.read += rows.len() as u64;
        if let Some(dead) = self.dead.get(&part.part) {
            let from = dead.partition_point(|at| at.block < block);
            let mut dead = dead.get(from..).unwrap_or_default().iter().filter(|at| at.block == block).peekable();
            if dead.peek().is_some() {
                let dead: Vec<usize> = dead.map(|at| usize::from(at.row)).collect();
                let mut row = 0;
                rows.retain(|_| {
                    row += 1;
                    dead.binary_search(&(row - 1)).is_err()
                });
            }
        }
        self.block = rows.into_iter();
        Ok(())
    }
}

impl Iterator for LiveRows<'_> {
    type Item = Result<StoredRow>;

    fn next(&mut self) -> Option<Result<StoredRow>> {
        self.step().transpose()
    }
}
