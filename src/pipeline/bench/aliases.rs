//! What alias evidence adds: tables linked by how names are written, by what they are used for, and by both, the three
//! approaches of LinkOrgs side by side.
//!
//! Every method runs as `cognate link` does, keeps the best right row of each left row, and is measured at the default
//! threshold and at the one where F2 is best.

use super::alias_task::{AliasTask, Answer, read_evidence};
use crate::alias::{AliasGraph, AliasTable, Form, Reading};
use crate::error::{Error, Result};
use crate::model::{Model, probability, weight_of};
use crate::pipeline::directory::{Aliases, Approach};
use crate::pipeline::evaluate::{OperatingPoint, best_f2, operating_points};
use crate::pipeline::link::{LEAST_PROBABILITY, LinkOptions, Side, link};
use crate::pipeline::usage::{Stopwatch, Usage};
use crate::record::{Cell, Column, Destination, TableWriter};
use crate::resolve::{Assignment, JoinRow};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The readings that are compared.
pub const READINGS: [Reading; 4] = [Reading::Match, Reading::Markov, Reading::Communities(Form::Paper), Reading::Walk];

/// The readings that are held against noise.
const READINGS_OF_NOISE: [Reading; 2] = [Reading::Markov, Reading::Walk];

/// The files of evidence, and whether they hold noise. A task has any of them.
const FILES: [(&str, bool); 6] = [
    ("evidence", false),
    ("half", false),
    ("full", false),
    ("noisy", true),
    ("noisy_full", true),
    ("noisy_rows", true),
];

/// What to measure.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The tasks, by the names of their folders; none means all.
    pub tasks: Vec<String>,
    /// A file for the pairs that were lost and the wrong ones that were found.
    pub errors: Option<PathBuf>,
}

/// The figures of one method on one task with one file of evidence.
#[derive(Debug, Clone, Serialize)]
pub struct AliasFigures {
    /// The task.
    pub task: String,
    /// The file of evidence; nothing for methods that need none.
    pub evidence: Option<&'static str>,
    /// The method.
    pub method: String,
    /// Precision, recall and F at a probability of 0.5, and of all pairs of the look-up; nothing where scores are no
    /// probabilities.
    pub at_half: Option<OperatingPoint>,
    /// The same at the threshold where F2 is best.
    pub at_peak: OperatingPoint,
    /// The share of the left rows with a partner whose best right row is right.
    pub accuracy_at_1: f64,
    /// Pairs that were compared.
    pub candidates: u64,
    /// Seconds for reading the evidence into a graph and the graph into a table.
    pub table_seconds: Option<f64>,
    /// What linking cost, reading of the tables included.
    pub usage: Usage,
}

/// Measures all methods on the tasks in the subfolders of `folder`; `tell` is told what is begun.
///
/// # Errors
/// [`crate::error::ErrorKind::Usage`] where there is no task, and those of reading the tasks and of linking.
pub fn aliases(folder: &Path, model: &Model, options: &Options, tell: &dyn Fn(&str)) -> Result<Vec<AliasFigures>> {
    let mut figures = Vec::new();
    let mut errors = options.errors.as_deref().map(ErrorFile::create).transpose()?;
    for folder in task_folders(folder, &options.tasks)? {
        let task = AliasTask::read(&folder)?;
        tell(&format!("task {}", task.name));
        let mut take = |run: Run| -> Result<()> {
            if let Some(errors) = &mut errors {
                errors.write(&task, &run)?;
            }
            figures.push(run.figures(&task));
            Ok(())
        };
        run_without_evidence(&task, model).try_for_each(|run| take(run?))?;
        for (file, is_noisy) in FILES {
            if folder.join(format!("{file}.csv")).exists() {
                tell(&format!("task {}, {file}", task.name));
                run_with_evidence(&task, file, is_noisy, model, &mut take)?;
            }
        }
    }
    errors.map_or(Ok(()), |errors| errors.table.finish())?;
    Ok(figures)
}

