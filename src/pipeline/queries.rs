//! A file of queries in, a table of hits out.

use super::lookup::{Hit, Lookup};
use super::table::text_of;
use crate::error::Result;
use crate::index::Scratch;
use crate::model::MatchWeight;
use crate::record::{Cell, Column, IdFrom, ReadOptions, Row, TableWriter, Tally, read};
use rayon::prelude::*;
use std::path::Path;

/// Queries that are answered before their hits are written.
const CHUNK: usize = 4096;

/// What to keep of the hits of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// At most so many.
    pub top: usize,
    /// Only those of at least this weight.
    pub least_weight: MatchWeight,
}

impl Wanted {
    /// The hits of a query that are wanted.
    pub fn hits(self, lookup: &Lookup, text: &str, scratch: &mut Scratch) -> Vec<Hit> {
        let mut hits = lookup.query(text, self.top, scratch);
        hits.retain(|hit| hit.match_weight >= self.least_weight);
        hits
    }
}

/// What a file of queries came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answered {
    /// Queries that have a hit.
    pub queries: u64,
    /// Hits of all queries.
    pub hits: u64,
    /// What was read and rejected.
    pub tally: Tally,
}

/// The columns of the table of hits.
pub fn columns() -> Vec<Column> {
    vec![
        Column::integer("query_row"),
        Column::integer("rank"),
        Column::text("id"),
        Column::text("name"),
        Column::micro("match_weight"),
        Column::float("probability"),
    ]
}

/// Looks up the queries in a column of a file and writes their hits; `writer` was made for [`columns`]. Rows count from 1
/// and without the header, rejected ones included.
///
/// # Errors
/// Those of reading and writing, and [`crate::error::ErrorKind::TooManyRejects`].
pub fn answer(
    lookup: &Lookup,
    path: &Path,
    column: &str,
    options: &ReadOptions,
    wanted: Wanted,
    mut writer: TableWriter,
) -> Result<Answered> {
    let options = ReadOptions { id: IdFrom::DefaultColumn, columns: Some(vec![column.to_owned()]), ..options.clone() };
    let mut answered = Answered::default();
    let mut chunk: Vec<(i64, String)> = Vec::with_capacity(CHUNK);
    let mut row_number = 0;
    for row in read(path, &options)? {
        row_number += 1;
        answered.tally.read += 1;
        match row? {
            Row::Record { record, .. } => chunk.push((row_number, text_of(&record, column))),
            Row::Reject(reject) => answered.tally.reject(reject, options.limits.rejects)?,
        }
        if chunk.len() == CHUNK {
            answered.write(lookup, &chunk, wanted, &mut writer)?;
            chunk.clear();
        }
    }
    answered.write(lookup, &chunk, wanted, &mut writer)?;
    writer.finish()?;
    Ok(answered)
}

impl Answered {
    fn write(
        &mut self,
        lookup: &Lookup,
        queries: &[(i64, String)],
        wanted: Wanted,
        writer: &mut TableWriter,
    ) -> Result<()> {
        let found = |scratch: &mut Scratch, (row, text): &(i64, String)| (*row, wanted.hits(lookup, text, scratch));
        let answers: Vec<(i64, Vec<Hit>)> = queries.par_iter().map_init(Scratch::default, found).collect();
        for (row, hits) in answers {
            self.queries += u64::from(!hits.is_empty());
            self.hits += hits.len() as u64;
            for (rank, hit) in (1..).zip(&hits) {
                writer.write_row(&[
                    Cell::Integer(row),
                    Cell::Integer(rank),
                    Cell::Text(hit.record.as_str()),
                    Cell::Text(&hit.name),
                    Cell::Micro(hit.match_weight.into()),
                    Cell::Float(hit.probability),
                ])?;
            }
        }
        Ok(())
    }
}
