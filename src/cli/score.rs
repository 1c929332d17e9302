//! `cognate score`: given pairs in, the same with match weight and probability out.

use super::alias_source::AliasArgs;
use super::given::GivenArgs;
use super::sides::{DefaultOn, SettingsArgs, SideArgs};
use super::{terminal, values};
use crate::error::{Result, exit};
use crate::pipeline::score::{ScoreTask, score};
use crate::record::{Destination, Format, TableWriter};
use crate::report::scored::{columns, scored_json, scored_text, write_scored};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cognate score --model model.json --left a.csv --right b.csv --pairs pairs.csv -o scored.csv
  cognate score --on name --left a.csv --right b.csv --pairs pairs.csv --left-key a_id --right-key b_id
  cognate score --kind product --on title=name --on price --left a.csv --right b.jsonl --pairs pairs.parquet

Every row of the file of pairs comes out in its order, with its own columns and match_weight (bits of log2 odds) and \
probability; older columns of these names are replaced. A row that names an id that is not there is counted and \
reported, and comes out without weight. The share of matches among the given pairs is estimated from all of them, so \
that a probability is right as often as it says; where the model has chosen its own threshold, it is the model's. The exit code is 0 when a pair was scored and 1 when none was.";

/// Score given pairs of records, whether or not `link` would compare them
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    given: GivenArgs,
    #[command(flatten)]
    sides: SideArgs,
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(flatten)]
    aliases: AliasArgs,
    /// Write here instead of to standard output: .csv, .tsv, .jsonl (also .gz, .zst) or .parquet
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    /// The format of the output, where no ending tells [default: csv]
    #[arg(long, value_name = "FORMAT", value_parser = values::format(), help_heading = "Output")]
    format: Option<Format>,
    /// The share of matches among the given pairs, between 0 and 1 [default: estimated, or the model's own]
    #[arg(long, value_name = "SHARE", value_parser = values::share, help_heading = "Model")]
    prior_share: Option<f64>,
    /// Use N threads [default: one for each processor]; the output is the same with any number
    #[arg(long, value_name = "N", value_parser = values::threads())]
    threads: Option<u64>,
    /// Print no summary
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
    /// Print the summary as one line of JSON on standard error, and nothing else
    #[arg(long, help_heading = "Output")]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<u8> {
    let config = args.settings.checked()?;
    let model = args.settings.model()?;
    let default = DefaultOn::of(model.as_ref());
    let sides = args.sides.checked(&args.given.left, &args.given.right, &config, default)?;
    let pairs = args.given.pair_file(&args.given.pairs, &config)?;
    if let (Some(output), None) = (&args.output, args.format) {
        // Better before the work than after it.
        Format::of(output)?;
    }
    values::use_threads(args.threads)?;
    let chatty = !args.quiet && !args.json;
    if chatty && sides.on_was_chosen {
        terminal::note("comparing the column \"name\" of both files; --on compares others");
    }
    let task = ScoreTask {
        left: sides.left,
        right: sides.right,
        pairs,
        kind: config.kind,
        model,
        aliases: args.aliases.open()?,
        share: args.prior_share,
    };
    let scored = score(&task)?;
    let destination = args.output.clone().map_or(Destination::Stdout, Destination::File);
    let writer = TableWriter::create(destination, args.format, &columns(&scored))?;
    write_scored(&scored, writer)?;
    if args.json {
        terminal::note(&scored_json(&task, &scored).to_string());
    } else if chatty {
        terminal::note(scored_text(&task, &scored).trim_end());
    }
    Ok(if scored.weights.iter().any(Option::is_some) { exit::FOUND } else { exit::NOTHING })
}