/// The subfolders with a task, in the order of their names.
fn task_folders(folder: &Path, wanted: &[String]) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::io(folder, error))?;
    let paths: std::io::Result<Vec<PathBuf>> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut found = paths.map_err(|error| Error::io(folder, error))?;
    let is_wanted = |path: &Path| wanted.is_empty() || wanted.iter().any(|name| path.ends_with(name));
    found.retain(|path| path.join("truth.csv").exists() && is_wanted(path));
    found.sort();
    if found.is_empty() {
        let reason = format!("{} has no such task; benches/alias_tasks.py writes tasks", folder.display());
        return Err(Error::usage(reason));
    }
    Ok(found)
}

/// What a method did on a task.
struct Run {
    evidence: Option<&'static str>,
    method: String,
    answers: Vec<Answer>,
    /// Whether a score of one half tells what is linked from what is not.
    is_decided: bool,
    candidates: u64,
    table_seconds: Option<f64>,
    usage: Usage,
}

/// The methods that know no evidence.
fn run_without_evidence<'a>(task: &'a AliasTask, model: &'a Model) -> impl Iterator<Item = Result<Run>> + 'a {
    let simple = |method: &str, find: &dyn Fn() -> Vec<Answer>| {
        let stopwatch = Stopwatch::start();
        let answers = find();
        let candidates = task.left.len() as u64 * task.right.len() as u64;
        Run { candidates, ..Run::simple(method, answers, stopwatch.read()) }
    };
    let baselines = [simple("token-set ratio", &|| task.by_words()), simple("3-gram TF-IDF", &|| task.by_grams())];
    let strings = std::iter::once_with(|| linked(task, model, Approach::Strings, Aliases::None));
    baselines.into_iter().map(Ok).chain(strings)
}

/// The methods that know a file of evidence.
fn run_with_evidence(
    task: &AliasTask,
    file: &'static str,
    is_noisy: bool,
    model: &Model,
    take: &mut dyn FnMut(Run) -> Result<()>,
) -> Result<()> {
    let stopwatch = Stopwatch::start();
    let graph = AliasGraph::new(read_evidence(&task.folder.join(format!("{file}.csv")))?);
    let graph_seconds = stopwatch.read().seconds;
    let stopwatch = Stopwatch::start();
    let answers = task.by_common_source(&graph);
    let candidates = answers.len() as u64;
    let naive = Run { candidates, is_decided: true, ..Run::simple("lookup", answers, stopwatch.read()) };
    take(Run { evidence: Some(file), table_seconds: Some(graph_seconds), ..naive })?;
    for &reading in if is_noisy { READINGS_OF_NOISE.as_slice() } else { &READINGS } {
        let stopwatch = Stopwatch::start();
        let table = Arc::new(AliasTable::build(&graph, reading));
        let table_seconds = Some(graph_seconds + stopwatch.read().seconds);
        for evidence in [Approach::Aliases, Approach::Both] {
            let run = linked(task, model, evidence, Aliases::Table(table.clone()))?;
            let method = format!("{}, {reading}", evidence.name());
            take(Run { evidence: Some(file), method, table_seconds, ..run })?;
        }
    }
    Ok(())
}

/// A job of the product: every left row with its best right row.
fn linked(task: &AliasTask, model: &Model, evidence: Approach, aliases: Aliases) -> Result<Run> {
    let side = |file: &str| Side { path: task.folder.join(file), on: vec!["name".to_owned()], ..Side::default() };
    let options = LinkOptions {
        model: Some(model.clone()),
        aliases,
        evidence,
        least_weight: weight_of(LEAST_PROBABILITY),
        assignment: Assignment::BestLeft,
        ..LinkOptions::default()
    };
    let linked = link(&side("left.csv"), &side("right.csv"), &options, &|_, _| ())?;
    let answer = |row: &JoinRow| Some(Answer { left: row.left?, right: row.right?, score: probability(row.weight?) });
    Ok(Run {
        evidence: None,
        method: evidence.name().to_owned(),
        answers: linked.rows.iter().filter_map(answer).collect(),
        is_decided: true,
        candidates: linked.summary.pairs,
        table_seconds: None,
        usage: linked.summary.usage,
    })
}

