//! Encoding: from a JSON value to its vector.
//!
//! Where weights were learned, a record is √0.7 of its texts, field by field, √0.3 of all their words in one bag, which sees
//! what stands in another field, and its quantities beside; the proportions are ours, chosen by retrieval without labels.
//! Without learned weights it is the sum of its fields.

use super::binding::Binding;
use super::fixed::{UNIT, unit_into};
use super::path::Step;
use super::space::{ArrayForm, Space};
use super::terms::Parts;
use super::vector::Vector;
use super::weights::ONE;
use crate::text::quantity::{Measure, Quantity, quantity};
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

/// Levels of nesting that are encoded; what lies deeper is left out.
pub const DEPTH: usize = 128;

/// Bindings that are kept for the next value.
const KEPT: usize = 4096;

/// √0.7 and √0.3 in parts of 1,024: the fields and the bag of a record.
pub(super) const FIELDS: i64 = 857;
pub(super) const BAG: i64 = 561;

/// The key of the bag, which no field has.
pub(super) const BAG_KEY: &str = "\u{0}words";

/// What a value counts as where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A text: in the shared slots it is comparable under all keys.
    Text,
    /// A quantity, which is seen under its own key alone, as is a boolean.
    Quantity,
    /// An object, or an array of some: bound as a whole.
    Object,
}

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
    bag: Bag,
}

/// The words and the 3-grams of all texts of a record.
#[derive(Debug, Default)]
struct Bag {
    /// Whether they are gathered.
    is_open: bool,
    words: Vec<i64>,
    grams: Vec<i64>,
    numbers: Vec<i32>,
}

/// The lengths of the sums that a value was made of, before each was made a unit.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lengths {
    /// Of its texts and objects, or of all its terms.
    pub fields: f64,
    /// Of all words, of all 3-grams, and of both as units; zeros where there is no bag.
    pub bag: [f64; 3],
    /// Of all of these together with the quantities; 0 where there was nothing to put together.
    pub whole: f64,
}

/// The bindings of a key.
#[derive(Debug)]
struct KeyBindings {
    /// Of texts: the shared slots stay as they are.
    of_text: Binding,
    /// Of quantities and objects.
    of_other: Binding,
}

#[derive(Debug, Default)]
struct Level {
    sums: Vec<i64>,
    /// The sum of the quantities, where it has some.
    quantities: Vec<i64>,
    has_quantities: bool,
    numbers: Vec<i32>,
    lengths: Lengths,
}

