//! Encoding: from a JSON value to its vector.

use super::binding::Binding;
use super::fixed::{UNIT, unit_into};
use super::path::Step;
use super::space::{ArrayForm, Space};
use super::terms::Parts;
use super::vector::Vector;
use super::weights::ONE;
use crate::text::quantity::{Measure, Quantity};
use rustc_hash::FxHashMap;
use serde_json::Value;

/// Levels of nesting that are encoded; what lies deeper is left out.
pub const DEPTH: usize = 128;

/// Bindings that are kept for the next value.
const KEPT: usize = 4096;

/// Encodes values of a space one after the other, in memory that is used again.
#[derive(Debug)]
pub struct Encoder<'s> {
    space: &'s Space,
    parts: Parts,
    /// By name of the key: the bindings of values that stand there.
    keys: FxHashMap<String, KeyBindings>,
    positions: Vec<Binding>,
    /// Sums and numbers for each level of nesting.
    levels: Vec<Level>,
    /// The path of the present value, without the places of arrays.
    path: String,
}

/// The bindings of a key.
#[derive(Debug)]
struct KeyBindings {
    /// Of texts, numbers and arrays: the shared slots stay as they are.
    of_leaf: Binding,
    /// Of objects.
    of_object: Binding,
}

#[derive(Debug, Default)]
struct Level {
    sums: Vec<i64>,
    numbers: Vec<i32>,
}

/// Whether a value is bound as an object: an array is one where its items are.
pub(super) fn is_object(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(items) => items.iter().any(is_object),
        _ => false,
    }
}

