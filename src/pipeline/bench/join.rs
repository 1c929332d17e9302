//! Two large tables with known links: how good the best partner of every right row is, and what it costs.

use crate::error::Result;
use crate::model::probability;
use crate::pipeline::evaluate::best_f1;
use crate::pipeline::link::{LinkOptions, LinkSummary, Side, link};
use crate::pipeline::pairs::read_pairs;
use crate::record::ReadOptions;
use crate::resolve::Assignment;
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::path::Path;

/// The figures of a join.
#[derive(Debug, Clone, Serialize)]
pub struct JoinFigures {
    /// True links.
    pub true_links: u64,
    /// The share of right rows with a true partner whose best partner it is.
    pub first_is_right: f64,
    /// The best F1 over all thresholds, each right row answered with its best partner or not at all.
    pub best_f1: f64,
    /// Precision and recall there.
    pub precision: f64,
    /// See precision.
    pub recall: f64,
    /// The probability at which F1 is best.
    pub best_threshold: f64,
    /// F1 at the default threshold, a probability of 0.5.
    pub f1_at_half: f64,
    /// What the job did and cost.
    pub summary: LinkSummary,
}

/// Links two files on a column and compares the best partner of every right row with the truth (columns `left_id` and
/// `right_id`).
///
/// # Errors
/// Those of [`link`] and of reading the truth.
pub fn join(left: &Path, right: &Path, truth: &Path, on: &str, options: &LinkOptions) -> Result<JoinFigures> {
    let side = |path: &Path| Side { path: path.to_path_buf(), on: vec![on.to_owned()], ..Side::default() };
    let options = LinkOptions { assignment: Assignment::BestRight, least_weight: i32::MIN, ..options.clone() };
    let linked = link(&side(left), &side(right), &options, &|_, _| ())?;
    let truth = read_pairs(truth, "left_id", "right_id", &ReadOptions::default())?.pairs;
    let partner: FxHashMap<&str, &str> = truth.iter().map(|pair| (pair.right.as_str(), pair.left.as_str())).collect();
    let scored: Vec<(f64, bool)> = linked
        .rows
        .iter()
        .filter_map(|row| {
            let (left, right) = (linked.left.id(row.left?)?, linked.right().id(row.right?)?);
            Some((probability(row.weight?), partner.get(right) == Some(&left)))
        })
        .collect();
    let positives = truth.len() as u64;
    let right_answers = scored.iter().filter(|(_, is_right)| *is_right).count() as f64;
    let best = best_f1(&scored, positives);
    let above: Vec<(f64, bool)> =
        scored.iter().filter(|(score, _)| *score >= 0.5).map(|(_, right)| (0.5, *right)).collect();
    Ok(JoinFigures {
        true_links: positives,
        first_is_right: right_answers / (positives as f64).max(1.0),
        best_f1: best.f1,
        precision: best.precision,
        recall: best.recall,
        best_threshold: best.threshold,
        f1_at_half: best_f1(&above, positives).f1,
        summary: linked.summary,
    })
}
