//! Fitting the weights of records with several fields: boosted trees of two comparisons each, added up into tables.
//!
//! Each tree asks for levels of one comparison, or of two, and adds a little to the log odds (Friedman, "Greedy Function
//! Approximation: A Gradient Boosting Machine", Annals of Statistics 29(5), 2001, with the second-order leaf values of
//! Chen & Guestrin, "XGBoost", KDD 2016). Since no tree looks at more than two comparisons, their sum is a table of one
//! weight for each level and one for each combination of two levels (Lou et al., "Accurate Intelligible Models with
//! Pairwise Interactions", KDD 2013): the same additive model as that of names.
//!
//! **Invariant:** sums over pairs are taken in their order, and what looks random comes from hashes of numbers, so that a
//! fit gives the same weights with any number of threads.

use super::boost_tree::{Bounds, Grower, Split, Tree};
use crate::text::hash::stable_hash;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Labelled pairs as a matrix of levels.
#[derive(Debug, Clone, Default)]
pub struct Matrix {
    /// The number of features: the comparisons of all fields.
    pub features: usize,
    /// For each feature whether a higher level must never weigh less.
    pub monotone: Vec<bool>,
    /// The levels, row by row.
    pub levels: Vec<u8>,
    /// For each row whether it is a match.
    pub labels: Vec<bool>,
}

impl Matrix {
    /// The levels of a row.
    pub fn row(&self, row: usize) -> &[u8] {
        self.levels.get(row * self.features..(row + 1) * self.features).unwrap_or_default()
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The natural log of the odds of a match among all rows.
    fn log_odds(&self) -> f64 {
        let matches = self.labels.iter().filter(|label| **label).count() as f64;
        ((matches + 0.5) / (self.len() as f64 - matches + 0.5)).ln()
    }
}

/// How to boost.
#[derive(Debug, Clone, PartialEq)]
pub struct BoostOptions {
    /// Trees of each part at most.
    pub rounds: usize,
    /// How much of each tree is taken.
    pub rate: f64,
    /// The ridge penalty on a leaf.
    pub ridge: f64,
    /// The least sum of p(1 − p) in a leaf.
    pub least_in_leaf: f64,
    /// The share of features that a tree may use, in percent.
    pub features_percent: u64,
    /// Parts: each leaves out another of as many sets of rows, and the mean of all is the model.
    pub parts: usize,
    /// Combinations of two comparisons at most.
    pub combinations: usize,
    /// What all that looks random is made of.
    pub seed: u64,
}

impl Default for BoostOptions {
    fn default() -> BoostOptions {
        BoostOptions {
            rounds: 600,
            rate: 0.1,
            ridge: 2.0,
            least_in_leaf: 1.0,
            features_percent: 33,
            parts: 8,
            combinations: 12,
            seed: 1,
        }
    }
}

/// Weights by feature and level, and by two features and their levels, as natural logs of odds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tables {
    /// The log odds before anything is looked at.
    pub base: f64,
    /// By feature: the weight of each level.
    pub single: BTreeMap<usize, Vec<f64>>,
    /// By pair of features, the lower first: the weights by the first's level, then by the second's.
    pub double: BTreeMap<(usize, usize), Vec<Vec<f64>>>,
}

/// More than any comparison has levels.
pub(super) const WIDTH: usize = 32;

/// Boosted trees: those of each part in the order in which they were grown.
#[derive(Debug, Clone)]
pub struct Boosted {
    base: f64,
    rate: f64,
    parts: Vec<Vec<Tree>>,
}

/// What looks like a random number but is the same everywhere.
pub(super) fn dice(numbers: &[u64]) -> u64 {
    stable_hash(numbers.iter().flat_map(|number| number.to_le_bytes())) >> 11
}

impl BoostOptions {
    /// The part that leaves out a row.
    pub fn left_out_of(&self, row: usize) -> usize {
        (dice(&[self.seed, 7, row as u64]) % self.parts.max(1) as u64) as usize
    }
}

