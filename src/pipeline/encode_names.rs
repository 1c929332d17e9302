//! The learned representation of names: a table in, a vector for each row out.
//!
//! The vectors are those that `link` and `lookup` compare ([`crate::compare::embedding`]), in units of 1: each number is a
//! multiple of 1/256 from −127/256 to 127/256, and the cosine of two names is, but for rounding, the sum of the products.

use super::table::text_of;
use crate::compare::embedding::DIMENSIONS;
use crate::compare::{Embedding, Meaning, Preparer, Rarity};
use crate::config::Limits;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::record::{
    Cell, Column, Destination, Format, IdFrom, NpyWriter, ReadOptions, RecordId, Row, TableWriter, Tally, read,
};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Rows that are encoded before they are written.
const CHUNK: usize = 4096;
/// What a number of a [`Meaning`] is divided by.
const UNIT: f32 = 256.0;

/// What to encode.
#[derive(Debug, Clone)]
pub struct EncodeTask {
    /// The table.
    pub path: PathBuf,
    /// The column of ids; `None` for `id`, else the number of the row.
    pub id: Option<String>,
    /// The column of names.
    pub on: String,
    /// How to read it.
    pub read: ReadOptions,
    /// The model whose embedding it is.
    pub model: Model,
}

/// What was encoded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Encoded {
    /// What was read and rejected.
    pub tally: Tally,
    /// Names without a vector, which got zeros.
    pub without: u64,
}

/// Where vectors can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VectorFormat {
    /// An array of 32-bit floats, one row for each row of the table ([`NpyWriter`]).
    Npy,
    /// A table with the columns `id`, `name` and `vector`: Parquet or JSON lines.
    Table(Format),
}

impl VectorFormat {
    /// The format that a file's ending tells: `.npy`, or that of a table that can hold lists.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Usage`] for any other ending.
    pub fn of(path: &Path) -> Result<VectorFormat> {
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy")) {
            return Ok(VectorFormat::Npy);
        }
        match Format::of(path) {
            Ok(format @ (Format::Parquet | Format::JsonLines)) => Ok(VectorFormat::Table(format)),
            _ => Err(Error::usage(format!(
                "{}: vectors are written as .npy, .parquet or .jsonl (also .jsonl.gz, .jsonl.zst)",
                path.display()
            ))),
        }
    }
}

/// Writes the vector of each name of a table, in the order of its rows.
///
/// A name that says nothing to the embedding, such as one without letters and digits, gets zeros. A rejected row leaves no
/// row in a table, whose ids tell; in an array it gets zeros, so that row n of the array is row n of the table.
///
/// # Errors
/// Those of reading and writing; [`crate::error::ErrorKind::TooManyRejects`]; [`crate::error::ErrorKind::Usage`] for a model
/// without an embedding.
pub fn encode_names(task: &EncodeTask, output: &Path, format: VectorFormat) -> Result<Encoded> {
    let embedding = task.model.fields().iter().find_map(|field| field.embedding.as_deref());
    let embedding = embedding.ok_or_else(|| {
        let kind = task.model.file().kind;
        Error::usage(format!(
            "this model ({kind}) has no name embedding; one is learned by `cognate train names --embedding`"
        ))
    })?;
    let destination = Destination::File(output.to_path_buf());
    match format {
        VectorFormat::Npy => {
            let mut vectors: Vec<Option<Meaning>> = Vec::new();
            let encoded = each_chunk(task, embedding, true, &mut |rows| {
                vectors.extend(rows.iter().map(|row| row.meaning));
                Ok(())
            })?;
            let mut writer = NpyWriter::create(destination, vectors.len(), DIMENSIONS)?;
            vectors.iter().try_for_each(|meaning| writer.write_row(numbers(meaning.as_ref()).into_iter()))?;
            writer.finish()?;
            Ok(encoded)
        }
        VectorFormat::Table(format) => {
            let columns = [Column::text("id"), Column::text("name"), Column::vector("vector")];
            let mut writer = TableWriter::create(destination, Some(format), &columns)?;
            let encoded = each_chunk(task, embedding, false, &mut |rows| {
                rows.iter().try_for_each(|row| {
                    let vector = numbers(row.meaning.as_ref());
                    writer.write_row(&[Cell::Text(row.id.as_str()), Cell::Text(&row.name), Cell::Vector(&vector)])
                })
            })?;
            writer.finish()?;
            Ok(encoded)
        }
    }
}

/// A row and its vector.
struct EncodedRow {
    id: RecordId,
    name: String,
    meaning: Option<Meaning>,
}

/// Encodes the rows of a table, some thousands at a time, and hands them on in their order; rejected ones, too, without id
/// and name, if they are to be kept.
fn each_chunk(
    task: &EncodeTask,
    embedding: &Embedding,
    keep_rejects: bool,
    take: &mut dyn FnMut(&[EncodedRow]) -> Result<()>,
) -> Result<Encoded> {
    let id = task.id.clone().map_or(IdFrom::DefaultColumn, IdFrom::Column);
    let options = ReadOptions { id, columns: Some(vec![task.on.clone()]), ..task.read.clone() };
    let rarity = Rarity::default();
    let compared_bytes = task.read.limits.compared_bytes.clamp(1, Limits::default().compared_bytes);
    let lexicon = crate::text::shipped();
    let preparer = Preparer { embedding: Some(embedding), compared_bytes, ..Preparer::new(lexicon, &rarity) };
    let mut encoded = Encoded::default();
    let mut chunk: Vec<EncodedRow> = Vec::with_capacity(CHUNK);
    // Encodes, hands on and counts those without a vector; only a rejected row has no id.
    let mut hand_on = |chunk: &mut Vec<EncodedRow>| {
        chunk.par_iter_mut().for_each(|row| row.meaning = preparer.text(&row.name).and_then(|text| text.meaning));
        take(chunk)?;
        let without = chunk.iter().filter(|row| row.meaning.is_none() && !row.id.as_str().is_empty()).count() as u64;
        chunk.clear();
        Ok::<u64, Error>(without)
    };
    for row in read(&task.path, &options)? {
        encoded.tally.read += 1;
        match row? {
            Row::Record { record, .. } => {
                let name = text_of(&record, &task.on);
                chunk.push(EncodedRow { id: record.id, name, meaning: None });
            }
            Row::Reject(reject) => {
                encoded.tally.reject(reject, options.limits.rejects)?;
                if keep_rejects {
                    chunk.push(EncodedRow { id: RecordId::new(""), name: String::new(), meaning: None });
                }
            }
        }
        if chunk.len() == CHUNK {
            encoded.without += hand_on(&mut chunk)?;
        }
    }
    encoded.without += hand_on(&mut chunk)?;
    Ok(encoded)
}

/// A vector in units of 1; zeros where there is none.
fn numbers(meaning: Option<&Meaning>) -> [f32; DIMENSIONS] {
    meaning.map_or([0.0; DIMENSIONS], |meaning| meaning.numbers().map(|number| f32::from(number) / UNIT))
}
