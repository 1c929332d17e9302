//! How good a set of predicted links is, measured against the true ones.
//!
//! Two questions are asked. *Are the pairs right?* Precision, recall and F over sets of pairs, and, where pairs carry
//! scores, the same at every threshold ([`curve`]). *Does each row find its partner?* Accuracy at 1: what a user sees who
//! takes the best suggestion for each row.
//!
//! **Invariant:** every number is finite: a share of nothing is 0. The order of pairs is irrelevant, to the last bit.

pub mod curve;

pub use curve::{OperatingPoint, average_precision, best_f1, best_f2, expected_calibration_error, operating_points};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

/// The number of equal-width bins of [`Evaluation::expected_calibration_error`].
pub const CALIBRATION_BINS: usize = 10;
/// The largest number of points of [`Evaluation::curve`].
pub const CURVE_POINTS: usize = 200;

/// A link that was predicted, by the ids of its records.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PredictedPair {
    /// The id of the left record.
    pub left: String,
    /// The id of the right record.
    pub right: String,
    /// The probability of a match, if known; a value that is not finite counts as unknown.
    pub probability: Option<f64>,
    /// The match weight, in any unit, if known; a value that is not finite counts as unknown.
    pub match_weight: Option<f64>,
}

/// What the predicted pairs are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// The probability: every predicted pair has one.
    Probability,
    /// The match weight: every predicted pair has one, and not every pair has a probability.
    MatchWeight,
}

/// The quality of predicted pairs. All shares lie in 0..=1, and a share of nothing is 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Distinct predicted pairs.
    pub predicted_pairs: u64,
    /// Predicted pairs that repeat another; the highest score of each pair counts.
    pub predicted_duplicates: u64,
    /// Distinct true pairs.
    pub true_pairs: u64,
    /// True pairs that repeat another.
    pub true_duplicates: u64,
    /// Distinct pairs that were predicted and are true.
    pub true_positives: u64,
    /// Distinct pairs that were predicted and are not true.
    pub false_positives: u64,
    /// Distinct pairs that are true and were not predicted.
    pub false_negatives: u64,
    /// The share of predicted pairs that are true.
    pub precision: f64,
    /// The share of true pairs that were predicted.
    pub recall: f64,
    /// The harmonic mean of precision and recall.
    pub f1: f64,
    /// F_beta at beta 2: recall counts four times as much as precision.
    pub f2: f64,
    /// Left rows that have a true partner.
    pub left_rows: u64,
    /// The share of those whose best predicted partner is a true one; a row without any prediction counts as wrong.
    pub accuracy_at_1_left: f64,
    /// Right rows that have a true partner.
    pub right_rows: u64,
    /// The same from the right side.
    pub accuracy_at_1_right: f64,
    /// What pairs were ranked by; without it there is no curve, and all predicted partners of a row rank alike.
    pub score: Option<Score>,
    /// The sum of precision times gain in recall over all thresholds: see [`average_precision`].
    pub average_precision: Option<f64>,
    /// Over the predicted pairs alone, so it says nothing of the pairs that were never predicted: see
    /// [`expected_calibration_error`]. Only if pairs are ranked by probabilities and all lie in 0..=1.
    pub expected_calibration_error: Option<f64>,
    /// The threshold with the highest F1.
    pub best_f1: Option<OperatingPoint>,
    /// The threshold with the highest F2.
    pub best_f2: Option<OperatingPoint>,
    /// Precision and recall as the threshold falls, at most [`CURVE_POINTS`] points: with more distinct scores, the two
    /// best points and those at evenly spaced places in the list of all points, its ends among them.
    pub curve: Vec<OperatingPoint>,
}

/// F_beta from counts: `(1 + b²) TP / ((1 + b²) TP + b² FN + FP)`; 0 where nothing is true or predicted.
///
/// At beta 1 it is the F1 score; at beta 2 recall counts four times as much as precision, as Libgober and Jerzak measure
/// the linking of organizations ("Linking datasets on organizations using half a billion open-collaborated records").
///
/// ```
/// use cognate::pipeline::evaluate::f_beta;
/// assert_eq!(f_beta(6, 2, 4, 1.0), 2.0 * 6.0 / (2.0 * 6.0 + 4.0 + 2.0));
/// assert_eq!(f_beta(6, 2, 4, 2.0), 5.0 * 6.0 / (5.0 * 6.0 + 4.0 * 4.0 + 2.0));
/// assert_eq!(f_beta(0, 0, 0, 1.0), 0.0);
/// ```
pub fn f_beta(true_positives: u64, false_positives: u64, false_negatives: u64, beta: f64) -> f64 {
    if true_positives == 0 {
        return 0.0;
    }
    let found = (1.0 + beta * beta) * true_positives as f64;
    found / (found + beta * beta * false_negatives as f64 + false_positives as f64)
}

