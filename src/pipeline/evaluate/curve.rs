//! Scored pairs at every threshold: precision and recall, the best operating points, average precision, calibration.
//!
//! Everywhere here `scored` is a list of (score, whether the pair is true) for the pairs that were predicted, in any order,
//! a higher score being the better; `positives` is the number of true pairs *in all*, those that were never predicted
//! included (if it is below the number of true pairs in `scored`, that number counts instead). Pairs of equal score stand or
//! fall together. A pair whose score is not a number counts as not predicted.

use super::{f_beta, share};
use serde::{Deserialize, Serialize};

/// What is gained and lost by accepting every pair whose score is at least the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// The lowest score that is accepted, in the unit of the scores.
    pub threshold: f64,
    /// Pairs that are accepted.
    pub predicted: u64,
    /// Accepted pairs that are true.
    pub true_positives: u64,
    /// The share of accepted pairs that are true.
    pub precision: f64,
    /// The share of all true pairs that are accepted.
    pub recall: f64,
    /// The harmonic mean of precision and recall.
    pub f1: f64,
    /// F_beta at beta 2.
    pub f2: f64,
}

/// One point for every distinct score, from the highest threshold to the lowest; recall never falls along the list.
///
/// O(n log n).
pub fn operating_points(scored: &[(f64, bool)], positives: u64) -> Vec<OperatingPoint> {
    let sorted = sorted(scored);
    let positives = positives.max(sorted.iter().filter(|(_, is_true)| *is_true).count() as u64);
    let (mut predicted, mut true_positives) = (0, 0);
    let point = |group: &[(f64, bool)]| {
        predicted += group.len() as u64;
        true_positives += group.iter().filter(|(_, is_true)| *is_true).count() as u64;
        let (false_positives, false_negatives) = (predicted - true_positives, positives - true_positives);
        OperatingPoint {
            threshold: group.first().map_or(0.0, |(score, _)| *score),
            predicted,
            true_positives,
            precision: share(true_positives, predicted),
            recall: share(true_positives, positives),
            f1: f_beta(true_positives, false_positives, false_negatives, 1.0),
            f2: f_beta(true_positives, false_positives, false_negatives, 2.0),
        }
    };
    sorted.chunk_by(|a, b| a.0 == b.0).map(point).collect()
}

/// Average precision: the sum over falling thresholds of precision times the gain in recall, without interpolation.
///
/// 0 if nothing is true. O(n log n).
///
/// ```
/// use cognate::pipeline::evaluate::average_precision;
/// // The first of two true pairs comes first, the other one third: 1/2 · 1/1 + 1/2 · 2/3.
/// let average = average_precision(&[(0.9, true), (0.8, false), (0.7, true)], 2);
/// assert!((average - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
/// ```
pub fn average_precision(scored: &[(f64, bool)], positives: u64) -> f64 {
    let mut sum = 0.0;
    let mut recall = 0.0;
    for point in operating_points(scored, positives) {
        sum += point.precision * (point.recall - recall);
        recall = point.recall;
    }
    sum.min(1.0)
}

/// The threshold with the highest F1; of equal ones the highest threshold. All zeros if nothing was predicted.
///
/// It is the best threshold in hindsight; to report a fair F1, choose it on other data than those it is measured on.
///
/// ```
/// use cognate::pipeline::evaluate::best_f1;
/// let best = best_f1(&[(0.9, true), (0.8, true), (0.3, false)], 2);
/// assert_eq!((best.threshold, best.f1), (0.8, 1.0));
/// ```
pub fn best_f1(scored: &[(f64, bool)], positives: u64) -> OperatingPoint {
    best(&operating_points(scored, positives), |point| point.f1).unwrap_or_default()
}

/// The threshold with the highest F2; of equal ones the highest threshold. All zeros if nothing was predicted.
pub fn best_f2(scored: &[(f64, bool)], positives: u64) -> OperatingPoint {
    best(&operating_points(scored, positives), |point| point.f2).unwrap_or_default()
}

/// Expected calibration error: how far, on average over the pairs, a stated probability is from the share that is true.
///
/// Pairs fall into `bins` bins of equal width over 0..=1 (a bin holds its lower end, the last one both; 0 bins count as 1);
/// the error is the mean over bins of |mean probability − share of true pairs|, weighted by the number of pairs (Naeini,
/// Cooper and Hauskrecht 2015, over the probability of a match). Probabilities outside 0..=1 count as its nearer end. 0
/// without pairs. O(n log n).
///
/// ```
/// use cognate::pipeline::evaluate::expected_calibration_error;
/// // Of four pairs at 0.75 two are true.
/// let error = expected_calibration_error(&[(0.75, true), (0.75, true), (0.75, false), (0.75, false)], 10);
/// assert_eq!(error, 0.25);
/// ```
pub fn expected_calibration_error(scored: &[(f64, bool)], bins: usize) -> f64 {
    // In the order of scores, since a sum of floats depends on its order.
    let sorted: Vec<(f64, bool)> =
        sorted(scored).into_iter().map(|(p, is_true)| (p.clamp(0.0, 1.0), is_true)).collect();
    let last = bins.max(1) - 1;
    // Float to integer saturates, so a probability of 1 lands in the last bin.
    let bin = |p: f64| ((p * bins.max(1) as f64) as usize).min(last);
    let gap = |group: &[(f64, bool)]| {
        let stated: f64 = group.iter().map(|(p, _)| p).sum();
        let is_true = group.iter().filter(|(_, is_true)| *is_true).count() as f64;
        (stated - is_true).abs()
    };
    let gaps: f64 = sorted.chunk_by(|a, b| bin(a.0) == bin(b.0)).map(gap).sum();
    if sorted.is_empty() { 0.0 } else { gaps / sorted.len() as f64 }
}

