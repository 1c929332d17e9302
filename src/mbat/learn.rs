//! Learning what words, 3-grams and fields weigh from the records at hand, without any labels.

use super::space::{Settings, Space};
use super::weights::{GRAMS, ONE, Weights, gram_place};
use crate::text::hash::word_hash;
use crate::text::quantity::quantity;
use crate::text::{fold, tokenize};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;
use std::collections::BTreeMap;

/// Texts of a field that say how much the field tells.
const SAMPLE: usize = 1000;
/// Bytes of such a text.
const SAMPLE_BYTES: usize = 2000;
/// What fields of numbers weigh, of the heaviest field of texts.
const NUMBERS: f64 = 0.3;

/// Counts records, words, 3-grams and fields, table by table.
#[derive(Debug, Default)]
pub struct WeightsCounter {
    /// By table.
    records: Vec<u64>,
    words: FxHashMap<u32, u32>,
    grams: Vec<u32>,
    fields: BTreeMap<String, FieldCounts>,
}

#[derive(Debug, Default)]
struct FieldCounts {
    /// By table: the records that have it.
    records: Vec<u64>,
    /// By table: the first texts.
    texts: Vec<Vec<String>>,
    quantities: u64,
    others: u64,
}

/// The words and 3-grams of a record, and its fields.
#[derive(Default)]
struct Own {
    words: FxHashSet<u32>,
    grams: FxHashSet<u16>,
    fields: Vec<String>,
}

impl WeightsCounter {
    /// Counts a record of a table, which are numbered from 0.
    pub fn add(&mut self, record: &Value, table: usize) {
        count_up(&mut self.records, table);
        let (mut own, mut path) = (Own::default(), String::new());
        self.walk(record, &mut path, table, &mut own);
        for word in own.words {
            *self.words.entry(word).or_default() += 1;
        }
        self.grams.resize(GRAMS, 0);
        for gram in own.grams {
            self.grams.get_mut(usize::from(gram)).into_iter().for_each(|count| *count += 1);
        }
    }

    /// What was counted together with what was counted after it.
    #[must_use]
    pub fn merge(mut self, later: WeightsCounter) -> WeightsCounter {
        for (table, count) in later.records.into_iter().enumerate() {
            add_at(&mut self.records, table, count);
        }
        for (word, count) in later.words {
            *self.words.entry(word).or_default() += count;
        }
        for (gram, count) in later.grams.into_iter().enumerate() {
            add_at(&mut self.grams, gram, count);
        }
        for (path, counts) in later.fields {
            let own = self.fields.entry(path).or_default();
            for (table, count) in counts.records.into_iter().enumerate() {
                add_at(&mut own.records, table, count);
            }
            for (table, texts) in counts.texts.into_iter().enumerate() {
                texts.into_iter().for_each(|text| own.keep(text, table));
            }
            own.quantities += counts.quantities;
            own.others += counts.others;
        }
        self
    }

