//! Training a model of records with several fields, from labelled pairs of ids.
//!
//! The model has a field for each pair of compared columns, and where there are several, one for the whole record's text,
//! which holds together what dirty tables have in the wrong column. It is the mean of several parts, each of which left out
//! another share of the pairs; pairs that were not trained on choose how long to boost, how many combinations there are,
//! and the weight from which on a pair is taken for a match, which then becomes weight 0.

use super::given::{Given, PairFile};
use super::link::Side;
use super::scorer::Scorer;
use super::table::Table;
use super::train::count_words;
use crate::compare::levels::COUNT;
use crate::compare::rarity::WordCounts;
use crate::compare::{COMPARISONS, Prepared};
use crate::config::Kind;
use crate::error::{Error, Place, Result};
use crate::model::alias_weights::STANDARD;
use crate::model::boost::{BoostOptions, Boosted, Matrix, boost};
use crate::model::cut::{Cut, steady_cut};
use crate::model::fields::{FieldModel, Source};
use crate::model::records::{RecordWeights, monotone, record_weights};
use crate::model::share::ShareSource;
use crate::model::{BIT, Chosen, FORMAT, LevelWeights, MatchWeight, Model, ModelFile, Training, TrainingSet};
use crate::record::Tally;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// What to train a model of records on.
#[derive(Debug, Clone)]
pub struct RecordTask {
    /// The left table.
    pub left: Side,
    /// The right table.
    pub right: Side,
    /// The pairs to learn from.
    pub train: PairFile,
    /// The pairs to choose by; without them each part of the training is tried on the pairs that it left out.
    pub valid: Option<PairFile>,
    /// The column of labels in both files: 1 for a match, 0 for none.
    pub label: String,
    /// What the records describe.
    pub kind: Kind,
    /// Words of fewer values than this are left out of the model.
    pub least_count: u32,
    /// The command that trains the model again, to be written into it.
    pub command: String,
}

/// A trained model of records, and what was read for it.
#[derive(Debug)]
pub struct TrainedRecords {
    /// The model.
    pub model: Model,
    /// What was read and rejected: the left table, the right one, and each file of pairs.
    pub tallies: Vec<(std::path::PathBuf, Tally)>,
}

/// Labelled pairs with their levels.
struct Labelled {
    name: String,
    matrix: Matrix,
}

/// How often the course of a training is looked at, in rounds.
const EVERY: usize = 10;

/// How many combinations are tried.
const COMBINATIONS: [usize; 3] = [0, 8, 24];

/// Trains a model. The same input gives the same model.
///
/// # Errors
/// Those of reading the tables and the pairs; [`crate::error::ErrorKind::Input`] for a label that is neither 0 nor 1, and for
/// pairs to learn from that are all matches or all none.
pub fn train_records(task: &RecordTask) -> Result<TrainedRecords> {
    if task.left.on.is_empty() || task.left.on.len() != task.right.on.len() {
        return Err(Error::usage("name at least one column to compare, and as many on the left as on the right"));
    }
    let read = |side: &Side| Table::read(&side.path, side.id.as_deref(), &side.on, &side.read);
    let (left, right) = (read(&task.left)?, read(&task.right)?);
    let fields = blank_fields(task, &left, &right);
    let texts: Vec<Vec<&[String]>> =
        left.fields.iter().zip(&right.fields).map(|(left, right)| vec![left.as_slice(), right.as_slice()]).collect();
    let file = ModelFile { format: FORMAT, kind: task.kind, fields: fields.clone(), ..ModelFile::default() };
    let scorer = Scorer::new(Model::new(file)?, &texts)?.with_limits(&task.left.read.limits);
    let prepared = [scorer.prepare_table(&left.fields), scorer.prepare_table(&right.fields)];
    let mut tallies =
        vec![(task.left.path.clone(), left.tally.clone()), (task.right.path.clone(), right.tally.clone())];
    let mut labelled = |pairs: &PairFile| -> Result<Labelled> {
        let given = Given::read(pairs, &left, &right)?;
        tallies.push((pairs.path.clone(), given.tally.clone()));
        labelled_pairs(pairs, &task.label, &given, &scorer, &prepared)
    };
    let train = labelled(&task.train)?;
    require_both_classes(&task.train, &train.matrix)?;
    let valid = task.valid.as_ref().map(&mut labelled).transpose()?;
    if let (Some(file), Some(valid)) = (&task.valid, &valid) {
        require_both_classes(file, &valid.matrix)?;
    }
    let model = fitted(task, fields, &train, valid.as_ref())?;
    Ok(TrainedRecords { model, tallies })
}

