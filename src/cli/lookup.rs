//! `cognate lookup`: a name or a record in, the records that it could mean out; one, a file of names, or a conversation.

use super::alias_source::AliasArgs;
use super::lookup_record::{self, Asked};
use super::values::{self, Least};
use super::{prompt, terminal};
use crate::config::Limits;
use crate::error::{Error, Result, exit};
use crate::index::Scratch;
use crate::model::MatchWeight;
use crate::pipeline::indexing::{Freshness, open_lookup};
use crate::pipeline::lookup::Lookup;
use crate::pipeline::queries::{Wanted, answer, columns};
use crate::pipeline::usage::Stopwatch;
use crate::record::{Destination, Format, ReadOptions, TableWriter};
use crate::report::hits::{hits_json, hits_text, why_text};
use crate::report::nearest::Why;
use crate::report::summary::{answered_text, tally_text};
use crate::store::DatasetName;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  cognate lookup 'Procter and Gamble' --store firms
  cognate lookup 'Procter and Gamble' --store firms --top 3 --why
  cognate lookup --store firms                                     ask one name after the other
  cognate lookup --store shop --json '{\"name\": \"blender\", \"price\": 49.9}' --why
  cognate lookup --store shop --like 17                            records that are like record 17
  cognate lookup --store firms --queries names.csv --query-col name --top 1 -o hits.csv

A record is looked up by its vector, which is near for records that say alike things, and by its name. Where it has the \
dataset's name field, hits are ordered by match weight: the name weighed as in the look-up of a name, further fields that \
both records have by the generic model. Else they are ordered by cosine, and have no weight. The lines tell rank, match \
weight, probability, cosine, id and name. --why tells what each field adds to the cosine, --tokens what each word, 3-gram \
(~) and number adds. The index of vectors is made when it is first needed; `cognate index vectors` sets its dimensions.

The table of --queries has the columns query_row (counting from 1 without the header), rank, id, name, match_weight \
and probability. Names are found by typing errors, word order, aliases, initials and beginnings. The exit code is 0 \
when something was found and 1 when nothing was.";

/// Find the records of a store that a name could mean
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The name, or a record as a JSON object; without it, both are read from standard input, line by line
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
    /// Print one JSON object for each name; with a record (a JSON object), look that up instead
    #[arg(long, value_name = "RECORD", num_args = 0..=1, default_missing_value = "", conflicts_with = "queries")]
    json: Option<String>,
    /// Look up the records that are like the one with this id
    #[arg(long, value_name = "ID", conflicts_with_all = ["text", "queries"], help_heading = "Records")]
    like: Option<String>,
    /// Print the hits of a record as one JSON object
    #[arg(long, conflicts_with = "queries", help_heading = "Records")]
    as_json: bool,
    /// Explain each hit of a record by its fields, and these by their words and numbers
    #[arg(long, conflicts_with = "queries", help_heading = "Records")]
    tokens: bool,
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
    let least = args.least.weight();
    let wanted = Wanted { top: args.top.into(), least_weight: least.unwrap_or(MatchWeight::MIN) };
    let typed = Typed::of(args)?;
    let why = match (args.tokens, args.why) {
        (true, _) => Why::Tokens,
        (false, true) => Why::Fields,
        (false, false) => Why::No,
    };
    // One note about the store is enough.
    let told = lookup_record::Told {
        wanted,
        least,
        why,
        json: typed.json,
        quiet: args.quiet || freshness == Freshness::Older,
    };
    match (&args.queries, &args.query_col, typed.asked) {
        (Some(file), Some(column), _) => many(args, &lookup, file, column, wanted),
        (_, _, Some(What::Name(text))) => {
            let hits = wanted.hits(&lookup, text, &mut Scratch::default());
            terminal::print(&if typed.json {
                format!("{}\n", hits_json(&lookup, text, &hits, args.why))
            } else if args.why {
                why_text(&lookup, text, &hits, terminal::drawing(args.ascii))
            } else {
                hits_text(&hits)
            })?;
            Ok(if hits.is_empty() { exit::NOTHING } else { exit::FOUND })
        }
        (_, _, Some(What::Record(asked))) => lookup_record::run(&args.store, &lookup, asked, told),
        _ => prompt::converse(
            &lookup,
            prompt::Settings { told, why: args.why, drawing: terminal::drawing(args.ascii), store: args.store.clone() },
        ),
    }
}

/// What is looked up, and how it is printed, by what was typed.
struct Typed<'a> {
    asked: Option<What<'a>>,
    json: bool,
}

enum What<'a> {
    Name(&'a str),
    Record(Asked<'a>),
}

impl Typed<'_> {
    /// `--json` was a flag before it took a record, so a name that stands after it is still the name: only what begins
    /// with `{` is a record.
    fn of(args: &Args) -> Result<Typed<'_>> {
        let value = args.json.as_deref().filter(|value| !value.is_empty());
        let of_json = value.filter(|value| is_record(value));
        let after_json = value.filter(|value| !is_record(value));
        let asked = match (&args.like, of_json, after_json, args.text.as_deref()) {
            (Some(id), None, None, None) => Some(What::Record(Asked::Like(id))),
            (None, Some(json), None, None) => Some(What::Record(Asked::Json(json))),
            (None, None, Some(text), None) | (None, None, None, Some(text)) => Some(match is_record(text) {
                true => What::Record(Asked::Json(text)),
                false => What::Name(text),
            }),
            (None, None, None, None) => None,
            _ => return Err(Error::usage("look up one thing: a name, a record, or --like a record")),
        };
        Ok(Typed { asked, json: args.as_json || (args.json.is_some() && of_json.is_none()) })
    }
}

/// Whether a text is a record, not a name.
pub(super) fn is_record(text: &str) -> bool {
    text.trim_start().starts_with('{')
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
