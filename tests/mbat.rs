//! What vectors of JSON values promise: length, softness, order, taking apart.

#![allow(clippy::unwrap_used)]

use cognate::mbat::{ArrayForm, Contributions, Settings, Space, Vector, Weights};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

fn space(dims: usize, seed: u64) -> Space {
    Space::new(dims, seed).unwrap()
}

/// A space in which no two keys and no two places have anything in common.
fn strict(dims: usize, seed: u64) -> Space {
    let settings = Settings { dims, seed, shared: 0, similar_keys: false, ..Settings::default() };
    Space::with(settings, Weights::default()).unwrap()
}

/// The mean of a cosine over spaces of different seeds.
fn mean(seeds: u64, cosine: impl Fn(u64) -> f64) -> f64 {
    (0..seeds).map(cosine).sum::<f64>() / seeds as f64
}

fn cosine(space: &Space, left: &Value, right: &Value) -> f64 {
    space.encode(left).cosine(&space.encode(right))
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        "[0-9]{1,4}( kg|\"| EUR)?".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec(("\\PC{0,8}", inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_a_unit_vector_or_nothing_and_the_same_twice(value in any_json(), seed: u64) {
        let space = space(192, seed);
        let vector = space.encode(&value);
        prop_assert_eq!(vector.numbers().len(), 192);
        prop_assert!(vector.is_zero() || (vector.length() - 1.0).abs() < 1e-6, "{}", vector.length());
        prop_assert_eq!(space.encode(&value), vector);
    }

    #[test]
    fn the_order_of_keys_does_not_matter(fields in proptest::collection::vec(("[a-d]{1,3}", any_json()), 0..6)) {
        let by_key: BTreeMap<String, Value> = fields.into_iter().collect();
        let forth = Value::Object(by_key.clone().into_iter().collect());
        let back = Value::Object(by_key.into_iter().rev().collect());
        prop_assert_eq!(space(128, 1).encode(&forth), space(128, 1).encode(&back));
    }

    #[test]
    fn contributions_add_up_to_the_cosine(left in any_json(), right in any_json()) {
        let space = space(256, 3);
        let other = space.encode(&right);
        let why = Contributions::of(&space, &left, &other);
        prop_assert!((why.cosine - space.encode(&left).cosine(&other)).abs() < 1e-5, "{:?}", why);
        for field in &why.fields {
            let sum: f64 = field.tokens.iter().map(|(_, cosine)| cosine).sum();
            prop_assert!((sum - field.cosine).abs() < 1e-9);
        }
    }

    #[test]
    fn the_same_holds_where_weights_are_learned(left in any_json(), right in any_json()) {
        let [left, right] = [left, right].map(|value| json!({"title": "red lamp", "price": 7.5, "more": value}));
        let records = [left, right];
        let settings = Settings { dims: 256, ..Settings::default() };
        let space = Space::with(settings, Weights::learn(&[&records])).unwrap();
        let [vector, other] = records.each_ref().map(|record| space.encode(record));
        prop_assert!((vector.length() - 1.0).abs() < 1e-6, "{}", vector.length());
        let why = Contributions::of(&space, &records[0], &other);
        prop_assert!((why.cosine - vector.cosine(&other)).abs() < 1e-5, "{:?}", why);
    }

    #[test]
    fn nothing_changes_when_nothing_is_added(mut fields in proptest::collection::vec(("[a-z]{1,3}", "[a-z]{1,9}"), 1..6)) {
        fields.dedup_by(|a, b| a.0 == b.0);
        let record: Map<String, Value> = fields.into_iter().map(|(key, text)| (key, Value::from(text))).collect();
        let mut with_nothing = record.clone();
        with_nothing.extend([("NULL".to_owned(), Value::Null), ("EMPTY".to_owned(), json!({"deep": [null, "", {}]}))]);
        let space = space(128, 1);
        prop_assert_eq!(space.encode(&Value::Object(record)), space.encode(&Value::Object(with_nothing)));
    }
}

#[test]
fn the_more_fields_change_the_further_apart() {
    let record = |changed: usize| {
        let field = |place: usize| {
            let text = if place < changed { format!("other{place}") } else { format!("value{place}") };
            (format!("{}key", char::from(b'a' + place as u8)), Value::from(text))
        };
        Value::Object((0..10).map(field).collect())
    };
    for (changed, expected) in [(0, 1.0), (1, 0.9), (2, 0.8), (5, 0.5), (10, 0.0)] {
        let found = mean(20, |seed| cosine(&strict(1024, seed), &record(0), &record(changed)));
        // The words have letters in common.
        assert!((found - expected).abs() < 0.08 + 0.012 * changed as f64, "{changed}: {found}");
    }
}

#[test]
fn nesting_and_the_order_of_arrays_stay_distinguishable() {
    let by_nesting = mean(20, |seed| cosine(&space(1024, seed), &json!({"a": {"b": "x"}}), &json!({"b": {"a": "x"}})));
    assert!(by_nesting.abs() < 0.1, "{by_nesting}");
    let [forth, back] = [json!(["uno", "lorem", "zest"]), json!(["zest", "lorem", "uno"])];
    let by_order = mean(20, |seed| cosine(&strict(1024, seed), &forth, &back));
    assert!((by_order - 1.0 / 3.0).abs() < 0.05, "{by_order}");
    let softly = mean(20, |seed| cosine(&space(1024, seed), &forth, &back));
    assert!((softly - 2.0 / 3.0).abs() < 0.06, "{softly}");
    let settings = Settings { arrays: BTreeMap::from([(String::new(), ArrayForm::Bag)]), ..Settings::default() };
    let bag = Space::with(settings, Weights::default()).unwrap();
    assert_eq!(bag.encode(&forth), bag.encode(&back));
}

#[test]
fn the_same_value_under_another_key_is_seen_in_the_shared_part_alone() {
    let [left, right] = [json!({"brand": "acme"}), json!({"title": "acme"})];
    assert!(mean(40, |seed| cosine(&strict(1024, seed), &left, &right)).abs() < 0.03);
    assert!((mean(40, |seed| cosine(&space(1024, seed), &left, &right)) - 0.5).abs() < 0.05);
    let similar = mean(40, |seed| cosine(&space(1024, seed), &json!({"colour": "red"}), &json!({"color": "red"})));
    assert!(similar > 0.6, "{similar}");
}

#[test]
fn near_numbers_are_near() {
    let cosines: Vec<f64> = [100.0, 100.5, 101.0, 105.0, 120.0, 150.0, 300.0]
        .into_iter()
        .map(|other| mean(20, |seed| cosine(&space(1024, seed), &json!({"v": 100.2}), &json!({"v": other + 0.2}))))
        .collect();
    assert!((cosines[0] - 1.0).abs() < 1e-6 && cosines.is_sorted_by(|a, b| a > b), "{cosines:?}");
    assert!(cosines[6].abs() < 0.05, "{cosines:?}");
    let units = mean(20, |seed| cosine(&space(1024, seed), &json!({"w": "12 oz"}), &json!({"w": "340 g"})));
    assert!(units > 0.9, "{units}");
    let dates = mean(20, |seed| cosine(&space(1024, seed), &json!({"d": "2015-06-30"}), &json!({"d": "July 2, 2015"})));
    assert!(dates > 0.9, "{dates}");
    let prices = mean(20, |seed| cosine(&space(1024, seed), &json!({"p": 49.9}), &json!({"p": "$49.90"})));
    assert!(prices > 0.9, "{prices}");
    assert!(cosine(&space(1024, 1), &json!({"v": 7.5}), &json!({"v": -7.5})) < 0.2);
}

#[test]
fn a_vector_can_be_taken_apart() {
    let words: Vec<String> = (0..1000).map(|number| format!("w{:x}q", number * 7919)).collect();
    let record = json!({
        "name": words[3], "maker": words[500], "specs": {"color": words[77], "sizes": [words[9], words[10]]}
    });
    let space = space(1024, 5);
    let vector = space.encode(&record);
    for (path, expected) in [("name", 3), ("maker", 500), ("specs.color", 77), ("specs.sizes[1]", 10)] {
        let unbound = space.unbind(&vector, path).unwrap();
        let (found, _) = space.nearest_token(&unbound, words.iter().map(String::as_str)).unwrap();
        assert_eq!(found, words[expected], "{path}");
    }
    assert!(space.unbind(&vector, "a[").is_err());
    assert!(space.unbind(&Vector::new(vec![0; 64]), "name").is_err());
}

#[test]
fn deep_and_wide_values_are_encoded() {
    let mut deep = json!("bottom");
    for _ in 0..120 {
        deep = json!({ "k": deep });
    }
    assert!(!space(128, 1).encode(&deep).is_zero());
    for _ in 0..20 {
        deep = json!({ "k": deep });
    }
    assert!(space(128, 1).encode(&deep).is_zero());
    let wide: Value =
        (0..20_000).map(|number| (format!("key {number}"), Value::from("x"))).collect::<Map<_, _>>().into();
    assert!((space(128, 1).encode(&wide).length() - 1.0).abs() < 1e-6);
    let long: Value = (0..10_000).map(Value::from).collect::<Vec<_>>().into();
    assert!((space(128, 1).encode(&long).length() - 1.0).abs() < 1e-6);
}

#[test]
fn dimensions_have_bounds() {
    for dims in [0, 1, 63, 65, 500, 32_832] {
        assert!(Space::new(dims, 0).is_err(), "{dims}");
    }
    assert!(Space::new(64, 0).is_ok() && Space::new(32_768, 0).is_ok());
}

#[test]
fn a_vector_is_the_same_for_ever() {
    let record = json!({"name": "Acme Blender", "price": "$49.90", "tags": ["kitchen", "red"], "new": true});
    let vector = space(64, 7).encode(&record);
    assert_golden(&vector.packed().numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
}

/// The golden vector is in a file of its own, so that a change of it is seen.
fn assert_golden(found: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/mbat_vector.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, format!("{found}\n")).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap().trim_end(), found);
}
