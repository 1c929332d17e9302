//! What a method answers to a query, and the figures of many answers.

use crate::pipeline::evaluate::{average_precision, best_f1, expected_calibration_error};
use serde::Serialize;

/// How many of the best partners are looked at.
pub const BEST: usize = 10;

/// Bins of calibration errors.
pub const BINS: usize = 10;

/// What a method answered to one query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// The scores of the [`BEST`] partners, from the best down, and whether each is right.
    pub best: Vec<(f64, bool)>,
    /// How many right names were compared with the query.
    pub pairs: u64,
    /// The probability of each pair, and whether it is right; only of methods that give probabilities.
    pub judged: Vec<(f64, bool)>,
}

/// The figures of one method on one task.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// The task, or a group of its queries.
    pub task: String,
    /// The method.
    pub method: &'static str,
    /// Queries that were asked.
    pub asked: u64,
    /// Those of them that have a right answer.
    pub answerable: u64,
    /// Pairs that were compared.
    pub pairs: u64,
    /// Average precision over the best partner of each query.
    pub average_precision: f64,
    /// The best F1 over all thresholds, each query answered with its best partner or not at all.
    pub best_f1: f64,
    /// The score at which F1 is best.
    pub best_threshold: f64,
    /// The share of the answerable queries whose best partner is right.
    pub accuracy_at_1: f64,
    /// The share of the answerable queries with a right one among the [`BEST`] partners.
    pub recall_at_10: f64,
    /// Expected calibration error over all pairs; only where scores are probabilities.
    pub calibration_error_of_pairs: Option<f64>,
    /// Expected calibration error over the best partners.
    pub calibration_error_of_best: Option<f64>,
    /// The share of answerable queries with a right answer among the pairs; only for methods that block.
    pub candidate_recall: Option<f64>,
}

impl Figures {
    /// The figures of answers, each with whether its query has a right answer.
    pub fn of(task: String, method: &'static str, answers: &[(&Answer, bool)]) -> Figures {
        let answerable = answers.iter().filter(|(_, is_answerable)| *is_answerable).count() as u64;
        let share = |has: &dyn Fn(&Answer) -> bool| {
            answers.iter().filter(|(answer, _)| has(answer)).count() as f64 / (answerable as f64).max(1.0)
        };
        let first: Vec<(f64, bool)> = answers.iter().filter_map(|(answer, _)| answer.best.first().copied()).collect();
        let judged: Vec<(f64, bool)> = answers.iter().flat_map(|(answer, _)| answer.judged.iter().copied()).collect();
        let error = |scored: &[(f64, bool)]| (!judged.is_empty()).then(|| expected_calibration_error(scored, BINS));
        let best = best_f1(&first, answerable);
        Figures {
            task,
            method,
            asked: answers.len() as u64,
            answerable,
            pairs: answers.iter().map(|(answer, _)| answer.pairs).sum(),
            average_precision: average_precision(&first, answerable),
            best_f1: best.f1,
            best_threshold: best.threshold,
            accuracy_at_1: share(&|answer| answer.best.first().is_some_and(|(_, is_right)| *is_right)),
            recall_at_10: share(&|answer| answer.best.iter().take(BEST).any(|(_, is_right)| *is_right)),
            calibration_error_of_pairs: error(&judged),
            calibration_error_of_best: error(&first),
            candidate_recall: error(&judged).map(|_| share(&|answer| answer.judged.iter().any(|(_, right)| *right))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_by_hand() {
        let second = Answer { best: vec![(0.9, false), (0.5, true)], pairs: 3, judged: Vec::new() };
        let first = Answer { best: vec![(0.8, true)], pairs: 2, judged: Vec::new() };
        let none = Answer::default();
        let figures =
            Figures::of("t".to_owned(), "m", &[(&second, true), (&first, true), (&none, true), (&none, false)]);
        assert_eq!((figures.asked, figures.answerable, figures.pairs), (4, 3, 5));
        assert!((figures.accuracy_at_1 - 1.0 / 3.0).abs() < 1e-12);
        assert!((figures.recall_at_10 - 2.0 / 3.0).abs() < 1e-12);
        // The wrong answer comes first: precision 1/2 at a recall of 1/3.
        assert!((figures.average_precision - 1.0 / 6.0).abs() < 1e-12);
        assert!((figures.best_f1 - 0.4).abs() < 1e-12);
        assert_eq!((figures.calibration_error_of_pairs, figures.candidate_recall), (None, None));
    }

    #[test]
    fn a_right_answer_behind_the_tenth_does_not_count() {
        let mut best: Vec<(f64, bool)> = vec![(0.5, false); BEST];
        best.push((0.4, true));
        let answer = Answer { best, pairs: 11, judged: vec![(0.4, true)] };
        let figures = Figures::of("t".to_owned(), "m", &[(&answer, true)]);
        assert_eq!((figures.recall_at_10, figures.candidate_recall), (0.0, Some(1.0)));
        // The one pair is right at 0.4; the best partner is wrong at 0.5.
        assert_eq!((figures.calibration_error_of_pairs, figures.calibration_error_of_best), (Some(0.6), Some(0.5)));
    }
}
