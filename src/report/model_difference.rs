//! How two models differ: level by level, and in how they came to be.

use super::bits;
use super::model::{Combination, combinations, field_name, level_name, training_text};
use crate::compare::{COMPARISONS, Comparison};
use crate::model::fields::FieldModel;
use crate::model::{MatchWeight, Model};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;

/// One weight that is not the same in both models; none where a model does not have it.
struct Difference {
    place: String,
    level: String,
    weights: [Option<MatchWeight>; 2],
}

/// How two models differ, as text; `names` are what they are called.
pub fn difference_text(models: [&Model; 2], names: [&str; 2]) -> String {
    let [first, second] = models;
    if first.digest() == second.digest() {
        return format!("{} and {} are the same model, {}\n", names[0], names[1], first.digest());
    }
    let mut text = String::new();
    for (side, model, name) in [("A", first, names[0]), ("B", second, names[1])] {
        let file = model.file();
        let fields: Vec<String> = model.fields().iter().map(field_name).collect();
        let _ = writeln!(text, "{side}  {name}: {}", model.digest());
        let _ = writeln!(text, "kind     {}, format {}; fields: {}", file.kind, file.format, fields.join(", "));
        text.push_str(&training_text(&file.training));
    }
    let differences = differences(models);
    let _ = writeln!(text, "\n{:>11}  {:>11}  {:>11}", "A", "B", "B - A");
    for Difference { place, level, weights } in &differences {
        let [a, b] = weights.map(|weight| weight.map_or("-".to_owned(), bits));
        let change = match weights {
            [Some(a), Some(b)] => bits(b.saturating_sub(*a)),
            _ => String::new(),
        };
        let line = format!("{a:>11}  {b:>11}  {change:>11}  {place}  {level}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if differences.is_empty() {
        text.push_str("every weight is the same\n");
    }
    text
}

/// The same for programs, weights in micro-bits.
pub fn difference_json(models: [&Model; 2], names: [&str; 2]) -> Value {
    let sides: Vec<Value> = models
        .iter()
        .zip(names)
        .map(|(model, name)| {
            let fields: Vec<String> = model.fields().iter().map(field_name).collect();
            let file = model.file();
            json!({"name": name, "model": model.digest(), "kind": file.kind, "fields": fields, "training": file.training})
        })
        .collect();
    let differences = differences(models);
    let rows = differences.iter().map(
        |Difference { place, level, weights: [a, b] }| json!({"comparison": place, "level": level, "a": a, "b": b}),
    );
    let [first, second] = models;
    json!({"same": first.digest() == second.digest(), "models": sides, "differences": rows.collect::<Vec<_>>()})
}

fn differences([first, second]: [&Model; 2]) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut add = |place: &str, level: String, weights: [Option<MatchWeight>; 2]| {
        if weights[0] != weights[1] {
            all.push(Difference { place: place.to_owned(), level, weights });
        }
    };
    add("prior", String::new(), [Some(first.file().prior), Some(second.file().prior)]);
    let has_names = !first.columns().is_empty() || !second.columns().is_empty();
    for name in in_order([first, second].map(|model| model.fields().iter().map(field_name).collect())) {
        let fields = [first, second].map(|model| model.fields().iter().find(|field| field_name(field) == name));
        for (place, about) in COMPARISONS.iter().enumerate() {
            let called = if has_names { format!("{name}: {}", about.name) } else { about.name.to_owned() };
            for level in 0..=about.levels.len() {
                add(
                    &called,
                    level_name(about, level).to_owned(),
                    fields.map(|field| weight(field, place, about, level)),
                );
            }
        }
    }
    let tables = [combinations(first), combinations(second)];
    for name in in_order(tables.each_ref().map(|tables| tables.iter().map(|table| table.name.clone()).collect())) {
        let pair = tables.each_ref().map(|tables| tables.iter().find(|table| table.name == name));
        for (level, weights) in combined(pair) {
            add(&name, level, weights);
        }
    }
    all
}

/// The names of both lists, each once, those of the first before.
fn in_order([first, second]: [Vec<String>; 2]) -> Vec<String> {
    let mut met = BTreeSet::new();
    first.into_iter().chain(second).filter(|name| met.insert(name.clone())).collect()
}

fn weight(field: Option<&FieldModel>, place: usize, about: &Comparison, level: usize) -> Option<MatchWeight> {
    let table = field?.comparisons.get(place).filter(|table| table.comparison == about.name)?;
    table.weights.get(level).copied()
}

/// The cells of a combination in both models.
fn combined(tables: [Option<&Combination<'_>>; 2]) -> Vec<(String, [Option<MatchWeight>; 2])> {
    let Some([first, second]) = tables.iter().flatten().next().map(|table| &table.levels) else { return Vec::new() };
    let cell = |table: Option<&Combination<'_>>, a: usize, b: usize| table?.weights.get(a)?.get(b).copied();
    let mut cells = Vec::new();
    for (a, first) in first.iter().enumerate() {
        for (b, second) in second.iter().enumerate() {
            cells.push((format!("{first} × {second}"), tables.map(|table| cell(table, a, b))));
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Kind;
    use crate::model::shipped::shipped;

    #[test]
    fn every_weight_that_differs_is_told() {
        let first = shipped(Kind::Organization).unwrap();
        let mut file = first.file().clone();
        file.fields[0].comparisons[0].weights[2] += 1_000_000;
        file.fields[0].interactions[0].weights[1][1] -= 500_000;
        let second = Model::new(file).unwrap();
        let text = difference_text([&first, &second], ["a", "b"]);
        assert!(text.contains("1.000000  spelling  same words in another order"), "{text}");
        assert_eq!(text.lines().filter(|line| line.contains("-0.500000")).count(), 1, "{text}");
        let json = difference_json([&first, &second], ["a", "b"]);
        assert_eq!(json["differences"].as_array().unwrap().len(), 2);
        assert!(difference_text([&first, &first], ["a", "b"]).contains("the same model"));
    }
}