/// The fields without any evidence.
fn blank_fields(task: &RecordTask, left: &Table, right: &Table) -> Vec<FieldModel> {
    let comparisons: Vec<LevelWeights> = COMPARISONS
        .iter()
        .map(|about| LevelWeights { comparison: about.name.to_owned(), weights: vec![0; about.levels.len() + 1] })
        .collect();
    let field = |source: Source, words: WordCounts| FieldModel {
        source,
        comparisons: comparisons.clone(),
        interactions: Vec::new(),
        words,
        odds: BTreeMap::new(),
        embedding: None,
    };
    let columns = task.left.on.iter().zip(&task.right.on);
    let mut fields: Vec<FieldModel> = columns
        .zip(left.fields.iter().zip(&right.fields))
        .map(|((left_name, right_name), (left, right))| {
            let texts = left.iter().chain(right).map(String::as_str);
            let source = Source::Columns { left: left_name.clone(), right: right_name.clone() };
            field(source, count_words(texts, task.least_count))
        })
        .collect();
    if fields.len() > 1 {
        // The words of the whole record are those of its parts, counted where they are.
        fields.push(field(Source::Whole, WordCounts::default()));
    }
    fields
}

fn labelled_pairs(
    file: &PairFile,
    label: &str,
    given: &Given,
    scorer: &Scorer,
    [left, right]: &[Vec<Prepared>; 2],
) -> Result<Labelled> {
    let column = given.column(&file.path, label)?;
    let mut pairs = Vec::with_capacity(given.rows.len());
    let mut labels = Vec::with_capacity(given.rows.len());
    for row in &given.rows {
        let is_match = match row.values.get(column).map_or("", |value| value.trim()) {
            "1" | "1.0" | "true" => true,
            "0" | "0.0" | "false" => false,
            other => {
                let reason = format!("label {other:?} is neither 1 (a match) nor 0 (none)");
                return Err(Error::input(Place::file(&file.path).line(row.line).field(label), reason));
            }
        };
        if let Some(pair) = row.pair {
            pairs.push(pair);
            labels.push(is_match);
        }
    }
    let levels: Vec<Vec<u8>> = pairs
        .par_iter()
        .map(|&(a, b)| match (left.get(a as usize), right.get(b as usize)) {
            (Some(a), Some(b)) => scorer.levels(a, b).concat(),
            _ => Vec::new(),
        })
        .collect();
    let fields = levels.first().map_or(0, |levels| levels.len() / COUNT);
    let name = file.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let matrix = Matrix { features: fields * COUNT, monotone: monotone(fields), levels: levels.concat(), labels };
    Ok(Labelled { name, matrix })
}

fn require_both_classes(file: &PairFile, matrix: &Matrix) -> Result<()> {
    let matches = matrix.labels.iter().filter(|label| **label).count();
    let reason = match (matrix.len(), matches) {
        (0, _) => "no pair of known ids",
        (_, 0) => "no pair is a match (label 1); a model needs both kinds",
        (all, matches) if all == matches => "every pair is a match; a model needs pairs that are none (label 0), too",
        _ => return Ok(()),
    };
    Err(Error::input(Place::file(&file.path), reason))
}

/// A training as far as it was found best.
struct Choice {
    boosted: Boosted,
    combinations: usize,
    rounds: usize,
    loss: f64,
}

