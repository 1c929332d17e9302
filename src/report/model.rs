//! A model for people and for programs: what every level weighs, and how the model came to be.

use super::summary::tally_text;
use super::{bits, count, counted};
use crate::compare::{COMPARISONS, Comparison};
use crate::model::fields::FieldModel;
use crate::model::{BIT, Chosen, MatchWeight, Model, Training, probability};
use crate::pipeline::train_records::TrainedRecords;
use serde_json::{Value, json};
use std::fmt::Write;

/// What a field is called.
pub(super) fn field_name(field: &FieldModel) -> String {
    match field.source.columns() {
        Some((left, right)) if left != right => format!("{left}={right}"),
        _ => field.source.name().unwrap_or("any text").to_owned(),
    }
}

/// The name of a comparison's level.
pub(super) fn level_name(about: &Comparison, level: usize) -> &'static str {
    level.checked_sub(1).and_then(|level| about.levels.get(level)).copied().unwrap_or("missing")
}

/// A table of weights of two comparisons.
pub(super) struct Combination<'m> {
    pub(super) name: String,
    pub(super) levels: [Vec<&'static str>; 2],
    pub(super) weights: &'m [Vec<MatchWeight>],
}

/// All combinations of a model: those within its fields, then those across.
pub(super) fn combinations(model: &Model) -> Vec<Combination<'_>> {
    let named = |field: usize| model.fields().get(field).map(field_name).unwrap_or_default();
    let prefix = |field: usize| if model.columns().is_empty() { String::new() } else { format!("{}: ", named(field)) };
    let levels = |name: &str| {
        let about = COMPARISONS.iter().find(|about| about.name == name);
        about.map(|about| (0..=about.levels.len()).map(|level| level_name(about, level)).collect()).unwrap_or_default()
    };
    let of = |a: (usize, &str), b: (usize, &str), weights| Combination {
        name: format!("{}{} × {}{}", prefix(a.0), a.1, prefix(b.0), b.1),
        levels: [levels(a.1), levels(b.1)],
        weights,
    };
    let mut all = Vec::new();
    for (place, field) in model.fields().iter().enumerate() {
        let own = field.interactions.iter();
        all.extend(own.map(|table| of((place, &table.first), (place, &table.second), table.weights.as_slice())));
    }
    let across = model.file().across.iter();
    all.extend(across.map(|table| {
        let (first, second) = (&table.first, &table.second);
        of((first.field, &first.comparison), (second.field, &second.comparison), table.weights.as_slice())
    }));
    all
}

/// A model as text: what it is, how it was trained, and the weight of every level in bits.
pub fn model_text(model: &Model) -> String {
    let file = model.file();
    let mut text = format!("model    {}\n", model.digest());
    let _ = writeln!(text, "kind     {}, format {}", file.kind, file.format);
    let _ = writeln!(
        text,
        "prior    {} bits, probability {:.6}; a pair is a match from weight 0 (probability 0.5) on",
        bits(file.prior),
        probability(file.prior)
    );
    text.push_str(&training_text(&file.training));
    for field in model.fields() {
        let _ = writeln!(text, "\nfield {}", field_name(field));
        let words = counted(field.words.counts.len() as u64, "word");
        let _ = writeln!(text, "  rarity of {words}, counted in {}", counted(field.words.records, "text"));
        for (table, about) in field.comparisons.iter().zip(&COMPARISONS) {
            text.push_str(&comparison_text(about, &table.weights));
        }
    }
    let combinations = combinations(model);
    if !combinations.is_empty() {
        let _ = writeln!(text, "\ncombinations of two levels, in bits, from the least to the most");
    }
    for combination in &combinations {
        let _ = writeln!(text, "  {}", combination.name);
        for (weight, first, second) in extremes(combination) {
            let _ = writeln!(text, "    {:>11}  {first} × {second}", bits(weight));
        }
    }
    text
}

