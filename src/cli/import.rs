//! `cognate import`: files into a dataset of a store, or records out of it.

use super::{terminal, values};
use crate::config::{Kind, Limits};
use crate::error::{Error, Result, exit};
use crate::pipeline::import::{FileTally, ImportOptions, delete_files, import_files};
use crate::pipeline::indexing::build_index;
use crate::record::{self, Format, ReadOptions};
use crate::report::store::{deleted_json, deleted_text, imported_json, imported_text};
use crate::report::summary::tally_text;
use crate::store::{DatasetName, Deleted, Imported, Store};
use serde_json::Value;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cognate import firms.csv --store firms --dataset crm --name company --alias trade_name
  cognate import update.csv --store firms --dataset crm           add and change records
  cognate import gone.csv --store firms --dataset crm --delete    delete the records with these ids
  cognate import --store firms --dataset crm --delete-id 17 --delete-id 23

All files come in together or not at all. A record whose id is known takes the place of the older one. Columns are \
stored as they are called, or as --map says. Afterwards the dataset's look-up index is built anew.";

/// Bring files into a dataset of a store, or delete records from it
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The files: CSV, TSV, JSON lines or Parquet; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present = "delete_id")]
    files: Vec<PathBuf>,
    /// The store's folder, made if it is not there
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// The dataset, made if it is not there
    #[arg(long, value_name = "NAME", value_parser = values::dataset)]
    dataset: DatasetName,
    /// What the records describe [default: as before, else organization]
    #[arg(long, value_name = "KIND", value_parser = values::kind())]
    kind: Option<Kind>,
    /// The column of ids
    #[arg(long, value_name = "COL", default_value = "id")]
    id: String,
    /// The column of the name [default: as before, else name]
    #[arg(long, value_name = "COL")]
    name: Option<String>,
    /// A column of other names of the same thing (a JSON list holds several); again for more [default: as before]
    #[arg(long, value_name = "COL")]
    alias: Vec<String>,
    /// Store a column under another name; again for more [default: as before]
    #[arg(long, value_name = "FIELD=COL", value_parser = values::mapping)]
    map: Vec<(String, String)>,
    /// Delete the records whose ids stand in the files
    #[arg(long, conflicts_with_all = ["name", "alias", "map", "kind"])]
    delete: bool,
    /// Delete the record with this id; again for more
    #[arg(long, value_name = "ID", conflicts_with_all = ["files", "delete", "name", "alias", "map", "kind"])]
    delete_id: Vec<String>,
    /// The format of the files, where their endings do not tell
    #[arg(long, value_name = "FORMAT", value_parser = values::format())]
    format: Option<Format>,
    /// Fail after more than N rejected rows of a file [default: no limit; rejects are counted and reported]
    #[arg(long, value_name = "N")]
    max_rejects: Option<u64>,
    /// Print the counts as one JSON object
    #[arg(long)]
    json: bool,
    /// Print no progress and no rejects
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn run(args: &Args) -> Result<u8> {
    let mut read = ReadOptions { format: args.format, ..ReadOptions::default() };
    read.limits.rejects = args.max_rejects.unwrap_or(Limits::default().rejects);
    if args.files.iter().filter(|file| file.as_os_str() == "-").count() > 1 {
        return Err(Error::usage("standard input can be read once"));
    }
    if !args.delete_id.is_empty() {
        let mut store = Store::open(&args.store)?;
        let deleted = store.delete(&args.dataset, &args.delete_id, "--delete-id")?;
        return told_deleted(args, &store, &deleted, &[]);
    }
    if args.delete {
        let mut store = Store::open(&args.store)?;
        let (deleted, tallies) = delete_files(&mut store, &args.dataset, &args.files, &args.id, &read)?;
        return told_deleted(args, &store, &deleted, &tallies);
    }
    let options = ImportOptions {
        id: args.id.clone(),
        kind: args.kind,
        name: args.name.clone(),
        aliases: args.alias.clone(),
        mapping: args.map.clone(),
        read,
    };
    // A file that cannot be read must not leave an empty store behind.
    for file in args.files.iter().filter(|file| record::can_be_read_again(file)) {
        record::read(file, &options.read)?;
    }
    let mut store = Store::open_or_create(&args.store)?;
    let bar = terminal::counter(!args.quiet && !args.json, "importing");
    let outcome = import_files(&mut store, &args.dataset, &args.files, &options, &|rows| bar.set_position(rows));
    bar.finish_and_clear();
    let (imported, tallies) = outcome?;
    told_imported(args, &store, &imported, &tallies)
}

/// Tells what is in before the index is built, since it stays in even if that should fail.
fn told_imported(args: &Args, store: &Store, imported: &Imported, tallies: &[FileTally]) -> Result<u8> {
    let text = imported_text(&args.dataset, imported);
    finish(args, store, tallies, &text, imported_json(&args.dataset, imported, tallies))
}

fn told_deleted(args: &Args, store: &Store, deleted: &Deleted, tallies: &[FileTally]) -> Result<u8> {
    let text = deleted_text(&args.dataset, deleted);
    finish(args, store, tallies, &text, deleted_json(&args.dataset, deleted, tallies))
}

fn finish(args: &Args, store: &Store, tallies: &[FileTally], text: &str, json: Value) -> Result<u8> {
    for (path, tally) in tallies.iter().filter(|(_, tally)| tally.rejected > 0 && !args.quiet) {
        terminal::note(tally_text(path, tally).trim_end());
    }
    terminal::print(&if args.json { format!("{json}\n") } else { text.to_owned() })?;
    build_index(store, &args.dataset)?;
    Ok(exit::FOUND)
}
