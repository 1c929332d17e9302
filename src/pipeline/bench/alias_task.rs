//! A task with alias evidence: two tables, their true pairs, and what a user knows beforehand; and the simple ways to link
//! them. `benches/alias_tasks.py` writes such tasks.

use super::baseline::{TfIdf, TokenSet};
use crate::alias::{AliasGraph, Use};
use crate::error::{Error, Place, Result};
use crate::pipeline::pairs::read_pairs;
use crate::pipeline::table::{Table, columns};
use crate::record::ReadOptions;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::{Path, PathBuf};

/// Two tables of names and their true pairs, in a folder.
#[derive(Debug)]
pub struct AliasTask {
    /// The folder's name.
    pub name: String,
    /// The folder.
    pub folder: PathBuf,
    /// `left.csv`: columns `id` and `name`.
    pub left: Table,
    /// `right.csv`, likewise.
    pub right: Table,
    /// `truth.csv`: columns `left_id` and `right_id`, as rows of the tables.
    pub truth: FxHashSet<(u32, u32)>,
}

/// A pair of rows that a method linked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// The row of the left table.
    pub left: u32,
    /// The row of the right table.
    pub right: u32,
    /// The higher the better.
    pub score: f64,
}

impl AliasTask {
    /// Reads the tables and the truth of a task.
    ///
    /// # Errors
    /// Those of reading the files; [`crate::error::ErrorKind::Input`] for a true pair whose rows are not in the tables.
    pub fn read(folder: &Path) -> Result<AliasTask> {
        let table = |file: &str| Table::read(&folder.join(file), None, &["name".to_owned()], &ReadOptions::default());
        let (left, right) = (table("left.csv")?, table("right.csv")?);
        let path = folder.join("truth.csv");
        let pairs = read_pairs(&path, "left_id", "right_id", &ReadOptions::default())?.pairs;
        let of_tables = |(left_id, right_id): (&str, &str)| {
            let rows = left.row_of(left_id).zip(right.row_of(right_id));
            let reason = || format!("{left_id:?} and {right_id:?} are no rows of left.csv and right.csv");
            rows.ok_or_else(|| Error::input(Place::file(&path), reason()))
        };
        let truth: Result<_> = pairs.iter().map(|pair| of_tables((&pair.left, &pair.right))).collect();
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(AliasTask { name, folder: folder.to_path_buf(), truth: truth?, left, right })
    }

    /// The names of the left table, by row.
    pub fn left_names(&self) -> Vec<&str> {
        names(&self.left)
    }

    /// The names of the right table, by row.
    pub fn right_names(&self) -> Vec<&str> {
        names(&self.right)
    }

    /// The best right row of each left row by token-set ratio.
    pub fn by_words(&self) -> Vec<Answer> {
        let (left, words) = (self.left_names(), TokenSet::new(&self.right_names()));
        best_of_each(left.len(), &|row| left.get(row).map(|name| words.nearest(name, 1)).unwrap_or_default())
    }

    /// The best right row of each left row by TF-IDF of 3-grams.
    pub fn by_grams(&self) -> Vec<Answer> {
        let grams = TfIdf::new(&self.left_names(), &self.right_names());
        best_of_each(self.left.len(), &|row| grams.nearest(row, 1))
    }

    /// The naive look-up: all pairs of rows whose names both are in the graph, spelled alike after folding, with a common
    /// source. O(names + pairs).
    pub fn by_common_source(&self, graph: &AliasGraph) -> Vec<Answer> {
        let sources = |name: &str| graph.find(name).map(|name| graph.sources_of(name)).unwrap_or_default();
        let mut bearers: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (row, name) in (0..).zip(self.right_names()) {
            sources(name).iter().for_each(|(source, _)| bearers.entry(*source).or_default().push(row));
        }
        let of_left = |(left, name): (u32, &str)| {
            let found = sources(name).iter().filter_map(|(source, _)| bearers.get(source)).flatten();
            let mut found: Vec<u32> = found.copied().collect();
            found.sort_unstable();
            found.dedup();
            found.into_iter().map(move |right| Answer { left, right, score: 1.0 })
        };
        (0..).zip(self.left_names()).flat_map(of_left).collect()
    }
}

fn names(table: &Table) -> Vec<&str> {
    table.fields.first().map(|names| names.iter().map(String::as_str).collect()).unwrap_or_default()
}

fn best_of_each(rows: usize, nearest: &(dyn Fn(usize) -> Vec<(u32, f64)> + Sync)) -> Vec<Answer> {
    let of_row = |row: usize| {
        let best = nearest(row).into_iter().take(1);
        best.map(move |(right, score)| Answer { left: row as u32, right, score }).collect::<Vec<_>>()
    };
    (0..rows).into_par_iter().flat_map_iter(of_row).collect()
}

/// Reads alias evidence: columns `name`, `source` and `count`.
///
/// # Errors
/// Those of reading the file; [`crate::error::ErrorKind::Input`] for a count that is no whole number.
pub fn read_evidence(path: &Path) -> Result<Vec<Use>> {
    let rows = columns(path, ["name", "source", "count"])?;
    let read = |[name, source, count]: [String; 3]| {
        let count = count.parse().map_err(|_| {
            Error::input(Place::file(path).field("count").record(&name), format!("{count:?} is no count"))
        })?;
        Ok(Use { name, source, count })
    };
    rows.into_iter().map(read).collect()
}
