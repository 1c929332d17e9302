//! From a fitted regression to tables of integer weights that people can read.

use super::fit::{Example, FitOptions, Fitted, Solution, Step, add, interacting, to_micro_bits};
use super::{Interaction, LevelWeights, MatchWeight, at};
use crate::compare::levels::{COUNT, MAGNITUDE, MISSING};
use crate::compare::magnitude::ONE_SIDED;
use crate::compare::{COMPARISONS, Levels};

/// The mean over the pairs, matches and non-matches counting half each, of what `weight` gives their levels.
fn mean(examples: &[Example], weight: impl Fn(&Levels) -> MatchWeight) -> MatchWeight {
    let (mut sums, mut counts) = ([0.0_f64; 2], [0.0_f64; 2]);
    for example in examples.iter().filter(|example| example.levels.first() != Some(&MISSING)) {
        let class = usize::from(example.is_match);
        add(&mut sums, class, f64::from(weight(&example.levels)) * example.importance);
        add(&mut counts, class, example.importance);
    }
    let [others, matches] = counts.map(|count| count.max(1e-9));
    let [of_others, of_matches] = sums;
    ((of_others / others + of_matches / matches) / 2.0).round() as MatchWeight
}

/// Moves constants between the tables, so that the prior is the share of matches alone, a missing field has weight 0, and
/// a weight's sign says whether its level speaks for or against a match. What is left over goes to all comparisons in
/// equal parts. No pair's weight changes.
pub(super) fn centre(fitted: &mut Fitted, prior: MatchWeight, examples: &[Example]) {
    let mut rest = fitted.prior - prior;
    for (place, table) in fitted.comparisons.iter_mut().enumerate() {
        let weights = table.weights.clone();
        let mean = mean(examples, |levels| at(&weights, level_of(levels, place)));
        table.weights.iter_mut().skip(first_present(place)).for_each(|weight| *weight -= mean);
        rest += mean;
    }
    for table in &mut fitted.interactions {
        let place = |name: &str| COMPARISONS.iter().position(|comparison| comparison.name == name);
        let (Some(first), Some(second)) = (place(&table.first), place(&table.second)) else { continue };
        let weights = table.weights.clone();
        let weight =
            |levels: &Levels| weights.get(level_of(levels, first)).map_or(0, |row| at(row, level_of(levels, second)));
        let mean = mean(examples, weight);
        table.weights.iter_mut().skip(1).flat_map(|row| row.iter_mut().skip(1)).for_each(|weight| *weight -= mean);
        rest += mean;
    }
    let part = rest / COUNT as MatchWeight;
    for (place, table) in fitted.comparisons.iter_mut().enumerate() {
        let part = if place == 0 { rest - part * (COUNT as MatchWeight - 1) } else { part };
        table.weights.iter_mut().skip(first_present(place)).for_each(|weight| *weight += part);
    }
    fitted.prior = prior;
}

/// The first level of a comparison that is not about a missing text.
fn first_present(comparison: usize) -> usize {
    1 + if comparison == MAGNITUDE { usize::from(ONE_SIDED) } else { 0 }
}

fn level_of(levels: &Levels, comparison: usize) -> usize {
    usize::from(levels.get(comparison).copied().unwrap_or_default())
}

/// What each level of a monotone comparison weighs more than the one below it at the least, in micro-bits: next to nothing,
/// but of two pairs that the data cannot tell apart the one that is more alike comes first.
const TIE_BREAK: MatchWeight = 500;

/// Turns increments into one weight per level, in micro-bits.
pub(super) fn tabulate(steps: &[Step], solution: &Solution, options: &FitOptions) -> Fitted {
    let weight_where = |applies: &dyn Fn(Step) -> bool| -> MatchWeight {
        let sum: f64 = steps
            .iter()
            .zip(&solution.increments)
            .filter(|(step, _)| applies(**step))
            .map(|(_, increment)| increment)
            .sum();
        to_micro_bits(sum)
    };
    let comparisons = COMPARISONS.iter().enumerate().map(|(place, about)| {
        let weights = (0..=about.levels.len() as u8)
            .map(|have| {
                let fitted = weight_where(
                    &|step| matches!(step, Step::Level { comparison, level } if comparison == place && have >= level),
                );
                fitted + if about.monotone { MatchWeight::from(have) * TIE_BREAK } else { 0 }
            })
            .collect();
        LevelWeights { comparison: about.name.to_owned(), weights }
    });
    let interactions = interacting(options).into_iter().filter_map(|(a, b)| {
        let (first_about, second_about) = (COMPARISONS.get(a)?, COMPARISONS.get(b)?);
        let weights = (0..=first_about.levels.len() as u8).map(|i| {
            let row = (0..=second_about.levels.len() as u8).map(|j| {
                weight_where(&|step| match step {
                    Step::Level { .. } => false,
                    Step::Both { first, second } => (first.0, second.0) == (a, b) && i >= first.1 && j >= second.1,
                    Step::Either { first, second } => (first.0, second.0) == (a, b) && (i >= first.1 || j >= second.1),
                })
            });
            row.collect()
        });
        let (first, second) = (first_about.name.to_owned(), second_about.name.to_owned());
        Some(Interaction { first, second, weights: weights.collect() })
    });
    let (comparisons, interactions) = (comparisons.collect(), interactions.collect());
    Fitted { prior: to_micro_bits(solution.intercept), comparisons, interactions }
}
