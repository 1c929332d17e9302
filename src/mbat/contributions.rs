//! Which fields, and which words and numbers of them, make two vectors near.
//!
//! A vector is a sum over the leaves of its value: ⟨x, y⟩ = Σ ⟨xₗ, y⟩. Each leaf's term is its contribution to the cosine, and
//! each word's of a leaf in turn, so that contributions add up to the cosine, but for rounding (10⁻⁵).

use super::binding::Binding;
use super::encoder::{BAG, BAG_KEY, DEPTH, Encoder, FIELDS, Lengths, Role, read_leaf, role};
use super::fixed::UNIT;
use super::path::{Path, Step};
use super::space::{ArrayForm, Space};
use super::terms::{Parts, Term, Token};
use super::vector::Vector;
use super::weights::ONE;
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::collections::BTreeMap;

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
        let mut walk = Walk {
            space,
            encoder: space.encoder(),
            other: numbers,
            path: Path::default(),
            bag: None,
            fields: Vec::new(),
        };
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
    bag: Option<Bag>,
    fields: Vec<Contribution>,
}

/// How the words and the 3-grams of the record's bag enter the whole: by a binding, times a factor each.
struct Bag {
    binding: Binding,
    factors: [f64; 2],
}

impl Walk<'_> {
    /// A value that enters the whole by a binding, times a factor.
    fn value(&mut self, value: &Value, binding: &Binding, factor: f64, depth: usize) {
        let plain = self.plain_path();
        let lengths = self.encoder.lengths(value, &plain, depth == 0);
        if depth >= DEPTH || (lengths.fields == 0.0 && lengths.whole == 0.0) {
            return;
        }
        match value {
            Value::Object(fields) => self.object(fields, binding, factor, depth, lengths),
            Value::Array(items) => {
                let form = self.space.settings().arrays.get(&plain).copied().unwrap_or_default();
                for (position, item) in (0..).zip(items) {
                    let step = Step::Item(position);
                    let next = match form {
                        ArrayForm::Bag => binding.clone(),
                        ArrayForm::Sequence => binding.after(&self.space.binding(&step, self.space.shared_slots())),
                    };
                    let factor = factor * f64::from(UNIT) / lengths.fields * f64::from(ONE);
                    self.step(step, item, &next, factor, depth);
                }
            }
            _ => self.leaf(value, binding, factor / lengths.fields),
        }
    }

    fn object(&mut self, fields: &Map<String, Value>, binding: &Binding, factor: f64, depth: usize, lengths: Lengths) {
        let (space, plain, unit) = (self.space, self.plain_path(), f64::from(UNIT));
        let within = |length: f64| if length > 0.0 { unit / length } else { 0.0 };
        let has_bag = lengths.bag.iter().any(|length| *length > 0.0);
        let share = if has_bag { FIELDS as f64 } else { f64::from(ONE) };
        // Of texts and objects; of quantities.
        let factors = match lengths.whole > 0.0 {
            true => [within(lengths.fields) * share * within(lengths.whole), within(lengths.whole)],
            false => [within(lengths.fields); 2],
        };
        if has_bag {
            let [words, grams, both] = lengths.bag;
            let of = |length: f64| within(length) / both * BAG as f64 * within(lengths.whole);
            let bag = space.binding(&Step::Key(BAG_KEY.to_owned()), 0);
            self.bag = Some(Bag { binding: binding.after(&bag), factors: [of(words), of(grams)] });
        }
        for (key, value) in fields {
            let step = Step::Key(key.clone());
            let weight = self.encoder.weight_at(value, &plain, key) as f64;
            let path = if plain.is_empty() { key.clone() } else { format!("{plain}.{key}") };
            let role = role(space, &path, value);
            let shared = if role == Role::Text { space.shared_slots() } else { 0 };
            let next = binding.after(&space.binding(&step, shared));
            let [of_text, of_quantity] = factors;
            let is_apart = role == Role::Quantity && space.weights().are_learned();
            let own = factor * weight * if is_apart { of_quantity } else { of_text };
            self.step(step, value, &next, own, depth);
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
        let mut parts = Parts::with_tokens();
        if !read_leaf(&mut parts, self.space, &self.plain_path(), value) {
            return;
        }
        let mut tokens: BTreeMap<Token, f64> = BTreeMap::new();
        for (token, term) in parts.tokens() {
            let cosine = self.seen(binding, term) * factor;
            *tokens.entry(token.clone()).or_default() += cosine;
        }
        if let Some(bag) = self.bag.as_ref().filter(|_| parts.is_text()) {
            for (token, term, part) in parts.apart() {
                let factor = bag.factors.get(part).copied().unwrap_or_default();
                *tokens.entry(token.clone()).or_default() += self.seen(&bag.binding, term) * factor;
            }
        }
        let mut tokens: Vec<(Token, f64)> = tokens.into_iter().collect();
        tokens.sort_by(|a, b| descending(a.1, b.1).then_with(|| a.0.cmp(&b.0)));
        let cosine = tokens.iter().map(|(_, cosine)| cosine).sum();
        self.fields.push(Contribution { path: self.path.clone(), cosine, tokens });
    }

    /// What the other vector has of a term, bound.
    fn seen(&self, binding: &Binding, term: Term) -> f64 {
        let seen = |(coordinate, is_negative): (usize, bool)| {
            let (place, turns) = binding.place(coordinate)?;
            let number = self.other.get(place)?;
            Some(if is_negative == turns { *number } else { -number })
        };
        term.atom.places(self.space.dims()).into_iter().filter_map(seen).sum::<f64>() * term.weight as f64
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
