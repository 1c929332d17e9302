//! Retrieval by vectors: how often a record's true partner is among its nearest neighbours, beside TF-IDF and BM25.
//!
//! The left records are the queries, the right ones are searched, all of them exactly. Nothing is learned from the true
//! pairs. A query counts as answered at k when a true partner is among the k nearest; equal scores count by their middle
//! rank.

use super::bag_of_words::{BagOfWords, Scheme};
use crate::error::Result;
use crate::mbat::{Packed, Settings, Space, Vector, WeightsCounter};
use crate::pipeline::usage::Stopwatch;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::Value;

/// The numbers of neighbours that are looked at.
pub const AT: [usize; 3] = [1, 10, 50];

/// Two tables with known partners.
#[derive(Debug, Clone, Default)]
pub struct RetrievalTask {
    /// Its name.
    pub name: String,
    /// The queries.
    pub left: Vec<Value>,
    /// The records to be found.
    pub right: Vec<Value>,
    /// By query that has any: the places of its partners.
    pub partners: Vec<(usize, Vec<usize>)>,
    /// Whether the queries are among the records: a query is not its own neighbour.
    pub is_self: bool,
}

/// The figures of a method on a task.
#[derive(Debug, Clone, Serialize)]
pub struct RetrievalFigures {
    /// The task.
    pub task: String,
    /// The method.
    pub method: String,
    /// Queries with partners.
    pub queries: usize,
    /// Records to be found.
    pub records: usize,
    /// The share of true pairs whose partner is among the nearest 1, 10 and 50 ([`AT`]).
    pub recall: [f64; 3],
    /// Records encoded in a CPU-second, where that was measured.
    pub encoded_per_second: Option<f64>,
}

/// What to measure.
#[derive(Debug, Clone, PartialEq)]
pub struct RetrievalOptions {
    /// Dimensions of the vectors.
    pub dims: usize,
    /// The seed.
    pub seed: u64,
    /// The share of the space, in percent, in which values can be compared under all keys.
    pub shared: u8,
    /// Leave the baselines out.
    pub no_baselines: bool,
    /// Queries of a task at most, evenly drawn.
    pub limit: usize,
}

impl Default for RetrievalOptions {
    fn default() -> RetrievalOptions {
        RetrievalOptions { dims: 1024, seed: 0, shared: Settings::default().shared, no_baselines: false, limit: 3000 }
    }
}

/// Measures a task: our vectors in 24 bits and in 8, TF-IDF of words and of 3-grams, BM25 of words.
///
/// # Errors
/// Those of [`Space::with`].
pub fn retrieval(task: &RetrievalTask, options: &RetrievalOptions) -> Result<Vec<RetrievalFigures>> {
    let step = task.partners.len().div_ceil(options.limit.max(1)).max(1);
    let asked: Vec<&(usize, Vec<usize>)> = task.partners.iter().step_by(step).collect();
    let figures = |method: &str, score: &(dyn Fn(usize) -> Vec<f32> + Sync), speed: Option<f64>| RetrievalFigures {
        task: task.name.clone(),
        method: method.to_owned(),
        queries: asked.len(),
        records: task.right.len(),
        recall: recall(&asked, task.is_self, score),
        encoded_per_second: speed,
    };
    let space = space(task, options)?;
    let stopwatch = Stopwatch::start();
    let left = encode(&space, &task.left);
    let right = encode(&space, &task.right);
    let cpu = stopwatch.read().cpu_seconds;
    let speed = cpu.map(|cpu| (task.left.len() + task.right.len()) as f64 / cpu.max(1e-6));
    let floats =
        |vectors: &[Vector]| -> Vec<Vec<f32>> { vectors.iter().map(|vector| vector.floats().collect()).collect() };
    let mut all = Vec::new();
    {
        let (left, right) = (floats(&left), floats(&right));
        all.push(figures("vectors", &|row| products(left.get(row).map_or(&[][..], Vec::as_slice), &right), speed));
    }
    let pack = |vectors: &[Vector]| -> Vec<Packed> { vectors.iter().map(Vector::packed).collect() };
    let (left, right) = (pack(&left), pack(&right));
    let of_packed = |row: usize| -> Vec<f32> {
        let Some(query) = left.get(row) else { return Vec::new() };
        right.iter().map(|other| query.cosine(other) as f32).collect()
    };
    all.push(figures("vectors, 8 bits", &of_packed, None));
    if options.no_baselines {
        return Ok(all);
    }
    let text = |record: &Value| crate::pipeline::table::as_text(record);
    let texts = |records: &[Value]| records.iter().map(text).collect::<Vec<String>>();
    let (left, right) = (texts(&task.left), texts(&task.right));
    for (name, scheme) in
        [("TF-IDF of words", Scheme::Words), ("TF-IDF of 3-grams", Scheme::Grams), ("BM25 of words", Scheme::Bm25)]
    {
        let bags = BagOfWords::new(scheme, &left, &right);
        all.push(figures(name, &|row| bags.scores(row), None));
    }
    Ok(all)
}

