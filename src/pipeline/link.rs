//! Linking: two tables in, linked pairs out.
//!
//! read → normalise and prepare → block → estimate the share of matches → compare and score → assign → join. Pairs are scored as they come and only those
//! that reach the least weight are kept, so memory is bounded by the tables and the output.

use super::directory::{Aliases, Approach};
use super::inherit::Inherited;
use super::link_vectors::RowVectors;
use super::scorer::Scorer;
use super::share::{BAND, JobShare, Sides, weigh_rivals};
use super::table::Table;
use super::usage::{Stopwatch, Usage};
use crate::block::candidates::BlockOptions;
use crate::block::keys::KeyOptions;
use crate::block::vectors::Plan;
use crate::block::{Blocks, DroppedKey, Keys, Scratch, VectorBlocks, VectorOptions};
use crate::compare::Prepared;
use crate::config::Kind;
use crate::error::{Error, Result};
use crate::model::aim::{Aim, Expected, least_weight_for};
use crate::model::share::ShareSource;
use crate::model::shipped::shipped;
use crate::model::{MatchWeight, Model, weight_of};
use crate::record::{ReadOptions, RecordId};
use crate::resolve::{Assignment, Join, JoinRow, Link, assign, join};
use rayon::prelude::*;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A table to link.
#[derive(Debug, Clone, Default)]
pub struct Side {
    /// Its file; `-` is standard input.
    pub path: PathBuf,
    /// The column of its ids; `None` is the column `id`, or the number of the row.
    pub id: Option<String>,
    /// The compared columns, the most telling first; as many as on the other side.
    pub on: Vec<String>,
    /// Columns to keep for the output.
    pub with: Vec<String>,
    /// How to read it.
    pub read: ReadOptions,
}

/// The least probability of a link where the threshold is picked by an [`Aim`].
pub const LEAST_PROBABILITY: f64 = 0.01;

/// How to link.
#[derive(Debug, Clone)]
pub struct LinkOptions {
    /// What the records describe: picks the shipped model.
    pub kind: Kind,
    /// A model of one's own instead of the shipped one.
    pub model: Option<Model>,
    /// Where evidence that names are used for one thing comes from; it goes by the first column.
    pub aliases: Aliases,
    /// Which evidence counts.
    pub evidence: Approach,
    /// The least match weight of a link, in micro-bits.
    pub least_weight: MatchWeight,
    /// What the links are to be good for: picks the least weight in the place of the one above, among links of a
    /// probability of at least [`LEAST_PROBABILITY`].
    pub aim: Option<Aim>,
    /// The share of matches among the candidate pairs, from 0 to 1; `None` estimates it, or takes the model's where that is
    /// fixed.
    pub share: Option<f64>,
    /// Which of a record's links to keep.
    pub assignment: Assignment,
    /// Links per left row at most.
    pub top: Option<usize>,
    /// Which rows come out.
    pub join: Join,
    /// How keys are made.
    pub keys: KeyOptions,
    /// When keys are dropped.
    pub blocks: BlockOptions,
    /// Candidates by the vectors of the rows, for a recall that is asked for; they take the place of all keys but those of
    /// alias groups.
    pub vectors: Option<VectorOptions>,
    /// Count the pairs only, score none.
    pub dry_run: bool,
}

impl Default for LinkOptions {
    fn default() -> LinkOptions {
        LinkOptions {
            kind: Kind::default(),
            model: None,
            aliases: Aliases::default(),
            evidence: Approach::default(),
            least_weight: weight_of(0.5),
            aim: None,
            share: None,
            assignment: Assignment::Many,
            top: None,
            join: Join::Inner,
            keys: KeyOptions::default(),
            blocks: BlockOptions::default(),
            vectors: None,
            dry_run: false,
        }
    }
}

