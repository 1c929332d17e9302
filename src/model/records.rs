//! From boosted tables to the fields of a model: integer weights in an order that people can read.

use super::boost::{Matrix, Tables};
use super::fields::{Across, FieldComparison};
use super::fit::to_micro_bits;
use super::{Interaction, LevelWeights, MatchWeight};
use crate::compare::COMPARISONS;
use crate::compare::levels::{COUNT, MAGNITUDE, MISSING};
use crate::compare::magnitude::ONE_SIDED;

/// The weights of all fields of a model of records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordWeights {
    /// The prior in micro-bits.
    pub prior: MatchWeight,
    /// By field: the comparisons and the combinations of two of them.
    pub fields: Vec<(Vec<LevelWeights>, Vec<Interaction>)>,
    /// The combinations across fields.
    pub across: Vec<Across>,
}

/// Two features and their weights by the first's level, then by the second's.
type Combined = ((usize, usize), Vec<Vec<i64>>);

/// Which features of a matrix are monotone, where each of `fields` fields has all comparisons in their order.
pub fn monotone(fields: usize) -> Vec<bool> {
    (0..fields).flat_map(|_| COMPARISONS.iter().map(|comparison| comparison.monotone)).collect()
}

/// Turns tables over a matrix of all comparisons of `fields` fields into weights. Each pair has the same weight as by the
/// tables, but for rounding; what can be told of one comparison alone is taken out of the combinations.
pub fn record_weights(tables: &Tables, matrix: &Matrix, fields: usize) -> RecordWeights {
    let levels = |feature: usize| COMPARISONS.get(feature % COUNT).map_or(0, |about| about.levels.len() + 1);
    let micro = |weights: &[f64], count: usize| -> Vec<i64> {
        weights.iter().take(count).map(|weight| i64::from(to_micro_bits(*weight))).collect()
    };
    let mut single: Vec<Vec<i64>> = (0..fields * COUNT)
        .map(|feature| match tables.single.get(&feature) {
            Some(weights) => micro(weights, levels(feature)),
            None => vec![0; levels(feature)],
        })
        .collect();
    let mut double: Vec<Combined> = Vec::new();
    for (&(a, b), rows) in &tables.double {
        let mut rows: Vec<Vec<i64>> = rows.iter().take(levels(a)).map(|row| micro(row, levels(b))).collect();
        let counts = joint_counts(matrix, a, b, (levels(a), levels(b)));
        for _ in 0..4 {
            purify(&mut rows, &counts, &mut single, (a, b));
        }
        double.push(((a, b), rows));
    }
    let mut prior = i64::from(to_micro_bits(tables.base));
    for field in 0..fields {
        prior += centre(&mut single, matrix, field);
    }
    named(prior, &single, double, fields)
}

/// How many rows have each level of one feature with each of another.
fn joint_counts(matrix: &Matrix, a: usize, b: usize, (rows, columns): (usize, usize)) -> Vec<Vec<i64>> {
    let mut counts = vec![vec![0; columns]; rows];
    for row in (0..matrix.len()).map(|row| matrix.row(row)) {
        let level = |feature: usize| usize::from(row.get(feature).copied().unwrap_or_default());
        if let Some(count) = counts.get_mut(level(a)).and_then(|counts| counts.get_mut(level(b))) {
            *count += 1;
        }
    }
    counts
}

/// Moves the mean of each line and each column of a combination to the single comparisons.
fn purify(rows: &mut [Vec<i64>], counts: &[Vec<i64>], single: &mut [Vec<i64>], (a, b): (usize, usize)) {
    for (level, (row, counts)) in rows.iter_mut().zip(counts).enumerate() {
        if level == 0 && counts.iter().sum::<i64>() == 0 {
            // That it could be missing was never seen, so that what trees say of it is chance.
            row.fill(0);
        }
        let mean = mean(row.iter().copied().zip(counts.iter().copied()));
        row.iter_mut().for_each(|weight| *weight -= mean);
        add(single, a, level, mean);
    }
    for level in 0..rows.first().map_or(0, Vec::len) {
        if level == 0 && counts.iter().all(|counts| counts.first() == Some(&0)) {
            rows.iter_mut().filter_map(|row| row.first_mut()).for_each(|weight| *weight = 0);
        }
        let cells = rows.iter().zip(counts).filter_map(|(row, counts)| Some((*row.get(level)?, *counts.get(level)?)));
        let mean = mean(cells);
        rows.iter_mut().filter_map(|row| row.get_mut(level)).for_each(|weight| *weight -= mean);
        add(single, b, level, mean);
    }
}