/// Boosts, twice where combinations are wanted: once with any two comparisons in a tree, to see which combinations gain the
/// most, and then with those alone.
///
/// Time: parts × rounds × rows × features; some seconds for 5,000 rows of 60 features.
pub fn boost(matrix: &Matrix, options: &BoostOptions) -> Boosted {
    if options.combinations == 0 {
        return grow(matrix, options, Some(&[]));
    }
    let scouts = BoostOptions { rounds: options.rounds.min(80), parts: options.parts.min(4), ..options.clone() };
    let mut gains: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for tree in grow(matrix, &scouts, None).parts.iter().flatten() {
        if let Some((pair, gain)) = tree.combination() {
            *gains.entry(pair).or_default() += gain;
        }
    }
    let mut ranked: Vec<((usize, usize), f64)> = gains.into_iter().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let wanted: Vec<(usize, usize)> = ranked.into_iter().take(options.combinations).map(|(pair, _)| pair).collect();
    grow(matrix, options, Some(&wanted))
}

fn grow(matrix: &Matrix, options: &BoostOptions, combinations: Option<&[(usize, usize)]>) -> Boosted {
    let base = matrix.log_odds();
    let parts = (0..options.parts.max(1))
        .into_par_iter()
        .map(|part| {
            let rows = (0..matrix.len()).filter(|row| options.parts < 2 || options.left_out_of(*row) != part);
            grow_part(matrix, options, combinations, part, rows.collect(), base)
        })
        .collect();
    Boosted { base, rate: options.rate, parts }
}

fn grow_part(
    matrix: &Matrix,
    options: &BoostOptions,
    combinations: Option<&[(usize, usize)]>,
    part: usize,
    rows: Vec<usize>,
    base: f64,
) -> Vec<Tree> {
    let mut log_odds = vec![base; matrix.len()];
    let mut trees = Vec::with_capacity(options.rounds);
    let mut grower = Grower::new(matrix, options, combinations);
    for round in 0..options.rounds {
        let slopes: Vec<(f64, f64)> = log_odds
            .iter()
            .zip(&matrix.labels)
            .map(|(log_odds, label)| {
                let chance = 1.0 / (1.0 + (-log_odds).exp());
                (f64::from(u8::from(*label)) - chance, (chance * (1.0 - chance)).max(1e-9))
            })
            .collect();
        let used = |feature: usize| {
            dice(&[options.seed, part as u64, round as u64, feature as u64]) % 100 < options.features_percent
        };
        let tree = grower.tree(&rows, &slopes, &used);
        for &row in &rows {
            if let Some(slot) = log_odds.get_mut(row) {
                *slot += options.rate * tree.value(matrix.row(row));
            }
        }
        trees.push(tree);
    }
    trees
}

impl Boosted {
    /// The trees of each part.
    pub fn rounds(&self) -> usize {
        self.parts.first().map_or(0, Vec::len)
    }

    /// The log odds of a row after every `every` rounds: the mean over all parts, or one part's.
    pub fn course(&self, row: &[u8], part: Option<usize>, every: usize) -> Vec<f64> {
        let parts: Vec<&Vec<Tree>> = match part {
            Some(part) => self.parts.get(part).into_iter().collect(),
            None => self.parts.iter().collect(),
        };
        let mut sum = 0.0;
        let mut course = Vec::with_capacity(self.rounds() / every + 1);
        for round in 0..self.rounds() {
            sum += parts.iter().filter_map(|trees| trees.get(round)).map(|tree| tree.value(row)).sum::<f64>();
            if (round + 1) % every == 0 {
                course.push(self.base + self.rate * sum / parts.len().max(1) as f64);
            }
        }
        course
    }

    /// The first rounds of all parts, added up into tables.
    pub fn tables(&self, rounds: usize) -> Tables {
        let mut tables = Tables { base: self.base, ..Tables::default() };
        let share = self.rate / self.parts.len().max(1) as f64;
        for tree in self.parts.iter().flat_map(|trees| trees.iter().take(rounds)) {
            tree.add_to(&mut tables, share);
        }
        tables
    }
}

