//! `cognate train`: a model from pairs of records, or of names, that are known to mean the same, or not.

use super::given::GivenArgs;
use super::sides::{DefaultOn, SideArgs};
use super::{terminal, train_aliases, train_names, values};
use crate::config::{Config, Kind};
use crate::error::{Error, Result, exit};
use crate::model::Model;
use crate::pipeline::train_records::{RecordTask, train_records};
use crate::record::{Destination, Output};
use crate::report::model::trained_text;
use clap::{ArgMatches, FromArgMatches};
use std::io::Write;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  cognate train --left a.csv --right b.csv --pairs train.csv --valid valid.csv -o model.json
  cognate train --left a.csv --right b.csv --pairs p.csv --on title=name --on price -o model.json
  cognate score --model model.json --left a.csv --right b.csv --pairs test.csv -o scored.csv
  cognate link a.csv b.csv --model model.json
  cognate train names --aliases firms.csv -o names.json        see `cognate train names --help`

The file of pairs has a column of left ids, one of right ids, and a label: 1 for a match, 0 for none. Pairs that were \
not trained on (those of --valid, else a share of --pairs that is left out in turn) choose the threshold; it is built \
into the model, so that from probability 0.5 on a pair is taken for a match. The same input gives the same model.";

const ON: &str = "Compare these columns: COL where both are called so, else LEFT=RIGHT; again for more, the most \
telling first [default: all that both have, but ids and labels]";

/// Train a model from labelled pairs of records, or of names
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(mut_arg("on", |arg| arg.help(ON)))]
pub(super) struct Args {
    // Before the subcommand, whose matches are taken away when they are read.
    #[command(flatten)]
    records: UnlessNames,
    #[command(subcommand)]
    what: Option<What>,
}

/// The arguments about records, which a subcommand does without. (clap's own `Option` of flattened arguments does not see
/// those that are flattened once more.)
#[derive(Debug)]
struct UnlessNames(Option<RecordArgs>);

impl FromArgMatches for UnlessNames {
    fn from_arg_matches(matches: &ArgMatches) -> Result<UnlessNames, clap::Error> {
        match matches.subcommand_name() {
            Some(_) => Ok(UnlessNames(None)),
            None => RecordArgs::from_arg_matches(matches).map(|args| UnlessNames(Some(args))),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = UnlessNames::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for UnlessNames {
    fn augment_args(command: clap::Command) -> clap::Command {
        RecordArgs::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        RecordArgs::augment_args_for_update(command)
    }
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Names(train_names::Args),
    Aliases(train_aliases::Args),
}

#[derive(Debug, clap::Args)]
struct RecordArgs {
    #[command(flatten)]
    given: GivenArgs,
    /// Labelled pairs to choose the threshold by, with the same columns as --pairs
    #[arg(long, value_name = "FILE", help_heading = "Pairs")]
    valid: Option<PathBuf>,
    /// The column of labels: 1 for a match, 0 for none
    #[arg(long, value_name = "COL", default_value = "label", help_heading = "Pairs")]
    label: String,
    #[command(flatten)]
    sides: SideArgs,
    /// What the records describe
    #[arg(long, value_name = "KIND", default_value_t = Kind::Record, value_parser = values::kind(), help_heading = "Model")]
    kind: Kind,
    /// Words of fewer values than this are left out of the model
    #[arg(long, value_name = "N", default_value_t = 25, help_heading = "Model")]
    least_count: u32,
    /// The model's file
    #[arg(short, long, value_name = "MODEL", help_heading = "Model")]
    output: PathBuf,
    /// Fail after more than N rejected rows [default: no limit; rejects are counted and reported]
    #[arg(long, value_name = "N", help_heading = "Tables")]
    max_rejects: Option<u64>,
    /// Use N threads [default: one for each processor]; the model is the same with any number
    #[arg(long, value_name = "N", value_parser = values::threads(), help_heading = "Model")]
    threads: Option<u64>,
    /// Print no notes
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn run(args: &Args) -> Result<u8> {
    match (&args.what, &args.records.0) {
        (Some(What::Names(args)), _) => train_names::run(args),
        (Some(What::Aliases(args)), _) => train_aliases::run(args),
        (None, Some(args)) => run_records(args),
        (None, None) => Err(Error::usage("say what to train on: --left, --right and --pairs, or `train names`")),
    }
}

fn run_records(args: &RecordArgs) -> Result<u8> {
    let mut config = Config { kind: args.kind, ..Config::default() };
    config.limits.rejects = args.max_rejects.unwrap_or(config.limits.rejects);
    let without = [args.label.clone()];
    let sides = args.sides.checked(&args.given.left, &args.given.right, &config, DefaultOn::Shared(&without))?;
    let train = args.given.pair_file(&args.given.pairs, &config)?;
    let valid = args.valid.as_deref().map(|path| args.given.pair_file(path, &config)).transpose()?;
    values::use_threads(args.threads)?;
    let command = command(args, &sides.left.on, &sides.right.on);
    let task = RecordTask {
        left: sides.left,
        right: sides.right,
        train,
        valid,
        label: args.label.clone(),
        kind: args.kind,
        least_count: args.least_count,
        command,
    };
    if !args.quiet && sides.on_was_chosen {
        terminal::note(&format!("comparing {}; --on compares others", task.left.on.join(", ")));
    }
    let trained = train_records(&task)?;
    write_model(&trained.model, &args.output)?;
    if !args.quiet {
        terminal::note(trained_text(&trained).trim_end());
        terminal::note(&format!("model {} in {}", trained.model.digest(), args.output.display()));
    }
    Ok(exit::FOUND)
}

/// Writes a model; an older file is replaced when the new one is whole.
pub(super) fn write_model(model: &Model, path: &Path) -> Result<()> {
    let mut output = Output::create(Destination::File(path.to_path_buf()))?;
    output.write_all(model.to_json()?.as_bytes()).map_err(|error| Error::io(path, error))?;
    output.finish()
}

/// The command without folders, since those differ from machine to machine.
fn command(args: &RecordArgs, left: &[String], right: &[String]) -> String {
    let file = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let given = &args.given;
    let mut parts = vec![format!("cognate train --kind {}", args.kind)];
    let files = [("--left", Some(&given.left)), ("--right", Some(&given.right)), ("--pairs", Some(&given.pairs))];
    for (flag, path) in files.into_iter().chain([("--valid", args.valid.as_ref())]) {
        parts.extend(path.map(|path| format!("{flag} {}", file(path))));
    }
    parts.extend(left.iter().zip(right).map(|(left, right)| format!("--on '{left}={right}'")));
    parts.push(format!("--label '{}' --least-count {}", args.label, args.least_count));
    parts.join(" ")
}