fn mean(weighted: impl Iterator<Item = (i64, i64)>) -> i64 {
    let (sum, count) = weighted.fold((0, 0), |(sum, all), (weight, count)| (sum + weight * count, all + count));
    if count == 0 { 0 } else { sum / count }
}

fn add(single: &mut [Vec<i64>], feature: usize, level: usize, weight: i64) {
    if let Some(slot) = single.get_mut(feature).and_then(|weights| weights.get_mut(level)) {
        *slot += weight;
    }
}

/// Moves constants between a field's comparisons, so that what a missing text weighs stands in one of them alone, and a
/// weight's sign says whether its level speaks for or against a match. Gives what is left for the prior.
fn centre(single: &mut [Vec<i64>], matrix: &Matrix, field: usize) -> i64 {
    let magnitude = field * COUNT + MAGNITUDE;
    let mut moved = [0, 0];
    for feature in (field * COUNT..(field + 1) * COUNT).filter(|feature| *feature != magnitude) {
        let Some([missing, present @ ..]) = single.get_mut(feature).map(Vec::as_mut_slice) else { continue };
        let mean = class_mean(matrix, feature, |level| {
            level.checked_sub(1).and_then(|level| present.get(level)).copied().filter(|_| level > 0)
        });
        moved = [moved[0] + *missing, moved[1] + mean];
        *missing = 0;
        present.iter_mut().for_each(|weight| *weight -= mean);
    }
    let Some(weights) = single.get_mut(magnitude) else { return 0 };
    let [of_missing, of_present] = moved;
    for (level, weight) in (0..).zip(weights.iter_mut()) {
        *weight += if level <= ONE_SIDED { of_missing } else { of_present };
    }
    let mean = class_mean(matrix, magnitude, |level| weights.get(level).copied());
    weights.iter_mut().for_each(|weight| *weight -= mean);
    // What was never seen missing says nothing when it is, or what is said where one side is missing.
    let seen = |wanted: u8| (0..matrix.len()).any(|row| matrix.row(row).get(magnitude) == Some(&wanted));
    if let [both, one, ..] = weights.as_mut_slice() {
        match (seen(MISSING), seen(ONE_SIDED)) {
            (false, false) => (*both, *one) = (0, 0),
            (true, false) => *one = *both,
            (false, true) => *both = *one,
            (true, true) => {}
        }
    }
    mean
}

/// The mean weight of a feature over the rows, matches and others counting half each.
fn class_mean(matrix: &Matrix, feature: usize, weight: impl Fn(usize) -> Option<i64>) -> i64 {
    let mut classes = [(0, 0); 2];
    for (row, label) in (0..matrix.len()).zip(&matrix.labels) {
        let level = matrix.row(row).get(feature).copied().unwrap_or_default();
        if let (Some(weight), Some((sum, count))) = (weight(usize::from(level)), classes.get_mut(usize::from(*label))) {
            *sum += weight;
            *count += 1;
        }
    }
    let [others, matches] = classes.map(|(sum, count): (i64, i64)| sum / count.max(1));
    (others + matches) / 2
}

