//! Evaluation against hand-computed numbers, and laws that hold for any prediction.

use cognate::pipeline::evaluate::{
    CURVE_POINTS, Evaluation, PredictedPair, Score, average_precision, evaluate, expected_calibration_error,
};
use proptest::prelude::*;

fn pair(left: &str, right: &str, probability: impl Into<Option<f64>>) -> PredictedPair {
    PredictedPair { left: left.into(), right: right.into(), probability: probability.into(), match_weight: None }
}

fn truth(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(left, right)| (left.into(), right.into())).collect()
}

#[test]
fn a_table_worked_by_hand() {
    let predicted = [
        pair("a", "1", 0.9),
        pair("a", "2", 0.95),
        pair("b", "2", 0.8),
        pair("c", "3", 0.6),
        pair("c", "3", 0.2),
        pair("d", "9", 0.1),
    ];
    let truth = truth(&[("a", "1"), ("b", "2"), ("c", "3"), ("e", "5"), ("e", "5"), ("d", "4")]);
    let evaluation = evaluate(&predicted, &truth);
    assert_eq!((evaluation.predicted_pairs, evaluation.predicted_duplicates), (5, 1));
    assert_eq!((evaluation.true_pairs, evaluation.true_duplicates), (5, 1));
    assert_eq!((evaluation.true_positives, evaluation.false_positives, evaluation.false_negatives), (3, 2, 2));
    assert_eq!((evaluation.precision, evaluation.recall, evaluation.f1, evaluation.f2), (0.6, 0.6, 0.6, 0.6));
    // b and c find their partner first; a prefers 2, d has a wrong one, e none.
    assert_eq!((evaluation.left_rows, evaluation.accuracy_at_1_left), (5, 0.4));
    // 1 and 3 find theirs first; 2 prefers a; 4 and 5 have no prediction.
    assert_eq!((evaluation.right_rows, evaluation.accuracy_at_1_right), (5, 0.4));
    // Ranked: false, true, true, true, false.
    let average = (1.0 / 2.0 + 2.0 / 3.0 + 3.0 / 4.0) / 5.0;
    assert!((evaluation.average_precision.unwrap() - average).abs() < 1e-12);
    let best = evaluation.best_f1.unwrap();
    assert_eq!((best.threshold, best.precision, best.recall, best.f1), (0.6, 0.75, 0.6, 6.0 / 9.0));
    // |0.9 + 0.95 − 1| + |0.8 − 1| + |0.6 − 1| + |0.1 − 0| over 5 pairs.
    assert!((evaluation.expected_calibration_error.unwrap() - 1.55 / 5.0).abs() < 1e-12);
    assert_eq!(evaluation.curve.len(), 5);
}

#[test]
fn f2_leans_to_recall() {
    let found_all = evaluate(&[pair("a", "1", None), pair("b", "1", None)], &truth(&[("a", "1")]));
    assert_eq!((found_all.f1, found_all.f2), (2.0 / 3.0, 5.0 / 6.0));
    let found_half = evaluate(&[pair("a", "1", None)], &truth(&[("a", "1"), ("b", "2")]));
    assert_eq!((found_half.f1, found_half.f2), (2.0 / 3.0, 5.0 / 9.0));
}

#[test]
fn ties_go_to_the_smaller_id_of_the_other_side() {
    let predicted = [pair("a", "2", 0.5), pair("a", "10", 0.5), pair("b", "2", 0.5)];
    let evaluation = evaluate(&predicted, &truth(&[("a", "10"), ("b", "2")]));
    // "10" is smaller than "2" in byte order; on the right side "a" comes before "b".
    assert_eq!((evaluation.accuracy_at_1_left, evaluation.accuracy_at_1_right), (1.0, 0.5));
}

#[test]
fn weights_rank_where_a_probability_is_missing() {
    let mut predicted = [pair("a", "1", 0.1), pair("a", "2", None)];
    predicted[0].match_weight = Some(7.0);
    predicted[1].match_weight = Some(-3.0);
    let evaluation = evaluate(&predicted, &truth(&[("a", "1")]));
    assert_eq!(evaluation.score, Some(Score::MatchWeight));
    assert_eq!((evaluation.accuracy_at_1_left, evaluation.expected_calibration_error), (1.0, None));
    assert_eq!(evaluation.best_f1.unwrap().threshold, 7.0);
}

#[test]
fn scores_on_other_scales_are_ranked_but_not_called_calibrated() {
    let evaluation = evaluate(&[pair("a", "1", 98.0)], &truth(&[("a", "1")]));
    assert_eq!((evaluation.average_precision, evaluation.expected_calibration_error), (Some(1.0), None));
    let evaluation = evaluate(&[pair("a", "1", f64::NAN)], &truth(&[("a", "1")]));
    assert_eq!((evaluation.score, evaluation.f1), (None, 1.0));
}

#[test]
fn nothing_predicted_and_nothing_true_gives_zeros() {
    for (predicted, truth) in [(vec![], vec![]), (vec![pair("a", "1", 0.5)], vec![]), (vec![], truth(&[("a", "1")]))] {
        let evaluation = evaluate(&predicted, &truth);
        assert_eq!((evaluation.precision, evaluation.recall, evaluation.f1, evaluation.f2), (0.0, 0.0, 0.0, 0.0));
        assert_eq!((evaluation.accuracy_at_1_left, evaluation.accuracy_at_1_right), (0.0, 0.0));
    }
}