fn fitted(task: &RecordTask, mut fields: Vec<FieldModel>, train: &Labelled, valid: Option<&Labelled>) -> Result<Model> {
    let mut best: Option<Choice> = None;
    for combinations in COMBINATIONS {
        let options = BoostOptions { combinations, ..BoostOptions::default() };
        let boosted = boost(&train.matrix, &options);
        let courses = courses(&boosted, train, valid, &options);
        let labels = &valid.unwrap_or(train).matrix.labels;
        let losses = (0..boosted.rounds() / EVERY).map(|step| loss(&courses, labels, step));
        let (step, loss) = (0..).zip(losses).fold((0, f64::INFINITY), |a, b| if b.1 < a.1 { b } else { a });
        let choice = Choice { boosted, combinations, rounds: (step + 1) * EVERY, loss };
        if best.as_ref().is_none_or(|best| choice.loss < best.loss) {
            best = Some(choice);
        }
    }
    let Some(Choice { boosted, combinations, rounds, .. }) = best else { return Err(Error::usage("nothing to train")) };
    let tables = boosted.tables(rounds);
    let RecordWeights { prior, fields: weights, across } = record_weights(&tables, &train.matrix, fields.len());
    for (field, (comparisons, interactions)) in fields.iter_mut().zip(weights) {
        (field.comparisons, field.interactions) = (comparisons, interactions);
    }
    let share = ShareSource::Fixed;
    let file = ModelFile { format: FORMAT, kind: task.kind, prior, share, fields, across, ..ModelFile::default() };
    let model = Model::new(file.clone())?;
    let options = BoostOptions { combinations, ..BoostOptions::default() };
    let judged = judged(&model, &boosted, rounds, train, valid, &options);
    let Cut { weight: cut, precision, recall, f1 } = steady_cut(&judged);
    let rounded = |number: f64| (number * 1e4).round() / 1e4;
    let chosen = Chosen {
        on: valid.map_or_else(|| format!("{}, parts left out", train.name), |valid| valid.name.clone()),
        rounds,
        combinations,
        cut,
        precision: rounded(precision),
        recall: rounded(recall),
        f1: rounded(f1),
    };
    let set = |labelled: &Labelled| TrainingSet {
        name: labelled.name.clone(),
        pairs: labelled.matrix.len() as u64,
        matches: labelled.matrix.labels.iter().filter(|label| **label).count() as u64,
    };
    let training = Training { command: task.command.clone(), sets: vec![set(train)], chosen: Some(chosen) };
    Model::new(ModelFile { prior: file.prior.saturating_sub(cut), training, ..file })?.with_alias_weights(&STANDARD)
}

/// The log odds of each pair to choose by, over the rounds.
fn courses(boosted: &Boosted, train: &Labelled, valid: Option<&Labelled>, options: &BoostOptions) -> Vec<Vec<f64>> {
    let matrix = &valid.unwrap_or(train).matrix;
    let course = |row: usize| {
        let part = if valid.is_some() { None } else { Some(options.left_out_of(row)) };
        boosted.course(matrix.row(row), part, EVERY)
    };
    (0..matrix.len()).into_par_iter().map(course).collect()
}

fn loss(courses: &[Vec<f64>], labels: &[bool], step: usize) -> f64 {
    let of = |(course, label): (&Vec<f64>, &bool)| {
        let log_odds = course.get(step).copied().unwrap_or_default();
        (if *label { -log_odds } else { log_odds }).exp().ln_1p()
    };
    courses.iter().zip(labels).map(of).sum()
}

/// The weights and labels of the pairs to choose by: the validation pairs by the model, or each training pair by the part
/// that left it out.
fn judged(
    model: &Model,
    boosted: &Boosted,
    rounds: usize,
    train: &Labelled,
    valid: Option<&Labelled>,
    options: &BoostOptions,
) -> Vec<(MatchWeight, bool)> {
    let matrix = &valid.unwrap_or(train).matrix;
    let weight = |row: usize| match valid {
        Some(_) => {
            let levels: Vec<_> = matrix.row(row).chunks(COUNT).filter_map(|field| field.try_into().ok()).collect();
            model.record_weight(&levels)
        }
        None => {
            let log_odds = boosted.course(matrix.row(row), Some(options.left_out_of(row)), rounds).first().copied();
            (log_odds.unwrap_or_default() / std::f64::consts::LN_2 * f64::from(BIT)).round() as MatchWeight
        }
    };
    (0..matrix.len()).map(|row| (weight(row), matrix.labels.get(row).copied().unwrap_or_default())).collect()
}