/// How a model was trained.
pub(super) fn training_text(training: &Training) -> String {
    let mut text = String::new();
    if !training.command.is_empty() {
        let _ = writeln!(text, "trained  {}", training.command);
    }
    for set in &training.sets {
        let (pairs, matches) = (counted(set.pairs, "pair"), count(set.matches));
        let _ = writeln!(text, "  on {}: {pairs}, {matches} of them matches", set.name);
    }
    if let Some(chosen) = &training.chosen {
        let _ = writeln!(text, "chosen   {}", chosen_text(chosen));
    }
    text
}

fn chosen_text(chosen: &Chosen) -> String {
    let Chosen { on, rounds, combinations, cut, precision, recall, f1 } = chosen;
    format!(
        "by {on}: {}, {} at most, cut at {} bits; there precision {}, recall {}, F1 {}",
        counted(*rounds as u64, "round"),
        counted(*combinations as u64, "combination"),
        bits(*cut),
        percent(*precision),
        percent(*recall),
        percent(*f1)
    )
}

fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

fn comparison_text(about: &Comparison, weights: &[MatchWeight]) -> String {
    let mut text = format!("  {}: {}\n", about.name, about.about);
    if weights.iter().all(|weight| *weight == 0) {
        text.push_str("                 no weight\n");
        return text;
    }
    // Neighbouring levels of the same weight stand on one line.
    let mut level = 0;
    while let Some(weight) = weights.get(level) {
        let same = weights.iter().skip(level).take_while(|next| *next == weight).count();
        let last = level + same - 1;
        let names = match same {
            1 => level_name(about, level).to_owned(),
            _ => format!("{} … {}", level_name(about, level), level_name(about, last)),
        };
        let _ = writeln!(text, "    {:>11}  {names}", bits(*weight));
        level = last + 1;
    }
    text
}

/// The least and the greatest weight of a combination, with their levels.
fn extremes<'c>(combination: &'c Combination<'_>) -> Vec<(MatchWeight, &'c str, &'c str)> {
    let [first, second] = &combination.levels;
    let cells = combination
        .weights
        .iter()
        .zip(first)
        .flat_map(|(row, first)| row.iter().zip(second).map(move |(weight, second)| (*weight, *first, *second)));
    let cells: Vec<_> = cells.collect();
    let least = cells.iter().min_by_key(|cell| cell.0);
    let most = cells.iter().rev().max_by_key(|cell| cell.0);
    least.into_iter().chain(most).copied().collect()
}

/// A model for programs, with weights in micro-bits by the names of levels.
pub fn model_json(model: &Model) -> Value {
    let file = model.file();
    let comparison = |about: &Comparison, weights: &[MatchWeight]| {
        let levels = weights.iter().enumerate();
        let levels = levels.map(|(level, weight)| json!({"level": level_name(about, level), "micro_bits": weight}));
        json!({"comparison": about.name, "about": about.about, "levels": levels.collect::<Vec<_>>()})
    };
    let fields = model.fields().iter().map(|field| {
        let tables = field.comparisons.iter().zip(&COMPARISONS);
        json!({
            "field": field_name(field),
            "source": field.source,
            "comparisons": tables.map(|(table, about)| comparison(about, &table.weights)).collect::<Vec<_>>(),
            "rarity": {"words": field.words.counts.len(), "texts": field.words.records},
        })
    });
    let combinations = combinations(model);
    let combinations = combinations
        .iter()
        .map(|c| json!({"combination": c.name, "levels": c.levels, "micro_bits": c.weights}))
        .collect::<Vec<_>>();
    json!({
        "model": model.digest(),
        "format": file.format,
        "kind": file.kind,
        "prior_micro_bits": file.prior,
        "prior_bits": f64::from(file.prior) / f64::from(BIT),
        "prior_probability": probability(file.prior),
        "training": file.training,
        "fields": fields.collect::<Vec<_>>(),
        "combinations": combinations,
    })
}

/// What a training came to.
pub fn trained_text(trained: &TrainedRecords) -> String {
    let tallies = trained.tallies.iter().map(|(path, tally)| tally_text(path, tally));
    let training = &trained.model.file().training;
    let chosen = training.chosen.as_ref().map(|chosen| format!("chosen {}\n", chosen_text(chosen)));
    tallies.chain(chosen).collect()
}
