//! Any records in, their vectors out ([`crate::mbat`]).
//!
//! A table is read twice: once to learn what its words and fields weigh, once to encode it. What cannot be read twice,
//! such as standard input, is held in memory.

use super::encode_names::{Encoded, VectorFormat};
use crate::error::Result;
use crate::mbat::{Settings, Space, Vector, Weights, WeightsCounter};
use crate::record::{
    Cell, Column, Destination, IdFrom, NpyWriter, ReadOptions, RecordId, Row, TableWriter, Tally, can_be_read_again,
    read,
};
use rayon::prelude::*;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Rows that are read before they are worked on by all threads.
const CHUNK: usize = 4096;

/// What to encode.
#[derive(Debug, Clone, Default)]
pub struct RecordsTask {
    /// The table.
    pub path: PathBuf,
    /// The column of ids, which is not encoded; `None` for `id`, else the number of the row.
    pub id: Option<String>,
    /// How to read it.
    pub read: ReadOptions,
    /// The settings of the space.
    pub settings: Settings,
    /// The space's weights; `None` learns them from the table and those beside it.
    pub weights: Option<Weights>,
    /// Tables whose words and fields are counted, too, and to whose vectors those of this one are to be compared.
    pub beside: Vec<PathBuf>,
    /// Weights of fields that take the place of the learned ones, by path.
    pub field_weights: Vec<(String, f64)>,
}

/// A row of a table: a record's id and its fields, or nothing where it was rejected.
type Kept = Option<(RecordId, Value)>;

/// The space of a task: its settings with weights given or learned.
///
/// # Errors
/// Those of reading and of [`Space::with`].
pub fn space_of(task: &RecordsTask) -> Result<Space> {
    let settings = with_id_left_out(&task.settings, task.id.as_deref());
    // What is wrong with the settings is said before anything is read.
    Space::with(settings.clone(), Weights::default())?;
    let weights = match &task.weights {
        Some(weights) => weights.clone(),
        None => {
            let mut counter = WeightsCounter::default();
            for (table, path) in std::iter::once(&task.path).chain(&task.beside).enumerate() {
                counter = count(counter, task, path, table)?;
            }
            counter.freeze()
        }
    };
    let weights = task.field_weights.iter().fold(weights, |weights, (path, weight)| {
        weights.with_field(path, (weight.clamp(0.0, 64.0) * f64::from(crate::mbat::weights::ONE)).round() as u32)
    });
    Space::with(settings, weights)
}

/// The settings, but for the column of ids, which says nothing about the record.
fn with_id_left_out(settings: &Settings, id: Option<&str>) -> Settings {
    let mut settings = settings.clone();
    settings.excluded.push(id.unwrap_or("id").to_owned());
    settings
}

fn count(counter: WeightsCounter, task: &RecordsTask, path: &Path, table: usize) -> Result<WeightsCounter> {
    let mut counter = counter;
    each_chunk(task, path, &mut Tally::default(), &mut |rows| {
        let parts: Vec<WeightsCounter> = rows
            .par_chunks(CHUNK / 16)
            .map(|rows| {
                let mut part = WeightsCounter::default();
                rows.iter().flatten().for_each(|(_, fields)| part.add(fields, table));
                part
            })
            .collect();
        counter = parts.into_iter().fold(std::mem::take(&mut counter), WeightsCounter::merge);
        Ok(())
    })?;
    Ok(counter)
}

/// Reads a table, some thousands of rows at a time.
fn each_chunk(
    task: &RecordsTask,
    path: &Path,
    tally: &mut Tally,
    take: &mut dyn FnMut(&[Kept]) -> Result<()>,
) -> Result<()> {
    let id = task.id.clone().map_or(IdFrom::DefaultColumn, IdFrom::Column);
    let options = ReadOptions { id, ..task.read.clone() };
    let excluded = with_id_left_out(&task.settings, task.id.as_deref()).excluded;
    let mut chunk: Vec<Kept> = Vec::with_capacity(CHUNK);
    for row in read(path, &options)? {
        tally.read += 1;
        chunk.push(match row? {
            Row::Record { mut record, .. } => {
                // What is left out must not be learned from either: an id tells more than any field.
                excluded.iter().for_each(|field| drop(record.fields.shift_remove(field)));
                Some((record.id, Value::Object(record.fields)))
            }
            Row::Reject(reject) => {
                tally.reject(reject, options.limits.rejects)?;
                None
            }
        });
        if chunk.len() == CHUNK {
            take(&chunk)?;
            chunk.clear();
        }
    }
    take(&chunk)
}

