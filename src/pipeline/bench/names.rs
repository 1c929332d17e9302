//! How well names are linked: our model and the baselines on the same left names and all right names of a task.

use super::baseline::{Best, tf_idf, token_sort};
use super::tasks::{Split, Task};
use crate::block::candidates::BlockOptions;
use crate::block::keys::KeyOptions;
use crate::block::{Blocks, Keys, Scratch};
use crate::error::Result;
use crate::model::{MatchWeight, Model, probability};
use crate::pipeline::evaluate::{average_precision, best_f1, expected_calibration_error};
use crate::pipeline::scorer::Scorer;
use crate::pipeline::share::{JobShare, Sides, weigh_rivals};
use crate::pipeline::train::Named;
use crate::pipeline::usage::Stopwatch;
use crate::record::RecordId;
use crate::text::hash::stable_hash;
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use serde::Serialize;

/// The figures of one method on one task.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// The task.
    pub task: String,
    /// The method.
    pub method: &'static str,
    /// Left names that were asked.
    pub asked: u64,
    /// Those of them that have a partner on the right.
    pub answerable: u64,
    /// The share of the answerable ones whose best partner is right.
    pub accuracy_at_1: f64,
    /// The best F1 over all thresholds, each left name answered with its best partner or not at all.
    pub best_f1: f64,
    /// The score at which F1 is best.
    pub best_threshold: f64,
    /// Average precision of the same answers.
    pub average_precision: f64,
    /// Expected calibration error of the answers' probabilities, in ten bins; only where scores are probabilities.
    pub calibration_error: Option<f64>,
    /// The share of answerable names whose right partner is among the candidates; only for methods that block.
    pub candidate_recall: Option<f64>,
    /// CPU seconds.
    pub cpu_seconds: Option<f64>,
}

/// Measures the model and both baselines on the left names of a part of the entities, at most `limit` of them (chosen by
/// hash), against all right names.
///
/// # Errors
/// None but for a broken shipped model.
pub fn measure(task: &Task, split: Split, limit: usize, model: &Model, with_baselines: bool) -> Result<Vec<Figures>> {
    let mut left: Vec<&Named> = task.left.iter().filter(|named| split.has(&named.entity)).collect();
    left.sort_by_key(|named| {
        stable_hash(named.name.bytes().chain(named.entity.bytes())).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    });
    left.truncate(limit);
    let right: Vec<&Named> = task.right.iter().collect();
    let (left_names, right_names) = (names(&left), names(&right));
    let mut figures = Vec::new();
    if with_baselines {
        for (method, find) in
            [("token-sort ratio", token_sort as fn(&[&str], &[&str]) -> Vec<Best>), ("3-gram TF-IDF", tf_idf)]
        {
            let stopwatch = Stopwatch::start();
            let best = find(&left_names, &right_names);
            figures.push(judge(task, method, &left, &right, &best, &stopwatch));
        }
    }
    let stopwatch = Stopwatch::start();
    let (best, candidates) = linked(&left, &right, model)?;
    let mut ours = judge(task, "cognate", &left, &right, &best, &stopwatch);
    ours.candidate_recall = Some(candidates as f64 / (ours.answerable as f64).max(1.0));
    let scored = scored(&left, &right, &best);
    ours.calibration_error = Some(expected_calibration_error(&scored, 10));
    figures.push(ours);
    Ok(figures)
}

fn names<'t>(side: &[&'t Named]) -> Vec<&'t str> {
    side.iter().map(|named| named.name.as_str()).collect()
}

/// Our best partners by probability, and how many left names have their true partner among the candidates.
fn linked(left: &[&Named], right: &[&Named], model: &Model) -> Result<(Vec<Best>, usize)> {
    let own = |side: &[&Named]| -> Vec<String> { side.iter().map(|named| named.name.clone()).collect() };
    let (left_texts, right_texts) = (own(left), own(right));
    let scorer = Scorer::new(model.clone(), &[vec![left_texts.as_slice(), right_texts.as_slice()]])?;
    let (asked, known) = (scorer.prepare_table(&[left_texts]), scorer.prepare_table(&[right_texts]));
    let keys = Keys::new(KeyOptions::default(), asked.iter().chain(&known).flat_map(|p| p.texts.iter().flatten()));
    let blocks = Blocks::new(&known, Some(&asked), &keys, BlockOptions::default());
    let sides = Sides { left: &known, right: &asked, blocks: &blocks };
    let ids: Vec<RecordId> = left.iter().map(|named| RecordId::new(named.name.as_str())).collect();
    let share = JobShare::estimated(sides, &ids, &scorer, true);
    let scorer = scorer.with_scale(share.scale);
    let rows: Vec<(Best, bool)> = (0..asked.len())
        .into_par_iter()
        .map_init(Scratch::default, |scratch, row| {
            let Some(prepared) = asked.get(row) else { return (None, false) };
            let candidates = blocks.candidates(row as u32, scratch);
            let has_partner = candidates.iter().any(|candidate| is_partner(left, right, row, *candidate));
            let weight = |row: &u32| Some((*row, scorer.weight(known.get(*row as usize)?, prepared)));
            let mut found: Vec<(u32, MatchWeight)> = candidates.iter().filter_map(weight).collect();
            if share.rivals {
                weigh_rivals(&mut found);
            }
            // Of equal weights the first counts.
            let best = found.into_iter().rev().max_by_key(|(_, weight)| *weight);
            (best.map(|(candidate, weight)| (candidate, probability(weight))), has_partner)
        })
        .collect();
    let found = rows.iter().filter(|(_, has_partner)| *has_partner).count();
    Ok((rows.into_iter().map(|(best, _)| best).collect(), found))
}

fn is_partner(left: &[&Named], right: &[&Named], row: usize, partner: u32) -> bool {
    left.get(row).zip(right.get(partner as usize)).is_some_and(|(a, b)| a.entity == b.entity)
}

fn scored(left: &[&Named], right: &[&Named], best: &[Best]) -> Vec<(f64, bool)> {
    let rows = best.iter().enumerate();
    rows.filter_map(|(row, best)| best.map(|(partner, score)| (score, is_partner(left, right, row, partner)))).collect()
}

fn judge(
    task: &Task,
    method: &'static str,
    left: &[&Named],
    right: &[&Named],
    best: &[Best],
    stopwatch: &Stopwatch,
) -> Figures {
    let cpu_seconds = stopwatch.read().cpu_seconds;
    let entities: FxHashSet<&str> = right.iter().map(|named| named.entity.as_str()).collect();
    let answerable = left.iter().filter(|named| entities.contains(named.entity.as_str())).count() as u64;
    let scored = scored(left, right, best);
    let best = best_f1(&scored, answerable);
    let correct = scored.iter().filter(|(_, is_right)| *is_right).count();
    Figures {
        task: task.name.to_owned(),
        method,
        asked: left.len() as u64,
        answerable,
        accuracy_at_1: correct as f64 / (answerable as f64).max(1.0),
        best_f1: best.f1,
        best_threshold: best.threshold,
        average_precision: average_precision(&scored, answerable),
        calibration_error: None,
        candidate_recall: None,
        cpu_seconds,
    }
}
