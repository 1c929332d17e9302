//! Parquet out: rows are gathered by column and written a row group at a time.

use super::write::fixed;
use super::{Cell, Column, ColumnType, Output};
use crate::error::{Error, Result};
use parquet::basic::{Compression, LogicalType, Repetition, Type as PhysicalType};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::path::PathBuf;
use std::sync::Arc;

/// Rows of a row group.
const GROUP_ROWS: usize = 65_536;
/// Bytes of text, and of lists with their levels, after which a row group ends early.
const GROUP_BYTES: usize = 64 * 1024 * 1024;

/// The level of a list's element: the list is there, and has elements. Level 1 is an empty list.
const LIST_ELEMENT: i16 = 2;

/// A Parquet file being written.
pub(super) struct ParquetTable {
    writer: SerializedFileWriter<Output>,
    path: PathBuf,
    columns: Vec<Gathered>,
    rows: usize,
    gathered_bytes: usize,
}

/// The values of one column in the current row group; a level of 0 is a null, which has no value.
struct Gathered {
    levels: Vec<i16>,
    /// For lists: 0 for what begins a row, 1 for what goes on with its list.
    repetitions: Vec<i16>,
    values: Values,
}

enum Values {
    Text(Vec<ByteArray>),
    Integer(Vec<i64>),
    Float(Vec<f64>),
    Vector(Vec<f32>),
}

impl ParquetTable {
    pub(super) fn create(output: Output, columns: &[Column]) -> Result<ParquetTable> {
        let path = output.path().to_path_buf();
        let schema = || {
            let fields = columns.iter().map(|column| column_type(column).map(Arc::new));
            let fields = fields.collect::<Result<Vec<_>, ParquetError>>()?;
            Type::group_type_builder("rows").with_fields(fields).build().map(Arc::new)
        };
        let properties = WriterProperties::builder()
            // A program version here would make the same table differ between releases.
            .set_created_by("cognate".to_owned())
            .set_compression(Compression::SNAPPY)
            .build();
        let writer = schema().and_then(|schema| SerializedFileWriter::new(output, schema, Arc::new(properties)));
        let writer = writer.map_err(|error| unwritable(&path, error))?;
        let columns = columns.iter().map(|column| Gathered {
            levels: Vec::new(),
            repetitions: Vec::new(),
            values: match column.column_type {
                ColumnType::Text => Values::Text(Vec::new()),
                ColumnType::Integer | ColumnType::Micro => Values::Integer(Vec::new()),
                ColumnType::Float { .. } => Values::Float(Vec::new()),
                ColumnType::Vector => Values::Vector(Vec::new()),
            },
        });
        Ok(ParquetTable { writer, path, columns: columns.collect(), rows: 0, gathered_bytes: 0 })
    }

    /// Writes a row whose cells fit the columns.
    pub(super) fn write_row(&mut self, cells: &[Cell<'_>], columns: &[Column]) -> Result<()> {
        for ((cell, column), gathered) in cells.iter().zip(columns).zip(&mut self.columns) {
            gathered.push_levels(cell);
            match (cell, &mut gathered.values) {
                (Cell::Text(text), Values::Text(values)) => {
                    self.gathered_bytes += text.len();
                    values.push(ByteArray::from(text.as_bytes().to_vec()));
                }
                (Cell::Integer(number) | Cell::Micro(number), Values::Integer(values)) => values.push(*number),
                (Cell::Float(number), Values::Float(values)) => {
                    values.push(fixed(*number, column.column_type).parse().unwrap_or(*number));
                }
                (Cell::Vector(numbers), Values::Vector(values)) => {
                    self.gathered_bytes += numbers.len() * 8;
                    values.extend_from_slice(numbers);
                }
                _ => {}
            }
        }
        self.rows += 1;
        if self.rows >= GROUP_ROWS || self.gathered_bytes >= GROUP_BYTES {
            self.write_group().map_err(|error| unwritable(&self.path, error))?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<()> {
        if self.rows > 0 {
            self.write_group().map_err(|error| unwritable(&self.path, error))?;
        }
        self.writer.into_inner().map_err(|error| unwritable(&self.path, error))?.finish()
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for gathered in &mut self.columns {
            let Some(mut column) = group.next_column()? else { break };
            let levels = Some(gathered.levels.as_slice());
            match (column.untyped(), &mut gathered.values) {
                (ColumnWriter::ByteArrayColumnWriter(writer), Values::Text(values)) => {
                    writer.write_batch(values, levels, None)?;
                    values.clear();
                }
                (ColumnWriter::Int64ColumnWriter(writer), Values::Integer(values)) => {
                    writer.write_batch(values, levels, None)?;
                    values.clear();
                }
                (ColumnWriter::DoubleColumnWriter(writer), Values::Float(values)) => {
                    writer.write_batch(values, levels, None)?;
                    values.clear();
                }
                (ColumnWriter::FloatColumnWriter(writer), Values::Vector(values)) => {
                    writer.write_batch(values, levels, Some(&gathered.repetitions))?;
                    values.clear();
                    gathered.repetitions.clear();
                }
                _ => return Err(ParquetError::General("a column of another type than its schema".to_owned())),
            }
            gathered.levels.clear();
            column.close()?;
        }
        group.close()?;
        self.rows = 0;
        self.gathered_bytes = 0;
        Ok(())
    }
}

impl Gathered {
    /// Says of a cell whether it is null and, of a list, where it begins and ends.
    fn push_levels(&mut self, cell: &Cell<'_>) {
        match (cell, &self.values) {
            (Cell::Vector(numbers), _) if !numbers.is_empty() => {
                self.levels.extend(numbers.iter().map(|_| LIST_ELEMENT));
                self.repetitions.push(0);
                self.repetitions.extend(numbers.iter().skip(1).map(|_| 1));
            }
            (cell, Values::Vector(_)) => {
                self.levels.push(i16::from(*cell != Cell::Null));
                self.repetitions.push(0);
            }
            (cell, _) => self.levels.push(i16::from(*cell != Cell::Null)),
        }
    }
}

/// A list as the format's own documentation wants it: a group of a repeated group of elements.
fn list_type(column: &Column) -> Result<Type, ParquetError> {
    let element = Type::primitive_type_builder("element", PhysicalType::FLOAT).with_repetition(Repetition::REQUIRED);
    let elements = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![Arc::new(element.build()?)]);
    Type::group_type_builder(&column.name)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(elements.build()?)])
        .build()
}

fn column_type(column: &Column) -> Result<Type, ParquetError> {
    let (physical, logical) = match column.column_type {
        ColumnType::Text => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnType::Integer => (PhysicalType::INT64, None),
        ColumnType::Micro => (PhysicalType::INT64, Some(LogicalType::decimal(6, 15))),
        ColumnType::Float { .. } => (PhysicalType::DOUBLE, None),
        ColumnType::Vector => return list_type(column),
    };
    let builder = Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    match column.column_type {
        ColumnType::Micro => builder.with_precision(15).with_scale(6).build(),
        _ => builder.build(),
    }
}

/// Keeps what the system said, so that a broken pipe stays known as one.
fn unwritable(path: &std::path::Path, error: ParquetError) -> Error {
    let source = match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(source) => *source,
            Err(source) => std::io::Error::other(source),
        },
        other => std::io::Error::other(other.to_string()),
    };
    Error::io(path, source)
}
