//! `cognate explain`: why two names, or two rows, are taken to be the same or not.

use super::alias_source::AliasArgs;
use super::sides::{DefaultOn, SettingsArgs, SideArgs};
use super::{terminal, values};
use crate::error::{Error, Result, exit};
use crate::pipeline::explain::{PairExplanation, explain_names, explain_records, explain_rows};
use crate::report::waterfall::{explanation_json, waterfall};
use crate::store::DatasetName;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cognate explain 'Procter & Gamble Co.' 'P&G'
  cognate explain 17 C-0042 --left customers.csv --right vendors.csv --on company=vendor_name
  cognate explain 17 23 --left customers.csv --on company        two rows of one file
  cognate explain 17 23 --store firms --dataset crm              two records of a store

For rows of files the rarity of words is counted in both files and the share of matches is estimated, exactly as \
`cognate link` does it, so the match weight is the one in its output where it keeps every link (--assign many). \
Records of a store are weighed as `cognate lookup` weighs them before rivals are heard, by those of their names and \
aliases that are most alike. Two names alone are weighed by what the \
model knows.";

/// Explain a pair: every comparison and its weight, which add up to the match weight
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A name; with --left or --store, the id of a record
    #[arg(value_name = "A")]
    first: String,
    /// Another name; with --left or --store, the id of a record
    #[arg(value_name = "B")]
    second: String,
    /// A is the id of a row of this file
    #[arg(long, value_name = "FILE")]
    left: Option<PathBuf>,
    /// B is the id of a row of this file [default: that of --left]
    #[arg(long, value_name = "FILE", requires = "left")]
    right: Option<PathBuf>,
    /// A and B are the ids of records in this store
    #[arg(long, value_name = "DIR", conflicts_with = "left")]
    store: Option<PathBuf>,
    /// The dataset [default: the only one]
    #[arg(long, value_name = "NAME", value_parser = values::dataset, requires = "store")]
    dataset: Option<DatasetName>,
    #[command(flatten)]
    sides: SideArgs,
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(flatten)]
    aliases: AliasArgs,
    /// Print one JSON object, with weights in whole micro-bits
    #[arg(long)]
    json: bool,
    /// Draw with ASCII characters only [default where the locale is not UTF-8]
    #[arg(long)]
    ascii: bool,
}

pub(super) fn run(args: Args) -> Result<u8> {
    let explanation = explain(&args)?;
    if args.json {
        terminal::print(&format!("{}\n", explanation_json(&explanation)))?;
    } else {
        terminal::print(&waterfall(&explanation, terminal::drawing(args.ascii)))?;
    }
    Ok(exit::FOUND)
}

fn explain(args: &Args) -> Result<PairExplanation> {
    let ids = [args.first.as_str(), args.second.as_str()];
    if let Some(store) = &args.store {
        if args.sides.says_anything() || args.settings.says_anything() {
            return Err(Error::usage(
                "with --store, the dataset says what is compared; leave out --on, --kind and the like",
            ));
        }
        return explain_records(store, args.dataset.as_ref(), ids, &args.aliases.open()?);
    }
    let config = args.settings.checked()?;
    let model = args.settings.model()?;
    let Some(left) = &args.left else {
        if args.sides.says_anything() {
            return Err(Error::usage("--on and the like speak of files; name them with --left and --right"));
        }
        return explain_names(&args.first, &args.second, config.kind, model, &args.aliases.open()?);
    };
    let right = args.right.as_ref().unwrap_or(left);
    let sides = args.sides.checked(left, right, &config, DefaultOn::of(model.as_ref()))?;
    explain_rows(&sides.left, &sides.right, ids, config.kind, model, &args.aliases.open()?)
}