/// What the value of the field at a path counts as; an array counts as its items do.
pub(super) fn role(space: &Space, path: &str, value: &Value) -> Role {
    match value {
        Value::Object(_) => Role::Object,
        Value::Array(items) => {
            items.iter().map(|item| role(space, path, item)).max_by_key(|role| *role as u8).unwrap_or(Role::Text)
        }
        Value::Bool(_) => Role::Quantity,
        Value::Null => Role::Text,
        Value::Number(_) | Value::String(_) => match space.weights().field(path) {
            Some(field) if field.is_quantity => Role::Quantity,
            Some(_) if space.weights().are_learned() => Role::Text,
            _ => {
                let is_quantity = value.as_str().is_none_or(|text| quantity(text).is_some());
                if is_quantity { Role::Quantity } else { Role::Text }
            }
        },
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
            bag: Bag::default(),
        }
    }

    /// The vector of a value: of unit length, or zeros where the value says nothing.
    pub fn encode(&mut self, value: &Value) -> Vector {
        self.lengths(value, "", true);
        self.vector()
    }

    /// The vector of a text.
    pub fn encode_text(&mut self, text: &str) -> Vector {
        self.path.clear();
        self.bag.is_open = false;
        let weights = self.space.weights();
        let seed = self.space.settings().seed;
        match quantity(text).filter(|_| !weights.are_learned()) {
            Some(quantity) => self.parts.read_quantity(quantity, seed),
            None => self.parts.read_text(text, weights, seed),
        }
        self.begin(0);
        self.end_leaf(0);
        self.vector()
    }

    /// What was encoded last.
    fn vector(&self) -> Vector {
        Vector::new(self.levels.first().map(|level| level.numbers.clone()).unwrap_or_default())
    }

    /// Encodes a value at a path, as a whole record or as a part of one, and tells the lengths of its sums.
    pub(super) fn lengths(&mut self, value: &Value, path: &str, is_whole: bool) -> Lengths {
        path.clone_into(&mut self.path);
        self.bag.is_open = is_whole && value.is_object() && self.space.weights().are_learned();
        if self.bag.is_open {
            for sums in [&mut self.bag.words, &mut self.bag.grams] {
                sums.clear();
                sums.resize(self.space.dims(), 0);
            }
            self.bag.numbers.resize(self.space.dims(), 0);
        }
        self.encode_at(value, 0);
        self.levels.first().map(|level| level.lengths).unwrap_or_default()
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
            level.has_quantities = false;
            level.numbers.resize(dims, 0);
            level.lengths = Lengths::default();
        }
    }

    /// Encodes a value into the numbers of a level; returns whether it says anything.
    fn encode_at(&mut self, value: &Value, depth: usize) -> bool {
        self.begin(depth);
        if depth >= DEPTH {
            return self.end(depth);
        }
        match value {
            Value::Array(items) => self.encode_items(items, depth),
            Value::Object(fields) => self.encode_fields(fields, depth),
            _ if self.read_leaf(value) => self.end_leaf(depth),
            _ => self.end(depth),
        }
    }

    /// Reads the parts of a value that is neither object nor array; returns whether it has any.
    fn read_leaf(&mut self, value: &Value) -> bool {
        read_leaf(&mut self.parts, self.space, &self.path, value)
    }

    fn end_leaf(&mut self, depth: usize) -> bool {
        if let Some(level) = self.levels.get_mut(depth) {
            self.parts.add(&mut level.sums);
        }
        if self.bag.is_open && self.parts.is_text() {
            self.parts.add_apart([&mut self.bag.words, &mut self.bag.grams]);
        }
        self.end(depth)
    }

    /// Makes the level's sums a unit.
    fn end(&mut self, depth: usize) -> bool {
        let Some(level) = self.levels.get_mut(depth) else { return false };
        level.lengths.fields = unit_into(&level.sums, &mut level.numbers);
        level.lengths.fields > 0.0
    }

    fn encode_fields(&mut self, fields: &Map<String, Value>, depth: usize) -> bool {
        for (key, value) in fields {
            let length = self.enter(key);
            let weight = self.weight_of(value);
            if weight > 0 && self.encode_at(value, depth + 1) {
                self.keep_binding(key);
                let role = role(self.space, &self.path, value);
                let is_apart = role == Role::Quantity && self.space.weights().are_learned();
                let (above, below) = self.levels.split_at_mut(depth + 1);
                if let (Some(own), Some(child), Some(bindings)) = (above.last_mut(), below.first(), self.keys.get(key))
                {
                    let binding = if role == Role::Text { &bindings.of_text } else { &bindings.of_other };
                    binding.add_bound(&child.numbers, weight, own.sums_for(is_apart));
                }
            }
            self.path.truncate(length);
        }
        self.end_fields(depth)
    }

    /// Puts fields, bag and quantities together.
    fn end_fields(&mut self, depth: usize) -> bool {
        let has_fields = self.end(depth);
        let has_bag = depth == 0 && has_fields && self.bag.is_open;
        let Some(level) = self.levels.get_mut(depth) else { return false };
        if !has_bag && !level.has_quantities {
            return has_fields;
        }
        let share = if has_bag { FIELDS } else { i64::from(ONE) };
        let fields = level.sums.iter_mut().zip(&level.numbers);
        fields.for_each(|(sum, number)| *sum = share * i64::from(*number));
        if level.has_quantities {
            level.sums.iter_mut().zip(&level.quantities).for_each(|(sum, quantity)| *sum += quantity);
        }
        if has_bag {
            level.lengths.bag = self.bag.close();
            let binding = self.keys.entry(BAG_KEY.to_owned()).or_insert_with(|| KeyBindings::of(self.space, BAG_KEY));
            binding.of_other.add_bound(&self.bag.numbers, BAG, &mut level.sums);
        }
        level.lengths.whole = unit_into(&level.sums, &mut level.numbers);
        level.lengths.whole > 0.0
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
        if self.space.settings().excluded.contains(&self.path) {
            return 0;
        }
        field_weight(self.space, &mut self.path, value)
    }

    fn encode_items(&mut self, items: &[Value], depth: usize) -> bool {
        let form = self.space.settings().arrays.get(&self.path).copied().unwrap_or_default();
        for (position, item) in items.iter().enumerate() {
            if !self.encode_at(item, depth + 1) {
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
        self.keys.insert(key.to_owned(), KeyBindings::of(self.space, key));
    }
}

impl KeyBindings {
    fn of(space: &Space, key: &str) -> KeyBindings {
        let step = Step::Key(key.to_owned());
        let of_text = space.binding(&step, space.shared_slots());
        KeyBindings { of_text, of_other: space.binding(&step, 0) }
    }
}

impl Level {
    /// The sums that a field is added to: its own where it is a quantity beside the texts.
    fn sums_for(&mut self, is_apart: bool) -> &mut [i64] {
        if !is_apart {
            return &mut self.sums;
        }
        if !self.has_quantities {
            self.quantities.clear();
            self.quantities.resize(self.sums.len(), 0);
            self.has_quantities = true;
        }
        &mut self.quantities
    }
}

impl Bag {
    /// Makes the bag a unit of two halves; returns the lengths of words, of 3-grams, and of both as units.
    fn close(&mut self) -> [f64; 3] {
        let of_words = unit_into(&self.words, &mut self.numbers);
        self.words.iter_mut().zip(&self.numbers).for_each(|(sum, number)| *sum = i64::from(*number));
        let of_grams = unit_into(&self.grams, &mut self.numbers);
        self.words.iter_mut().zip(&self.numbers).for_each(|(sum, number)| *sum += i64::from(*number));
        [of_words, of_grams, unit_into(&self.words, &mut self.numbers)]
    }
}

/// Reads the parts of a value that is neither object nor array, in the field at a path; returns whether it has any.
pub(super) fn read_leaf(parts: &mut Parts, space: &Space, path: &str, value: &Value) -> bool {
    let seed = space.settings().seed;
    match (value, role(space, path, value)) {
        (Value::Bool(value), _) => parts.read_boolean(*value, seed),
        (Value::String(text), Role::Text) => parts.read_text(text, space.weights(), seed),
        (Value::Number(number), Role::Text) => parts.read_text(&number.to_string(), space.weights(), seed),
        (Value::String(_) | Value::Number(_), _) => match amount(value) {
            // In a table, a price of 0 is one that is not known.
            Some(quantity) if quantity.amount != 0.0 || !space.weights().are_learned() => {
                parts.read_quantity(quantity, seed);
            }
            _ => return false,
        },
        _ => return false,
    }
    true
}

/// The quantity that a value is, if it is one.
fn amount(value: &Value) -> Option<Quantity> {
    match value {
        Value::String(text) => quantity(text),
        Value::Number(number) => {
            let amount = number.as_f64().filter(|amount| amount.is_finite())?;
            Some(Quantity { amount, measure: Measure::Plain })
        }
        _ => None,
    }
}

/// The weight of a field, in parts of 1,024.
pub(super) fn field_weight(space: &Space, path: &mut String, value: &Value) -> i64 {
    let Value::Object(fields) = value else { return space.weights().of_field(path).into() };
    if let Some(own) = space.weights().field(path) {
        return own.weight.into();
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