fn named(prior: i64, single: &[Vec<i64>], double: Vec<Combined>, fields: usize) -> RecordWeights {
    let narrow = |weights: &[i64]| weights.iter().map(|weight| narrowed(*weight)).collect::<Vec<MatchWeight>>();
    let name = |feature: usize| COMPARISONS.get(feature % COUNT).map_or("?", |about| about.name).to_owned();
    let mut all = RecordWeights { prior: narrowed(prior), ..RecordWeights::default() };
    for features in single.chunks(COUNT).take(fields) {
        let comparisons = features
            .iter()
            .zip(&COMPARISONS)
            .map(|(weights, about)| LevelWeights { comparison: about.name.to_owned(), weights: narrow(weights) });
        all.fields.push((comparisons.collect(), Vec::new()));
    }
    for ((a, b), rows) in double {
        let weights: Vec<Vec<MatchWeight>> = rows.iter().map(|row| narrow(row)).collect();
        if a / COUNT == b / COUNT {
            let interaction = Interaction { first: name(a), second: name(b), weights };
            all.fields.get_mut(a / COUNT).into_iter().for_each(|(_, own)| own.push(interaction.clone()));
        } else {
            let of = |feature: usize| FieldComparison { field: feature / COUNT, comparison: name(feature) };
            all.across.push(Across { first: of(a), second: of(b), weights });
        }
    }
    all
}

fn narrowed(weight: i64) -> MatchWeight {
    MatchWeight::try_from(weight).unwrap_or(if weight < 0 { MatchWeight::MIN } else { MatchWeight::MAX })
}

#[cfg(test)]
mod tests {
    use super::super::boost::{BoostOptions, boost, dice};
    use super::*;
    use crate::compare::Levels;
    use crate::model::fields::{FieldModel, Source};
    use crate::model::{BIT, FORMAT, Model, ModelFile};

    /// Two fields with random levels; some texts are missing.
    fn matrix() -> Matrix {
        let mut matrix = Matrix { features: 2 * COUNT, monotone: monotone(2), ..Matrix::default() };
        for row in 0..600_u64 {
            let mut sum = 0;
            for field in 0..2 {
                let missing = dice(&[row, field, 99]) % 8;
                for (place, about) in COMPARISONS.iter().enumerate() {
                    let level = 1 + dice(&[row, field, place as u64]) % about.levels.len() as u64;
                    let level = match (missing, place == MAGNITUDE) {
                        (0, _) | (1, false) => 0,
                        (1, true) => 1,
                        (_, true) => level.max(2),
                        _ => level,
                    };
                    sum += if place == 4 { level } else { 0 };
                    matrix.levels.push(level as u8);
                }
            }
            matrix.labels.push(sum > 24);
        }
        matrix
    }

    #[test]
    fn weights_say_what_the_tables_say() {
        let matrix = matrix();
        let tables = boost(&matrix, &BoostOptions { rounds: 50, ..BoostOptions::default() }).tables(50);
        assert!(!tables.double.is_empty());
        let RecordWeights { prior, fields, across } = record_weights(&tables, &matrix, 2);
        let field = |(place, (comparisons, interactions)): (usize, (Vec<LevelWeights>, Vec<Interaction>))| FieldModel {
            source: Source::Columns { left: place.to_string(), right: place.to_string() },
            comparisons,
            interactions,
            ..FieldModel::default()
        };
        let fields = fields.into_iter().enumerate().map(field).collect();
        let model = Model::new(ModelFile { format: FORMAT, prior, fields, across, ..ModelFile::default() }).unwrap();
        for row in (0..matrix.len()).map(|row| matrix.row(row)) {
            let levels: Vec<Levels> = row.chunks(COUNT).map(|field| Levels::try_from(field).unwrap()).collect();
            let bits = f64::from(model.record_weight(&levels)) / f64::from(BIT);
            assert!((bits - tables.log_odds(row) / std::f64::consts::LN_2).abs() < 1e-3);
        }
        // What a missing text weighs stands in one comparison.
        let missing = |table: &LevelWeights| table.weights[0] != 0;
        let named: Vec<&str> =
            model.fields()[0].comparisons.iter().filter(|t| missing(t)).map(|t| t.comparison.as_str()).collect();
        assert!(named.iter().all(|name| *name == "magnitude"), "{named:?}");
    }
}
