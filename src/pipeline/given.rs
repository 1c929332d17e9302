//! Pairs that were given: a file in which each row names a left and a right record, and keeps its own columns.

use super::table::{Table, text_of};
use crate::error::{Error, ErrorKind, Place, Result};
use crate::record::{IdFrom, ReadOptions, Reject, RejectReason, Row, Tally, read};
use std::path::{Path, PathBuf};

/// A file of pairs of ids.
#[derive(Debug, Clone, Default)]
pub struct PairFile {
    /// The file.
    pub path: PathBuf,
    /// The column of left ids.
    pub left_key: String,
    /// The column of right ids.
    pub right_key: String,
    /// How to read it.
    pub read: ReadOptions,
}

/// The pairs of a file in their order.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<GivenRow>,
    /// What was read and rejected: rows that cannot be read, which are not among `rows`, and rows that name an unknown id,
    /// which are.
    pub tally: Tally,
}

/// A row of a file of pairs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenRow {
    /// The values of the columns; a row of JSON lines may have fewer than there are columns.
    pub values: Vec<String>,
    /// Its line in the file.
    pub line: u64,
    /// The rows of the tables, if both ids are there.
    pub pair: Option<(u32, u32)>,
}

impl Given {
    /// Reads all rows of a file and finds their records in the tables.
    ///
    /// # Errors
    /// Those of [`read`]; [`ErrorKind::MissingColumn`] for a key that is not there; [`ErrorKind::Input`] for a file without
    /// any pair; [`ErrorKind::TooManyRejects`].
    pub fn read(file: &PairFile, left: &Table, right: &Table) -> Result<Given> {
        let options = ReadOptions { id: IdFrom::DefaultColumn, columns: None, ..file.read.clone() };
        let mut reader = read(&file.path, &options)?;
        let header = reader.columns().map(<[String]>::to_vec);
        let mut given = Given { columns: header.clone().unwrap_or_default(), ..Given::default() };
        if header.is_some() {
            given.require(file)?;
        }
        while let Some(row) = reader.next().transpose()? {
            given.tally.read += 1;
            let (record, line) = match row {
                Row::Record { record, line } => (record, line),
                Row::Reject(reject) => {
                    given.tally.reject(reject, options.limits.rejects)?;
                    continue;
                }
            };
            let unknown = record.fields.keys().filter(|name| !given.columns.contains(name)).cloned();
            let unknown: Vec<String> = unknown.collect();
            given.columns.extend(unknown);
            let ids = [text_of(&record, &file.left_key), text_of(&record, &file.right_key)];
            let pair = match found(&ids, left, right) {
                Ok(pair) => Some(pair),
                Err(reason) => {
                    let reject = Reject { place: Place::file(&file.path).line(line), reason };
                    given.tally.reject(reject, options.limits.rejects)?;
                    None
                }
            };
            let values = given.columns.iter().map(|column| text_of(&record, column)).collect();
            given.rows.push(GivenRow { values, line, pair });
        }
        if given.rows.is_empty() {
            return Err(Error::input(Place::file(&file.path), "no pairs: the file has no rows that can be read"));
        }
        given.require(file)?;
        Ok(given)
    }

    fn require(&self, file: &PairFile) -> Result<()> {
        [&file.left_key, &file.right_key].into_iter().try_for_each(|key| self.column(&file.path, key).map(drop))
    }

    /// The place of a column among [`Given::columns`]; `path` is named in errors.
    ///
    /// # Errors
    /// [`ErrorKind::MissingColumn`].
    pub fn column(&self, path: &Path, name: &str) -> Result<usize> {
        self.columns.iter().position(|column| column == name).ok_or_else(|| {
            let (file, available) = (path.to_path_buf(), self.columns.clone());
            ErrorKind::MissingColumn { file, column: name.to_owned(), available }.into()
        })
    }
}

/// The rows of a pair of ids, or the id that is not there.
fn found([left_id, right_id]: &[String; 2], left: &Table, right: &Table) -> Result<(u32, u32), RejectReason> {
    let unknown = |side, id: &String| RejectReason::UnknownId { side, id: id.clone() };
    let left = left.row_of(left_id).ok_or_else(|| unknown("left", left_id))?;
    let right = right.row_of(right_id).ok_or_else(|| unknown("right", right_id))?;
    Ok((left, right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &str, ending: &str) -> Result<Given> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, "id,name\nb,Beta\na,Alpha\n").unwrap();
        let table = Table::read(&path, None, &["name".to_owned()], &ReadOptions::default()).unwrap();
        let path = folder.path().join(format!("pairs.{ending}"));
        std::fs::write(&path, pairs).unwrap();
        let (left_key, right_key) = ("l".to_owned(), "r".to_owned());
        Given::read(&PairFile { path, left_key, right_key, read: ReadOptions::default() }, &table, &table)
    }

    #[test]
    fn rows_are_found_and_keep_their_columns() {
        let given = given("note,r,l\nx,a,b\ny,c,a\nz\n", "csv").unwrap();
        assert_eq!(given.columns, ["note", "r", "l"]);
        assert_eq!(
            given.rows[0],
            GivenRow { values: ["x", "a", "b"].map(str::to_owned).into(), line: 2, pair: Some((1, 0)) }
        );
        assert_eq!((given.rows.len(), given.rows[1].pair), (2, None));
        assert_eq!((given.tally.read, given.tally.rejected), (3, 2));
        assert!(
            given.tally.first_rejects[0].to_string().ends_with("line 3: the right table has no row with the id \"c\"")
        );
    }

    #[test]
    fn objects_may_differ() {
        let given = given("{\"l\":\"a\",\"r\":\"b\"}\n{\"l\":\"a\",\"r\":\"a\",\"label\":1}\n", "jsonl").unwrap();
        assert_eq!(given.columns, ["l", "r", "label"]);
        assert_eq!((given.rows[0].values.len(), given.rows[1].values[2].as_str()), (2, "1"));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let message = |pairs: &str| given(pairs, "csv").unwrap_err().to_string();
        assert!(message("l,r\n").contains("no pairs"));
        assert!(message("l,x\na,b\n").ends_with("no column \"r\"; the columns are: l, x"));
    }
}
