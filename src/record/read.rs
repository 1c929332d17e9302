//! Reading a table as a stream of records and rejects.

use super::delimited::DelimitedRows;
use super::json_lines::JsonRows;
use super::parquet_rows::ParquetRows;
use super::{Format, Record, RecordId, Reject, RejectReason};
use crate::config::Limits;
use crate::error::{ErrorKind, Result};
use std::path::Path;

/// Where a record's id comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum IdFrom {
    /// From this column or field, which must exist.
    Column(String),
    /// From the column `id` if there is one (for JSON lines: if the first object has it), else the number of the row,
    /// counting from 1 and without the header; rejected rows count too.
    #[default]
    DefaultColumn,
}

/// How to read a table. The default reads everything, with the ids and the format that the file itself suggests.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Where the ids come from.
    pub id: IdFrom,
    /// The format; `None` takes it from the file's ending.
    pub format: Option<Format>,
    /// How much is accepted.
    pub limits: Limits,
    /// The fields to keep, in whatever order they have in the file; `None` keeps all. What is not kept is not built,
    /// and for JSON lines and Parquet not even parsed.
    pub columns: Option<Vec<String>>,
}

/// What stands in one row of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// A record.
    Record {
        /// The record.
        record: Record,
        /// The line on which it begins (for Parquet the row), counting from 1 and counting the header.
        line: u64,
    },
    /// A row that was left out.
    Reject(Reject),
}

/// A table being read: an iterator over its rows, which ends after the first error. See [`read`].
pub struct Reader {
    rows: Rows,
    ended: bool,
}

enum Rows {
    Delimited(Box<DelimitedRows>),
    Json(Box<JsonRows>),
    Parquet(Box<ParquetRows>),
}

/// Opens a table for reading; the path `-` is standard input, which is CSV unless the options say otherwise.
///
/// CSV cells are always text, and an empty cell is an empty text. In CSV and TSV a quoted value may hold line ends. A
/// row longer than [`Limits::record_bytes`], or one whose quote is still open at the end of the file, is rejected, and
/// reading resumes on the line after the one on which it began; as long as it crosses the stretch that the bad row had
/// covered, every row must end on its own line. So one stray quote costs one row, and at most the rows beside it that
/// hold line ends. A JSON line over the limit is stepped over.
///
/// # Errors
/// [`ErrorKind::Io`] when the file cannot be opened, [`ErrorKind::MissingColumn`] when the id's column or a wanted one
/// is not there (for JSON lines: at the end of the stream, when no object had it), [`ErrorKind::Input`] for a file that
/// is empty, damaged, or has a header with nameless or repeated columns, [`ErrorKind::Usage`] when the format is not
/// known.
///
/// ```
/// use cognate::record::{read, ReadOptions, Row};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("people.csv");
/// std::fs::write(&path, "id,name\n7,Ada\n8\n9,Grace\n").unwrap();
/// let (mut names, mut rejects) = (Vec::new(), Vec::new());
/// for row in read(&path, &ReadOptions::default())? {
///     match row? {
///         Row::Record { record, .. } => names.push(format!("{} {}", record.id, record.fields["name"])),
///         Row::Reject(reject) => rejects.push((reject.place.line, reject.reason.to_string())),
///     }
/// }
/// assert_eq!(names, ["7 \"Ada\"", "9 \"Grace\""]);
/// assert_eq!(rejects, [(Some(3), "1 values, but the header has 2 columns".to_owned())]);
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub fn read(path: &Path, options: &ReadOptions) -> Result<Reader> {
    let format = match options.format {
        Some(format) => format,
        None => Format::of(path)?,
    };
    let rows = match format {
        Format::Csv => Rows::Delimited(Box::new(DelimitedRows::open(path, None, options)?)),
        Format::Tsv => Rows::Delimited(Box::new(DelimitedRows::open(path, Some(b'\t'), options)?)),
        Format::JsonLines => Rows::Json(Box::new(JsonRows::open(path, options)?)),
        Format::Parquet => Rows::Parquet(Box::new(ParquetRows::open(path, options)?)),
    };
    Ok(Reader { rows, ended: false })
}

/// Whether a table may be opened once to see its header and once more to be read: not so standard input and pipes.
pub fn can_be_read_again(path: &Path) -> bool {
    path.as_os_str() != "-" && std::fs::metadata(path).map_or(true, |found| found.is_file() || found.is_dir())
}

impl Reader {
    /// All columns of the table in their order, also those that are not kept; `None` for JSON lines, whose objects may
    /// differ.
    pub fn columns(&self) -> Option<&[String]> {
        match &self.rows {
            Rows::Delimited(rows) => Some(rows.columns()),
            Rows::Json(_) => None,
            Rows::Parquet(rows) => Some(rows.columns()),
        }
    }

    /// Whether the ids are row numbers, so that no two can be the same. For JSON lines it is known after the first row.
    pub(super) fn numbers_rows(&self) -> bool {
        match &self.rows {
            Rows::Delimited(rows) => rows.numbers_rows(),
            Rows::Json(rows) => rows.numbers_rows(),
            Rows::Parquet(rows) => rows.numbers_rows(),
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Result<Row>> {
        if self.ended {
            return None;
        }
        let row = match &mut self.rows {
            Rows::Delimited(rows) => rows.next_row(),
            Rows::Json(rows) => rows.next_row(),
            Rows::Parquet(rows) => rows.next_row(),
        };
        self.ended = !matches!(row, Ok(Some(_)));
        row.transpose()
    }
}

/// Which of a table's columns matter: positions among its columns.
pub(super) struct Layout {
    /// The id's column; `None` numbers the rows.
    pub(super) id: Option<usize>,
    /// The columns that become fields, ascending.
    pub(super) keep: Vec<usize>,
}

impl Layout {
    /// Finds the columns that the options ask for.
    ///
    /// # Errors
    /// `MissingColumn` for one that is not there.
    pub(super) fn of(file: &Path, columns: &[String], options: &ReadOptions) -> Result<Layout> {
        let find = |name: &String| columns.iter().position(|column| column == name);
        let require = |name: &String| find(name).ok_or_else(|| missing_column(file, name, columns.to_vec()));
        let id = match &options.id {
            IdFrom::Column(name) => Some(require(name)?),
            IdFrom::DefaultColumn => find(&DEFAULT_ID.to_owned()),
        };
        let keep = match &options.columns {
            None => (0..columns.len()).collect(),
            Some(names) => {
                let mut keep = names.iter().map(require).collect::<Result<Vec<usize>>>()?;
                keep.sort_unstable();
                keep.dedup();
                keep
            }
        };
        Ok(Layout { id, keep })
    }
}

/// The column that holds the ids when the user names none.
pub(super) const DEFAULT_ID: &str = "id";

/// The error for a column that is not there.
pub(super) fn missing_column(file: &Path, column: &str, available: Vec<String>) -> crate::error::Error {
    ErrorKind::MissingColumn { file: file.to_path_buf(), column: column.to_owned(), available }.into()
}

/// An id from its text, within the limit.
pub(super) fn checked_id(text: &str, limits: &Limits) -> Result<RecordId, RejectReason> {
    match text.len() {
        0 => Err(RejectReason::MissingId),
        bytes if bytes > limits.id_bytes => Err(RejectReason::IdTooLong { bytes, limit: limits.id_bytes }),
        _ => Ok(RecordId::new(text)),
    }
}
