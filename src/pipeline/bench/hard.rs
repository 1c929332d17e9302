//! Pooled hard negatives: every name of an alias list with the names nearest to it, which are matches or look-alikes.
//!
//! A link job meets easy pairs mostly; here all pairs look alike, so the figures tell how well a score knows which
//! likenesses matter. A pair is scored whether a link job would compare it or not.

use super::baseline::{TfIdf, bigram_jaccard, plain, token_set_ratio};
use super::measures::BINS;
use super::names::{Method, OURS, aliases_of};
use super::tasks::{Split, Task, draw_order};
use crate::compare::{COMPARISONS, Levels};
use crate::error::Result;
use crate::model::{MatchWeight, Model, probability};
use crate::pipeline::directory::Aliases;
use crate::pipeline::evaluate::{average_precision, best_f1, expected_calibration_error};
use crate::pipeline::lists::Named;
use crate::pipeline::scorer::Scorer;
use crate::record::{Cell, Column, Destination, TableWriter};
use crate::text::fold;
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use serde::Serialize;
use std::path::Path;

/// The tasks whose alias lists are pooled.
pub const POOLED: [&str; 6] = ["ror", "brands", "ofac_orgs", "football_clubs", "sec_name_history", "company_aliases"];

/// How many of the nearest other names each name is paired with.
pub const NEIGHBOURS: usize = 20;

/// Two names of a pool that are near each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HardPair {
    /// The row of one name.
    pub left: u32,
    /// The row of the other name, a higher one.
    pub right: u32,
    /// Whether one entity bears both.
    pub is_match: bool,
    /// The cosine of their 3-grams.
    pub tf_idf: f64,
}

/// The names of a task's entities, and pairs of near ones.
#[derive(Debug, Clone)]
pub struct Pool {
    /// The task.
    pub task: &'static str,
    /// The names; those of one entity that differ in case, accents or punctuation only are one.
    pub names: Vec<Named>,
    /// How many of the names were paired with their nearest.
    pub asked: usize,
    /// The pairs, each once, ascending.
    pub pairs: Vec<HardPair>,
    /// Pairs of equal names that two entities bear; they count as no matches.
    pub ambiguous: usize,
}

