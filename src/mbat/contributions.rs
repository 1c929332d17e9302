//! Which fields, and which words and numbers of them, make two vectors near.
//!
//! A vector is a sum over the leaves of its value: ⟨x, y⟩ = Σ ⟨xₗ, y⟩. Each leaf's term is its contribution to the cosine, and
//! each word's of a leaf in turn, so that contributions add up to the cosine, but for rounding (10⁻⁵).

use super::binding::Binding;
use super::encoder::{DEPTH, Encoder, is_object};
use super::fixed::UNIT;
use super::path::{Path, Step};
use super::space::{ArrayForm, Space};
use super::terms::{Parts, Token};
use super::vector::Vector;
use super::weights::ONE;
use crate::text::quantity::{Measure, Quantity};
use serde_json::Value;
use std::cmp::Ordering;

/// What a field adds to the cosine.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// The field.
    pub path: Path,
    /// What it adds: what it shares with the other vector, under whatever key. Noise is about 1/√dimensions.
    pub cosine: f64,
    /// What each of its words, 3-grams and numbers adds, the most first.
    pub tokens: Vec<(Token, f64)>,
}

/// A cosine and what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// The sum of the contributions: the cosine.
    pub cosine: f64,
    /// By field, the most first.
    pub fields: Vec<Contribution>,
}

impl Contributions {
    /// What each field of `value` adds to the cosine of its vector with another one.
    ///
    /// Time: that of encoding the value once for each level of nesting.
    ///
    /// ```
    /// use cognate::mbat::{Contributions, Space};
    /// use serde_json::json;
    /// let space = Space::new(512, 7)?;
    /// let query = json!({"name": "blender", "price": 50});
    /// let found = space.encode(&json!({"name": "blender", "price": 900}));
    /// let why = Contributions::of(&space, &query, &found);
    /// assert_eq!(why.fields[0].path.to_string(), "name");
    /// assert!((why.cosine - space.encode(&query).cosine(&found)).abs() < 1e-5);
    /// # Ok::<(), cognate::error::Error>(())
    /// ```
    pub fn of(space: &Space, value: &Value, other: &Vector) -> Contributions {
        let length = other.length();
        let unit = if length > 0.0 { f64::from(UNIT) * length } else { f64::INFINITY };
        let numbers = other.numbers().iter().map(|number| f64::from(*number) / unit).collect();
        let mut walk =
            Walk { space, encoder: space.encoder(), other: numbers, path: Path::default(), fields: Vec::new() };
        walk.value(value, &Binding::identity(space.dims()), 1.0, 0);
        let mut fields = walk.fields;
        fields.sort_by(|a, b| descending(a.cosine, b.cosine).then_with(|| a.path.cmp(&b.path)));
        Contributions { cosine: fields.iter().map(|field| field.cosine).sum(), fields }
    }
}

fn descending(a: f64, b: f64) -> Ordering {
    b.total_cmp(&a)
}

struct Walk<'s> {
    space: &'s Space,
    encoder: Encoder<'s>,
    other: Vec<f64>,
    path: Path,
    fields: Vec<Contribution>,
}

impl Walk<'_> {
    /// A value that enters the whole by a binding, times a factor.
    fn value(&mut self, value: &Value, binding: &Binding, factor: f64, depth: usize) {
        let plain = self.plain_path();
        let length = self.encoder.length_at(value, &plain);
        if length == 0.0 || depth >= DEPTH {
            return;
        }
        let space = self.space;
        let within = factor * f64::from(UNIT) / length;
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let step = Step::Key(key.clone());
                    let shared = if is_object(value) { 0 } else { space.shared_slots() };
                    let weight = self.encoder.weight_at(value, &plain, key) as f64;
                    let next = binding.after(&space.binding(&step, shared));
                    self.step(step, value, &next, within * weight, depth);
                }
            }
            Value::Array(items) => {
                let form = space.settings().arrays.get(&plain).copied().unwrap_or_default();
                for (position, item) in (0..).zip(items) {
                    let step = Step::Item(position);
                    let next = match form {
                        ArrayForm::Bag => binding.clone(),
                        ArrayForm::Sequence => binding.after(&space.binding(&step, space.shared_slots())),
                    };
                    self.step(step, item, &next, within * f64::from(ONE), depth);
                }
            }
            _ => self.leaf(value, binding, factor / length),
        }
    }

    fn step(&mut self, step: Step, value: &Value, binding: &Binding, factor: f64, depth: usize) {
        self.path.push(step);
        if factor > 0.0 {
            self.value(value, binding, factor, depth + 1);
        }
        self.path.pop();
    }

    fn leaf(&mut self, value: &Value, binding: &Binding, factor: f64) {
        let seed = self.space.settings().seed;
        let mut parts = Parts::with_tokens();
        match value {
            Value::Bool(value) => parts.read_boolean(*value, seed),
            Value::Number(number) => {
                let amount = number.as_f64().unwrap_or_default();
                parts.read_quantity(Quantity { amount, measure: Measure::Plain }, seed);
            }
            Value::String(text) => parts.read_text(text, self.space.weights(), seed),
            _ => return,
        }
        let dims = self.space.dims();
        let mut tokens: Vec<(Token, f64)> = Vec::new();
        for (token, term) in parts.tokens() {
            let seen: f64 = term.atom.places(dims).into_iter().filter_map(|place| self.seen(binding, place)).sum();
            let cosine = seen * term.weight as f64 * factor;
            match tokens.iter_mut().find(|(known, _)| known == token) {
                Some((_, sum)) => *sum += cosine,
                None => tokens.push((token.clone(), cosine)),
            }
        }
        tokens.sort_by(|a, b| descending(a.1, b.1).then_with(|| a.0.cmp(&b.0)));
        let cosine = tokens.iter().map(|(_, cosine)| cosine).sum();
        self.fields.push(Contribution { path: self.path.clone(), cosine, tokens });
    }

    /// What the other vector has where the binding takes a coordinate.
    fn seen(&self, binding: &Binding, (coordinate, is_negative): (usize, bool)) -> Option<f64> {
        let (place, turns) = binding.place(coordinate)?;
        let number = self.other.get(place)?;
        Some(if is_negative == turns { *number } else { -number })
    }

    /// The path by keys alone, as weights know it.
    fn plain_path(&self) -> String {
        let keys = self.path.steps().iter().filter_map(|step| match step {
            Step::Key(name) => Some(name.as_str()),
            Step::Item(_) => None,
        });
        keys.collect::<Vec<_>>().join(".")
    }
}
