//! Scoring given pairs: two tables and a file of pairs in, a match weight for each pair out.

use super::directory::Aliases;
use super::given::{Given, PairFile};
use super::link::Side;
use super::scorer::Scorer;
use super::share::JobShare;
use super::table::Table;
use super::usage::{Stopwatch, Usage};
use crate::config::Kind;
use crate::error::{Error, Result};
use crate::model::shipped::shipped;
use crate::model::{MatchWeight, Model};
use crate::record::Tally;
use rayon::prelude::*;
use std::path::Path;

/// What to score.
#[derive(Debug, Clone)]
pub struct ScoreTask {
    /// The left table.
    pub left: Side,
    /// The right table.
    pub right: Side,
    /// The pairs.
    pub pairs: PairFile,
    /// What the records describe: picks the shipped model.
    pub kind: Kind,
    /// A model of one's own instead of the shipped one.
    pub model: Option<Model>,
    /// Where evidence that names are used for one thing comes from.
    pub aliases: Aliases,
    /// The share of matches among the pairs, from 0 to 1; `None` estimates it from the pairs, or takes the model's where
    /// that is fixed.
    pub share: Option<f64>,
}

/// Scored pairs.
#[derive(Debug)]
pub struct Scored {
    /// The pairs with their own columns, in the order of their file.
    pub given: Given,
    /// The weight of each; none for a pair that names an unknown id.
    pub weights: Vec<Option<MatchWeight>>,
    /// What was read and rejected of the left and of the right table.
    pub tallies: [Tally; 2],
    /// The share of matches among the pairs, and how it is known.
    pub share: JobShare,
    /// The digest of the model.
    pub model: String,
    /// What it cost.
    pub usage: Usage,
}

/// Scores all pairs, as `link` weighs its candidates where a row may have many links: with the rarities of the tables, and
/// with the share of matches among these very pairs.
///
/// # Errors
/// Those of reading the tables and of [`Given::read`]; [`crate::error::ErrorKind::Usage`] when the sides have different
/// numbers of columns, or fewer than the model compares.
pub fn score(task: &ScoreTask) -> Result<Scored> {
    let stopwatch = Stopwatch::start();
    let (left, right) = (&task.left, &task.right);
    if left.on.is_empty() || left.on.len() != right.on.len() {
        return Err(Error::usage("name at least one column to compare, and as many on the left as on the right"));
    }
    let is_self = left.path == right.path && left.path != Path::new("-") && left.on == right.on && left.id == right.id;
    let read = |side: &Side| Table::read(&side.path, side.id.as_deref(), &side.on, &side.read);
    let left_table = read(left)?;
    let right_table = if is_self { None } else { Some(read(right)?) };
    let given = Given::read(&task.pairs, &left_table, right_table.as_ref().unwrap_or(&left_table))?;
    let tables = || std::iter::once(&left_table).chain(&right_table);
    let texts: Vec<Vec<&[String]>> = (0..left.on.len())
        .map(|field| tables().filter_map(|table| table.fields.get(field)).map(Vec::as_slice).collect())
        .collect();
    let model = task.model.clone().map_or_else(|| shipped(task.kind), Ok)?;
    let scorer = Scorer::new(model, &texts)?.with_limits(&left.read.limits);
    let mut prepared: Vec<_> = tables().map(|table| scorer.prepare_table(&table.fields)).collect();
    let mut sides: Vec<_> = prepared.iter_mut().map(Vec::as_mut_slice).collect();
    task.aliases.tell(&scorer, task.kind, &mut sides)?;
    let evidence: Vec<Option<MatchWeight>> = given
        .rows
        .par_iter()
        .map(|row| {
            let (a, b) = row.pair?;
            Some(scorer.evidence(prepared.first()?.get(a as usize)?, prepared.last()?.get(b as usize)?))
        })
        .collect();
    let share = match task.share {
        Some(share) => JobShare::stated(share, scorer.model(), false),
        None => JobShare::of_evidence(evidence.iter().flatten().copied(), scorer.model()),
    };
    let weights = evidence.iter().map(|evidence| evidence.map(|evidence| share.scale.weight(evidence))).collect();
    let tallies = [left_table.tally.clone(), right_table.as_ref().unwrap_or(&left_table).tally.clone()];
    Ok(Scored { given, weights, tallies, share, model: scorer.model().digest().to_owned(), usage: stopwatch.read() })
}
