//! The space that records are turned into vectors of: its settings, its weights, and what can be asked of it.

use super::binding::{Binding, slots};
use super::encoder::Encoder;
use super::path::{Path, Step};
use super::vector::Vector;
use super::weights::Weights;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Dimensions of a vector where nothing else is said.
pub const DIMS: usize = 512;

/// What an array is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum ArrayForm {
    /// Its order counts: each item is bound by its place, but for the shared slots, in which items are comparable in all
    /// places ([`Settings::shared`]).
    #[default]
    Sequence,
    /// Its order does not count.
    Bag,
}

/// What makes a space. Two vectors can be compared when they are of one space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Dimensions: a multiple of 64, from 64 to 32,768.
    pub dims: usize,
    /// The seed of all that is drawn.
    pub seed: u64,
    /// The share of the space, in percent, in which values can be compared under all keys, and items in all places of an
    /// array: the ρ of soft keys. In the rest a value is seen under its own key alone.
    pub shared: u8,
    /// Whether keys of similar names (`colour`, `color`) bind alike.
    pub similar_keys: bool,
    /// Arrays that are not sequences, by the path of the field.
    pub arrays: BTreeMap<String, ArrayForm>,
    /// Paths that are left out.
    pub excluded: Vec<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { dims: DIMS, seed: 0, shared: 50, similar_keys: true, arrays: BTreeMap::new(), excluded: Vec::new() }
    }
}

/// A space: any JSON value has a vector in it, and similar values have near ones.
///
/// - An object is the sum of its values, each bound by its key; a nested object is bound as a whole.
/// - An array is the sum of its items, each bound by its place (or not: [`ArrayForm::Bag`]).
/// - A text is the sum of its words and 3-grams, by their weights; a number is what lies around it on a logarithmic scale;
///   quantities with units, currencies and dates are numbers of their own kind.
/// - `true` and `false` are atoms. `null` is missing; what is missing, or says nothing, leaves nothing.
///
/// Each sum is of unit length before it is bound, so that depth does not dilute. What is nested deeper than
/// [`super::encoder::DEPTH`] is left out.
///
/// That objects are sums of bound values and that orthogonal maps keep them apart is Gallant's (arXiv 2202.04771, abstract);
/// how texts, numbers and similar keys become soft, and which maps are drawn, is ours.
///
/// ```
/// use cognate::mbat::Space;
/// use serde_json::json;
/// let space = Space::new(1024, 7)?;
/// let [one, near, far] = [
///     json!({"name": "Acme blender 300 W", "price": 49.9}),
///     json!({"title": "ACME Blender 300W", "price": "$51.00"}),
///     json!({"name": "garden chair", "price": 20}),
/// ].map(|record| space.encode(&record));
/// assert!(one.cosine(&near) > one.cosine(&far) + 0.2);
/// # Ok::<(), cognate::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Space {
    settings: Settings,
    weights: Weights,
}

impl Space {
    /// A space of so many dimensions with default settings, in which all words and fields weigh the same.
    ///
    /// # Errors
    /// Those of [`Space::with`].
    pub fn new(dims: usize, seed: u64) -> Result<Space> {
        Space::with(Settings { dims, seed, ..Settings::default() }, Weights::default())
    }

    /// A space of settings and weights.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Usage`] for dimensions that are not a multiple of 64 from 64 to 32,768, and for a share
    /// above 100 percent.
    pub fn with(settings: Settings, weights: Weights) -> Result<Space> {
        if !(64..=32_768).contains(&settings.dims) || !settings.dims.is_multiple_of(64) {
            let dims = settings.dims;
            return Err(Error::usage(format!("{dims} dimensions: give a multiple of 64, from 64 to 32768")));
        }
        if settings.shared > 100 {
            return Err(Error::usage(format!("a share of {} %: give 0 to 100", settings.shared)));
        }
        Ok(Space { settings, weights })
    }

    /// Its settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What words and fields weigh in it.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Dimensions of its vectors.
    pub fn dims(&self) -> usize {
        self.settings.dims
    }

    /// The coordinates in which values can be compared under all keys.
    fn shared_coordinates(&self) -> usize {
        self.shared_slots() * self.dims() / slots(self.dims())
    }

    /// The slots in which values can be compared under all keys.
    pub(super) fn shared_slots(&self) -> usize {
        (slots(self.dims()) * usize::from(self.settings.shared) + 50) / 100
    }

    /// What encodes one value after the other; faster than [`Space::encode`] for many. One for each thread.
    pub fn encoder(&self) -> Encoder<'_> {
        Encoder::new(self)
    }

    /// The vector of a value: of unit length, or zeros where the value says nothing.
    pub fn encode(&self, value: &Value) -> Vector {
        self.encoder().encode(value)
    }

    /// What a vector holds at a path such as `specs.color` or `tags[0]`: the product with the transposes of the bindings
    /// on the way. What other paths hold becomes noise, about √(number of fields / dimensions) of the whole.
    ///
    /// The shared slots, which hold all fields at once, come out as zeros. The result is not of unit length.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Usage`] for a path that cannot be read or a vector of other dimensions.
    pub fn unbind(&self, vector: &Vector, path: &str) -> Result<Vector> {
        if vector.numbers().len() != self.dims() {
            let (has, wants) = (vector.numbers().len(), self.dims());
            return Err(Error::usage(format!("a vector of {has} dimensions in a space of {wants}")));
        }
        let mut numbers = vector.numbers().to_vec();
        for step in Path::read(path)?.steps() {
            numbers = self.binding(step, 0).unbind(&numbers);
        }
        let shared = self.shared_coordinates();
        numbers.iter_mut().take(shared).for_each(|number| *number = 0);
        Ok(Vector::new(numbers))
    }

    /// The text of a codebook whose vector is nearest to one that was unbound, with the cosine of the two in those slots
    /// that are not shared; of equally near ones the first. `None` for a codebook without anything that has a vector.
    ///
    /// ```
    /// use cognate::mbat::Space;
    /// use serde_json::json;
    /// let space = Space::new(1024, 7)?;
    /// let record = space.encode(&json!({"name": "lamp", "specs": {"color": "red", "socket": "E27"}}));
    /// let color = space.unbind(&record, "specs.color")?;
    /// let (token, _) = space.nearest_token(&color, ["blue", "green", "red", "white"]).unwrap();
    /// assert_eq!(token, "red");
    /// # Ok::<(), cognate::error::Error>(())
    /// ```
    pub fn nearest_token<'t>(
        &self,
        unbound: &Vector,
        codebook: impl IntoIterator<Item = &'t str>,
    ) -> Option<(&'t str, f64)> {
        let shared = self.shared_coordinates();
        let mut encoder = self.encoder();
        let mut best: Option<(&str, f64)> = None;
        for token in codebook {
            let mut numbers = encoder.encode_text(token).numbers().to_vec();
            numbers.iter_mut().take(shared).for_each(|number| *number = 0);
            let vector = Vector::new(numbers);
            let cosine = unbound.cosine(&vector);
            if !vector.is_zero() && best.is_none_or(|(_, known)| cosine > known) {
                best = Some((token, cosine));
            }
        }
        best
    }

    /// The binding of a step of a path, with so many shared slots.
    pub(super) fn binding(&self, step: &Step, shared: usize) -> Binding {
        let Settings { dims, seed, similar_keys, .. } = self.settings;
        match step {
            Step::Key(name) => Binding::of_key(name, dims, seed, shared, similar_keys),
            Step::Item(position) => Binding::of_position(*position, dims, seed, shared),
        }
    }
}
