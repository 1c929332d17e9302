//! `cognate encode`: records or names in, their vectors out.

use super::columns::Columns;
use super::sides::SettingsArgs;
use super::{terminal, values};
use crate::error::{Error, Result, exit};
use crate::mbat::{ArrayForm, Settings, Weights};
use crate::model::shipped::shipped;
use crate::pipeline::encode_names::{EncodeTask, VectorFormat, encode_names};
use crate::pipeline::encode_records::{RecordsTask, encode_records};
use crate::pipeline::usage::Stopwatch;
use crate::record::{Format, ReadOptions};
use crate::report::summary::{encoded_records_text, encoded_text};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cognate encode listings.csv -o vectors.npy
  cognate encode listings.jsonl -o vectors.parquet --dims 1024 --exclude sku --weight title=2
  cognate encode left.csv --beside right.csv -o left.npy
  cognate encode right.csv --beside left.csv -o right.npy
  cognate encode names firms.csv -o vectors.npy

Any record becomes a vector of unit length: near for similar records, whatever the order of their fields. Words and \
letters are near by spelling, numbers by magnitude (also with units, currencies, and dates), field names by their words. \
What words and fields weigh is learned from the tables at hand, without labels. .npy is an array of 32-bit floats, row n \
for row n of the file (zeros for a rejected row); .parquet and .jsonl have the columns id and vector.

`encode names` writes what the shipped model has learned about names instead.";

const NAMES_EXAMPLES: &str = "\
Examples:
  cognate encode names firms.csv -o vectors.npy
  cognate encode names firms.jsonl --on company --id key -o vectors.parquet

A vector has 128 numbers. Names that mean the same have vectors that point the same way: the sum of the products of two \
vectors is the cosine that `link` and `lookup` compare, from about -1 to 1.

.npy is an array of 32-bit floats of shape (rows, 128), which numpy.load reads: row n is row n of the file, and a \
rejected row is all zeros. .parquet and .jsonl have the columns id, name and vector, a list of 128 floats; a rejected \
row leaves none. Rejected rows are counted and reported; --max-rejects 0 makes the first of them an error.

Every number is a multiple of 1/256, and the length of a vector is 1 but for rounding. A name that says nothing, such as \
one without letters, is all zeros. The same file gives the same bytes, with any number of threads.";

/// Write the vectors of records, or the learned ones of names, for use elsewhere
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    records: RecordsArgs,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Names(Box<NamesArgs>),
}

#[derive(Debug, clap::Args)]
struct RecordsArgs {
    /// The table: .csv, .tsv, .jsonl (also .gz, .zst) or .parquet; - is standard input
    #[arg(required = true)]
    file: Option<PathBuf>,
    /// Write here: .npy, .parquet or .jsonl (also .gz, .zst)
    #[arg(short, long, value_name = "OUT", required = true)]
    output: Option<PathBuf>,
    /// Dimensions: a multiple of 64, from 64 to 32768
    #[arg(long, value_name = "D", default_value_t = Settings::default().dims)]
    dims: usize,
    /// The seed of all that is drawn; vectors of two seeds cannot be compared
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Leave a field out (a path such as specs.color); may be given several times
    #[arg(long, value_name = "FIELD", help_heading = "Fields")]
    exclude: Vec<String>,
    /// The weight of a field instead of the learned one, such as title=2; may be given several times
    #[arg(long, value_name = "FIELD=W", value_parser = field_weight, help_heading = "Fields")]
    weight: Vec<(String, f64)>,
    /// A field whose arrays have no order; may be given several times
    #[arg(long, value_name = "FIELD", help_heading = "Fields")]
    bag: Vec<String>,
    /// The share of the space, in percent, in which values can be compared under all field names
    #[arg(long, value_name = "PERCENT", default_value_t = Settings::default().shared, help_heading = "Fields")]
    shared: u8,
    /// A table whose words and fields are counted, too: the one that is to be compared; may be given several times
    #[arg(long, value_name = "FILE", conflicts_with = "space", help_heading = "Tables")]
    beside: Vec<PathBuf>,
    /// Take the weights of words and fields from this file instead of learning them
    #[arg(long, value_name = "FILE", help_heading = "Tables")]
    space: Option<PathBuf>,
    /// Write the learned weights to this file (JSON)
    #[arg(long, value_name = "FILE", help_heading = "Tables")]
    save_space: Option<PathBuf>,
    /// The column of ids, which is not encoded [default: id, else the number of the row]
    #[arg(long, value_name = "COL", help_heading = "Tables")]
    id: Option<String>,
    /// The format of the table, where its ending does not tell
    #[arg(long, value_name = "FORMAT", value_parser = values::format(), help_heading = "Tables")]
    file_format: Option<Format>,
    /// Fail after more than N rejected rows [default: no limit]
    #[arg(long, value_name = "N")]
    max_rejects: Option<u64>,
    /// Use N threads [default: one for each processor]; the output is the same with any number
    #[arg(long, value_name = "N", value_parser = values::threads())]
    threads: Option<u64>,
    /// Print no summary
    #[arg(short, long)]
    quiet: bool,
}

