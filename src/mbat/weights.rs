//! What words, 3-grams and fields weigh: learned from the records at hand, then frozen.

use super::fixed::{LN_2, log2};
use crate::error::{Error, Result};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// 3-grams of 26 letters, ten digits and the space.
pub const GRAMS: usize = 37 * 37 * 37;

/// A field's weight of 1.
pub const ONE: u32 = 1024;

/// The place of a 3-gram of lower-case letters, digits and spaces in the table of weights; others count as spaces.
pub fn gram_place(letters: [u8; 3]) -> u16 {
    let digit = |letter: u8| match letter {
        b'a'..=b'z' => u16::from(letter - b'a') + 1,
        b'0'..=b'9' => u16::from(letter - b'0') + 27,
        _ => 0,
    };
    letters.into_iter().fold(0, |place, letter| place * 37 + digit(letter))
}

/// What words, 3-grams and fields weigh.
///
/// A word or 3-gram weighs log2(records / records that bear it), and 1 more; a field the root mean square of its words'
/// weights times the share of records that have it ([`super::WeightsCounter::freeze`]). Without records to learn from, all weigh
/// the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    records: u64,
    /// By hash of the word, ascending: weights in parts of 1,024. A word that is not here is borne by one record at most.
    words: Vec<(u32, u16)>,
    /// By place of the 3-gram ([`gram_place`]); empty where nothing was learned.
    grams: Vec<u16>,
    /// By path of the field, in parts of 1,024.
    fields: BTreeMap<String, u32>,
    /// By hash, to find them.
    #[serde(skip)]
    by_word: FxHashMap<u32, u16>,
}

impl Default for Weights {
    fn default() -> Weights {
        Weights {
            records: 0,
            words: Vec::new(),
            grams: Vec::new(),
            fields: BTreeMap::new(),
            by_word: FxHashMap::default(),
        }
    }
}

impl Weights {
    /// The weights of words and 3-grams, by the number of records that bear each; words by hash.
    pub(super) fn of_counts(records: u64, words: FxHashMap<u32, u32>, grams: Vec<u32>) -> Weights {
        let counted = words.into_iter().filter(|(_, count)| *count > 1);
        let mut words: Vec<(u32, u16)> =
            counted.map(|(word, count)| (word, rarity(records, count.into()))).collect();
        words.sort_unstable();
        let grams = grams.into_iter().map(|count| rarity(records, count.into())).collect();
        Weights { records, words, grams, ..Weights::default() }.indexed()
    }

    /// Weights that were written as JSON.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Usage`] for anything else.
    pub fn from_json(json: &str) -> Result<Weights> {
        let weights: Weights =
            serde_json::from_str(json).map_err(|error| Error::usage(format!("no weights of a space: {error}")))?;
        Ok(weights.indexed())
    }

    /// The weight of a field, in parts of 1,024.
    pub fn of_field(&self, path: &str) -> u32 {
        self.fields.get(path).copied().unwrap_or(ONE)
    }

    /// The weight of an object, where one was given.
    pub(super) fn of_object(&self, path: &str) -> Option<u32> {
        self.fields.get(path).copied()
    }

    /// The fields that have weights, by path.
    pub fn fields(&self) -> impl Iterator<Item = (&str, u32)> {
        self.fields.iter().map(|(path, weight)| (path.as_str(), *weight))
    }

    /// The same with a weight of one's own for a field; 1 is 1,024, 0 leaves the field out.
    #[must_use]
    pub fn with_field(mut self, path: &str, weight: u32) -> Weights {
        self.fields.insert(path.to_owned(), weight.min(1 << 16));
        self
    }

    /// The weight of a word by its hash, in parts of 1,024.
    pub(super) fn of_word(&self, hash: u32) -> i64 {
        i64::from(self.by_word.get(&hash).copied().unwrap_or_else(|| rarity(self.records, 1)))
    }

    /// The weight of a 3-gram by its place.
    pub(super) fn of_gram(&self, place: u16) -> i64 {
        i64::from(self.grams.get(usize::from(place)).copied().unwrap_or(1024))
    }

    /// What it weighs that a word comes several times: 1 + ln(times), in parts of 256.
    pub(super) fn of_count(&self, count: u32) -> i64 {
        256 + (log2(f64::from(count)) * LN_2 >> 24)
    }

    /// How much of a text its words are, in percent; the rest are its 3-grams.
    pub(super) fn word_share(&self) -> u32 {
        50
    }

    /// Makes what is not written; after reading.
    #[must_use]
    fn indexed(mut self) -> Weights {
        self.by_word = self.words.iter().copied().collect();
        self
    }
}

/// log2((records + 1) / bearers) + 1 in parts of 1,024.
fn rarity(records: u64, bearers: u64) -> u16 {
    let ratio = (records + 1) as f64 / bearers.max(1) as f64;
    ((log2(ratio) >> 6) + 1024).clamp(0, i64::from(u16::MAX)) as u16
}
