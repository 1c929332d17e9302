//! From a fitted regression to tables of integer weights that people can read.

use super::fit::{Example, Fitted, Solution, Step, add, to_micro_bits};
use super::{LevelWeights, MatchWeight, at};
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
pub(super) const TIE_BREAK: MatchWeight = 500;

/// Turns increments into one weight per level, in micro-bits.
pub(super) fn tabulate(steps: &[Step], solution: &Solution) -> Fitted {
    let weight = |place: usize, have: u8| -> MatchWeight {
        let increments = steps.iter().zip(&solution.increments);
        let reached = increments.filter(|(step, _)| step.comparison == place && have >= step.level);
        to_micro_bits(reached.map(|(_, increment)| increment).sum())
    };
    let comparisons = COMPARISONS.iter().enumerate().map(|(place, about)| {
        let levels = 0..=about.levels.len() as u8;
        let tie_break = |have: u8| if about.monotone { MatchWeight::from(have) * TIE_BREAK } else { 0 };
        let weights = levels.map(|have| weight(place, have) + tie_break(have)).collect();
        LevelWeights { comparison: about.name.to_owned(), weights }
    });
    Fitted { prior: to_micro_bits(solution.intercept), comparisons: comparisons.collect(), interactions: Vec::new() }
}
