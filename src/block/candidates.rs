//! Candidate pairs: an index from keys to the texts that bear them, and the pairs it gives.

use super::keys::{Key, KeyKind, Keys};
pub use super::options::{BlockOptions, DroppedKey};
use super::sketch::Sketch;
use super::vectors::VectorBlocks;
use crate::compare::{Meaning, Prepared, Signs};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// Signs in which two vectors must agree for their cosine to be asked for. Of pairs with a cosine of 0.4 nineteen in twenty
/// do, of unrelated ones one in eight.
const LEAST_AGREEMENT: u32 = 72;

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
    /// The left texts' vectors and their signs, each side by side; nothing where the model has none.
    left_meanings: Vec<Option<Meaning>>,
    left_signs: Vec<Signs>,
    dropped: Vec<DroppedKey>,
    vectors: Option<VectorBlocks<'a>>,
}

/// Memory that is used again from one right text to the next; one for each thread.
#[derive(Debug, Default)]
pub struct Scratch {
    keys: Vec<Key>,
    /// How often it was used.
    round: u32,
    /// By left text: the last round that met it.
    met: Vec<u32>,
    found: Vec<u32>,
}

impl Scratch {
    /// Makes ready for the next right text among this many left ones.
    fn begin(&mut self, left_texts: usize) {
        self.keys.clear();
        self.found.clear();
        if self.met.len() != left_texts || self.round == u32::MAX {
            self.met = vec![0; left_texts];
            self.round = 0;
        }
        self.round += 1;
    }
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
        let entries = entries(left, keys);
        let ranges = group_by_key(&entries)
            .filter_map(|(start, group)| Some((group.first()?.0, (start as u32, (start + group.len()) as u32))))
            .collect();
        let rows = entries.iter().map(|(_, row)| *row).collect();
        drop(entries);
        let left_sketches = left.par_iter().map(sketch).collect();
        let meanings = left.iter().map(meaning);
        let left_meanings =
            if left.iter().any(|text| meaning(text).is_some()) { meanings.collect() } else { Vec::new() };
        let left_signs = left_meanings.iter().map(|meaning| meaning.map(|meaning| meaning.signs()).unwrap_or_default());
        let mut blocks = Blocks {
            right: right.unwrap_or(left),
            keys,
            is_self: right.is_none(),
            options,
            ranges,
            rows,
            left_sketches,
            left_signs: left_signs.collect(),
            left_meanings,
            dropped: Vec::new(),
            vectors: None,
        };
        let dropped = blocks.drop_large_keys();
        blocks.dropped = blocks.named(dropped, left);
        blocks
    }

    /// The same with candidates by the vectors of the whole rows, left and right ones as these are.
    #[must_use]
    pub fn with_vectors(self, vectors: Option<VectorBlocks<'a>>) -> Blocks<'a> {
        Blocks { vectors, ..self }
    }

    /// Drops the keys that give no pair or too many; returns the latter with their pairs and the place of their first text.
    fn drop_large_keys(&mut self) -> Vec<(u64, Key, u32)> {
        let right_counts = self.right_counts();
        let (options, is_self) = (&self.options, self.is_self);
        let mut dropped = Vec::new();
        self.ranges.retain(|key, (start, end)| {
            let lefts = u64::from(*end - *start);
            let rights = u64::from(right_counts.get(key).copied().unwrap_or_default());
            let pairs = if is_self { lefts * (lefts - 1) / 2 } else { lefts * rights };
            let limit = options.limit(key.kind());
            if pairs > limit {
                dropped.push((pairs, *key, *start));
            }
            (1..=limit).contains(&pairs)
        });
        dropped.sort_unstable_by(|a, b| b.cmp(a));
        dropped
    }

    /// How many right texts bear each key of a left text; nothing in a self link, where the left side counts for both.
    fn right_counts(&self) -> FxHashMap<Key, u32> {
        let mut counts = FxHashMap::default();
        let mut own = Vec::new();
        for prepared in self.right.iter().filter(|_| !self.is_self) {
            own.clear();
            append_keys(self.keys, prepared, &mut own);
            for key in own.iter().filter(|key| self.ranges.contains_key(key)) {
                *counts.entry(*key).or_default() += 1;
            }
        }
        counts
    }

    /// The dropped keys by name. A common word is dropped in all its spellings; it is named once, with the most pairs.
    fn named(&self, dropped: Vec<(u64, Key, u32)>, left: &[Prepared]) -> Vec<DroppedKey> {
        let mut seen = FxHashSet::default();
        let name_of = |key: Key, start: u32| {
            let bearer = self.rows.get(start as usize).and_then(|row| left.get(*row as usize))?;
            (0..).zip(&bearer.texts).find_map(|(field, text)| self.keys.name_of(key, text.as_ref()?, field))
        };
        let named = dropped.into_iter().map(|(pairs, key, start)| {
            let name = name_of(key, start).unwrap_or_else(|| key.kind().to_string());
            DroppedKey { name, pairs }
        });
        named.filter(|dropped| seen.insert(dropped.name.clone())).collect()
    }

    /// The keys that give at least one pair.
    pub fn key_count(&self) -> usize {
        self.ranges.len()
    }

    /// The keys that were dropped, the largest first.
    pub fn dropped(&self) -> &[DroppedKey] {
        &self.dropped
    }

    /// Whether the vector of a left text is near enough to another one, given with its signs.
    fn is_near(&self, row: u32, other: Option<(Signs, Meaning)>) -> bool {
        let Some((signs, meaning)) = other else { return false };
        if self.left_signs.get(row as usize).is_none_or(|left| left.agreement(signs) < LEAST_AGREEMENT) {
            return false;
        }
        let left = self.left_meanings.get(row as usize).copied().flatten();
        left.is_some_and(|left| left.cosine(&meaning) * 1000 / 65_536 >= i32::from(self.options.least_cosine))
    }

    /// The left texts that are candidates for a right text, each once, in ascending order; in a self link only those with
    /// a smaller number than the right text's.
    pub fn candidates<'s>(&self, right_row: u32, scratch: &'s mut Scratch) -> &'s [u32] {
        scratch.begin(self.left_sketches.len());
        let Scratch { keys, round, met, found } = scratch;
        let Some(prepared) = self.right.get(right_row as usize) else { return found };
        append_keys(self.keys, prepared, keys);
        let sketch = sketch(prepared);
        let own_meaning = meaning(prepared).map(|meaning| (meaning.signs(), meaning));
        let has_fields = prepared.texts.len() > 1;
        for key in keys.iter() {
            let Some(&(start, end)) = self.ranges.get(key) else { continue };
            // A sketch knows the first field only, so it has no say where there are more.
            let kind = key.kind();
            let is_sure = has_fields
                || matches!(kind, KeyKind::Exact | KeyKind::Sorted | KeyKind::Initials | KeyKind::AliasGroup);
            for &row in self.rows.get(start as usize..end as usize).unwrap_or_default() {
                if self.is_self && row >= right_row {
                    break;
                }
                let (Some(met), Some(left)) = (met.get_mut(row as usize), self.left_sketches.get(row as usize)) else {
                    continue;
                };
                if met == round {
                    continue;
                }
                // Only a pair that is let in is marked as met: one that fails here may share a surer key, too.
                let is_let_in = match kind {
                    KeyKind::Meaning => self.is_near(row, own_meaning),
                    _ => is_sure || left.overlap(sketch) >= self.options.least_overlap,
                };
                if is_let_in {
                    *met = *round;
                    found.push(row);
                }
            }
        }
        if let Some(vectors) = &self.vectors {
            vectors.append(right_row, met, *round, found);
        }
        found.sort_unstable();
        found
    }
}

