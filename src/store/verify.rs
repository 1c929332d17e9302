//! The full check: every block, every table of ids, every digest, every line of every journal.

use super::dataset::{DatasetName, Part};
use super::part::{self, IdRow};
use super::scan::is_dead;
use super::{Digest, Journal, Store};
use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::fs;

/// What a full check found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifyReport {
    /// Live records that were read and found whole.
    pub records: u64,
    /// Blocks of records that were read.
    pub blocks: u64,
    /// Lines of journals that were read.
    pub journal_entries: u64,
    /// What is wrong, one line each; empty when all is well.
    pub problems: Vec<String>,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }
}

impl Store {
    /// Reads everything and compares it with what it should be. Goes on after a problem where it can.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io) when the journals cannot be listed; damage is not an error here but
    /// a line of the report.
    pub fn verify(&self) -> Result<VerifyReport> {
        let mut report = VerifyReport::default();
        for (name, dataset) in &self.datasets {
            let mut digest = Digest::default();
            let mut rows = 0;
            let parts: BTreeSet<u64> = dataset.head.parts.iter().map(|part| part.part).collect();
            for part in &dataset.head.parts {
                if let Some(list) = part.deaths.iter().find(|list| !parts.contains(&list.of)) {
                    report.problems.push(format!(
                        "{name}: part {} takes rows from part {}, which is not there",
                        part.part, list.of
                    ));
                }
                match self.verify_part(name, part, &mut report) {
                    Ok((live, sum)) => {
                        rows += live;
                        digest = digest.plus(sum);
                    }
                    Err(error) => report.problems.push(format!("{name}: part {}: {error}", part.part)),
                }
            }
            if (rows, digest) != (dataset.head.rows, dataset.head.digest) {
                let (wanted, sum) = (dataset.head.rows, dataset.head.digest);
                report.problems.push(format!("{name}: {rows} records, digest {digest}; should be {wanted}, {sum}"));
            }
            report.records += rows;
        }
        self.verify_journals(&mut report)?;
        Ok(report)
    }

    /// Checks that the rows of a part are those of its table of ids, and returns how many are alive and the sum of their
    /// digests.
    fn verify_part(&self, name: &DatasetName, part: &Part, report: &mut VerifyReport) -> Result<(u64, Digest)> {
        let dead = self.dead(name)?;
        let mut ids: Vec<IdRow> = Vec::new();
        for bucket in 0..part.buckets {
            let rows = part::bucket(&self.kv, part.part, bucket)?;
            if rows.iter().any(|row| row.id.bucket(part.buckets) != bucket) || !rows.is_sorted() {
                return Err(self.kv.corrupt(format!("bucket {bucket} is out of order")));
            }
            ids.extend(rows);
        }
        ids.sort_unstable_by_key(|row| row.at);
        let mut ids = ids.into_iter().peekable();
        let (mut read, mut live, mut sum) = (0, 0, Digest::default());
        for block in 0..part.blocks {
            let rows = part::block(&self.kv, part.part, block)?;
            report.blocks += 1;
            read += rows.len() as u64;
            for (row, (id, json)) in (0_u16..).zip(rows) {
                let at = part::RowAt { block, row };
                let found = IdRow { id: Digest::of_id(&id), at, record: Digest::of_record(&id, &json) };
                // A row that its own import has replaced is dead and stands in no table.
                let stated = ids.next_if(|row| row.at == at);
                if stated.is_some_and(|stated| stated != found) || (stated.is_none() && !is_dead(dead, part.part, at)) {
                    return Err(self.kv.corrupt(format!("the record {id:?} is not the one in the table of ids")));
                }
                if !is_dead(dead, part.part, at) {
                    live += 1;
                    sum = sum.plus(found.record);
                }
            }
        }
        match read == part.rows && ids.next().is_none() {
            true => Ok((live, sum)),
            false => Err(self.kv.corrupt(format!("{read} rows, should be {}, or ids without a row", part.rows))),
        }
    }

    fn verify_journals(&self, report: &mut VerifyReport) -> Result<()> {
        let folder = self.dir.join("journal");
        if !folder.is_dir() {
            return Ok(());
        }
        let entries = fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut paths: Vec<_> =
            entries.map_err(|error| Error::io(&folder, error))?.into_iter().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "jsonl")) {
            match Journal::at(path).entries::<serde_json::Value>() {
                Ok(entries) => report.journal_entries += entries.len() as u64,
                Err(error) => report.problems.push(error.to_string()),
            }
        }
        Ok(())
    }
}
