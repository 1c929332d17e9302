//! The share of matches in a job, estimated before its pairs are scored, and the partners of a row, weighed against each
//! other.
//!
//! See [`crate::model::share`] for the mathematics. The sample is a set of right rows with all their candidates, taken by a
//! hash of their ids until it has some 200,000 pairs: so it is the same whatever the order of the rows and the number of
//! threads, and a small job is taken whole.

use super::scorer::Scorer;
use crate::block::{Blocks, Scratch};
use crate::compare::Prepared;
use crate::model::share::{
    Histogram, RowEvidence, Scale, ShareSource, against_rivals, expected_matches, odds, odds_of_rows, prior_of,
    share_of_pairs,
};
use crate::model::{BIT, MatchWeight, Model, probability};
use crate::record::RecordId;
use crate::text::hash::stable_hash;
use rayon::prelude::*;
use serde::Serialize;

/// Pairs that are compared to estimate the share, about.
const SAMPLED: u64 = 200_000;
/// Rows that are taken at once; the sample ends with one of these parts, whatever the number of threads.
const ROWS: usize = 128;

/// A candidate that is so many micro-bits weaker than the best of its row is no rival: together such candidates would
/// weigh next to nothing, and most need not be compared to the last letter.
pub const BAND: MatchWeight = 6 * BIT;

/// The two sides of a job: rows on the right look for partners on the left.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// The left rows.
    pub left: &'a [Prepared],
    /// The right rows.
    pub right: &'a [Prepared],
    /// Which pairs are candidates.
    pub blocks: &'a Blocks<'a>,
}

/// What is known of a job's matches before its pairs are scored.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct JobShare {
    /// The share of matches among the candidate pairs: what is stated, or the mean of the probabilities of those that were
    /// sampled.
    pub share: f64,
    /// Pairs that it was estimated from; 0 where it was stated, or is the model's own.
    pub sampled_pairs: u64,
    /// Whether the candidates of a right row compete to be its only partner.
    pub rivals: bool,
    /// How evidence becomes a weight.
    #[serde(skip)]
    pub scale: Scale,
}

impl JobShare {
    /// The model's own share, for pairs that are judged alone.
    pub fn own(model: &Model) -> JobShare {
        JobShare { share: probability(model.file().prior), sampled_pairs: 0, rivals: false, scale: model.scale() }
    }

    /// A share that is stated, from 0 to 1; with `rivals` as in [`JobShare::estimated`].
    pub fn stated(share: f64, model: &Model, rivals: bool) -> JobShare {
        let calibration = model.file().calibration;
        let sharpness = if rivals { calibration.partners } else { calibration.pairs };
        JobShare { share, sampled_pairs: 0, rivals, scale: Scale { prior: prior_of(share), sharpness } }
    }

    /// The share of a job, from a sample of its right rows; `ids` are theirs. With `rivals`, each right row is taken to have
    /// one partner at most. A model whose share is fixed is asked for nothing else.
    ///
    /// Time: some 200,000 pairs, compared on all threads.
    pub fn estimated(sides: Sides<'_>, ids: &[RecordId], scorer: &Scorer, rivals: bool) -> JobShare {
        let file = scorer.model().file();
        if file.share == ShareSource::Fixed {
            return JobShare::own(scorer.model());
        }
        let sharpness = if rivals { file.calibration.partners } else { file.calibration.pairs };
        let bare = Scale { prior: 0, sharpness };
        let (pairs, rows) = sample(sides, ids, scorer, bare);
        let known = probability(file.prior);
        let (matches, prior) = if rivals {
            let found = odds_of_rows(&rows);
            (found.expected_matches, prior_of(found.odds / (1.0 + found.odds)))
        } else {
            let share = share_of_pairs(&pairs, known);
            (expected_matches(&pairs, share), prior_of(share))
        };
        let share = matches / (pairs.pairs() as f64).max(1.0);
        JobShare { share, sampled_pairs: pairs.pairs(), rivals, scale: Scale { prior, ..bare } }
    }

    /// The share of matches among given pairs with this evidence, each judged alone. A model whose share is fixed is asked
    /// for nothing else.
    pub fn of_evidence(evidence: impl Iterator<Item = MatchWeight>, model: &Model) -> JobShare {
        let file = model.file();
        if file.share == ShareSource::Fixed {
            return JobShare::own(model);
        }
        let bare = Scale { prior: 0, sharpness: file.calibration.pairs };
        let mut pairs = Histogram::default();
        evidence.for_each(|evidence| pairs.add(bare.weight(evidence)));
        let prior = share_of_pairs(&pairs, probability(file.prior));
        let share = expected_matches(&pairs, prior) / (pairs.pairs() as f64).max(1.0);
        JobShare { share, sampled_pairs: pairs.pairs(), rivals: false, scale: Scale { prior: prior_of(prior), ..bare } }
    }
}