/// Writes the vector of each record of a table, in the order of its rows; returns the space, too, so that it can be kept.
///
/// A record that says nothing gets zeros. A rejected row leaves no row in a table, whose ids tell; in an array it gets
/// zeros, so that row n of the array is row n of the table.
///
/// # Errors
/// Those of reading and writing, [`crate::error::ErrorKind::TooManyRejects`], and those of [`space_of`].
pub fn encode_records(task: &RecordsTask, output: &Path, format: VectorFormat) -> Result<(Encoded, Space)> {
    if can_be_read_again(&task.path) {
        let space = space_of(task)?;
        let encoded = write(task, &space, output, format, &mut |take| {
            let mut tally = Tally::default();
            each_chunk(task, &task.path, &mut tally, take)?;
            Ok(tally)
        })?;
        return Ok((encoded, space));
    }
    let (mut rows, mut tally) = (Vec::new(), Tally::default());
    each_chunk(task, &task.path, &mut tally, &mut |chunk| {
        rows.extend_from_slice(chunk);
        Ok(())
    })?;
    let mut counter = WeightsCounter::default();
    rows.iter().flatten().for_each(|(_, fields): &(RecordId, Value)| counter.add(fields, 0));
    for (table, path) in (1..).zip(&task.beside) {
        counter = count(counter, task, path, table)?;
    }
    let learned =
        RecordsTask { weights: Some(task.weights.clone().unwrap_or_else(|| counter.freeze())), ..task.clone() };
    let space = space_of(&learned)?;
    let encoded = write(task, &space, output, format, &mut |take| {
        rows.chunks(CHUNK).try_for_each(&mut *take)?;
        Ok(tally.clone())
    })?;
    Ok((encoded, space))
}

/// What hands on the rows of a table, chunk by chunk, and says what it came to.
type EachChunk<'a> = &'a mut dyn FnMut(&mut dyn FnMut(&[Kept]) -> Result<()>) -> Result<Tally>;

fn write(
    task: &RecordsTask,
    space: &Space,
    output: &Path,
    format: VectorFormat,
    each: EachChunk<'_>,
) -> Result<Encoded> {
    let destination = Destination::File(output.to_path_buf());
    let mut without = 0;
    let tally = match format {
        VectorFormat::Npy => {
            // The number of rows stands at the head of the file.
            let rows = match can_be_read_again(&task.path) {
                true => read_rows(task)?,
                false => each(&mut |_| Ok(()))?.read,
            };
            let mut writer = NpyWriter::create(destination, rows as usize, space.dims())?;
            let tally = each(&mut |rows| {
                encoded(space, rows).into_iter().try_for_each(|vector| {
                    without += u64::from(vector.as_ref().is_some_and(Vector::is_zero));
                    writer.write_row(vector.iter().flat_map(Vector::floats))
                })
            })?;
            writer.finish()?;
            tally
        }
        VectorFormat::Table(format) => {
            let columns = [Column::text("id"), Column::vector("vector")];
            let mut writer = TableWriter::create(destination, Some(format), &columns)?;
            let tally = each(&mut |rows| {
                let vectors = encoded(space, rows);
                rows.iter().zip(vectors).try_for_each(|(row, vector)| {
                    let (Some((id, _)), Some(vector)) = (row, vector) else { return Ok(()) };
                    without += u64::from(vector.is_zero());
                    let numbers: Vec<f32> = vector.floats().collect();
                    writer.write_row(&[Cell::Text(id.as_str()), Cell::Vector(&numbers)])
                })
            })?;
            writer.finish()?;
            tally
        }
    };
    Ok(Encoded { tally, without })
}

/// The number of rows of a table, rejected ones included; nothing of them is kept.
fn read_rows(task: &RecordsTask) -> Result<u64> {
    let options = ReadOptions { columns: Some(Vec::new()), ..task.read.clone() };
    let mut rows = 0;
    for row in read(&task.path, &options)? {
        row?;
        rows += 1;
    }
    Ok(rows)
}

/// The vectors of rows, `None` for rejected ones.
fn encoded(space: &Space, rows: &[Kept]) -> Vec<Option<Vector>> {
    rows.par_chunks(CHUNK / 16)
        .flat_map_iter(|rows| {
            let mut encoder = space.encoder();
            rows.iter().map(|row| row.as_ref().map(|(_, fields)| encoder.encode(fields))).collect::<Vec<_>>()
        })
        .collect()
}
