//! `cognate lookup`: a name in, the records that it could mean out; one name, a file of them, or a conversation.

use super::alias_source::AliasArgs;
use super::values::{self, Least};
use super::{prompt, terminal};
use crate::config::Limits;
use crate::error::{Result, exit};
use crate::index::Scratch;
use crate::model::MatchWeight;
use crate::pipeline::indexing::{Freshness, open_lookup};
use crate::pipeline::lookup::Lookup;
use crate::pipeline::queries::{Wanted, answer, columns};
use crate::pipeline::usage::Stopwatch;
use crate::record::{Destination, Format, ReadOptions, TableWriter};
use crate::report::hits::{hits_json, hits_text, why_text};
use crate::report::summary::{answered_text, tally_text};
use crate::store::DatasetName;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  cognate lookup 'Procter and Gamble' --store firms
  cognate lookup 'Procter and Gamble' --store firms --top 3 --why
  cognate lookup --store firms                                     ask one name after the other
  cognate lookup --store firms --queries names.csv --query-col name --top 1 -o hits.csv

The table of --queries has the columns query_row (counting from 1 without the header), rank, id, name, match_weight \
and probability. Names are found by typing errors, word order, aliases, initials and beginnings. The exit code is 0 \
when something was found and 1 when nothing was.";

/// Find the records of a store that a name could mean
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The name; without it, names are read from standard input, line by line
    text: Option<String>,
    /// The store's folder
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// The dataset [default: the only one]
    #[arg(long, value_name = "NAME", value_parser = values::dataset)]
    dataset: Option<DatasetName>,
    #[command(flatten)]
    aliases: AliasArgs,
    /// At most K hits for a name
    #[arg(long, value_name = "K", default_value = "10", value_parser = clap::value_parser!(u16).range(1..))]
    top: u16,
    #[command(flatten)]
    least: Least,
    /// Explain each hit
    #[arg(long, conflicts_with = "queries")]
    why: bool,
    /// Print one JSON object for each name
    #[arg(long, conflicts_with = "queries")]
    json: bool,
    /// Draw with ASCII characters only [default where the locale is not UTF-8]
    #[arg(long)]
    ascii: bool,
    /// Look up all names in a column of this file
    #[arg(long, value_name = "FILE", conflicts_with = "text", requires = "query_col", help_heading = "Many names")]
    queries: Option<PathBuf>,
    /// The column of names
    #[arg(long, value_name = "COL", requires = "queries", help_heading = "Many names")]
    query_col: Option<String>,
    /// The format of the file, where its ending does not tell
    #[arg(long, value_name = "FORMAT", value_parser = values::format(), requires = "queries", help_heading = "Many names")]
    query_format: Option<Format>,
    /// Write the hits here instead of to standard output: .csv, .tsv, .jsonl (also .gz, .zst) or .parquet
    #[arg(short, long, value_name = "FILE", requires = "queries", help_heading = "Many names")]
    output: Option<PathBuf>,
    /// The format of the output, where no ending tells [default: csv]
    #[arg(long, value_name = "FORMAT", value_parser = values::format(), requires = "queries", help_heading = "Many names")]
    format: Option<Format>,
    /// Fail after more than N rejected rows of the file [default: no limit]
    #[arg(long, value_name = "N", requires = "queries", help_heading = "Many names")]
    max_rejects: Option<u64>,
    /// Use N threads [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = values::threads(), requires = "queries", help_heading = "Many names")]
    threads: Option<u64>,
    /// Print no notes and no summary
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn run(args: &Args) -> Result<u8> {
    // Before the alias table is made, which takes all threads.
    values::use_threads(args.threads)?;
    let (lookup, freshness) = open_lookup(&args.store, args.dataset.as_ref(), &args.aliases.open()?)?;
    if freshness == Freshness::Older && !args.quiet {
        terminal::note("the store is in use by another process; what it is changing is not found yet");
    }
    let least_weight = args.least.weight().unwrap_or(MatchWeight::MIN);
    let wanted = Wanted { top: args.top.into(), least_weight };
    match (&args.queries, &args.query_col, &args.text) {
        (Some(file), Some(column), _) => many(args, &lookup, file, column, wanted),
        (_, _, Some(text)) => {
            let hits = wanted.hits(&lookup, text, &mut Scratch::default());
            terminal::print(&if args.json {
                format!("{}\n", hits_json(&lookup, text, &hits, args.why))
            } else if args.why {
                why_text(&lookup, text, &hits, terminal::drawing(args.ascii))
            } else {
                hits_text(&hits)
            })?;
            Ok(if hits.is_empty() { exit::NOTHING } else { exit::FOUND })
        }
        _ => prompt::converse(
            &lookup,
            prompt::Settings {
                wanted,
                why: args.why,
                json: args.json,
                drawing: terminal::drawing(args.ascii),
                history: args.store.join("lookup_history"),
            },
        ),
    }
}

fn many(args: &Args, lookup: &Lookup, file: &Path, column: &str, wanted: Wanted) -> Result<u8> {
    let stopwatch = Stopwatch::start();
    let mut options = ReadOptions { format: args.query_format, ..ReadOptions::default() };
    options.limits.rejects = args.max_rejects.unwrap_or(Limits::default().rejects);
    let destination = args.output.clone().map_or(Destination::Stdout, Destination::File);
    let writer = TableWriter::create(destination, args.format, &columns())?;
    let answered = answer(lookup, file, column, &options, wanted, writer)?;
    if !args.quiet {
        terminal::note(tally_text(file, &answered.tally).trim_end());
        terminal::note(answered_text(&answered, &stopwatch.read()).trim_end());
    }
    Ok(if answered.hits > 0 { exit::FOUND } else { exit::NOTHING })
}
