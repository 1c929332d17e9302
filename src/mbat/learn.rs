//! Learning what words, 3-grams and fields weigh from the records at hand, without any labels.

use super::fixed::ln;
use super::terms::Parts;
use super::weights::{FieldWeight, GRAMS, ONE, Weights, gram_place};
use super::words::{CountedWord, LONG, QUARTERS, count, words_of};
use crate::text::quantity::{Measure, Quantity, quantity};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;
use std::collections::BTreeMap;

/// Texts of a field that say how much the field tells.
const SAMPLE: usize = 1000;
/// Bytes of such a text.
const SAMPLE_BYTES: usize = 2000;
/// What fields of quantities weigh, of the heaviest field of texts.
const QUANTITIES: f64 = 0.5;
/// Coordinates in which quantities are compared with each other.
const QUANTITY_DIMS: usize = 1024;

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
    values: u64,
    /// Values that are quantities.
    quantities: u64,
    /// Those with a unit, a currency or a calendar.
    measured: u64,
    /// Those with a fraction.
    fractions: u64,
    /// Values that begin with a 0 before another digit.
    zeros: u64,
    /// By number of digits before the point: values that are plain whole numbers, or begin so.
    lengths: [u64; 16],
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
            own.values += counts.values;
            own.quantities += counts.quantities;
            own.measured += counts.measured;
            own.fractions += counts.fractions;
            own.zeros += counts.zeros;
            own.lengths.iter_mut().zip(counts.lengths).for_each(|(own, count)| *own += count);
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
            Value::String(text) => self.count_text(text, path, table, own),
            Value::Number(number) => self.count_text(&number.to_string(), path, table, own),
            Value::Bool(_) => self.field(path, table, own).values += 1,
        }
    }

    fn count_text(&mut self, text: &str, path: &str, table: usize, own: &mut Own) {
        let words = words_of(text);
        if words.is_empty() {
            return;
        }
        let quantity = quantity(text);
        // Whether the field is of quantities is not known yet; what looks like one is no word that others are told by.
        if quantity.is_none_or(|quantity| quantity.measure == Measure::Plain && quantity.amount.fract() == 0.0) {
            let counted = CountedWord::all(&words);
            own.words.extend(counted.iter().map(|word| (word.hash ^ (word.hash >> 32)) as u32));
            let is_long = count(&counted) > LONG;
            for word in words.iter().filter(|_| !is_long) {
                let spaced: Vec<u8> = [b' '].into_iter().chain(word.bytes()).chain([b' ']).collect();
                own.grams.extend(spaced.windows(3).filter_map(|gram| Some(gram_place(gram.try_into().ok()?))));
            }
        }
        let field = self.field(path, table, own);
        field.values += 1;
        field.zeros += u64::from(text.len() > 1 && text.starts_with('0') && !text.starts_with("0."));
        if let Some(quantity) = quantity {
            field.quantities += 1;
            field.measured += u64::from(quantity.measure != Measure::Plain);
            field.fractions += u64::from(quantity.amount.fract() != 0.0);
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        field.lengths.get_mut(digits.min(15)).into_iter().for_each(|count| *count += 1);
        field.keep(text.to_owned(), table);
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
    /// times its mean coverage of the tables; the heaviest weighs 1. A field of quantities weighs half of what it would as
    /// a field of texts.
    pub fn freeze(self) -> Weights {
        let records = self.records.iter().sum();
        let weights = Weights::of_counts(records, self.words, self.grams);
        let told: Vec<(&String, f64, bool)> = self
            .fields
            .iter()
            .map(|(path, field)| {
                let is_quantity = field.is_quantity();
                let tells = if is_quantity { field.tells_by_quantities() } else { field.tells_by_words(&weights) };
                (path, field.coverage(&self.records) * tells, is_quantity)
            })
            .collect();
        let heaviest = told.iter().filter(|(_, _, is_quantity)| !is_quantity).map(|told| told.1).fold(0.0, f64::max);
        let heaviest = if heaviest > 0.0 { heaviest } else { 1.0 };
        let field = |(path, tells, is_quantity): (&String, f64, bool)| {
            let share = tells / heaviest * if is_quantity { QUANTITIES } else { 1.0 };
            let weight = (share * f64::from(ONE)).round().clamp(1.0, f64::from(4 * ONE)) as u32;
            (path.clone(), FieldWeight { weight, is_quantity })
        };
        let fields = told.into_iter().map(field).collect();
        weights.with_fields(fields)
    }
}

impl FieldCounts {
    fn keep(&mut self, mut text: String, table: usize) {
        if self.texts.len() <= table {
            self.texts.resize_with(table + 1, Vec::new);
        }
        let Some(texts) = self.texts.get_mut(table).filter(|texts| texts.len() < SAMPLE) else { return };
        while text.len() > SAMPLE_BYTES {
            text.pop();
        }
        texts.push(text);
    }

    /// Whether its values are quantities: nine in ten are, and they have units or fractions, or, if whole, are of many
    /// magnitudes. Years and codes, which have about as many digits each, are texts.
    fn is_quantity(&self) -> bool {
        let most = self.lengths.iter().max().copied().unwrap_or_default();
        let is_of_many_magnitudes = self.zeros == 0 && most * 10 < self.values * 7;
        self.quantities * 10 >= self.values * 9
            && self.quantities > 0
            && (self.measured * 2 >= self.values || self.fractions * 50 >= self.values || is_of_many_magnitudes)
    }

    /// The mean share of records that have it, over the tables.
    fn coverage(&self, records: &[u64]) -> f64 {
        let share = |(table, all): (usize, &u64)| {
            self.records.get(table).copied().unwrap_or_default() as f64 / (*all).max(1) as f64
        };
        records.iter().enumerate().map(share).sum::<f64>() / records.len().max(1) as f64
    }

    /// −ln of the mean cosine of two different texts, as bags of words by rarity. Long texts, which are known by half of
    /// what others are, tell √½ of that.
    fn tells_by_words(&self, weights: &Weights) -> f64 {
        let mut sums: BTreeMap<u64, f64> = BTreeMap::new();
        let (mut texts, mut length) = (0.0, 0.0);
        for text in self.texts.iter().flatten() {
            let words = CountedWord::all(&words_of(text));
            let weight = |word: &CountedWord| {
                weights.rarity_of_word(word.hash) as f64 * f64::from(word.quarters) / f64::from(QUARTERS)
            };
            let norm = words.iter().map(|word| weight(word) * weight(word)).sum::<f64>().sqrt();
            if norm > 0.0 {
                words.iter().for_each(|word| *sums.entry(word.hash).or_default() += weight(word) / norm);
                texts += 1.0;
                length += if count(&words) > LONG { std::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
            }
        }
        let squares = sums.values().map(|sum| sum * sum).sum();
        tells(texts, squares) * if texts > 0.0 { length / texts } else { 1.0 }
    }

    /// The same of quantities, by their nearness.
    fn tells_by_quantities(&self) -> f64 {
        let mut sums = vec![0.0; QUANTITY_DIMS];
        let mut parts = Parts::default();
        let mut count = 0.0;
        for quantity in self.texts.iter().flatten().filter_map(|text| quantity(text)) {
            let mut own = vec![0; QUANTITY_DIMS];
            parts.read_quantity(Quantity { measure: Measure::Plain, ..quantity }, 0);
            parts.add(&mut own);
            let norm = own.iter().map(|number| (*number as f64).powi(2)).sum::<f64>().sqrt().max(1.0);
            sums.iter_mut().zip(own).for_each(|(sum, number)| *sum += number as f64 / norm);
            count += 1.0;
        }
        tells(count, sums.iter().map(|sum| sum * sum).sum())
    }
}

/// −ln of the mean product of two different ones of so many unit vectors, from the square of their sum; 1 where there are
/// no two.
fn tells(count: f64, squares: f64) -> f64 {
    if count < 2.0 {
        return 1.0;
    }
    let mean = ((squares - count) / (count * (count - 1.0))).clamp(1e-5, 0.95);
    -ln(mean) as f64 / 65_536.0
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
