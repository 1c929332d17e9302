//! Parquet in: rows through the format's own record reader, over only the wanted columns.
//!
//! The parquet crate may panic on damaged pages; every step into it is contained and becomes an error.

use super::read::{Layout, ReadOptions, Row, checked_id};
use super::{Fields, Record, RecordId, Reject, RejectReason};
use crate::config::Limits;
use crate::error::{Error, Place, Result, contained};
use parquet::data_type::Decimal;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;
use serde_json::{Number, Value};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Decimal digits that a 64-bit float keeps; longer decimals stay text.
const FLOAT_DIGITS: i32 = 15;

/// The rows of a Parquet file.
pub(super) struct ParquetRows {
    file: PathBuf,
    rows: RowIter<'static>,
    row: u64,
    columns: Vec<String>,
    /// For each column that is read: whether it is the id, and whether it becomes a field.
    roles: Vec<(bool, bool)>,
    numbers_rows: bool,
    limits: Limits,
}

impl ParquetRows {
    pub(super) fn open(file: &Path, options: &ReadOptions) -> Result<ParquetRows> {
        if file.as_os_str() == "-" {
            return Err(Error::usage("Parquet cannot be read from standard input; name a file"));
        }
        let opened = File::open(file).map_err(|error| Error::io(file, error))?;
        let length = opened.metadata().map_err(|error| Error::io(file, error))?.len();
        if length == 0 {
            return Err(Error::input(Place::file(file), "the file is empty"));
        }
        let reader = in_parquet(file, || SerializedFileReader::new(opened))?;
        let schema = reader.metadata().file_metadata().schema().clone();
        let columns: Vec<String> = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
        if columns.len() > options.limits.fields {
            let (found, limit) = (columns.len(), options.limits.fields);
            return Err(Error::input(Place::file(file), RejectReason::TooManyFields { found, limit }.to_string()));
        }
        let layout = Layout::of(file, &columns, options)?;
        // A row must have something to be read from, even if nothing of it is kept.
        let nothing = layout.keep.is_empty() && layout.id.is_none();
        let is_read =
            |column: usize| layout.keep.contains(&column) || layout.id == Some(column) || (nothing && column == 0);
        let (mut fields, mut roles) = (Vec::new(), Vec::new());
        for (column, field) in schema.get_fields().iter().enumerate().filter(|(column, _)| is_read(*column)) {
            fields.push(field.clone());
            roles.push((layout.id == Some(column), layout.keep.contains(&column)));
        }
        let rows = in_parquet(file, || {
            let projection = Type::group_type_builder(schema.name()).with_fields(fields).build()?;
            RowIter::from_file_into(Box::new(reader)).project(Some(projection))
        })?;
        let (file, limits) = (file.to_path_buf(), options.limits.clone());
        Ok(ParquetRows { file, rows, row: 0, columns, roles, numbers_rows: layout.id.is_none(), limits })
    }

    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(super) fn numbers_rows(&self) -> bool {
        self.numbers_rows
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row>> {
        self.row += 1;
        let place = Place::file(&self.file).line(self.row);
        let rows = &mut self.rows;
        let row = match contained(|| rows.next()) {
            Ok(None) => return Ok(None),
            Ok(Some(Ok(row))) => row,
            Ok(Some(Err(error))) => return Err(damaged(place, &error.to_string())),
            Err(panic) => return Err(damaged(place, &panic)),
        };
        let record = self.record(row);
        Ok(Some(match record {
            Ok(record) => Row::Record { record, line: self.row },
            Err(reason) => Row::Reject(Reject { place, reason }),
        }))
    }

    fn record(&self, row: parquet::record::Row) -> Result<Record, RejectReason> {
        let mut id = self.numbers_rows.then(|| RecordId::new(self.row.to_string()));
        let mut fields = Fields::with_capacity(self.roles.len());
        let mut record_bytes = 0;
        for ((name, field), &(is_id, is_kept)) in row.into_columns().into_iter().zip(&self.roles) {
            let mut bytes = 0;
            let value = value_of(field, 1, &mut bytes, &self.limits)?;
            if bytes > self.limits.field_bytes {
                return Err(RejectReason::FieldTooLong { bytes, limit: self.limits.field_bytes });
            }
            record_bytes += bytes;
            if is_id {
                id = Some(id_of(&value, &self.limits)?);
            }
            if is_kept {
                fields.insert(name, value);
            }
        }
        if record_bytes > self.limits.record_bytes {
            return Err(RejectReason::RecordTooLong { limit: self.limits.record_bytes });
        }
        Ok(Record { id: id.ok_or(RejectReason::MissingId)?, fields })
    }
}

fn in_parquet<T>(file: &Path, work: impl FnOnce() -> Result<T, ParquetError>) -> Result<T> {
    let reason = match contained(work) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic,
    };
    Err(damaged(Place::file(file), &reason))
}