impl Tables {
    /// The log odds of a row.
    pub fn log_odds(&self, row: &[u8]) -> f64 {
        let level = |feature: usize| usize::from(row.get(feature).copied().unwrap_or_default());
        let at = |weights: &[f64], level: usize| weights.get(level).copied().unwrap_or_default();
        let single = self.single.iter().map(|(feature, weights)| at(weights, level(*feature)));
        let double =
            self.double.iter().map(|((a, b), weights)| weights.get(level(*a)).map_or(0.0, |row| at(row, level(*b))));
        self.base + single.chain(double).sum::<f64>()
    }
}

impl Tree {
    /// Adds the tree's values times `share` to the tables.
    fn add_to(&self, tables: &mut Tables, share: f64) {
        let mut levels = BTreeMap::new();
        let value = |levels: &BTreeMap<usize, u8>| share * self.value_by(|feature| levels.get(&feature).copied());
        match self.features().as_slice() {
            [] => tables.base += value(&levels),
            [only] => {
                let slots = tables.single.entry(*only).or_insert_with(|| vec![0.0; WIDTH]);
                for (level, slot) in (0..).zip(slots) {
                    levels.insert(*only, level);
                    *slot += value(&levels);
                }
            }
            [first, second, ..] => {
                let rows = tables.double.entry((*first, *second)).or_insert_with(|| vec![vec![0.0; WIDTH]; WIDTH]);
                for (a, row) in (0..).zip(rows) {
                    levels.insert(*first, a);
                    for (b, slot) in (0..).zip(row) {
                        levels.insert(*second, b);
                        *slot += value(&levels);
                    }
                }
            }
        }
    }
}

/// The bounds of a leaf that nothing bounds.
pub(super) const FREE: Bounds = (f64::NEG_INFINITY, f64::INFINITY);

/// A split of the root and, for each side, of its child.
pub(super) type Shape = (Split, [Option<Split>; 2]);

#[cfg(test)]
mod tests {
    use super::*;

    /// Two features; only both high together make a match, but for one pair in ten.
    fn matrix() -> Matrix {
        let mut matrix = Matrix { features: 3, monotone: vec![true, true, false], ..Matrix::default() };
        for number in 0..1200_u64 {
            let (a, b, c) = (number % 4, number / 4 % 4, dice(&[number]) % 5);
            let noise = dice(&[number, 1]).is_multiple_of(10);
            matrix.levels.extend([a as u8, b as u8, c as u8]);
            matrix.labels.push((a >= 2 && b >= 3) != noise);
        }
        matrix
    }

    #[test]
    fn tables_say_what_the_trees_say() {
        let matrix = matrix();
        let boosted = boost(&matrix, &BoostOptions { rounds: 40, ..BoostOptions::default() });
        let tables = boosted.tables(40);
        assert!(tables.double.keys().any(|pair| *pair == (0, 1)));
        for row in (0..matrix.len()).map(|row| matrix.row(row)) {
            let last = boosted.course(row, None, 40).pop().unwrap();
            assert!((tables.log_odds(row) - last).abs() < 1e-9);
        }
    }

    #[test]
    fn a_combination_is_found_and_levels_never_fall() {
        let matrix = matrix();
        let tables = boost(&matrix, &BoostOptions::default()).tables(600);
        let odds = |a, b| tables.log_odds(&[a, b, 1]);
        assert!(odds(3, 3) > 1.0 && odds(3, 1) < -1.0 && odds(1, 3) < -1.0);
        for high in 1..3 {
            for other in 1..4 {
                assert!(odds(high, other) <= odds(high + 1, other) && odds(other, high) <= odds(other, high + 1));
            }
        }
    }

    #[test]
    fn without_rows_there_is_no_evidence() {
        let tables = boost(&Matrix::default(), &BoostOptions::default()).tables(600);
        assert_eq!(tables.log_odds(&[]), 0.0);
    }
}
