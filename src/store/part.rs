//! Writing and reading the values of a part: blocks of records, the table from ids to places, and lists of dead rows.

use super::Digest;
use super::codec::{self, CONTENT_LIMIT, Kind};
use super::dataset::{Deaths, Part};
use super::kv::{Kv, Table};
use crate::error::{Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

// sled keeps up to 16 entries on a page, and a page of more than 128 KiB in a file of its own, whose size its cache does
// not count: with blocks of 64 KiB a scan of 3 GB took 3 GB of memory, with 7 KiB it takes 0.2 GB and the same time. So
// all values are made a sixteenth of 128 KiB at most, if a single record is not larger.

/// Bytes of text after which a block is full.
const BLOCK_BYTES: usize = 7 * 1024;
/// Records of a block.
const BLOCK_ROWS: usize = 1024;
/// Rows of a bucket, on average: digests spread evenly.
const BUCKET_ROWS: usize = 160;
/// Rows of a chunk of deaths.
const CHUNK_ROWS: usize = 1024;

/// A record as it is stored: its id and the JSON text of its fields.
pub(super) type StoredRow = (String, String);

/// The place of a record within its part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct RowAt {
    pub(super) block: u32,
    pub(super) row: u16,
}

/// A row of the table from ids to places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct IdRow {
    pub(super) id: Digest,
    pub(super) at: RowAt,
    pub(super) record: Digest,
}

/// A part being written. Nothing of it counts before a head names it.
pub(super) struct PartWriter {
    part: u64,
    rows: Vec<StoredRow>,
    bytes: usize,
    blocks: u32,
    written: u64,
}

impl PartWriter {
    pub(super) fn new(part: u64) -> PartWriter {
        PartWriter { part, rows: Vec::new(), bytes: 0, blocks: 0, written: 0 }
    }

    pub(super) fn part(&self) -> u64 {
        self.part
    }

    /// Adds a record and says where it will stand.
    pub(super) fn push(&mut self, kv: &Kv, id: String, json: String) -> Result<RowAt> {
        let bytes = id.len() + json.len() + 16;
        if bytes > CONTENT_LIMIT / 2 {
            return Err(Error::usage(format!("the record {id:?} has {bytes} bytes, more than a store can hold")));
        }
        if !self.rows.is_empty() && (self.rows.len() >= BLOCK_ROWS || self.bytes + bytes > BLOCK_BYTES) {
            self.write_block(kv)?;
        }
        let at = RowAt { block: self.blocks, row: self.rows.len() as u16 };
        self.rows.push((id, json));
        self.bytes += bytes;
        self.written += 1;
        Ok(at)
    }

    /// Writes what is left, the table of ids and the deaths.
    pub(super) fn finish(mut self, kv: &Kv, mut ids: Vec<IdRow>, deaths: BTreeMap<u64, Vec<RowAt>>) -> Result<Part> {
        if !self.rows.is_empty() {
            self.write_block(kv)?;
        }
        ids.sort_unstable();
        let buckets = u32::try_from(ids.len().div_ceil(BUCKET_ROWS)).map_err(|_| Error::usage("too many records"))?;
        let mut rest = ids.as_slice();
        for bucket in 0..buckets {
            let length = rest.partition_point(|row| row.id.bucket(buckets) <= bucket);
            let (rows, later) = rest.split_at(length);
            put(kv, Table::Ids, Kind::Ids, &key(self.part, bucket), &rows)?;
            rest = later;
        }
        let mut lists = Vec::with_capacity(deaths.len());
        for (of, mut rows) in deaths.into_iter().filter(|(_, rows)| !rows.is_empty()) {
            rows.sort_unstable();
            let mut chunks = 0;
            for chunk in rows.chunks(CHUNK_ROWS) {
                put(kv, Table::Deaths, Kind::Deaths, &deaths_key(self.part, of, chunks), &chunk)?;
                chunks += 1;
            }
            lists.push(Deaths { of, rows: rows.len() as u64, chunks });
        }
        Ok(Part { part: self.part, blocks: self.blocks, rows: self.written, buckets, deaths: lists })
    }

    fn write_block(&mut self, kv: &Kv) -> Result<()> {
        put(kv, Table::Blocks, Kind::Records, &key(self.part, self.blocks), &self.rows)?;
        self.blocks = self.blocks.checked_add(1).ok_or_else(|| Error::usage("too many records"))?;
        self.rows.clear();
        self.bytes = 0;
        Ok(())
    }
}

/// The records of a block.
pub(super) fn block(kv: &Kv, part: u64, block: u32) -> Result<Vec<StoredRow>> {
    take(kv, Table::Blocks, Kind::Records, &key(part, block))
}

/// A bucket of a part's table of ids, sorted.
pub(super) fn bucket(kv: &Kv, part: u64, bucket: u32) -> Result<Vec<IdRow>> {
    take(kv, Table::Ids, Kind::Ids, &key(part, bucket))
}

/// Where a part holds an id, be it alive or dead.
pub(super) fn find(kv: &Kv, part: &Part, id: Digest) -> Result<Option<IdRow>> {
    if part.buckets == 0 {
        return Ok(None);
    }
    let rows = bucket(kv, part.part, id.bucket(part.buckets))?;
    let at = rows.partition_point(|row| row.id < id);
    Ok(rows.get(at).copied().filter(|row| row.id == id))
}

/// The rows that a part takes from another.
pub(super) fn deaths(kv: &Kv, part: u64, list: &Deaths) -> Result<Vec<RowAt>> {
    let mut rows: Vec<RowAt> = Vec::new();
    for chunk in 0..list.chunks {
        rows.extend(take::<Vec<RowAt>>(kv, Table::Deaths, Kind::Deaths, &deaths_key(part, list.of, chunk))?);
    }
    match rows.len() as u64 == list.rows {
        true => Ok(rows),
        false => Err(kv.corrupt(format!("part {part} lists {} dead rows and should list {}", rows.len(), list.rows))),
    }
}

fn put<T: Serialize>(kv: &Kv, table: Table, kind: Kind, key: &[u8], value: &T) -> Result<()> {
    let bytes =
        codec::encode(kind, key, value).map_err(|reason| Error::usage(format!("cannot be stored: {reason}")))?;
    kv.put(table, key, bytes)
}

fn take<T: DeserializeOwned>(kv: &Kv, table: Table, kind: Kind, key: &[u8]) -> Result<T> {
    let bytes = kv.get(table, key)?.ok_or_else(|| kv.corrupt(format!("a value of {table:?} is missing")))?;
    codec::decode(kind, key, &bytes).map_err(|reason| kv.corrupt(format!("in {table:?}: {reason}")))
}

fn key(part: u64, number: u32) -> [u8; 12] {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&part.to_be_bytes());
    key[8..].copy_from_slice(&number.to_be_bytes());
    key
}

fn deaths_key(part: u64, of: u64, chunk: u32) -> [u8; 20] {
    let mut key = [0; 20];
    key[..8].copy_from_slice(&part.to_be_bytes());
    key[8..16].copy_from_slice(&of.to_be_bytes());
    key[16..].copy_from_slice(&chunk.to_be_bytes());
    key
}
