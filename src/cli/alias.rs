//! `cognate alias`: evidence that names were used for one thing; the table made of it.

use super::{alias_show, terminal, values};
use crate::alias::Reading;
use crate::config::Limits;
use crate::error::{Error, Result, exit};
use crate::pipeline::aliases::evidence::{Columns, Shape, import_evidence, provenances};
use crate::pipeline::aliases::judged::judged_rows;
use crate::pipeline::aliases::table::{BuildOptions, build_aliases, table_state};
use crate::pipeline::usage::Stopwatch;
use crate::record::{Format, ReadOptions};
use crate::report::aliases as report;
use crate::report::summary::tally_text;
use crate::store::Store;
use clap::Subcommand;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  cognate alias import profiles.csv --store firms --name employer --source url --count n
  cognate alias import organizations.jsonl --store firms --directory
  cognate alias build --store firms
  cognate alias show 'Fannie Mae' --store firms
  cognate alias show 'Fannie Mae' --store firms --with FNMA       why are they (not) joined?
  cognate alias show 'Fannie Mae' --store firms --html -o fannie.html

A row of evidence says that a name was used for a source: a profile, an address, a registry's id. Names that are used \
for the same sources are aliases. The evidence stays in the store, by provenance, and can be taken back.";

/// Keep evidence of which names mean the same, and see what it says
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: AliasVerb,
}

#[derive(Debug, Subcommand)]
enum AliasVerb {
    Import(ImportArgs),
    Remove(RemoveArgs),
    List(ListArgs),
    Build(BuildArgs),
    Show(alias_show::Args),
}

const IMPORT: &str = "\
Rows of the same name, source and date add their counts. The same file again under the same provenance changes nothing; \
different provenances add up. With --directory, each line is a JSON object {\"id\", \"names\": [...], \"former\": [...]}: \
the id is the source, and each name was used for it once.";

/// Bring a file of evidence into a store
#[derive(Debug, clap::Args)]
#[command(after_help = IMPORT)]
struct ImportArgs {
    /// The file: CSV, TSV, JSON lines or Parquet; `-` is standard input
    file: PathBuf,
    /// The store's folder, made if it is not there
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// The column of names; a JSON list holds several
    #[arg(long, value_name = "COL", required_unless_present = "directory")]
    name: Option<String>,
    /// The column of sources: what each name was used for
    #[arg(long, value_name = "COL", required_unless_present = "directory")]
    source: Option<String>,
    /// The column of counts: how often [default: each row counts once]
    #[arg(long, value_name = "COL")]
    count: Option<String>,
    /// The column of dates or years, as text that sorts: 2020-03-31
    #[arg(long, value_name = "COL")]
    when: Option<String>,
    /// The file is a directory: JSON lines of ids with their names
    #[arg(long, conflicts_with_all = ["name", "source", "count", "when"])]
    directory: bool,
    /// Where the evidence comes from [default: the file's name without its endings]
    #[arg(long, value_name = "TEXT")]
    provenance: Option<String>,
    /// The format of the file, where its ending does not tell
    #[arg(long, value_name = "FORMAT", value_parser = values::format())]
    format: Option<Format>,
    /// Fail after more than N rejected rows [default: no limit; rejects are counted and reported]
    #[arg(long, value_name = "N")]
    max_rejects: Option<u64>,
    /// Print the counts as one JSON object
    #[arg(long)]
    json: bool,
    /// Print no progress and no rejects
    #[arg(short, long)]
    quiet: bool,
}

/// Remove all evidence of a provenance from a store
#[derive(Debug, clap::Args)]
struct RemoveArgs {
    /// The store's folder
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// Where the evidence came from
    #[arg(long, value_name = "TEXT")]
    provenance: String,
}