    fn walk(&mut self, value: &Value, path: &mut String, table: usize, own: &mut Own) {
        match value {
            Value::Null => {}
            Value::Object(fields) => {
                for (key, value) in fields {
                    let length = path.len();
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                    self.walk(value, path, table, own);
                    path.truncate(length);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.walk(value, path, table, own)),
            Value::String(text) if quantity(text).is_none() => self.count_text(text, path, table, own),
            _ => self.field(path, table, own).quantities += 1,
        }
    }

    fn count_text(&mut self, text: &str, path: &str, table: usize, own: &mut Own) {
        let words = tokenize(&fold(text));
        if words.is_empty() {
            return;
        }
        own.words.extend(words.iter().map(|word| word_hash(word)));
        for word in &words {
            let spaced: Vec<u8> = [b' '].into_iter().chain(word.bytes()).chain([b' ']).collect();
            own.grams.extend(spaced.windows(3).filter_map(|gram| Some(gram_place(gram.try_into().ok()?))));
        }
        let field = self.field(path, table, own);
        field.others += 1;
        field.keep(words.join(" "), table);
    }

    /// The counts of a field, which the record has.
    fn field(&mut self, path: &str, table: usize, own: &mut Own) -> &mut FieldCounts {
        let field = self.fields.entry(path.to_owned()).or_default();
        if !own.fields.iter().any(|known| known == path) {
            own.fields.push(path.to_owned());
            count_up(&mut field.records, table);
        }
        field
    }

    /// The weights of what was counted.
    ///
    /// A field of texts weighs −ln(mean cosine of two of its texts), so that one whose texts are all alike says little,
    /// times its mean coverage of the tables. A field of numbers weighs 0.3 of the heaviest field of texts, times its
    /// coverage.
    pub fn freeze(self) -> Weights {
        let records = self.records.iter().sum();
        let weights = Weights::of_counts(records, self.words, self.grams);
        let told: BTreeMap<&String, (f64, f64)> =
            self.fields.iter().map(|(path, field)| (path, (field.coverage(&self.records), field.tells(&weights)))).collect();
        let heaviest = told.values().map(|(coverage, tells)| coverage * tells).fold(0.0, f64::max);
        let heaviest = if heaviest > 0.0 { heaviest } else { 1.0 };
        let weight = |path: &String, field: &FieldCounts| {
            let (coverage, tells) = told.get(path).copied().unwrap_or_default();
            let share = if field.is_numeric() { NUMBERS * coverage } else { coverage * tells / heaviest };
            ((share * f64::from(ONE)).round() as u32).max(1)
        };
        let fields: Vec<(String, u32)> =
            self.fields.iter().map(|(path, field)| (path.clone(), weight(path, field))).collect();
        fields.into_iter().fold(weights, |weights, (path, weight)| weights.with_field(&path, weight))
    }
}

impl FieldCounts {
    fn keep(&mut self, mut text: String, table: usize) {
        if self.texts.len() <= table {
            self.texts.resize_with(table + 1, Vec::new);
        }
        let Some(texts) = self.texts.get_mut(table).filter(|texts| texts.len() < SAMPLE) else { return };
        // The text is made of ASCII letters.
        text.truncate(SAMPLE_BYTES);
        texts.push(text);
    }

    /// Whether most of its values are numbers.
    fn is_numeric(&self) -> bool {
        self.quantities > self.others
    }

    /// The mean share of records that have it, over the tables.
    fn coverage(&self, records: &[u64]) -> f64 {
        let share = |(table, all): (usize, &u64)| {
            self.records.get(table).copied().unwrap_or_default() as f64 / (*all).max(1) as f64
        };
        records.iter().enumerate().map(share).sum::<f64>() / records.len().max(1) as f64
    }

    /// −ln of the mean cosine of two different texts.
    fn tells(&self, weights: &Weights) -> f64 {
        let settings = Settings { dims: 1024, ..Settings::default() };
        let Ok(space) = Space::with(settings, weights.clone()) else { return 1.0 };
        let mut encoder = space.encoder();
        let mut sums = vec![0.0; space.dims()];
        let mut count = 0.0;
        for text in self.texts.iter().flatten() {
            let vector = encoder.encode_text(text);
            sums.iter_mut().zip(vector.floats()).for_each(|(sum, number)| *sum += f64::from(number));
            count += 1.0;
        }
        if count < 2.0 {
            return 1.0;
        }
        let squares: f64 = sums.iter().map(|sum| sum * sum).sum();
        let mean = (squares - count) / (count * (count - 1.0));
        -mean.clamp(0.001, 0.95).ln()
    }
}

fn count_up(counts: &mut Vec<u64>, place: usize) {
    add_at(counts, place, 1);
}

fn add_at<N: Copy + Default + std::ops::AddAssign>(counts: &mut Vec<N>, place: usize, count: N) {
    if counts.len() <= place {
        counts.resize(place + 1, N::default());
    }
    counts.get_mut(place).into_iter().for_each(|own| *own += count);
}
