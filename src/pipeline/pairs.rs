//! Files of pairs of ids: links that were predicted, or that are known to be true.

use super::evaluate::PredictedPair;
use super::table::text_of;
use crate::error::{ErrorKind, Result};
use crate::record::{Format, IdFrom, ReadOptions, Record, Row, Tally, can_be_read_again, read};
use std::path::Path;

/// Pairs read from a file.
#[derive(Debug, Clone, Default)]
pub struct Pairs {
    /// The pairs, with their scores if the file has the columns `probability` or `match_weight`.
    pub pairs: Vec<PredictedPair>,
    /// Rows that name only one side, as outer joins write them; they are no pairs.
    pub one_sided: u64,
    /// What was read and rejected.
    pub tally: Tally,
}

/// Reads pairs from the columns `left` and `right` of a file. The same ids may come in any number of rows.
///
/// # Errors
/// Those of [`read`], and [`ErrorKind::TooManyRejects`].
pub fn read_pairs(path: &Path, left: &str, right: &str, options: &ReadOptions) -> Result<Pairs> {
    let columns = wanted_columns(path, left, right, options)?;
    let options = ReadOptions { id: IdFrom::DefaultColumn, columns, ..options.clone() };
    let mut found = Pairs::default();
    let mut fields: Vec<String> = Vec::new();
    for row in read(path, &options)? {
        found.tally.read += 1;
        match row? {
            Row::Record { record, .. } => {
                let unknown = record.fields.keys().filter(|name| !fields.contains(name)).cloned().collect::<Vec<_>>();
                fields.extend(unknown);
                found.take(&record, left, right);
            }
            Row::Reject(reject) => found.tally.reject(reject, options.limits.rejects)?,
        }
    }
    let missing = [left, right].into_iter().find(|name| !fields.iter().any(|field| field == name));
    match missing.filter(|_| found.tally.records() > 0) {
        Some(column) => {
            let (file, column) = (path.to_path_buf(), column.to_owned());
            Err(ErrorKind::MissingColumn { file, column, available: fields }.into())
        }
        None => Ok(found),
    }
}

impl Pairs {
    fn take(&mut self, record: &Record, left: &str, right: &str) {
        let (left, right) = (text_of(record, left), text_of(record, right));
        if left.is_empty() || right.is_empty() {
            self.one_sided += 1;
            return;
        }
        let number = |field: &str| text_of(record, field).parse::<f64>().ok();
        let (probability, match_weight) = (number("probability"), number("match_weight"));
        self.pairs.push(PredictedPair { left, right, probability, match_weight });
    }
}

/// The columns to ask for: those of the ids, and those of the scores where the header has them. JSON objects may differ,
/// so there all fields are taken.
fn wanted_columns(path: &Path, left: &str, right: &str, options: &ReadOptions) -> Result<Option<Vec<String>>> {
    let format = options.format.map_or_else(|| Format::of(path), Ok)?;
    if format == Format::JsonLines || !can_be_read_again(path) {
        return Ok(None);
    }
    let reader = read(path, &ReadOptions { columns: None, ..options.clone() })?;
    let scores = ["probability", "match_weight"].into_iter();
    let scores = scores.filter(|score| reader.columns().is_some_and(|all| all.iter().any(|column| column == score)));
    Ok(Some([left, right].into_iter().chain(scores).map(str::to_owned).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_optional_and_ids_may_repeat() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.csv");
        std::fs::write(&path, "id,other,probability\na,1,0.5\na,2,\nb,,0.1\nc\n").unwrap();
        let found = read_pairs(&path, "id", "other", &ReadOptions::default()).unwrap();
        let pairs: Vec<_> = found.pairs.iter().map(|pair| (pair.left.as_str(), pair.probability)).collect();
        assert_eq!(pairs, [("a", Some(0.5)), ("a", None)]);
        assert_eq!((found.one_sided, found.tally.read, found.tally.rejected), (1, 4, 1));
        assert!(read_pairs(&path, "id", "nothing", &ReadOptions::default()).is_err());
    }

    #[test]
    fn a_missing_field_of_json_lines_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.jsonl");
        std::fs::write(&path, "{\"left_id\": \"a\", \"right_id\": 1, \"match_weight\": 2.5}\n").unwrap();
        let found = read_pairs(&path, "left_id", "right_id", &ReadOptions::default()).unwrap();
        assert_eq!(found.pairs[0].right, "1");
        assert_eq!(found.pairs[0].match_weight, Some(2.5));
        let error = read_pairs(&path, "left", "right_id", &ReadOptions::default()).unwrap_err();
        assert!(error.to_string().ends_with("no column \"left\"; the columns are: left_id, right_id, match_weight"));
    }
}