/// Tell the evidence of a store, and whether its table is up to date
#[derive(Debug, clap::Args)]
struct ListArgs {
    /// The store's folder
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const BUILD: &str = "\
Readings:
  match                two names are together as far as their uses are for the same sources
  markov               clusters of names in which a random flow stays
  communities          communities of names and sources of the greatest modularity
  communities-barber   the same in Barber's form for graphs of two sides
  walk                 where a random walk from the name ends: soft, over several steps";

/// Make the table of aliases from all evidence of a store
#[derive(Debug, clap::Args)]
#[command(after_help = BUILD)]
struct BuildArgs {
    /// The store's folder
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// How the evidence is read
    #[arg(long, value_name = "READING", value_parser = values::reading(), default_value = "walk")]
    reading: Reading,
    /// Leave out evidence after this date or year; what has no date stays
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Leave out what people have judged to be the same
    #[arg(long)]
    no_judgements: bool,
    /// Use N threads [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = values::threads())]
    threads: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<u8> {
    match &args.verb {
        AliasVerb::Import(args) => import(args),
        AliasVerb::Remove(args) => remove(args),
        AliasVerb::List(args) => list(args),
        AliasVerb::Build(args) => build(args),
        AliasVerb::Show(args) => alias_show::run(args),
    }
}

fn import(args: &ImportArgs) -> Result<u8> {
    let shape = match (&args.name, &args.source) {
        (Some(name), Some(source)) if !args.directory => Shape::Columns(Columns {
            name: name.clone(),
            source: source.clone(),
            count: args.count.clone(),
            when: args.when.clone(),
        }),
        _ => Shape::Directory,
    };
    let provenance = match &args.provenance {
        Some(provenance) => provenance.clone(),
        None => stem(&args.file)?,
    };
    let format = args.format.or((args.directory && args.file.as_os_str() == "-").then_some(Format::JsonLines));
    let mut read = ReadOptions { format, ..ReadOptions::default() };
    read.limits.rejects = args.max_rejects.unwrap_or(Limits::default().rejects);
    let bar = terminal::counter(!args.quiet && !args.json, "importing");
    let outcome = import_evidence(&args.store, &provenance, &args.file, &shape, &read, &|rows| bar.set_position(rows));
    bar.finish_and_clear();
    let (imported, file) = outcome?;
    if file.1.rejected > 0 && !args.quiet {
        terminal::note(tally_text(&file.0, &file.1).trim_end());
    }
    terminal::print(&if args.json {
        format!("{}\n", report::imported_json(&provenance, &imported, &file))
    } else {
        report::imported_text(&provenance, &imported)
    })?;
    Ok(exit::FOUND)
}

/// A file's name without its endings: `profiles` of `data/profiles.csv.gz`.
fn stem(file: &Path) -> Result<String> {
    let packed = file.extension().is_some_and(|ending| ending == "gz" || ending == "zst");
    let name = if packed { file.file_stem().map(Path::new) } else { Some(file) };
    let stem = name.and_then(Path::file_stem).filter(|stem| *stem != "-");
    let stem = stem.map(|stem| stem.to_string_lossy().into_owned());
    stem.ok_or_else(|| Error::usage("say where the evidence comes from: --provenance TEXT"))
}

fn remove(args: &RemoveArgs) -> Result<u8> {
    let rows = Store::open(&args.store)?.remove_evidence(&args.provenance)?;
    terminal::print(&report::removed_text(&args.provenance, rows))?;
    Ok(exit::FOUND)
}

fn list(args: &ListArgs) -> Result<u8> {
    let store = Store::open(&args.store)?;
    let (lines, judgements) = (provenances(&store)?, judged_rows(store.dir(), None)?.len() as u64);
    let state = table_state(store.dir())?;
    terminal::print(&if args.json {
        format!("{}\n", report::list_json(&lines, judgements, &state))
    } else {
        report::list_text(&lines, judgements, &state)
    })?;
    Ok(if lines.is_empty() { exit::NOTHING } else { exit::FOUND })
}

fn build(args: &BuildArgs) -> Result<u8> {
    let stopwatch = Stopwatch::start();
    values::use_threads(args.threads)?;
    let options = BuildOptions { reading: args.reading, until: args.until.clone(), judgements: !args.no_judgements };
    let built = build_aliases(&Store::open(&args.store)?, &options)?;
    let usage = stopwatch.read();
    terminal::print(&if args.json {
        format!("{}\n", report::built_json(&built, &usage))
    } else {
        report::built_text(&built, &usage)
    })?;
    Ok(if built.meta.names > 0 { exit::FOUND } else { exit::NOTHING })
}
