//! `cognate store`: what is in a store, whether it is whole, and its records.

use super::{terminal, values};
use crate::error::{Result, exit};
use crate::pipeline::export::export;
use crate::pipeline::indexing::{index_states, only_dataset};
use crate::pipeline::vectors::vectors_states;
use crate::record::{Destination, Format};
use crate::report::store::{info_json, info_text, verify_json, verify_text};
use crate::store::{DatasetName, Store};
use clap::Subcommand;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cognate store info --store firms
  cognate store verify --store firms                      exit code 4 when it is damaged
  cognate store export --store firms --dataset crm -o crm.jsonl";

/// Look into a store: what it holds, whether it is whole, its records
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: StoreVerb,
}

#[derive(Debug, Subcommand)]
enum StoreVerb {
    /// Tell the datasets, their settings and their look-up indexes
    Info {
        /// The store's folder
        #[arg(long, value_name = "DIR")]
        store: PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Read everything and check it against what was written
    Verify {
        /// The store's folder
        #[arg(long, value_name = "DIR")]
        store: PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Write all records of a dataset to a file
    Export {
        /// The store's folder
        #[arg(long, value_name = "DIR")]
        store: PathBuf,
        /// The dataset [default: the only one]
        #[arg(long, value_name = "NAME", value_parser = values::dataset)]
        dataset: Option<DatasetName>,
        /// Write here instead of to standard output: .jsonl, .csv, .tsv (also .gz, .zst) or .parquet
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// The format, where no ending tells [default: jsonl]
        #[arg(long, value_name = "FORMAT", value_parser = values::format())]
        format: Option<Format>,
    },
}

pub(super) fn run(args: &Args) -> Result<u8> {
    match &args.verb {
        StoreVerb::Info { store, json } => {
            let store = Store::open(store)?;
            let (info, indexes, vectors) = (store.info()?, index_states(&store)?, vectors_states(&store)?);
            terminal::print(&if *json {
                format!("{}\n", info_json(&info, &indexes, &vectors))
            } else {
                info_text(&info, &indexes, &vectors)
            })?;
            Ok(exit::FOUND)
        }
        StoreVerb::Verify { store, json } => {
            let report = Store::open(store)?.verify()?;
            terminal::print(&if *json { format!("{}\n", verify_json(&report)) } else { verify_text(&report) })?;
            Ok(if report.is_sound() { exit::FOUND } else { exit::CORRUPT })
        }
        StoreVerb::Export { store: dir, dataset, output, format } => {
            let store = Store::open(dir)?;
            let dataset = match dataset {
                Some(dataset) => dataset.clone(),
                None => only_dataset(dir, store.datasets()?.iter().map(|info| &info.name))?,
            };
            let destination = output.clone().map_or(Destination::Stdout, Destination::File);
            let records = export(&store, &dataset, destination, *format)?;
            Ok(if records > 0 { exit::FOUND } else { exit::NOTHING })
        }
    }
}
