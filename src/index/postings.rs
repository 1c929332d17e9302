//! Postings: from a key (a 3-gram, or a hash of initials) to the entries that have it, ascending.
//!
//! ```text
//! payload:  count · keys · lists
//! key:      gap to the key before · frequency · bytes of its list
//! list:     first entry, then gaps
//! ```
//! All numbers are varints; at a million names most gaps take one byte, because entries with alike names are neighbours.

use super::bytes::{Reader, put_varint};
use rustc_hash::FxHashMap;

/// Gathers postings; entries are given in ascending order.
#[derive(Default)]
pub(super) struct PostingsWriter {
    lists: FxHashMap<u32, Growing>,
}

#[derive(Default)]
struct Growing {
    frequency: u32,
    last: u32,
    bytes: Vec<u8>,
}

impl PostingsWriter {
    /// Counts one more entry that has a key, whether it will be listed or not.
    pub(super) fn count(&mut self, key: u32) {
        self.lists.entry(key).or_default().frequency += 1;
    }

    /// How often a key was counted.
    pub(super) fn frequency(&self, key: u32) -> u32 {
        self.lists.get(&key).map_or(0, |list| list.frequency)
    }

    /// Lists an entry under a key.
    pub(super) fn list(&mut self, key: u32, entry: u32) {
        let list = self.lists.entry(key).or_default();
        put_varint(&mut list.bytes, u64::from(entry.saturating_sub(list.last)));
        list.last = entry;
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let mut lists: Vec<(u32, Growing)> = self.lists.into_iter().collect();
        lists.sort_unstable_by_key(|(key, _)| *key);
        let mut out = Vec::new();
        put_varint(&mut out, lists.len() as u64);
        let mut last = 0;
        for (key, list) in &lists {
            put_varint(&mut out, u64::from(key - last));
            put_varint(&mut out, u64::from(list.frequency));
            put_varint(&mut out, list.bytes.len() as u64);
            last = *key;
        }
        lists.iter().for_each(|(_, list)| out.extend_from_slice(&list.bytes));
        out
    }
}

/// Postings, read.
#[derive(Debug)]
pub(super) struct Postings {
    keys: Vec<u32>,
    /// Frequency, first byte and end of each key's list.
    lists: Vec<(u32, u32, u32)>,
    bytes: Vec<u8>,
}

/// The entries of one key.
#[derive(Debug, Clone, Copy)]
pub(super) struct List<'a> {
    /// In how many entries the key occurs, listed or not.
    pub(super) frequency: u32,
    bytes: &'a [u8],
}

impl List<'_> {
    /// Calls `see` with each listed entry, ascending. About a nanosecond an entry.
    #[inline]
    pub(super) fn for_each(self, mut see: impl FnMut(u32)) {
        let mut entry = 0u32;
        let (mut gap, mut shift) = (0u32, 0u32);
        for &byte in self.bytes {
            if byte < 0x80 {
                entry = entry.wrapping_add(gap | u32::from(byte).wrapping_shl(shift));
                see(entry);
                (gap, shift) = (0, 0);
            } else {
                gap |= u32::from(byte & 0x7f).wrapping_shl(shift);
                shift += 7;
            }
        }
    }
}

impl Postings {
    /// Reads a payload; `None` when it is not what [`PostingsWriter`] writes. Linear in the keys.
    pub(super) fn read(payload: &[u8]) -> Option<Postings> {
        let mut reader = Reader(payload);
        let count: usize = reader.number()?;
        // No capacity is taken from a number that was not checked against the bytes that are there.
        let (mut keys, mut lists) = (Vec::new(), Vec::new());
        let (mut key, mut start) = (0u32, 0u32);
        for _ in 0..count {
            key = key.checked_add(reader.number()?)?;
            let frequency = reader.number()?;
            let end = start.checked_add(reader.number()?)?;
            keys.push(key);
            lists.push((frequency, start, end));
            start = end;
        }
        (reader.0.len() == start as usize).then(|| Postings { keys, lists, bytes: reader.0.to_vec() })
    }

    /// The list of a key. Logarithmic in the keys.
    pub(super) fn list(&self, key: u32) -> Option<List<'_>> {
        let at = self.keys.binary_search(&key).ok()?;
        let &(frequency, start, end) = self.lists.get(at)?;
        Some(List { frequency, bytes: self.bytes.get(start as usize..end as usize)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    proptest! {
        #[test]
        fn lists_come_back(lists: BTreeMap<u32, BTreeSet<u32>>, absent: u32) {
            let mut writer = PostingsWriter::default();
            for (key, entries) in &lists {
                writer.count(*key);
                entries.iter().for_each(|entry| writer.list(*key, *entry));
            }
            let postings = Postings::read(&writer.finish()).unwrap();
            for (key, entries) in &lists {
                let mut found = BTreeSet::new();
                postings.list(*key).unwrap().for_each(|entry| assert!(found.insert(entry)));
                prop_assert_eq!(&found, entries);
            }
            prop_assert_eq!(postings.list(absent).is_some(), lists.contains_key(&absent));
        }

        #[test]
        fn no_payload_panics(payload: Vec<u8>) {
            if let Some(postings) = Postings::read(&payload) {
                postings.keys.iter().filter_map(|key| postings.list(*key)).for_each(|list| list.for_each(|_| ()));
            }
        }
    }
}
