//! From evidence to a probability that is right as often as it says, in the job at hand.
//!
//! A model's prior is the share of matches among the pairs that it was fitted on, which says nothing of another job's. So a
//! job estimates its own share ([`share_of_pairs`]): with q_i the odds that pair i's evidence speaks for, the share π is
//! where π = mean of π q_i / (π q_i + 1 − π), found by expectation and maximisation (Saerens, Latinne & Decaestecker,
//! "Adjusting the Outputs of a Classifier to New a Priori Probabilities", Neural Computation 14(1), 2002). The log2 odds of
//! that share take the place of the model's prior ([`Scale`]); a weight stays a sum of integers, and weight 0 stays a
//! probability of one half.
//!
//! **Rivals.** Where a row has one partner at most, its candidates compete: candidate c of a row is its partner with
//! probability a·q_c / (1 + a·Σ q_j), where a is the odds of any one candidate before it is compared, the same for all rows
//! ([`odds_of_rows`]). In log2 odds that is the pair's own weight minus log2(1 + Σ over the others of 2^weight), which
//! [`against_rivals`] gives: a term like any other, never positive.
//!
//! **Sharpness.** Evidence is fitted on look-alikes of one list; how far candidates of two lists lie apart is another
//! matter. [`Calibration`] stretches evidence by one factor, chosen on validation data ([`Scale::sharpened`]), so that the
//! order of pairs stays as it is.
//!
//! **Invariant:** sums of floats are taken in an order that the caller fixes, so that the same job gives the same bytes.

use super::{BIT, MatchWeight};
use serde::{Deserialize, Serialize};

/// Where the share of matches comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareSource {
    /// From the candidate pairs of each job.
    #[default]
    Job,
    /// From the model: its prior has the right share, or its threshold, built in.
    Fixed,
}

impl ShareSource {
    /// Whether it is the share of each job.
    pub fn is_job(&self) -> bool {
        *self == ShareSource::Job
    }
}

/// How far a model's evidence is stretched, in thousandths: 1,000 leaves it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calibration {
    /// Where each pair is judged alone.
    pub pairs: u32,
    /// Where a row's candidates compete to be its only partner.
    pub partners: u32,
}

/// Evidence as it is, in [`Calibration`].
pub const UNCHANGED: u32 = 1_000;

impl Default for Calibration {
    fn default() -> Calibration {
        Calibration { pairs: UNCHANGED, partners: UNCHANGED }
    }
}

impl Calibration {
    /// Whether it leaves all evidence as it is.
    pub fn is_unchanged(&self) -> bool {
        *self == Calibration::default()
    }
}

/// How evidence becomes a weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// The weight of a pair before anything is compared.
    pub prior: MatchWeight,
    /// How far evidence is stretched, in thousandths.
    pub sharpness: u32,
}

impl Scale {
    /// Evidence, stretched; rounded towards zero, saturating.
    pub fn sharpened(self, evidence: MatchWeight) -> MatchWeight {
        let stretched = i64::from(evidence) * i64::from(self.sharpness) / i64::from(UNCHANGED);
        // Clamped first, so the cast loses nothing.
        stretched.clamp(MatchWeight::MIN.into(), MatchWeight::MAX.into()) as MatchWeight
    }

    /// The weight of a pair with this evidence.
    pub fn weight(self, evidence: MatchWeight) -> MatchWeight {
        self.prior.saturating_add(self.sharpened(evidence))
    }
}

/// The log2 odds of a share between 0 and 1, in micro-bits; rounded, and no share is surer than 2³⁰ to 1.
pub fn prior_of(share: f64) -> MatchWeight {
    let bits = (share / (1.0 - share)).log2().clamp(-30.0, 30.0);
    // Not a number, which a share outside 0..=1 gives, casts to 0.
    (bits * f64::from(BIT)).round() as MatchWeight
}

/// The odds that a weight stands for.
pub fn odds(weight: MatchWeight) -> f64 {
    (f64::from(weight) / f64::from(BIT)).exp2()
}

/// The weight of a candidate that competes with others whose odds sum up to `rivals` (each by its own weight), at least 0:
/// what is taken from its weight, as a term that is never positive.
pub fn against_rivals(rivals: f64) -> MatchWeight {
    let bits = rivals.max(0.0).ln_1p() / std::f64::consts::LN_2;
    // The cast saturates.
    -((bits * f64::from(BIT)).round() as MatchWeight)
}