#[test]
fn it_is_written_in_snake_case_and_read_back() {
    let evaluation = evaluate(&[pair("a", "1", 0.5)], &truth(&[("a", "1")]));
    let json = serde_json::to_string(&evaluation).unwrap();
    assert!(json.contains("\"accuracy_at_1_left\":1.0") && json.contains("\"score\":\"probability\""));
    assert_eq!(serde_json::from_str::<Evaluation>(&json).unwrap(), evaluation);
}

fn predictions() -> impl Strategy<Value = Vec<PredictedPair>> {
    let pair = (0..8_u8, 0..8_u8, 0..=20_u8)
        .prop_map(|(left, right, p)| pair(&left.to_string(), &right.to_string(), f64::from(p) / 20.0));
    prop::collection::vec(pair, 0..40)
}

fn truths() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec((0..8_u8, 0..8_u8).prop_map(|(left, right)| (left.to_string(), right.to_string())), 0..20)
}

proptest! {
    #[test]
    fn every_share_is_a_share(predicted in predictions(), truth in truths()) {
        let it = evaluate(&predicted, &truth);
        let shares = [it.precision, it.recall, it.f1, it.f2, it.accuracy_at_1_left, it.accuracy_at_1_right];
        let optional = [it.average_precision, it.expected_calibration_error].into_iter().flatten();
        for share in shares.into_iter().chain(optional) {
            prop_assert!((0.0..=1.0).contains(&share));
        }
        for f in [it.f1, it.f2] {
            prop_assert!(f >= it.precision.min(it.recall) - 1e-12 && f <= it.precision.max(it.recall) + 1e-12);
        }
        prop_assert_eq!(it.true_positives + it.false_positives, it.predicted_pairs);
        prop_assert_eq!(it.true_positives + it.false_negatives, it.true_pairs);
    }

    #[test]
    fn recall_never_falls_along_the_curve_and_ends_at_the_whole(predicted in predictions(), truth in truths()) {
        let it = evaluate(&predicted, &truth);
        prop_assert!(it.curve.is_sorted_by(|a, b| a.threshold > b.threshold && a.recall <= b.recall));
        if let (Some(last), Some(best)) = (it.curve.last(), it.best_f1) {
            prop_assert_eq!((last.precision, last.recall, last.f1), (it.precision, it.recall, it.f1));
            prop_assert!(it.curve.iter().all(|point| point.f1 <= best.f1));
        }
    }

    #[test]
    fn a_perfect_prediction_gives_one(truth in truths()) {
        prop_assume!(!truth.is_empty());
        let predicted: Vec<_> = truth.iter().map(|(left, right)| pair(left, right, 1.0)).collect();
        let it = evaluate(&predicted, &truth);
        let shares = [it.precision, it.recall, it.f1, it.f2, it.accuracy_at_1_left, it.accuracy_at_1_right];
        prop_assert_eq!(shares, [1.0; 6]);
        prop_assert_eq!((it.average_precision, it.expected_calibration_error), (Some(1.0), Some(0.0)));
    }

    #[test]
    fn the_order_of_pairs_is_irrelevant(
        (predicted, shuffled) in predictions().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        truth in truths(),
    ) {
        let reversed: Vec<_> = truth.iter().rev().cloned().collect();
        prop_assert_eq!(evaluate(&predicted, &truth), evaluate(&shuffled, &reversed));
    }

    #[test]
    fn swapping_the_sides_swaps_only_the_accuracies(predicted in predictions(), truth in truths()) {
        let swapped: Vec<_> = predicted.iter().map(|it| pair(&it.right, &it.left, it.probability)).collect();
        let mirrored: Vec<_> = truth.iter().map(|(left, right)| (right.clone(), left.clone())).collect();
        let (one, other) = (evaluate(&predicted, &truth), evaluate(&swapped, &mirrored));
        prop_assert_eq!(one.accuracy_at_1_left, other.accuracy_at_1_right);
        prop_assert_eq!(one.accuracy_at_1_right, other.accuracy_at_1_left);
        prop_assert_eq!((one.f1, one.f2, one.curve), (other.f1, other.f2, other.curve));
    }

    #[test]
    fn raw_scores_of_any_kind_give_finite_numbers(
        scored in prop::collection::vec((any::<f64>(), any::<bool>()), 0..300), positives in 0..50_u64, bins in 0..20_usize,
    ) {
        prop_assert!((0.0..=1.0).contains(&average_precision(&scored, positives)));
        prop_assert!((0.0..=1.0).contains(&expected_calibration_error(&scored, bins)));
    }

    #[test]
    fn the_curve_is_short(weights in prop::collection::vec(-1e6..1e6_f64, 300..500)) {
        let predicted: Vec<_> = (0..).zip(&weights).map(|(n, &weight): (u32, _)| PredictedPair {
            match_weight: Some(weight), ..pair(&n.to_string(), &n.to_string(), None)
        }).collect();
        let it = evaluate(&predicted, &truth(&[("3", "3"), ("77", "77")]));
        prop_assert!(it.curve.len() <= CURVE_POINTS);
        prop_assert!(it.curve.contains(&it.best_f1.unwrap()) && it.curve.contains(&it.best_f2.unwrap()));
    }
}
