//! Exporting: a dataset out of a store, into a file that can be imported again.

use super::table::as_text;
use crate::error::{Error, Result};
use crate::record::{Cell, Column, Destination, Format, Output, TableWriter};
use crate::store::{DatasetName, Store};
use std::collections::HashSet;

/// The column of ids in an export; a field of that name takes its place.
const ID: &str = "id";

/// Writes all records of a dataset and returns how many. JSON lines hold them field by field; a table has a column for
/// every field that any record has, as text.
///
/// # Errors
/// Those of the store and of writing. A file appears only when everything was read and found whole.
pub fn export(store: &Store, dataset: &DatasetName, destination: Destination, format: Option<Format>) -> Result<u64> {
    let told = match (&destination, format) {
        (_, Some(format)) => format,
        (Destination::File(path), None) if path.as_os_str() != "-" => Format::of(path)?,
        _ => Format::JsonLines,
    };
    match told {
        Format::JsonLines => export_lines(store, dataset, destination),
        Format::Csv | Format::Tsv | Format::Parquet => export_table(store, dataset, destination, told),
    }
}

fn export_lines(store: &Store, dataset: &DatasetName, destination: Destination) -> Result<u64> {
    let mut output = Output::create(destination)?;
    let mut records = 0;
    for record in store.scan(dataset)? {
        record?.write_json_line(Some(ID), &mut output).map_err(|error| Error::io(output.path(), error))?;
        records += 1;
    }
    output.finish()?;
    Ok(records)
}

/// Reads the records twice: for the columns, and for the rows.
fn export_table(store: &Store, dataset: &DatasetName, destination: Destination, format: Format) -> Result<u64> {
    let (mut names, mut known) = (Vec::new(), HashSet::new());
    for record in store.scan(dataset)? {
        for field in record?.fields.keys() {
            if !known.contains(field) {
                known.insert(field.clone());
                names.push(field.clone());
            }
        }
    }
    let adds_id = !known.contains(ID);
    let columns = adds_id.then_some(ID).into_iter().chain(names.iter().map(String::as_str)).map(Column::text);
    let mut writer = TableWriter::create(destination, Some(format), &columns.collect::<Vec<_>>())?;
    let mut records = 0;
    for record in store.scan(dataset)? {
        let record = record?;
        let texts: Vec<Option<String>> = names.iter().map(|name| record.fields.get(name).map(as_text)).collect();
        let id = adds_id.then_some(Cell::Text(record.id.as_str()));
        let cells: Vec<Cell<'_>> = id.into_iter().chain(texts.iter().map(|text| text.as_deref().into())).collect();
        writer.write_row(&cells)?;
        records += 1;
    }
    writer.finish()?;
    Ok(records)
}
