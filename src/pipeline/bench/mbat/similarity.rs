//! What vectors of JSON values promise of their cosines, on made-up values in strict and in soft spaces.

use super::property::{Property, Spread};
use crate::error::Result;
use crate::mbat::atoms::mix;
use crate::mbat::{Settings, Space, Vector, Weights};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Spaces of different seeds in which a cosine is measured.
const SPACES: u64 = 60;

/// The digest of the golden values' vectors ([`golden`]); it changes with the format of vectors alone.
const GOLDEN: &str = "530938c340cb209c";

/// A space in which no two keys and no two places have anything in common.
///
/// # Errors
/// Those of [`Space::with`].
pub fn strict(dims: usize, seed: u64) -> Result<Space> {
    let settings = Settings { dims, seed, shared: 0, similar_keys: false, ..Settings::default() };
    Space::with(settings, Weights::default())
}

/// The made-up word of a number: eight letters, so that hardly any two words have a 3-gram in common.
pub fn word(number: u64) -> String {
    let bits = mix(0x776f_7264, number);
    (0..8).map(|place| char::from(b'a' + ((bits >> (8 * place)) & 0xff) as u8 % 26)).collect()
}

/// Vectors in many spaces of the same settings.
struct Spaces(Vec<Space>);

impl Spaces {
    fn strict(dims: usize, seed: u64) -> Result<Spaces> {
        (0..SPACES).map(|space| strict(dims, mix(seed, space))).collect::<Result<_>>().map(Spaces)
    }

    fn soft(dims: usize, seed: u64) -> Result<Spaces> {
        (0..SPACES).map(|space| Space::new(dims, mix(seed, space))).collect::<Result<_>>().map(Spaces)
    }

    /// The cosines of two values.
    fn cosines(&self, left: &Value, right: &Value) -> Spread {
        self.spread(|space| {
            let mut encoder = space.encoder();
            encoder.encode(left).cosine(&encoder.encode(right))
        })
    }

    fn spread(&self, figure: impl Fn(&Space) -> f64) -> Spread {
        Spread::of(self.0.iter().map(figure))
    }
}

/// An object of some words under keys; words are told by number.
fn object(words: impl IntoIterator<Item = u64>) -> Value {
    let field = |(place, number): (usize, u64)| (format!("key {place}"), Value::from(word(number)));
    words.into_iter().enumerate().map(field).collect::<Map<_, _>>().into()
}

fn array(words: &[u64]) -> Value {
    words.iter().map(|number| word(*number)).collect()
}

/// The properties of vectors of values.
///
/// Bounds are in σ = 1/√dimensions, the noise of a single cosine of unrelated vectors: means over spaces of different seeds
/// are to be within one σ of what is expected.
///
/// # Errors
/// Those of [`Space::with`].
pub fn similarity(dims: usize, seed: u64) -> Result<Vec<Property>> {
    let (strict, soft) = (Spaces::strict(dims, mix(seed, 1))?, Spaces::soft(dims, mix(seed, 2))?);
    let sigma = 1.0 / (dims as f64).sqrt();
    let mut properties = vec![fixed_length(&soft)];
    properties.extend(objects(&strict, sigma));
    properties.extend(bindings(&strict, &soft, sigma));
    properties.extend(arrays(&strict, &soft, sigma));
    properties.extend(numbers(&strict, sigma));
    properties.extend([missing(&strict, sigma), nothing_added(&soft), key_order(&soft), golden()?]);
    Ok(properties)
}

fn fixed_length(spaces: &Spaces) -> Property {
    let deep = (0..100).fold(json!("bottom"), |inner, _| json!({ "k": inner }));
    let long: Value = (0..1000).map(Value::from).collect();
    let values = [json!({}), json!([]), json!(null), json!("x"), json!(-1e300), deep, long, object(0..200)];
    let Some(space) = spaces.0.first() else { return Property::all("any value has a vector", "", &[]) };
    let is_fixed = |value: &Value| {
        let vector = space.encode(value);
        vector.numbers().len() == space.dims() && (vector.is_zero() || (vector.length() - 1.0).abs() < 1e-6)
    };
    Property::all(
        "any JSON has a vector of the same dimensions",
        "length 1 ± 1e-6, or zeros",
        &values.each_ref().map(is_fixed),
    )
}