impl Pool {
    /// The pool of a part of a task's entities; at most `limit` names, chosen by hash, are paired with their
    /// [`NEIGHBOURS`] nearest others. Time: all 3-grams' postings.
    pub fn new(task: &Task, split: Split, limit: usize) -> Pool {
        let spelling = |named: &Named| plain(&fold(&named.name));
        let mut seen = FxHashSet::default();
        let mut names = task.alias_list(split);
        names.retain(|named| seen.insert((named.entity.clone(), spelling(named))));
        let mut asked: Vec<usize> = (0..names.len()).collect();
        asked.sort_by_key(|row| names.get(*row).map(|named| draw_order(&named.name, &named.entity)));
        asked.truncate(limit);
        let texts: Vec<&str> = names.iter().map(|named| named.name.as_str()).collect();
        let nearest = TfIdf::new(&texts, &texts);
        let mut near: Vec<(u32, u32, f64)> = asked
            .par_iter()
            .flat_map_iter(|&row| {
                let others =
                    nearest.nearest(row, NEIGHBOURS + 1).into_iter().filter(move |(other, _)| *other as usize != row);
                others
                    .take(NEIGHBOURS)
                    .map(move |(other, cosine)| (other.min(row as u32), other.max(row as u32), cosine))
            })
            .collect();
        // Both names of a pair may have found each other, with sums in another order.
        near.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)));
        near.dedup_by_key(|pair| (pair.0, pair.1));
        let both = |left: u32, right: u32| names.get(left as usize).zip(names.get(right as usize));
        let pair = |(left, right, tf_idf)| {
            let is_match = both(left, right).is_some_and(|(a, b)| a.entity == b.entity);
            HardPair { left, right, is_match, tf_idf }
        };
        let pairs: Vec<HardPair> = near.into_iter().map(pair).collect();
        let is_ambiguous = |pair: &&HardPair| {
            !pair.is_match && both(pair.left, pair.right).is_some_and(|(a, b)| spelling(a) == spelling(b))
        };
        let ambiguous = pairs.iter().filter(is_ambiguous).count();
        Pool { task: task.name, asked: asked.len(), names, pairs, ambiguous }
    }

    /// The two names of a pair.
    pub fn texts(&self, pair: &HardPair) -> [&str; 2] {
        [pair.left, pair.right].map(|row| self.names.get(row as usize).map_or("", |named| named.name.as_str()))
    }

    /// What a model says of each pair: levels and weight. Word counts are blended with those of the pool's names, as
    /// for a table that is linked to itself.
    ///
    /// # Errors
    /// None but for a broken shipped model.
    pub fn judged(&self, model: &Model, aliases: &Aliases) -> Result<Vec<(Levels, MatchWeight)>> {
        let texts: Vec<String> = self.names.iter().map(|named| named.name.clone()).collect();
        let scorer = Scorer::new(model.clone(), &[vec![texts.as_slice()]])?;
        let mut prepared = scorer.prepare_table(&[texts]);
        aliases.tell(&scorer, model.file().kind, &mut [prepared.as_mut_slice()])?;
        let judge = |pair: &HardPair| {
            let both = prepared.get(pair.left as usize).zip(prepared.get(pair.right as usize));
            let levels = both.and_then(|(a, b)| scorer.levels(a, b).first().copied()).unwrap_or_default();
            (levels, scorer.model().weight(&levels))
        };
        Ok(self.pairs.par_iter().with_min_len(1024).map(judge).collect())
    }

    /// The scores of the baselines and of models: a method's name, and a score for each pair.
    fn scores(&self, models: &[Method<'_>]) -> Result<Vec<(&'static str, Vec<f64>)>> {
        let each = |score: fn(&str, &str) -> f64| -> Vec<f64> {
            let score = |pair: &HardPair| {
                let [left, right] = self.texts(pair);
                score(left, right)
            };
            self.pairs.par_iter().with_min_len(1024).map(score).collect()
        };
        let mut scores = vec![
            ("bigram Jaccard", each(bigram_jaccard)),
            ("token-set ratio", each(token_set_ratio)),
            ("3-gram TF-IDF", self.pairs.iter().map(|pair| pair.tf_idf).collect()),
        ];
        for (method, model) in models {
            scores.push((
                method,
                self.judged(model, &aliases_of(method))?.into_iter().map(|(_, weight)| probability(weight)).collect(),
            ));
        }
        Ok(scores)
    }
}

/// The figures of one method on the hard pairs of a task.
#[derive(Debug, Clone, Serialize)]
pub struct HardFigures {
    /// The task, or [`ALL`].
    pub task: &'static str,
    /// The method.
    pub method: &'static str,
    /// Names in the pool.
    pub names: usize,
    /// Names that were paired with their nearest.
    pub asked: usize,
    /// Pairs.
    pub pairs: usize,
    /// Those of one entity.
    pub matches: u64,
    /// Pairs of equal names that two entities bear, counted as no matches.
    pub ambiguous: usize,
    /// Average precision over all the pairs.
    pub average_precision: f64,
    /// The best F1 over all thresholds.
    pub best_f1: f64,
    /// The score at which F1 is best.
    pub best_threshold: f64,
    /// Expected calibration error in ten bins; only where scores are probabilities.
    pub calibration_error: Option<f64>,
}

/// The name of the row of all tasks' pairs together.
pub const ALL: &str = "all pooled";

/// A pool, and the models to be measured on it with the names of their methods.
pub type Measured<'a> = (&'a Pool, Vec<Method<'a>>);

