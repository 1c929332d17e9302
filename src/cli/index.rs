//! `cognate index`: indexes that are made on request.

use super::{terminal, values};
use crate::error::{Result, exit};
use crate::mbat::Settings;
use crate::pipeline::indexing::only_dataset;
use crate::pipeline::usage::Stopwatch;
use crate::pipeline::vectors::index_vectors;
use crate::report::nearest::{indexed_json, indexed_text};
use crate::store::{DatasetName, Store};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cognate index vectors --store shop
  cognate index vectors --store shop --dims 1024 --exclude sku
  cognate lookup --store shop --json '{\"name\": \"blender 300 W\", \"price\": 49.9}' --why

Each record becomes a vector, as `cognate encode` makes them; what words and fields weigh is learned from the dataset. \
Fields that repeat the id are left out. Later, only records that are new or changed are encoded, until a fifth of them has \
changed since the weights were learned: then everything is made anew. A look-up of a record does all this by itself, with \
the settings of the index that is there.";

/// Make an index of a store
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: IndexVerb,
}

#[derive(Debug, clap::Subcommand)]
enum IndexVerb {
    Vectors(VectorsArgs),
}

/// Index the vectors of a dataset's records, for looking up the nearest ones
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
struct VectorsArgs {
    /// The store's folder
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// The dataset [default: the only one]
    #[arg(long, value_name = "NAME", value_parser = values::dataset)]
    dataset: Option<DatasetName>,
    /// Dimensions: a multiple of 64, from 64 to 32768
    #[arg(long, value_name = "D", default_value_t = Settings::default().dims)]
    dims: usize,
    /// Leave a field out (a path such as specs.color); may be given several times
    #[arg(long, value_name = "FIELD")]
    exclude: Vec<String>,
    /// Use N threads [default: one for each processor]; the index is the same with any number
    #[arg(long, value_name = "N", value_parser = values::threads())]
    threads: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print no summary
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn run(args: &Args) -> Result<u8> {
    let IndexVerb::Vectors(args) = &args.verb;
    let stopwatch = Stopwatch::start();
    values::use_threads(args.threads)?;
    let store = Store::open(&args.store)?;
    let dataset = match &args.dataset {
        Some(dataset) => dataset.clone(),
        None => only_dataset(&args.store, store.datasets()?.iter().map(|info| &info.name))?,
    };
    let settings = Settings { dims: args.dims, excluded: args.exclude.clone(), ..Settings::default() };
    let indexed = index_vectors(&store, &dataset, Some(&settings))?;
    if args.json {
        terminal::print(&format!("{}\n", indexed_json(&indexed, &stopwatch.read())))?;
    } else if !args.quiet {
        terminal::note(indexed_text(&indexed, &stopwatch.read()).trim_end());
    }
    Ok(if indexed.meta.entries > 0 { exit::FOUND } else { exit::NOTHING })
}
