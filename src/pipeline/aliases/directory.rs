//! Directories: JSON lines that list organizations with the names that people use for them. Each line is a source, its
//! `id`, and each of its `names` and `former` names was used for it once:
//!
//! ```json
//! {"id":"meta-platforms","kind":"company","country":"US","names":["Meta Platforms, Inc.","Meta"],"former":["Facebook"]}
//! ```

use super::evidence::{Shape, append_names, read_evidence};
use crate::alias::{AliasGraph, Use};
use crate::error::Result;
use crate::record::{ReadOptions, Record, RejectReason, Tally};
use crate::store::EvidenceRow;
use std::path::Path;

pub(super) const ID: &str = "id";
pub(super) const NAMES: &str = "names";
const FORMER: &str = "former";

/// The names of a line, each once.
pub(super) fn uses_of(record: &Record) -> Result<Vec<String>, RejectReason> {
    let mut names = Vec::new();
    append_names(record.fields.get(NAMES), &mut names);
    if names.is_empty() {
        return Err(RejectReason::MissingName { column: NAMES.to_owned() });
    }
    append_names(record.fields.get(FORMER), &mut names);
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// The graph of a directory's names and lines, and how many lines were read and rejected.
///
/// # Errors
/// Those of [`read_evidence`].
pub fn directory_graph(file: &Path, options: &ReadOptions) -> Result<(AliasGraph, Tally)> {
    let (rows, tally) = read_evidence(file, &Shape::Directory, options, &|_| ())?;
    Ok((AliasGraph::new(rows.into_iter().map(use_of)), tally))
}

/// A row of evidence as the graph takes it.
pub(super) fn use_of(row: EvidenceRow) -> Use {
    Use { name: row.name, source: row.source, count: row.count }
}