/// Measures baselines and models on each pool's pairs, and on all of them together.
///
/// # Errors
/// None but for a broken shipped model.
pub fn measure_hard(pools: &[Measured<'_>]) -> Result<Vec<HardFigures>> {
    let mut figures = Vec::new();
    let mut all: Vec<(&'static str, Vec<(f64, bool)>)> = Vec::new();
    for (pool, models) in pools {
        for (method, scores) in pool.scores(models)? {
            let scored: Vec<_> =
                scores.into_iter().zip(&pool.pairs).map(|(score, pair)| (score, pair.is_match)).collect();
            figures.push(judge(pool.task, method, &[pool], &scored));
            match all.iter_mut().find(|(known, _)| *known == method) {
                Some((_, together)) => together.extend(scored),
                None => all.push((method, scored)),
            }
        }
    }
    let together: Vec<&Pool> = pools.iter().map(|(pool, _)| *pool).collect();
    figures.extend(all.iter().map(|(method, scored)| judge(ALL, method, &together, scored)));
    Ok(figures)
}

fn judge(task: &'static str, method: &'static str, pools: &[&Pool], scored: &[(f64, bool)]) -> HardFigures {
    let matches = scored.iter().filter(|(_, is_match)| *is_match).count() as u64;
    let best = best_f1(scored, matches);
    HardFigures {
        task,
        method,
        names: pools.iter().map(|pool| pool.names.len()).sum(),
        asked: pools.iter().map(|pool| pool.asked).sum(),
        pairs: scored.len(),
        matches,
        ambiguous: pools.iter().map(|pool| pool.ambiguous).sum(),
        average_precision: average_precision(scored, matches),
        best_f1: best.f1,
        best_threshold: best.threshold,
        calibration_error: method.starts_with(OURS).then(|| expected_calibration_error(scored, BINS)),
    }
}

/// Writes a row for each pair: task, names, label, cosine, weight in bits, probability, and the level of every comparison.
///
/// # Errors
/// Those of writing the file.
pub fn dump(pools: &[Pool], model: &Model, path: &Path) -> Result<()> {
    let mut columns = ["task", "left", "right"].map(Column::text).to_vec();
    columns.push(Column::integer("label"));
    columns.push(Column::float("tf_idf"));
    columns.push(Column::micro("weight"));
    columns.push(Column::float("probability"));
    columns.extend(COMPARISONS.iter().map(|comparison| Column::integer(comparison.name)));
    let mut table = TableWriter::create(Destination::File(path.to_path_buf()), None, &columns)?;
    for pool in pools {
        for (pair, (levels, weight)) in pool.pairs.iter().zip(pool.judged(model, &Aliases::None)?) {
            let [left, right] = pool.texts(pair);
            let mut cells = vec![Cell::Text(pool.task), Cell::Text(left), Cell::Text(right)];
            cells.push(Cell::Integer(i64::from(pair.is_match)));
            cells.push(Cell::Float(pair.tf_idf));
            cells.push(Cell::Micro(i64::from(weight)));
            cells.push(Cell::Float(probability(weight)));
            cells.extend(levels.iter().map(|level| Cell::Integer(i64::from(*level))));
            table.write_row(&cells)?;
        }
    }
    table.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Kind;
    use crate::model::shipped::shipped;
    use crate::pipeline::bench::tasks::Query;

    fn task() -> Task {
        let named = |(entity, name): (&str, &str)| Named { entity: entity.to_owned(), name: name.to_owned() };
        let left =
            [("1", "ALPHA STEEL"), ("1", "Alpha Steel Works Ltd"), ("2", "Beta Bank Holding"), ("4", "Alpha Steel")];
        let right = [("1", "Alpha Steel"), ("2", "Beta Bank"), ("3", "Beta Bakery")];
        Task::new("made up", left.map(named).map(Query::of).to_vec(), right.map(named).to_vec())
    }

    #[test]
    fn near_names_are_paired_once() {
        let pool = Pool::new(&task(), Split::All, 100);
        // The second spelling of the first name is the same name; of another entity it is not.
        assert_eq!((pool.names.len(), pool.ambiguous), (6, 1));
        assert!(pool.pairs.is_sorted_by(|a, b| (a.left, a.right) < (b.left, b.right)));
        let matches: Vec<_> = pool.pairs.iter().filter(|pair| pair.is_match).map(|pair| pool.texts(pair)).collect();
        assert_eq!(matches, [["Alpha Steel", "Alpha Steel Works Ltd"], ["Beta Bank", "Beta Bank Holding"]]);
    }

    #[test]
    fn figures_are_of_each_pool_and_of_all() {
        let (pool, model) = (Pool::new(&task(), Split::All, 100), shipped(Kind::Organization).unwrap());
        let figures = measure_hard(&[(&pool, vec![("cognate", &model)])]).unwrap();
        let tasks: Vec<_> = figures.iter().map(|f| (f.task, f.pairs == pool.pairs.len(), f.matches)).collect();
        assert_eq!(tasks, [[("made up", true, 2); 4], [(ALL, true, 2); 4]].concat());
        assert!(figures[3].calibration_error.is_some() && figures[0].calibration_error.is_none());
    }
}
