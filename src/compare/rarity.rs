//! Rarity: how much it says that two names share a word.

use crate::text::hash::word_hash;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The rarity of a word that only one record bears: a word of half this rarity is borne by the square root of the number
/// of records.
pub const UNIQUE: u16 = 1024;

/// How strongly a shipped table counts against the tables at hand, in records: with as many records at hand, each says
/// half.
pub const SHIPPED_RECORDS: f64 = 2_000.0;

/// Counts in how many records each word occurs.
#[derive(Debug, Clone, Default)]
pub struct RarityCounter {
    records: u64,
    counts: FxHashMap<u32, u32>,
}

impl RarityCounter {
    /// Counts one record's words; each is given once.
    pub fn add(&mut self, words: impl Iterator<Item = u32>) {
        self.records += 1;
        for word in words {
            *self.counts.entry(word).or_default() += 1;
        }
    }

    /// The sum of two counts.
    #[must_use]
    pub fn merge(mut self, other: RarityCounter) -> RarityCounter {
        if other.counts.len() > self.counts.len() {
            return other.merge(self);
        }
        self.records += other.records;
        for (word, count) in other.counts {
            *self.counts.entry(word).or_default() += count;
        }
        self
    }

    /// The rarity table of these counts, blended with a shipped table by a Dirichlet prior: the share of records that
    /// bear a word is (count + k·share in the shipped table) / (records + k), k = [`SHIPPED_RECORDS`].
    pub fn freeze(self, shipped: &WordCounts) -> Rarity {
        let total = self.records as f64 + SHIPPED_RECORDS;
        let share_of = |count: f64, shipped_count: f64| {
            (count + SHIPPED_RECORDS * shipped_count / shipped.records.max(1) as f64).max(1.0) / total
        };
        let known: FxHashMap<u32, u32> = shipped.counts.iter().map(|(word, count)| (word_hash(word), *count)).collect();
        let mut bands: FxHashMap<u32, u16> = FxHashMap::default();
        for (&word, &count) in &known {
            bands.insert(word, scaled(share_of(0.0, f64::from(count)), total));
        }
        for (&word, &count) in &self.counts {
            let shipped_count = known.get(&word).copied().unwrap_or_default();
            let value = scaled(share_of(f64::from(count), f64::from(shipped_count)), total);
            if value < UNIQUE {
                bands.insert(word, value);
            } else {
                bands.remove(&word);
            }
        }
        Rarity { bands, records: self.records }
    }
}

/// −log(share) on a scale where a single record among `total` has [`UNIQUE`].
fn scaled(share: f64, total: f64) -> u16 {
    let unique = f64::from(UNIQUE);
    (-share.ln() / total.ln() * unique).round().clamp(1.0, unique) as u16
}

/// Word counts as a model carries them: in how many of `records` names each word occurs; rare words are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordCounts {
    /// The names that were counted.
    pub records: u64,
    /// The count of each word.
    pub counts: BTreeMap<String, u32>,
}

/// A frozen table of rarities.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rarity {
    bands: FxHashMap<u32, u16>,
    records: u64,
}

impl Rarity {
    /// The rarity of a word, from 1 to [`UNIQUE`]; a word that was never counted is as rare as can be.
    pub fn of(&self, word: u32) -> u16 {
        self.bands.get(&word).copied().unwrap_or(UNIQUE)
    }

    /// The records that were counted.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The table's rows, ascending by word: each word that is less than [`UNIQUE`], with its rarity.
    pub fn rows(&self) -> Vec<(u32, u16)> {
        let mut rows: Vec<(u32, u16)> = self.bands.iter().map(|(word, rarity)| (*word, *rarity)).collect();
        rows.sort_unstable();
        rows
    }

    /// The table that had these rows ([`Rarity::rows`]) and this number of records.
    pub fn from_rows(records: u64, rows: impl IntoIterator<Item = (u32, u16)>) -> Rarity {
        Rarity { bands: rows.into_iter().collect(), records }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(names: &[&str]) -> Rarity {
        let mut counter = RarityCounter::default();
        for name in names {
            counter.add(name.split(' ').map(word_hash));
        }
        counter.freeze(&WordCounts::default())
    }

    #[test]
    fn a_common_word_says_less_than_a_rare_one() {
        let rarity = counted(&["acme bank", "zeta bank", "omega bank"]);
        assert!(rarity.of(word_hash("bank")) < rarity.of(word_hash("acme")));
        assert_eq!(rarity.of(word_hash("unseen")), UNIQUE);
    }

    #[test]
    fn merged_counts_are_counts_of_all() {
        let mut left = RarityCounter::default();
        left.add([1, 2].into_iter());
        let mut right = RarityCounter::default();
        right.add([2, 3].into_iter());
        let mut both = RarityCounter::default();
        both.add([1, 2].into_iter());
        both.add([2, 3].into_iter());
        let shipped = WordCounts::default();
        assert_eq!(left.merge(right).freeze(&shipped), both.freeze(&shipped));
    }

    #[test]
    fn the_shipped_table_speaks_where_nothing_was_counted() {
        let shipped = WordCounts { records: 1_000, counts: BTreeMap::from([("bank".to_owned(), 200)]) };
        let rarity = RarityCounter::default().freeze(&shipped);
        assert!(rarity.of(word_hash("bank")) < UNIQUE / 3);
    }
}