fn objects(spaces: &Spaces, sigma: f64) -> Vec<Property> {
    let record = |changed: u64| object((0..10).map(|place| if place < changed { place + 500 } else { place }));
    let of_changed: Vec<(f64, Spread)> =
        (0..=10).map(|changed| (1.0 - changed as f64 / 10.0, spaces.cosines(&record(0), &record(changed)))).collect();
    let falls = of_changed.is_sorted_by(|(_, one), (_, next)| one.mean > next.mean);
    let chosen: Vec<(f64, Spread)> =
        [1, 2, 5, 10].iter().filter_map(|changed| of_changed.get(*changed).copied()).collect();
    let sizes = [4_u64, 8, 16, 32];
    let members = sizes.map(|size| (1.0 / (size as f64).sqrt(), spaces.cosines(&object(0..1), &object(0..size))));
    let strangers = sizes.map(|size| (0.0, spaces.cosines(&object(900..901), &object(0..size))));
    vec![
        Property::near("1, 2, 5, 10 of 10 fields changed: cosine (strict)", sigma, &chosen),
        Property::new(
            "the more fields are changed, the further apart (strict)",
            "mean falls at every step",
            if falls { "falls" } else { "does not fall" },
            falls,
        ),
        Property::near("a member of 4, 8, 16, 32 fields is visible: 1/√N (strict)", sigma, &members),
        Property::near("a non-member is not (strict)", sigma, &strangers),
    ]
}

fn bindings(strict: &Spaces, soft: &Spaces, sigma: f64) -> Vec<Property> {
    let [one, other] = ["brand", "title"].map(|key| json!({ key: word(1) }));
    let bare = json!(word(1));
    let [nested, inverted] = [json!({"a": {"b": word(1)}}), json!({"b": {"a": word(1)}})];
    // Of independent orthogonal matrices, AB − BA has the length √2.
    let commutator = strict.spread(|space| {
        let (one, other) = (space.encode(&nested), space.encode(&inverted));
        let difference: f64 =
            one.numbers().iter().zip(other.numbers()).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
        difference.sqrt() / one.numbers().iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt()
    });
    let share = soft.0.first().map_or(0.0, |space| f64::from(space.settings().shared) / 100.0);
    vec![
        Property::near("a bound value is unlike the value (strict)", sigma, &[(0.0, strict.cosines(&bare, &one))]),
        Property::near("the wrong key separates (strict)", sigma, &[(0.0, strict.cosines(&one, &other))]),
        Property::near(
            "  soft keys share half of it, as they are set to",
            sigma,
            &[(share, soft.cosines(&one, &other))],
        ),
        Property::near(
            "not commuting: {a: {b: x}} and {b: {a: x}} (strict)",
            sigma,
            &[(0.0, strict.cosines(&nested, &inverted))],
        ),
        Property::near("  length of their difference", sigma, &[(2_f64.sqrt(), commutator)]),
    ]
}

fn arrays(strict: &Spaces, soft: &Spaces, sigma: f64) -> Vec<Property> {
    let forth = array(&[1, 2, 3]);
    let [back, longer, shifted] = [array(&[3, 2, 1]), array(&[1, 2, 3, 4]), array(&[4, 1, 2, 3])];
    let prefix = 0.75_f64.sqrt();
    vec![
        Property::near(
            "an array's order counts: xyz and zyx (strict)",
            sigma,
            &[(1.0 / 3.0, strict.cosines(&forth, &back))],
        ),
        Property::near("  a prefix: xyz and xyzw (strict)", sigma, &[(prefix, strict.cosines(&forth, &longer))]),
        Property::near("  a shift: xyz and wxyz (strict)", sigma, &[(0.0, strict.cosines(&forth, &shifted))]),
        Property::near("  a shift, half of the space shared", sigma, &[(prefix / 2.0, soft.cosines(&forth, &shifted))]),
    ]
}