fn damaged(place: Place, reason: &str) -> Error {
    Error::input(place, format!("damaged, cut short or not Parquet: {}", reason.replace('\n', " ")))
}

fn id_of(value: &Value, limits: &Limits) -> Result<RecordId, RejectReason> {
    match value {
        Value::Null => Err(RejectReason::MissingId),
        Value::String(text) => checked_id(text, limits),
        Value::Number(number) if !number.is_f64() => checked_id(&number.to_string(), limits),
        _ => Err(RejectReason::BadId { found: "of another type" }),
    }
}

/// A field as a JSON value; adds the bytes of its text to `bytes`.
fn value_of(field: Field, depth: usize, bytes: &mut usize, limits: &Limits) -> Result<Value, RejectReason> {
    if depth > limits.json_depth {
        return Err(RejectReason::TooDeep { limit: limits.json_depth });
    }
    *bytes += 8;
    let mut inner = |field: Field| value_of(field, depth + 1, bytes, limits);
    Ok(match field {
        Field::Null => Value::Null,
        Field::Bool(value) => Value::Bool(value),
        Field::Byte(value) => Value::from(value),
        Field::Short(value) => Value::from(value),
        Field::Int(value) => Value::from(value),
        Field::Long(value) => Value::from(value),
        Field::UByte(value) => Value::from(value),
        Field::UShort(value) => Value::from(value),
        Field::UInt(value) => Value::from(value),
        Field::ULong(value) => Value::from(value),
        Field::Float16(value) => Number::from_f64(value.to_f64()).map_or(Value::Null, Value::Number),
        // Through its text, so that 0.1 stays 0.1 and does not become 0.10000000149011612.
        Field::Float(value) => number_of_text(&value.to_string()).unwrap_or(Value::Null),
        Field::Double(value) => Number::from_f64(value).map_or(Value::Null, Value::Number),
        Field::Decimal(value) => decimal(&value),
        Field::Str(text) => checked_text(text, bytes)?,
        Field::Bytes(raw) => {
            let text = String::from_utf8(raw.data().to_vec())
                .map_err(|error| RejectReason::InvalidUtf8 { byte: error.utf8_error().valid_up_to() as u64 })?;
            checked_text(text, bytes)?
        }
        Field::Group(row) => {
            let fields = row.into_columns().into_iter().map(|(name, field)| Ok((name, inner(field)?)));
            Value::Object(fields.collect::<Result<Fields, RejectReason>>()?)
        }
        Field::ListInternal(list) => {
            Value::Array(list.elements().iter().cloned().map(inner).collect::<Result<_, RejectReason>>()?)
        }
        Field::MapInternal(map) => {
            let entries = map.entries().iter().cloned().map(|(key, field)| {
                let key = match key {
                    Field::Str(text) => text,
                    other => other.to_string(),
                };
                Ok((key, inner(field)?))
            });
            Value::Object(entries.collect::<Result<Fields, RejectReason>>()?)
        }
        moment @ (Field::Date(_)
        | Field::TimeMillis(_)
        | Field::TimeMicros(_)
        | Field::TimestampMillis(_)
        | Field::TimestampMicros(_)) => Value::String(moment.to_string()),
    })
}

fn checked_text(text: String, bytes: &mut usize) -> Result<Value, RejectReason> {
    *bytes += text.len();
    match memchr::memchr(0, text.as_bytes()) {
        Some(at) => Err(RejectReason::Nul { byte: at as u64 }),
        None => Ok(Value::String(text)),
    }
}

/// A decimal: a number when a float keeps all digits that its type may have, else text.
fn decimal(value: &Decimal) -> Value {
    let data = value.data();
    let Some(scale) = usize::try_from(value.scale()).ok().filter(|_| data.len() <= 16) else {
        return Value::Null;
    };
    let sign = if data.first().is_some_and(|byte| byte & 0x80 != 0) { -1_i128 } else { 0 };
    let unscaled = data.iter().fold(sign, |sum, &byte| (sum << 8) | i128::from(byte));
    let digits = format!("{:0width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let point = if scale > 0 { "." } else { "" };
    let text = format!("{}{whole}{point}{fraction}", if unscaled < 0 { "-" } else { "" });
    match value.precision() <= FLOAT_DIGITS {
        true => number_of_text(&text).unwrap_or(Value::Null),
        false => Value::String(text),
    }
}

fn number_of_text(text: &str) -> Option<Value> {
    text.parse().ok().and_then(Number::from_f64).map(Value::Number)
}
