//! Binding: a signed permutation for each key, drawn from its name, which a vector is turned by.
//!
//! A signed permutation is an orthogonal matrix, so it keeps lengths and inner products, its inverse is its transpose, and
//! both hold for any product of several: what Gallant, "Orthogonal Matrices for MBAT Vector Symbolic Architectures"
//! (arXiv 2202.04771, abstract), asks of a binding. Which orthogonal matrices that paper draws is not known to us; signed
//! permutations are our choice. They cost one addition a coordinate, need no arithmetic but that, and so are exact.
//!
//! The coordinates are cut into slots, and each slot is permuted within itself. A slot's permutation is drawn from one
//! *feature* of the key's name, a word or a 3-gram of it: the one with the least hash for this slot (min-wise hashing:
//! Broder, "On the resemblance and containment of documents", 1997). Two names therefore have about as large a share of
//! their slots in common as of their features: of `colour` and `color` a third, of unrelated names hardly one, and either map is
//! exactly orthogonal. This soft binding is ours, too.
//!
//! A binding may leave its first slots as they are (*shared* slots): what stands there is comparable under all keys.

use super::atoms::mix;
use crate::text::grams::grams;
use crate::text::hash::stable_hash;
use crate::text::{fold, tokenize};

/// Slots at most; of few dimensions there are fewer, so that each has sixteen coordinates.
pub const SLOTS: usize = 32;

const SIGN: u16 = 1 << 15;
const PLACE: u16 = SIGN - 1;

/// The number of slots of a space.
pub fn slots(dims: usize) -> usize {
    (dims / 16).clamp(1, SLOTS)
}

/// A signed permutation of coordinates: coordinate i goes to a place, with or without a change of its sign.
///
/// Two bytes a coordinate: 1 KiB for 512 dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// By coordinate: where it goes in the low 15 bits, whether its sign changes in the top one.
    table: Box<[u16]>,
}

impl Binding {
    /// The binding that changes nothing.
    pub fn identity(dims: usize) -> Binding {
        Binding { table: (0..dims).map(|place| place as u16 & PLACE).collect() }
    }

    /// The binding of a key of an object. The first `shared` slots stay as they are.
    ///
    /// `similar` says whether keys of similar names have similar bindings; else each name has one of its own.
    ///
    /// ```
    /// use cognate::mbat::Binding;
    /// let color = Binding::of_key("color", 512, 7, 0, true);
    /// let vector: Vec<i32> = (0..512).collect();
    /// assert_eq!(color.unbind(&color.bind(&vector)), vector);
    /// ```
    pub fn of_key(name: &str, dims: usize, seed: u64, shared: usize, similar: bool) -> Binding {
        let features = if similar { features(name) } else { Vec::new() };
        let whole = stable_hash(name.bytes());
        Binding::by_slot(dims, shared, |slot| {
            let salt = mix(seed ^ KEY, slot);
            match features.is_empty() {
                true => mix(salt, whole),
                false => features.iter().map(|feature| mix(salt, *feature)).min().unwrap_or_default(),
            }
        })
    }

    /// The binding of a place in an array, counted from 0. The first `shared` slots stay as they are.
    pub fn of_position(position: u64, dims: usize, seed: u64, shared: usize) -> Binding {
        Binding::by_slot(dims, shared, |slot| mix(mix(seed ^ POSITION, slot), position))
    }

    /// Draws each slot's permutation (Fisher and Yates) and signs from the number that it is given.
    fn by_slot(dims: usize, shared: usize, draw: impl Fn(u64) -> u64) -> Binding {
        let slots = slots(dims);
        let mut table = Vec::with_capacity(dims);
        for slot in 0..slots {
            let (start, end) = (slot * dims / slots, (slot + 1) * dims / slots);
            let mut places: Vec<u16> = (start..end).map(|place| place as u16 & PLACE).collect();
            if slot >= shared {
                let mut state = draw(slot as u64);
                for last in (1..places.len()).rev() {
                    state = mix(state, 1);
                    let other = ((u128::from(state) * (last as u128 + 1)) >> 64) as usize;
                    places.swap(last, other);
                }
                for (place, other) in (0_u64..).zip(&mut places) {
                    *other |= if mix(state, place + 2) >> 63 == 1 { SIGN } else { 0 };
                }
            }
            table.extend(places);
        }
        Binding { table: table.into() }
    }

    /// The number of dimensions.
    pub fn dims(&self) -> usize {
        self.table.len()
    }

    /// Where a coordinate goes, and whether its sign changes.
    pub fn place(&self, coordinate: usize) -> Option<(usize, bool)> {
        self.table.get(coordinate).map(|entry| (usize::from(entry & PLACE), entry & SIGN != 0))
    }