/// Bins of a [`Histogram`] in a bit.
const BINS: f64 = 16.0;
/// The strongest evidence that a histogram tells apart, in bits, for and against.
const WIDEST: f64 = 64.0;

/// How many pairs have how much evidence. Counts are whole numbers, so the order of adding does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram { counts: vec![0; (2.0 * WIDEST * BINS) as usize + 1] }
    }
}

impl Histogram {
    /// Counts a pair.
    pub fn add(&mut self, evidence: MatchWeight) {
        let bits = (f64::from(evidence) / f64::from(BIT)).clamp(-WIDEST, WIDEST);
        let bin = ((bits + WIDEST) * BINS).round() as usize;
        if let Some(count) = self.counts.get_mut(bin) {
            *count += 1;
        }
    }

    /// Counts all pairs of another one.
    pub fn merge(&mut self, other: &Histogram) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(own, other)| *own += other);
    }

    /// Pairs counted.
    pub fn pairs(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The odds in the middle of each bin that is not empty, and its pairs, from the weakest evidence on.
    fn bins(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let bins = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        bins.map(|(bin, count)| ((bin as f64 / BINS - WIDEST).exp2(), *count as f64))
    }
}

/// So many pairs with the share that is known beforehand count beside those of the job, so that a small job is not carried
/// away by look-alikes: on the 85 candidate pairs of two small tables the estimate alone is far too high.
const PSEUDO_PAIRS: f64 = 300.0;
/// The same for rows, which say more each.
const PSEUDO_ROWS: f64 = 10.0;
/// More rounds than it takes.
const ROUNDS: usize = 1_000;

/// The share of matches among the pairs with this evidence (without a prior), from 0 to 1; `known` is the share where there
/// are no pairs, from 0 to 1.
///
/// Reference: see the [module](self). O(bins) a round.
pub fn share_of_pairs(evidence: &Histogram, known: f64) -> f64 {
    let pairs = evidence.pairs() as f64;
    fixed_point(known, |share| (expected_matches(evidence, share) + PSEUDO_PAIRS * known) / (pairs + PSEUDO_PAIRS))
}

/// How many of the pairs are to be expected to match, with this share as the prior of each, from 0 to 1.
pub fn expected_matches(evidence: &Histogram, share: f64) -> f64 {
    evidence.bins().map(|(odds, count)| count * posterior(share, odds)).sum()
}

/// What the candidates of a row say together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RowEvidence {
    /// How many there are.
    pub candidates: u32,
    /// The sum of the odds of their evidence, without a prior.
    pub odds: f64,
}

/// What a job's rows say of their partners.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RowShare {
    /// The share of rows with candidates whose partner is among them, from 0 to 1.
    pub rows: f64,
    /// The odds of any one candidate to be the partner, before it is compared.
    pub odds: f64,
    /// The rows that are to be expected to have their partner among their candidates.
    pub expected_matches: f64,
}

/// How many rows have a partner, where a row has one at most, by expectation and maximisation as for pairs; half of the
/// rows are taken to have one where nothing is known. Rows without candidates count for nothing.
pub fn odds_of_rows(rows: &[RowEvidence]) -> RowShare {
    let with: Vec<&RowEvidence> = rows.iter().filter(|row| row.candidates > 0).collect();
    let count = with.len() as f64;
    let candidates: f64 = with.iter().map(|row| f64::from(row.candidates)).sum();
    let each = (candidates / count.max(1.0)).max(1.0);
    let found = |share: f64| with.iter().map(|row| posterior(share, row.odds / each)).sum::<f64>();
    let share = fixed_point(0.5, |share| (found(share) + PSEUDO_ROWS * 0.5) / (count + PSEUDO_ROWS));
    RowShare { rows: share, odds: share / (1.0 - share) / each, expected_matches: found(share) }
}

fn posterior(share: f64, odds: f64) -> f64 {
    let for_it = share * odds;
    // Odds that overflow are as sure as can be.
    if for_it.is_finite() { for_it / (for_it + (1.0 - share)) } else { 1.0 }
}

/// Where `next` leads from `start` in the end.
fn fixed_point(start: f64, next: impl Fn(f64) -> f64) -> f64 {
    let mut share = start;
    for _ in 0..ROUNDS {
        let following = next(share);
        let moved = (following - share).abs();
        share = following;
        if moved <= share * 1e-9 {
            break;
        }
    }
    share
}