impl<'s> Encoder<'s> {
    pub(super) fn new(space: &'s Space) -> Encoder<'s> {
        Encoder {
            space,
            parts: Parts::default(),
            keys: FxHashMap::default(),
            positions: Vec::new(),
            levels: Vec::new(),
            path: String::new(),
        }
    }

    /// The vector of a value: of unit length, or zeros where the value says nothing.
    pub fn encode(&mut self, value: &Value) -> Vector {
        self.path.clear();
        self.encode_at(value, 0);
        Vector::new(self.levels.first().map(|level| level.numbers.clone()).unwrap_or_default())
    }

    /// The vector of a text.
    pub fn encode_text(&mut self, text: &str) -> Vector {
        self.begin(0);
        self.parts.read_text(text, self.space.weights(), self.space.settings().seed);
        self.end_leaf(0);
        Vector::new(self.levels.first().map(|level| level.numbers.clone()).unwrap_or_default())
    }

    /// The length of the sum that a value at a path is, before it is made a unit; 0 where it says nothing.
    pub(super) fn length_at(&mut self, value: &Value, path: &str) -> f64 {
        path.clone_into(&mut self.path);
        self.encode_at(value, 0)
    }

    /// The weight of the value of a key in an object at a path.
    pub(super) fn weight_at(&mut self, value: &Value, path: &str, key: &str) -> i64 {
        path.clone_into(&mut self.path);
        self.enter(key);
        self.weight_of(value)
    }

    /// Makes the level's sums zeros.
    fn begin(&mut self, depth: usize) {
        let dims = self.space.dims();
        if self.levels.len() <= depth {
            self.levels.resize_with(depth + 1, Level::default);
        }
        if let Some(level) = self.levels.get_mut(depth) {
            level.sums.clear();
            level.sums.resize(dims, 0);
            level.numbers.resize(dims, 0);
        }
    }

    /// Encodes a value into the numbers of a level; returns the length that its sum had, 0 where it says nothing.
    fn encode_at(&mut self, value: &Value, depth: usize) -> f64 {
        self.begin(depth);
        if depth >= DEPTH {
            return self.end(depth);
        }
        let seed = self.space.settings().seed;
        match value {
            Value::Null => return self.end(depth),
            Value::Bool(value) => self.parts.read_boolean(*value, seed),
            Value::Number(number) => match number.as_f64().filter(|amount| amount.is_finite()) {
                Some(amount) => self.parts.read_quantity(Quantity { amount, measure: Measure::Plain }, seed),
                None => return self.end(depth),
            },
            Value::String(text) => self.parts.read_text(text, self.space.weights(), seed),
            Value::Array(items) => return self.encode_items(items, depth),
            Value::Object(fields) => return self.encode_fields(fields, depth),
        }
        self.end_leaf(depth)
    }

    fn end_leaf(&mut self, depth: usize) -> f64 {
        if let Some(level) = self.levels.get_mut(depth) {
            self.parts.add(&mut level.sums);
        }
        self.end(depth)
    }

    fn end(&mut self, depth: usize) -> f64 {
        self.levels.get_mut(depth).map_or(0.0, |level| unit_into(&level.sums, &mut level.numbers))
    }

    fn encode_fields(&mut self, fields: &serde_json::Map<String, Value>, depth: usize) -> f64 {
        for (key, value) in fields {
            let length = self.enter(key);
            let weight = self.weight_of(value);
            if weight > 0 && self.encode_at(value, depth + 1) > 0.0 {
                self.keep_binding(key);
                let (above, below) = self.levels.split_at_mut(depth + 1);
                if let (Some(own), Some(child), Some(bindings)) = (above.last_mut(), below.first(), self.keys.get(key))
                {
                    let binding = if is_object(value) { &bindings.of_object } else { &bindings.of_leaf };
                    binding.add_bound(&child.numbers, weight, &mut own.sums);
                }
            }
            self.path.truncate(length);
        }
        self.end(depth)
    }

    /// Steps into a key's value; returns the length of the path before.
    fn enter(&mut self, key: &str) -> usize {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(key);
        length
    }

    /// The weight of the field at the present path; of an object, the root of the sum of the squares of its fields'.
    fn weight_of(&mut self, value: &Value) -> i64 {
        if self.space.settings().excluded.iter().any(|path| *path == self.path) {
            return 0;
        }
        field_weight(self.space, &mut self.path, value)
    }

    fn encode_items(&mut self, items: &[Value], depth: usize) -> f64 {
        let form = self.space.settings().arrays.get(&self.path).copied().unwrap_or_default();
        for (position, item) in items.iter().enumerate() {
            if self.encode_at(item, depth + 1) == 0.0 {
                continue;
            }
            let (above, below) = self.levels.split_at_mut(depth + 1);
            let (Some(own), Some(child)) = (above.last_mut(), below.first()) else { continue };
            match form {
                ArrayForm::Bag => {
                    let sums = own.sums.iter_mut().zip(&child.numbers);
                    sums.for_each(|(sum, number)| *sum += i64::from(ONE) * i64::from(*number));
                }
                ArrayForm::Sequence => {
                    let space = self.space;
                    let binding = |position: usize| space.binding(&Step::Item(position as u64), space.shared_slots());
                    if position == self.positions.len() && position < KEPT {
                        self.positions.push(binding(position));
                    }
                    match self.positions.get(position) {
                        Some(kept) => kept.add_bound(&child.numbers, ONE.into(), &mut own.sums),
                        None => binding(position).add_bound(&child.numbers, ONE.into(), &mut own.sums),
                    }
                }
            }
        }
        self.end(depth)
    }

    fn keep_binding(&mut self, key: &str) {
        if self.keys.contains_key(key) {
            return;
        }
        if self.keys.len() >= KEPT {
            self.keys.clear();
        }
        let step = Step::Key(key.to_owned());
        let of_leaf = self.space.binding(&step, self.space.shared_slots());
        let of_object = self.space.binding(&step, 0);
        self.keys.insert(key.to_owned(), KeyBindings { of_leaf, of_object });
    }
}

/// The weight of a field, in parts of 1,024.
pub(super) fn field_weight(space: &Space, path: &mut String, value: &Value) -> i64 {
    let Value::Object(fields) = value else { return space.weights().of_field(path).into() };
    if let Some(own) = space.weights().of_object(path) {
        return own.into();
    }
    let mut squares = 0_u64;
    for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let length = path.len();
        path.push('.');
        path.push_str(key);
        squares +=
            if value.is_object() { u64::from(ONE).pow(2) } else { u64::from(space.weights().of_field(path)).pow(2) };
        path.truncate(length);
    }
    squares.isqrt().min(u64::from(UNIT.unsigned_abs() >> 8)) as i64
}