/// What a link job did.
#[derive(Debug, Clone, Serialize)]
pub struct LinkSummary {
    /// Rows read from the left table, rejected ones included.
    pub left_rows: u64,
    /// Rows read from the right table; in a self link those of the one table.
    pub right_rows: u64,
    /// Rows rejected, both tables together.
    pub rejected: u64,
    /// Blocking keys that gave pairs.
    pub keys: u64,
    /// Keys dropped because they would have given too many pairs.
    pub dropped_keys: u64,
    /// Candidate pairs: compared, or counted in a dry run.
    pub pairs: u64,
    /// How candidates were found by the rows' vectors, where a recall was asked for, and what was expected of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vectors: Option<Plan>,
    /// Links after the assignment.
    pub links: u64,
    /// The share of matches among the candidate pairs, and how it is known.
    #[serde(flatten)]
    pub share: JobShare,
    /// The least weight of a link in micro-bits, as it was asked for or picked.
    pub least_weight: MatchWeight,
    /// Matches to be expected among all candidate pairs.
    pub expected_matches: f64,
    /// What is to be expected of the links, by their probabilities.
    #[serde(flatten)]
    pub expected: Expected,
    /// The digest of the model.
    pub model: String,
    /// How many texts the alias table knows, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aliases: Option<Inherited>,
    /// What it cost.
    pub usage: Usage,
}

/// Linked tables.
#[derive(Debug)]
pub struct Linked {
    /// The left table.
    pub left: Table,
    /// The right table; `None` in a self link, where the left one stands for both.
    pub right: Option<Table>,
    /// The output rows, by row numbers of the tables.
    pub rows: Vec<JoinRow>,
    /// The largest dropped keys.
    pub dropped: Vec<DroppedKey>,
    /// What was done.
    pub summary: LinkSummary,
}

impl Linked {
    /// The right table, or in a self link the one table.
    pub fn right(&self) -> &Table {
        self.right.as_ref().unwrap_or(&self.left)
    }
}

