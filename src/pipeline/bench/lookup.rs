//! Look-up measured: one query at a time on one thread, after a warm-up.

use crate::config::Kind;
use crate::error::Result;
use crate::index::{Entry, IndexMeta, Learned, NameIndex, Scratch};
use crate::model::Model;
use crate::pipeline::lookup::Lookup;
use crate::pipeline::pairs::read_pairs;
use crate::pipeline::table::Table;
use crate::pipeline::usage::{Stopwatch, Usage, thread_seconds};
use crate::record::ReadOptions;
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::path::Path;

/// The figures of look-ups.
#[derive(Debug, Clone, Serialize)]
pub struct LookupFigures {
    /// Names in the index.
    pub names: u64,
    /// Queries asked, each of which has an answer.
    pub queries: u64,
    /// CPU milliseconds of the median query; `None` where the system does not tell.
    pub p50_ms: Option<f64>,
    /// CPU milliseconds that 99 % of the queries do not exceed.
    pub p99_ms: Option<f64>,
    /// The share of queries whose answer comes first.
    pub hit_at_1: f64,
    /// The share of queries whose answer is among the first ten.
    pub hit_at_10: f64,
    /// What building the index cost.
    pub build: Usage,
    /// The bytes of the index.
    pub index_bytes: u64,
}

/// Indexes the names of a file in `folder`, then asks for the names of another whose answers the truth tells (`left_id`
/// for the indexed, `right_id` for the asked), at most `limit` of them.
///
/// # Errors
/// Those of reading the files and of building the index.
pub fn lookup(
    [names, queries, truth]: [&Path; 3],
    on: &str,
    model: Model,
    limit: usize,
    folder: &Path,
) -> Result<LookupFigures> {
    let fields = [on.to_owned()];
    let options = ReadOptions::default();
    let (known, asked) = (Table::read(names, None, &fields, &options)?, Table::read(queries, None, &fields, &options)?);
    let truth = read_pairs(truth, "left_id", "right_id", &options)?.pairs;
    let answer: FxHashMap<&str, &str> = truth.iter().map(|pair| (pair.right.as_str(), pair.left.as_str())).collect();
    let stopwatch = Stopwatch::start();
    let entries = known.ids.iter().zip(known.fields.first().into_iter().flatten());
    let entries = entries.map(|(id, name)| Ok(Entry { name: name.clone(), record: id.clone(), is_alias: false }));
    let meta =
        IndexMeta { dataset: "bench".to_owned(), generation: 1, kind: Kind::Organization, ..IndexMeta::default() };
    NameIndex::build(folder, meta, entries, Learned::of(&model))?;
    let build = stopwatch.read();
    let lookup = Lookup::open(folder, "bench", model)?;
    let with_answers = asked.ids.iter().zip(asked.fields.first().into_iter().flatten());
    let questions: Vec<(&str, &str)> =
        with_answers.filter_map(|(id, name)| Some((name.as_str(), *answer.get(id.as_str())?))).take(limit).collect();
    let mut scratch = Scratch::default();
    for (name, _) in questions.iter().take(200) {
        lookup.query(name, 10, &mut scratch);
    }
    let mut milliseconds = Vec::new();
    let (mut at_1, mut at_10) = (0_u64, 0_u64);
    for (name, answer) in &questions {
        let before = thread_seconds();
        let hits = lookup.query(name, 10, &mut scratch);
        milliseconds.extend(thread_seconds().zip(before).map(|(after, before)| (after - before) * 1e3));
        at_1 += u64::from(hits.first().is_some_and(|hit| hit.record.as_str() == *answer));
        at_10 += u64::from(hits.iter().any(|hit| hit.record.as_str() == *answer));
    }
    milliseconds.sort_unstable_by(f64::total_cmp);
    let share = |count: u64| count as f64 / (questions.len() as f64).max(1.0);
    Ok(LookupFigures {
        names: known.len() as u64,
        queries: questions.len() as u64,
        p50_ms: milliseconds.get(milliseconds.len() / 2).copied(),
        p99_ms: milliseconds.get(milliseconds.len() * 99 / 100).copied(),
        hit_at_1: share(at_1),
        hit_at_10: share(at_10),
        build,
        index_bytes: bytes_below(folder),
    })
}

fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let size = |path: std::path::PathBuf| match path.is_dir() {
        true => bytes_below(&path),
        false => path.metadata().map_or(0, |metadata| metadata.len()),
    };
    entries.filter_map(|entry| entry.ok()).map(|entry| size(entry.path())).sum()
}
