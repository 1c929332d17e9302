//! Fitting the weights from labelled pairs.
//!
//! The model is logistic: log odds of a match = prior + Σ weight(comparison, level) + Σ weight(combination). Each
//! comparison's levels are coded as a thermometer: one increment per step from a level to the next, so that the ridge
//! penalty pulls neighbouring levels together, and a monotone comparison only needs increments that are not negative.
//! Solved by iteratively reweighted least squares; the inner box-constrained quadratic problem by cyclic coordinate
//! descent, as in Friedman, Hastie & Tibshirani, "Regularization Paths for Generalized Linear Models via Coordinate
//! Descent", J. Stat. Softw. 33(1), 2010, section 3.
//!
//! **Invariant:** sums over pairs are taken in a fixed order, so that a fit gives the same weights with any number of
//! threads.

use super::tabulate::{centre, tabulate};
use super::{BIT, Interaction, LevelWeights, MatchWeight};
use crate::compare::{COMPARISONS, Levels};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A labelled pair, or many that look alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Example {
    /// What the comparisons say.
    pub levels: Levels,
    /// Whether the pair is a match.
    pub is_match: bool,
    /// How much it counts, over 0.
    pub importance: f64,
}

/// How to fit.
#[derive(Debug, Clone, PartialEq)]
pub struct FitOptions {
    /// The ridge penalty on each increment, in units of a pair's importance.
    pub ridge: f64,
    /// The pairs of comparisons (by name) whose combinations get weights.
    pub interactions: Vec<(String, String)>,
    /// Rounds of reweighting at most.
    pub rounds: usize,
}

impl Default for FitOptions {
    fn default() -> FitOptions {
        FitOptions { ridge: 2.0, interactions: Vec::new(), rounds: 25 }
    }
}

/// Fitted weights: the parts of a model file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitted {
    /// The prior in micro-bits.
    pub prior: MatchWeight,
    /// The levels' weights.
    pub comparisons: Vec<LevelWeights>,
    /// The combinations' weights.
    pub interactions: Vec<Interaction>,
}

/// Where a thermometer step applies: a comparison's level is at least `level`; for a combination both are, or one is. Sums of
/// such steps with weights of at least 0 never fall when a level rises, whatever two comparisons have to do with each other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Level { comparison: usize, level: u8 },
    Both { first: (usize, u8), second: (usize, u8) },
    Either { first: (usize, u8), second: (usize, u8) },
}

impl Step {
    fn applies(self, levels: &Levels) -> bool {
        let reaches = |(comparison, level): (usize, u8)| levels.get(comparison).is_some_and(|have| *have >= level);
        match self {
            Step::Level { comparison, level } => reaches((comparison, level)),
            Step::Both { first, second } => reaches(first) && reaches(second),
            Step::Either { first, second } => reaches(first) || reaches(second),
        }
    }
}

/// Levels of a comparison at which a combination may change: about six, evenly spread.
fn cuts(comparison: usize) -> impl Iterator<Item = u8> {
    let levels = COMPARISONS.get(comparison).map_or(0, |comparison| comparison.levels.len() as u8);
    (2..=levels).rev().step_by(usize::from(levels / 6).max(1))
}

/// Fits weights to labelled pairs. Pairs whose field is missing teach nothing about levels but the prior.
///
/// Time: rounds × (distinct level patterns × steps per pattern² + steps² × sweeps), with about 110 steps and 12 for each
/// interaction; 100,000 patterns take some seconds.
pub fn fit(examples: &[Example], options: &FitOptions) -> Fitted {
    let (steps, is_bounded) = steps(options);
    let rows = Rows::new(examples, &steps);
    let mut solution = Solution { intercept: rows.log_odds(), increments: vec![0.0; steps.len()] };
    let mut loss = rows.loss(&solution, options.ridge);
    for _ in 0..options.rounds {
        let mut next = rows.newton_step(&solution, &is_bounded, options.ridge);
        let mut next_loss = rows.loss(&next, options.ridge);
        // Halving the step keeps the loss falling where the quadratic is a poor picture of it.
        for _ in 0..8 {
            if next_loss <= loss {
                break;
            }
            next = next.halfway_to(&solution);
            next_loss = rows.loss(&next, options.ridge);
        }
        let gain = loss - next_loss;
        if gain <= 0.0 {
            break;
        }
        (solution, loss) = (next, next_loss);
        if gain < loss * 1e-7 {
            break;
        }
    }
    let mut fitted = tabulate(&steps, &solution, options);
    centre(&mut fitted, to_micro_bits(rows.log_odds()), examples);
    fitted
}

fn steps(options: &FitOptions) -> (Vec<Step>, Vec<bool>) {
    let mut steps = Vec::new();
    let mut is_bounded = Vec::new();
    for (comparison, about) in COMPARISONS.iter().enumerate() {
        for level in 2..=about.levels.len() as u8 {
            steps.push(Step::Level { comparison, level });
            is_bounded.push(about.monotone);
        }
    }
    for (first, second) in interacting(options) {
        for a in cuts(first) {
            for b in cuts(second) {
                steps.push(Step::Both { first: (first, a), second: (second, b) });
                steps.push(Step::Either { first: (first, a), second: (second, b) });
                is_bounded.extend([true, true]);
            }
        }
    }
    (steps, is_bounded)
}

