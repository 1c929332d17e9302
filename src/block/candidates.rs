//! Candidate pairs: an index from keys to the texts that bear them, and the pairs it gives.

use super::keys::{Key, KeyKind, Keys};
use super::sketch::Sketch;
use crate::compare::Prepared;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// When a key is dropped and when a pair is turned away; the defaults were chosen on the validation tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockOptions {
    /// The pairs that a key may give; a key that would give more is dropped and reported.
    pub pairs_per_key: u64,
    /// The same for keys of kind [`KeyKind::Exact`] and [`KeyKind::Sorted`].
    pub pairs_per_exact_key: u64,
    /// The same for keys of kind [`KeyKind::Gram`].
    pub pairs_per_gram_key: u64,
    /// The least overlap of the two texts' letter pairs ([`Sketch::overlap`]) in percent, for pairs that share no exact, sorted
    /// or initials key.
    pub least_overlap: u32,
}

impl Default for BlockOptions {
    fn default() -> BlockOptions {
        BlockOptions {
            pairs_per_key: 20_000,
            pairs_per_exact_key: 1_000_000,
            pairs_per_gram_key: 500,
            least_overlap: 50,
        }
    }
}

/// A key that was dropped because it would have given too many pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedKey {
    /// What it is made of: `word "bank"`.
    pub name: String,
    /// The pairs that it would have given.
    pub pairs: u64,
}

/// The texts of the left side by key.
#[derive(Debug)]
pub struct Blocks<'a> {
    right: &'a [Prepared],
    keys: &'a Keys,
    is_self: bool,
    options: BlockOptions,
    /// Where the texts of a key are in `rows`.
    ranges: FxHashMap<Key, (u32, u32)>,
    rows: Vec<u32>,
    left_sketches: Vec<Sketch>,
    dropped: Vec<DroppedKey>,
}

/// Memory that is used again from one right text to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    keys: Vec<Key>,
    /// By left text: the last right text (counting from 1) that met it.
    met: Vec<u32>,
    found: Vec<u32>,
}