/// The space whose weights are learned from both tables.
fn space(task: &RetrievalTask, options: &RetrievalOptions) -> Result<Space> {
    let mut counter = WeightsCounter::default();
    let tables: &[&[Value]] = if task.is_self { &[&task.right] } else { &[&task.left, &task.right] };
    for (table, records) in tables.iter().enumerate() {
        records.iter().for_each(|record| counter.add(record, table));
    }
    let settings = Settings { dims: options.dims, seed: options.seed, shared: options.shared, ..Settings::default() };
    Space::with(settings, counter.freeze())
}

fn encode(space: &Space, records: &[Value]) -> Vec<Vector> {
    let mut encoder = space.encoder();
    records.iter().map(|record| encoder.encode(record)).collect()
}

fn products(query: &[f32], others: &[Vec<f32>]) -> Vec<f32> {
    others.iter().map(|other| query.iter().zip(other).map(|(a, b)| a * b).sum()).collect()
}

/// The share of true pairs that are found among the nearest.
fn recall(asked: &[&(usize, Vec<usize>)], is_self: bool, score: &(dyn Fn(usize) -> Vec<f32> + Sync)) -> [f64; 3] {
    let found = |(query, partners): &&(usize, Vec<usize>)| -> [f64; 3] {
        let scores = score(*query);
        let of = |partner: usize| scores.get(partner).copied().unwrap_or(f32::NEG_INFINITY);
        // Where a record has a whole group of partners, the nearest of them counts.
        let best: Vec<f64> = match is_self {
            true => {
                let best = partners.iter().copied().max_by(|a, b| of(*a).total_cmp(&of(*b)));
                best.into_iter().map(|partner| rank(&scores, partner, Some(*query))).collect()
            }
            false => partners.iter().map(|partner| rank(&scores, *partner, None)).collect(),
        };
        let share = |at: usize| best.iter().filter(|rank| **rank < at as f64).count() as f64 / best.len().max(1) as f64;
        AT.map(share)
    };
    let found: Vec<([f64; 3], f64)> =
        asked.par_iter().map(|query| (found(query), if is_self { 1.0 } else { query.1.len() as f64 })).collect();
    let pairs: f64 = found.iter().map(|(_, pairs)| pairs).sum();
    std::array::from_fn(|at| {
        let sum: f64 = found.iter().map(|(shares, pairs)| shares.get(at).copied().unwrap_or_default() * pairs).sum();
        sum / pairs.max(1.0)
    })
}

/// The rank of a record, counted from 0; among equal scores the middle.
fn rank(scores: &[f32], partner: usize, but: Option<usize>) -> f64 {
    let own = scores.get(partner).copied().unwrap_or(f32::NEG_INFINITY);
    let mut before = 0.0;
    for (row, score) in scores.iter().enumerate() {
        if row != partner && Some(row) != but {
            before += if *score > own { 1.0 } else { f64::from(u8::from(*score == own)) / 2.0 };
        }
    }
    before
}

/// The partners of each query, from pairs of ids.
pub fn partners_of(pairs: &[(String, String)], left: &[String], right: &[String]) -> Vec<(usize, Vec<usize>)> {
    let places = |ids: &[String]| -> FxHashMap<String, usize> { ids.iter().cloned().zip(0..).collect() };
    let (left, right) = (places(left), places(right));
    let mut by_query: Vec<(usize, usize)> =
        pairs.iter().filter_map(|(a, b)| Some((*left.get(a)?, *right.get(b)?))).collect();
    by_query.sort_unstable();
    by_query.dedup();
    let groups = by_query.chunk_by(|a, b| a.0 == b.0);
    groups.filter_map(|group| Some((group.first()?.0, group.iter().map(|(_, right)| *right).collect()))).collect()
}