    /// The bound vector, M·v.
    pub fn bind(&self, vector: &[i32]) -> Vec<i32> {
        let mut bound = vec![0; self.dims()];
        for (entry, number) in self.table.iter().zip(vector) {
            if let Some(slot) = bound.get_mut(usize::from(entry & PLACE)) {
                *slot = if entry & SIGN == 0 { *number } else { -number };
            }
        }
        bound
    }

    /// Adds a bound vector, times a weight, to sums: sums + weight·M·v.
    pub fn add_bound(&self, vector: &[i32], weight: i64, sums: &mut [i64]) {
        for (entry, number) in self.table.iter().zip(vector) {
            let signed = if entry & SIGN == 0 { weight } else { -weight };
            if let Some(sum) = sums.get_mut(usize::from(entry & PLACE)) {
                *sum += signed * i64::from(*number);
            }
        }
    }

    /// The vector that was bound, Mᵀ·v.
    pub fn unbind(&self, vector: &[i32]) -> Vec<i32> {
        let number = |entry: &u16| {
            let number = vector.get(usize::from(entry & PLACE)).copied().unwrap_or_default();
            if entry & SIGN == 0 { number } else { -number }
        };
        self.table.iter().map(number).collect()
    }

    /// The product with a binding that comes first: binding by the result is binding by `inner`, then by this one.
    #[must_use]
    pub fn after(&self, inner: &Binding) -> Binding {
        let outer = |entry: &u16| {
            let outer = self.table.get(usize::from(entry & PLACE)).copied().unwrap_or_default();
            outer ^ (entry & SIGN)
        };
        Binding { table: inner.table.iter().map(outer).collect() }
    }
}

const KEY: u64 = 0x6b65_795f_6e61_6d65;
const POSITION: u64 = 0x706f_7369_7469_6f6e;

/// The features of a key's name: its words, and the 3-grams of them.
fn features(name: &str) -> Vec<u64> {
    let spaced = word_boundaries(name);
    let words = tokenize(&fold(&spaced));
    let of_words = words.iter().map(|word| mix(stable_hash(word.bytes()), 1));
    let of_grams = grams(words.iter().map(String::as_str)).into_iter().map(|gram| mix(u64::from(gram), 0));
    of_words.chain(of_grams).collect()
}

/// A name with spaces where a capital letter follows a small one: `screenSize`.
fn word_boundaries(name: &str) -> String {
    let mut spaced = String::with_capacity(name.len() + 4);
    let mut after_small = false;
    for character in name.chars() {
        if after_small && character.is_uppercase() {
            spaced.push(' ');
        }
        after_small = character.is_lowercase();
        spaced.push(character);
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The share of coordinates that two keys bind alike, over many seeds.
    fn agreement(left: &str, right: &str) -> f64 {
        let of_seed = |seed| {
            let [left, right] = [left, right].map(|name| Binding::of_key(name, 512, seed, 0, true));
            left.table.iter().zip(&right.table).filter(|(a, b)| a == b).count()
        };
        (0..30).map(of_seed).sum::<usize>() as f64 / 30.0 / 512.0
    }

    #[test]
    fn similar_names_bind_alike() {
        assert!(agreement("colour", "color") > 0.25);
        assert!(agreement("screen size", "display_size") > 0.2);
        assert!((agreement("screenSize", "screen-size") - 1.0).abs() < 1e-9);
        assert!(agreement("price", "brand") < 0.1);
    }

    #[test]
    fn shared_slots_stay_as_they_are() {
        let vector: Vec<i32> = (1..=512).collect();
        let bound = Binding::of_key("title", 512, 1, 16, true).bind(&vector);
        assert_eq!(bound[..256], vector[..256]);
        assert_ne!(bound[256..], vector[256..]);
    }

    #[test]
    fn names_without_letters_have_bindings_of_their_own() {
        let [one, other] = ["", "?!"].map(|name| Binding::of_key(name, 512, 1, 0, true));
        assert_ne!(one, other);
    }

    proptest! {
        #[test]
        fn bindings_are_orthogonal_in_any_product(
            names in proptest::collection::vec("\\PC{0,12}", 1..8),
            vector in proptest::collection::vec(-1000..1000, 192),
            other in proptest::collection::vec(-1000..1000, 192),
            seed: u64,
        ) {
            let bindings: Vec<Binding> =
                names.iter().map(|name| Binding::of_key(name, 192, seed, name.len() % 3, true)).collect();
            let product = bindings.iter().fold(Binding::identity(192), |product, next| next.after(&product));
            let one_by_one = bindings.iter().fold(vector.clone(), |vector, next| next.bind(&vector));
            let bound = product.bind(&vector);
            prop_assert_eq!(&bound, &one_by_one);
            prop_assert_eq!(product.unbind(&bound), vector.clone());
            let inner = |a: &[i32], b: &[i32]| a.iter().zip(b).map(|(a, b)| i64::from(*a) * i64::from(*b)).sum::<i64>();
            prop_assert_eq!(inner(&bound, &product.bind(&other)), inner(&vector, &other));
        }
    }
}