impl<'a> Blocks<'a> {
    /// Indexes the left texts; with `right` being `None` the left side is linked to itself.
    ///
    /// Time and memory are linear in the texts' keys (about 20 each, 16 bytes a key).
    pub fn new(
        left: &'a [Prepared],
        right: Option<&'a [Prepared]>,
        keys: &'a Keys,
        options: BlockOptions,
    ) -> Blocks<'a> {
        let mut entries: Vec<(Key, u32)> = left
            .par_iter()
            .enumerate()
            .with_min_len(1024)
            .fold(Vec::new, |mut entries, (row, prepared)| {
                let mut own = Vec::with_capacity(32);
                append_keys(keys, prepared, &mut own);
                entries.extend(own.into_iter().map(|key| (key, row as u32)));
                entries
            })
            .reduce(Vec::new, |mut all, mut part| {
                all.append(&mut part);
                all
            });
        entries.par_sort_unstable();
        let mut ranges: FxHashMap<Key, (u32, u32)> = FxHashMap::default();
        for (start, group) in group_by_key(&entries) {
            if let Some((key, _)) = group.first() {
                ranges.insert(*key, (start as u32, (start + group.len()) as u32));
            }
        }
        let rows = entries.iter().map(|(_, row)| *row).collect();
        drop(entries);
        let left_sketches = left.par_iter().map(sketch).collect();
        let is_self = right.is_none();
        let right = right.unwrap_or(left);
        let mut blocks = Blocks { right, keys, is_self, options, ranges, rows, left_sketches, dropped: Vec::new() };
        blocks.drop_large_keys(left);
        blocks
    }

    fn drop_large_keys(&mut self, left: &[Prepared]) {
        let mut right_counts: FxHashMap<Key, u32> = FxHashMap::default();
        if !self.is_self {
            let mut own = Vec::new();
            for prepared in self.right {
                own.clear();
                append_keys(self.keys, prepared, &mut own);
                // A key of a single left text can only be too large with very many right ones; all are counted.
                for key in own.iter().filter(|key| self.ranges.contains_key(key)) {
                    *right_counts.entry(*key).or_default() += 1;
                }
            }
        }
        let options = &self.options;
        let mut dropped: Vec<(u64, Key, u32)> = Vec::new();
        self.ranges.retain(|key, (start, end)| {
            let lefts = u64::from(*end - *start);
            let pairs = if self.is_self {
                lefts * (lefts - 1) / 2
            } else {
                lefts * u64::from(right_counts.get(key).copied().unwrap_or_default())
            };
            let limit = match key.kind() {
                KeyKind::Exact | KeyKind::Sorted => options.pairs_per_exact_key,
                KeyKind::Gram => options.pairs_per_gram_key,
                _ => options.pairs_per_key,
            };
            if pairs > limit {
                dropped.push((pairs, *key, *start));
            }
            (1..=limit).contains(&pairs)
        });
        dropped.sort_unstable_by(|a, b| b.cmp(a));
        let mut named = FxHashSet::default();
        self.dropped = dropped
            .into_iter()
            .map(|(pairs, key, start)| {
                let bearer = self.rows.get(start as usize).and_then(|row| left.get(*row as usize));
                let texts = bearer.map(|prepared| prepared.texts.as_slice()).unwrap_or_default();
                let name = (0..).zip(texts).find_map(|(field, text)| self.keys.name_of(key, text.as_ref()?, field));
                DroppedKey { name: name.unwrap_or_else(|| key.kind().to_string()), pairs }
            })
            // A common word is dropped in all its spellings; it is named once, with the most pairs.
            .filter(|dropped| named.insert(dropped.name.clone()))
            .collect();
    }

    /// The keys that give at least one pair.
    pub fn key_count(&self) -> usize {
        self.ranges.len()
    }

    /// The keys that were dropped, the largest first.
    pub fn dropped(&self) -> &[DroppedKey] {
        &self.dropped
    }

    /// The left texts that are candidates for a right text, each once, in ascending order; in a self link only those with
    /// a smaller number than the right text's.
    pub fn candidates<'s>(&self, right_row: u32, scratch: &'s mut Scratch) -> &'s [u32] {
        let Scratch { keys, met, found } = scratch;
        keys.clear();
        found.clear();
        met.resize(self.left_sketches.len(), 0);
        let Some(prepared) = self.right.get(right_row as usize) else { return found };
        append_keys(self.keys, prepared, keys);
        let sketch = sketch(prepared);
        let has_fields = prepared.texts.len() > 1;
        for key in keys.iter() {
            let Some(&(start, end)) = self.ranges.get(key) else { continue };
            // A sketch knows the first field only, so it has no say where there are more.
            let is_sure = has_fields || matches!(key.kind(), KeyKind::Exact | KeyKind::Sorted | KeyKind::Initials);
            for &row in self.rows.get(start as usize..end as usize).unwrap_or_default() {
                if self.is_self && row >= right_row {
                    break;
                }
                let (Some(met), Some(left)) = (met.get_mut(row as usize), self.left_sketches.get(row as usize)) else {
                    continue;
                };
                // Sure keys come first (their kinds have the lowest numbers but for initials), so a pair that fails by
                // its sketch may still be let in by a later key of another kind.
                if *met != right_row + 1 && (is_sure || left.overlap(sketch) >= self.options.least_overlap) {
                    *met = right_row + 1;
                    found.push(row);
                }
            }
        }
        found.sort_unstable();
        found
    }
}

fn append_keys(keys: &Keys, prepared: &Prepared, own: &mut Vec<Key>) {
    for (field, text) in (0..).zip(&prepared.texts) {
        if let Some(text) = text {
            keys.append(text, field, own);
        }
    }
    own.sort_unstable();
    own.dedup();
}

fn sketch(prepared: &Prepared) -> Sketch {
    prepared.texts.first().and_then(Option::as_ref).map(|text| Sketch::of(&text.core)).unwrap_or_default()
}

/// The runs of equal keys with the places where they start.
fn group_by_key(entries: &[(Key, u32)]) -> impl Iterator<Item = (usize, &[(Key, u32)])> {
    let mut start = 0;
    entries.chunk_by(|a, b| a.0 == b.0).map(move |group| {
        let at = start;
        start += group.len();
        (at, group)
    })
}