/// The first point, from the highest threshold down, at which the measure is greatest.
pub(super) fn best(points: &[OperatingPoint], measure: impl Fn(&OperatingPoint) -> f64) -> Option<OperatingPoint> {
    points.iter().copied().reduce(|best, point| if measure(&point) > measure(&best) { point } else { best })
}

/// At most `most` points: the best by F1 and by F2, and others at evenly spaced places in the list, its ends among them.
pub(super) fn thinned(points: &[OperatingPoint], most: usize) -> Vec<OperatingPoint> {
    if points.len() <= most {
        return points.to_vec();
    }
    let spaced = most.saturating_sub(2).max(2);
    let end = points.len() - 1;
    let mut kept: Vec<OperatingPoint> =
        (0..spaced).filter_map(|n| points.get(n * end / (spaced - 1))).copied().collect();
    kept.extend(best(points, |point| point.f1));
    kept.extend(best(points, |point| point.f2));
    // No two points accept the same number of pairs.
    kept.sort_unstable_by_key(|point| point.predicted);
    kept.dedup_by_key(|point| point.predicted);
    kept
}

/// The pairs from the highest score to the lowest, without those whose score is not a number.
fn sorted(scored: &[(f64, bool)]) -> Vec<(f64, bool)> {
    let known = scored.iter().filter(|(score, _)| !score.is_nan());
    let mut sorted: Vec<(f64, bool)> = known.map(|&(score, is_true)| (score + 0.0, is_true)).collect();
    sorted.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_stand_or_fall_together() {
        let points = operating_points(&[(0.5, false), (0.5, true), (0.9, true), (0.1, false)], 4);
        let seen: Vec<_> =
            points.iter().map(|point| (point.threshold, point.predicted, point.true_positives)).collect();
        assert_eq!(seen, [(0.9, 1, 1), (0.5, 3, 2), (0.1, 4, 2)]);
        // Precision 1 to recall 1/4, then precision 2/3 to recall 1/2.
        let average = average_precision(&[(0.5, false), (0.5, true), (0.9, true), (0.1, false)], 4);
        assert!((average - (0.25 + 0.25 * 2.0 / 3.0)).abs() < 1e-12);
    }

    #[test]
    fn of_equal_points_the_highest_threshold_is_best() {
        // F1 is 2/3 at both thresholds.
        let best = best_f1(&[(3.0, true), (1.0, false), (1.0, false), (1.0, true)], 2);
        assert_eq!((best.threshold, best.f1), (3.0, 2.0 / 3.0));
        assert_eq!(best_f2(&[(3.0, true), (1.0, false), (1.0, false), (1.0, true)], 2).threshold, 1.0);
    }

    #[test]
    fn nothing_gives_zeros() {
        assert_eq!(average_precision(&[], 0), 0.0);
        assert_eq!(average_precision(&[(0.5, false)], 0), 0.0);
        assert_eq!(best_f1(&[], 3), OperatingPoint::default());
        assert_eq!(expected_calibration_error(&[], 0), 0.0);
    }

    #[test]
    fn scores_that_are_no_numbers_are_not_predicted() {
        let points = operating_points(&[(f64::NAN, true), (0.0, true), (-0.0, false)], 1);
        assert_eq!(points.len(), 1);
        assert_eq!((points[0].predicted, points[0].recall), (2, 1.0));
    }

    #[test]
    fn calibration_by_hand() {
        // Bin 0: 0.05 stated, 0 true; bin 9: 0.95 + 1.0 stated, 1 true of 2. (0.05 + 0.95) / 3.
        let error = expected_calibration_error(&[(0.05, false), (0.95, true), (1.0, false)], 10);
        assert!((error - 1.0 / 3.0).abs() < 1e-12);
        // In one bin: 2 stated, 1 true of 3.
        assert!(
            (expected_calibration_error(&[(0.05, false), (0.95, true), (1.0, false)], 1) - 1.0 / 3.0).abs() < 1e-12
        );
        // 0.1 belongs to bin 1, so two bins with their own gaps instead of one where they cancel.
        assert!((expected_calibration_error(&[(0.1, true), (0.0, false)], 10) - 0.45).abs() < 1e-12);
    }

    #[test]
    fn thinning_keeps_the_ends_and_the_best() {
        let scored: Vec<(f64, bool)> = (0..5_000).map(|n| (f64::from(n), n >= 4_321 || n % 7 == 0)).collect();
        let points = operating_points(&scored, 5_000);
        let kept = thinned(&points, 200);
        assert!(kept.len() <= 200 && kept.len() > 190);
        assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
        assert!(kept.contains(&best_f1(&scored, 5_000)) && kept.contains(&best_f2(&scored, 5_000)));
        assert!(kept.is_sorted_by(|a, b| a.threshold > b.threshold));
    }
}