impl Run {
    /// A method whose scores are no probabilities.
    fn simple(method: &str, answers: Vec<Answer>, usage: Usage) -> Run {
        let method = method.to_owned();
        Run { evidence: None, method, answers, is_decided: false, candidates: 0, table_seconds: None, usage }
    }

    fn figures(self, task: &AliasTask) -> AliasFigures {
        let is_right = |answer: &Answer| task.truth.contains(&(answer.left, answer.right));
        let scored: Vec<(f64, bool)> = self.answers.iter().map(|answer| (answer.score, is_right(answer))).collect();
        let positives = task.truth.len() as u64;
        let above =
            scored.iter().filter(|(score, _)| *score >= 0.5).map(|(_, right)| (0.5, *right)).collect::<Vec<_>>();
        let at_half = || operating_points(&above, positives).last().copied().unwrap_or_default();
        let with_partner: FxHashSet<u32> = task.truth.iter().map(|pair| pair.0).collect();
        let right = best_of_each(&self.answers).filter(|answer| is_right(answer)).count();
        AliasFigures {
            task: task.name.clone(),
            evidence: self.evidence,
            at_half: self.is_decided.then(at_half),
            at_peak: best_f2(&scored, positives),
            accuracy_at_1: right as f64 / (with_partner.len() as f64).max(1.0),
            candidates: self.candidates,
            table_seconds: self.table_seconds,
            usage: self.usage,
            method: self.method,
        }
    }
}

/// The best answer for each left row; of equal ones the first right row.
fn best_of_each(answers: &[Answer]) -> impl Iterator<Item = Answer> {
    let mut best: FxHashMap<u32, Answer> = FxHashMap::default();
    for answer in answers {
        let known = best.entry(answer.left).or_insert(*answer);
        if answer.score > known.score || (answer.score == known.score && answer.right < known.right) {
            *known = *answer;
        }
    }
    best.into_values()
}

/// A table of what methods got wrong at a probability of 0.5.
struct ErrorFile {
    table: TableWriter,
}

impl ErrorFile {
    fn create(path: &Path) -> Result<ErrorFile> {
        let texts = ["task", "evidence", "method", "error", "left_id", "left_name", "right_id", "right_name"];
        let mut columns = texts.map(Column::text).to_vec();
        columns.push(Column::float("probability"));
        Ok(ErrorFile { table: TableWriter::create(Destination::File(path.to_path_buf()), None, &columns)? })
    }

    /// The true pairs that a run has not linked, with their probabilities if they were answers, and the wrong ones it has.
    fn write(&mut self, task: &AliasTask, run: &Run) -> Result<()> {
        if !run.is_decided {
            return Ok(());
        }
        let score: FxHashMap<(u32, u32), f64> =
            run.answers.iter().map(|answer| ((answer.left, answer.right), answer.score)).collect();
        let is_link = |pair: &(u32, u32)| score.get(pair).is_some_and(|score| *score >= 0.5);
        let lost = task.truth.iter().filter(|pair| !is_link(pair)).map(|pair| ("lost", *pair));
        let wrong =
            score.keys().filter(|pair| is_link(pair) && !task.truth.contains(*pair)).map(|pair| ("false", *pair));
        let mut errors: Vec<(&str, (u32, u32))> = lost.chain(wrong).collect();
        errors.sort_unstable();
        for (error, pair) in errors {
            let (left, right) = (&task.left, &task.right);
            self.table.write_row(&[
                Cell::Text(&task.name),
                Cell::from(run.evidence),
                Cell::Text(&run.method),
                Cell::Text(error),
                Cell::from(left.id(pair.0)),
                Cell::from(left.text(0, pair.0)),
                Cell::from(right.id(pair.1)),
                Cell::from(right.text(0, pair.1)),
                score.get(&pair).map_or(Cell::Null, |score| Cell::Float(*score)),
            ])?;
        }
        Ok(())
    }
}