/// Links two tables; `progress` is told how many right rows are done, of how many.
///
/// Where both sides name the same file, the table is linked to itself: every pair of different rows once, the row whose
/// id comes first on the left. The output is the same whatever the order of the rows and the number of threads.
///
/// # Errors
/// Those of reading the tables, and [`crate::error::ErrorKind::Usage`] when the sides have different numbers of columns.
pub fn link(left: &Side, right: &Side, options: &LinkOptions, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<Linked> {
    let stopwatch = Stopwatch::start();
    if left.on.is_empty() || left.on.len() != right.on.len() {
        return Err(Error::usage("name at least one column to link on, and as many on the left as on the right"));
    }
    let is_self = left.path == right.path && left.path != Path::new("-") && left.on == right.on;
    let mut left_table = read(left)?;
    let mut right_table = if is_self { None } else { Some(read(right)?) };

    let model = options.model.clone().map_or_else(|| shipped(options.kind), Ok)?;
    let fields: Vec<Vec<&[String]>> = (0..left.on.len())
        .map(|field| {
            let tables = std::iter::once(&left_table).chain(&right_table);
            tables.filter_map(|table| table.fields.get(field)).map(Vec::as_slice).collect()
        })
        .collect();
    let scorer = Scorer::new(model, &fields)?.with_limits(&left.read.limits);
    let vectors = options.vectors.map(|by| RowVectors::of_tables(&left_table, right_table.as_ref(), &left.on, by));
    let vectors = vectors.transpose()?;
    let prepare = |table: &mut Table, on: usize| {
        let prepared = scorer.prepare_table(table.fields.get(..on).unwrap_or_default());
        // The compared texts have served; what is left are the columns for the output.
        table.fields.drain(..on);
        prepared
    };
    let mut left_prepared = prepare(&mut left_table, left.on.len());
    let mut right_prepared = right_table.as_mut().map(|table| prepare(table, right.on.len()));
    let mut sides = vec![left_prepared.as_mut_slice()];
    sides.extend(right_prepared.as_deref_mut());
    let (scorer, inherited) = with_aliases(scorer, &mut sides, options)?;

    let texts = left_prepared
        .iter()
        .chain(right_prepared.iter().flatten())
        .flat_map(|prepared| prepared.texts.iter().flatten());
    let aliases_alone = options.keys.aliases_alone || vectors.is_some();
    let keys = Keys::new(KeyOptions { aliases_alone, ..options.keys.clone() }, texts);
    // The rows that keep their best link alone are those that look for their partners.
    let right_rows = right_prepared.as_deref();
    let swapped = options.assignment == Assignment::BestLeft && right_rows.is_some();
    let (known, asking) = match right_rows {
        Some(right) if swapped => (right, Some(left_prepared.as_slice())),
        right => (left_prepared.as_slice(), right),
    };
    let by_vectors = vectors.as_ref().map(|rows| match &rows.right {
        Some(right) if swapped => VectorBlocks::new(right, Some(&rows.left), &rows.plan),
        right => VectorBlocks::new(&rows.left, right.as_ref(), &rows.plan),
    });
    let blocks = Blocks::new(known, asking, &keys, options.blocks.clone()).with_vectors(by_vectors);
    let sides = Sides { left: known, right: asking.unwrap_or(known), blocks: &blocks };
    let ids = right_table.as_ref().filter(|_| !swapped).map_or(&left_table.ids, |table| &table.ids);
    let (scorer, share) = with_share(scorer, sides, ids, options, is_self);
    let floor = if options.aim.is_some() { weight_of(LEAST_PROBABILITY) } else { options.least_weight };
    let scoring = Scoring { sides, scorer: &scorer, options, rivals: share.rivals, swapped, floor };
    let found = scoring.run(progress);
    let expected_matches = share.share * found.pairs as f64;
    let least_weight = options.aim.map_or(floor, |aim| {
        let links = assign(found.links.clone(), options.assignment, floor, options.top);
        least_weight_for(aim, &links.iter().map(|link| link.weight).collect::<Vec<_>>(), expected_matches)
    });
    let links = assign(found.links, options.assignment, least_weight, options.top);
    let right_positions = &right_table.as_ref().unwrap_or(&left_table).positions;
    let rows = join(&links, options.join, &left_table.positions, right_positions)?;
    let tallies = || std::iter::once(&left_table.tally).chain(right_table.as_ref().map(|table| &table.tally));
    let summary = LinkSummary {
        left_rows: left_table.tally.read,
        right_rows: tallies().last().map_or(0, |tally| tally.read),
        rejected: tallies().map(|tally| tally.rejected).sum(),
        keys: blocks.key_count() as u64,
        dropped_keys: blocks.dropped().len() as u64,
        pairs: found.pairs,
        vectors: vectors.as_ref().map(|rows| rows.plan.clone()),
        links: links.len() as u64,
        share,
        least_weight,
        expected_matches,
        expected: Expected::of(links.iter().map(|link| link.weight)),
        model: scorer.model().digest().to_owned(),
        aliases: inherited,
        usage: stopwatch.read(),
    };
    let dropped = blocks.dropped().iter().take(20).cloned().collect();
    Ok(Linked { rows, dropped, summary, left: left_table, right: right_table })
}

fn read(side: &Side) -> Result<Table> {
    let columns: Vec<String> = side.on.iter().chain(&side.with).cloned().collect();
    Table::read(&side.path, side.id.as_deref(), &columns, &side.read)
}

/// Gives the rows what the alias table knows of them, and the scorer that hears the evidence that is asked for.
fn with_aliases(
    scorer: Scorer,
    sides: &mut [&mut [Prepared]],
    options: &LinkOptions,
) -> Result<(Scorer, Option<Inherited>)> {
    let aliases = if options.evidence == Approach::Strings { &Aliases::None } else { &options.aliases };
    let inherited = aliases.tell(&scorer, options.kind, sides)?;
    let scorer = if options.evidence == Approach::Aliases { scorer.hearing_aliases_alone()? } else { scorer };
    Ok((scorer, inherited))
}

#[derive(Debug, Default)]
struct Found {
    links: Vec<Link>,
    pairs: u64,
}

/// The share of matches in the job, and the scorer that knows it. Where rows keep one link alone, their candidates compete;
/// not in a self link, where a row does not meet all of its candidates at once.
fn with_share(
    scorer: Scorer,
    sides: Sides<'_>,
    ids: &[RecordId],
    options: &LinkOptions,
    is_self: bool,
) -> (Scorer, JobShare) {
    let is_fixed = scorer.model().file().share == ShareSource::Fixed;
    let rivals = options.assignment != Assignment::Many && !is_self && !is_fixed;
    let share = match options.share {
        Some(share) => JobShare::stated(share, scorer.model(), rivals),
        None if options.dry_run => JobShare::own(scorer.model()),
        None => JobShare::estimated(sides, ids, &scorer, rivals),
    };
    (scorer.with_scale(share.scale), share)
}

/// How the candidates of a job are scored.
struct Scoring<'a> {
    sides: Sides<'a>,
    scorer: &'a Scorer,
    options: &'a LinkOptions,
    /// Whether a row's candidates compete to be its only partner.
    rivals: bool,
    /// Whether the right side of `sides` is the left table.
    swapped: bool,
    /// The least weight of a link.
    floor: MatchWeight,
}