pub(super) fn interacting(options: &FitOptions) -> Vec<(usize, usize)> {
    let place = |name: &str| COMPARISONS.iter().position(|comparison| comparison.name == name);
    options.interactions.iter().filter_map(|(a, b)| Some((place(a)?, place(b)?))).collect()
}

#[derive(Debug, Clone)]
pub(super) struct Solution {
    /// The log odds where no step applies.
    pub intercept: f64,
    /// What each step adds to the log odds.
    pub increments: Vec<f64>,
}

impl Solution {
    fn halfway_to(&self, other: &Solution) -> Solution {
        let middle = self.increments.iter().zip(&other.increments).map(|(a, b)| (a + b) / 2.0).collect();
        Solution { intercept: (self.intercept + other.intercept) / 2.0, increments: middle }
    }

    fn log_odds(&self, active: &[u16]) -> f64 {
        self.intercept
            + active
                .iter()
                .map(|&step| self.increments.get(usize::from(step)).copied().unwrap_or_default())
                .sum::<f64>()
    }
}

/// The examples by distinct pattern of levels.
struct Rows {
    rows: Vec<Row>,
}

/// The steps that apply, importance of matches, importance of non-matches.
type Row = (Vec<u16>, f64, f64);

impl Rows {
    fn new(examples: &[Example], steps: &[Step]) -> Rows {
        let mut patterns: BTreeMap<Levels, (f64, f64)> = BTreeMap::new();
        for example in examples {
            let sums = patterns.entry(example.levels).or_default();
            *(if example.is_match { &mut sums.0 } else { &mut sums.1 }) += example.importance;
        }
        let rows = patterns
            .into_iter()
            .map(|(levels, (matches, others))| {
                let active = (0_u16..).zip(steps).filter(|(_, step)| step.applies(&levels)).map(|(place, _)| place);
                (active.collect(), matches, others)
            })
            .collect();
        Rows { rows }
    }

    fn log_odds(&self) -> f64 {
        let (matches, others) = self.rows.iter().fold((0.5, 0.5), |(m, o), row| (m + row.1, o + row.2));
        (matches / others).ln()
    }

    fn loss(&self, solution: &Solution, ridge: f64) -> f64 {
        let misfit: f64 = self
            .rows
            .iter()
            .map(|(active, matches, others)| {
                let log_odds = solution.log_odds(active);
                matches * (-log_odds).exp().ln_1p() + others * log_odds.exp().ln_1p()
            })
            .sum();
        misfit + ridge / 2.0 * solution.increments.iter().map(|x| x * x).sum::<f64>()
    }

    /// One round: the quadratic picture of the loss around `solution`, minimised within the bounds.
    fn newton_step(&self, solution: &Solution, is_bounded: &[bool], ridge: f64) -> Solution {
        let size = solution.increments.len() + 1;
        let parts: Vec<(Vec<f64>, Vec<f64>)> = self
            .rows
            .par_chunks(self.rows.len().div_ceil(PARTS).max(1))
            .map(|rows| curvature_and_slope(rows, solution))
            .collect();
        let (mut curvature, mut slope) = (vec![0.0; size * size], vec![0.0; size]);
        for (part_curvature, part_slope) in parts {
            curvature.iter_mut().zip(part_curvature).for_each(|(sum, part)| *sum += part);
            slope.iter_mut().zip(part_slope).for_each(|(sum, part)| *sum += part);
        }
        mirror(&mut curvature, size);
        let mut target: Vec<f64> = vec![solution.intercept];
        target.extend(&solution.increments);
        let bounded = |place: usize| place > 0 && is_bounded.get(place - 1).copied().unwrap_or(false);
        minimise(&curvature, &mut slope, &mut target, ridge, bounded);
        let mut places = target.into_iter();
        Solution { intercept: places.next().unwrap_or_default(), increments: places.collect() }
    }
}

/// The parts in which rows are summed: the same number on every machine, so that the sums are the same.
const PARTS: usize = 16;

/// The curvature (its lower triangle) and the slope of some rows' loss at a solution. Place 0 is the intercept; step s has
/// place s + 1.
fn curvature_and_slope(rows: &[Row], solution: &Solution) -> (Vec<f64>, Vec<f64>) {
    let size = solution.increments.len() + 1;
    let (mut curvature, mut slope) = (vec![0.0; size * size], vec![0.0; size]);
    for (active, matches, others) in rows {
        let chance = 1.0 / (1.0 + (-solution.log_odds(active)).exp());
        let residual = matches * (1.0 - chance) - others * chance;
        let weight = (matches + others) * (chance * (1.0 - chance)).max(1e-6);
        let places = || std::iter::once(0).chain(active.iter().map(|&step| usize::from(step) + 1));
        for a in places() {
            add(&mut slope, a, residual);
            let Some(line) = curvature.get_mut(a * size..=a * size + a) else { continue };
            for b in places().take_while(|b| *b <= a) {
                add(line, b, weight);
            }
        }
    }
    (curvature, slope)
}

