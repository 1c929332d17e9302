//! Writing tables: typed columns, rows of cells, in every format that can be read.

use super::parquet_table::ParquetTable;
use super::{Compression, Destination, Format, Output};
use crate::error::{Error, Result};
use std::io::Write;
use std::path::PathBuf;

/// The largest magnitude of [`Cell::Micro`], so that 15 digits hold it, in a float as in a decimal.
const MICRO_LIMIT: u64 = 999_999_999_999_999;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Text.
    Text,
    /// Whole numbers.
    Integer,
    /// Millionths, written exactly with six decimals: 12345678 is `12.345678`. Match weights in micro-bits are such.
    Micro,
    /// Numbers rounded to a fixed number of decimals (at most 17), the same number in every format.
    Float {
        /// The decimals.
        decimals: u8,
    },
    /// Lists of 32-bit floats, in Parquet and JSON lines only.
    Vector,
}

/// A column of a table to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub column_type: ColumnType,
}

impl Column {
    /// A column of text.
    pub fn text(name: impl Into<String>) -> Column {
        Column { name: name.into(), column_type: ColumnType::Text }
    }

    /// A column of whole numbers.
    pub fn integer(name: impl Into<String>) -> Column {
        Column { name: name.into(), column_type: ColumnType::Integer }
    }

    /// A column of millionths, such as match weights in micro-bits.
    pub fn micro(name: impl Into<String>) -> Column {
        Column { name: name.into(), column_type: ColumnType::Micro }
    }

    /// A column of numbers with six decimals, such as probabilities.
    pub fn float(name: impl Into<String>) -> Column {
        Column { name: name.into(), column_type: ColumnType::Float { decimals: 6 } }
    }

    /// A column of lists of 32-bit floats, such as learned vectors; in Parquet and JSON lines only.
    pub fn vector(name: impl Into<String>) -> Column {
        Column { name: name.into(), column_type: ColumnType::Vector }
    }
}

/// A value to write. It must be null or of its column's type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Nothing: an empty cell in CSV and TSV, null elsewhere.
    Null,
    /// Text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// Millionths, of at most 15 digits.
    Micro(i64),
    /// A finite number.
    Float(f64),
    /// Finite numbers.
    Vector(&'a [f32]),
}

impl<'a> From<Option<&'a str>> for Cell<'a> {
    fn from(text: Option<&'a str>) -> Cell<'a> {
        text.map_or(Cell::Null, Cell::Text)
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Cell<'a> {
        Cell::Text(text)
    }
}

/// A table being written. The bytes are the same for the same rows, wherever and whenever they are written.
///
/// ```
/// use cognate::record::{Cell, Column, Destination, TableWriter};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("pairs.csv");
/// let columns = [Column::text("left"), Column::micro("match_weight"), Column::float("probability")];
/// let mut table = TableWriter::create(Destination::File(path.clone()), None, &columns)?;
/// table.write_row(&[Cell::Text("a, b"), Cell::Micro(12_345_678), Cell::Float(0.75)])?;
/// table.finish()?;
/// assert_eq!(
///     std::fs::read_to_string(&path).unwrap(),
///     "left,match_weight,probability\n\"a, b\",12.345678,0.750000\n"
/// );
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub struct TableWriter {
    columns: Vec<Column>,
    table: Table,
}

enum Table {
    Delimited { rows: Box<csv::Writer<Output>>, cell: Vec<u8> },
    Json { output: Output, line: Vec<u8>, names: Vec<String> },
    Parquet(Box<ParquetTable>),
}

impl TableWriter {
    /// Opens a table and writes its header, if the format has one. Without a format a file's ending tells it, and
    /// other destinations get CSV. See [`Output`] for what becomes of an older file.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) for an unknown ending, compressed Parquet, or columns that
    /// could not be read back (none, nameless, repeated); [`ErrorKind::Io`](crate::error::ErrorKind::Io) when the system
    /// refuses.
    pub fn create(destination: Destination, format: Option<Format>, columns: &[Column]) -> Result<TableWriter> {
        let path = match &destination {
            Destination::File(path) => path.clone(),
            Destination::Stdout | Destination::Other(_) => PathBuf::from("-"),
        };
        let format = match format {
            Some(format) => format,
            None => Format::of(&path)?,
        };
        check_columns(columns, format)?;
        if format == Format::Parquet && Compression::of(&path) != Compression::None {
            let reason = format!("{}: Parquet compresses by itself; name the file .parquet", path.display());
            return Err(Error::usage(reason));
        }
        let output = Output::create(destination)?;
        let table = match format {
            Format::Csv => delimited(output, b',', columns)?,
            Format::Tsv => delimited(output, b'\t', columns)?,
            Format::JsonLines => {
                let names = columns.iter().map(|column| serde_json::Value::from(column.name.as_str()).to_string());
                Table::Json { output, line: Vec::new(), names: names.collect() }
            }
            Format::Parquet => Table::Parquet(Box::new(ParquetTable::create(output, columns)?)),
        };
        Ok(TableWriter { columns: columns.to_vec(), table })
    }

