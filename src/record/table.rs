//! Reading a whole table: what concerns all of its rows together.

use super::{ReadOptions, Record, RecordId, Reject, RejectReason, Row, read};
use crate::error::{ErrorKind, Place, Result};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;

/// Rejects that a tally keeps.
const KEPT: usize = 5;

/// What reading a table came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    /// Rows of the table, rejected ones included.
    pub read: u64,
    /// Rows that were left out.
    pub rejected: u64,
    /// The first rejects, at most five.
    pub first_rejects: Vec<Reject>,
}

impl Tally {
    /// Rows that became records.
    pub fn records(&self) -> u64 {
        self.read - self.rejected
    }

    /// Counts a reject.
    ///
    /// # Errors
    /// [`ErrorKind::TooManyRejects`] when there are now more than `limit`.
    pub fn reject(&mut self, reject: Reject, limit: u64) -> Result<()> {
        self.rejected += 1;
        if self.first_rejects.len() < KEPT {
            self.first_rejects.push(reject);
        }
        match self.first_rejects.first() {
            Some(first) if self.rejected > limit => {
                Err(ErrorKind::TooManyRejects { rejected: self.rejected, limit, first: first.to_string() }.into())
            }
            _ => Ok(()),
        }
    }
}

/// Reads a whole table, gives each record to `take`, and counts the rows.
///
/// Of two rows with the same id the first is kept and the other is rejected, with the first one's line. For that all ids
/// are held in memory, unless they are row numbers.
///
/// # Errors
/// Those of [`read`] and of its rows, those of `take`, and [`ErrorKind::TooManyRejects`] as soon as there are more
/// rejects than [`Limits::rejects`](crate::config::Limits::rejects).
///
/// ```
/// use cognate::record::{read_all, ReadOptions};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("people.csv");
/// std::fs::write(&path, "id,name\n7,Ada\n7,Grace\n").unwrap();
/// let mut records = Vec::new();
/// let tally = read_all(&path, &ReadOptions::default(), &mut |record| Ok(records.push(record)))?;
/// assert_eq!((tally.read, tally.rejected, records.len()), (2, 1, 1));
/// assert_eq!(tally.first_rejects[0].reason.to_string(), "the id stands already on line 2");
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub fn read_all(path: &Path, options: &ReadOptions, take: &mut dyn FnMut(Record) -> Result<()>) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut lines: HashMap<RecordId, u64> = HashMap::new();
    let mut reader = read(path, options)?;
    while let Some(row) = reader.next().transpose()? {
        tally.read += 1;
        match row {
            Row::Record { record, line } => {
                if !reader.numbers_rows() {
                    match lines.entry(record.id.clone()) {
                        Entry::Vacant(entry) => {
                            entry.insert(line);
                        }
                        Entry::Occupied(entry) => {
                            let place = Place::file(path).line(line).record(record.id.as_str());
                            let reason = RejectReason::DuplicateId { first_line: *entry.get() };
                            tally.reject(Reject { place, reason }, options.limits.rejects)?;
                            continue;
                        }
                    }
                }
                take(record)?;
            }
            Row::Reject(reject) => tally.reject(reject, options.limits.rejects)?,
        }
    }
    Ok(tally)
}