/// A part of a whole; 0 if there is no whole.
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Measures predicted pairs against true pairs.
///
/// Both are sets: repeated pairs count once and are reported. `truth` must be complete for the rows at hand, since every
/// predicted pair that it does not hold counts as false. The best partner of a row is the one with the highest score
/// ([`Evaluation::score`]), and of equal ones the one with the smaller id in byte order.
///
/// O(P log P + T) for P predicted and T true pairs.
///
/// ```
/// use cognate::pipeline::evaluate::{PredictedPair, evaluate};
/// let pair = |left: &str, right: &str, p| PredictedPair {
///     left: left.into(), right: right.into(), probability: Some(p), match_weight: None,
/// };
/// let predicted = [pair("a", "1", 0.9), pair("a", "2", 0.4), pair("b", "2", 0.8)];
/// let truth = [("a".into(), "1".into()), ("c".into(), "3".into())];
/// let evaluation = evaluate(&predicted, &truth);
/// assert_eq!((evaluation.true_positives, evaluation.false_positives, evaluation.false_negatives), (1, 2, 1));
/// assert_eq!(evaluation.recall, 0.5);
/// assert_eq!(evaluation.accuracy_at_1_left, 0.5);
/// assert_eq!(evaluation.best_f1.map(|point| point.threshold), Some(0.9));
/// ```
pub fn evaluate(predicted: &[PredictedPair], truth: &[(String, String)]) -> Evaluation {
    let score = score_of(predicted);
    let pairs = distinct(predicted, score);
    let truths: FxHashSet<(&str, &str)> = truth.iter().map(|(left, right)| (left.as_str(), right.as_str())).collect();
    let scored: Vec<(f64, bool)> =
        pairs.iter().map(|pair| (pair.score, truths.contains(&(pair.left, pair.right)))).collect();

    let (predicted_pairs, true_pairs) = (pairs.len() as u64, truths.len() as u64);
    let true_positives = scored.iter().filter(|(_, is_true)| *is_true).count() as u64;
    let (false_positives, false_negatives) = (predicted_pairs - true_positives, true_pairs - true_positives);
    let (left_rows, left_right) =
        rows_right_at_1(pairs.iter().map(|pair| (pair.left, pair.right, pair.score)), &truths);
    let mirrored: FxHashSet<(&str, &str)> = truths.iter().map(|&(left, right)| (right, left)).collect();
    let (right_rows, right_right) =
        rows_right_at_1(pairs.iter().map(|pair| (pair.right, pair.left, pair.score)), &mirrored);

    let points = if score.is_some() { operating_points(&scored, true_pairs) } else { Vec::new() };
    let calibrated = score == Some(Score::Probability) && scored.iter().all(|(p, _)| (0.0..=1.0).contains(p));
    Evaluation {
        predicted_pairs,
        predicted_duplicates: predicted.len() as u64 - predicted_pairs,
        true_pairs,
        true_duplicates: truth.len() as u64 - true_pairs,
        true_positives,
        false_positives,
        false_negatives,
        precision: share(true_positives, predicted_pairs),
        recall: share(true_positives, true_pairs),
        f1: f_beta(true_positives, false_positives, false_negatives, 1.0),
        f2: f_beta(true_positives, false_positives, false_negatives, 2.0),
        left_rows,
        accuracy_at_1_left: share(left_right, left_rows),
        right_rows,
        accuracy_at_1_right: share(right_right, right_rows),
        score,
        average_precision: score.map(|_| average_precision(&scored, true_pairs)),
        expected_calibration_error: calibrated.then(|| expected_calibration_error(&scored, CALIBRATION_BINS)),
        best_f1: curve::best(&points, |point| point.f1),
        best_f2: curve::best(&points, |point| point.f2),
        curve: curve::thinned(&points, CURVE_POINTS),
    }
}

/// A distinct predicted pair with its highest score; 0 where pairs are not ranked.
struct Pair<'a> {
    left: &'a str,
    right: &'a str,
    score: f64,
}

fn probability(pair: &PredictedPair) -> Option<f64> {
    pair.probability.filter(|p| p.is_finite())
}

fn match_weight(pair: &PredictedPair) -> Option<f64> {
    pair.match_weight.filter(|weight| weight.is_finite())
}

/// One scale for all pairs, since probabilities and weights cannot be ranked against each other.
fn score_of(predicted: &[PredictedPair]) -> Option<Score> {
    if predicted.is_empty() {
        None
    } else if predicted.iter().all(|pair| probability(pair).is_some()) {
        Some(Score::Probability)
    } else if predicted.iter().all(|pair| match_weight(pair).is_some()) {
        Some(Score::MatchWeight)
    } else {
        None
    }
}

/// The distinct pairs, sorted by ids.
fn distinct(predicted: &[PredictedPair], score: Option<Score>) -> Vec<Pair<'_>> {
    let value = |pair| match score {
        Some(Score::Probability) => probability(pair),
        Some(Score::MatchWeight) => match_weight(pair),
        None => None,
    };
    // Adding 0 turns -0 into 0, so that equal scores are equal in every order used here.
    let score = |pair| value(pair).unwrap_or(0.0) + 0.0;
    let mut pairs: Vec<Pair<'_>> =
        predicted.iter().map(|pair| Pair { left: &pair.left, right: &pair.right, score: score(pair) }).collect();
    pairs.sort_unstable_by(|a, b| (a.left, a.right).cmp(&(b.left, b.right)).then(b.score.total_cmp(&a.score)));
    pairs.dedup_by(|later, kept| (later.left, later.right) == (kept.left, kept.right));
    pairs
}

/// How many rows of one side have a true partner, and how many of these find a true one first.
///
/// `pairs` are (row, partner, score), `truths` are (row, partner).
fn rows_right_at_1<'a>(
    pairs: impl Iterator<Item = (&'a str, &'a str, f64)>,
    truths: &FxHashSet<(&'a str, &'a str)>,
) -> (u64, u64) {
    let mut best: FxHashMap<&str, Option<(f64, &str)>> = truths.iter().map(|&(row, _)| (row, None)).collect();
    for (row, partner, score) in pairs {
        let Some(best) = best.get_mut(row) else { continue };
        if best.is_none_or(|(most, first)| score > most || (score == most && partner < first)) {
            *best = Some((score, partner));
        }
    }
    let is_right = |(row, best): &(&&'a str, &Option<(f64, &'a str)>)| {
        best.is_some_and(|(_, partner)| truths.contains(&(**row, partner)))
    };
    (best.len() as u64, best.iter().filter(is_right).count() as u64)
}