impl Scoring<'_> {
    /// Scores the candidates of every right row and keeps those that reach the least weight.
    fn run(&self, progress: &(dyn Fn(u64, u64) + Sync)) -> Found {
        const ROWS: usize = 512;
        let right = self.sides.right;
        let done = std::sync::atomic::AtomicU64::new(0);
        let parts: Vec<Found> = (0..right.len().div_ceil(ROWS))
            .into_par_iter()
            .map_init(Scratch::default, |scratch, part| {
                let mut found = Found::default();
                let rows = part * ROWS..((part + 1) * ROWS).min(right.len());
                let count = rows.len() as u64;
                for row in rows {
                    let Some(prepared) = right.get(row) else { continue };
                    let candidates = self.sides.blocks.candidates(row as u32, scratch);
                    found.pairs += candidates.len() as u64;
                    if !self.options.dry_run {
                        self.score_row(row as u32, prepared, candidates, &mut found.links);
                    }
                }
                progress(done.fetch_add(count, std::sync::atomic::Ordering::Relaxed) + count, right.len() as u64);
                found
            })
            .collect();
        let mut all = Found::default();
        for mut part in parts {
            all.links.append(&mut part.links);
            all.pairs += part.pairs;
        }
        all
    }

    fn score_row(&self, right_row: u32, right: &Prepared, candidates: &[u32], links: &mut Vec<Link>) {
        let only_best = self.options.assignment == Assignment::BestRight || self.swapped;
        // What cannot be a link, and is no rival of one either, is turned away early.
        let band = if self.rivals { BAND } else { 0 };
        let mut least = self.floor.saturating_sub(band);
        let mut found: Vec<(u32, MatchWeight)> = Vec::new();
        for &row in candidates {
            let Some(left) = self.sides.left.get(row as usize) else { continue };
            let Some(weight) = self.scorer.weight_reaching(left, right, least) else { continue };
            found.push((row, weight));
            if only_best || self.rivals {
                least = least.max(weight.saturating_sub(band));
            }
        }
        if self.rivals {
            weigh_rivals(&mut found);
        }
        let mut found: Vec<Link> = found
            .into_iter()
            .filter(|(_, weight)| *weight >= self.floor)
            .map(|(row, weight)| match self.swapped {
                true => Link { left: right_row, right: row, weight },
                false => Link { left: row, right: right_row, weight },
            })
            .collect();
        if only_best {
            // Candidates come in ascending order: of equal ones the first counts.
            links.extend(found.into_iter().rev().max_by_key(|link| link.weight));
        } else {
            links.append(&mut found);
        }
    }
}
