//! What words, 3-grams and fields weigh: learned from the records at hand, then frozen.

use super::fixed::{LN_2, log2};
use crate::text::hash::word_hash;
use crate::text::quantity::quantity;
use crate::text::{fold, tokenize};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// 3-grams of 26 letters, ten digits and the space.
pub const GRAMS: usize = 37 * 37 * 37;

/// A field's weight of 1.
pub const ONE: u32 = 1024;

/// Texts of a field whose words say how much the field tells.
const SAMPLE: usize = 4000;

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
/// weights times the share of records that have it ([`WeightsCounter::freeze`]). Without records to learn from, all weigh
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
    /// The weights learned from records, all tables of a job together.
    pub fn learn(tables: &[&[Value]]) -> Weights {
        let mut counter = WeightsCounter::default();
        for (table, records) in tables.iter().enumerate() {
            records.iter().for_each(|record| counter.add(record, table));
        }
        counter.freeze()
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
    pub fn indexed(mut self) -> Weights {
        self.by_word = self.words.iter().copied().collect();
        self
    }
}

/// log2((records + 1) / bearers) + 1 in parts of 1,024.
fn rarity(records: u64, bearers: u64) -> u16 {
    let ratio = (records + 1) as f64 / bearers.max(1) as f64;
    ((log2(ratio) >> 6) + 1024).clamp(0, i64::from(u16::MAX)) as u16
}

/// Counts records, words, 3-grams and fields.
#[derive(Debug, Default)]
pub struct WeightsCounter {
    /// By table.
    records: Vec<u64>,
    words: FxHashMap<u32, u32>,
    grams: Vec<u32>,
    fields: BTreeMap<String, FieldCounts>,
    own_words: FxHashSet<u32>,
    own_grams: FxHashSet<u16>,
}

#[derive(Debug, Default)]
struct FieldCounts {
    /// By table: the records that have it.
    records: Vec<u64>,
    /// The words of the first texts.
    words: Vec<u32>,
    texts: usize,
}

impl WeightsCounter {
    /// Counts a record of a table, which are numbered from 0.
    pub fn add(&mut self, record: &Value, table: usize) {
        count_up(&mut self.records, table);
        self.grams.resize(GRAMS, 0);
        let mut path = String::new();
        let mut has = Vec::new();
        self.walk(record, &mut path, table, &mut has);
        for word in self.own_words.drain() {
            *self.words.entry(word).or_default() += 1;
        }
        for gram in self.own_grams.drain() {
            self.grams.get_mut(usize::from(gram)).into_iter().for_each(|count| *count += 1);
        }
    }

    fn walk(&mut self, value: &Value, path: &mut String, table: usize, has: &mut Vec<String>) {
        match value {
            Value::Null => {}
            Value::Object(fields) => {
                for (key, value) in fields {
                    let length = path.len();
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                    self.walk(value, path, table, has);
                    path.truncate(length);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.walk(value, path, table, has)),
            Value::String(text) if quantity(text).is_none() => self.count_text(text, path, table, has),
            _ => self.count_field(path, table, has, &[]),
        }
    }

    fn count_text(&mut self, text: &str, path: &str, table: usize, has: &mut Vec<String>) {
        let words = tokenize(&fold(text));
        if words.is_empty() {
            return;
        }
        let hashes: Vec<u32> = words.iter().map(|word| word_hash(word)).collect();
        self.own_words.extend(&hashes);
        for word in &words {
            let spaced: Vec<u8> = [b' '].into_iter().chain(word.bytes()).chain([b' ']).collect();
            self.own_grams.extend(spaced.windows(3).filter_map(|gram| Some(gram_place(gram.try_into().ok()?))));
        }
        self.count_field(path, table, has, &hashes);
    }

    fn count_field(&mut self, path: &str, table: usize, has: &mut Vec<String>, words: &[u32]) {
        let field = self.fields.entry(path.to_owned()).or_default();
        if !has.iter().any(|known| known == path) {
            has.push(path.to_owned());
            count_up(&mut field.records, table);
        }
        if field.texts < SAMPLE {
            field.texts += 1;
            field.words.extend(words);
        }
    }

    /// The weights of what was counted.
    ///
    /// A field weighs √(Π coverage) · rms, where the product is over the tables (to the power of 2 / tables), and rms is the
    /// root mean square of the rarities of its words: fields that few records have, and fields of common words, say less.
    pub fn freeze(self) -> Weights {
        let records: u64 = self.records.iter().sum();
        let mut words: Vec<(u32, u16)> = self
            .words
            .into_iter()
            .filter(|(_, count)| *count > 1)
            .map(|(word, count)| (word, rarity(records, count.into())))
            .collect();
        words.sort_unstable();
        let grams = self.grams.into_iter().map(|count| rarity(records, count.into())).collect();
        let weights = Weights { records, words, grams, ..Weights::default() }.indexed();
        let fields = self.fields.iter().map(|(path, counts)| {
            let coverage: f64 = (0..self.records.len())
                .map(|table| {
                    let has = counts.records.get(table).copied().unwrap_or_default();
                    has as f64 / self.records.get(table).copied().unwrap_or_default().max(1) as f64
                })
                .product();
            let coverage = if self.records.len() > 1 { coverage.sqrt() } else { coverage };
            let squares: f64 = counts.words.iter().map(|word| (weights.of_word(*word) as f64 / 1024.0).powi(2)).sum();
            let rms = (squares / counts.words.len().max(1) as f64).sqrt();
            (path.clone(), (coverage * rms * f64::from(ONE)).round() as u32)
        });
        let fields = fields.collect();
        Weights { fields, ..weights }
    }
}

fn count_up(counts: &mut Vec<u64>, place: usize) {
    if counts.len() <= place {
        counts.resize(place + 1, 0);
    }
    counts.get_mut(place).into_iter().for_each(|count| *count += 1);
}
