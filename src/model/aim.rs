//! Thresholds by what is to be expected of the links: a precision, or the best F_β.
//!
//! Where probabilities are calibrated, the links of probabilities p are expected to hold Σ p true ones and Σ (1 − p) false
//! ones, so precision and F_β at any threshold can be told without a single label.

use super::{MatchWeight, probability};
use serde::Serialize;

/// What the links are to be good for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// At least this expected share of links is true, from 0 to 1.
    Precision(f64),
    /// The best expected F_β for this β above 0: recall counts β² times as much as precision.
    FBeta(f64),
}

/// What is to be expected of links, by their probabilities.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Expected {
    /// Links that are true.
    pub true_links: f64,
    /// Links that are false.
    pub false_links: f64,
}

impl Expected {
    /// What is to be expected of links with these weights; summed in their order.
    pub fn of(weights: impl Iterator<Item = MatchWeight>) -> Expected {
        weights.map(probability).fold(Expected::default(), |sum, p| Expected {
            true_links: sum.true_links + p,
            false_links: sum.false_links + (1.0 - p),
        })
    }

    fn precision(self) -> f64 {
        self.true_links / (self.true_links + self.false_links).max(f64::MIN_POSITIVE)
    }

    fn f_beta(self, beta: f64, matches: f64) -> f64 {
        let (links, square) = (self.true_links + self.false_links, beta * beta);
        (1.0 + square) * self.true_links / (square * matches.max(self.true_links) + links).max(f64::MIN_POSITIVE)
    }
}

/// The least weight that serves an aim best, for links of these weights: for a precision the lowest one that reaches it, for
/// F_β the best, of equal ones the higher. `matches` is how many matches there are in all, links or not. Where no threshold
/// serves, none of the links reaches the answer.
///
/// O(n log n).
pub fn least_weight_for(aim: Aim, weights: &[MatchWeight], matches: f64) -> MatchWeight {
    let mut sorted = weights.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let mut sum = Expected::default();
    let mut best = (0.0, MatchWeight::MAX);
    for equal in sorted.chunk_by(|a, b| a == b) {
        let (count, weight) = (equal.len() as f64, equal.first().copied().unwrap_or(MatchWeight::MAX));
        let p = probability(weight);
        sum = Expected { true_links: sum.true_links + count * p, false_links: sum.false_links + count * (1.0 - p) };
        match aim {
            // Probabilities fall along the list, and their mean with them.
            Aim::Precision(wanted) if sum.precision() >= wanted => best.1 = weight,
            Aim::Precision(_) => break,
            Aim::FBeta(beta) => {
                let value = sum.f_beta(beta, matches);
                if value > best.0 {
                    best = (value, weight);
                }
            }
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::super::BIT;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_lower_threshold_expects_no_more_precision(weights in proptest::collection::vec(-9_000_000..9_000_000_i32, 1..60)) {
            let mut sorted = weights.clone();
            sorted.sort_unstable_by(|a, b| b.cmp(a));
            let precision = |count: usize| Expected::of(sorted.iter().take(count).copied()).precision();
            for count in 1..sorted.len() {
                prop_assert!(precision(count + 1) <= precision(count) + 1e-12);
            }
            let least = least_weight_for(Aim::Precision(0.8), &weights, 0.0);
            let kept = weights.iter().copied().filter(|weight| *weight >= least);
            let expected = Expected::of(kept.clone());
            prop_assert!(kept.count() == 0 || expected.precision() >= 0.8 - 1e-9);
            // One more would be too many.
            if let Some(next) = sorted.iter().find(|weight| **weight < least) {
                prop_assert!(Expected::of(weights.iter().copied().filter(|weight| weight >= next)).precision() < 0.8 + 1e-9);
            }
        }
    }

    #[test]
    fn the_best_f_beta_weighs_what_is_missed() {
        // Probabilities 0.8, 0.5 and 0.2; one and a half matches in all.
        let weights = [2 * BIT, 0, -2 * BIT];
        assert_eq!(least_weight_for(Aim::FBeta(1.0), &weights, 1.5), 0);
        assert_eq!(least_weight_for(Aim::FBeta(4.0), &weights, 1.5), -2 * BIT);
        assert_eq!(least_weight_for(Aim::FBeta(0.25), &weights, 1.5), 2 * BIT);
        assert_eq!(least_weight_for(Aim::Precision(0.9), &weights, 1.5), MatchWeight::MAX);
        assert_eq!(least_weight_for(Aim::Precision(0.5), &weights, 1.5), -2 * BIT);
    }
}