/// Write the learned vector of each name of a table
#[derive(Debug, clap::Args)]
#[command(after_help = NAMES_EXAMPLES)]
struct NamesArgs {
    /// The table: .csv, .tsv, .jsonl (also .gz, .zst) or .parquet; - is standard input
    file: PathBuf,
    /// Write here: .npy, .parquet or .jsonl (also .gz, .zst)
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// The column of names
    #[arg(long, value_name = "COL", default_value = "name", help_heading = "Tables")]
    on: String,
    /// The column of ids [default: id, else the number of the row]
    #[arg(long, value_name = "COL", help_heading = "Tables")]
    id: Option<String>,
    /// The format of the table, where its ending does not tell
    #[arg(long, value_name = "FORMAT", value_parser = values::format(), help_heading = "Tables")]
    file_format: Option<Format>,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Use N threads [default: one for each processor]; the output is the same with any number
    #[arg(long, value_name = "N", value_parser = values::threads())]
    threads: Option<u64>,
    /// Print no summary
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn run(args: &Args) -> Result<u8> {
    match (&args.what, &args.records.file, &args.records.output) {
        (Some(What::Names(args)), _, _) => names(args),
        (None, Some(file), Some(output)) => records(&args.records, file, output),
        _ => Err(Error::usage("name a table and, with -o, where to write its vectors")),
    }
}

fn records(args: &RecordsArgs, file: &std::path::Path, output: &std::path::Path) -> Result<u8> {
    let stopwatch = Stopwatch::start();
    let format = VectorFormat::of(output)?;
    let mut read = ReadOptions { format: args.file_format, ..ReadOptions::default() };
    read.limits.rejects = args.max_rejects.unwrap_or(read.limits.rejects);
    let columns = Columns::of(file, &read)?;
    args.id.iter().try_for_each(|column| columns.require(column))?;
    values::use_threads(args.threads)?;
    let weights = args.space.as_ref().map(|path| {
        let json = std::fs::read_to_string(path).map_err(|error| Error::io(path, error))?;
        Weights::from_json(&json)
    });
    let settings = Settings {
        dims: args.dims,
        seed: args.seed,
        shared: args.shared,
        arrays: args.bag.iter().map(|path| (path.clone(), ArrayForm::Bag)).collect(),
        excluded: args.exclude.clone(),
        ..Settings::default()
    };
    let task = RecordsTask {
        path: file.to_path_buf(),
        id: args.id.clone(),
        read,
        settings,
        weights: weights.transpose()?,
        beside: args.beside.clone(),
        field_weights: args.weight.clone(),
    };
    let (encoded, space) = encode_records(&task, output, format)?;
    if let Some(path) = &args.save_space {
        let json = serde_json::to_string(space.weights()).map_err(|error| Error::io(path, error.into()))?;
        std::fs::write(path, json + "\n").map_err(|error| Error::io(path, error))?;
    }
    if !args.quiet {
        terminal::note(encoded_records_text(&task, &space, &encoded, output, &stopwatch.read()).trim_end());
    }
    Ok(if encoded.tally.records() > 0 { exit::FOUND } else { exit::NOTHING })
}

fn field_weight(text: &str) -> std::result::Result<(String, f64), String> {
    let parts = text.rsplit_once('=').filter(|(field, _)| !field.is_empty());
    let weight = parts.and_then(|(field, weight)| Some((field.to_owned(), weight.parse().ok()?)));
    weight
        .filter(|(_, weight): &(String, f64)| (0.0..=64.0).contains(weight))
        .ok_or_else(|| "give a field and its weight from 0 to 64, such as title=2".to_owned())
}

fn names(args: &NamesArgs) -> Result<u8> {
    let stopwatch = Stopwatch::start();
    let config = args.settings.checked()?;
    let model = args.settings.model()?.map_or_else(|| shipped(config.kind), Ok)?;
    let read = ReadOptions { format: args.file_format, limits: config.limits, ..ReadOptions::default() };
    let format = VectorFormat::of(&args.output)?;
    let columns = Columns::of(&args.file, &read)?;
    args.id.iter().chain([&args.on]).try_for_each(|column| columns.require(column))?;
    values::use_threads(args.threads)?;
    let task = EncodeTask { path: args.file.clone(), id: args.id.clone(), on: args.on.clone(), read, model };
    let encoded = encode_names(&task, &args.output, format)?;
    if !args.quiet {
        terminal::note(encoded_text(&task, &encoded, &args.output, &stopwatch.read()).trim_end());
    }
    Ok(if encoded.tally.records() > 0 { exit::FOUND } else { exit::NOTHING })
}