    /// Writes a row, one cell for each column.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`](crate::error::ErrorKind::Usage) for cells that do not fit the columns, or are out of range;
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io) when the system refuses. After an error the table is of no use.
    pub fn write_row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        if cells.len() != self.columns.len() {
            let (cells, columns) = (cells.len(), self.columns.len());
            return Err(Error::usage(format!("{cells} cells for a table of {columns} columns")));
        }
        for (cell, column) in cells.iter().zip(&self.columns) {
            check_cell(cell, column)?;
        }
        match &mut self.table {
            Table::Delimited { rows, cell: text } => {
                for (cell, column) in cells.iter().zip(&self.columns) {
                    text.clear();
                    write_plain(text, cell, column);
                    rows.write_field(&text).map_err(|error| csv_error(rows.get_ref(), error))?;
                }
                rows.write_record(None::<&[u8]>).map_err(|error| csv_error(rows.get_ref(), error))
            }
            Table::Json { output, line, names } => {
                line.clear();
                for (position, ((cell, column), name)) in cells.iter().zip(&self.columns).zip(names).enumerate() {
                    line.push(if position == 0 { b'{' } else { b',' });
                    line.extend_from_slice(name.as_bytes());
                    line.push(b':');
                    match cell {
                        Cell::Null => line.extend_from_slice(b"null"),
                        Cell::Text(text) => {
                            let text = serde_json::Value::from(*text).to_string();
                            line.extend_from_slice(text.as_bytes());
                        }
                        other => write_plain(line, other, column),
                    }
                }
                line.extend_from_slice(b"}\n");
                output.write_all(line).map_err(|error| Error::io(output.path(), error))
            }
            Table::Parquet(table) => table.write_row(cells, &self.columns),
        }
    }

    /// Writes what is still held back and puts a file in its place.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io) when the system refuses; an older file is then as it was.
    pub fn finish(self) -> Result<()> {
        match self.table {
            Table::Delimited { mut rows, .. } => {
                rows.flush().map_err(|error| Error::io(rows.get_ref().path(), error))?;
                let path = rows.get_ref().path().to_path_buf();
                rows.into_inner().map_err(|error| Error::io(path, error.into_error()))?.finish()
            }
            Table::Json { output, .. } => output.finish(),
            Table::Parquet(table) => table.finish(),
        }
    }
}

fn delimited(output: Output, delimiter: u8, columns: &[Column]) -> Result<Table> {
    let mut rows = csv::WriterBuilder::new().delimiter(delimiter).from_writer(output);
    let header = rows.write_record(columns.iter().map(|column| &column.name));
    header.map_err(|error| csv_error(rows.get_ref(), error))?;
    Ok(Table::Delimited { rows: Box::new(rows), cell: Vec::new() })
}

fn csv_error(output: &Output, error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Error::io(output.path(), error),
        other => Error::io(output.path(), std::io::Error::other(format!("{other:?}"))),
    }
}

fn check_columns(columns: &[Column], format: Format) -> Result<()> {
    if columns.is_empty() {
        return Err(Error::usage("a table needs at least one column"));
    }
    let mut names = std::collections::HashSet::new();
    for column in columns {
        if column.name.is_empty() || !names.insert(&column.name) {
            return Err(Error::usage(format!(
                "a table cannot have two columns {:?}, or one without a name",
                column.name
            )));
        }
        if matches!(column.column_type, ColumnType::Float { decimals: 18.. }) {
            return Err(Error::usage(format!("column {:?}: at most 17 decimals", column.name)));
        }
        if column.column_type == ColumnType::Vector && matches!(format, Format::Csv | Format::Tsv) {
            return Err(Error::usage(format!("column {:?}: {format} holds no lists", column.name)));
        }
    }
    Ok(())
}

fn check_cell(cell: &Cell<'_>, column: &Column) -> Result<()> {
    match (cell, column.column_type) {
        (Cell::Null, _) | (Cell::Text(_), ColumnType::Text) | (Cell::Integer(_), ColumnType::Integer) => Ok(()),
        (Cell::Micro(number), ColumnType::Micro) if number.unsigned_abs() <= MICRO_LIMIT => Ok(()),
        (Cell::Float(number), ColumnType::Float { .. }) if number.is_finite() => Ok(()),
        (Cell::Vector(numbers), ColumnType::Vector) if numbers.iter().all(|number| number.is_finite()) => Ok(()),
        (cell, column_type) => {
            Err(Error::usage(format!("column {:?}: {cell:?} does not fit {column_type:?}", column.name)))
        }
    }
}

/// Writes a cell as it stands in CSV; numbers stand so in JSON, too, and lists only there.
fn write_plain(out: &mut Vec<u8>, cell: &Cell<'_>, column: &Column) {
    match cell {
        Cell::Null => {}
        Cell::Text(text) => out.extend_from_slice(text.as_bytes()),
        Cell::Integer(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Cell::Micro(number) => {
            let (sign, whole, fraction) = (
                if *number < 0 { "-" } else { "" },
                number.unsigned_abs() / 1_000_000,
                number.unsigned_abs() % 1_000_000,
            );
            out.extend_from_slice(format!("{sign}{whole}.{fraction:06}").as_bytes());
        }
        Cell::Float(number) => out.extend_from_slice(fixed(*number, column.column_type).as_bytes()),
        Cell::Vector(numbers) => {
            let numbers: Vec<String> = numbers.iter().map(f32::to_string).collect();
            out.extend_from_slice(format!("[{}]", numbers.join(",")).as_bytes());
        }
    }
}

/// A number with its column's decimals.
pub(super) fn fixed(number: f64, column_type: ColumnType) -> String {
    let decimals = match column_type {
        ColumnType::Float { decimals } => usize::from(decimals),
        ColumnType::Text | ColumnType::Integer | ColumnType::Micro | ColumnType::Vector => 6,
    };
    let text = format!("{number:.decimals$}");
    // A small negative number rounds to zero, which has no sign.
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|byte| matches!(byte, b'0' | b'.')) => digits.to_owned(),
        _ => text,
    }
}
