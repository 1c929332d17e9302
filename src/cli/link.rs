//! `cognate link`: two tables in, linked pairs out.

use super::alias_source::{AliasArgs, evidence};
use super::sides::{DefaultOn, SettingsArgs, SideArgs, Sides};
use super::terminal;
use super::values::{self, Aims, Keep, Least};
use crate::block::VectorOptions;
use crate::error::{Result, exit};
use crate::pipeline::directory::Approach;
use crate::pipeline::link::{LinkOptions, link};
use crate::record::{Destination, Format, TableWriter};
use crate::report::links::{Hand, WithColumn, columns, write_links};
use crate::report::summary::{LinkReport, link_json, link_text};
use crate::resolve::{Assignment, Join};
use std::io;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cognate link left.csv right.csv --on name
  cognate link customers.csv vendors.parquet --on company=vendor_name --on city -o links.csv
  cognate link left.csv right.jsonl.gz --with name --assign one-to-one --threshold 0.9
  cognate link left.csv right.csv --assign best-left --precision 0.95
  cognate link left.csv right.csv --on title --on maker --recall 0.99
  cognate link left.csv right.csv --join anti --quiet > only_left.csv
  cognate link all.csv all.csv --on name                  find duplicates: a file linked to itself

Files are CSV, TSV, JSON lines (.csv .tsv .jsonl, also with .gz or .zst) or Parquet; - is standard input. \
Every output row has left_id, right_id, match_weight (bits of log2 odds) and probability, then the columns \
asked for by --with. A probability is right as often as it says: the share of matches among the pairs at hand is \
estimated first, and with --assign best-left, best-right or one-to-one the candidates of a row compete to be its only \
partner. The exit code is 0 when links were found and 1 when there were none.";

const THRESHOLD: &str = "Keep what has at least this probability, from 0 to 1 [default: 0.5]";

/// Link two tables: which of their rows are the same thing?
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(mut_arg("threshold", |arg| arg.help(THRESHOLD).help_heading("Links")))]
#[command(mut_arg("min_weight", |arg| arg.help_heading("Links")))]
pub(super) struct Args {
    /// The left table
    left: PathBuf,
    /// The right table
    right: PathBuf,
    #[command(flatten)]
    sides: SideArgs,
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(flatten)]
    aliases: AliasArgs,
    /// Which evidence counts: how names are written, what they are used for, or both
    #[arg(long, default_value = "both", value_parser = evidence(), help_heading = "Aliases")]
    evidence: Approach,
    /// Write here instead of to standard output: .csv, .tsv, .jsonl (also .gz, .zst) or .parquet
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    /// The format of the output, where no ending tells [default: csv]
    #[arg(long, value_name = "FORMAT", value_parser = values::format(), help_heading = "Output")]
    format: Option<Format>,
    /// Keep a column, from each side that has it (as left_COL and right_COL) or from one; again for more
    #[arg(long, value_name = "COL|left.COL|right.COL", value_parser = values::keep, help_heading = "Output")]
    with: Vec<Keep>,
    /// Which rows come out
    #[arg(long, default_value = "inner", value_parser = values::join(), help_heading = "Links")]
    join: Join,
    /// Which of a row's links to keep
    #[arg(long, default_value = "many", value_parser = values::assignment(), help_heading = "Links")]
    assign: Assignment,
    #[command(flatten)]
    least: Least,
    #[command(flatten)]
    aims: Aims,
    /// The share of matches among the candidate pairs, between 0 and 1 [default: estimated, or the model's own]
    #[arg(long, value_name = "SHARE", value_parser = values::share, help_heading = "Model")]
    prior_share: Option<f64>,
    /// Keep at most K links of each left row, the best first
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Links")]
    top: Option<u64>,
    /// Use N threads [default: one for each processor]; the output is the same with any number
    #[arg(long, value_name = "N", value_parser = values::threads(), help_heading = "Links")]
    threads: Option<u64>,
    /// Find this share of the matches, between 0 and 1, with as few comparisons as that takes: of rows that are near as
    /// vectors; the summary says what to expect
    #[arg(long, value_name = "R", value_parser = values::share, help_heading = "Links")]
    recall: Option<f64>,
    /// Count the pairs that would be compared, and write no links
    #[arg(long, help_heading = "Links")]
    dry_run: bool,
    /// Print no progress and no summary
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
    /// Print the summary as one line of JSON on standard error, and nothing else
    #[arg(long, help_heading = "Output")]
    json: bool,
}