fn meaning(prepared: &Prepared) -> Option<Meaning> {
    prepared.texts.first()?.as_ref()?.meaning
}

/// Every key of every text with the text's row, sorted.
fn entries(texts: &[Prepared], keys: &Keys) -> Vec<(Key, u32)> {
    let of_chunk = |(chunk, texts): (usize, &[Prepared])| {
        let (mut entries, mut own) = (Vec::new(), Vec::new());
        for (place, prepared) in texts.iter().enumerate() {
            own.clear();
            append_keys(keys, prepared, &mut own);
            entries.extend(own.iter().map(|key| (*key, (chunk * CHUNK + place) as u32)));
        }
        entries
    };
    const CHUNK: usize = 4096;
    let chunks: Vec<Vec<(Key, u32)>> = texts.par_chunks(CHUNK).enumerate().map(of_chunk).collect();
    let mut entries = chunks.concat();
    drop(chunks);
    entries.par_sort_unstable();
    entries
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::keys::KeyOptions;
    use crate::compare::{Preparer, Rarity};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn prepared(names: &[String]) -> Vec<Prepared> {
        let rarity = Rarity::default();
        let preparer = Preparer::new(crate::text::shipped(), &rarity);
        names.iter().map(|name| Prepared { texts: vec![preparer.text(name)] }).collect()
    }

    fn maker(texts: &[Prepared]) -> Keys {
        Keys::new(KeyOptions::default(), texts.iter().flat_map(|prepared| prepared.texts.iter().flatten()))
    }

    fn pairs(left: &[Prepared], right: Option<&[Prepared]>, keys: &Keys, options: &BlockOptions) -> Vec<(u32, u32)> {
        let blocks = Blocks::new(left, right, keys, options.clone());
        let mut scratch = Scratch::default();
        let rows = right.unwrap_or(left).len() as u32;
        (0..rows).flat_map(|b| blocks.candidates(b, &mut scratch).iter().map(|a| (*a, b)).collect::<Vec<_>>()).collect()
    }

    fn names() -> impl Strategy<Value = Vec<String>> {
        proptest::collection::vec("[a-d]{2,6}( [a-d]{2,6}){0,2}", 1..25)
    }

    fn own(keys: &Keys, prepared: &Prepared) -> BTreeSet<Key> {
        let mut own = Vec::new();
        append_keys(keys, prepared, &mut own);
        own.into_iter().collect()
    }

    proptest! {
        #[test]
        fn candidates_are_the_pairs_that_share_a_key_and_each_comes_once(left in names(), right in names()) {
            let (left, right) = (prepared(&left), prepared(&right));
            let both: Vec<Prepared> = left.iter().chain(&right).cloned().collect();
            let keys = maker(&both);
            let options = BlockOptions { least_overlap: 0, ..BlockOptions::default() };
            let mut expected = Vec::new();
            for (b, right) in right.iter().enumerate() {
                for (a, left) in left.iter().enumerate() {
                    if !own(&keys, left).is_disjoint(&own(&keys, right)) {
                        expected.push((a as u32, b as u32));
                    }
                }
            }
            prop_assert_eq!(pairs(&left, Some(&right), &keys, &options), expected);
        }

        #[test]
        fn sides_may_be_swapped(left in names(), right in names(), limit in 1u64..40) {
            let (left, right) = (prepared(&left), prepared(&right));
            let both: Vec<Prepared> = left.iter().chain(&right).cloned().collect();
            let keys = maker(&both);
            let options = BlockOptions { pairs_per_key: limit, pairs_per_gram_key: limit, ..BlockOptions::default() };
            let forth: BTreeSet<_> = pairs(&left, Some(&right), &keys, &options).into_iter().collect();
            let back: BTreeSet<_> = pairs(&right, Some(&left), &keys, &options).into_iter().map(|(a, b)| (b, a)).collect();
            prop_assert_eq!(forth, back);
        }

        #[test]
        fn a_table_meets_itself_in_pairs_of_different_rows(table in names()) {
            let table = prepared(&table);
            let keys = maker(&table);
            let options = BlockOptions { least_overlap: 0, ..BlockOptions::default() };
            let both_ways = pairs(&table, Some(&table), &keys, &options);
            let expected: Vec<_> = both_ways.into_iter().filter(|(a, b)| a < b).collect();
            prop_assert_eq!(pairs(&table, None, &keys, &options), expected);
        }
    }

    #[test]
    fn a_row_may_be_asked_twice() {
        let table = prepared(&["acme".to_owned(), "acme zeta".to_owned()]);
        let keys = maker(&table);
        let blocks = Blocks::new(&table, None, &keys, BlockOptions::default());
        let mut scratch = Scratch::default();
        assert_eq!(blocks.candidates(1, &mut scratch), [0]);
        assert_eq!(blocks.candidates(1, &mut scratch), [0]);
    }

    #[test]
    fn a_dropped_key_is_named_with_its_pairs() {
        let names: Vec<String> = (0..30).map(|number| format!("zork{} common", char::from(b'a' + number))).collect();
        let table = prepared(&names);
        let keys = maker(&table);
        let options = BlockOptions { pairs_per_key: 100, ..BlockOptions::default() };
        let blocks = Blocks::new(&table, None, &keys, options);
        let named = blocks.dropped().iter().find(|dropped| dropped.name == "word \"common\"").unwrap();
        assert_eq!(named.pairs, 30 * 29 / 2);
    }
}
