//! A table in memory: the ids and the fields that a job asks for, nothing else.

use crate::error::{Error, Result};
use crate::record::{IdFrom, ReadOptions, Record, RecordId, Tally, read_all};
use serde_json::Value;
use std::path::Path;

/// The asked-for fields of a table's records.
///
/// **Invariant:** rows are in the byte order of their ids, so that what is computed from row numbers does not depend on
/// the order of the rows in the file.
#[derive(Debug, Default)]
pub struct Table {
    /// The ids.
    pub ids: Vec<RecordId>,
    /// By row: its number in the file, counting from 0.
    pub positions: Vec<u32>,
    /// By field, then by row: the field as text ([`as_text`]).
    pub fields: Vec<Vec<String>>,
    /// What was read and what was rejected.
    pub tally: Tally,
}

impl Table {
    /// Reads the named fields of a file.
    ///
    /// # Errors
    /// Those of [`read_all`]; [`crate::error::ErrorKind::Input`] for more than 2³² − 2 rows.
    pub fn read(path: &Path, id: Option<&str>, fields: &[String], options: &ReadOptions) -> Result<Table> {
        let id = id.map_or(IdFrom::DefaultColumn, |column| IdFrom::Column(column.to_owned()));
        let options = ReadOptions { id, columns: Some(fields.to_vec()), ..options.clone() };
        let mut rows: Vec<(RecordId, u32, Vec<String>)> = Vec::new();
        let tally = read_all(path, &options, &mut |record| {
            let position = u32::try_from(rows.len()).ok().filter(|position| *position < u32::MAX - 1);
            let position =
                position.ok_or_else(|| Error::usage(format!("{}: more rows than 2^32 - 2", path.display())))?;
            let values = fields.iter().map(|field| text_of(&record, field)).collect();
            rows.push((record.id, position, values));
            Ok(())
        })?;
        rows.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let mut table = Table { tally, fields: vec![Vec::with_capacity(rows.len()); fields.len()], ..Table::default() };
        for (id, position, values) in rows {
            table.ids.push(id);
            table.positions.push(position);
            for (column, value) in table.fields.iter_mut().zip(values) {
                column.push(value);
            }
        }
        Ok(table)
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// A row's id.
    pub fn id(&self, row: u32) -> Option<&str> {
        self.ids.get(row as usize).map(RecordId::as_str)
    }

    /// The row with an id.
    pub fn row_of(&self, id: &str) -> Option<u32> {
        let row = self.ids.binary_search_by(|known| known.as_str().cmp(id)).ok()?;
        u32::try_from(row).ok()
    }

    /// A row's field, both by number.
    pub fn text(&self, field: usize, row: u32) -> Option<&str> {
        self.fields.get(field)?.get(row as usize).map(String::as_str)
    }
}

/// Reads the wanted columns of a file as text, in the order of its rows.
///
/// # Errors
/// Those of [`read_all`], such as a missing column.
pub fn columns<const N: usize>(path: &Path, wanted: [&str; N]) -> Result<Vec<[String; N]>> {
    let names = wanted.map(str::to_owned);
    let options = ReadOptions { columns: Some(names.to_vec()), ..ReadOptions::default() };
    let mut rows = Vec::new();
    read_all(path, &options, &mut |record| {
        rows.push(wanted.map(|column| text_of(&record, column)));
        Ok(())
    })?;
    Ok(rows)
}

/// A field of a record as text; empty where it is missing.
pub fn text_of(record: &Record, field: &str) -> String {
    record.fields.get(field).map(as_text).unwrap_or_default()
}

/// A JSON value as text to compare: strings as they are, the parts of lists and objects joined by spaces, null as nothing.
///
/// ```
/// use cognate::pipeline::table::as_text;
/// assert_eq!(as_text(&serde_json::json!(["Zürich", 8001, null])), "Zürich 8001");
/// ```
pub fn as_text(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(values) => joined(values.iter().map(as_text).collect()),
        Value::Object(fields) => joined(fields.values().map(as_text).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_the_order_of_their_ids() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, "id,name,city\nb,Beta,X\na,Alpha,Y\n").unwrap();
        let table = Table::read(&path, None, &["name".to_owned()], &ReadOptions::default()).unwrap();
        assert_eq!(table.ids.iter().map(RecordId::as_str).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(table.positions, [1, 0]);
        assert_eq!(table.text(0, 1), Some("Beta"));
        assert_eq!(table.text(1, 0), None);
    }
}