/// What to do, checked.
struct Job {
    sides: Sides,
    with: Vec<WithColumn>,
    options: LinkOptions,
    output: Option<PathBuf>,
    format: Option<Format>,
}

pub(super) fn run(args: Args) -> Result<u8> {
    let job = check(&args)?;
    let chatty = !args.quiet && !args.json;
    if chatty && job.sides.on_was_chosen {
        terminal::note("comparing the column \"name\" of both files; --on compares others");
    }
    let bar = terminal::progress(chatty, "linking");
    let linked = link(&job.sides.left, &job.sides.right, &job.options, &|done, of| {
        bar.set_length(of);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let linked = linked?;
    if !job.options.dry_run {
        let writer = TableWriter::create(destination(&job), job.format, &columns(&job.with))?;
        write_links(&linked, [&job.sides.left, &job.sides.right], &job.with, writer)?;
    }
    let report = LinkReport { left: &job.sides.left, right: &job.sides.right, linked: &linked, options: &job.options };
    if args.json {
        terminal::note(&link_json(&report).to_string());
    } else if chatty {
        terminal::note(link_text(&report).trim_end());
    }
    let found = if job.options.dry_run { linked.summary.pairs } else { linked.summary.links };
    Ok(if found > 0 { exit::FOUND } else { exit::NOTHING })
}

fn check(args: &Args) -> Result<Job> {
    // Before the alias table is made, which takes all threads.
    values::use_threads(args.threads)?;
    let config = args.settings.checked()?;
    let model = args.settings.model()?;
    let mut sides = args.sides.checked(&args.left, &args.right, &config, DefaultOn::of(model.as_ref()))?;
    let with = keep_columns(&mut sides, &args.with)?;
    let mut options = LinkOptions {
        kind: config.kind,
        model,
        aliases: args.aliases.open()?,
        evidence: args.evidence,
        assignment: args.assign,
        top: args.top.map(|top| usize::try_from(top).unwrap_or(usize::MAX)),
        join: args.join,
        aim: args.aims.aim(),
        share: args.prior_share,
        vectors: args.recall.map(VectorOptions::with_recall),
        dry_run: args.dry_run,
        ..LinkOptions::default()
    };
    options.least_weight = args.least.weight().unwrap_or(options.least_weight);
    let job = Job { sides, with, options, output: args.output.clone(), format: args.format };
    probe_output(&job)?;
    Ok(job)
}

/// Asks each side for the columns to keep, and says where each will be found.
fn keep_columns(sides: &mut Sides, asked: &[Keep]) -> Result<Vec<WithColumn>> {
    let mut with: Vec<WithColumn> = Vec::new();
    for keep in asked {
        for hand in sides.keeping(keep)? {
            let column = WithColumn { hand, column: keep.column.clone() };
            let side = if hand == Hand::Left { &sides.left } else { &sides.right };
            // The column `id` stands in the output already, under the very name that it would get.
            let is_id = keep.column == "id" && side.id.as_deref().unwrap_or("id") == "id";
            if !is_id && !with.contains(&column) {
                with.push(column);
            }
        }
    }
    // In a self link one table serves both sides.
    let is_self = sides.left.path == sides.right.path;
    let wanted = |hand| {
        let wanted = with.iter().filter(|column| is_self || column.hand == hand);
        wanted.map(|column| column.column.clone()).collect()
    };
    sides.left.with = wanted(Hand::Left);
    sides.right.with = wanted(Hand::Right);
    Ok(with)
}

fn destination(job: &Job) -> Destination {
    job.output.clone().map_or(Destination::Stdout, Destination::File)
}

/// Fails before the work rather than after it, when the output could not be written.
fn probe_output(job: &Job) -> Result<()> {
    let columns = columns(&job.with);
    let file = job.output.as_ref().filter(|path| path.as_os_str() != "-");
    // A pipe would be closed by opening it twice.
    match file.filter(|path| std::fs::metadata(path).map_or(true, |existing| existing.is_file())) {
        Some(path) => TableWriter::create(Destination::File(path.clone()), job.format, &columns).map(drop),
        None => TableWriter::create(Destination::Other(Box::new(io::sink())), job.format, &columns).map(drop),
    }
}
