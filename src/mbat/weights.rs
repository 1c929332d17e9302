//! What words, 3-grams and fields weigh: learned from the records at hand ([`super::learn`]), then frozen.

use super::fixed::ln;
use super::words::QUARTERS;
use crate::error::{Error, Result};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// 3-grams of 26 letters, ten digits and the space.
pub const GRAMS: usize = 37 * 37 * 37;

/// A field's weight of 1.
pub const ONE: u32 = 1024;

/// The weight of words and 3-grams where nothing was learned, in parts of 512.
const EVEN: i64 = 512;

/// The place of a 3-gram of lower-case letters, digits and spaces in the table of weights; others count as spaces.
pub fn gram_place(letters: [u8; 3]) -> u16 {
    let digit = |letter: u8| match letter {
        b'a'..=b'z' => u16::from(letter - b'a') + 1,
        b'0'..=b'9' => u16::from(letter - b'0') + 27,
        _ => 0,
    };
    letters.into_iter().fold(0, |place, letter| place * 37 + digit(letter))
}

/// What a field holds, and what it weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldWeight {
    /// In parts of 1,024 ([`ONE`]).
    pub weight: u32,
    /// Whether its values are quantities, such as prices; else they are texts, also where they are numbers, such as years.
    pub is_quantity: bool,
}

/// What words, 3-grams and fields weigh. Without records to learn from, all weigh the same.
///
/// A 3-gram weighs ln(1 + records / records that bear it), a word that to the power of 1.5, and twice that with a digit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    records: u64,
    /// By hash of the word, ascending: ln(1 + records / bearers) in parts of 512. A word that is not here is borne by one
    /// record at most.
    words: Vec<(u32, u16)>,
    /// By place of the 3-gram ([`gram_place`]), the same; empty where nothing was learned.
    grams: Vec<u16>,
    /// By path of the field.
    fields: BTreeMap<String, FieldWeight>,
    /// By hash, to find them.
    #[serde(skip)]
    by_word: FxHashMap<u32, u16>,
}

impl Weights {
    /// The weights of words and 3-grams, by the number of records that bear each; words by hash.
    pub(super) fn of_counts(records: u64, words: FxHashMap<u32, u32>, grams: Vec<u32>) -> Weights {
        let counted = words.into_iter().filter(|(_, count)| *count > 1);
        let mut words: Vec<(u32, u16)> = counted.map(|(word, count)| (word, rarity(records, count.into()))).collect();
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

    /// Whether they were learned from records.
    pub fn are_learned(&self) -> bool {
        self.records > 0
    }

    /// The weight of a field, in parts of 1,024. A field that was not learned from counts half of the heaviest.
    pub fn of_field(&self, path: &str) -> u32 {
        let unknown = if self.are_learned() { ONE / 2 } else { ONE };
        self.fields.get(path).map_or(unknown, |field| field.weight)
    }

    /// What is known of the field at a path.
    pub(super) fn field(&self, path: &str) -> Option<FieldWeight> {
        self.fields.get(path).copied()
    }

    /// The fields that have weights, by path.
    pub fn fields(&self) -> impl Iterator<Item = (&str, FieldWeight)> {
        self.fields.iter().map(|(path, field)| (path.as_str(), *field))
    }

    /// The same with a weight of one's own for a field; 1 is 1,024, 0 leaves the field out.
    #[must_use]
    pub fn with_field(mut self, path: &str, weight: u32) -> Weights {
        let weight = weight.min(1 << 16);
        let field = self.fields.entry(path.to_owned()).or_insert(FieldWeight { weight, is_quantity: false });
        field.weight = weight;
        self
    }

    pub(super) fn with_fields(self, fields: BTreeMap<String, FieldWeight>) -> Weights {
        Weights { fields, ..self }
    }

    /// How rare a word is, by its hash: ln(1 + records / bearers) in parts of 512.
    pub(super) fn rarity_of_word(&self, hash: u64) -> i64 {
        if !self.are_learned() {
            return EVEN;
        }
        let short = (hash ^ (hash >> 32)) as u32;
        i64::from(self.by_word.get(&short).copied().unwrap_or_else(|| rarity(self.records, 1)))
    }

    /// The weight of a word, in parts of 512.
    pub(super) fn of_word(&self, hash: u64, has_digit: bool) -> i64 {
        let rarity = self.rarity_of_word(hash);
        // To the power of 1.5.
        let weight = (rarity * ((rarity << 9).unsigned_abs().isqrt() as i64)) >> 9;
        if has_digit && self.are_learned() { weight * 2 } else { weight }
    }

    /// The weight of a 3-gram by its place, in parts of 512.
    pub(super) fn of_gram(&self, place: u16) -> i64 {
        self.grams.get(usize::from(place)).map_or(EVEN, |weight| i64::from(*weight))
    }

    /// What it weighs that a word comes so many quarters of a time: 1 + ln(times), or the times below 1; in parts of 256.
    pub(super) fn of_count(&self, quarters: u32) -> i64 {
        if quarters < QUARTERS {
            return i64::from(quarters * 256 / QUARTERS);
        }
        256 + (ln(f64::from(quarters) / f64::from(QUARTERS)) >> 8)
    }

    /// Makes what is not written; after reading.
    fn indexed(mut self) -> Weights {
        self.by_word = self.words.iter().copied().collect();
        self
    }
}

/// ln(1 + records / bearers) in parts of 512.
fn rarity(records: u64, bearers: u64) -> u16 {
    let ratio = (records + bearers.max(1)) as f64 / bearers.max(1) as f64;
    (ln(ratio) >> 7).clamp(1, i64::from(u16::MAX)) as u16
}