/// The evidence of the candidates of a sample of right rows, pair by pair and row by row.
fn sample(sides: Sides<'_>, ids: &[RecordId], scorer: &Scorer, scale: Scale) -> (Histogram, Vec<RowEvidence>) {
    let hash = |row: u32| {
        let id = ids.get(row as usize).map_or("", RecordId::as_str);
        stable_hash(id.bytes()).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    };
    let mut order: Vec<u32> = (0..sides.right.len() as u32).collect();
    order.sort_by_cached_key(|row| (hash(*row), *row));
    let (mut pairs, mut evidence) = (Histogram::default(), Vec::new());
    for part in order.chunks(ROWS) {
        let weigh = |scratch: &mut Scratch, row: &u32| -> Vec<MatchWeight> {
            let Some(right) = sides.right.get(*row as usize) else { return Vec::new() };
            let candidates = sides.blocks.candidates(*row, scratch).iter();
            let candidates = candidates.filter_map(|left| sides.left.get(*left as usize));
            candidates.map(|left| scale.weight(scorer.evidence(left, right))).collect()
        };
        let weighed: Vec<Vec<MatchWeight>> = part.par_iter().map_init(Scratch::default, weigh).collect();
        for weights in weighed {
            weights.iter().for_each(|weight| pairs.add(*weight));
            evidence.push(RowEvidence { candidates: weights.len() as u32, odds: odds_near_best(&weights) });
        }
        if pairs.pairs() >= SAMPLED {
            break;
        }
    }
    (pairs, evidence)
}

/// The odds of all weights that are within [`BAND`] of the best.
pub fn odds_near_best(weights: &[MatchWeight]) -> f64 {
    let best = weights.iter().copied().max().unwrap_or_default();
    weights.iter().filter(|weight| **weight >= best.saturating_sub(BAND)).map(|weight| odds(*weight)).sum()
}

/// What its rivals take from each weight of a row's candidates: those of the others that are within [`BAND`] of the best.
pub fn rival_terms(weights: impl ExactSizeIterator<Item = MatchWeight> + Clone) -> Vec<MatchWeight> {
    let least = weights.clone().max().unwrap_or_default().saturating_sub(BAND);
    let rival_odds = move |weight: MatchWeight| if weight >= least { odds(weight) } else { 0.0 };
    // The sum of the others is that of those before and of those after: taking a candidate from the sum of all would lose
    // the small ones.
    let mut after: Vec<f64> = weights.clone().map(rival_odds).collect();
    let mut sum = 0.0;
    after.iter_mut().rev().for_each(|slot| sum += std::mem::replace(slot, sum));
    let mut before = 0.0;
    let term = |(weight, after): (MatchWeight, f64)| {
        let others = before + after;
        before += rival_odds(weight);
        against_rivals(others)
    };
    weights.zip(after).map(term).collect()
}

/// Weighs the candidates of a row against each other, and drops those that are no rivals of the best.
///
/// `found` are candidates with their own weights, in any fixed order, which stays.
pub fn weigh_rivals<T>(found: &mut Vec<(T, MatchWeight)>) {
    let best = found.iter().map(|(_, weight)| *weight).max().unwrap_or_default();
    found.retain(|(_, weight)| *weight >= best.saturating_sub(BAND));
    let terms = rival_terms(found.iter().map(|(_, weight)| *weight));
    found.iter_mut().zip(terms).for_each(|((_, weight), term)| *weight = weight.saturating_add(term));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rivals_take_from_each_other_and_keep_their_order(
            weights in proptest::collection::vec(-12_000_000..12_000_000_i32, 1..9),
        ) {
            let mut found: Vec<(usize, MatchWeight)> = weights.iter().copied().enumerate().collect();
            weigh_rivals(&mut found);
            prop_assert!(found.iter().map(|(_, weight)| probability(*weight)).sum::<f64>() <= 1.0 + 1e-6);
            for (row, weight) in &found {
                prop_assert!(*weight <= weights[*row]);
                for (other, other_weight) in &found {
                    prop_assert!(weights[*row] < weights[*other] || weight >= other_weight);
                }
            }
        }
    }

    #[test]
    fn one_candidate_has_no_rival() {
        let mut found = vec![("a", 5), ("b", 5 - BAND - 1)];
        weigh_rivals(&mut found);
        assert_eq!(found, [("a", 5)]);
        let mut equal = vec![("a", 3 * BIT), ("b", 3 * BIT)];
        weigh_rivals(&mut equal);
        assert!(equal.iter().all(|(_, weight)| *weight < 0));
    }
}