fn numbers(spaces: &Spaces, sigma: f64) -> Vec<Property> {
    let amounts = [100.5, 101.5, 105.5, 120.5, 150.5];
    let of_amount = |amount: &f64| spaces.cosines(&json!({ "v": 100.5 }), &json!({ "v": amount }));
    let seen = amounts.each_ref().map(of_amount);
    let bell = |distance: f64, width: f64| (-(distance / width).powi(2) / 2.0).exp();
    let expected = |amount: f64| {
        let distance = (amount / 100.5_f64).ln();
        0.7 * bell(distance, 0.2) + 0.3 * bell(distance, 0.01)
    };
    let pairs: Vec<(f64, Spread)> =
        amounts.iter().zip(&seen).map(|(amount, seen)| (expected(*amount), *seen)).collect();
    let falls = seen.is_sorted_by(|one, next| one.mean > next.mean);
    let opposite = spaces.cosines(&json!({ "v": 100.5 }), &json!({ "v": -100.5 }));
    vec![
        Property::near("100.5 and 100.5, 101.5, 105.5, 120.5, 150.5: two bells (strict)", sigma, &pairs),
        Property::new(
            "  numbers are monotone",
            "mean falls at every step",
            if falls { "falls" } else { "does not fall" },
            falls,
        ),
        Property::near("  a number and its negative", sigma, &[(0.0, opposite)]),
    ]
}

fn missing(spaces: &Spaces, sigma: f64) -> Property {
    Property::near(
        "a missing key is neutral: 9 of 10 fields, √0.9 (strict)",
        sigma,
        &[(0.9_f64.sqrt(), spaces.cosines(&object(0..10), &object(0..9)))],
    )
}

/// A record of all kinds of values.
fn record() -> Value {
    json!({
        "name": "Acme Blender 300 W", "price": "$49.90", "new": true, "stock": 12, "since": "2015-06-30",
        "tags": ["kitchen", "red", 3], "specs": {"weight": "2.5 kg", "sizes": [{"height": 40}, {"width": 18.5}]}
    })
}

fn nothing_added(spaces: &Spaces) -> Property {
    let mut extended = record();
    if let Value::Object(fields) = &mut extended {
        fields.extend([("none".to_owned(), Value::Null), ("empty".to_owned(), json!({"deep": [null, "", {}]}))]);
    }
    let is_same = |space: &Space| space.encode(&record()) == space.encode(&extended);
    let cases: Vec<bool> = spaces.0.iter().map(is_same).collect();
    Property::all("null, \"\", {} and [] add nothing", "equal to the bit", &cases)
}

fn key_order(spaces: &Spaces) -> Property {
    let cases: Vec<bool> = (0_u64..)
        .zip(&spaces.0)
        .map(|(turn, space)| space.encode(&record()) == space.encode(&shuffled(&record(), turn)))
        .collect();
    Property::all("the order of keys does not matter, at any depth", "equal to the bit", &cases)
}

/// The same value with the keys of all objects in another order.
fn shuffled(value: &Value, turn: u64) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<(u64, &String, &Value)> =
                (0_u64..).zip(fields).map(|(place, (key, value))| (mix(turn, place), key, value)).collect();
            fields.sort_unstable_by_key(|(order, ..)| *order);
            fields.into_iter().map(|(_, key, value)| (key.clone(), shuffled(value, turn))).collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(|item| shuffled(item, turn)).collect(),
        other => other.clone(),
    }
}

/// Vectors in spaces that no option changes: their digest is the same on every machine.
fn golden() -> Result<Property> {
    let mut hasher = Sha256::new();
    for (dims, seed) in [(64, 0), (512, 7), (1024, 1)] {
        for space in [Space::new(dims, seed)?, strict(dims, seed)?] {
            for value in [record(), array(&[1, 2, 3]), object(0..10), json!(-0.001)] {
                digest(&space.encode(&value), &mut hasher);
            }
        }
    }
    let seen: String = hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let holds = seen == GOLDEN;
    Ok(Property::new("24 vectors are the same on every machine", format!("digest {GOLDEN}"), seen, holds))
}

fn digest(vector: &Vector, hasher: &mut Sha256) {
    vector.numbers().iter().for_each(|number| hasher.update(number.to_le_bytes()));
}