#[cfg(test)]
mod tests {
    use super::super::probability;
    use super::*;
    use proptest::prelude::*;

    /// Evidence of two classes that is what it says: normal with variance s² and means ±s²/2 in nats, by quantiles.
    fn evidence(share: f64, pairs: usize) -> Histogram {
        let mut histogram = Histogram::default();
        let matches = (pairs as f64 * share) as usize;
        for (count, mean) in [(matches, 4.0), (pairs - matches, -4.0)] {
            for place in 0..count {
                // A sum of twelve evenly spread numbers is close to normal.
                let spread = |part: usize| {
                    let mixed = ((place * 12 + part) as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                    let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                    (mixed >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
                };
                let normal: f64 = (0..12).map(spread).sum();
                let nats = mean + normal * 8.0_f64.sqrt();
                histogram.add((nats / std::f64::consts::LN_2 * f64::from(BIT)) as MatchWeight);
            }
        }
        histogram
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn a_share_is_found_again(share in 0.03_f64..0.9) {
            let found = share_of_pairs(&evidence(share, 20_000), 0.2);
            prop_assert!((prior_of(found) - prior_of(share)).abs() < BIT / 2, "{share} {found}");
        }

        #[test]
        fn the_share_of_rows_is_found_again(has_partner in 0.05_f64..0.95, candidates in 2_u32..60) {
            // Partners speak for themselves by 12 bits, others against themselves.
            let rows: Vec<RowEvidence> = (0..2_000)
                .map(|row| {
                    let found = f64::from(row) < has_partner * 2_000.0;
                    RowEvidence { candidates, odds: if found { 4_096.0 } else { 0.01 * f64::from(candidates) } }
                })
                .collect();
            let share = odds_of_rows(&rows);
            prop_assert!((share.rows - has_partner).abs() < 0.03, "{share:?}");
            prop_assert!((share.expected_matches - has_partner * 2_000.0).abs() < 60.0, "{share:?}");
        }

        #[test]
        fn rivals_share_what_there_is(weights in proptest::collection::vec(-9_000_000..9_000_000_i32, 1..9)) {
            let all: f64 = weights.iter().map(|weight| odds(*weight)).sum();
            let together: f64 = weights
                .iter()
                .map(|weight| probability(weight + against_rivals(all - odds(*weight))))
                .sum();
            prop_assert!((together - all / (1.0 + all)).abs() < 1e-4, "{together} {all}");
        }

        #[test]
        fn sharpening_keeps_the_order(a in any::<i32>(), b in any::<i32>(), sharpness in 0_u32..3_000) {
            let scale = Scale { prior: -5, sharpness };
            prop_assert!(a > b || scale.weight(a) <= scale.weight(b));
        }
    }

    #[test]
    fn few_pairs_leave_the_share_near_what_is_known() {
        assert_eq!(share_of_pairs(&Histogram::default(), 0.2), 0.2);
        let mut one = Histogram::default();
        one.add(30 * BIT);
        let share = share_of_pairs(&one, 0.2);
        assert!((0.2..0.3).contains(&share), "{share}");
        assert_eq!(odds_of_rows(&[]).rows, 0.5);
        assert_eq!(odds_of_rows(&[RowEvidence::default()]), odds_of_rows(&[]));
    }

    #[test]
    fn extremes_stay_numbers() {
        let mut histogram = Histogram::default();
        for weight in [MatchWeight::MIN, MatchWeight::MAX] {
            (0..100_000).for_each(|_| histogram.add(weight));
        }
        assert!((share_of_pairs(&histogram, 0.2) - 0.5).abs() < 0.01);
        assert_eq!([prior_of(0.0), prior_of(1.0), prior_of(0.5)], [-30 * BIT, 30 * BIT, 0]);
        assert_eq!(prior_of(2.0), 0);
        let rows = [RowEvidence { candidates: 1, odds: f64::INFINITY }; 40];
        assert!((odds_of_rows(&rows).rows - 0.9).abs() < 1e-6);
        assert_eq!([against_rivals(0.0), against_rivals(1.0), against_rivals(-1.0)], [0, -BIT, 0]);
        assert_eq!(against_rivals(f64::INFINITY), -MatchWeight::MAX);
    }
}
