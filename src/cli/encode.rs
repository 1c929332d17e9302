//! `cognate encode`: names in, their learned vectors out.

use super::columns::Columns;
use super::sides::SettingsArgs;
use super::{terminal, values};
use crate::error::{Result, exit};
use crate::model::shipped::shipped;
use crate::pipeline::encode::{EncodeTask, VectorFormat, encode_names};
use crate::pipeline::usage::Stopwatch;
use crate::record::{Format, ReadOptions};
use crate::report::summary::encoded_text;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cognate encode names firms.csv -o vectors.npy
  cognate encode names firms.jsonl --on company --id key -o vectors.parquet
  cognate encode names firms.csv --model names.json -o vectors.npy

A vector has 128 numbers. Names that mean the same have vectors that point the same way: the sum of the products of two \
vectors is the cosine that `link` and `lookup` compare, from about -1 to 1.";

const NAMES_EXAMPLES: &str = "\
Examples:
  cognate encode names firms.csv -o vectors.npy
  cognate encode names firms.jsonl --on company --id key -o vectors.parquet

.npy is an array of 32-bit floats of shape (rows, 128), which numpy.load reads: row n is row n of the file, and a \
rejected row is all zeros. .parquet and .jsonl have the columns id, name and vector, a list of 128 floats; a rejected \
row leaves none. Rejected rows are counted and reported; --max-rejects 0 makes the first of them an error.

Every number is a multiple of 1/256, and the length of a vector is 1 but for rounding. A name that says nothing, such as \
one without letters, is all zeros. The same file gives the same bytes, with any number of threads.";

/// Write the learned vectors of names, for use elsewhere
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Names(Box<NamesArgs>),
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
    let What::Names(args) = &args.what;
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