pub(super) fn add(values: &mut [f64], place: usize, value: f64) {
    if let Some(slot) = values.get_mut(place) {
        *slot += value;
    }
}

fn mirror(matrix: &mut [f64], size: usize) {
    for a in 0..size {
        for b in 0..a {
            let value = matrix.get(a * size + b).copied().unwrap_or_default();
            if let Some(slot) = matrix.get_mut(b * size + a) {
                *slot = value;
            }
        }
    }
}

/// Cyclic coordinate descent on ½ d'Cd − s'd + ridge/2·‖x + d‖² over x + d, with x + d ≥ 0 where bounded. `slope` is the
/// slope left at the current point and is kept up to date.
fn minimise(curvature: &[f64], slope: &mut [f64], x: &mut [f64], ridge: f64, bounded: impl Fn(usize) -> bool) {
    let size = x.len();
    for _ in 0..400 {
        let mut largest: f64 = 0.0;
        for place in 0..size {
            let Some(row) = curvature.get(place * size..(place + 1) * size) else { continue };
            let (Some(&own), Some(&pull), Some(&current)) = (row.get(place), slope.get(place), x.get(place)) else {
                continue;
            };
            let ridge = if place == 0 { 0.0 } else { ridge };
            if own + ridge <= 0.0 {
                continue;
            }
            let mut next = (own * current + pull) / (own + ridge);
            if bounded(place) {
                next = next.max(0.0);
            }
            let change = next - current;
            if change != 0.0 {
                largest = largest.max(change.abs());
                slope.iter_mut().zip(row).for_each(|(slope, shared)| *slope -= shared * change);
                if let Some(slot) = x.get_mut(place) {
                    *slot = next;
                }
            }
        }
        if largest < 1e-6 {
            break;
        }
    }
}

pub(super) fn to_micro_bits(log_odds: f64) -> MatchWeight {
    (log_odds / std::f64::consts::LN_2 * f64::from(BIT)).round() as MatchWeight
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::levels::COUNT;
    use crate::model::fields::FieldModel;
    use crate::model::{FORMAT, Model, ModelFile, probability};

    fn levels(of_first: u8, of_fourth: u8) -> Levels {
        let mut levels = [1; COUNT];
        levels[0] = of_first;
        levels[3] = of_fourth;
        levels
    }

    fn example(levels: Levels, is_match: bool, importance: f64) -> Example {
        Example { levels, is_match, importance }
    }

    fn model(fitted: Fitted) -> Model {
        let Fitted { prior, comparisons, interactions } = fitted;
        let fields = vec![FieldModel { comparisons, interactions, ..FieldModel::default() }];
        Model::new(ModelFile { format: FORMAT, prior, fields, ..ModelFile::default() }).unwrap()
    }

    #[test]
    fn a_single_comparison_is_fitted_to_its_odds() {
        let examples = [
            example(levels(1, 1), false, 900.0),
            example(levels(1, 1), true, 100.0),
            example(levels(5, 1), true, 300.0),
            example(levels(5, 1), false, 100.0),
        ];
        let model = model(fit(&examples, &FitOptions { ridge: 0.001, ..FitOptions::default() }));
        assert!((probability(model.weight(&levels(1, 1))) - 0.1).abs() < 0.005);
        assert!((probability(model.weight(&levels(5, 1))) - 0.75).abs() < 0.005);
    }

    #[test]
    fn monotone_levels_never_fall() {
        let examples = [
            example(levels(1, 3), true, 100.0),
            example(levels(1, 3), false, 50.0),
            example(levels(1, 9), false, 100.0),
            example(levels(1, 9), true, 50.0),
        ];
        let fitted = fit(&examples, &FitOptions::default());
        for table in &fitted.comparisons {
            assert!(table.weights[1..].windows(2).all(|pair| pair[0] <= pair[1]), "{table:?}");
        }
    }

    #[test]
    fn a_combination_is_found_where_it_matters() {
        // Only both together make a match.
        let examples = [
            example(levels(1, 1), false, 100.0),
            example(levels(5, 1), false, 100.0),
            example(levels(1, 12), false, 100.0),
            example(levels(5, 12), true, 100.0),
        ];
        let interactions = vec![("spelling".to_owned(), "grams".to_owned())];
        let options = FitOptions { interactions, ridge: 0.01, ..FitOptions::default() };
        let fitted = model(fit(&examples, &options));
        assert!(probability(fitted.weight(&levels(5, 12))) > 0.95);
        assert!(probability(fitted.weight(&levels(5, 1))) < 0.05);
        assert!(probability(fitted.weight(&levels(1, 12))) < 0.05);
    }

    #[test]
    fn one_class_alone_gives_finite_weights() {
        let fitted = fit(&[example(levels(2, 2), true, 10.0)], &FitOptions::default());
        assert!(fitted.prior.abs() < 20 * BIT);
        fit(&[], &FitOptions::default());
    }
}
